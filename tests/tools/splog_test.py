# SPDX-License-Identifier: MIT
"""splog: every line in the file, once, in its sender's order, whatever dies in between."""
import os
import random
import resource
import signal

import harness
import standstill


class Case(harness.Case):
    def setUp(self):
        super().setUp()
        self.start_daemon()

    def collect(self, name="out", *arguments):
        return self.run_program("splog", "collect", "logs", "-o", self.path(name), "-s",
                                self.daemon.port, *arguments)

    def send(self, *arguments, **options):
        """It waits for what is not acknowledged as long as anybody, if arguments do not say how long."""
        if "-w" not in arguments:
            arguments = (*arguments, "-w", harness.LIMIT)
        return self.run_program("splog", "send", "logs", "-s", self.daemon.port, *arguments,
                                **options)

    @staticmethod
    def notify(run, number):
        """Sends it once the program has made its arrangements for signals."""
        def arranged():
            with open(f"/proc/{run.pid}/status") as f:
                blocked = next(int(l.split()[1], 16) for l in f if l.startswith("SigBlk:"))
            return blocked >> (number - 1) & 1
        harness.until(arranged, "the program watches for signals")
        run.send_signal(number)

    def stop(self, run, number=signal.SIGTERM):
        """Ends a collector; returns what it said."""
        self.notify(run, number)
        err = run.finish()[1]
        self.assertEqual(run.returncode, 0, err)
        return err

    def assert_sent(self, sender, text=""):
        err = sender.finish(text)[1]
        self.assertEqual(sender.returncode, 0, err)

    def assert_once_and_in_order(self, name, senders, lines):
        """The file has lines SENDER:0 to SENDER:(lines - 1) of each sender, in order, and no more."""
        seen = dict.fromkeys(range(senders), 0)
        for line in self.content(name).decode().splitlines():
            sender, number = map(int, line.split(":"))
            self.assertEqual(number, seen[sender], f"of sender {sender}")
            seen[sender] += 1
        self.assertEqual(set(seen.values()), {lines})

    @staticmethod
    def numbered(sender, lines, first=0):
        return "".join(f"{sender}:{i}\n" for i in range(first, first + lines))


class Carrying(Case):
    def test_any_bytes_and_lengths_are_carried(self):
        text = (b"one\n\n\xff\0\x01binary\r\n" + b"x" * 143000 + b"\n" + b"y" * 100000 + b"\n"
                + b"no newline at the end")
        self.collect()
        self.assert_sent(self.send(), text)
        self.assertEqual(self.content("out"), text + b"\n")

    def test_a_line_too_long_for_a_message_is_broken_and_told(self):
        self.collect()
        sender = self.send()
        err = sender.finish(b"z" * 300000 + b"\nnext\n")[1]
        self.assertEqual(sender.returncode, 0)
        self.assertIn("broken, 2 times", err)
        self.assertEqual(self.content("out"), b"z" * 143000 + b"\n" + b"z" * 143000 + b"\n"
                         + b"z" * 14000 + b"\nnext\n")

    def test_a_hundred_senders_reach_one_collector(self):
        self.collect()
        senders = [self.send(stdin=self.file_of(i)) for i in range(100)]
        for sender in senders:
            self.assert_sent(sender, None)
        self.assert_once_and_in_order("out", 100, 1000)

    def file_of(self, sender):
        with open(self.path(f"in{sender}"), "w") as f:
            f.write(self.numbered(sender, 1000))
        f = open(self.path(f"in{sender}"))
        self.addCleanup(f.close)
        return f

    def test_two_collectors_have_the_same_file(self):
        self.collect("a")
        self.collect("b")
        senders = [self.send("-a", 2) for _ in range(5)]
        for i, sender in enumerate(senders):
            self.assert_sent(sender, self.numbered(i, 2000))
        self.assert_once_and_in_order("a", 5, 2000)
        self.assertEqual(self.content("a"), self.content("b"))

    def test_standard_output_can_be_the_file(self):
        collector = self.run_program("splog", "collect", "logs", "-o", "-", "-s", self.daemon.port)
        self.assert_sent(self.send(), "hello\n")
        self.assertEqual(collector.expect("\n"), "hello\n")

    def test_a_file_at_standard_input_waits_for_the_spool(self):
        with open(self.path("in"), "w") as f:
            f.write(self.numbered(0, 50000))
        with open(self.path("in")) as f:
            sender = self.send("-q", "10k", stdin=f)
            self.collect()
            self.assert_sent(sender, None)
        self.assert_once_and_in_order("out", 1, 50000)

    def test_foreign_messages_are_ignored_and_told(self):
        collector = self.collect()
        self.assert_sent(self.send(), "before\n")
        user = self.run_program("spuser", "-s", self.daemon.port)
        user.finish("s logs\nnot from a splog\n")
        self.assert_sent(self.send(), "after\n")
        self.assertEqual(self.content("out"), b"before\nafter\n")
        err = self.stop(collector)
        self.assertIn("#user#d1 is not from a splog", err)
        self.assertIn("1 messages ignored", err)


