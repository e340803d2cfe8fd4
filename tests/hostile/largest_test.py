# SPDX-License-Identifier: MIT
"""The largest messages, as the library of 5.0.1 lets them through: groups and body of 144000 bytes,
by one daemon and around a ring.

usage: largest_test.py SPREADD [UNITTEST ARGUMENTS]
"""
import os
import sys
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
import loopback
import wire
from wire import AGREED, FIELD, PAYLOAD_MAX, SAFE

SPREADD = sys.argv[1]
GROUP, COUNTS = "g", range(101)
NAMED = (0, 1, 2, 43, 44, 99, 100)


def message(sender, count, size, service):
    """So many groups, of which the last has members; groups and body have size bytes."""
    groups = [f"nobody{i}" for i in range(count - 1)] + [GROUP] if count else []
    return wire.frame(service, sender.group, groups, bytes([count]) * (size - count * FIELD))


class Largest(unittest.TestCase):
    def open(self, daemons):
        self.ring = loopback.Ring(SPREADD, daemons, loopback.STEADY_TIMEOUTS).start()
        self.addCleanup(self.ring.stop)
        self.receivers = [self.client(i, f"r{i}") for i in range(daemons)]
        for r in self.receivers:
            r.request(wire.JOIN, GROUP)
        for r in self.receivers:
            while len(r.frame().groups) < daemons:
                pass
        self.sender = self.client(0, "sender")

    def client(self, daemon, name):
        c = wire.Client.opened(self.ring[daemon], name, tcp=daemon == 1)
        self.addCleanup(c.close)
        return c

    def send(self, count, size, service):
        data = message(self.sender, count, size, service)
        self.sender.send(data)
        if count == 0:  # reaches nobody, and its sender is served as before
            data = wire.frame(AGREED, self.sender.group, [GROUP], b"behind it")
            self.sender.send(data)
        for r in self.receivers:
            self.assertEqual(r.frame().bytes, data, f"{count} groups, {size} bytes")

    def check(self, daemons):
        self.open(daemons)
        for count in COUNTS:
            self.send(count, PAYLOAD_MAX, SAFE if count % 2 else AGREED)
        for size in (143951, 143952, 143953, 143999):
            for count in NAMED:
                self.send(count, size, SAFE if count % 2 else AGREED)
        for count in NAMED:
            self.sender.send(message(self.sender, count, PAYLOAD_MAX + 1, AGREED)[:48])
            self.assertEqual(self.sender.rest(), b"")
            self.sender = self.client(0, "sender")
        for c in self.receivers:  # nothing of these came
            c.request(AGREED, c.group, body=b"the end")
            self.assertEqual(c.frame().body, b"the end")

    def test_one_daemon(self):
        self.check(1)

    def test_a_ring(self):
        self.check(3)


if __name__ == "__main__":
    loopback.main(sys.argv[2:])
