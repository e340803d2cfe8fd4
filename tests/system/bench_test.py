#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Benchmarks of several hosts fail at once, and say why, when one of their clients is lost."""
import pathlib
import subprocess
import sys
import time
import unittest

from field import Field, main

BENCH = pathlib.Path(__file__).resolve().parents[2] / "bench"
AT_ONCE = 50  # seconds; what they measure would take 300, and they waited for lost clients for 60
# Whoever is behind by two messages is cut off: so is somebody, in a window of a thousand.
CUT_OFF = ["--option", "MaxSessionMessages = 2"]


class BenchTest(unittest.TestCase):
    def run_bench(self, name, *options):
        begin = time.monotonic()
        done = subprocess.run([sys.executable, BENCH / name, "--build", Field.BUILD, *options],
                              capture_output=True, text=True)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertIn(f"bench/{name} failed: the client of d", done.stderr)
        self.assertLess(time.monotonic() - begin, AT_ONCE)

    def test_ring(self):
        self.run_bench("ring", "--no-corosync", "--seconds", "300", "--window", "1000", *CUT_OFF)

    def test_latency(self):
        self.run_bench("latency", "--rate", "100000", "--seconds", "300", *CUT_OFF)

    def test_membership(self):
        self.run_bench("membership", "--rates", "50000", "--rounds", "100", *CUT_OFF)


if __name__ == "__main__":
    main(needs_root=True)
