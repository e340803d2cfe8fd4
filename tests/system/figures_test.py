#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How soon a lost daemon is noticed, and what must not be taken for one, with default settings."""
import signal
import unittest

from field import Lan, main, now_ms  # which knows the way to tests/support

import calm

NOTICED = 0.5  # seconds


class FiguresTest(unittest.TestCase):
    def views(self, field):
        return [field.log(i).count("Membership id is") for i in range(1, field.count + 1)]

    def assert_right(self, field):
        self.assertEqual(field.finish().violations, [])

    def loses(self, field, victim, how):
        """Each survivor knows of it in time."""
        def noticed():
            since, took = now_ms(), 0
            how(victim)
            for i in set(range(1, field.count + 1)) - {victim}:
                client = field.clients[f"c{i}"]
                client.ask(f"members {field.count - 1}")
                took = max(took, client.view_without(victim, since))
            return took / 1000
        calm.expect(self, NOTICED, noticed, lambda: self.come_together(field, victim))
        self.come_together(field, victim)

    @staticmethod
    def come_together(field, victim):
        if victim in field.running:
            field.go_on(victim)
            field.heal()
        else:
            field.start(victim)
        field.ask_all(f"members {field.count}")

    def test_a_killed_daemon_is_gone_at_every_survivor_within_half_a_second(self):
        with Lan(3).start_all() as f:
            f.clients_everywhere()
            for victim in (1, 2, 3):
                self.loses(f, victim, f.kill)
            f.ask_all("quiet")  # an idle ring notices it as well
            for victim in (1, 2, 3):
                f.clients[f"c{victim}"].ask("quiet")
                self.loses(f, victim, f.kill)
            self.assert_right(f)

    def test_a_host_whose_network_fails_is_gone_within_half_a_second(self):
        with Lan(3).start_all() as f:
            f.clients_everywhere()
            for victim in (1, 2, 3):
                self.loses(f, victim,
                           lambda i: f.cut([i], [k for k in (1, 2, 3) if k != i]))
            self.assert_right(f)

    def test_a_daemon_that_is_stopped_for_a_fifth_of_a_second_stays_in_the_ring(self):
        with Lan(3).start_all() as f:
            f.clients_everywhere()
            before = self.views(f)
            for i in (1, 2, 3):
                f.stop(i)
                signal.sigtimedwait([], 0.2)
                f.go_on(i)
                f.ask_all("more 100")
            self.assertEqual(self.views(f), before)
            self.assert_right(f)


if __name__ == "__main__":
    main(needs_root=True)
