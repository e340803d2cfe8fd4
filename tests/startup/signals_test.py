# SPDX-License-Identifier: MIT
"""Signals that come while a daemon starts: from when it can be connected to, it leaves as it should.
And one that was stopped for a while finds nobody late who had no time.

usage: signals_test.py SPREADD [UNITTEST ARGUMENTS]
"""
import os
import signal
import socket
import sys
import time
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
import loopback

SPREADD = sys.argv[1]
TIMES = 20  # what is to be hit lasts a millisecond
HELLO_LIMIT = 2.0  # seconds
LOOK = 0.25  # so often it looks at the clock, which is how it learns of a pause


class Signals(unittest.TestCase):
    def setUp(self):
        self.ring = loopback.Ring(SPREADD)
        self.addCleanup(self.ring.stop)

    def start(self):
        """Not more than that: when it serves, what is to be hit is over."""
        daemon = self.ring[0]
        daemon.spawn()
        loopback.until(lambda: daemon.listens() or not daemon.is_alive(), "spreadd listens")
        return daemon

    def test_it_ends_as_asked(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            for _ in range(TIMES):
                daemon = self.start()
                daemon.signal(number)
                daemon.process.wait(loopback.LIMIT)
                daemon.stop()  # it had status 0

    def test_it_reloads_and_goes_on(self):
        for _ in range(TIMES):
            daemon = self.start()
            daemon.signal(signal.SIGHUP)
            loopback.until(lambda: "log reopened on SIGHUP" in daemon.log() or
                           not daemon.is_alive(), "it heard it")
            os.truncate(f"{self.ring.folder}/{daemon.name}.log", 0)
            daemon.stop()

    def test_a_client_has_its_time_though_the_daemon_was_stopped(self):
        daemon = self.ring.start()[0]
        for asleep in (False, True):
            with self.subTest(asleep=asleep):
                self.expect_time(daemon, asleep)

    def sleeps(self, daemon):
        with open(f"/proc/{daemon.pid}/stat") as f:
            return f.read().rpartition(")")[2].split()[0] == "S"

    def expect_time(self, daemon, asleep):
        """Stopped at work on somebody else, or when it waits."""
        os.truncate(f"{self.ring.folder}/{daemon.name}.log", 0)
        began = time.monotonic()
        with socket.socket(socket.AF_UNIX) as silent:
            silent.settimeout(loopback.LIMIT)
            silent.connect(daemon.path)
            loopback.until(daemon.serves, "who came later is answered, so this one is taken")
            if asleep:
                loopback.until(lambda: self.sleeps(daemon), "it waits")
            daemon.stand_still()
            daemon.expect_standstill()
            stopped = time.monotonic()
            time.sleep(HELLO_LIMIT + 2 * LOOK)
            went_on = time.monotonic()
            daemon.go_on()
            self.assertEqual(silent.recv(1), b"")
            ran = stopped - began + time.monotonic() - went_on
        self.assertGreater(ran, HELLO_LIMIT - 1.2 * LOOK)
        self.assertIn("no connect request in time", daemon.log())


if __name__ == "__main__":
    loopback.main(sys.argv[2:])
