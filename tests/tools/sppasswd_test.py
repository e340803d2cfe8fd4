# SPDX-License-Identifier: MIT
"""sppasswd: users are added, changed, removed and listed; where the password comes from; what happens
to the file; and that a daemon lets in whom it should.

usage: sppasswd_test.py SPREADD SPPASSWD [UNITTEST ARGUMENTS]
"""
import os
import pathlib
import pty
import re
import select
import signal
import stat
import subprocess
import sys
import tempfile
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
import loopback
import wire

SPREADD, SPPASSWD = map(os.path.abspath, sys.argv[1:3])
OLD = "abNANd1rDfiNc"  # DES, of "secret"


class Passwords(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="spread-test-")
        self.addCleanup(folder.cleanup)
        self.file = pathlib.Path(folder.name, "users")

    def run_it(self, *words, given="", status=0, before=("-r", "1")):
        done = subprocess.run([SPPASSWD, "-f", self.file, *before, *words], input=given.encode("latin-1"),
                              capture_output=True, timeout=loopback.LIMIT)
        self.assertEqual(done.returncode, status, done)
        self.assertEqual(status != 0, done.stderr != b"", done)
        return (done.stdout + done.stderr).decode()

    def hashes(self):
        return dict(line.split(":") for line in self.file.read_text().splitlines()
                    if line and line[0] != "#")

    def test_users_come_change_and_go(self):
        self.run_it("add", "ann", given="secret\n")
        self.run_it("add", "bob", given="12345678")
        self.assertEqual(self.run_it("list"), "ann\nbob\n")
        first = self.hashes()
        self.run_it("change", "ann", given="other\nlines\n")
        self.assertNotEqual(self.hashes()["ann"], first["ann"])
        self.assertEqual(self.hashes()["bob"], first["bob"])
        self.run_it("remove", "ann")
        self.assertEqual(self.run_it("list"), "bob\n")

    def test_hashes_are_those_of_today_and_each_has_a_salt_of_its_own(self):
        self.run_it("add", "ann", given="same\n")
        self.run_it("add", "bob", given="same\n")
        found = self.hashes()
        for hash in found.values():
            self.assertRegex(hash, r"^\$y\$")
        self.assertNotEqual(found["ann"].split("$")[3], found["bob"].split("$")[3])

    def test_the_file_is_for_its_owner_and_what_else_stands_in_it_stays(self):
        self.file.write_text(f"# who may come in\n\n  old:{OLD}\nlast:{OLD}")
        self.file.chmod(0o644)
        if os.geteuid() == 0:
            os.chown(self.file, 12, 34)
        self.run_it("add", "ann", given="secret")
        lines = self.file.read_text().splitlines()
        self.assertEqual(lines[:4], ["# who may come in", "", f"  old:{OLD}", f"last:{OLD}"])
        found = self.file.stat()
        self.assertEqual(stat.S_IMODE(found.st_mode), 0o600)
        if os.geteuid() == 0:
            self.assertEqual((found.st_uid, found.st_gid), (12, 34))
        self.assertIn("old  (old hash", self.run_it("list"))
        self.run_it("change", "old", given="new")
        self.assertRegex(self.file.read_text(), r"(?m)^# who may come in\n\nold:\$y\$.*\nlast:")
        self.assertEqual(os.listdir(self.file.parent), ["users"])

    def test_a_change_leaves_no_password_of_old(self):
        self.file.write_text(f"ann:{OLD}\nbob:{OLD}\nann:{OLD}")
        self.run_it("change", "ann", given="new")
        self.assertRegex(self.file.read_text(), rf"^ann:\$y\$.*\nbob:{OLD}\n$")
        self.run_it("change", "bob", given="new")
        self.assertNotIn(OLD, self.file.read_text())

    def test_a_link_stays_one(self):
        link = self.file.with_name("link")
        self.run_it("add", "ann", given="secret")
        link.symlink_to("users")
        self.file, real = link, self.file
        self.run_it("add", "bob", given="secret")
        self.assertTrue(link.is_symlink())
        self.assertIn("bob:", real.read_text())

    def test_what_cannot_be_is_refused_and_changes_nothing(self):
        self.run_it("add", "ann", given="secret")
        before = self.file.read_text()
        for words, given in ((("add", "ann"), "x"), (("change", "bob"), "x"), (("remove", "bob"), ""),
                             (("add", "bob"), ""), (("add", "bob"), "\n"), (("add", "bob"), "123456789"),
                             (("add", "a:b"), "x"), (("add", "#a"), "x"), (("add", ""), "x"),
                             (("add", "x" * 33), "x"), (("add", "a\nb"), "x"), (("add", "bob"), "a\0b"),
                             (("add",), "x"), (("list", "bob"), ""), (("nonsense", "bob"), "x"), ((), "")):
            wrong_command = len(words) < 2 or words[0] in ("list", "nonsense")
            self.run_it(*words, given=given, status=2 if wrong_command else 1)
            self.assertEqual(self.file.read_text(), before, words)
        self.run_it("add", "bob", given="x", before=("-r", "12"), status=2)
        self.run_it("add", "bob", "secret", status=2)  # never on the command line
        self.assertEqual(self.file.read_text(), before)

    def test_a_file_that_is_not_there_is_made_by_add_alone(self):
        for words in (("list",), ("remove", "ann"), ("change", "ann")):
            self.run_it(*words, given="x", status=1)
            self.assertFalse(self.file.exists())

    def test_many_at_once_lose_nothing(self):
        running = []
        for i in range(12):
            p = subprocess.Popen([SPPASSWD, "-f", self.file, "-r", "1", "add", f"u{i}"],
                                 stdin=subprocess.PIPE)
            p.stdin.write(b"secret\n")
            p.stdin.close()
            running.append(p)
        self.assertEqual([p.wait(loopback.LIMIT) for p in running], [0] * 12)
        self.assertEqual(sorted(self.hashes()), sorted(f"u{i}" for i in range(12)))

    def typed(self, *lines):
        """What the program says at a terminal where that is typed, each line when it is asked for; and its
        status."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.execv(SPPASSWD, [SPPASSWD, "-f", str(self.file), "-r", "1", "add", "ann"])
        said = b""
        for line in lines:
            while not re.search(rb": $", said):
                self.assertTrue(select.select([terminal], [], [], loopback.LIMIT)[0], said)
                said += os.read(terminal, 1000)
            os.write(terminal, line.encode() + b"\n")
            said += b"|"
        try:
            while more := os.read(terminal, 1000):
                said += more
        except OSError:
            pass  # the end, as Linux says it
        os.close(terminal)
        return said.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def test_at_a_terminal_it_is_typed_twice_and_not_shown(self):
        said, status = self.typed("secret", "secret")
        self.assertEqual((status, list(self.hashes())), (0, ["ann"]), said)
        self.assertNotIn("secret", said)
        said, status = self.typed("secret", "secreT")
        self.assertEqual(status, 1)
        self.assertIn("not the same", said)

    def test_a_daemon_lets_in_whom_it_should(self):
        ring = loopback.Ring(SPREADD, options="AllowedAuthMethods = PWORD\nPasswordsInClear = true\n")
        self.addCleanup(ring.stop)
        self.file = pathlib.Path(ring.folder, "spread.access_pword")
        self.run_it("add", "ann", given="secret\n")
        self.file.write_text(self.file.read_text() + f"old:{OLD}\n")
        if os.geteuid() == 0:  # read again by the user that the daemon becomes
            self.file.chmod(0o644)
        ring.start()
        for tcp in (False, True):
            self.assertTrue(self.comes_in(ring[0], "ann", "secret", tcp))
            self.assertFalse(self.comes_in(ring[0], "ann", "Secret", tcp))
            self.assertFalse(self.comes_in(ring[0], "old", "secret", tcp))
        self.assertIn("sppasswd change old", ring[0].log())
        self.assertIn("kept as an old hash, which lets nobody in: set it anew with sppasswd",
                      ring[0].log())
        check = subprocess.run([SPREADD, "--check", "conf"], cwd=ring.folder, capture_output=True,
                               text=True)
        self.assertEqual(check.returncode, 1, check)
        self.assertIn("sppasswd change old", check.stdout + check.stderr)

        self.run_it("remove", "old")
        self.run_it("add", "bob", given="hello\n")
        self.file.chmod(0o644)
        ring[0].signal(signal.SIGHUP)
        loopback.until(lambda: "other options" in ring[0].log(), ring[0].log())
        self.assertTrue(self.comes_in(ring[0], "bob", "hello", True))
        self.assertEqual(subprocess.run([SPREADD, "--check", "conf"], cwd=ring.folder,
                                        stdout=subprocess.DEVNULL).returncode, 0)

    def test_a_password_is_not_asked_for_in_clear(self):
        ring = loopback.Ring(SPREADD, options="AllowedAuthMethods = PWORD\n")
        self.addCleanup(ring.stop)
        self.file = pathlib.Path(ring.folder, "spread.access_pword")
        self.run_it("add", "ann", given="secret\n")
        ring.start()
        self.assertTrue(self.comes_in(ring[0], "ann", "secret", tcp=False))
        c = wire.Client(ring[0], tcp=True)
        c.send(wire.hello("ann"))
        self.assertEqual(c.rest(), b"\0\xf7")
        self.assertIn("PasswordsInClear", ring[0].log())
        c.close()

    def comes_in(self, daemon, user, password, tcp):
        c = wire.Client(daemon, tcp)
        self.addCleanup(c.close)
        c.send(wire.hello(""))
        self.assertEqual(c.read(7), b"\6PWORD ")
        c.send(wire.choice("PWORD") + wire.field(user) + password.encode().ljust(8, b"\0"))
        return c.read(2) == b"\1\1"


loopback.main(sys.argv[3:])
