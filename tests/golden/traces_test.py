# SPDX-License-Identifier: MIT
"""The traces of 5.0.1, step by step, with our library at our daemon.

usage: traces_test.py SPREADD AGENT [UNITTEST ARGUMENTS]
"""
import os
import re
import select
import signal
import sys
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
import loopback
import script
import wire
from player import Trace

Trace.spreadd, Trace.program = sys.argv[1:3]


class OneDaemon(Trace):
    def test_01_one_daemon_join_leave_disconnect(self):
        self.play(script.read(1))

    def test_02_group_lifecycle(self):
        self.play(script.read(2))

    def test_03_open_groups_and_private_names(self):
        self.play(script.read(3))

    def test_04_multigroup(self):
        steps = script.read(4)
        # Requests of different connections are taken up in any order; what was seen was c's join
        # before b's second one.
        self.in_turn = True
        steps[4], steps[5] = steps[5], steps[4]
        steps[5].lines, steps[4].lines = steps[4].lines, []
        # The reference loses messages to 44 groups and more; we must not.
        names = " ".join(["g"] + [f"x{i}" for i in range(43)])
        steps[12].lines = [("b", f'AGREED(0x10) from #a#d1 to [{names}] type=0 "many"')]
        for number in (11, 12):
            steps[number].action += ' type=0 "many"'
        self.play(steps)

    def test_05_self_discard(self):
        self.play(script.read(5))

    def test_06_no_membership_client(self):
        self.play(script.read(6))

    def test_07_short_buffers_drop_recv(self):
        self.unseen = {"a"}
        self.play(script.read(7))

    def test_08_disconnect_crash_kill(self):
        self.play(script.read(8))

    def test_09_connect_names(self):
        self.play(script.read(9))

    def test_10_illegal_requests(self):
        steps = script.read(10)
        too_long = steps[16]
        self.play(steps[:16])
        # Our library refuses what 5.0.1 daemons would end the session for; so past it:
        b = self.agent("b")
        self.assertEqual(b.do(self.command(too_long.action)), "-17")
        header = wire.frame(wire.AGREED, "#b#d1", ["g"], data_len=143921)
        self.assertEqual(b.do("raw " + header.hex()), str(len(header)))
        self.check_lines(too_long.lines, too_long)
        self.play(steps[17:])

    def test_13_service_levels_one_daemon(self):
        self.play(script.read(13))


class SlowReceiver(Trace):
    options = "MaxSessionMessages = 10\n"

    def test_11_slow_receiver(self):
        steps = script.read(11)
        self.unseen = {"b"}
        self.play(steps[:6])
        a, b, w = (self.agent(who) for who in "abw")
        dropped, sent = steps[7].lines, 0
        while not w.heard:
            self.assertEqual(a.do("multicast 10 0 @100 g"), "100")
            sent += 1
            a.settle()
            w.settle()
        self.unseen = {"a", "b"}
        b.connected = False
        self.check_lines(dropped, steps[7])
        # The kernel's buffers hold what is read now, ten more were queued, the next one was too
        # much: how many the kernel holds is no property of the daemon.
        read, error = b.do("count").split(" then error ")
        self.assertEqual((int(read) + 10 + 1, error), (sent, "-8"))
        self.unseen = set()
        self.play_after_loss(steps[9:])

    def play_after_loss(self, steps):
        for step in steps:
            self.check_result(step, self.act(step))
        self.check_lines([], "the end")


class JoinStorm(Trace):
    def test_12_join_storm(self):
        """With an observer w that never leaves, whose list everybody's can be compared with."""
        names = "abcde"
        w = self.connect("w")
        w.do("join g")
        for name in names:
            self.connect(name)
        self.do_all(names, ["join g"])
        self.gather(names, 1 + 5)
        joins = self.take_all(names)
        self.do_all(names, ["multicast 10 0 1{0} g", "leave g", "join g", "multicast 10 0 2{0} g"])
        self.gather(names, 5 * 4)
        storm = self.take_all(names)
        for name in names:
            everything = joins["w"] + storm["w"]
            self.assertEqual(joins[name] + storm[name], seen_by(name, everything))
        self.check_own_order(names, storm["w"])

    def connect(self, name):
        agent = self.agent(name)
        self.assertEqual(agent.do(f"connect {self.ring[0].port} {name} 1"), f"OK #{name}#d1")
        agent.connected = True
        return agent

    def do_all(self, names, commands):
        """All at the same time, each without waiting."""
        for name in names:
            self.agents[name].process.stdin.write(
                "".join(c.format(name) + "\n" for c in commands))
        for name in names:
            for _ in commands:
                self.assertGreaterEqual(int(self.agents[name].answer()), 0)

    def gather(self, names, count):
        self.agents["w"].await_lines(count)
        for name in names:
            self.agents[name].settle()

    def take_all(self, names):
        heard = {}
        for name in "w" + names:
            heard[name] = [self.symbols.put_into(line) for line in self.agents[name].heard]
            self.agents[name].heard = []
        return heard

    def check_own_order(self, names, lines):
        indices = [int(m[1]) for line in lines if (m := re.search(r"gid=M1\.(\d+)", line))]
        self.assertEqual(indices, list(range(indices[0], indices[0] + len(indices))))
        for name in names:
            own = [re.search(r'"(..)"|(JOIN|LEAVE) ', line) for line in lines
                   if f"from #{name}#" in line or f"changed=#{name}#" in line]
            self.assertEqual([m[1] or m[2] for m in own],
                             [f"1{name}", "LEAVE", "JOIN", f"2{name}"])


