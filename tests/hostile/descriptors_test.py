# SPDX-License-Identifier: MIT
"""A daemon that has no more descriptors: who is in goes on, who comes is told, and nothing spins.

usage: descriptors_test.py SPREADD [UNITTEST ARGUMENTS]

By root it is tried in a root folder of its own, which has no /dev, too.
"""
import os
import sys
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
import loopback
import wire
from bystanders import Bystanders

SPREADD = sys.argv[1]
LIMIT = 64
REFUSED = b"\xfd"
FULL = "no more clients can be let in"
OVER = "clients can be let in again"


class Descriptors(unittest.TestCase):
    options = ""

    def setUp(self):
        self.ring = loopback.Ring(SPREADD)
        self.addCleanup(self.ring.stop)
        self.daemon = self.ring[0]
        if self.options:
            environment = loopback.without_leaks()
            environment.start()
            self.addCleanup(environment.stop)
            os.mkdir(self.ring.folder + "/empty")
            with open(f"{self.ring.folder}/conf", "a") as f:
                f.write(self.options.replace("EMPTY", self.ring.folder + "/empty"))

    def start(self):
        self.ring.start(descriptors=LIMIT)
        self.bystanders = Bystanders(self.daemon)
        self.addCleanup(self.bystanders.close)

    def fill(self, tcp=False):
        """Connects until somebody is refused; those who are in."""
        clients = []
        while len(clients) < LIMIT:
            c = wire.Client(self.daemon, tcp)
            self.addCleanup(c.close)
            c.try_send(wire.hello(f"c{len(clients)}"))
            if c.read(1) == REFUSED:
                return clients
            clients.append(c)
        self.fail("nobody is refused")

    def refused(self, tcp):
        c = wire.Client(self.daemon, tcp)
        answer = c.rest()
        c.close()
        return answer == REFUSED

    def is_let_in(self):
        c = wire.Client(self.daemon)
        c.send(wire.hello("late"))
        answer = c.read(1)
        c.close()
        return answer != REFUSED

    def test_everybody_who_comes_too_late_is_told_why_and_those_who_are_in_go_on(self):
        self.start()
        for spell, tcp in enumerate((False, True), 1):
            clients = self.fill(tcp)
            for _ in range(20):
                self.assertTrue(self.refused(tcp))
            self.bystanders.exchange()
            for c in clients:
                c.close()
            told = f"{OVER}; 21 were refused"
            loopback.until(lambda: self.daemon.log().count(told) == spell, "it is over")
            self.assertEqual(self.daemon.log().count(FULL), spell)
            self.assertTrue(self.is_let_in())
            self.bystanders.exchange()

    def test_while_not_even_one_can_be_had_the_daemon_rests_and_others_wait(self):
        self.start()
        self.daemon.limit("nofile", 3)
        late = [wire.Client(self.daemon, tcp) for tcp in (False, True)]
        for c in late:
            self.addCleanup(c.close)
            c.send(wire.hello("late"))
        loopback.until(lambda: FULL in self.daemon.log(), "it says so")
        before = self.daemon.cpu_seconds()
        self.assertFalse(late[0].is_readable(1))
        self.assertLess(self.daemon.cpu_seconds() - before, 0.3)
        self.bystanders.exchange()
        self.daemon.limit("nofile", LIMIT)
        for c in late:  # the second has the name of the first
            self.assertIn(c.read(1), (b"\5", b"\xfa"))
        loopback.until(lambda: OVER in self.daemon.log(), "it is over")
        self.assertEqual(self.daemon.log().count(FULL), 1)
        self.bystanders.exchange()

    def test_a_daemon_with_too_few_says_so_instead_of_starting(self):
        for few in (12, 20, 30):
            with self.subTest(few):
                self.daemon.spawn(descriptors=few)
                self.assertEqual(self.daemon.process.wait(loopback.LIMIT), 1)
                log = self.daemon.log()
                self.assertIn("raise the limit with ulimit -n", log)
                self.assertNotIn("serves clients", log)
                self.assertNotIn("[err]", log)
                os.unlink(f"{self.ring.folder}/{self.daemon.name}.log")
        self.daemon.process = None

    def test_few_are_enough_to_serve_with_a_warning(self):
        self.start()
        self.assertIn(f"the system allows {LIMIT} descriptors, so some ", self.daemon.log())


@unittest.skipIf(os.geteuid() != 0, "only root can change the root folder")
class InAnEmptyRoot(Descriptors):
    options = "RuntimeDir = EMPTY\nDaemonUser = nobody\nDaemonGroup = nogroup\n"

    def test_it_is_empty(self):
        self.start()
        self.assertEqual(os.listdir(f"/proc/{self.daemon.pid}/root"), [])


if __name__ == "__main__":
    loopback.main(sys.argv[2:])
