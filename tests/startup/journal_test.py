# SPDX-License-Identifier: MIT
"""spreadd -l y: a file named after the daemon, with a line for each thing that happens.

usage: journal_test.py SPREADD [UNITTEST ARGUMENTS]
"""
import grp
import os
import pathlib
import pwd
import re
import shutil
import sys
import tempfile
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
import loopback
import wire

SPREADD = sys.argv[1]
NOBODYS = grp.getgrgid(pwd.getpwnam("nobody").pw_gid).gr_name
TIME = r" +\d{10}"
SHAPES = {
    "B": rf"B{TIME}",
    "M": rf"M{TIME}{TIME} +\d+ >(?: +\d+| +--)+",
    "C": rf"C{TIME} +\d+ +\d+ (\S+) +(\S+) *",
    "D": rf"D{TIME} +\d+ +\d+ (\S+) +(\S+) +(\d+)",
}


class Journal(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="spread-root-")  # started by root: its folder
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)
        os.chmod(self.root, 0o777)
        self.ring = loopback.Ring(SPREADD, 1, f'RuntimeDir = "{self.root}"\n'
                                              f'DaemonUser = nobody\nDaemonGroup = "{NOBODYS}"\n')
        self.addCleanup(self.ring.stop)
        self.daemon = self.ring[0]

    def start(self, *options):
        self.ring.start(options=options)

    def path(self):
        return pathlib.Path(self.root if os.geteuid() == 0 else self.ring.folder) / "d1"

    def lines(self, letters="BMCD"):
        text = self.path().read_text() if self.path().exists() else ""
        return [line for line in text.splitlines() if line[0] in letters]

    def await_line(self, shape):
        def found():
            return next((m for m in (re.fullmatch(shape, line) for line in self.lines()) if m),
                        None)
        return loopback.until(found, f"{shape!r} in {self.lines()}")

    def visit(self):
        wire.Client.opened(self.daemon, "a").close()

    def test_clients_that_come_and_go_have_a_line_each(self):
        self.start("-l", "y")
        self.await_line(SHAPES["M"])
        for name, tcp, address in (("a", False, "unix"), ("b", True, "127.0.0.1"),
                                   ("longestone", True, "127.0.0.1")):
            c = wire.Client.opened(self.daemon, name, tcp=tcp)
            m = self.await_line(SHAPES["C"].replace(r"(\S+) *", name + " *"))
            self.assertEqual(m[1], address)
            self.assertFalse(any(f" {name} " in line for line in self.lines("D")))
            c.close()
            m = self.await_line(SHAPES["D"].replace(r"(\S+) +(\d+)", name + r" +0"))
            self.assertEqual(m[1], address)
        self.assertEqual("".join(line[0] for line in self.lines("BCD")), "BCDCDCD")
        for line in self.lines():
            self.assertRegex(line, f"^{SHAPES[line[0]]}$")

    def test_one_that_is_refused_has_none_and_one_that_breaks_the_protocol_has_both(self):
        self.start("-l", "y")
        refused = wire.Client(self.daemon)
        refused.send(wire.hello("a#b"))
        refused.rest()
        breaker = wire.Client(self.daemon)
        breaker.send(wire.hello("x") + wire.choice("NULL") +
                     wire.frame(wire.SAFE | wire.AGREED, "#x#d1", ["g"]))
        breaker.rest()
        self.await_line(SHAPES["D"])
        self.assertEqual("".join(line[0] for line in self.lines("CD")), "CD")
        for client in (refused, breaker):
            client.close()

    def test_what_was_not_read_is_counted(self):
        self.start("-l", "y")
        lazy = wire.Client.opened(self.daemon, "lazy")
        lazy.join("g")
        busy = wire.Client.opened(self.daemon, "busy", membership=False)
        for _ in range(200):
            busy.request(wire.SAFE, "g", body=bytes(50000))
        busy.request(wire.SAFE, busy.group)
        busy.frame()  # what it sent before has been put into the other's queue
        lazy.close()
        m = self.await_line(SHAPES["D"].replace(r"(\S+) +(\d+)", r"(lazy) +(\d+)"))
        self.assertGreater(int(m[3]), 0)
        busy.close()

    def test_a_client_that_stays_to_the_end_is_gone_then(self):
        self.start("-l", "y")
        c = wire.Client.opened(self.daemon, "stays")
        self.daemon.signal(15)
        self.assertEqual(self.daemon.process.wait(loopback.LIMIT), 0)
        self.assertEqual(len(self.lines("D")), 1)
        c.close()

    def test_the_next_start_goes_on_in_the_same_file(self):
        for count in (1, 2):
            self.start("-l", "y")
            self.daemon.stop()
            self.assertEqual(len(self.lines("B")), count)

    def test_without_it_there_is_no_file(self):
        for options in ((), ("-l", "n")):
            self.start(*options)
            self.visit()
            self.daemon.stop()
            self.assertFalse(self.path().exists())

    def test_a_file_that_cannot_be_written_is_told_of_and_the_daemon_serves(self):
        self.path().mkdir()
        self.start("-l", "y")
        loopback.until(lambda: "the file d1 of -l cannot be written" in self.daemon.log(), "a line")
        self.visit()
        self.path().rmdir()
        self.visit()
        loopback.until(lambda: "of its lines are missing" in self.daemon.log(), "it goes on")
        self.assertEqual(self.daemon.log().count("cannot be written"), 1)


if __name__ == "__main__":
    if os.geteuid() == 0:  # a leak checker would want /proc, which the folder does not have
        os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
    loopback.main(sys.argv[2:])
