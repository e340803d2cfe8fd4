# SPDX-License-Identifier: MIT
"""The flight recorder and "spmonitor why": what happened is told in sentences, by daemons that live and
from the files of those that do not."""
import glob
import json
import os
import re
import socket
import struct
import subprocess

import harness
import calm
import loopback
from monitored import Case, MARK, jenkins, packet, udp

PART = 0x40000000
HEADER = 40


class Told(Case):
    MORE = ""

    @property
    def OPTIONS(self):
        return f"DangerousMonitor = true\nFlightRecorder = {self.folder}\nFlightRecorderSize = 1\n{self.MORE}"

    def setUp(self):
        super().setUp()
        self.start_ring()

    def begin_again(self):
        self.ring.stop()
        for name in glob.glob(self.path("*.flight")):
            os.unlink(name)
        self.start_ring()

    def why(self, *arguments, **more):
        return self.batch("why", *arguments, **more)

    def from_files(self, *arguments, names=("d1", "d2", "d3"), expect=0):
        """Without a configuration, and with nobody to ask."""
        files = [word for name in names for word in ("--file", self.path(f"{name}.flight"))]
        done = subprocess.run([harness.program("spmonitor"), "why", *files, *arguments], capture_output=True,
                              text=True, timeout=harness.LIMIT)
        self.assertEqual(done.returncode, expect, done.stderr)
        return done.stdout

    def await_two(self):
        """d1 and d2 have a view without d3."""
        loopback.until(lambda: [s["num_procs"] for s in self.status("d1", "d2")] == [2, 2], "d3 is excluded")

    def client(self, name, user="spuser"):
        run = self.run_program(user, "-u", name, "-s", f"{self.ring.daemons[0].port}@127.0.0.1")
        run.expect("User> ")
        return run


class Changes(Told):
    @calm.story(0.1)
    def test_a_killed_daemon_is_told_of_by_the_others_and_by_its_file(self):
        d3 = self.ring.daemons[2]
        d3.kill()
        self.await_two()
        told, missing = self.why("last")
        self.assertRegex(told, r"(?m)^[\d-]+ [\d:.]+ d3 was excluded at \d\d:\d\d:\d\d\.\d{3} by d[12]: .*"
                               r"; its own side is not known$")
        self.assertRegex(told, r"a view of 2 daemons came, number \d+, led by d1: d1 d2\n")
        self.assertIn("d3 does not answer", missing)
        self.assertIn("a view of 3 daemons came", self.from_files("d3", names=["d3"]))
        self.assertRegex(self.from_files("d3"), r"d3 was excluded at \S+ by d[12]: ")
        d3.spawn()
        self.assertTrue(d3.started())
        self.await_members(3)
        told, missing = self.why("d3")
        self.assertEqual(missing, "")
        self.assertRegex(told, r"d3 was excluded at \S+ by d[12]: .*; it was started again at ")
        self.assertRegex(told, r"d3 came in; it was started at ")

    @calm.story(0.1)
    def test_a_daemon_that_stood_still_says_so_itself(self):
        d3 = self.ring.daemons[2]
        d3.stand_still()
        self.await_two()
        d3.go_on()
        self.await_members(3)
        told, _ = loopback.until(lambda: "it says that" in self.why("d3")[0] and self.why("d3"), "its own side")
        self.assertRegex(told, r"d3 was excluded at \S+ by d[12]: (it did not answer for \d+ ms|token lost); "
                               r"it says that it did not run for \d+ ms\n")
        self.assertRegex(told, r"d3: this process did not run for \d+ ms")
        number = re.search(r"a view of 2 daemons came, number (\d+)", told)[1]
        self.assertIn("d3 was excluded", self.why(number)[0])

    def test_in_json_each_sentence_has_its_time_and_who_says_it(self):
        told = json.loads(self.why("--json")[0])
        self.assertTrue(told)
        for one in told:
            self.assertEqual(sorted(one), ["daemon", "sentence", "time"])
            self.assertIn(one["daemon"], (None, "d1", "d2", "d3"))
        self.assertEqual([one["time"] for one in told], sorted(one["time"] for one in told))
        self.assertTrue(json.loads(self.from_files("--json", "d1")))

    def test_what_nobody_recorded_is_said_to_be_so(self):
        self.assertEqual(self.why("nobody")[0], "nothing is recorded of nobody\n")
        self.assertEqual(self.why("1")[0], "nothing is recorded of 1\n")
        self.assertIn("is no file of a flight recorder", subprocess.run(
            [harness.program("spmonitor"), "why", "--file", self.ring.conf], capture_output=True,
            text=True).stderr)


