# SPDX-License-Identifier: MIT
"""Traces with three daemons, and the operator who cuts, stops and kills them.

Networks are parted by the monitor. That a change is complete is asked of the daemons: each is in a
ring of the right size, and its groups are agreed on; so what clients are to be told of the change
is on its way to them then.
"""
import contextlib
import json
import os
import re
import subprocess

import calm
import loopback
import wire
from player import Trace


class Operator:
    """What spmonitor does to a ring."""

    program = None

    def __init__(self, ring):
        self.ring = ring

    def command(self, *words):
        return [self.program, "-c", os.path.join(self.ring.folder, "conf"), "-n", "d1", "-t",
                str(loopback.LIMIT), *words]

    def tell(self, *words):
        return subprocess.run(self.command(*words), capture_output=True, text=True,
                              check=True).stdout

    def status(self, *daemons):
        return json.loads(self.tell("status", "--json", *daemons))

    def await_members(self, **counts):
        """Until each of the daemons is in a ring of so many, and has its groups agreed on."""
        wanted = [(count, 1, 1) for count in counts.values()]
        loopback.until(lambda: [(s["num_procs"], s["state"], s["gstate"])
                                for s in self.status(*counts)] == wanted, f"rings of {counts}")

    def changes(self):
        """How many rings each daemon has been in."""
        return [s["membership_changes"] for s in self.status()]

    def await_nobody(self):
        """Until the departure of every client has been delivered everywhere."""
        loopback.until(lambda: not any(s["num_groups"] or s["num_sessions"]
                                       for s in self.status()), "everybody has gone")

    def part(self, *components):
        """Of names of daemons; until nobody is in a ring with somebody cut off."""
        self.tell("partition", written(components))
        self.await_members(**{d: len(c) for c in components for d in c})

    @contextlib.contextmanager
    def part_at_once(self, *components):
        """What happens inside happens when the daemons know, and before they were all waited for.
        """
        told = subprocess.Popen(self.command("partition", written(components)))
        self.await_said("heard are only")
        yield
        assert told.wait() == 0
        self.await_members(**{d: len(c) for c in components for d in c})

    def await_said(self, text):
        """Until each daemon has logged it."""
        loopback.until(lambda: all(text in d.log() for d in self.ring.daemons), text)

    @contextlib.contextmanager
    def heal_at_once(self):
        self.tell("heal")
        self.await_said("partition ended")
        yield
        self.heal()

    def heal(self):
        self.tell("heal")
        self.await_members(d1=3, d2=3, d3=3)


def written(components):
    return "/".join(",".join(c) for c in components)


class ThreeDaemons(Trace):
    """The part of the operator is played too."""

    daemons = 3
    options = loopback.SHORT_TIMEOUTS + "DangerousMonitor = true\n"
    LATE = 0.1  # seconds; daemons that are later are soon given up by others whom nobody has cut off

    def run(self, result=None):
        story = getattr(self, self._testMethodName)
        setattr(self, self._testMethodName, lambda: calm.tell(story, self.LATE, self.begin_again))
        return super().run(result)

    def prepare(self):
        super().prepare()
        self.operator = Operator(self.ring)
        self.operator.await_members(d1=3, d2=3, d3=3)

    def act(self, step):
        if step.who == "operator":
            return self.operate(step.action)
        return None if step.who == "-" else super().act(step)

    def operate(self, action):
        if "partition" in action:
            self.operator.part(*[c.split() for c in re.findall(r"\{(.*?)\}", action)])
        elif action.startswith("heal"):
            self.operator.heal()
        else:
            raise AssertionError(f"the operator cannot {action}")

    def stop_daemon(self, number, clients):
        """A daemon stands still, and so do its clients."""
        self.ring[number].stand_still()
        for who in clients:
            self.agent(who).connected = False
        self.unseen = set(clients)

    def await_standstill(self, silence):
        """The first daemon may still hold the token, but not once it has used it."""
        x = wire.Client.opened(self.ring[0], "probe")
        self.addCleanup(x.close)
        x.request(wire.AGREED, x.group)
        while x.is_readable(silence):
            x.frame()
            x.request(wire.AGREED, x.group)

    def resume_daemon(self, number, clients):
        self.ring[number].go_on()
        for who in clients:
            self.agent(who).connected = True
        self.unseen = set()


class SharedRing(ThreeDaemons):
    """One ring for all traces in which it stays whole; each finds it without clients."""

    options = loopback.STEADY_TIMEOUTS + "DangerousMonitor = true\n"

    @classmethod
    def setUpClass(cls):
        cls.common = loopback.Ring(cls.spreadd, cls.daemons, cls.options).start()
        cls.addClassCleanup(cls.common.stop)
        Operator(cls.common).await_members(d1=3, d2=3, d3=3)

    def start_ring(self):
        return self.common

    def stop_ring(self):
        Operator(self.common).await_nobody()


# -- notices of merges -----------------------------------------------------------------------

def daemon_of(member):
    return member.split("#")[2]


def notices(group, gid, sets):
    """What all members of a group are told when these sets come together."""
    members = sorted((m for s in sets for m in s), key=lambda m: (daemon_of(m), m))
    for place, me in enumerate(members):
        parts = " ".join("{" + " ".join(s) + "}" + "*" * (me in s) for s in sets)
        yield me.split("#")[1], (f"MEMB(0x1800) {group} NETWORK gid={gid}.1 members="
                                 f"[{' '.join(members)}] me={place} changed=- vs={parts}")


def merged(groups, *steps):
    """The lines of a merge in steps, each (symbol, daemons). groups: for each the members on each
    side, by the daemon that leads that; the ids of d3, d2, d1 in this order are the order of sets.
    """
    groups, lines = {name: dict(sides) for name, sides in groups.items()}, []
    for gid, daemons in steps:
        for group, sides in sorted(groups.items()):
            met = [leader for leader in ("d3", "d2", "d1")
                   if leader in daemons and leader in sides]
            if len(met) > 1:
                sets = [sides.pop(leader) for leader in met]
                lines += notices(group, gid, sets)
                sides[min(daemons)] = sorted((m for s in sets for m in s),
                                             key=lambda m: (daemon_of(m), m))
    return lines
