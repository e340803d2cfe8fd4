# SPDX-License-Identifier: MIT
"""A story is told again where everybody was late, and nowhere else, and not for ever.

usage: calm_test.py [UNITTEST ARGUMENTS]
"""
import os
import sys
import time
import unittest

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__))]
import calm
import keeper
import loopback
import standstill

NEVER = 1000.0  # seconds that nobody is late


class Told(unittest.TestCase):
    def setUp(self):
        self.times = self.anew = 0

    def fail_until(self, times, late=0.0):
        """A story that fails so often, and everybody is so late meanwhile."""
        def story():
            self.times += 1
            others = keeper.children(os.getpid())
            for pid in others:
                standstill.begin(pid)
            time.sleep(late)
            for pid in others:
                standstill.end(pid)
            self.assertGreater(self.times, times)
            return "the end"
        return story

    def begin_again(self):
        self.anew += 1

    def test_one_that_comes_out_as_it_should_is_told_once(self):
        self.assertEqual(calm.tell(self.fail_until(0), 0, self.begin_again), "the end")
        self.assertEqual((self.times, self.anew), (1, 0))

    def test_one_that_does_not_is_a_failure_at_once_where_nobody_was_late(self):
        with self.assertRaises(AssertionError):
            calm.tell(self.fail_until(1), NEVER, self.begin_again)
        self.assertEqual((self.times, self.anew), (1, 0))

    def test_it_is_told_again_where_they_were(self):
        self.assertEqual(calm.tell(self.fail_until(2, 0.2), 0.1, self.begin_again), "the end")
        self.assertEqual((self.times, self.anew), (3, 2))

    def test_one_that_never_does_is_a_failure(self):
        with self.assertRaises(AssertionError):
            calm.tell(self.fail_until(1000, 0.02), 0.01, self.begin_again)
        self.assertEqual(self.times, calm.TELLINGS)


if __name__ == "__main__":
    loopback.main(sys.argv[1:])