class Clients(Told):
    def test_a_client_is_told_of_by_its_name_with_numbers(self):
        run = self.client("alice")
        run.finish("q\n")
        loopback.until(lambda: "ends" in self.why("alice")[0], "the end is told")
        told = self.why("#alice#d1")[0]
        self.assertRegex(told, r"d1: session #alice#d1 from .* opens\n")
        self.assertRegex(told, r"d1: session #alice#d1 from .* ends: .*; \d+ messages received, \d+ sent\n")
        self.assertEqual(told, self.why("alice")[0])
        self.assertEqual(self.why("ali")[0], "nothing is recorded of ali\n")

    def test_a_thousand_that_come_and_go_drive_out_no_view(self):
        """A track of 255 kB has room for 3000 of them."""
        for _ in range(2500):
            with socket.create_connection(("127.0.0.1", self.ring.daemons[0].port)) as s:
                hello(s, b"bob")
        loopback.until(lambda: "bob" in self.why("bob")[0], "bob")
        self.assertIn("a view of 3 daemons came", self.why("d1")[0])


def hello(s, name):
    """Comes in as a client of 5.0.1 does, without authentication."""
    s.sendall(bytes([5, 0, 1, 0, len(name)]) + name)
    methods = s.recv(1)
    s.recv(methods[0])
    s.sendall(b"NULL".ljust(90, b"\0"))
    return s.recv(5)


class Files(Told):
    def test_a_file_that_is_cut_ends_no_daemon(self):
        d1 = self.ring.daemons[0]
        os.truncate(self.path("d1.flight"), 4096)
        self.client("carol").finish("q\n")
        self.client("dave").finish("q\n")
        loopback.until(lambda: "events are kept in memory from now on" in d1.log(), "it is said")
        self.assertTrue(d1.is_alive())
        loopback.until(lambda: "opens" in self.why("dave")[0], "recording goes on")

    def test_a_daemon_goes_on_in_its_file_and_has_it_alone(self):
        d1 = self.ring.daemons[0]
        first = re.search("view of 3 daemons came, number [0-9]+", self.from_files("d1", names=["d1"]))[0]
        d1.kill()
        d1.spawn()
        self.assertTrue(d1.started())
        self.await_members(3)
        self.assertIn(first, self.why("d1")[0])
        self.assertEqual(os.stat(self.path("d1.flight")).st_mode & 0o777, 0o600)
        self.assertEqual(os.stat(self.path("d1.flight")).st_uid, loopback.daemon_user())

    def restarted(self, options=""):
        """d1 with other options; what it has logged since."""
        d1 = self.ring.daemons[0]
        d1.kill()
        with open(self.ring.conf, "a") as f:
            f.write(options)
        before = len(d1.log())
        d1.spawn()
        self.assertTrue(d1.started())
        return d1.log()[before:]

    def test_a_file_of_another_size_is_set_aside_and_something_else_left_alone(self):
        self.assertIn("d1.flight.old", self.restarted("FlightRecorderSize = 2\n"))
        self.assertEqual(os.path.getsize(self.path("d1.flight")), 2 << 20)
        self.assertEqual(os.path.getsize(self.path("d1.flight.old")), 1 << 20)
        with open(self.path("d1.flight"), "w") as f:
            f.write("precious" * 1000)
        self.assertIn("is something else, and is left alone", self.restarted())
        with open(self.path("d1.flight")) as f:
            self.assertEqual(f.read(), "precious" * 1000)
        os.unlink(self.path("d1.flight"))
        os.symlink(self.ring.conf, self.path("d1.flight"))
        self.assertIn("events are kept in memory", self.restarted())
        self.await_members(3)
        self.assertIn("a view of", self.why()[0])

    def test_it_can_be_off(self):
        self.restarted("FlightRecorder = off\n")
        self.await_members(3)
        self.assertIn("d1 has no flight recorder: FlightRecorder is off there", self.why()[1])


