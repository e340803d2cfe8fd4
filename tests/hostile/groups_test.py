# SPDX-License-Identifier: MIT
"""A client in 200,000 groups that goes, and what the others notice of it: nothing.

usage: groups_test.py SPREADD [GROUPS] [UNITTEST ARGUMENTS]

The ring has three daemons; two clients of the other daemons talk all the time. How long they wait is
counted against what they wait otherwise, with much to spare, for the machine may have other things to
do; that a turn does no more than a slice of the work is in tests/unit. What counts here is that nobody
loses the ring for it, and that memory comes back.
"""
import os
import sys
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
import calm
import loopback
import wire
from bystanders import Bystanders, Chatter
from wire import AGREED, BY_DISCONNECT, JOIN, KILL, LEAVE, REGULAR, frame

SPREADD = sys.argv[1]
GROUPS = int(sys.argv.pop(2)) if sys.argv[2:] and sys.argv[2].isdigit() else 200000
CHUNK = 2000
LAST = "zzz"  # of all groups in byte order
STALL = 1.0   # seconds; it was four, and 0.01 on a machine that does nothing else
EACH = 50     # bytes of memory a group that may stay: there are 400 while it is there
FEWER = 9000  # so few that the daemon does not give memory back while they go


def views(daemons):
    return [d.log().count("Membership id is") for d in daemons]


class ManyGroups:
    """What the classes below share."""

    def setUp(self):
        self.ring = loopback.Ring(SPREADD, 3).start()
        self.addCleanup(self.ring.stop)
        self.first, self.second, self.third = self.ring.daemons
        meeting = [wire.Client.opened(d, "meet") for d in self.ring.daemons]
        wire.meet(*meeting)
        for c in meeting:
            c.close()
        self.bystanders = Bystanders(self.second, self.third)
        self.witness = wire.Client.opened(self.second, "witness")
        self.addCleanup(self.witness.close)
        self.before = [d.memory() for d in self.ring.daemons]
        self.many = wire.Client.opened(self.first, "many", membership=False)
        self.addCleanup(self.many.close)
        self.join_all()
        self.witness.join(LAST)
        self.seen = views(self.ring.daemons)
        self.watch = calm.Watch().__enter__()
        self.addCleanup(self.watch.__exit__)
        self.chatter = Chatter(self.bystanders)
        self.addCleanup(self.chatter.close)

    def join_all(self):
        names = [f"group-{i:07}" for i in range(self.count)] + [LAST]
        for i in range(0, len(names), CHUNK):
            self.many.send(b"".join(frame(JOIN, self.many.group, [n])
                                    for n in names[i:i + CHUNK]))
            self.many.request(AGREED, self.many.group)
            self.many.frame()

    def expect_departure(self):
        notice = self.witness.frame()
        self.assertEqual((notice.kind, notice.sender, notice.groups),
                         (REGULAR | BY_DISCONNECT, LAST, [self.witness.group]))

    def expect_calm(self):
        self.assertLess(self.chatter.finish()[-1], self.watch.allows(STALL))
        self.assertEqual(views(self.ring.daemons), self.seen)

    def expect_memory_back(self):
        for d, before in zip(self.ring.daemons, self.before):
            loopback.until(lambda: d.memory() - before < self.may_stay,
                           f"memory of {d.name} comes back, {d.memory()} after {before}")

    def test_it_leaves_them_one_by_one(self):
        for i in range(0, self.count, CHUNK):
            self.many.send(b"".join(frame(LEAVE, self.many.group, [f"group-{k:07}"])
                                    for k in range(i, min(i + CHUNK, self.count))))
        self.many.request(KILL)
        self.expect_departure()
        self.expect_calm()
        self.expect_memory_back()


class VeryManyGroups(ManyGroups, unittest.TestCase):
    count = GROUPS
    may_stay = GROUPS * EACH

    def test_it_says_goodbye(self):
        self.many.request(KILL)
        self.expect_departure()
        self.expect_calm()
        self.expect_memory_back()

    def test_its_socket_is_closed(self):
        self.many.close()
        self.expect_departure()
        self.expect_calm()
        wire.Client.opened(self.first, "many").close()  # the name is free again
        self.expect_memory_back()

    def test_its_daemon_dies(self):
        self.first.kill()
        self.first.process = None
        kinds = [self.witness.frame().kind for _ in range(2)]
        self.assertEqual(kinds, [wire.TRANSITION, REGULAR | wire.BY_NETWORK])
        self.chatter.finish()
        self.ring.daemons.pop(0)
        self.before.pop(0)
        self.seen.pop(0)
        # One view without it, and none for the work that it leaves.
        self.assertEqual(views(self.ring.daemons), [n + 1 for n in self.seen])
        self.expect_memory_back()


class FewerGroups(ManyGroups, unittest.TestCase):
    count = FEWER
    may_stay = 2 << 20  # while they are there, five; after, one


if __name__ == "__main__":
    loopback.main(sys.argv[2:])
