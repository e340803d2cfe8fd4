#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Processors that others want as well, all of them and all the time, break no ring with default settings."""
import multiprocessing
import os
import unittest

from field import Lan, main


def spin():
    while True:
        pass


class SaturatedTest(unittest.TestCase):
    def views(self, field):
        return [field.log(i).count("Membership id is") for i in range(1, field.count + 1)]

    def test_saturated_processors_do_not_break_the_ring(self):
        with Lan(3).start_all() as f:
            f.clients_everywhere()
            before = self.views(f)
            busy = [multiprocessing.Process(target=spin, daemon=True)
                    for _ in range(2 * (os.cpu_count() or 1))]
            try:
                for p in busy:
                    p.start()
                f.ask_all("more 1500")
            finally:
                for p in busy:
                    p.kill()
            self.assertEqual(self.views(f), before)
            self.assertEqual(f.finish().violations, [])


if __name__ == "__main__":
    main(needs_root=True)