class Absences(Case):
    def test_lines_wait_for_a_collector(self):
        sender = self.send()
        sender.say("early\n")
        self.collect()
        self.assert_sent(sender, "late\n")
        self.assertEqual(self.content("out"), b"early\nlate\n")

    def test_without_a_collector_a_bounded_wait_ends_in_failure(self):
        sender = self.send("-w", 0)
        err = sender.finish("a\nb\n")[1]
        self.assertEqual(sender.returncode, 1)
        self.assertIn("2 lines lost: not acknowledged in time", err)

    def test_without_need_of_a_collector_the_order_is_enough(self):
        self.assert_sent(self.send("-a", 0), self.numbered(0, 10000))

    def test_lines_wait_for_a_daemon(self):
        self.daemon.kill()
        sender, collector = self.send(), self.collect()
        sender.expect("trying again", sender.stderr)
        collector.expect("trying again", collector.stderr)
        sender.say("early\n")
        self.daemon.start()
        self.assert_sent(sender, "late\n")
        self.assertEqual(self.content("out"), b"early\nlate\n")

    def test_a_full_spool_drops_tells_and_fails(self):
        sender = self.send("-q", "1k")
        sender.say(self.numbered(0, 1000))
        sender.expect("the spool is full", sender.stderr)
        self.collect()
        err = sender.finish()[1]
        self.assertEqual(sender.returncode, 1)
        lost = int(err.split("splog: ")[-1].split()[0])
        self.assertIn(f"{lost} lines lost: the spool was full", err)
        self.assert_once_and_in_order("out", 1, 1000 - lost)

    def test_a_daemon_that_stands_still_does_not_hold_up_the_input(self):
        self.collect()
        sender = self.send("-q", "1M")
        sender.say("first\n")
        harness.until(lambda: self.content_or_nothing() == b"first\n", "the first line is written")
        self.daemon.stand_still()
        for i in range(100):
            sender.say(self.numbered(0, 5000, 5000 * i))  # some 4 MB, far beyond pipe and spool
        self.daemon.go_on()
        err = sender.finish("last\n")[1]
        self.assertEqual(sender.returncode, 1)
        self.assertIn("lines lost: the spool was full", err)

    def content_or_nothing(self):
        return self.content("out") if os.path.exists(self.path("out")) else b""

    def test_a_terminated_sender_delivers_what_is_in_the_pipe(self):
        ours, theirs = os.pipe()
        sender = self.send(stdin=ours)
        os.close(ours)
        os.write(theirs, self.numbered(0, 3000).encode())
        self.notify(sender, signal.SIGTERM)
        self.collect()
        err = sender.finish(None)[1]
        os.close(theirs)
        self.assertEqual(sender.returncode, 0, err)
        self.assert_once_and_in_order("out", 1, 3000)


