# SPDX-License-Identifier: MIT
"""In a build with sanitizers, a fault of the daemon fails the test that starts it.

usage: reports_test.py SPREADD CORE FAULTS [UNITTEST ARGUMENTS]

The daemon is the one that all tests get, CORE the library that it is made of. The library FAULTS,
loaded into it, does what is wrong.
"""
import os
import signal
import subprocess
import sys
import unittest

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__))]
import loopback

SPREADD, CORE, FAULTS = sys.argv[1:4]


class Reports(unittest.TestCase):
    def start(self, fault):
        """A daemon with the fault, which has happened, as far as it knows."""
        os.environ.update({"LD_PRELOAD": FAULTS, "SPREAD_TEST_FAULT": fault})
        options = os.environ.get("ASAN_OPTIONS")
        os.environ["ASAN_OPTIONS"] = f"{options or ''}:verify_asan_link_order=0"
        try:
            ring = loopback.Ring(SPREADD).start()
        finally:
            del os.environ["LD_PRELOAD"]
            os.environ["ASAN_OPTIONS"] = options or ""
        ring[0].signal(signal.SIGUSR2)
        return ring

    def check(self, fault, end, text):
        with self.assertRaisesRegex(AssertionError, text):
            end(self.start(fault))

    def test_the_daemon_is_built_with_them(self):
        """Its own objects call them: with clang the program has the sanitizers in it anyway."""
        names = subprocess.run(["nm", "-u", CORE], capture_output=True, text=True,
                               check=True).stdout
        for part in ("__asan_report_load8", "__ubsan_handle_"):
            self.assertIn(part, names)

    def test_the_fault_is_the_only_reason(self):
        self.start("none").stop()

    def test_memory_that_is_lost(self):
        self.check("leak", loopback.Ring.stop, "ERROR: LeakSanitizer")

    def test_memory_of_others(self):
        self.check("overflow", loopback.Ring.stop, "ERROR: AddressSanitizer")

    def test_undefined_behaviour(self):
        self.check("undefined", loopback.Ring.stop, "runtime error: signed integer overflow")

    def test_a_daemon_that_is_killed_in_the_end(self):
        for fault, text in (("overflow", "ERROR: AddressSanitizer"), ("undefined", "runtime error")):
            with self.subTest(fault):
                ring = self.start(fault)
                ring[0].process.wait(loopback.LIMIT)
                with self.assertRaisesRegex(AssertionError, text):
                    ring[0].kill()
                ring.stop()


if __name__ == "__main__":
    loopback.main(sys.argv[4:])