def seen_by(name, lines):
    """What name receives of what the observer received: nothing before it has joined, nor between
    its leaving and its next joining; and its own position in the lists."""
    me, member, seen = f"#{name}#d1", False, []
    for line in lines:
        mine = f"changed={me} " in line
        if mine and "JOIN" in line:
            member = True
        if mine and "LEAVE" in line:
            member = False
            seen.append("SELFLEAVE(0x200) g num_groups=0 type=-1 len=0")
        elif member:
            members = re.search(r"members=\[(.*?)\]", line)
            place = members[1].split().index(me) if members else None
            seen.append(re.sub(r"me=\d+", f"me={place}", line))
    return seen


class ThreeDaemons(Trace):
    daemons = 3

    def meet(self):
        """The daemons have found each other."""
        clients = [wire.Client.opened(d, "meet") for d in self.ring.daemons]
        wire.meet(*clients)
        for client in clients:
            client.close()

    def stop_daemon(self, number, clients):
        """A daemon stands still, and so do its clients."""
        self.ring[number].signal(signal.SIGSTOP)
        for who in clients:
            self.agent(who).connected = False
        self.unseen = set(clients)


class EarlyClients(ThreeDaemons):
    options = loopback.SHORT_TIMEOUTS

    def test_31_clients_before_first_membership(self):
        """Again until the daemons found each other in one go, as in the trace. That nothing is
        delivered before is shown without a race by tests/unit/daemon/daemon_boot_test.c."""
        steps = script.read(31)
        for step in steps[1:7]:
            step.action = step.action.replace("[g]", f'[g] type=0 "early-{step.who}"')
        for _ in range(50):
            for step in steps[1:7]:
                self.check_result(step, self.act(step))
            if self.met_at_once():
                break
            self.end()
            self.prepare()
        self.check_both()

    def met_at_once(self):
        """The first membership of d1 has all three daemons."""
        log = loopback.until(lambda: "=====" in self.ring[0].log() and self.ring[0].log(), "a view")
        first = log.split("Configuration at d1 is:")[1].split("=====")[0]
        return all(f"\t{d.name} " in first for d in self.ring.daemons)

    def check_both(self):
        """Either may have joined first; the other sees the same from where it joined."""
        a, b = self.agent("a"), self.agent("b")
        for agent in (a, b):
            agent.await_lines(2)
        for agent in (a, b, a, b):
            agent.settle()
        heard = {who: [self.symbols.put_into(line) for line in self.agent(who).heard]
                 for who in "ab"}
        first, second = ("a", "b") if len(heard["a"]) > len(heard["b"]) else ("b", "a")
        everything = heard[first]
        self.assertEqual([re.search(r"M1\.\d", line)[0] for line in everything if "MEMB" in line],
                         ["M1.1", "M1.2"])
        for who in "ab":
            own = [line for line in everything
                   if f"changed=#{who}#" in line or f'"early-{who}"' in line]
            self.assertEqual(["MEMB" in line for line in own], [True, False])
        place = {"a": 0, "b": 1}[second]
        joined = next(i for i, line in enumerate(everything) if f"changed=#{second}#" in line)
        self.assertEqual(heard[second], [re.sub(r"me=\d", f"me={place}", line)
                                         for line in everything[joined:]])


class StandingRing(ThreeDaemons):
    """The ring stands still for some seconds when a daemon stops: a fifth of the token timeout."""

    options = (loopback.SHORT_TIMEOUTS.replace("TokenTimeout = 600", "TokenTimeout = 25000") +
               "MaxSessionMessages = 10000\n")  # nobody here is to be too slow

    def test_34_name_held(self):
        steps = script.read(34)
        self.meet()
        self.play(steps[:8])
        self.stop_daemon(2, "c")
        self.await_standstill()
        self.check_result(steps[9], self.act(steps[9]))
        self.check_result(steps[10], self.act(steps[10]))
        loopback.until(lambda: self.act(steps[11]) == "OK #b#d1", "the name is free")
        self.play_from(steps, 11)

    def await_standstill(self):
        """The first daemon may still hold the token, but not once it has used it."""
        x = wire.Client.opened(self.ring[0], "probe")
        self.addCleanup(x.close)
        x.request(wire.AGREED, x.group)
        while x.is_readable(0.5):
            x.frame()
            x.request(wire.AGREED, x.group)

    def play_from(self, steps, number):
        self.check_lines(steps[number].lines, steps[number])
        self.play(steps[number + 1:])

    def test_35_backpressure(self):
        """With more messages than any buffers can hold, so that the sender must block."""
        steps, count = script.read(35), 5000
        self.meet()
        self.play(steps[:3])
        self.stop_daemon(2, "")
        self.await_standstill()
        a, b = self.agent("a"), self.agent("b")
        a.tell(f"repeat {count} 10 @1000 g")
        loopback.until(lambda: is_blocked(a), "the sender blocks")
        self.assertEqual(b.do("poll"), "0")
        x = wire.Client.opened(self.ring[0], "x")  # accepted all the same
        self.assertTrue(is_blocked(a), "the ring stands still all the time")
        self.assertEqual(a.answer(), str(count))
        for number in range(count):
            self.assertEqual(b.do("receive 1 1000 0"), "1000")
            self.assertIn(f"type={number} ", b.heard.pop())
        b.settle()
        self.assertEqual(b.heard, [])
        x.close()


def is_blocked(agent):
    """It sleeps, but not because it has answered."""
    with open(f"/proc/{agent.process.pid}/stat") as f:
        state = f.read().rsplit(")", 1)[1].split()[0]
    return state == "S" and not select.select([agent.process.stdout], [], [], 0)[0]


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
