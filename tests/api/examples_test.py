# SPDX-License-Identifier: MIT
"""The complete programs of the manual pages: each is built as it stands there, and does what its page
says at real daemons, which are killed and started again where the page speaks of losses.

usage: examples_test.py SPREADD SOURCE-FOLDER LIBRARY [COMPILER FLAG ...]
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import threading
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
import loopback
import standstill
import wire

SPREADD, SOURCE, LIBRARY, *COMPILER = sys.argv[1:]
UNRELIABLE, AGREED = 0x01, 0x10


def program_of(page):
    """The one complete program of a page of section 3."""
    text = (pathlib.Path(SOURCE) / "docs/man" / f"{page}.3").read_text()
    programs = [block for block in re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed$", text, re.S | re.M)
                if "int main(" in block]
    if len(programs) != 1:
        raise AssertionError(f"{page} has {len(programs)} programs")
    return programs[0].replace("\\e", "\\")


class Running:
    """A program that runs, and its lines so far."""

    def __init__(self, *command):
        self.process = subprocess.Popen([str(word) for word in command], text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.lines = []
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def await_lines(self, *wanted):
        """The next lines are these."""
        loopback.until(lambda: len(self.lines) >= len(wanted) or not self.reader.is_alive(),
                       f"{wanted} after {self.lines}")
        found, self.lines = self.lines[:len(wanted)], self.lines[len(wanted):]
        if found != list(wanted):
            raise AssertionError(f"{found + self.lines}, not {list(wanted)}")

    def end(self):
        self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stdout.close()


class Examples(unittest.TestCase):
    def setUp(self):
        self.ring = loopback.Ring(SPREADD)
        self.addCleanup(self.ring.stop)
        self.folder = loopback.new_folder()
        self.addCleanup(shutil.rmtree, self.folder)
        self.ring.start()
        self.daemon = self.ring[0]

    def build(self, page):
        source, program = pathlib.Path(self.folder, f"{page}.c"), pathlib.Path(self.folder, page)
        source.write_text(program_of(page))
        subprocess.run([*COMPILER, "-Wall", "-Wextra", "-Werror", f"-I{SOURCE}/include", source,
                        LIBRARY, "-pthread", "-o", program], check=True)
        return program

    def run_program(self, *command):
        running = Running(*command)
        self.addCleanup(running.end)
        return running

    def say(self, group, words):
        speaker = wire.Client.opened(self.daemon, "speaker", membership=False)
        speaker.send(wire.frame(AGREED, "#speaker#d1", [group], words.encode()))
        speaker.close()

    def await_member(self, group):
        """Somebody else is in the group."""
        watcher = wire.Client.opened(self.daemon, "watcher")
        notice = watcher.join(group)
        while len(notice.groups) < 2:
            notice = watcher.frame()
        watcher.close()

    def test_several_mailboxes(self):
        program = self.build("SP_receive_timeout")
        both = self.run_program(program, self.daemon.port, "one", "two", 4000)
        self.await_member("one")
        self.await_member("two")
        self.say("two", "first")
        both.await_lines("#speaker#d1 to two: first")
        self.say("one", "second")
        both.await_lines("#speaker#d1 to one: second")
        self.assertEqual(both.process.wait(loopback.LIMIT), 0)

    def test_quotes_that_are_missed_are_counted(self):
        sent = 20000
        program = self.build("SP_set_slow_policy")
        quotes = self.run_program(program, self.daemon.port, "quotes")
        loopback.until(lambda: quotes.lines, "it listens")
        self.assertRegex(quotes.lines.pop(), "^listens as #")
        self.await_member("quotes")
        standstill.begin(quotes.process.pid)
        speaker = wire.Client.opened(self.daemon, "speaker", membership=False)
        for _ in range(sent // 100):
            speaker.send(100 * wire.frame(UNRELIABLE, "#speaker#d1", ["quotes"], bytes(200)))
        speaker.send(wire.frame(AGREED, "#speaker#d1", ["sync", "#speaker#d1"], b""))
        speaker.frame()  # all of them have been dealt with
        standstill.end(quotes.process.pid)
        speaker.send(wire.frame(AGREED, "#speaker#d1", ["quotes"], b"end"))
        self.assertEqual(quotes.process.wait(loopback.LIMIT), 0)
        quotes.reader.join()
        said = re.fullmatch(r"(\d+) quotes, (\d+) missed", quotes.lines.pop())
        self.assertEqual(int(said[1]) + int(said[2]), sent)
        self.assertGreater(int(said[2]), 1000)
        speaker.close()

    def test_a_listener_goes_through_all_losses(self):
        program = self.build("SP_redial_open")
        listen = self.run_program(program, f"{self.daemon.port} {self.daemon.port}@127.0.0.1", "g")
        listen.await_lines("1 here")
        for words in ("a", "b", "c"):
            self.say("g", words)
            listen.await_lines(words)
            self.daemon.kill()
            listen.await_lines("there is a gap")
            self.daemon.spawn()
            self.assertTrue(self.daemon.started(), self.daemon.log())
            listen.await_lines("1 here")
        self.say("g", "end")
        listen.await_lines("end")
        self.assertEqual(listen.process.wait(loopback.LIMIT), 0)

    def test_members_count_together(self):
        program = self.build("FL_flush")
        oldest = self.run_program(program, self.daemon.port, 5, 100)
        oldest.await_lines("1 members", "total 5")
        second = self.run_program(program, self.daemon.port, 7, 100)
        oldest.await_lines("2 members", "total 12")
        second.await_lines("2 members", "total 12")
        second.end()
        oldest.await_lines("1 members")
        last = self.run_program(program, self.daemon.port, 88, 100)
        oldest.await_lines("2 members", "total 100")
        last.await_lines("2 members", "total 100")
        for program in (oldest, last):
            self.assertEqual(program.process.wait(loopback.LIMIT), 0)


if __name__ == "__main__":
    loopback.main(["-v"])
