#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A process that stands still for a while, as under a debugger or on a machine that is overloaded, and
goes on before its time is up: nothing changes, and what was sent meanwhile comes."""
import time

from faults import Faults
from field import Lan, lab, main

# Of a site that lives with long pauses, and wrote no SuspectTimeout; ten times as fast.
PATIENT = ("TokenTimeout = 3500 HurryTimeout = 875 AliveTimeout = 250 JoinTimeout = 250 "
           "RepTimeout = 875 SegTimeout = 500 GatherTimeout = 1750 FormTimeout = 1750 "
           "LookupTimeout = 9000\n")


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


if __name__ == "__main__":
    main(needs_root=True)
