# SPDX-License-Identifier: MIT
"""Where the words of spreadd go, and what becomes of them when they cannot be written.

usage: log_test.py SPREADD [UNITTEST ARGUMENTS]
"""
import json
import os
import re
import resource
import select
import signal
import subprocess
import sys
import unittest
import urllib.request

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
import loopback

SPREADD = os.path.abspath(sys.argv[1])
FULL = 3000  # bytes: the log may not become larger
STAMP = r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} "
REFUSED = "reload: the file is wrong; the configuration in force stays; mend what the lines before name, and reload again"


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
        self.assertEqual(error, "spreadd: no daemon of the configuration is called nosuch: give -n one of its names\n")
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
        self.assertRegex(lines[0], STAMP + r"error: [1-9]\d* lines? of this log .*: File too large\n$")
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

    # -- what a line looks like ----------------------------------------------------------------

    def lines(self, options="", **env):
        """Of a daemon that has started, reloaded a wrong file, and ended."""
        self.ring._write("conf", self.conf + options)
        with open(self.path("d1.log"), "wb") as out:
            is_ = os.fstat(out.fileno())
            if env.pop("journal", False):
                env["JOURNAL_STREAM"] = f"{is_.st_dev}:{is_.st_ino}"
            self.daemon.process = subprocess.Popen(
                [SPREADD, "-c", "conf", "-n", "d1"], cwd=self.ring.folder, stdout=out, stderr=subprocess.STDOUT,
                env={**os.environ, **env})
        self.assertTrue(self.daemon.started())
        self.ring._write("conf", self.conf + options + "Wind0w = 5\n")
        self.hang_up()
        loopback.until(lambda: "the configuration in force stays" in self.daemon.log(), "it is refused")
        self.daemon.process.terminate()
        self.assertEqual(self.daemon.process.wait(loopback.LIMIT), 0)
        # What is said before the configuration is read has no form yet.
        return self.daemon.log().split("\n", 1)[1].splitlines()

    def test_a_line_has_its_time_and_trouble_its_level(self):
        lines = self.lines()
        for line in lines:
            self.assertRegex(line, STAMP if line[0] != "\t" else r"^\t")  # as with 5.0.1's of a view
        texts = [re.sub(STAMP, "", line) for line in lines]
        self.assertIn(f"error: {REFUSED}", texts)
        self.assertTrue(any(re.fullmatch(r"Hash value for this configuration is: \d+", t) for t in texts))
        self.assertEqual(texts[-1], "Spread daemon exiting normally!")

    def test_in_the_journal_it_has_the_level_as_that_wants_it_and_no_time(self):
        lines = self.lines(journal=True)
        self.assertIn(f"<3>error: {REFUSED}", lines)
        self.assertEqual(lines[-1], "<6>Spread daemon exiting normally!")

    def test_no_time_and_another_one_can_be_asked_for(self):
        self.assertEqual(self.lines("EventTimeStamp = off\n")[-1], "Spread daemon exiting normally!")
        self.assertEqual(self.lines("EventTimeStamp = \"at\"\n")[-1], "at Spread daemon exiting normally!")

    def test_in_json_each_line_is_an_object(self):
        lines = [json.loads(line) for line in self.lines("EventLogFormat = json\n")]
        for line in lines:
            self.assertEqual(sorted(line), ["level", "text", "time"])
            self.assertGreater(line["time"], 1.7e9)
        self.assertEqual((lines[-1]["level"], lines[-1]["text"]), ("info", "Spread daemon exiting normally!"))
        self.assertIn(("error", REFUSED),
                      [(line["level"], line["text"]) for line in lines])
        self.assertTrue(any('"Wind0w' in line["text"] or "Wind0w" in line["text"] for line in lines))

    # -- nobody reads it, or there is no room -----------------------------------------------------

    def test_a_full_disk_is_told_once_and_nothing_ends(self):
        self.ring._write("conf", self.conf)
        with open("/dev/full", "w") as out, open(self.path("error"), "wb") as error:
            self.daemon.process = subprocess.Popen([SPREADD, "-c", "conf", "-n", "d1"], cwd=self.ring.folder,
                                                   stdout=out, stderr=error)
        open(self.path("d1.log"), "w").close()
        self.assertTrue(self.daemon.started())
        self.assertEqual(self.text("error"), "spreadd: the log cannot be written: No space left on device; its "
                                             "lines are lost until it can\n")
        with urllib.request.urlopen(f"http://127.0.0.1:{self.daemon.port}/metrics", timeout=loopback.LIMIT) as page:
            lost = re.search(r"(?m)^spread_log_lines_lost_total (\d+)$", page.read().decode())[1]
        self.assertGreaterEqual(int(lost), 3)

    def test_a_reader_that_has_gone_ends_nothing(self):
        """As with spreadd | head -1."""
        with open(self.path("error"), "wb") as error:
            self.daemon.process = subprocess.Popen([SPREADD, "-c", "conf", "-n", "d1"], cwd=self.ring.folder,
                                                   stdout=subprocess.PIPE, stderr=error)
        self.daemon.process.stdout.readline()
        self.daemon.process.stdout.close()
        open(self.path("d1.log"), "w").close()
        self.assertTrue(self.daemon.started())
        self.hang_up()
        loopback.until(lambda: "Broken pipe" in self.text("error"), "it is told")
        self.assertEqual(self.text("error").count("\n"), 1)

    # -- rotation -----------------------------------------------------------------------------------

    def rotate(self, folder_owner, create):
        """Moves the log away as logrotate does; what the moved one says last, and the new one."""
        folder = self.path("logs")
        os.mkdir(folder)
        if folder_owner is not None:
            os.chown(folder, folder_owner, -1)
        self.ring._write("conf", self.conf + f"EventLogFile = {folder}/log\n")
        self.daemon.spawn()
        self.assertTrue(self.daemon.started())
        os.rename(f"{folder}/log", f"{folder}/log.1")
        if create:
            open(f"{folder}/log", "w").close()
            os.chown(f"{folder}/log", loopback.daemon_user(), -1)
        self.hang_up()
        loopback.until(lambda: "nothing has changed" in self.text("logs/log.1") or
                       os.path.exists(f"{folder}/log") and "nothing has changed" in self.text("logs/log"), "it reloads")
        return self.text("logs/log.1"), self.text("logs/log") if os.path.exists(f"{folder}/log") else None

    def test_in_a_folder_of_the_daemons_user_a_new_log_is_begun(self):
        old, new = self.rotate(loopback.daemon_user(), False)
        self.assertNotIn("SIGHUP", old)
        self.assertIn("log reopened on SIGHUP", new)

    def test_a_file_that_logrotate_created_is_taken(self):
        old, new = self.rotate(None, True)
        self.assertNotIn("SIGHUP", old)
        self.assertIn("log reopened on SIGHUP", new)

    @unittest.skipIf(os.geteuid() != 0, "root may open anything")
    def test_where_it_can_open_none_it_says_so_and_goes_on_where_it_was(self):
        old, new = self.rotate(None, False)
        self.assertIsNone(new)
        self.assertIn("cannot be opened (Permission denied); the log goes on where it was; a file that is made for "
                      "the daemon's user", old)
        self.assertNotIn("log reopened on SIGHUP", old)

    def test_a_log_that_was_not_moved_needs_not_be_opened(self):
        """Root's file from before: the daemon's user may not open it, and goes on in it."""
        open(self.path("log"), "w").close()
        self.ring._write("conf", self.conf + "EventLogFile = log\n")
        self.daemon.spawn()
        self.assertTrue(self.daemon.started())
        self.hang_up()
        loopback.until(lambda: "nothing has changed" in self.text("log"), "it reloads")
        self.assertIn("log reopened on SIGHUP", self.text("log"))
        self.assertNotIn("cannot be opened", self.text("log"))


if __name__ == "__main__":
    loopback.main(sys.argv[2:])
