# SPDX-License-Identifier: MIT
"""Hosts that boot: a new Debian with the packages, under its own systemd, in a container of nspawn.

A test of them is called as TEST PACKAGES BASE [UNITTEST ARGUMENTS], the folders that scripts/packages and
debootstrap have filled. It needs systemd-nspawn (systemd-container of Debian) and cgroups that a systemd
can have; where a Debian does not boot it is skipped, and says so.
"""
import os
import pathlib
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]
import keeper  # noqa: E402
import loopback  # noqa: E402
import root  # noqa: E402

PACKAGES, BASE = (pathlib.Path(a).resolve() for a in sys.argv[1:3])
LIMIT = 60
NAMES = ("spreadd", "libspread3", "python3-spread", "spread-tools", "spread-compat")


def until(condition, what):
    return loopback.until(condition, what, LIMIT)


class Image(root.Root):
    """What is on the disks of hosts: Debian, our packages, and what a test needs besides."""

    def __init__(self, *more, names=NAMES):
        super().__init__(BASE)
        self.run("apt-get", "update")
        self.run("apt-get", "install", "-y", "--no-install-recommends", "systemd", "systemd-sysv", "dbus",
                 "python3", "libssl3", *more)
        for name in names:
            (deb,) = PACKAGES.glob(f"{name}_*.deb")
            (self.path / f"root/{name}.deb").write_bytes(deb.read_bytes())
        if names:
            self.run("sh", "-ec", "apt-get install -y --no-install-recommends /root/*.deb")
        subprocess.run(["umount", "--recursive", "--lazy", self.path], check=True)

    def layers(self):
        return f"{self.work}/over:{self.below}"

    def close(self):
        subprocess.run(["umount", "--lazy", self.work], check=True)
        self.work.rmdir()


class Host(root.Root):
    """Commands are run beside its systemd."""

    count = 0

    def __init__(self, image):
        super().__init__(image.layers())
        Host.count += 1
        self.log = open(self.work / "boot.log", "w+")
        for folder in ("run", "tmp", "proc", "dev"):
            subprocess.run(["umount", "--lazy", self.path / folder], check=True)
        self.nspawn = subprocess.Popen(
            ["systemd-nspawn", "--keep-unit", "--register=no", "--private-network", "--boot",
             f"--machine=host{Host.count}", "--capability=CAP_IPC_LOCK,CAP_SYS_NICE",
             "--system-call-filter=@memlock @resources", "--directory", self.path],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        self.leader = None

    def await_boot(self):
        until(lambda: self.find_leader() or self.nspawn.poll() is not None, "a container")
        up = self.leader and until(
            lambda: self.nspawn.poll() is not None or
            "running" in self.inside("systemctl", "is-system-running", status=None), "it is up")
        if not up or self.nspawn.poll() is not None:
            self.log.seek(0)
            raise unittest.SkipTest("no Debian boots here: " + self.log.read()[-300:])

    def find_leader(self):
        pid = self.nspawn.pid
        for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            if pathlib.Path(f"/proc/{child}/comm").read_text() in ("systemd\n", "init\n"):
                self.leader = child
        return self.leader

    def enter(self, *command):
        return ["nsenter", "--target", self.leader, "--all", "--", "env", "-i",
                "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "SYSTEMD_PAGER=", *command]

    def inside(self, *command, status=0):
        """What it says; status: what it must end with, None: whatever."""
        done = subprocess.run(self.enter(*command), text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=LIMIT)
        if status is not None and done.returncode != status:
            raise AssertionError(f"{' '.join(command)}: {done.returncode}\n{done.stdout}\n{self.journal()}")
        return done.stdout

    def show(self, what):
        return self.inside("systemctl", "show", "--value", "-p", what, "spreadd").strip()

    def journal(self):
        return self.inside("journalctl", "--no-pager", "-o", "cat", "-u", "spreadd", status=None)

    def close(self):
        if self.nspawn.poll() is None:
            self.nspawn.terminate()  # it powers off
            try:
                self.nspawn.wait(LIMIT)
            except subprocess.TimeoutExpired:
                self.nspawn.kill()
                self.nspawn.wait()
        self.log.close()
        subprocess.run(["umount", "--recursive", "--lazy", self.path], check=True)
        subprocess.run(["umount", "--lazy", self.work], check=True)
        self.work.rmdir()


def main():
    reason = root.why_not()
    if reason or subprocess.run(["systemd-nspawn", "--version"], stdout=subprocess.DEVNULL).returncode:
        print("skipped:", reason or "there is no systemd-nspawn")
        sys.exit(77)
    root.isolate()
    keeper.keep()
    os.umask(0o022)
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2)
