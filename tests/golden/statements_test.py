# SPDX-License-Identifier: MIT
"""Statements of semantics.md, section 14, that no trace shows by itself: 4, 9, 18 and 20.

usage: statements_test.py SPREADD SPMONITOR [UNITTEST ARGUMENTS]

Where the other statements are tested: statements.md.
"""
import os
import sys
import threading
import time
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
import loopback
import wire
from network import Operator
from wire import AGREED, BY_DISCONNECT, BY_JOIN, BY_LEAVE, BY_NETWORK, KILL, LEAVE, REGULAR, SAFE

SPREADD, Operator.program = sys.argv[1:3]
ALL = dict(d1=3, d2=3, d3=3)


class Statements(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # Packets are counted: there must be none but those of clients, and CheckAgreement has one a second.
        cls.ring = loopback.Ring(SPREADD, 3, loopback.SHORT_TIMEOUTS +
                                 "DangerousMonitor = true\nCheckAgreement = false\n").start()
        cls.addClassCleanup(cls.ring.stop)
        cls.operator = Operator(cls.ring)
        cls.operator.await_members(**ALL)

    def client(self, daemon, name, *groups):
        c = wire.Client.opened(self.ring[daemon - 1], name, tcp=daemon == 2)
        self.addCleanup(c.close)
        for group in groups:
            c.join(group)
        return c

    def tearDown(self):
        self.doCleanups()
        self.operator.await_nobody()

    # -- 4 ------------------------------------------------------------------------------------

    def test_4_after_its_leave_a_member_hears_nothing_of_the_group_until_it_joins(self):
        rounds, over = 100, threading.Event()
        leaver, speaker = self.client(1, "leaver", "g"), self.client(2, "speaker")

        def speak():
            while not over.is_set():
                for service in (wire.FIFO, AGREED, SAFE):
                    speaker.request(service, "g", body=b"x" * 100)
                speaker.request(SAFE, speaker.group)  # no faster than the ring
                speaker.frame()
        thread = threading.Thread(target=speak, daemon=True)
        thread.start()
        for _ in range(rounds):
            self.assertEqual(leaver.frame().sender, speaker.group)
            leaver.request(LEAVE, "g")
            leaver.request(AGREED, leaver.group, body=b"between")
            leaver.request(wire.JOIN, "g")
            notice = leaver.frame()
            while notice.kind & wire.SERVICES:
                notice = leaver.frame()
            self.assertEqual((notice.kind, notice.sender), (BY_LEAVE, "g"))
            self.assertEqual(leaver.frame().body, b"between")
            notice = leaver.frame()
            self.assertEqual((notice.kind, notice.sender), (REGULAR | BY_JOIN, "g"))
        over.set()
        thread.join()

    # -- 9 ------------------------------------------------------------------------------------

    def test_9_all_groups_that_lose_somebody_are_told_so_before_any_has_its_new_view(self):
        groups = ["g2", "G", "a", "g10", "zz"]
        stays, goes = self.client(1, "stays"), self.client(3, "goes")
        ids = {}
        for group in groups:
            goes.join(group)
            stays.request(wire.JOIN, group)
            ids[group] = stays.frame().body[:12]
            goes.frame()
        self.operator.part(["d1", "d2"], ["d3"])
        self.check_loss(stays, groups, ids)
        self.check_loss(goes, groups, ids)
        self.operator.heal()
        for c in (stays, goes):
            for group in sorted(groups):
                notice = c.frame()
                self.assertEqual((notice.kind, notice.sender), (REGULAR | BY_NETWORK, group))
                self.assertEqual(notice.groups, [stays.group, goes.group])

    def check_loss(self, client, groups, ids):
        for group in sorted(groups):
            told = client.frame()
            self.assertEqual((told.kind, told.sender), (wire.TRANSITION, group))
            self.assertEqual(told.body, ids[group])
        for group in sorted(groups):
            told = client.frame()
            self.assertEqual((told.kind, told.sender), (REGULAR | BY_NETWORK, group))
            self.assertEqual(told.groups, [client.group])

    # -- 18 -----------------------------------------------------------------------------------

    def test_18_who_never_reads_is_cut_off_and_delays_no_sender(self):
        """Here or at another daemon. 5.0.1 took 0.3 seconds for as many messages; what they take on a machine
        that has other things to do is tried first, with readers alone. When the reader's patience ends, all may
        have been sent already."""
        count, sender, witness = 20000, self.client(1, "sender"), self.client(1, "witness")
        usual = 0
        for daemon in (None, 1, 3):
            idle = self.client(daemon, "idle", "g") if daemon else None
            witness.join("g")
            message = wire.frame(AGREED, sender.group, ["g"], bytes(100))
            begin = time.monotonic()
            reader = threading.Thread(target=self.await_departure, args=(witness, idle and idle.group))
            reader.start()
            for _ in range(count):
                sender.send(message)
            took = time.monotonic() - begin
            sender.request(AGREED, "g", body=b"the end")
            reader.join()
            self.assertEqual(self.left, (bool(idle), count))
            if idle:
                self.assertLess(took, 10 + 3 * usual)
                idle.rest()
            else:
                usual = took
            witness.request(LEAVE, "g")
            self.assertEqual(witness.frame().kind, BY_LEAVE)

    def await_departure(self, witness, group):
        """Until all has come, and the departure, if there is to be one."""
        seen, count, ended = False, 0, False
        while not (ended and (seen or not group)):
            got = witness.frame()
            if got.kind == REGULAR | BY_DISCONNECT:
                seen = wire.text(got.body[24:]) == group
            elif got.body == b"the end":
                ended = True
            else:
                count += 1
        self.left = (seen, count)

    # -- 20 -----------------------------------------------------------------------------------

    def numbers(self):
        """The last number given out, at each daemon, and messages delivered to groups."""
        return [(s["highest_seq"], s["message_delivered"]) for s in self.operator.status()]

    def expect_more(self, before, count):
        """So many packets more everywhere, and no further one."""
        after = [(seq + count, messages) for seq, messages in before]
        loopback.until(lambda: self.numbers() == after, f"{count} more than {before}")
        return after

    def test_20_a_connect_costs_nothing_elsewhere_and_a_change_one_message(self):
        member = self.client(2, "member", "g")
        now = self.numbers()
        clients = [self.client(1, f"c{i}") for i in range(20)]
        now = self.expect_more(now, 0)
        c = clients[0]
        for group in "ghi":
            c.request(wire.JOIN, group)
            c.frame()
            now = self.expect_more(now, 1)
        c.request(LEAVE, "h")
        self.assertEqual(c.frame().kind, BY_LEAVE)
        now = self.expect_more(now, 1)
        c.request(wire.JOIN, "g")  # a member already
        now = self.expect_more(now, 1)
        c.request(KILL)
        c.rest()
        now = self.expect_more(now, 1)
        clients[1].close()  # a member of nothing
        self.expect_more(now, 1)
        self.assertEqual(member.frame().kind, REGULAR | BY_JOIN)
        self.assertEqual(member.frame().kind, REGULAR | BY_DISCONNECT)


if __name__ == "__main__":
    loopback.main(sys.argv[3:])
