# SPDX-License-Identifier: MIT
"""The traces of 5.0.1 with three daemons whose ring is not parted.

usage: ring_traces_test.py SPREADD AGENT SPMONITOR [UNITTEST ARGUMENTS]
"""
import fcntl
import re
import select
import sys
import termios

from player import Trace, run_side_by_side
from network import Operator, SharedRing, ThreeDaemons
import loopback
import script
import storm
import wire

Trace.spreadd, Trace.program, Operator.program = sys.argv[1:4]
BY_ALL = re.compile(r"a, b, c: at the same time, each: multicast (\w+) x0, x1, x2 to \[g\]")


def in_sequence(step, who):
    """The lines of a step with those of one client in the order in which they were sent: RELIABLE
    messages may overtake others at their sender's daemon, and ours do not (semantics.md 2.3)."""
    sent = [command.split()[3] for command, _ in script.in_a_row(step.action)]
    own = sorted((line for line in step.lines if line[0] == who),
                 key=lambda line: sent.index(re.search(r'"(\w+)"', line[1])[1]))
    return own + [line for line in step.lines if line[0] != who]


class WholeRing(SharedRing):
    def test_20_three_daemons_join_leave_disconnect(self):
        steps = script.read(20)
        self.play(steps[:13])
        self.act(steps[13])
        loopback.until(lambda: not any(s["num_groups"] for s in self.operator.status()),
                       "b has left its group everywhere")
        self.play(steps[14:])

    def test_21_member_order(self):
        steps = script.read(21)
        steps[13].left_out, steps[15].left_out = True, False
        self.play(steps[:15])
        self.unseen = {s.who for s in steps} - {"A"}
        self.play(steps[15:])

    def test_22_service_levels_three_daemons(self):
        steps = script.read(22)
        for step in steps[6:]:
            step.lines = in_sequence(step, step.who)
        self.play(steps)

    def test_23_concurrent_senders(self):
        steps = script.read(23)
        self.play(steps[:6])
        for step in steps[6:]:
            self.send_at_once(step)

    def send_at_once(self, step):
        """Which interleaving results varies; it is the same for all."""
        level = re.match(BY_ALL, f"{step.who}: {step.action}")[1]
        self.do_all("abc", [f"multicast {script.LEVELS[level]:x} 0 {{0}}{i} g" for i in range(3)])
        for who in "abc":
            self.agents[who].await_lines(9)
            self.agents[who].settle()
        heard = self.take_heard()
        for who in "abc":
            self.assertEqual(heard[who], heard["a"])
            self.assertEqual(sorted(heard[who]), sorted(l for w, l in step.lines if w == who))
            own = [line for line in heard["a"] if f"from #{who}#" in line]
            self.assertEqual(own, sorted(own))

    def test_24_reliable_and_membership(self):
        """A RELIABLE message keeps its place among joins and leaves, at its sender too."""
        steps = script.read(24)
        joined, left = steps[8:10]
        r1 = ("a", next(line for who, line in joined.lines if who == "b" and '"R1"' in line))
        joined.lines.insert(2, r1)
        left.lines = [line for line in left.lines if line[0] != "a" or '"R3"' not in line[1]]
        left.lines = in_order_of(left.lines, "a", ["S2", "R2", "SELFLEAVE"])
        self.play(steps)

    def test_36_same_name_two_daemons(self):
        self.play(script.read(36))


def in_order_of(lines, who, words):
    """Those of one client in the order in which these words are in them."""
    own = [next(line for line in lines if line[0] == who and word in line[1]) for word in words]
    return own + [line for line in lines if line[0] != who]


class JoinStorm(storm.Storm, SharedRing):
    def test_37_join_storm_three_daemons(self):
        """All that is concurrent in the trace, with more clients and with an observer."""
        self.storm("abcde")
        self.do_all("wabcde", ["disconnect"])
        for agent in self.agents.values():
            agent.connected = False
        self.operator.await_nobody()
        last = script.read(37)[6:]
        self.symbols.names.clear()
        self.play(last)


class EarlyClients(Trace):
    daemons, options = 3, loopback.STEADY_TIMEOUTS

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
    """The ring stands still when a daemon stops, for as long as the token timeout."""

    options = (loopback.SHORT_TIMEOUTS.replace("TokenTimeout = 600", "TokenTimeout = 8000") +
               "MaxSessionMessages = 10000\n")  # nobody here is to be too slow

    def await_standstill(self):
        """Silence may also be that of a daemon which gets no processor; but not when those that live have
        answered twice since, between which answers the token would have come by."""
        x = wire.Client.opened(self.ring[0], "probe")
        self.addCleanup(x.close)
        x.request(wire.AGREED, x.group)
        while x.is_readable(0.5) or self.others_run() and x.is_readable():
            x.frame()
            x.request(wire.AGREED, x.group)

    def others_run(self):
        return all(self.operator.status("d1", "d2") for _ in range(2))


class HeldName(StandingRing):

    def test_34_name_held(self):
        steps = script.read(34)
        self.play(steps[:8])
        self.stop_daemon(2, "c")
        self.await_standstill()
        self.check_result(steps[9], self.act(steps[9]))
        self.check_result(steps[10], self.act(steps[10]))
        loopback.until(lambda: self.act(steps[11]) == "OK #b#d1", "the name is free")
        self.ring[2].expect_standstill()
        self.play_from(steps, 11)

    def play_from(self, steps, number):
        self.check_lines(steps[number].lines, steps[number])
        self.play(steps[number + 1:])


class BackPressure(StandingRing):
    def test_35_backpressure(self):
        """With more messages than any buffers can hold, so that the sender must block."""
        steps, count = script.read(35), 5000
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
    """It has taken up a command, and sleeps without having answered; and not only for a moment, as
    a sender does that is faster than its daemon."""
    unread = fcntl.ioctl(agent.process.stdin, termios.FIONREAD, b"\0" * 4)
    before = wakings(agent)
    return (unread == b"\0" * 4 and not select.select([agent.process.stdout], [], [], 0.1)[0] and
            wakings(agent) == before)


def wakings(agent):
    with open(f"/proc/{agent.process.pid}/status") as f:
        return re.findall(r"ctxt_switches:\s*(\d+)", f.read())


if __name__ == "__main__":
    run_side_by_side(__file__, sys.argv[1:4], sys.argv[4:])
