# SPDX-License-Identifier: MIT
"""spflooder: its modes, the lines of old and the figures behind them, its limits."""
import re

import harness

RATE = r"flooder: {} {} messages in \d+\.\d{{3}} s: \d+ messages/s, \d+\.\d\d MB/s\n"
TRIPS = r"flooder: round trip in us: p50 (\d+), p90 (\d+), p99 (\d+), p99.9 (\d+), max (\d+)\n$"


class Floods(harness.Case):
    def setUp(self):
        super().setUp()
        self.start_daemon()

    def flooder(self, *arguments):
        return self.run_program("spflooder", "-s", self.daemon.port, *arguments)

    def output(self, run):
        out = run.finish()[0]
        self.assertEqual(run.returncode, 0, out)
        return out

    def test_sends_and_waits_for_its_own_echo(self):
        out = self.output(self.flooder("-m", 2500, "-b", 700))
        self.assertTrue(out.startswith(
            f"flooder: connecting to {self.daemon.port}\n"
            "flooder: starting  multicast of 2500 messages, 700 bytes each.\n"
            "flooder: completed   1000 messages of 700 bytes\n"
            "flooder: completed   2000 messages of 700 bytes\n"
            "flooder: completed multicast of 2500 messages, 700 bytes each.\n"), out)
        self.assertRegex(out, RATE.format("sent", 2500))
        self.assertRegex(out, RATE.format("received", 2500))
        trips = [int(t) for t in re.search(TRIPS, out).groups()]
        self.assertEqual(trips, sorted(trips))
        self.assertGreater(trips[0], 0)

    def test_only_sends_and_only_receives(self):
        reader = self.flooder("-ro", "-m", 1500, "-u", "reader")
        reader.expect("flooder: Only receiving messages\n")
        # The reader may not be a member yet: writers go on until it has its messages.
        for _ in range(100):
            out = self.output(self.flooder("-wo", "-m", 1500, "-b", 50))
            self.assertIn("1500 messages, 50 bytes each (self discarding).\n", out)
            self.assertRegex(out, RATE.format("sent", 1500))
            self.assertNotIn("round trip", out)
            if reader.poll() is not None:
                break
        out = self.output(reader)
        self.assertIn("flooder: completed   1000 messages", out)
        self.assertIn("flooder: completed multicast of 1500 messages, 50 bytes each.\n", out)
        self.assertRegex(out, RATE.format("received", r"1500"))

    def test_several_start_together_and_hear_each_other(self):
        runs = [self.flooder("-n", 3, "-m", 1000, "-b", 4, "-u", f"f{i}") for i in range(3)]
        for i, run in enumerate(runs):
            out = self.output(run)
            self.assertIn(f"flooder: connecting to {self.daemon.port} with group membership\n", out)
            self.assertIn("for group flooder with 3 members, where I am member "
                          f"{i}:\n\t#f0#d1\n\t#f1#d1\n\t#f2#d1\ngrp id is ", out)
            self.assertNotIn("Due to", out)
            self.assertRegex(out, RATE.format("received", 3000))

    def test_a_member_that_leaves_early_is_a_failure_of_the_others(self):
        first = self.flooder("-n", 2, "-m", 100000000, "-u", "a")
        second = self.flooder("-n", 2, "-m", 100000000, "-u", "b")
        first.expect("completed   1000")
        second.kill()
        self.assertIn("a member left", first.finish()[1])
        self.assertEqual(first.returncode, 1)

    def test_the_largest_message_is_carried(self):
        self.assertIn("143920 bytes each.", self.output(self.flooder("-m", 300, "-b", 143920)))

    def test_a_lost_daemon_is_a_failure(self):
        run = self.flooder("-ro")
        run.expect("Only receiving")
        self.daemon.kill()
        self.assertIn("SP_error: (-8) ", run.finish()[0])
        self.assertEqual(run.returncode, 1)


class Options(harness.Case):
    def test_what_cannot_be_is_refused(self):
        for arguments in (["-b", 0], ["-b", 143921], ["-b", "many"], ["-m", 0], ["-n", 101],
                          ["-n", 2, "-b", 3], ["-x"], ["-s"], ["word"]):
            run = self.run_program("spflooder", *arguments)
            out, err = run.finish()
            self.assertEqual((run.returncode, out), (2, ""))
            self.assertIn("\n\nusage: spflooder", err, arguments)
            wrong = next(a for a in reversed(arguments) if str(a)[0] in "-w")
            self.assertTrue(err.startswith(f"spflooder: {wrong}: "), err)

    def test_without_a_daemon_it_fails(self):
        run = self.run_program("spflooder", "-s", harness.free_port())
        self.assertIn("SP_error: (-2) ", run.finish()[0])
        self.assertEqual(run.returncode, 1)


if __name__ == "__main__":
    harness.main()
