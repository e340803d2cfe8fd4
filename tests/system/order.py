# SPDX-License-Identifier: MIT
"""Judges the records of ordercheck: was what the clients were given what the daemons promise?

    once         no message comes twice
    fifo         the messages of a sender come in its order; its own to itself without a gap
    total        two messages that two clients both received came in the same order at both
    member       a message comes only to members of one of its groups, or by private name
    view         equal group id, equal members and sets; the sets part the members; marks are right
    alternation  after a transitional notice of a group its next is a regular one; ids fit
    synchrony    those who go from one view to the next together received the same in between, in
                 one order, with the transitional notice at one place; so did all up to the end
    safe         what one delivered as SAFE before a transitional notice, all members of that view
                 that lived on delivered in it

A life is what a client does between two connections. record.h describes the lines.
"""
import collections
import itertools

SAFE = 32
View = collections.namedtuple("View", "group cause id members sets")
TRANSITION = ("transition",)
END = "end"


class Stretch:
    """What one life received in one view of one group, and where it went from there."""

    def __init__(self, view):
        self.view, self.items, self.safe = view, [], set()
        self.in_transition = False
        self.next, self.companions = None, ()

    def add(self, message, service):
        if service == SAFE and not self.in_transition:
            self.safe.add(message)
        self.items.append(message)


class Life:
    def __init__(self, name, verdict):
        self.name, self.verdict = name, verdict
        self.messages = {}  # (sender, number) -> position
        self.newest = {}    # sender -> number
        self.current = {}   # group -> Stretch
        self.stretches = []
        self.sent = 0
        self.complete = False

    def wrong(self, kind, what):
        self.verdict.violations.append(f"{kind}: at {self.name}: {what}")

    def on_message(self, sender, number, service, groups):
        m = (sender, int(number))
        if m in self.messages:
            self.wrong("once", f"{m} came again")
        before = self.newest.get(sender, 0)
        if m[1] <= before or (sender == self.name and m[1] != before + 1):
            self.wrong("fifo", f"{m} after {before}")
        self.newest[sender] = m[1]
        self.messages[m] = len(self.messages)
        mine = [g for g in set(groups.split(",")) if g in self.current]
        if not mine and self.name not in groups.split(","):
            self.wrong("member", f"{m} to {groups}")
        for g in mine:
            self.current[g].add(m, int(service) & 0x3F)

    def on_view(self, group, cause, id, own, changed, members, sets, own_set):
        members = tuple(members.split(","))
        sets = tuple(tuple(s.split(",")) for s in sets.split("|"))
        view = View(group, cause, id, members, sets)
        if members[int(own)] != self.name:
            self.wrong("view", f"own place {own} of {view}")
        if cause == "network":
            if sorted(itertools.chain(*sets)) != sorted(members):
                self.wrong("view", f"the sets are not the members: {view}")
            if self.name not in sets[int(own_set)]:
                self.wrong("view", f"own set {own_set} of {view}")
        self.verdict.on_view(self, view)
        self.leave_view(group, (id, members), sets[int(own_set)] if cause == "network" else members)
        self.current[group] = Stretch(view)

    def on_transition(self, group, id):
        stretch = self.current.get(group)
        if stretch is None or stretch.view.id != id:
            self.wrong("alternation", f"transitional {group} {id} in {stretch and stretch.view.id}")
        elif stretch.in_transition:
            self.wrong("alternation", f"a second transitional {group} {id}")
        else:
            stretch.items.append(TRANSITION)
            stretch.in_transition = True

    def leave_view(self, group, to, companions):
        stretch = self.current.pop(group, None)
        if stretch:
            stretch.next, stretch.companions = to, companions
            self.stretches.append(stretch)

    def end(self):
        """Everything was received: the last view is as good as one that all left together."""
        self.complete = True
        if self.newest.get(self.name, 0) != self.sent:
            self.wrong("fifo", f"sent {self.sent}, received {self.newest.get(self.name, 0)} of them")
        for group, stretch in list(self.current.items()):
            self.leave_view(group, END, stretch.view.members)


class Verdict:
    def __init__(self):
        self.violations, self.lives, self.views = [], [], {}
        self.deliveries = 0
        self.notices = 0
        self.left = set()  # groups that somebody leaves: their ids may come again

    def read(self, path):
        life = None
        with open(path) as f:
            for line in f:
                if not line.endswith("\n"):
                    break  # its writer was killed
                _, letter, *words = line.split()
                if letter == "C":
                    life = Life(words[0], self)
                    self.lives.append(life)
                elif life is None or life.complete:
                    continue
                elif letter == "S":
                    life.sent = int(words[0])
                elif letter == "M":
                    life.on_message(*words)
                elif letter == "V":
                    self.notices += 1
                    life.on_view(*words)
                elif letter == "T":
                    life.on_transition(*words)
                elif letter == "E":
                    life.current.pop(words[0], None)
                elif letter == "L":
                    self.left.add(words[0])
                elif letter == "Z":
                    life.end()

    def on_view(self, life, view):
        self.views.setdefault((view.group, view.id), {}).setdefault(view, life.name)

    def judge(self):
        self.deliveries = sum(len(x.messages) for x in self.lives)
        for (group, id), different in self.views.items():
            if len(different) > 1 and group not in self.left:
                self.violations.append(f"view: {group} {id} is different at {different}")
        self.judge_total_order()
        self.judge_stretches()
        return self

    def judge_total_order(self):
        for a, b in itertools.combinations(self.lives, 2):
            if len(a.messages) > len(b.messages):
                a, b = b, a
            before, place = None, -1
            for m in a.messages:
                at = b.messages.get(m)
                if at is None:
                    continue
                if at < place:
                    self.violations.append(f"total: {before}, {m} at {a.name}, not at {b.name}")
                    break
                before, place = m, at

    def judge_stretches(self):
        together, of_view = {}, collections.defaultdict(list)
        for life in self.lives:
            for s in life.stretches:
                of_view[s.view.group, s.view.id, s.view.members].append((life, s))
                key = (s.view.group, s.view.id, s.view.members, s.next, s.companions)
                other, same = together.setdefault(key, (life, s))
                if s.items != same.items:
                    self.violations.append(
                        f"synchrony: {life.name} and {other.name} in {key[:2]} to {s.next}: "
                        + difference(s.items, same.items))
        for (group, id, _), stretches in of_view.items():
            safe = set().union(*(s.safe for _, s in stretches))
            for life, s in stretches:
                missing = safe.difference(s.items)
                if missing:
                    self.violations.append(f"safe: {life.name} lacks {sorted(missing)[:3]} "
                                           f"in {group} {id}")


def difference(a, b):
    for i, (x, y) in enumerate(itertools.zip_longest(a, b)):
        if x != y:
            return f"item {i} of {len(a)} and {len(b)}: {x}, {y}"
    return ""


def check(paths):
    """A Verdict over the records of all clients of one run."""
    verdict = Verdict()
    for p in paths:
        verdict.read(p)
    return verdict.judge()
