#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A process that stands still for a while, as under a debugger or on a machine that is overloaded, and
goes on before its time is up: nothing changes, and what was sent meanwhile comes."""
import time

from faults import Anew, Faults
from field import Lan, lab, main  # which knows the way to tests/support

import calm

# Of a site that lives with long pauses, and wrote no SuspectTimeout; ten times as fast.
PATIENT = ("TokenTimeout = 3500 HurryTimeout = 875 AliveTimeout = 250 JoinTimeout = 250 "
           "RepTimeout = 875 SegTimeout = 500 GatherTimeout = 1750 FormTimeout = 1750 "
           "LookupTimeout = 9000\n")

SOON = 1.0  # seconds: less than TokenTimeout; on a calm host it takes well under half


class PauseTest(Faults):
    def views(self, f):
        return [f.log(i).count("Membership id is") for i in range(1, f.count + 1)]

    def pause(self, f, victim, seconds):
        """While a client of another daemon sends."""
        before = self.views(f)
        f.stop(victim)
        for c in self.survivors(f, victim):
            c.tell("more 50")
        time.sleep(seconds)
        f.go_on(victim)
        for c in self.survivors(f, victim):
            c.hear()
        f.ask_all("more 50")
        self.assertEqual(self.views(f), before)

    def test_a_written_token_timeout_covers_a_pause(self):
        with Lan(3, options=PATIENT).start_all() as f:
            f.clients_everywhere()
            for victim in (1, 3):
                self.pause(f, victim, 2)
            self.assert_right(f)

    @calm.story(0.1)
    def test_with_the_usual_timeouts_a_second_is_no_change_of_view(self):
        with Lan(3).start_all() as f:
            f.clients_everywhere()
            for seconds in (0.5, 1):
                for victim in (1, 3):
                    self.pause(f, victim, seconds)
            self.assertTrue(any("it stands still, and is waited for" in f.log(i) for i in (1, 2, 3)))
            self.assert_right(f)

    def without(self, victims, strike):
        """Both others have a new view SOON; then all come together."""
        with Anew(lambda: Lan(3).start_all().clients_everywhere()) as one:
            for victim in victims:
                calm.expect(self, SOON, lambda: self.took(one.field, victim, strike), one.again)
                one.field.cable(victim, "up")
                if victim not in one.field.running:
                    one.field.start(victim)
                one.field.ask_all("members 3")
            self.assert_right(one.field)

    def took(self, f, victim, strike):
        others = [i for i in (1, 2, 3) if i != victim]
        before, begun = self.views(f), time.monotonic()
        strike(f, victim)
        changed = lambda: all(self.views(f)[i - 1] > before[i - 1] for i in others)
        self.assertTrue(lab.wait_until(changed))
        return time.monotonic() - begun

    def test_a_process_that_is_killed_is_not_waited_for(self):
        self.without((3, 1), lambda f, i: f.kill(i))

    def test_a_host_that_is_cut_off_is_not_waited_for(self):
        self.without((3, 1), lambda f, i: f.cable(i, "down"))


if __name__ == "__main__":
    main(needs_root=True)
