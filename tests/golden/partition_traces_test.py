# SPDX-License-Identifier: MIT
"""The traces of 5.0.1 with three daemons that lose each other and meet again.

usage: partition_traces_test.py SPREADD AGENT SPMONITOR [UNITTEST ARGUMENTS]

A change that 5.0.1 made in one step or in two may take either number here; the lines of every way
are written down.
"""
import re
import sys
from itertools import combinations

from in_flight import data
from player import Trace, run_side_by_side
from network import Operator, ThreeDaemons, merged, notices
import in_flight
import loopback
import script

# A daemon that stands still is given up after a fifth of the token timeout.
PATIENT = (loopback.SHORT_TIMEOUTS.replace("TokenTimeout = 600", "TokenTimeout = 3000") +
           "DangerousMonitor = true\n")

Trace.spreadd, Trace.program, Operator.program = sys.argv[1:4]


class Partition(ThreeDaemons):
    def test_25_partition_and_merge(self):
        self.play(script.read(25))


class ThreeWays(ThreeDaemons):
    def test_26_three_way_partition(self):
        steps = script.read(26)
        heal = steps[11]
        groups = {"g": {"d1": ["#a#d1", "#e#d1"], "d2": ["#b#d2"], "d3": ["#c#d3"]},
                  "h": {"d1": ["#a#d1"], "d2": ["#b#d2"]}}
        everybody = ("M5", ["d1", "d2", "d3"])
        self.assertEqual(by_client(merged(groups, everybody)), by_client(heal.lines))
        ways = [merged(groups, everybody)] + [merged(groups, ("Mi", two), everybody)
                                              for two in combinations(everybody[1], 2)]
        self.play(steps[:11])
        self.act(heal)
        wrong = self.differences(ways)
        self.assertFalse(wrong, f"{heal}:\n" + "\nor ".join(wrong))


class Births(ThreeDaemons):
    def test_27_groups_born_in_partitions(self):
        self.play(script.read(27))


class Shift(ThreeDaemons):
    def test_28_shifting_partition(self):
        steps = script.read(28)
        self.play(steps[:7])
        shift = steps[7]
        self.act(shift)
        self.check_one_of([shift.lines, with_step_alone(shift.lines, "b")], shift)
        self.play(steps[8:])


class Crash(ThreeDaemons):
    def test_29_daemon_killed(self):
        steps = script.read(29)
        self.play(steps[:10])
        self.later = {"a", "b", "e"}
        self.play(steps[10:14])
        self.later = set()
        self.play(steps[14:])

    def operate(self, action):
        if action == "daemon d3 is killed":
            self.ring[2].kill()
        else:
            self.ring[2].spawn()
            self.assertTrue(self.ring[2].started())
            self.operator.await_members(d1=3, d2=3, d3=3)


class Pause(ThreeDaemons):
    options = PATIENT

    def test_30_daemon_paused(self):
        """Our daemons form a ring within milliseconds once somebody is given up, so a pause is
        either too short for that, and nobody is told of it, or d3 is left out."""
        steps = script.read(30)
        for _ in range(20):
            self.play(steps[:6])
            if self.stands_still_and_goes_on():
                break
            self.end()
            self.prepare()
        self.check_lines([], steps[6])
        self.stop_daemon(2, "c")
        self.operator.await_members(d1=2, d2=2)
        self.play(steps[7:9])
        self.resume_daemon(2, "c")
        self.operator.await_members(d1=3, d2=3, d3=3)
        self.check_one_of([steps[9].lines, with_step_alone(steps[9].lines, "c")], steps[9])

    def operate(self, action):
        self.assertEqual(action, "d3 is stopped for longer: d1 and d2 go on without it")

    def stands_still_and_goes_on(self):
        """False if it has been too long: the ring is another one."""
        before = self.operator.changes()
        self.stop_daemon(2, "c")
        self.await_standstill(0.05)
        self.resume_daemon(2, "c")
        self.operator.await_members(d1=3, d2=3, d3=3)
        return self.operator.changes() == before


class ChangeUnderWay(ThreeDaemons):
    options = PATIENT

    def test_33_join_during_change(self):
        """Again until what is asked for during a change falls on that side of it where it fell in
        the trace."""
        steps = script.read(33)
        for _ in range(20):
            self.play(steps[:6])
            wrong = self.act_during(steps)
            if not wrong:
                return
            self.end()
            self.prepare()
        self.fail("\n".join(wrong))

    def act_during(self, steps):
        with self.operator.part_at_once(["d1", "d2"], ["d3"]):
            self.await_standstill(0.05)
            self.act_all(steps[7:10])
        wrong = self.differences([steps[10].lines])
        if not wrong:
            with self.operator.heal_at_once():
                self.act_all(steps[12:15])
            wrong = self.differences([steps[15].lines])
        return wrong

    def act_all(self, steps):
        for step in steps:
            self.check_result(step, self.act(step))


class InFlight(in_flight.Rules, ThreeDaemons):
    """MaxSessionMessages: nobody reads while all this is sent."""

    options = (ThreeDaemons.options + "Window = 12\nPersonalWindow = 4\nAcceleratedWindow = 2\n"
               "MaxSessionMessages = 100000\n")
    ROUNDS = 150

    def test_32_transitional_in_flight(self):
        """Again until a message and a join or leave came after TRANS, as in the trace; what must
        hold is looked at each time."""
        steps = script.read(32)
        for _ in range(30):
            self.play(steps[:9])
            heard = self.change_under_load()
            self.check_together(heard)
            for who in "abcf":
                self.check_alternation(heard[who])
            self.check_transition(heard["a"])
            self.check_safe(heard)
            self.check_reunion(heard)
            self.check_roamer(heard["e"], self.ROUNDS)
            self.assertEqual(data(heard["a"]), data(heard["b"]))
            self.assertEqual([b for b in data(heard["a"]) if b[0] == "a"],
                             [f"a{i}" for i in range(self.ROUNDS)])
            if in_flight.shows_the_case(heard["a"]):
                return
            self.end()
            self.prepare()
        self.fail("nothing was ever under way")

    def change_under_load(self):
        a, b, e = (self.agent(who) for who in "abe")
        for i in range(self.ROUNDS):
            a.tell(f"multicast 20 0 a{i} g")
            for command in ("join g", f"multicast 20 0 e{i} g", "leave g",
                            f"multicast 20 0 E{i} g"):
                e.tell(command)
        b.await_lines(20)
        self.stop_daemon(2, "c")
        self.operator.await_members(d1=2, d2=2)
        for agent, count in ((a, 1), (e, 4)):
            for _ in range(self.ROUNDS * count):
                self.assertGreaterEqual(int(agent.answer()), 0)
        for agent in (a, e, b, a, e, b, self.agent("f")):
            agent.settle()
        self.resume_daemon(2, "c")
        self.operator.await_members(d1=3, d2=3, d3=3)
        for agent in self.agents.values():
            agent.settle()
        return self.take_heard()


def by_client(lines):
    return {who: [line for w, line in lines if w == who] for who, _ in lines}


def with_step_alone(lines, who):
    """The same, but who is alone in between."""
    last = next(line for w, line in lines if w == who and "NETWORK" in line)
    me = re.search(r"\{(\S+)\}\*", last)[1]
    [(_, alone)] = notices("g", "Mi", [[me]])
    at = lines.index((who, last))
    return lines[:at] + [(who, alone)] + lines[at:]


if __name__ == "__main__":
    run_side_by_side(__file__, sys.argv[1:4], sys.argv[4:])
