#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Benchmarks of several hosts fail at once, and say why, when one of their clients is lost."""
import os
import pathlib
import signal
import subprocess
import sys
import time
import unittest

from field import Field, main

BENCH = pathlib.Path(__file__).resolve().parents[2] / "bench"
AT_ONCE = 50  # seconds; what they measure would take 300, and they waited for lost clients for 60


def descendants(pid):
    """All processes that come from it, the oldest first."""
    parents = {}
    for entry in os.listdir("/proc"):
        try:
            with open(f"/proc/{entry}/stat") as f:
                parents.setdefault(int(f.read().rsplit(")", 1)[1].split()[1]), []).append(int(entry))
        except (OSError, ValueError):
            continue
    found = [pid]
    for one in found:
        found += sorted(parents.get(one, []))
    return found[1:]


def clients(pid):
    """Those of them that are programs of the benchmarks."""
    found = []
    for one in descendants(pid):
        try:
            if os.path.dirname(os.readlink(f"/proc/{one}/exe")) == os.path.join(
                    os.path.realpath(Field.BUILD), "bench"):
                found.append(one)
        except OSError:
            continue
    return found


class BenchTest(unittest.TestCase):
    def run_bench(self, name, *options):
        bench = subprocess.Popen([sys.executable, BENCH / name, "--build", Field.BUILD, *options],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while bench.poll() is None and not clients(bench.pid):
            time.sleep(0.02)
        begin = time.monotonic()
        for one in clients(bench.pid)[:1]:
            os.kill(one, signal.SIGKILL)
        out, error = bench.communicate()
        self.assertNotEqual(bench.returncode, 0, out)
        self.assertIn(f"bench/{name} failed: the client of d", error)
        self.assertLess(time.monotonic() - begin, AT_ONCE)

    def test_ring(self):
        self.run_bench("ring", "--no-corosync", "--seconds", "300")

    def test_latency(self):
        self.run_bench("latency", "--rate", "1000", "--seconds", "300")

    def test_membership(self):
        self.run_bench("membership", "--rounds", "100")


if __name__ == "__main__":
    main(needs_root=True)
