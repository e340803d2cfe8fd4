# SPDX-License-Identifier: MIT
"""What spreadd(8) and spread.conf(5) promise of the command line, the files and the end of a daemon,
sentence by sentence.

usage: manual_test.py SPREADD [UNITTEST ARGUMENTS]
"""
import datetime
import grp
import os
import pathlib
import pwd
import re
import resource
import shutil
import signal
import subprocess
import sys
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
import loopback
import wire

SPREADD = os.path.abspath(sys.argv[1])
AS_ROOT = os.geteuid() == 0


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = loopback.new_folder()
        self.addCleanup(shutil.rmtree, self.folder)
        self.daemon = loopback.Daemon(SPREADD, self.folder, "d1", loopback.free_port())
        self.addCleanup(self.daemon.kill)

    def write(self, options="", name="conf", root=loopback.OWN_ROOT):
        pathlib.Path(self.folder, name).write_text(
            f"Spread_Segment 127.0.0.255:{self.daemon.port} {{\n    d1 127.0.0.1\n}}\n" + root +
            options)

    def run_once(self, *arguments):
        """A spreadd that ends by itself: status, standard output, standard error."""
        done = subprocess.run([SPREADD, *arguments], cwd=self.folder, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=loopback.LIMIT)
        return done.returncode, done.stdout, done.stderr

    def start(self, *arguments):
        """Without -c and -n."""
        loopback.keeper.require()
        with open(f"{self.folder}/d1.log", "ab") as log:
            self.daemon.process = subprocess.Popen([SPREADD, *arguments], cwd=self.folder,
                                                   stdout=log, stderr=log)
        self.assertTrue(self.daemon.started(), self.daemon.log())

    def start_configured(self, **how):
        self.daemon.spawn(**how)
        self.assertTrue(self.daemon.started(), self.daemon.log())

    def await_log(self, text):
        loopback.until(lambda: text in self.daemon.log(), f"{text!r} in\n{self.daemon.log()}")


class CommandLine(Case):
    def test_version_and_help_say_so_and_exit(self):
        status, out, err = self.run_once("--version")
        self.assertRegex(out, r"^spreadd \d+\.\d+\.\d+, compatible with Spread 5\.0\.1\n$")
        self.assertEqual((status, err), (0, ""))
        for option in ("--help", "-h"):
            status, out, err = self.run_once(option)
            self.assertEqual((status, err), (0, ""))
            self.assertTrue(out.startswith("usage: spreadd "))

    def test_help_names_what_the_manual_names(self):
        _, out, _ = self.run_once("--help")
        page = pathlib.Path(__file__).resolve().parents[2] / "docs/man/spreadd.8"
        options = re.findall(r"^\.It Fl (-?\S+)", page.read_text(), re.M)
        self.assertGreater(len(options), 6)
        for option in options:
            self.assertIn(f"-{option} ", out.replace(",", " "))
        folder = re.search(r"(/\S*)/spread\.conf,", out)[1]
        self.assertTrue(os.path.isabs(folder))

    def test_a_wrong_option_ends_with_status_2_and_the_usage(self):
        self.write()
        for wrong in (["-x"], ["--nonsense"], ["-c"], ["-l", "maybe"], ["-p", "0"],
                      ["-p", "65535"], ["-p", "80x"], ["-p", ""], ["-p", "-1"], ["too", "many"],
                      ["-c", "conf", "-p", "4803"], ["-c", "conf", "-n", "x" * 20]):
            status, out, err = self.run_once(*wrong)
            self.assertEqual((status, out), (2, ""), wrong)
            self.assertIn("usage: spreadd ", err, wrong)

    def test_what_prevents_a_start_is_one_line_that_begins_with_spreadd(self):
        self.write()
        for arguments in (["-c", "conf", "-n", "d9"],
                          ["-c", "conf", "--socket-dir", "/nowhere/at/all"],
                          ["-c", "conf", "--socket-dir", "/" + "long" * 40]):
            status, out, err = self.run_once(*arguments)
            self.assertEqual(status, 1)
            lines = [line for line in (out + err).splitlines() if line.startswith("spreadd: ")]
            self.assertEqual(len(set(lines)), 1, out + err)

    def test_without_c_the_file_is_looked_for_here_first(self):
        self.write(name="spread.conf")
        self.start()
        self.await_log("using configuration file spread.conf")
        self.await_log("serves clients of d1")

    def test_with_p_files_are_not_looked_for_and_localhost_is_served(self):
        pathlib.Path(self.folder, "spread.conf").write_text("nonsense")
        self.start("-p", str(self.daemon.port))
        self.await_log(f"serves clients of localhost at port {self.daemon.port}")
        for tcp in (False, True):
            c = wire.Client.opened(self.daemon, "a", tcp=tcp)
            self.assertEqual(c.group, "#a#localhost")
            c.close()
            loopback.until(lambda: self.departed(), "the name is free")

    def departed(self):
        c = wire.Client.opened(self.daemon, "b")
        c.close()
        return True


