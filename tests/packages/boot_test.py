# SPDX-License-Identifier: MIT
"""The unit of spreadd under systemd itself: a new Debian that boots in a container, with the packages.

usage: boot_test.py PACKAGES BASE [UNITTEST ARGUMENTS]

It needs systemd-nspawn (systemd-container of Debian) and cgroups that a systemd can have; where a Debian
does not boot it is skipped, and says so.
"""
import pathlib
import re
import resource
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]
import host  # noqa: E402
from host import until  # noqa: E402

CONF = "Spread_Segment 127.0.0.255:4803 {\n    here 127.0.0.1\n}\n"
PROGRAM = """
import spread
with spread.connect("4803", name="hello") as mailbox:
    mailbox.join("greetings")
    mailbox.send("greetings", b"hello")
    print(next(e for e in mailbox if isinstance(e, spread.Message)).data.decode())
"""


class Booted(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        image = host.Image("logrotate")
        cls.addClassCleanup(image.close)
        cls.host = host.Host(image)
        cls.addClassCleanup(cls.host.close)
        cls.host.await_boot()

    def setUp(self):
        self.configure(CONF)
        self.host.inside("systemctl", "restart", "spreadd")
        self.addCleanup(self.host.inside, "systemctl", "stop", "spreadd")

    def configure(self, text):
        self.host.put("/etc/spread.conf", text)

    def await_state(self, what, value):
        until(lambda: self.host.show(what) == value, f"{what} is {value}, it is {self.host.show(what)}")

    def test_it_is_active_when_clients_are_served(self):
        self.assertEqual(self.host.show("ActiveState"), "active")
        self.assertEqual(self.host.inside("python3", "-c", PROGRAM), "hello\n")
        self.assertEqual(self.host.show("StatusText"),
                         "here serves clients at port 4803, the only daemon of its configuration")
        self.assertIn("serves clients of here at port 4803", self.host.journal())
        pid = self.host.show("MainPID")
        status = self.host.inside("cat", f"/proc/{pid}/status")
        self.assertRegex(status, r"(?m)^CapBnd:\s+0+$")
        self.assertRegex(status, r"(?m)^NoNewPrivs:\s+1$")
        self.assertEqual(self.host.inside("stat", "-c", "%U", f"/proc/{pid}").strip(), "spread")
        most = min(65536, resource.getrlimit(resource.RLIMIT_NOFILE)[1])  # a container has no more than we
        self.assertIn(str(most), self.host.inside("grep", "open files", f"/proc/{pid}/limits"))

    def test_the_user_of_a_client_is_known(self):
        """Which it would not be with PrivateUsers=."""
        self.host.put("/etc/spread.policy", "allow uid daemon {\n    connect *\n    join *\n    send *\n}\n")
        self.configure(CONF + "AllowedAuthMethods = \"UID\"\nPolicyFile = /etc/spread.policy\n")
        said = self.host.inside("spreadd", "--check", "/etc/spread.conf", status=None)
        self.host.inside("systemctl", "restart", "spreadd")
        command = ["setpriv", "--reuid", "daemon", "--clear-groups", "python3", "-c", PROGRAM]
        self.assertEqual(self.host.inside(*command), "hello\n", said)

    def test_without_a_configuration_it_does_not_start_and_says_why(self):
        self.host.inside("systemctl", "stop", "spreadd")
        self.host.inside("rm", "/etc/spread.conf")
        said = self.host.inside("systemctl", "start", "spreadd", status=1)
        self.assertIn("Assertion failed", said)
        self.assertEqual(self.host.show("ActiveState"), "inactive")
        self.assertIn("AssertPathExists=/etc/spread.conf was not met",
                      self.host.inside("systemctl", "status", "spreadd", status=3))

    def test_a_reload_reads_the_file_and_one_with_a_mistake_fails(self):
        pid = self.host.show("MainPID")
        self.configure(CONF + "EventTimeStamp\n")
        self.host.inside("systemctl", "reload", "spreadd")
        self.assertEqual(self.host.show("ActiveState"), "active", "it has waited for the end of it")
        self.assertIn("another configuration is in force", self.host.journal().rsplit("SIGHUP", 1)[-1])
        self.configure("Spread_Segment {")
        before = self.host.journal().count("SIGHUP")
        said = self.host.inside("systemctl", "reload", "spreadd", status=1)
        self.assertIn("failed", said)
        self.assertIn("spread.conf:1:", self.host.journal())
        self.assertEqual(self.host.journal().count("SIGHUP"), before)
        self.assertEqual((self.host.show("ActiveState"), self.host.show("MainPID")), ("active", pid))

    def test_one_that_stands_is_ended_and_started_anew(self):
        self.host.inside("mkdir", "-p", "/run/systemd/system/spreadd.service.d")
        drop_in = "/run/systemd/system/spreadd.service.d/test.conf"
        self.host.inside("sh", "-c", f"printf '[Service]\\nWatchdogSec=1\\nRestartSec=0\\n' > {drop_in}")
        self.addCleanup(self.host.inside, "systemctl", "daemon-reload")
        self.addCleanup(self.host.inside, "rm", drop_in)
        self.host.inside("systemctl", "daemon-reload")
        self.host.inside("systemctl", "restart", "spreadd")
        pid = self.host.show("MainPID")
        self.host.inside("sh", "-c", f"kill -STOP {pid}")
        until(lambda: self.host.show("MainPID") not in (pid, "0") and
              self.host.show("ActiveState") == "active", "another one")
        self.assertIn("watchdog", self.host.inside("journalctl", "--no-pager", "-u", "spreadd").lower())
        self.assertEqual(self.host.inside("python3", "-c", PROGRAM), "hello\n")

    def test_it_stops_at_once_and_starts_again(self):
        for _ in range(3):
            self.host.inside("systemctl", "restart", "spreadd")
        self.host.inside("systemctl", "stop", "spreadd")
        self.assertEqual(self.host.show("Result"), "success")
        self.assertEqual(self.host.show("NRestarts"), "0")

    def test_a_log_of_its_own_is_rotated(self):
        self.configure(CONF + "EventLogFile = /var/log/spread/spread.log\n")
        self.host.inside("systemctl", "restart", "spreadd")
        log = self.host.path / "var/log/spread/spread.log"
        until(lambda: "serves clients" in log.read_text(), "it is written")
        self.host.inside("logrotate", "--force", "/etc/logrotate.d/spreadd")
        until(lambda: "log reopened" in log.read_text(), "the new one is written")
        self.assertIn("serves clients", log.with_suffix(".log.1").read_text())
        self.assertEqual(self.host.inside("stat", "-c", "%U %G %a", "/var/log/spread/spread.log"),
                         "spread adm 640\n")

    def test_settings_that_real_time_needs_are_those_the_unit_names(self):
        if subprocess.run(["prlimit", "--rtprio=1:1", "true"], stderr=subprocess.DEVNULL).returncode:
            self.skipTest("nobody can raise limits here")
        words = re.search(r"# For RealTime = true: ((?:.*\n# ?)*?.*SystemCallFilter=@resources)",
                          (self.host.path / "lib/systemd/system/spreadd.service").read_text())[1]
        settings = re.findall(r"\b[A-Z]\w+=[\w@]+", words)
        self.assertEqual(len(settings), 4)
        drop_in = "/run/systemd/system/spreadd.service.d/real-time.conf"
        self.host.inside("sh", "-c", f"mkdir -p $(dirname {drop_in}); echo '[Service]' > {drop_in}; "
                         f"printf '%s\\n' {' '.join(settings)} >> {drop_in}")
        self.addCleanup(self.host.inside, "systemctl", "daemon-reload")
        self.addCleanup(self.host.inside, "rm", drop_in)
        self.configure(CONF + "RealTime = true\n")
        self.host.inside("systemctl", "daemon-reload")
        self.host.inside("systemctl", "restart", "spreadd")
        said = self.host.journal().rsplit("Starting", 1)[1]
        self.assertEqual(re.findall("RealTime:.*", said), [])


if __name__ == "__main__":
    host.main()
