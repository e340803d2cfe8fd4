# SPDX-License-Identifier: MIT
"""Plays traces: their clients are processes that use our library (agent.c), at our daemon.

After each step all clients take in what is there. That nothing more is coming is known without
waiting: a message that each sends to itself comes last.
"""
import copy
import os
import re
import signal
import subprocess
import sys
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
import loopback
import script


class Agent:
    """A client. What it receives before it is asked for waits in heard."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, bufsize=1)
        self.heard = []
        self.connected = False

    def tell(self, command):
        self.process.stdin.write(command + "\n")

    def answer(self):
        """The result of the command; what was received meanwhile is added to heard."""
        while True:
            line = self.process.stdout.readline()
            assert line, "the agent ended"
            line = line.rstrip("\n")
            if line.startswith("= "):
                return line[2:]
            self.heard.append(line)

    def do(self, command):
        self.tell(command)
        return self.answer()

    def settle(self):
        """Everything that is under way to it, it has."""
        if self.connected and self.do("settle") != "0":
            self.connected = False

    def await_lines(self, count):
        while self.connected and len(self.heard) < count:
            self.do("receive 128 150000 0")

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        self.connected = False


class Symbols:
    """Daemon memberships by the order in which they turn up: M1, M2, ..."""

    def __init__(self):
        self.names = {}

    def like(self, line, expected):
        """The line with symbols; one for which expected has a new symbol gets that."""
        real, symbol = (re.search(r"gid=([\w.]+)\.", text) for text in (line, expected))
        if real and symbol and symbol[1] not in self.names.values():
            self.names.setdefault(real[1], symbol[1])
        return self.put_into(line)

    def put_into(self, line):
        return re.sub(r"gid=(\d+\.\d+)\.", lambda m: f"gid={self.name(m[1])}.", line)

    def name(self, membership):
        return self.names.setdefault(membership, f"M{len(self.names) + 1}")

    def leader(self, name):
        """The daemon id that leads a membership."""
        return next(int(key.split(".")[0]) for key, value in self.names.items() if value == name)


class Trace(unittest.TestCase):
    """Plays a trace: each step as an action, then what came of it, compared."""

    spreadd = program = None  # that of the daemon, that of the agents
    daemons, options = 1, ""

    def setUp(self):
        self.prepare()
        self.addCleanup(self.end)

    def prepare(self):
        self.ring = self.start_ring()
        self.agents = {}
        self.symbols = Symbols()
        self.explicit = set()  # clients that receive only when the trace says so
        self.unseen = set()    # clients whose part the trace does not show
        self.later = set()     # clients whose lines are compared after a later step

    def end(self):
        for agent in self.agents.values():
            agent.kill()
        self.stop_ring()

    def begin_again(self):
        signal.alarm(loopback.LIMIT)
        self.end()
        self.prepare()

    def start_ring(self):
        return loopback.Ring(self.spreadd, self.daemons, self.options).start()

    def stop_ring(self):
        self.ring.stop()

    def on_timeout(self, *_):
        raise AssertionError("nothing comes any more")

    def run(self, result=None):
        signal.signal(signal.SIGALRM, self.on_timeout)
        signal.alarm(loopback.LIMIT)
        try:
            return super().run(result)
        finally:
            signal.alarm(0)

    def agent(self, who):
        if who not in self.agents or self.agents[who].process.poll() is not None:
            self.agents[who] = Agent(self.program)
        return self.agents[who]

    # -- actions ------------------------------------------------------------------------------

    def address(self, action):
        daemon = re.search(r"to d(\d)", action)
        port = self.ring[int(daemon[1]) - 1 if daemon else 0].port
        return f"{port}@127.0.0.1" if "over TCP" in action else str(port)

    def command(self, action):
        """The agent's line for an action of the trace."""
        connect = re.match(r"connect name=(\S+)(?: membership=(\d))?", action)
        receive = re.match(r"receive with max_groups=(\d+) max_mess_len=(\d+) service_type=(\S+)",
                           action)
        if connect:
            name = "-" if connect[1] == "NULL" else connect[1]
            return f"connect {self.address(action)} {name} {connect[2] or 1}"
        if receive:
            return f"receive {receive[1]} {receive[2]} {receive[3]}"
        if action.startswith("multicast"):
            return script.multicast(action if " to " in action else action + " to [g]")
        if action.startswith("SP_kill"):
            return "kill"
        return action.replace(" (SP_disconnect)", "")

    def act(self, step):
        agent = self.agent(step.who)
        if step.action.startswith("process killed"):
            agent.kill()
            return None
        if step.action.startswith("back to back"):
            return self.back_to_back(agent, step.action)
        if step.action.startswith("receive"):
            return self.receive(agent, step)
        if step.action.startswith("connect"):
            agent.heard = []
        result = agent.do(self.command(step.action))
        if result.startswith("OK"):
            agent.connected = True
        elif step.action.startswith(("disconnect", "SP_kill")):
            agent.connected = False
        return result

    def receive(self, agent, step):
        """One call, with the buffers that the trace gives; "(nothing)" is what a poll finds."""
        for other in self.agents.values():
            if other is not agent:
                other.settle()
        if step.lines == [(step.who, "(nothing)")]:
            agent.heard.append("(nothing)" if agent.do("poll") == "0" else "something")
        else:
            agent.do(self.command(step.action))

    def back_to_back(self, agent, action):
        requests = list(script.in_a_row(action))
        for command, _ in requests:
            agent.tell(command)
        for command, result in requests:
            self.assertEqual(agent.answer(), str(result), command)
        return "all accepted"

    def do_all(self, names, commands):
        """All at the same time, each without waiting."""
        for name in names:
            self.agents[name].process.stdin.write(
                "".join(c.format(name) + "\n" for c in commands))
        for name in names:
            for _ in commands:
                self.assertGreaterEqual(int(self.agents[name].answer()), 0)

    # -- comparing ----------------------------------------------------------------------------

    def check_result(self, step, result):
        if step.result and step.result.startswith("OK #rNNNN-M"):
            self.assertRegex(result, r"^OK #r\d+-\d+#d1$", step)
        elif step.result and result is not None:
            self.assertEqual(result, step.result, step)

    def check_lines(self, lines, where):
        """Those clients received these lines since the last time, and nobody anything else."""
        expected = {}
        for who, line in lines:
            expected.setdefault(who, []).append(line)
        for who, wanted in expected.items():
            self.agent(who).await_lines(len(wanted))
        for who, agent in self.agents.items():
            if who not in self.explicit:
                agent.settle()
        heard = self.take_heard()
        self.assertIsNone(self.difference(lines, heard, self.symbols), where)

    def take_heard(self):
        """What clients have received and nobody compared yet."""
        heard = {}
        for who in self.agents.keys() - self.later:
            agent = self.agents[who]
            if agent.heard and who not in self.unseen:
                heard[who] = agent.heard
            agent.heard = []
        return heard

    @staticmethod
    def difference(lines, heard, symbols):
        """None if clients received these lines. They are compared in the order of the file, for
        that is the order of the symbols."""
        taken = {who: iter(received) for who, received in heard.items()}
        for who, line in lines:
            got = symbols.like(next(taken.get(who, iter(())), "nothing"), line)
            if got != line:
                return f"{who} received\n    {got}\nnot {line}"
        for who, received in taken.items():
            more = list(received)
            if more:
                return f"{who} received besides {more}"
        return None

    def differences(self, variants):
        """Empty if clients received the lines of one of the variants, and nothing else. All that
        they will receive of it must be on its way."""
        for agent in self.agents.values():
            agent.settle()
        heard, found = self.take_heard(), []
        for lines in variants:
            symbols = copy.deepcopy(self.symbols)
            found.append(self.difference(lines, heard, symbols))
            if found[-1] is None:
                self.symbols = symbols
                return []
        return found

    def check_one_of(self, variants, where):
        wrong = self.differences(variants)
        self.assertFalse(wrong, f"{where}:\n" + "\nor ".join(wrong))

    def forget_lines(self):
        """What was received up to here is of no interest."""
        for agent in self.agents.values():
            agent.settle()
        for agent in self.agents.values():
            agent.settle()
            agent.heard = []

    def play(self, steps):
        pending = []  # lines are given behind the last of steps that did not wait for each other
        for number, step in enumerate(steps):
            self.explicit = {s.who for s in steps[number:] if s.action.startswith("receive")
                             and self.only_receives(s.who, steps[number:])}
            self.check_result(step, self.act(step))
            pending += step.lines
            if step.left_out:
                self.forget_lines()
            elif not self.lines_follow_later(steps, number):
                self.check_lines(pending, step)
                pending = []
            elif self.is_change(step):
                self.agent(step.who).settle()  # requests of two clients are taken up in any order
        self.explicit = set()
        self.check_lines(pending, "the end")

    @staticmethod
    def only_receives(who, steps):
        """From here on this client gets nothing but by steps that say how it receives."""
        return all(step.action.startswith("receive") or who not in dict(step.lines)
                   for step in steps)

    def lines_follow_later(self, steps, number):
        """Several joins and leaves in a row, or a last message, with all lines behind the last."""
        if steps[number].lines or number + 1 == len(steps):
            return False
        step, following = steps[number], steps[number + 1]
        return (self.is_change(step) and self.is_change(following) or
                following.action.startswith("process killed"))

    @staticmethod
    def is_change(step):
        return step.action.startswith(("join", "leave"))


# -- several at a time -------------------------------------------------------------------------

AT_A_TIME = 4  # they wait for timeouts more than they work


def run_side_by_side(file, programs, arguments):
    """The main program of a test: its classes, each in a process of its own, unless arguments say
    what to run."""
    if arguments:
        loopback.main(arguments)
    loopback.main_side_by_side([file, *programs, "-v"], AT_A_TIME, lambda test: type(test).__name__)
