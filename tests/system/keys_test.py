#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Sealed packets between hosts: keys that come and go under load, and somebody on the wire who has
recorded everything, earlier lives included, and sends it again, changed and unchanged, to everybody.

bench/attacked has the same attack at its full rate, with what it does to latency."""
import random
import re

from faults import Faults
from field import loopback, main
from keyed import HOSTS, Keyed

import calm

RATE, SECONDS = 20000, 4
ONE, TWO = loopback.key_line(1), loopback.key_line(2, "chacha20-poly1305")
SENDS = {line: line.replace("\n", " send\n") for line in (ONE, TWO)}
ROTATION = ((SENDS[ONE], TWO), (ONE, SENDS[TWO]), (TWO,))
OPEN = ("AcceptOpenPackets = true\nSendOpenPackets = true\n", "AcceptOpenPackets = true\n", "")


class KeysTest(Faults):
    def under_load(self, f, steps):
        """Each step is done at each host, in an order that chance gives; load goes on meanwhile, and no
        view changes."""
        f.clients_everywhere()
        views = f.views()
        for step in steps:
            for c in f.clients.values():
                c.tell("more 300")
            for i in random.sample(HOSTS, len(HOSTS)):
                step(i)
            for c in f.clients.values():
                c.hear()
        f.ask_all("more 100")
        self.assertEqual(f.views(), views)
        self.assert_right(f)

    @calm.story(0.1)
    def test_keys_are_rotated_host_by_host_in_any_order(self):
        def step(*lines):
            def at(i):
                f.give(i, *lines)
                f.reload(i, "reload: other keys")
            return at
        with Keyed().start_keyed(ONE) as f:
            self.under_load(f, [step(*lines) for lines in ROTATION])
            self.assertIn("sealed with key 2, and opened with 1 in all", f.log(1))

    @calm.story(0.1)
    def test_keys_are_introduced_host_by_host_in_any_order(self):
        def step(options):
            def at(i):
                f.write_options(Keyed.OPTION + options)
                f.reload(i, "reload: other keys" if options == OPEN[0] else "with other options")
            return at
        with Keyed(options="").start_keyed(ONE) as f:
            self.under_load(f, [step(options) for options in OPEN])
            f.reload(1, "reload: nothing has changed")

    def lines_of_attack(self, f):
        return [len(re.findall(r"packet from .* ignored|its seal is broken|is not sealed", f.log(i)))
                for i in HOSTS]

    @calm.story(0.1)
    def test_an_attacker_who_has_heard_everything_changes_nothing(self):
        with Keyed().start_keyed(ONE) as f:
            heard = f.record(8000)
            f.clients_everywhere()
            while heard.poll() is None:
                f.ask_all("more 100")
            self.assertGreaterEqual(f.over(heard)["heard"], 8000)
            for c in f.clients.values():
                c.close()
            f.clients.clear()
            f.other_lives()
            f.clients_everywhere()
            f.ask_all("more 100")
            views, memory = f.views(), f.memory()
            for n in range(5):  # again where the attacker got no processor
                attack = f.attack(RATE, SECONDS)
                while attack.poll() is None:
                    f.ask_all("more 100")
                done = f.over(attack)
                if done["per_second"] > RATE / 4:
                    break
            self.assertGreater(done["per_second"], RATE / 4, done)
            f.ask_all("more 100")
            unopened = f.unopened()
            print(done, unopened, flush=True)
            for why in "again", "seal", "open":
                self.assertGreater(unopened[why], done["sent"] / 50, (done, unopened))
            self.assertEqual(f.views(), views)
            self.assertLess(f.memory() - memory, 3 * loopback.SLACK)
            self.assert_right(f)
            self.assertLess(max(self.lines_of_attack(f)), 40 * SECONDS * (n + 1), f.log(1)[-3000:])


if __name__ == "__main__":
    main(needs_root=True)