class Places(harness.Case):
    def daemon(self, options="", **env):
        d = loopback.Daemon(harness.SPREADD, self.folder, "d1", loopback.free_port())
        with open(self.path("conf"), "w") as f:
            f.write(f"Spread_Segment 127.0.0.255:{d.port} {{\n    d1 127.0.0.1\n}}\n{loopback.OWN_ROOT}{options}")
        self.addCleanup(d.stop)
        os.environ.update(env)
        try:
            d.spawn()
        finally:
            for name in env:
                del os.environ[name]
        self.assertTrue(d.started())
        return d

    def test_the_folder_that_systemd_made_is_taken(self):
        folder = self.path("state")
        os.mkdir(folder)
        os.chown(folder, loopback.daemon_user(), -1)
        self.daemon(STATE_DIRECTORY=f"{folder}:/other")
        self.assertEqual(os.listdir(folder), ["d1.flight"])

    def test_one_that_is_not_meant_for_it_is_not(self):
        if os.geteuid() != 0:
            self.skipTest("all folders here belong to the daemon's user")
        folder = self.path("state")
        os.mkdir(folder)
        self.daemon(STATE_DIRECTORY=folder)
        self.assertEqual(os.listdir(folder), [])


class Keyed(Told):
    @property
    def OPTIONS(self):
        loopback.write_keys(self.path("ring.key"), loopback.key_line(1))
        return super().OPTIONS + f"DaemonKeyFile = {self.path('ring.key')}\nOpenMonitorStatus = false\n"

    def test_with_the_key_it_is_told_and_without_it_is_not(self):
        self.assertIn("a view of 3 daemons came", self.why()[0])
        keyless = self.path("keyless")
        with open(self.ring.conf) as f, open(keyless, "w") as to:
            to.write(re.sub("(?m)^DaemonKeyFile.*\n", "", f.read()))
        self.why(conf=keyless, expect=1)


class Packets(Told):
    """What comes back for packets that no monitor of ours would send."""

    def ask(self, body, length=None):
        """The answer, or None; behind it comes one to a question for the hash."""
        s = udp("127.0.0.1")
        self.addCleanup(s.close)
        to, port = ("127.0.0.1", self.ring.daemons[0].port), s.getsockname()[1]
        ours = jenkins("d1")
        s.sendto(packet(PART, ours, ours, port, self.ring.hash, body), to)
        s.sendto(packet(0x10000000, ours, ours, port, self.ring.hash), to)
        got = s.recv(2000)
        return got if struct.unpack_from("<I", got)[0] & ~MARK == PART else None

    def question(self, part=b"events", cursor=b"", room=968, id=7, which=0):
        return (part.ljust(16, b"\0") + bytes(32) + struct.pack("<II", id, which) + cursor.ljust(24, b"\0")
                + bytes(room))

    def test_an_answer_is_at_most_as_long_as_its_question(self):
        lengths = []
        for room in (0, 1, 100, 300, 500, 968):
            question = self.question(room=room)
            got = self.ask(question)
            self.assertLessEqual(len(got), HEADER + len(question))
            self.assertEqual(struct.unpack_from("<I", got, HEADER + 16)[0], 7)
            lengths.append(len(got))
        self.assertGreater(lengths[-1], lengths[0])
        self.assertIsNone(self.ask(bytes(79)))  # too short for a question

    def test_any_cursor_and_any_part_is_answered(self):
        for cursor in (b"\xff" * 24, bytes(20) + b"\0\0\0\1", bytes(20) + b"\0\0\0\2",
                       b"\x12\x34\x56\x78" * 5 + b"\0\0\0\1"):
            self.assertEqual(len(self.ask(self.question(cursor=cursor))), HEADER + 48 + 4)
        self.assertEqual(struct.unpack_from("<I", self.ask(self.question(part=b"\xff" * 16)), HEADER + 20)[0], 1)
        self.assertTrue(self.ring.daemons[0].is_alive())


if __name__ == "__main__":
    harness.main()
