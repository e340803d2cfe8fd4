#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Daemons on hosts of their own with multicast, whose network fails by direction, port or chance."""
from faults import AnyField, Faults
from field import Lan, main


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

    def test_a_link_that_goes_one_way_only_is_named_and_the_ring_settles(self):
        with Lan(3).start_all() as f:
            f.clients_everywhere()
            f.deaf_to(2, [1])
            f.await_log(1, "do not hear each other both ways")
            self.assertIn("d1 and d2", f.log(1))
            f.clients["c1"].ask("more 100")
            views = f.log(1).count("Membership id is"), f.log(3).count("Membership id is")
            f.clients["c1"].ask("more 700")
            self.assertEqual(views, (f.log(1).count("Membership id is"),
                                     f.log(3).count("Membership id is")))
            self.assert_right(f)


if __name__ == "__main__":
    main(needs_root=True)
