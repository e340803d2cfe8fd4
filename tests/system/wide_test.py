#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Rings of other shapes: IPv6, several segments, and a group of very many members."""
import subprocess
import unittest

from field import Lan, main

DATA = f"udp dport {Lan.PORT} udp length > 1000 counter"


class WideTest(unittest.TestCase):
    def assert_right(self, field):
        self.assertEqual(field.finish().violations, [])

    def test_a_ring_of_IPv6_is_cut_and_merged(self):
        with Lan(3, six=True).start_all() as f:
            f.clients_everywhere()
            f.ask_all("more 100")
            f.cut([1], [2, 3])
            f.clients["c1"].ask("members 1")
            f.clients["c2"].ask("members 2")
            f.heal()
            f.ask_all("members 3")
            f.ask_all("more 100")
            self.assert_right(f)

    def test_what_one_site_sends_crosses_to_the_other_once(self):
        with Lan(4, segments=[[1, 2], [3, 4]]).start_all() as f:
            f.client(1)  # a head sends on what comes from outside, so one site only sends
            f.client(2)
            f.ask_all("members 2")
            for i, there in ((1, (2,)), (2, (1,)), (3, (1, 2)), (4, (1, 2))):
                f.refuse(i, *(f"ip saddr {f.hosts[k - 1].address} {DATA}" for k in there))
            f.ask_all("more 1000")
            at = {h.number: sum(h.counted()) for h in f.hosts}
            self.assertGreater(at[3], 1e5)      # the head of the other site gets them,
            self.assertEqual(at[4], 0)          # nobody else there,
            within = at[1] + at[2]              # and as often as those at home
            self.assertLessEqual(abs(at[3] - within), within / 10, at)
            self.assert_right(f)

    def test_a_site_is_cut_off_and_merged(self):
        with Lan(4, segments=[[1, 2], [3, 4]]).start_all() as f:
            f.clients_everywhere()
            f.cut([1, 2], [3, 4])
            f.ask_all("members 2")
            f.ask_all("more 50")
            f.heal()
            f.ask_all("members 4")
            f.ask_all("more 50")
            self.assert_right(f)

    def test_each_of_2500_members_is_told_of_every_cut_and_merge(self):
        """They join while all are apart: each join tells all who are in already."""
        with Lan(5, options="MaxSessionMessages = 100000\n") as f:
            f.cut([1], [2], [3], [4], [5])
            f.start_all()
            crowds = [f.popen(i, str(f.build / "tests/system/members"), "-s", f.service(i), "-n",
                              "500", "-u", "m", "-j", "all", stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True) for i in range(1, 6)]
            f.others += crowds

            def told(*counts):
                for p, count in zip(crowds, counts):
                    p.stdin.write(f"{count}\n")
                    p.stdin.flush()
                return [p.stdout.readline() for p in crowds]

            self.assertTrue(all(told(500, 500, 500, 500, 500)))
            f.heal()
            self.assertEqual(len(set(told(*[2500] * 5))), 1)
            f.cut([1, 2], [3, 4, 5])
            answers = told(1000, 1000, 1500, 1500, 1500)
            self.assertEqual([len(set(answers[:2])), len(set(answers[2:]))], [1, 1])
            f.heal()
            self.assertEqual(len(set(told(*[2500] * 5))), 1)
            self.assertTrue(all(p.poll() is None for p in crowds))


if __name__ == "__main__":
    main(needs_root=True)