class Crashes(Case):
    def test_nothing_is_lost_or_doubled_when_the_daemon_dies(self):
        self.collect()
        senders = [self.send() for _ in range(20)]
        for step in range(6):
            for i, sender in enumerate(senders):
                sender.say(self.numbered(i, 500, 500 * step))
            if step % 2 == 1:
                self.daemon.kill()
                self.daemon.start()
        for sender in senders:
            self.assert_sent(sender)
        self.assert_once_and_in_order("out", 20, 3000)

    def test_nothing_is_lost_or_doubled_when_the_collector_dies(self):
        choice = random.Random(42)
        senders = [self.send() for _ in range(10)]
        for step in range(30):
            wanted = self.size() + choice.randrange(10000)  # less than what there is to write
            collector = self.collect()
            for i, sender in enumerate(senders):
                sender.say(self.numbered(i, 200, 200 * step))
            harness.until(lambda: self.size() >= wanted, "the collector writes")
            collector.kill()
            collector.wait()
        self.collect()
        for sender in senders:
            self.assert_sent(sender)
        self.assert_once_and_in_order("out", 10, 6000)

    def size(self):
        try:
            return os.path.getsize(self.path("out"))
        except FileNotFoundError:
            return 0

    def test_a_collector_that_ends_in_order_acknowledges_what_it_wrote(self):
        sender = self.send()
        for step in range(10):
            before = self.size()
            collector = self.collect()
            sender.say(self.numbered(0, 100, 100 * step))
            harness.until(lambda: self.size() > before, "something is written")
            self.stop(collector, signal.SIGINT if step % 2 else signal.SIGTERM)
        self.collect()
        self.assert_sent(sender)
        self.assert_once_and_in_order("out", 1, 1000)

    def written_but_not_acknowledged(self):
        """A sender and a collector: its lines are in the file, and the daemon died before it could
        order the acknowledgement."""
        sender, collector = self.send(), self.collect()
        sender.say(self.numbered(0, 10))
        harness.until(lambda: self.size() > 0, "something is written")
        observer = self.run_program("spuser", "-s", self.daemon.port)
        observer.say("j logs\n")
        observer.expect("Due to the JOIN")
        before = self.size()

        standstill.begin(collector.pid)
        sender.say(self.numbered(0, 10, 10))
        observer.expect("received AGREED message")
        observer.say("j next\n")
        observer.expect("membership for group next")  # a turn later, so they are at the collector's door too
        self.daemon.stand_still()
        standstill.end(collector.pid)
        harness.until(lambda: self.size() > before, "the collector writes")
        return sender, collector

    def test_what_was_written_is_not_written_again_when_the_acknowledgement_was_lost(self):
        sender, _ = self.written_but_not_acknowledged()
        self.daemon.kill()
        self.daemon.start()
        self.assert_sent(sender, self.numbered(0, 10, 20))
        self.assert_once_and_in_order("out", 1, 30)

    def test_and_not_by_a_collector_that_starts_again_either(self):
        sender, collector = self.written_but_not_acknowledged()
        collector.kill()
        collector.wait()
        self.daemon.kill()
        self.daemon.start()
        self.collect()
        self.assert_sent(sender, self.numbered(0, 10, 20))
        self.assert_once_and_in_order("out", 1, 30)

    def test_with_a_daemon_down_a_new_collector_knows_what_the_old_one_wrote(self):
        sender = self.send()
        collector = self.collect()
        sender.say(self.numbered(0, 1000))
        harness.until(lambda: self.size() > 0, "something is written")
        self.daemon.kill()
        self.stop(collector)
        self.collect()
        self.daemon.start()
        self.assert_sent(sender, self.numbered(0, 1000, 1000))
        self.assert_once_and_in_order("out", 1, 2000)


