# SPDX-License-Identifier: MIT
"""For each example: how it is started at a field, given something to do, and what must hold of what it has
written. A case is told of no fault; where one matters, it stands in the notes among the lines."""
import re
import time

from field import await_value, loopback

import calm
import wire


class Case:
    members = 3

    def __init__(self, field, chance):
        self.field, self.chance = field, chance
        self.start()

    def start(self):
        raise NotImplementedError

    def work(self):
        """A little of what it is for; called again and again, among the faults too."""

    def replace(self):
        """One of its processes dies, and another one is started in its place."""

    def check(self):
        """Called when the field has settled."""
        raise NotImplementedError

    def check_quiet(self):
        """What holds besides as long as nothing has ever happened."""

    def check_cut(self):
        """What holds while daemons 1 and 2 are cut off from 3."""


class Counter(Case):
    def start(self):
        self.alive, self.given = [], {}
        self.gone = 0  # what was given to those that were killed: some of it may not have been told
        for i in range(self.members):
            self.one(i)

    def one(self, i):
        p = self.field.run("counter", self.field.addresses(i % self.field.count + 1), f"c{i}")
        self.alive.append(p)
        self.given[p] = 0

    def work(self):
        p, n = self.chance.choice(self.alive), self.chance.randint(1, 1000)
        p.say(str(n))
        self.given[p] += n

    def replace(self):
        i = self.chance.randrange(self.members)
        victim = self.alive.pop(i)
        victim.kill()
        self.gone += self.given.pop(victim)
        self.one(i)
        self.alive.insert(i, self.alive.pop())

    @staticmethod
    def totals(p):
        return [int(line.split()[1]) for line in p.lines() if line.startswith("total")]

    def check(self):
        for p in self.alive:  # so that each has something to tell
            p.say("1")
            self.given[p] += 1
        least = sum(self.given.values())
        await_value(lambda: [t >= least for t in self.last()], [True] * self.members, "all was counted")
        await_value(lambda: len(set(self.last())), 1, f"all have one total: {self.last()}")
        assert self.last()[0] <= least + self.gone, f"counted twice: {self.last()}, given {least} + {self.gone}"
        for p in self.alive:
            found = self.totals(p)
            assert found == sorted(set(found)), f"a total that does not rise: {found}"

    def check_cut(self):
        """Both sides go on, each by itself."""
        before = sum(self.given.values())
        for p, n in zip(self.alive, (10 ** 6, 0, 10 ** 9)):
            p.say(str(n))
            self.given[p] += n
        await_value(lambda: [t // 10 ** 6 for t in self.last()], [1, 1, 1000], f"two totals, from {before} on")

    def last(self):
        return [(self.totals(p) or [0])[-1] for p in self.alive]


class Chat(Case):
    def start(self):
        self.said = 0
        self.people = [self.field.run("chat", self.field.addresses(i + 1), f"p{i}", "room")
                       for i in range(self.members)]

    def work(self):
        self.said += 1
        self.chance.choice(self.people).say(f"line {self.said}")

    def read(self, p):
        return [line.split(": ", 1)[1] for line in p.lines() if not line.startswith("*")]

    def check(self):
        for p in self.people:
            await_value(lambda p=p: self.try_to_say(p), True, "all read it")
        heard = [self.read(p) for p in self.people]
        for one in heard:
            assert len(one) == len(set(one)), f"a line twice: {one}"
        for i, one in enumerate(heard):
            for other in heard[:i]:
                both = set(one) & set(other)
                assert [x for x in one if x in both] == [x for x in other if x in both], f"{one}\n{other}"
        for p in self.people:
            unheard = {line.split(": ", 1)[1] for line in p.lines() if line.startswith("* nobody has heard")}
            assert not unheard & set(self.read(p)), f"heard, and not heard: {unheard}"

    def check_cut(self):
        """Who is cut off is told of, and neither reads nor is read."""
        for p, lost in zip(self.people, ("#p2#d3", "#p2#d3", "#p0#d1")):
            loopback.until(lambda p=p, lost=lost: f"* {lost} cannot be reached" in p.lines(), f"{lost} is missed")
        self.people[0].say("between us")
        self.people[2].say("alone")
        loopback.until(lambda: "between us" in self.read(self.people[1]), "they go on")
        loopback.until(lambda: "alone" in self.read(self.people[2]), "so does the other")
        assert "between us" not in self.read(self.people[2]) and "alone" not in self.read(self.people[0])

    def try_to_say(self, p):
        """True if all read it; some may not be in the room yet, and that is then another line's turn."""
        self.said += 1
        line = f"line {self.said}"
        p.say(line)
        told = loopback.until(lambda: [x for x in p.lines() if x.endswith(f": {line}")], "it is back")
        end = time.monotonic() + 1
        while not told[0].startswith("*") and time.monotonic() < end:
            if all(line in self.read(other) for other in self.people):
                return True
            time.sleep(0.01)
        return False


class OneAtATime(Case):
    """Each member is at one daemon only, so it is known where it is when two say that they are it."""
    BEGIN, END = "", ()

    def at(self, who):
        return int(who[1:]) % self.field.count + 1

    def bury(self, i):
        """Kills it; what it had is free from somewhere between the two notes on."""
        self.field.note(f"dying {self.at(f'm{i}')}")
        self.alive[i].kill()
        self.field.note(f"dead {self.at(f'm{i}')}")

    def check_row(self, lines):
        """No two at a time, unless one of them is cut off, or was a moment ago."""
        count = self.field.count
        have, apart = {}, set()  # apart: who was, since the field has settled last
        for n, line in enumerate(lines):
            words = line.split()
            if words[0] == "--":
                apart = self.faults(words, apart, count)
                if words[1] == "dead":
                    have = {who: since for who, since in have.items() if self.at(who) != int(words[2])}
            elif words[1:2] == [self.BEGIN] and words[2:3] != ["no"]:
                for other in have:
                    assert self.at(other) in apart or self.at(words[0]) in apart, "\n".join(
                        [f"both {other} and {words[0]} at line {n + 1}:", *lines[max(0, n - 20):n + 1]])
                have[words[0]] = n
            else:
                have.pop(words[0], None)

    @staticmethod
    def faults(words, apart, count):
        if words[1] == "settled":
            return set()
        if words[1] == "cut":
            parts = [set(map(int, re.findall(r"\d+", p))) for p in re.findall(r"\{(.*?)\}", " ".join(words))]
            most = max(parts, key=len)
            return apart | (set(range(1, count + 1)) - most)
        if words[1] in ("kill", "stop", "dying"):
            return apart | {int(words[2])}
        if words[1] == "dead":
            return apart - {int(words[2])}
        return apart


class Lock(OneAtATime):
    BEGIN = "holds"
    MS = 5

    def start(self):
        self.alive = [self.one(i, "new") for i in range(self.members)]

    def one(self, i, *new):
        return self.field.run("lock", self.field.address(self.at(f"m{i}")), f"m{i}", self.members, self.MS,
                              *new, out="common.out")

    def replace(self):
        """One at a time, for if two forget what they knew, nobody may decide any more."""
        self.check_progress()
        i = self.chance.randrange(self.members)
        self.bury(i)
        self.alive[i] = self.one(i)
        self.check_progress()

    def check_progress(self):
        self.field.settle()
        for i in range(self.members):
            seen = self.count(i)
            loopback.until(lambda i=i, seen=seen: self.count(i) > seen + 1, f"m{i} has the lock")

    def check_quiet(self):
        """Whoever takes it keeps it until it is done, whoever else comes."""
        assert not any(" lost " in line for line in self.alive[0].lines()), self.alive[0].lines()

    def check_cut(self):
        """The two go on, and the one that is alone has nothing, once it has read what it was told before."""
        loopback.until(self.two_go_on_without_the_third, "a minority holds no lock")
        assert self.two_go_on_without_the_third(), "a minority holds the lock"

    def two_go_on_without_the_third(self):
        alone, seen = self.count(2), [self.count(i) for i in (0, 1)]
        loopback.until(lambda: all(self.count(i) > seen[i] + 2 for i in (0, 1)), "two go on")
        return self.count(2) == alone

    def count(self, i):
        return sum(line.startswith(f"m{i} holds") for line in self.alive[i].lines())

    def check(self):
        self.check_progress()
        lines = self.alive[0].lines()
        self.check_row(lines)
        owner, highest = {}, 0
        for n, line in enumerate(lines):
            if found := re.fullmatch(r"(\w+) holds (\d+)", line):
                who, number = found[1], int(found[2])
                assert owner.setdefault(number, who) == who, f"{number} is {owner[number]}'s, and {line}"
                assert number >= highest or "settled" not in self.last_note(lines, n), \
                    f"line {n + 1}: {line}, but there was {highest}"
                highest = max(highest, number)

    @staticmethod
    def last_note(lines, n):
        return next((line for line in reversed(lines[:n]) if line.startswith("--")), "")


class Leader(OneAtATime):
    BEGIN = "leads"

    def start(self):
        self.alive = [self.one(i) for i in range(self.members)]

    def one(self, i):
        return self.field.run("leader", self.field.address(self.at(f"m{i}")), f"m{i}", self.members,
                              out="common.out")

    def replace(self):
        i = self.chance.randrange(self.members)
        self.bury(i)
        self.alive[i] = self.one(i)

    def leaders(self):
        leads = set()
        for line in self.alive[0].lines():
            words = line.split()
            if words[0] == "--" and words[1] == "dead":
                leads -= {f"m{i}" for i in range(self.members) if self.at(f"m{i}") == int(words[2])}
            elif words[-1] == "leads":
                leads.add(words[0])
            elif words[0] != "--":
                leads.discard(words[0])
        return leads

    def check_cut(self):
        await_value(lambda: len(self.leaders()) == 1 and self.leaders() != {"m2"}, True, "one leads, of the majority")

    def check(self):
        await_value(lambda: len(self.leaders()), 1, "one leads")
        self.check_row(self.alive[0].lines())


class Work(Case):
    MS, SLOW_MS = 10, 1000

    def start(self):
        self.jobs, self.adding, self.names = 0, [], 0
        self.alive = [self.one(i) for i in range(self.members)]

    def one(self, i, ms=MS):
        """Each has a name that none had before: nobody inherits the jobs of who was called so."""
        self.names += 1
        return self.field.run("work", self.field.addresses(i % self.field.count + 1), f"w{self.names}", ms,
                              out="common.out")

    def add(self, count, address):
        p = self.field.run("work_add", address)
        for _ in range(count):
            self.jobs += 1
            p.say(f"job {self.jobs}")
        p.process.stdin.close()
        return p

    def work(self):
        self.adding = [p for p in self.adding if p.process.poll() is None]
        if len(self.adding) < 4:
            self.adding.append(self.add(self.chance.randint(1, 10),
                                        self.field.addresses(self.chance.randint(1, self.field.count))))

    def replace(self):
        """There is much to do, and those who are there take their time, for to add it may take longer. Somebody
        comes; when it shows that it knows of that, all others die at work."""
        self.field.settle()
        self.check()
        for p in self.alive:
            p.kill()
        self.alive = [self.one(i, self.SLOW_MS) for i in range(self.members)]
        first = self.jobs + 1
        self.add(100, self.field.addresses(1)).process.wait(loopback.LIMIT)
        new = self.one(0)
        mine = re.compile(rf"w{self.names} did job (\d+)$")
        loopback.until(lambda: any((m := mine.match(line)) and int(m[1]) >= first for line in new.lines()),
                       "it has been told of the jobs")
        for p in self.alive:
            p.kill()
        self.alive = [new]
        self.check()
        self.alive += [self.one(i) for i in range(1, self.members)]

    def done(self):
        return [int(line.split()[-1]) for line in self.alive[0].lines() if " did job " in line]

    def check(self):
        for p in self.adding:
            assert p.process.wait(loopback.LIMIT) == 0, "it could not be added"
        await_value(lambda: set(range(1, self.jobs + 1)) - set(self.done()), set(), "all jobs are done")

    def check_cut(self):
        """Each side takes jobs and does them."""
        for i in (1, 3):
            assert self.add(1, self.field.address(i)).process.wait(loopback.LIMIT) == 0
            loopback.until(lambda: self.jobs in self.done(), "it is done")

    def check_quiet(self):
        """Each job is done once."""
        done = self.done()
        assert len(done) == len(set(done)), f"done twice: {sorted(n for n in done if done.count(n) > 1)}"


class Ask(Case):
    def start(self):
        """Somebody serves before the first question: until then "nobody there" is a right answer."""
        self.asking, self.answered, self.nobody = [], 0, 0
        self.alive = [self.serve(i) for i in range(self.members)]
        await_value(lambda: self.ask().process.wait(loopback.LIMIT), 0, "somebody is there")

    def serve(self, i):
        return self.field.run("ask", self.field.address(i % self.field.count + 1), "--serve")

    def ask(self):
        return self.field.run("ask", self.field.address(self.chance.randint(1, self.field.count)), "what is it")

    def end(self, p, limit=loopback.LIMIT):
        """Every question ends."""
        status = p.process.wait(limit)
        if status == 0:
            assert p.lines() == ["WHAT IS IT"], p.lines()
            self.answered += 1
        elif status == 1:
            assert p.lines() == ["nobody there"], p.lines()
            self.nobody += 1
        return status

    def work(self):
        self.asking.append(self.ask())
        for p in self.asking[:]:
            if p.process.poll() is not None:
                self.end(p)
                self.asking.remove(p)
        i = self.chance.randrange(self.members)
        if self.alive[i].process.poll() is not None and self.field.runs(i % self.field.count + 1):
            self.alive[i] = self.serve(i)

    def replace(self):
        p = self.chance.choice(self.alive)
        if p.process.poll() is None:
            p.kill()

    def check(self):
        for p in self.asking:
            self.end(p)
        self.asking = []
        for i, p in enumerate(self.alive):
            if p.process.poll() is not None:
                self.alive[i] = self.serve(i)
        await_value(lambda: self.end(self.ask()), 0, "somebody is there")
        for _ in range(3):
            assert self.end(self.ask()) == 0, "nobody there, but they are"

    def check_quiet(self):
        """All are answered; and with nobody there it is said at once, not when some time is over."""
        assert self.nobody == 0
        loopback.until(lambda: len(self.who_answers()) == self.members, "all answer")
        for i in range(self.members):
            self.alive[i].kill()
        with calm.Watch() as watch:
            begun = time.monotonic()
            for i in range(1, self.field.count + 1):
                assert self.end(self.field.run("ask", self.field.address(i), "what is it")) == 1
            took = time.monotonic() - begun
            assert took < watch.allows(1), f"{took:.1f} s, others late by {watch.late():.3f} s"
        self.check()

    def who_answers(self):
        """Each question has one answer, and they are dealt out among all who have come."""
        me = wire.Client.opened(self.field.ring[0], "many", membership=False)
        for n in range(30):
            me.send(wire.frame(0x10, me.group, ["shout"], b"x", n))
        answers = [me.frame() for _ in range(30)]
        me.close()
        assert sorted(a.mess_type for a in answers) == list(range(30)), answers
        return {a.sender for a in answers}

    def check_cut(self):
        """Who serves on the other side is not there."""
        self.alive[0].kill()
        self.alive[1].kill()
        for i, status in ((1, 1), (2, 1), (3, 0)):
            assert self.end(self.field.run("ask", self.field.address(i), "what is it")) == status


class Log(Case):
    def start(self):
        self.senders, self.sent = {}, {}
        self.file = self.field.folder / "gathered"
        self.collector = self.collect()
        for i in range(self.members):
            self.sender()

    def collect(self):
        return self.field.run("log", self.field.addresses(self.chance.randint(1, self.field.count)),
                              "--collect", self.file)

    def sender(self):
        name = f"s{len(self.sent)}"
        self.sent[name] = []
        self.senders[name] = self.field.run("log", self.field.addresses(len(self.sent) % self.field.count + 1), name)

    def work(self):
        name = self.chance.choice(sorted(self.senders))
        for _ in range(self.chance.randint(1, 5)):
            self.sent[name].append(f"  line {len(self.sent[name]) + 1} of {name}")
            self.senders[name].say(self.sent[name][-1])

    def replace(self):
        """Again and again, among lines that it has written and has not said so yet."""
        for _ in range(5):
            self.work()
            self.collector.kill()
            self.work()
            self.collector = self.collect()

    def check(self):
        for name, p in self.senders.items():
            p.process.stdin.close()
        for name, p in self.senders.items():
            assert p.process.wait(loopback.LIMIT) == 0, f"{name} does not end"
        self.senders = {}
        found = {}
        for line in self.file.read_text().splitlines():
            who, number, text = re.fullmatch(r"(s\d+)\S+ (\d+) (.*)", line).groups()
            found.setdefault(who, []).append(text)
            assert int(number) == len(found[who]), line
        sent = {name: lines for name, lines in self.sent.items() if lines}
        assert found == sent, [(n, len(sent[n]), len(found.get(n, []))) for n in sent]
        for i in range(self.members):
            self.sender()


CASES = {kind.__name__.lower(): kind for kind in (Ask, Chat, Counter, Leader, Lock, Log, Work)}
