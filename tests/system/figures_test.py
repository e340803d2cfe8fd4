#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How soon a lost daemon is noticed, and what must not be taken for one, with default settings."""
import signal
import unittest

from faults import Anew
from field import Lan, main, now_ms  # which knows the way to tests/support

import calm

NOTICED = 0.5  # seconds


class FiguresTest(unittest.TestCase):
    def views(self, field):
        return [field.log(i).count("Membership id is") for i in range(1, field.count + 1)]

    def assert_right(self, field):
        self.assertEqual(field.finish().violations, [])

    def loses(self, one, victim, how):
        """Each survivor knows of it in time."""
        def noticed():
            field, since, took = one.field, now_ms(), 0
            how(field, victim)
            for i in set(range(1, field.count + 1)) - {victim}:
                client = field.clients[f"c{i}"]
                client.ask(f"members {field.count - 1}")
                took = max(took, client.view_without(victim, since))
            return took / 1000
        calm.expect(self, NOTICED, noticed, one.again)
        self.come_together(one.field, victim)

    @staticmethod
    def come_together(field, victim):
        if victim in field.running:
            field.go_on(victim)
            field.heal()
        else:
            field.start(victim)
        field.ask_all(f"members {field.count}")

    @staticmethod
    def three():
        return Lan(3).start_all().clients_everywhere()

    def three_at_rest(self):
        f = self.three()
        f.ask_all("quiet")
        return f

    def test_a_killed_daemon_is_gone_at_every_survivor_within_half_a_second(self):
        with Anew(self.three) as one:
            for victim in (1, 2, 3):
                self.loses(one, victim, lambda f, i: f.kill(i))
            self.assert_right(one.field)

    def test_an_idle_ring_notices_it_as_well(self):
        with Anew(self.three_at_rest) as one:
            for victim in (1, 2, 3):
                one.field.clients[f"c{victim}"].ask("quiet")
                self.loses(one, victim, lambda f, i: f.kill(i))
            self.assert_right(one.field)

    def test_a_host_whose_network_fails_is_gone_within_half_a_second(self):
        with Anew(self.three) as one:
            for victim in (1, 2, 3):
                self.loses(one, victim, lambda f, i: f.cut([i], [k for k in (1, 2, 3) if k != i]))
            self.assert_right(one.field)

    @calm.story(0.1)
    def test_a_daemon_that_is_stopped_for_a_fifth_of_a_second_stays_in_the_ring(self):
        with self.three() as f:
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
