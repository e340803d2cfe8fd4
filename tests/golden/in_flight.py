# SPDX-License-Identifier: MIT
"""What must hold of the lines of trace 32, wherever the change of membership fell in them.

Clients a, b, f stay together, c is lost and comes back, e joins and leaves all the time. Lines are
those of group g, in the notation of the traces.
"""
import re

TOGETHER = ["#a#d1", "#b#d2", "#f#d2"]
LOST = "#c#d3"


def data(lines):
    return [m[1] for line in lines if (m := re.search(r'type=0 "(\w+)"', line))]


def members(line):
    return re.search(r"members=\[(.*?)\]", line)[1].split()


def gid(line):
    membership, index = re.search(r"gid=(\S+)\.(\d+)", line).groups()
    return membership, int(index)


def is_at(line, word):
    return f" g {word} " in line or line.startswith(word)


def first_transition(lines):
    return next(i for i, line in enumerate(lines) if line.startswith("TRANS"))


def end_of_change(lines):
    """The NETWORK notice that no TRANS follows at once."""
    return next(i for i, line in enumerate(lines) if is_at(line, "NETWORK") and
                not "".join(lines[i + 1:i + 2]).startswith("TRANS"))


def shows_the_case(lines):
    """A message, and a join or leave, came after TRANS."""
    between = lines[first_transition(lines):end_of_change(lines)]
    return bool(data(between)) and any(is_at(line, "NETWORK") for line in between)


class Rules:
    """For a TestCase."""

    def check_together(self, heard):
        """Who goes on together received the same, but for the place in the lists."""
        for who in "bf":
            self.assertEqual([re.sub(r"me=\d+", "", line) for line in heard[who]],
                             [re.sub(r"me=\d+", "", line) for line in heard["a"]], who)

    def check_alternation(self, lines):
        """After TRANS only messages up to a NETWORK; no member goes by NETWORK without TRANS."""
        open_since, listed = None, None
        for line in lines:
            if line.startswith("TRANS"):
                self.assertIsNone(open_since, line)
                open_since = line
            elif line.startswith("MEMB"):
                now = set(members(line))
                if is_at(line, "NETWORK"):
                    self.assertTrue(open_since or listed is None or listed <= now, line)
                    open_since = None
                else:
                    self.assertIsNone(open_since, line)
                listed = now

    def check_transition(self, lines):
        """Each join and leave in it: NETWORK that lists the lost one still, in a set behind ours,
        a joiner alone in the last; index one higher; and TRANS of that view at once."""
        at, end = first_transition(lines), end_of_change(lines)
        before = None
        for i in range(at, end):
            line = lines[i]
            if not line.startswith("MEMB"):
                continue
            parts = re.search(r"vs=(.*)", line)[1]
            joined = " {#e#d1}" if "#e#d1" in members(line) else ""
            self.assertIn(LOST, members(line))
            self.assertEqual(parts, f"{{{' '.join(TOGETHER)}}}* {{{LOST}}}{joined}", line)
            self.assertEqual(gid(lines[i + 1]), gid(line))
            if before:
                self.assertEqual(gid(line), (before[0], before[1] + 1), line)
            before = gid(line)
        self.assertNotIn(LOST, members(lines[end]))
        self.assertEqual(gid(lines[end])[1], 1)

    def check_safe(self, heard):
        """What came before TRANS at one came to the lost one, too; and common messages came in one
        order."""
        full = data(heard["a"][:first_transition(heard["a"])])
        at_c = data(heard["c"])
        self.assertEqual(at_c[:len(full)], full)
        place = {body: i for i, body in enumerate(data(heard["a"]))}
        common = [place[body] for body in at_c if body in place]
        self.assertEqual(common, sorted(common))
        self.assertEqual(len(set(at_c)), len(at_c))

    def check_reunion(self, heard):
        """The last notice tells everybody that those who stayed together did."""
        for who, marks in (("c", ("*", "")), ("a", ("", "*"))):
            self.assertEqual(re.search(r"vs=(.*)", heard[who][-1])[1],
                             f"{{{LOST}}}{marks[0]} {{{' '.join(TOGETHER)}}}{marks[1]}")

    def check_roamer(self, lines, rounds):
        """e hears what it sends as a member, and nothing between its leaving and its joining."""
        self.assertEqual([b for b in data(lines) if b[0] in "eE"],
                         [f"e{i}" for i in range(rounds)])
        self.assertEqual(sum(line.startswith("SELFLEAVE") for line in lines), rounds)
        inside = False
        for line in lines:
            if line.startswith("SELFLEAVE"):
                inside = False
            elif line.startswith("MEMB") and not inside:
                self.assertIn("#e#d1", members(line))
                inside = True
            else:
                self.assertTrue(inside, line)