class Files(Case):
    def test_a_hangup_reopens_the_file(self):
        collector = self.collect()
        self.assert_sent(self.send(), "old\n")
        os.rename(self.path("out"), self.path("out.1"))
        self.notify(collector, signal.SIGHUP)
        harness.until(lambda: os.path.exists(self.path("out")), "the file is made anew")
        self.assert_sent(self.send(), "new\n")
        self.assertEqual(self.content("out.1"), b"old\n")
        self.assertEqual(self.content("out"), b"new\n")

    def test_rotation_under_load_loses_nothing(self):
        collector = self.collect()
        sender = self.send()
        parts = []
        for step in range(20):
            sender.say(self.numbered(0, 1000, 1000 * step))
            parts.append(f"out.{step}")
            os.rename(self.path("out"), self.path(parts[-1])) if os.path.exists(
                self.path("out")) else parts.pop()
            self.notify(collector, signal.SIGHUP)
            harness.until(lambda: os.path.exists(self.path("out")), "the file is made anew")
        self.assert_sent(sender)
        with open(self.path("all"), "wb") as f:
            for part in [*parts, "out"]:
                f.write(self.content(part))
        self.assert_once_and_in_order("all", 1, 20000)

    def test_lines_that_cannot_be_written_are_not_acknowledged(self):
        collector = self.run_program("splog", "collect", "logs", "-o", "/dev/full", "-s",
                                     self.daemon.port)
        sender = self.send("-w", 1)
        err = sender.finish("a line\n")[1]
        self.assertEqual(sender.returncode, 1)
        self.assertIn("1 lines lost", err)
        collector.expect("No space left", collector.stderr)

    def test_a_full_disk_is_waited_for(self):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (200000, resource.RLIM_INFINITY))
        collector = self.run_program("splog", "collect", "logs", "-o", self.path("out"), "-s",
                                     self.daemon.port, preexec_fn=limit)
        sender = self.send()
        sender.say(self.numbered(0, 50000))
        collector.expect("File too large; trying again", collector.stderr)
        resource.prlimit(collector.pid, resource.RLIMIT_FSIZE,
                         (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        self.assert_sent(sender)
        self.assert_once_and_in_order("out", 1, 50000)

    def test_a_foreign_last_line_is_ended_first(self):
        with open(self.path("out"), "w") as f:
            f.write("without newline")
        self.collect()
        self.assert_sent(self.send(), "next\n")
        self.assertEqual(self.content("out"), b"without newline\nnext\n")

    def test_every_policy_of_writing_to_the_disk_writes(self):
        for policy in ("never", "always", "1"):
            with self.subTest(policy):
                collector = self.collect(f"out-{policy}", "-f", policy)
                self.assert_sent(self.send(), self.numbered(0, 3000))
                self.stop(collector)
                self.assert_once_and_in_order(f"out-{policy}", 1, 3000)

    def test_two_collectors_do_not_share_a_file(self):
        self.collect()
        harness.until(lambda: os.path.exists(self.path("out.splog")), "the journal is there")
        second = self.collect()
        self.assertIn("another collector uses it", second.finish()[1])
        self.assertEqual(second.returncode, 1)

    def test_what_is_no_journal_is_not_touched(self):
        with open(self.path("precious"), "w") as f:
            f.write("precious\n")
        run = self.collect("out", "-j", self.path("precious"))
        self.assertIn("not a journal", run.finish()[1])
        self.assertEqual(run.returncode, 1)
        self.assertEqual(self.content("precious"), b"precious\n")


class Options(harness.Case):
    def test_wrong_ones_show_the_usage(self):
        for arguments in ([], ["carry"], ["send"], ["send", "-s"], ["send", "g", "more"],
                          ["send", "g", "-x"], ["collect", "g"], ["collect", "-o", "f"],
                          ["send", "#private#d1"]):
            run = self.run_program("splog", *arguments)
            self.assertIn("usage: splog", run.finish()[1], arguments)
            self.assertEqual(run.returncode, 2)

    def test_wrong_values_are_named(self):
        for arguments, said in (
                (["send", "#private#d1"], "cannot be the name of a group"),
                (["send", "g" * 32], "cannot be the name of a group"),
                (["send", "g", "-a", "9"], "-a wants a number from 0 to 8"),
                (["send", "g", "-q", "lots"], "-q wants a number"),
                (["send", "g", "-q", "-1"], "-q wants a number"),
                (["send", "g", "-w", "10x"], "-w wants a number"),
                (["collect", "g", "-o", self.path("f"), "-f", "0"], "-f wants a number"),
                (["collect", "g", "-o", self.path("no/such/folder")], "No such file")):
            run = self.run_program("splog", *arguments)
            self.assertIn(said, run.finish()[1])
            self.assertEqual(run.returncode, 1 if "No such" in said else 2)


if __name__ == "__main__":
    harness.main()
