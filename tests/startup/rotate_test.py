# SPDX-License-Identifier: MIT
"""The log is rotated by logrotate, as the package has it, while clients come and go: each line is in one of
the files, once, and the daemon writes to the new one as the user that it has become.

usage: rotate_test.py SPREADD [UNITTEST ARGUMENTS]
"""
import gzip
import os
import pathlib
import pwd
import re
import shutil
import subprocess
import sys
import threading
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
import loopback
import wire

SPREADD = sys.argv[1]
RULES = pathlib.Path(__file__).resolve().parents[2] / "debian/spreadd.logrotate"
BETWEEN = 500  # clients from one rotation to the next
TIMES = 4


@unittest.skipUnless(shutil.which("logrotate"), "there is no logrotate")
class Rotated(unittest.TestCase):
    def setUp(self):
        self.ring = loopback.Ring(SPREADD)
        self.addCleanup(self.ring.stop)
        self.daemon = self.ring[0]
        self.logs = pathlib.Path(self.ring.folder, "logs")
        self.logs.mkdir()
        user = pwd.getpwuid(loopback.daemon_user())
        os.chown(self.logs, user.pw_uid, user.pw_gid)
        conf = pathlib.Path(self.ring.folder, "conf")
        conf.write_text(conf.read_text() + f"EventLogFile = {self.logs}/spread.log\nEventPriority = pDEBUG\n"
                        "DebugFlags = { PRINT EXIT SESSION }\n")
        group = subprocess.run(["id", "-gn", user.pw_name], check=True, text=True, stdout=-1).stdout.strip()
        rules = RULES.read_text().replace("/var/log/spread", str(self.logs))
        rules = rules.replace("create 0640 spread adm", f"su {user.pw_name} {group}\n"
                              f"    create 0640 {user.pw_name} {group}")
        self.rules = pathlib.Path(self.ring.folder, "rotate")
        self.rules.write_text(re.sub(r"(?s)postrotate\n.*endscript",
                                     "postrotate\n    kill -HUP `cat PID`\n    endscript", rules).replace(
                                         "PID", f"{self.ring.folder}/pid"))
        self.ring.start()
        pathlib.Path(self.ring.folder, "pid").write_text(str(self.daemon.pid))
        self.connected, self.enough = 0, threading.Event()

    def come_and_go(self):
        while not self.enough.is_set():
            wire.Client.opened(self.daemon, f"c{self.connected}").close()
            self.connected += 1

    def rotate(self):
        done = subprocess.run(["logrotate", "--force", "--state", f"{self.ring.folder}/state", self.rules],
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def lines(self):
        """Of all files, from the oldest to the newest."""
        number = lambda path: int((re.findall(r"log\.(\d+)", path.name) or ["0"])[0])
        for path in sorted(self.logs.iterdir(), key=number, reverse=True):
            with (gzip.open if path.suffix == ".gz" else open)(path, "rt") as f:
                yield from f

    def test_no_line_is_lost_or_doubled(self):
        crowd = threading.Thread(target=self.come_and_go)
        crowd.start()
        try:
            for _ in range(TIMES):
                wanted = self.connected + BETWEEN
                loopback.until(lambda: self.connected >= wanted or not crowd.is_alive(), "more of them")
                self.rotate()
            new = self.logs / "spread.log"
            wanted = self.connected + BETWEEN
            loopback.until(lambda: self.connected >= wanted or not crowd.is_alive(), "more of them")
        finally:
            self.enough.set()
            crowd.join()
        loopback.until(lambda: f"session #c{self.connected - 1}#d1" in new.read_text(), "the last of them")
        self.assertEqual(len(list(self.logs.iterdir())), TIMES + 1)
        opened = re.findall(r"session #c(\d+)#d1 from [^#\n]* opens\n", "".join(self.lines()))
        self.assertEqual(opened, [str(i) for i in range(self.connected)])
        self.assertEqual(new.stat().st_uid, loopback.daemon_user())
        self.assertEqual(new.stat().st_mode & 0o777, 0o640)


if __name__ == "__main__":
    loopback.main(sys.argv[2:])
