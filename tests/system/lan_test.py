#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Daemons on hosts of their own with multicast, whose network fails by direction, port or chance."""
from faults import AnyField, Faults
from field import Lan, lab, main  # which knows the way to tests/support

import calm

AT_A_TIME = 4  # tests; each waits for timeouts more than it works


class LanTest(AnyField, Faults):
    def field(self, count):
        return Lan(count)

    def test_all_sides_of_a_ring_cut_in_three_go_on_and_the_sides_change(self):
        with Lan(5).start_all() as f:
            f.clients_everywhere()
            f.cut([1], [2, 3], [4, 5])
            f.clients["c1"].ask("members 1")
            for i in (2, 3, 4, 5):
                f.clients[f"c{i}"].ask("members 2")
            f.ask_all("more 50")
            f.cut([1, 2], [3, 4, 5])
            for i in range(1, 6):
                f.clients[f"c{i}"].ask("members 2" if i < 3 else "members 3")
            f.ask_all("more 50")
            self.assert_right(f)

    @calm.story(0.1)
    def test_a_twentieth_of_all_datagrams_is_lost_and_nothing_changes(self):
        with Lan(3).start_all() as f:
            f.clients_everywhere()
            views = f.log(1).count("Membership id is")
            for i in (1, 2, 3):
                f.lossy(i, 5)
            f.ask_all("more 1000")
            self.assertEqual(f.log(1).count("Membership id is"), views)
            self.assert_right(f)

    def test_a_host_that_loses_nearly_everything_is_in_or_out_but_never_wrong(self):
        with Lan(3).start_all() as f:
            f.clients_everywhere()
            f.lossy(2, 70)
            for c in self.survivors(f, 2):
                c.ask("more 500")
            self.assert_right(f)

    def test_a_host_does_not_hear_the_data_port(self):
        with Lan(3).start_all() as f:
            f.clients_everywhere()
            f.deaf_at(3, Lan.PORT)
            for c in self.survivors(f, 3):
                c.ask("members 2")
                c.ask("more 200")
            self.assert_right(f)

    def test_a_host_does_not_hear_the_token_port(self):
        with Lan(3).start_all() as f:
            f.clients_everywhere()
            f.deaf_at(3, Lan.PORT + 1)
            for c in self.survivors(f, 3):
                c.ask("members 2")
                c.ask("more 200")
            self.assert_right(f)

    def views(self, field):
        return [field.log(i).count("Membership id is") for i in range(1, field.count + 1)]

    def names_the_link(self, field, deaf, to):
        pair = f"daemons d{min(deaf, to)} and d{max(deaf, to)} do not hear each other both ways"
        other = f"daemons d{max(deaf, to)} and d{min(deaf, to)} do not hear each other both ways"
        way = f"what daemon d{to} sends"  # comes by a detour, or not at all
        return any(text in field.log(i) for text in (pair, other, way) for i in (1, 2, 3))

    def is_named_and_does_not_keep_the_ring_forming(self, *links):
        for deaf, to in links:
            with Lan(3).start_all() as f:
                f.clients_everywhere()
                before = self.views(f)
                f.deaf_to(deaf, [to])
                self.assertTrue(lab.wait_until(lambda: self.names_the_link(f, deaf, to)))
                f.ask_all("more 100")
                settled = self.views(f)
                self.assertTrue(all(s - b <= 4 for s, b in zip(settled, before)), (deaf, to, before, settled))
                f.ask_all("more 200")
                self.assertEqual(self.views(f), settled, (deaf, to))
                self.assert_right(f)

    @calm.story(0.1)
    def test_a_link_to_the_first_goes_one_way_only(self):
        self.is_named_and_does_not_keep_the_ring_forming((1, 2), (1, 3))

    @calm.story(0.1)
    def test_a_link_to_the_second_goes_one_way_only(self):
        self.is_named_and_does_not_keep_the_ring_forming((2, 1), (2, 3))

    @calm.story(0.1)
    def test_a_link_to_the_last_goes_one_way_only(self):
        self.is_named_and_does_not_keep_the_ring_forming((3, 1), (3, 2))


if __name__ == "__main__":
    main(needs_root=True, at_a_time=AT_A_TIME)
