# SPDX-License-Identifier: MIT
"""examples/bridge between rings: what is sent in one comes to the others once, in order, and not back;
a bridge lives through the loss of its daemon.

usage: bridge_test.py BUILD-FOLDER
"""
import subprocess
import sys
import time
import unittest

import field
from field import loopback

sys.path.insert(0, str(field.HERE.parent / "support"))
import wire  # noqa: E402

BUILD = sys.argv[1]
COUNT = 200


class BridgeTest(unittest.TestCase):
    def rings(self, *counts):
        rings = []
        for count in counts:
            rings.append(loopback.Ring(f"{BUILD}/daemon/spreadd", count, field.OPTIONS))
            self.addCleanup(rings[-1].stop)
            rings[-1].start()
            meeting = [wire.Client.opened(d, "meet") for d in rings[-1].daemons]
            wire.meet(*meeting)
            for client in meeting:
                client.close()
        return rings

    def bridge(self, here, there, name="bridge"):
        addresses = [",".join(str(d.port) for d in ring.daemons) for ring in (here, there)]
        p = subprocess.Popen([f"{BUILD}/examples/bridge", *addresses, name, "far"],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(p.stdout.close)
        self.addCleanup(p.wait)
        self.addCleanup(p.kill)
        self.assertEqual(p.stdout.readline(), "open\n")
        return p

    def member(self, daemon, name):
        client = wire.Client.opened(daemon, name, membership=False)
        self.addCleanup(client.close)
        client.request(wire.JOIN, "far")
        client.request(wire.AGREED, client.group)
        client.frame()  # the join is over when it comes
        return client

    def send(self, client, first):
        for i in range(first, first + COUNT):
            client.send(wire.frame(wire.AGREED, client.group, ["far"], f"{i:06}".encode()))

    def assert_hears(self, client, *firsts):
        """Everything, once; of each sender in order."""
        want = [set(range(f, f + COUNT)) for f in firsts]
        got = [int(client.frame().body) for _ in range(COUNT * len(firsts))]
        for numbers in want:
            self.assertEqual([g for g in got if g in numbers], sorted(numbers))
        client.request(wire.AGREED, client.group, body=b"end")
        self.assertEqual(client.frame().body, b"end")

    def test_three_rings_in_a_chain_hear_each_other_once(self):
        a, b, c = self.rings(2, 1, 1)
        self.bridge(a, b, "ab")
        self.bridge(b, c, "bc")
        members = [self.member(d, "one") for d in (a[0], a[1], b[0], c[0])]
        self.send(members[0], 0)
        self.send(members[3], 1000)
        for m in members:
            self.assert_hears(m, 0, 1000)

    def test_a_bridge_goes_on_at_another_daemon(self):
        a, b = self.rings(2, 1)
        self.bridge(a, b)
        here, there = self.member(a[1], "here"), self.member(b[0], "there")
        a[0].kill()
        for number in range(10000):  # until one comes over: a ring is formed anew, the bridge is back
            here.send(wire.frame(wire.AGREED, here.group, ["far"], f"{number:06}".encode()))
            if there.is_readable(0.02):
                break
        first = int(there.frame().body)
        self.assertLessEqual(first, number)


if __name__ == "__main__":
    loopback.main([])
