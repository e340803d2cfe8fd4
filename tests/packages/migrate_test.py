# SPDX-License-Identifier: MIT
"""A site that comes from 5.0.1, and goes back: the steps of docs/operating.md, one after the other, on a host
with a systemd. In the place of the old daemon stands one of ours that is installed and run as that was: in
/usr/local, by root, with its socket in /tmp; in the place of programs with the old libraries, spcompat.

usage: migrate_test.py PACKAGES BASE [UNITTEST ARGUMENTS]
"""
import pathlib
import platform
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]
import host  # noqa: E402
from host import until  # noqa: E402

CONF = """# As of 5.0.1, with what its example has.
Spread_Segment 127.0.0.255:4803 {
    localhost 127.0.0.1
}
EventLogFile = /var/log/spread_%h.log
EventTimeStamp = "[%a %d %b %Y %H:%M:%S]"
DangerousMonitor = false
SocketPortReuse = AUTO
RuntimeDir = /var/run/spread
DaemonUser = spread
DaemonGroup = spread
"""
OLD = """[Service]
Type=notify
ExecStart=/usr/local/sbin/spread -c /usr/local/etc/spread.conf --socket-dir /tmp
[Install]
WantedBy=multi-user.target
"""
NEW = ("spreadd", "spread-tools", "spread-compat")


class Site(unittest.TestCase):
    def setUp(self):
        image = host.Image("libevent-core-2.1-7", "libseccomp2", "libcrypt1", "libedit2", "libncursesw6",
                           *(["libipsec-mb1"] if platform.machine() == "x86_64" else []), names=("spcompat",))
        self.addCleanup(image.close)
        self.host = host.Host(image)
        self.addCleanup(self.host.close)
        self.host.await_boot()
        subprocess.run(["nsenter", "--target", self.host.leader, "--net", "ip", "link", "set", "lo", "up"], check=True)
        self.install_old()

    def install_old(self):
        with tempfile.TemporaryDirectory() as folder:
            (deb,) = host.PACKAGES.glob("spreadd_*.deb")
            subprocess.run(["dpkg-deb", "-x", deb, folder], check=True)
            (self.host.path / "usr/local/sbin/spread").write_bytes(
                pathlib.Path(folder, "usr/sbin/spreadd").read_bytes())
        (self.host.path / "usr/local/sbin/spread").chmod(0o755)
        self.host.put("/usr/local/etc/spread.conf", "\n".join(
            line for line in CONF.splitlines() if not line.startswith("Daemon")) + "\nDaemonUser = root\n")
        self.host.put("/etc/systemd/system/old.service", OLD)
        self.host.inside("systemctl", "daemon-reload")
        self.host.inside("systemctl", "enable", "--now", "old")

    def old_programs_work(self):
        self.assertIn("1 checks, 0 failed", self.host.inside("spcompat", "--only", "client of 5.0.1", "4803"))

    def install_new(self):
        """From files, as apt would: what they need of Debian is fetched before, for the host has no network."""
        debs = []
        for name in NEW:
            (deb,) = host.PACKAGES.glob(f"{name}_*.deb")
            (self.host.path / f"root/{name}.deb").write_bytes(deb.read_bytes())
            debs.append(f"/root/{name}.deb")
        self.host.inside("dpkg", "-i", *debs)

    def test_it_switches_and_switches_back(self):
        self.old_programs_work()
        with self.subTest("1: installed, nothing starts, and nothing changes for those who are served"):
            self.install_new()
            self.assertEqual(self.host.show("ActiveState"), "inactive")
            self.old_programs_work()
            self.host.inside("systemd-tmpfiles", "--create")  # as the next boot does
            self.old_programs_work()
        with self.subTest("2: the file is read as it is"):
            self.host.put("/etc/spread.conf", CONF)
            self.host.inside("spreadd", "--check", "/etc/spread.conf")
        with self.subTest("3: the old one was forgotten"):
            self.host.inside("systemctl", "start", "spreadd", status=1)
            self.assertIn("is in use: a program that root can see, with ss -lptun, listens there", self.host.journal())
            self.host.inside("systemctl", "stop", "spreadd")
            self.old_programs_work()
        with self.subTest("3: switched"):
            self.host.inside("systemctl", "disable", "--now", "old")
            self.host.inside("python3", "-c", "import socket; socket.socket(socket.AF_UNIX).bind('/tmp/4803')")
            self.host.inside("systemctl", "start", "spreadd")
            self.assertEqual(self.host.show("ActiveState"), "active")
            self.assertIn("the log goes on where it was", self.host.journal())
            self.assertEqual(self.host.inside("readlink", "/tmp/4803"), "/run/spread/4803\n")
            self.old_programs_work()
        with self.subTest("an upgrade leaves it so"):
            self.install_new()
            until(lambda: self.host.show("ActiveState") == "active", "it is started anew")
            self.old_programs_work()
        with self.subTest("and back"):
            self.host.inside("systemctl", "disable", "--now", "spreadd")
            self.host.inside("readlink", "/tmp/4803", status=1)
            self.host.inside("systemctl", "enable", "--now", "old")
            self.old_programs_work()
        with self.subTest("without the packages, too"):
            self.host.inside("dpkg", "--purge", *NEW)
            self.old_programs_work()


if __name__ == "__main__":
    host.main()
