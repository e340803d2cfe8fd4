# SPDX-License-Identifier: MIT
"""Where the words of spreadd go, and what becomes of them when they cannot be written.

usage: log_test.py SPREADD [UNITTEST ARGUMENTS]
"""
import os
import resource
import select
import signal
import subprocess
import sys
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
import loopback

SPREADD = sys.argv[1]
FULL = 3000  # bytes: the log may not become larger


class Log(unittest.TestCase):
    def setUp(self):
        self.ring = loopback.Ring(SPREADD)
        self.addCleanup(self.ring.stop)
        self.daemon = self.ring[0]
        self.conf = self.text("conf")

    def path(self, name):
        return f"{self.ring.folder}/{name}"

    def text(self, name):
        with open(self.path(name), errors="replace") as f:
            return f.read()

    def run_in_vain(self, options, *arguments):
        """Status, standard output and standard error of a daemon that does not start."""
        self.ring._write("conf", self.conf + options)
        done = subprocess.run([SPREADD, "-c", "conf", *arguments], cwd=self.ring.folder, text=True,
                              capture_output=True, stdin=subprocess.DEVNULL, timeout=loopback.LIMIT)
        return done.returncode, done.stdout, done.stderr

    def test_why_it_does_not_start_is_on_standard_error_though_the_log_is_a_file(self):
        status, _, error = self.run_in_vain("EventLogFile = log\n", "-n", "nosuch")
        self.assertEqual(status, 1)
        self.assertEqual(error, "spreadd: no daemon of the configuration is called nosuch\n")
        self.assertIn(error, self.text("log"))

    @unittest.skipIf(os.geteuid() != 0, "only root becomes another user")
    def test_a_user_that_does_not_exist_is_named_on_standard_error(self):
        status, _, error = self.run_in_vain("EventLogFile = log\nDaemonUser = nosuch\n")
        self.assertEqual((status, error), (1, "spreadd: DaemonUser nosuch does not exist\n"))

    def test_a_wrong_file_is_on_both_unless_they_are_one(self):
        status, out, error = self.run_in_vain("Wind0w = 5\n")
        self.assertEqual(status, 1)
        self.assertIn("did you mean Window?", out)
        self.assertIn("did you mean Window?", error)
        done = subprocess.run([SPREADD, "-c", "conf"], cwd=self.ring.folder, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.stdout.count("did you mean Window?"), 1)

    def spawn(self, options="", *arguments):
        """With a log that the system lets become only so large, standard error apart from it."""
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (FULL, resource.RLIM_INFINITY))
        self.ring._write("conf", self.conf + options)
        with open(self.path("d1.log"), "ab") as out, open(self.path("error"), "ab") as error:
            self.daemon.process = subprocess.Popen(
                [SPREADD, "-c", "conf", "-n", "d1", *arguments], cwd=self.ring.folder, stdout=out,
                stderr=error, preexec_fn=limit)
        self.assertTrue(self.daemon.started())

    def hang_up(self):
        """Makes it write some lines, and waits for them, or for the want of them."""
        self.daemon.signal(signal.SIGHUP)

    def lost_and_found(self, log):
        def fill():
            self.hang_up()
            return "the log cannot be written: File too large" in self.text("error")
        loopback.until(fill, "it is full")
        loopback.until(lambda: self.hang_up() or self.daemon.is_alive(), "it goes on")
        self.assertLessEqual(os.path.getsize(log), FULL)
        self.daemon.limit("fsize", "unlimited")

        def told():
            self.hang_up()
            with open(log) as f:
                return [line for line in f if " of this log could not be written since 2" in line]
        lines = loopback.until(told, "it tells")
        self.assertEqual(len(lines), 1)
        self.assertRegex(lines[0], r"^[1-9]\d* lines? of this log .*: File too large$")
        self.assertEqual(self.text("error").count("cannot be written"), 1)

    def test_lines_that_find_no_room_are_counted_and_told_when_there_is_room_again(self):
        self.spawn()
        self.lost_and_found(self.path("d1.log"))

    def test_likewise_those_of_a_file_of_the_configuration(self):
        open(self.path("log"), "w").close()
        os.chmod(self.path("log"), 0o666)  # the daemon may have become somebody else
        self.spawn("EventLogFile = log\n")
        self.lost_and_found(self.path("log"))

    def test_a_pipe_that_was_standard_error_is_let_go_once_it_serves(self):
        self.ring._write("conf", self.conf + "EventLogFile = log\n")
        open(self.path("log"), "w").close()
        os.chmod(self.path("log"), 0o666)
        reader, writer = os.pipe()
        with open(self.path("d1.log"), "ab") as out:
            self.daemon.process = subprocess.Popen(
                [SPREADD, "-c", "conf", "-n", "d1"], cwd=self.ring.folder, stdout=out, stderr=writer)
        os.close(writer)
        loopback.until(lambda: "serves clients" in self.text("log"), "it serves")
        with os.fdopen(reader, "rb", buffering=0) as pipe:
            self.assertTrue(select.select([pipe], [], [], loopback.LIMIT)[0], "it is let go")
            self.assertEqual(pipe.read(1), b"")  # its end: nobody holds the other one any more
        self.assertTrue(self.daemon.is_alive())


if __name__ == "__main__":
    loopback.main(sys.argv[2:])
