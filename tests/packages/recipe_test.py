#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""containers/, as far as that can be seen without an engine: the files fit together, and the health check says
what a daemon is. That the image builds and the ring runs: tests/packages/containers.

usage: recipe_test.py SPREADD
"""
import pathlib
import re
import subprocess
import sys
import unittest

TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TREE / "tests/support")]
import loopback  # noqa: E402

FILES = TREE / "containers"


class Recipe(unittest.TestCase):
    def test_what_is_copied_is_there(self):
        recipe = (FILES / "Containerfile").read_text()
        for source in re.findall(r"(?m)^COPY (?!--)(\S+)", recipe):
            self.assertTrue((TREE / source).exists(), source)
        self.assertIn("/run/spread", recipe)

    def test_services_have_the_addresses_of_the_ring(self):
        compose = (FILES / "compose.yaml").read_text()
        services = dict(re.findall(r"(?s)\n  (d\d):.*?ipv4_address: ([\d.]+)", compose))
        ring = dict(re.findall(r"(?m)^ +(d\d) ([\d.]+)$", (FILES / "ring.conf").read_text()))
        self.assertEqual(services, ring)
        self.assertEqual(len(ring), 3)

    def test_the_ring_is_one(self):
        subprocess.run([SPREADD, "--check", FILES / "ring.conf"], check=True, stdout=subprocess.DEVNULL)

    def test_the_health_check_tells_a_ring_from_none(self):
        ring = loopback.Ring(SPREADD, 2, loopback.SHORT_TIMEOUTS)
        self.addCleanup(ring.stop)
        first, second = ring.daemons
        self.assertEqual(self.ready(first.port)[0], 1)
        first.spawn()
        loopback.until(lambda: self.ready(first.port) == (1, "not ready: none of the other daemons has been heard "
                                                             "since the start\n"), "it is alone")
        second.spawn()
        loopback.until(lambda: self.ready(first.port) == (0, "ready\n"), "it is ready")

    @staticmethod
    def ready(port):
        done = subprocess.run([FILES / "ready", str(port)], text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, timeout=loopback.LIMIT)
        return done.returncode, done.stdout


if __name__ == "__main__":
    SPREADD = sys.argv[1]
    loopback.main(sys.argv[2:])
