# SPDX-License-Identifier: MIT
"""One of the examples at three daemons: all is well as long as nothing happens; then a daemon is killed,
comes back, the ring is cut apart and brought together, and what the example promises holds.

usage: examples_test.py BUILD-FOLDER EXAMPLE
"""
import random
import sys
import unittest

import cases
import field
from field import loopback

BUILD, EXAMPLE = sys.argv[1:3]


class Example(unittest.TestCase):
    def setUp(self):
        self.field = field.Field(BUILD)
        self.field.__enter__()
        self.addCleanup(lambda: self.field.__exit__(None))
        self.field.settle()
        self.case = cases.CASES[EXAMPLE](self.field, random.Random(EXAMPLE))

    def work(self, times=10):
        for _ in range(times):
            self.case.work()

    def settle_and_check(self):
        self.field.settle()
        self.case.check()

    def test_it_keeps_its_promises(self):
        self.work()
        self.case.check()
        self.case.check_quiet()
        self.field.cut({1, 2}, {3})
        self.work()
        self.case.check_cut()
        self.settle_and_check()
        self.work()
        self.field.kill(1)
        self.work()
        self.settle_and_check()
        self.case.replace()
        self.work()
        self.settle_and_check()


if __name__ == "__main__":
    loopback.main(["-v"])
