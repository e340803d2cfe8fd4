# SPDX-License-Identifier: MIT
"""Signals that come while a daemon starts: from when it can be connected to, it leaves as it should.

usage: signals_test.py SPREADD [UNITTEST ARGUMENTS]
"""
import os
import signal
import sys
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
import loopback

SPREADD = sys.argv[1]
TIMES = 20  # what is to be hit lasts a millisecond


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


if __name__ == "__main__":
    loopback.main(sys.argv[2:])
