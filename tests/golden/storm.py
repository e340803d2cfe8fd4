# SPDX-License-Identifier: MIT
"""Many join, leave and send at once. Which order comes of it varies; that it is one does not.

An observer w that never leaves has the list that everybody's can be compared with.
"""
import re


class Storm:
    """For a Trace. Clients sit at its daemons in turn."""

    def storm(self, names):
        self.homes = {name: 1 + i % self.daemons for i, name in enumerate("w" + names)}
        for name in self.homes:
            self.connect(name)
        self.agents["w"].do("join g")
        self.agents["w"].await_lines(1)
        self.do_all(names, ["join g"])
        self.gather(names, 1 + len(names))
        joins = self.take_all(names)
        self.do_all(names, ["multicast 10 0 1{0} g", "leave g", "join g", "multicast 10 0 2{0} g"])
        self.gather(names, len(names) * 4)
        storm = self.take_all(names)
        for name in names:
            everything = joins["w"] + storm["w"]
            self.assertEqual(joins[name] + storm[name], self.seen_by(name, everything))
        self.check_own_order(names, storm["w"])

    def private(self, name):
        return f"#{name}#d{self.homes[name]}"

    def connect(self, name):
        agent = self.agent(name)
        port = self.ring[self.homes[name] - 1].port
        self.assertEqual(agent.do(f"connect {port} {name} 1"), f"OK {self.private(name)}")
        agent.connected = True

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

    def seen_by(self, name, lines):
        """What name receives of what the observer received: nothing before it has joined, nor
        between its leaving and its next joining; and its own position in the lists."""
        me, member, seen = self.private(name), False, []
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