class Files(Case):
    def test_the_daemon_does_not_start_if_a_line_of_an_access_file_is_not_understood(self):
        self.write()
        for name in loopback.ACCESS_FILES:
            path = pathlib.Path(self.folder, name)
            path.write_text("# remark\n\nno such thing\n")
            self.daemon.spawn()
            self.assertEqual(self.daemon.process.wait(loopback.LIMIT), 1)
            self.daemon.process = None
            self.assertIn(f"{name}:3: this line is not understood", self.daemon.log())
            path.write_text("")

    def test_after_it_was_moved_away_the_log_is_opened_anew_on_SIGHUP(self):
        self.write("EventLogFile = the.log\n")
        path, away = (pathlib.Path(self.folder, name) for name in ("the.log", "old.log"))
        os.chmod(self.folder, 0o777)  # the daemon may have become somebody else
        self.start_configured()
        path.rename(away)
        self.daemon.signal(signal.SIGHUP)
        loopback.until(lambda: path.exists() and "reload: nothing has changed" in path.read_text(),
                       "lines in the new file")
        self.assertIn("serves clients of d1", away.read_text())
        self.assertNotIn("nothing has changed", away.read_text())

    def test_h_in_the_name_of_the_log_is_the_host(self):
        self.write("EventLogFile = %h-%H.log\n")
        self.start_configured()
        host = os.uname().nodename
        found = [p.name for p in pathlib.Path(self.folder).iterdir() if host in p.name]
        self.assertEqual(len(found), 1, os.listdir(self.folder))
        self.assertNotIn("%", found[0])

    def test_time_stands_before_each_line(self):
        for option, shape in (('EventTimeStamp', r"\d\d/\d\d/\d\d \d\d:\d\d:\d\d "),
                              ('EventTimeStamp = "<%Y> "', r"<\d{4}>  "),
                              ('EventPreciseTimeStamp', r"\d\d/\d\d/\d\d \d\d:\d\d:\d\d\.\d{6} ")):
            self.write(option + "\n")
            self.start_configured()
            self.daemon.stop()
            lines = self.daemon.log().splitlines()
            self.assertIn("exiting normally", lines[-1])
            self.assertRegex(lines[-1], "^" + shape)
            self.assertRegex(next(line for line in lines if "serves clients" in line), "^" + shape)
            os.unlink(f"{self.folder}/d1.log")

    def test_a_priority_hides_what_is_less_important(self):
        self.write("EventPriority = ERROR\n")
        self.start_configured()
        self.daemon.stop()
        self.assertNotIn("serves clients", self.daemon.log())
        self.assertIn("Spread daemon exiting normally!", self.daemon.log())


class Process(Case):
    def status(self, key):
        return re.search(rf"^{key}:\s*(.*)$", self.proc("status"), re.M)[1].split()

    def proc(self, name):
        return pathlib.Path(f"/proc/{self.daemon.pid}/{name}").read_text()

    def test_it_raises_its_limit_of_descriptors_as_far_as_it_may(self):
        self.write()
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.start_configured()
        soft, most = re.search(r"^Max open files +(\S+) +(\S+)", self.proc("limits"), re.M).groups()
        self.assertEqual(soft, most)
        self.assertTrue(AS_ROOT or int(most) == hard)

    def seconds_to_end(self):
        """By the times in its log: a sanitizer may look for leaks for a while when all is over."""
        begun, ended = (datetime.datetime.fromisoformat(re.findall(rf"(?m)^(\S+ \S+) {text}", self.daemon.log())[-1])
                        for text in ("stopping on", "Spread daemon exiting normally!"))
        return (ended - begun).total_seconds()

    def test_it_ends_within_two_seconds_whatever_clients_do(self):
        self.write()
        for number in (signal.SIGTERM, signal.SIGINT):
            self.start_configured()
            lazy = wire.Client.opened(self.daemon, "lazy")
            lazy.join("g")
            busy = wire.Client.opened(self.daemon, "busy", membership=False)
            for _ in range(100):
                busy.request(wire.SAFE, "g", body=bytes(100000))
            self.daemon.signal(number)
            self.assertEqual(self.daemon.process.wait(loopback.LIMIT), 0)
            self.assertIn(f"stopping on {number.name}", self.daemon.log())
            self.assertLess(self.seconds_to_end(), 2 + 3)  # three for a machine that is busy
            self.assertFalse(os.path.exists(self.daemon.path))
            for c in (lazy, busy):
                c.close()

    @unittest.skipUnless(AS_ROOT, "takes root")
    def test_started_by_root_it_becomes_the_user_and_group_and_changes_the_root(self):
        user = pwd.getpwnam("nobody")
        group = grp.getgrgid(user.pw_gid).gr_name
        root = os.path.join(self.folder, "root")
        os.mkdir(root)
        os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
        self.write(f'RuntimeDir = "{root}"\nDaemonUser = nobody\nDaemonGroup = "{group}"\n', root="")
        self.start_configured()
        self.await_log("serves clients")  # it listens, which is all that was awaited, while it is still root
        self.assertEqual(self.status("Uid"), [str(user.pw_uid)] * 4)
        self.assertEqual(self.status("Gid"), [str(user.pw_gid)] * 4)
        self.assertEqual(self.status("Groups"), [str(user.pw_gid)])
        self.assertEqual(os.readlink(f"/proc/{self.daemon.pid}/root"), os.path.realpath(root))
        wire.Client.opened(self.daemon, "a").close()
        self.daemon.signal(signal.SIGHUP)  # reads the file that is outside of its root
        self.await_log("reload: nothing has changed")
        self.daemon.signal(signal.SIGTERM)
        self.assertEqual(self.daemon.process.wait(loopback.LIMIT), 0)
        self.assertFalse(os.path.exists(self.daemon.path), "it removes its socket outside")

    @unittest.skipUnless(AS_ROOT, "takes root")
    def test_what_the_file_names_must_exist(self):
        for option in ("DaemonUser = nosuch", "DaemonGroup = nosuch", "RuntimeDir = /no/such"):
            self.write(option + "\n", root="" if "Runtime" in option else loopback.OWN_ROOT)
            status, out, err = self.run_once("-c", "conf")
            self.assertEqual(status, 1)
            self.assertIn("nosuch" if "nosuch" in option else "/no/such", out + err)


if __name__ == "__main__":
    loopback.main(sys.argv[2:])
