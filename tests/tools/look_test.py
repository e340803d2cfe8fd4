# SPDX-License-Identifier: MIT
"""spmonitor's sessions, groups, members, views and top: what daemons know, asked over the network."""
import fcntl
import json
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import termios
import time

import harness
import loopback
from monitored import Case, MARK, jenkins, packet, udp

PART, HEADER = 0x40000000, 40
GONE, NOT_NOW, UNKNOWN = 4, 2, 1


class Looked(Case):
    def setUp(self):
        super().setUp()
        self.start_ring()

    def client(self, name, daemon=0, groups=()):
        run = self.run_program("spuser", "-u", name, "-s", f"{self.ring.daemons[daemon].port}@127.0.0.{daemon + 1}")
        run.expect("User> ")
        for group in groups:
            run.say(f"j {group}\n")
            run.expect("User> ")
        return run


class Lists(Looked):
    def test_sessions_of_all_daemons_are_listed_and_as_json(self):
        self.client("alice"), self.client("bob", 1)
        out = self.batch("sessions")[0]
        self.assertRegex(out, r"(?m)^ +WAIT +BYTES +OLDEST +MEMORY +RECEIVED +DELIVERED +CLIENT +FROM$")
        self.assertRegex(out, r"(?m)^ +\d+ .* #alice#d1 ")
        self.assertRegex(out, r"(?m)^ +\d+ .* #bob#d2 ")
        told = json.loads(self.batch("--json", "sessions", "d2")[0])
        self.assertEqual([s["name"] for d in told for s in d["sessions"]["list"]], ["#bob#d2"])

    def test_groups_and_members_are_those_of_all_daemons(self):
        self.client("alice", 0, ["red", "blue"]), self.client("bob", 1, ["red"])

        def joined():
            return re.findall(r"(?m)^ +(\d+) +(\d+)  (\w+)$", self.batch("groups")[0])
        loopback.until(lambda: sorted(joined()) == [("1", "1", "blue"), ("2", "1", "red")], "the groups")
        self.assertEqual(sorted(self.batch("members", "red")[0].split()), ["#alice#d1", "#bob#d2"])

        def at_d2():  # what d1 knows of may still be on its way to d2
            told = json.loads(self.batch("members", "red", "--json", "-n", "d2", name="d2")[0])
            return sorted(told["members"]["list"][0]["members"])
        loopback.until(lambda: at_d2() == ["#alice#d1", "#bob#d2"], "both of them at d2")
        self.assertIn("knows of no such thing", self.batch("members", "green", expect=1)[1])

    def test_many_groups_come_in_pages_and_all_of_them(self):
        names = [f"g{i:04}" for i in range(350)]
        with socket.create_connection(("127.0.0.1", self.ring.daemons[0].port)) as s:
            s.sendall(bytes([5, 0, 1, 0, 5]) + b"carol")
            s.recv(s.recv(1)[0])
            s.sendall(b"NULL".ljust(90, b"\0"))
            s.recv(500)
            for name in names:
                s.sendall(struct.pack("<I", 0x00010000 | MARK) + b"#carol#d1".ljust(32, b"\0") +
                          struct.pack("<III", 1, MARK & 0xffffffff, 0) + name.encode().ljust(32, b"\0"))
            loopback.until(lambda: f"g{349:04}" in self.batch("groups")[0], "all are joined")
            got = re.findall(r"g\d{4}", self.batch("groups")[0])
            self.assertEqual(sorted(got), names)
            self.assertEqual(len(json.loads(self.batch("groups", "--json")[0])["groups"]["list"]), 350)

    def test_views_are_told_with_who_came_and_went(self):
        self.ring.daemons[2].kill()
        loopback.until(lambda: "; went: d3;" in self.batch("views", "d1")[0], "d3 went")
        told = json.loads(self.batch("views", "d1", "--json")[0])
        self.assertIn(["d3"], [v["left"] for v in told["views"]["list"]])
        out, err = self.batch("sessions", expect=1, limit=3)
        self.assertIn("d3 does not answer", err)


class Keyed(Looked):
    @property
    def OPTIONS(self):
        loopback.write_keys(self.path("ring.key"), loopback.key_line(1))
        return f"DaemonKeyFile = {self.path('ring.key')}\nOpenMonitorStatus = false\n"

    def test_with_the_key_all_is_told_and_without_it_nothing(self):
        self.client("alice", 0, ["red"])
        self.assertIn("#alice#d1", self.batch("sessions")[0])
        loopback.until(lambda: "#alice#d1" in self.batch("members", "red")[0], "she is in red")
        keyless = self.path("keyless")
        with open(self.ring.conf) as f, open(keyless, "w") as to:
            to.write(re.sub("(?m)^DaemonKeyFile.*\n", "", f.read()))
        for what in (["sessions"], ["groups"], ["views"], ["members", "red"], ["top", "--json"]):
            self.assertNotIn("alice", "".join(self.batch(*what, conf=keyless, expect=1, limit=1)))


class Packets(Looked):
    """What comes back for packets that no monitor of ours would send."""

    def ask(self, *what, **more):
        return self.ask_at_once(1, *what, **more)[0]

    def ask_at_once(self, times, part, cursor=b"", room=968, name=b"", which=10):
        s = udp("127.0.0.1")
        self.addCleanup(s.close)
        body = (part.ljust(16, b"\0") + name.ljust(32, b"\0") + struct.pack("<II", 7, which) +
                cursor.ljust(24, b"\0") + bytes(room))
        ours = jenkins("d1")
        for _ in range(times):
            s.sendto(packet(PART, ours, ours, s.getsockname()[1], self.ring.hash, body),
                     ("127.0.0.1", self.ring.daemons[0].port))
        answers = [s.recv(2000) for _ in range(times)]
        self.assertLessEqual(max(map(len, answers)), HEADER + len(body))
        return [(struct.unpack_from("<I", got, HEADER + 20)[0], got[HEADER + 24:HEADER + 48], got[HEADER + 48:])
                for got in answers]

    def whole(self, part, room):
        text, cursor, pieces = b"", b"", 0
        while True:
            status, cursor, data = self.ask(part, cursor, room)
            self.assertEqual(status, 0)
            text, pieces = text + data, pieces + 1
            at, total = struct.unpack_from(">II", cursor, 12)
            if at == total:
                return json.loads(text), pieces

    def test_a_text_comes_in_pieces_that_are_no_longer_than_the_questions(self):
        small, many = self.whole(b"daemons", 60)
        large, few = self.whole(b"daemons", 968)
        self.assertGreater(many, few)
        self.assertEqual([d["name"] for d in small["daemons"]], [d["name"] for d in large["daemons"]])

    def test_any_cursor_is_answered_and_none_of_them_does_harm(self):
        self.assertEqual(self.ask(b"daemon", struct.pack(">QIII", 0, 12345, 0, 0))[0], GONE)
        _, cursor, _ = self.ask(b"daemon", room=10)
        page, ticket, at, total = struct.unpack_from(">QIII", cursor)
        self.assertEqual(self.ask(b"daemon", struct.pack(">QIII", page, ticket, total + 1, 0))[0], GONE)
        self.assertEqual(self.ask(b"daemon", struct.pack(">QIII", page, ticket, 0xffffffff, 0))[0], GONE)
        for part in (b"sessions", b"groups", b"members", b"views", b"samples"):
            self.ask(part, b"\xff" * 8, which=0xffffffff, name=b"\xff" * 32)
        self.assertEqual(self.ask(b"nothing")[0], UNKNOWN)
        self.assertTrue(self.ring.daemons[0].is_alive())

    def test_those_who_ask_for_more_than_there_is_time_for_are_put_off(self):
        # one at a time they may come more slowly than that
        loopback.until(lambda: NOT_NOW in {a[0] for a in self.ask_at_once(40, b"daemon", room=100)},
                       "there is no more time")
        loopback.until(lambda: self.ask(b"daemon")[0] == 0, "later it is told")


class Top(Looked):
    def start_top(self, pattern, *arguments):
        """One whose first picture has the pattern: of later ones only what has changed is drawn, and some daemon
        may have answered too late for the first."""
        def first_has_it():
            fd = self.spawn_top(*arguments)
            if re.search(pattern, self.seen(fd, "q quit")):
                return fd
            self.end_top()
            return None
        return loopback.until(first_has_it, pattern)

    def spawn_top(self, *arguments):
        pid, fd = pty.fork()
        if pid == 0:
            os.environ["TERM"] = "xterm"
            os.execv(harness.program("spmonitor"), ["spmonitor", "-c", self.ring.conf, "-n", "d1", "top", *arguments])
        self.addCleanup(os.close, fd)
        self.pid = pid
        self.addCleanup(self.end_top)
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        return fd

    def end_top(self):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.pid = None

    def leave(self, fd):
        os.write(fd, b"q")
        pid, self.pid = self.pid, None
        self.assertEqual(os.waitpid(pid, 0)[1], 0)

    def seen(self, fd, pattern):
        """What was drawn since, with what only moves the cursor taken out, until the pattern is in it."""
        drawn, end = "", time.monotonic() + harness.LIMIT
        while not re.search(pattern, drawn) and time.monotonic() < end:
            if select.select([fd], [], [], 1)[0]:
                more = os.read(fd, 65536).decode(errors="replace")
                drawn += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()=>][B0]?", " ", more)
        self.assertRegex(drawn, pattern)
        return drawn

    def test_it_shows_daemons_and_clients_and_is_left_by_a_key(self):
        self.client("alice"), self.client("bob", 1)
        fd = self.start_top(r"(?s)3 daemons, 3 answer.*d1 .*d2 .*d3 .*\*WAIT.*#alice#d1.*#bob#d2")
        os.write(fd, b"m")
        self.seen(fd, r"\*MEMORY|M\s*EMORY|\*")
        self.ring.daemons[2].kill()
        self.seen(fd, r"does not answer")
        self.leave(fd)

    def test_it_sorts_by_what_is_asked_for(self):
        self.client("alice")
        fd = self.start_top(r"(?s)\*MSG/s.*#alice#d1", "--sort", "rate")
        self.leave(fd)
        self.assertIn("--sort takes lag, rate or memory", self.batch("top", "--sort", "age", expect=2)[1])

    def test_without_a_terminal_it_is_told_as_json(self):
        self.client("alice")
        told = json.loads(self.batch("top", "--json")[0])
        self.assertEqual(sorted(d["name"] for d in told if "daemon" in d), ["d1", "d2", "d3"])
        self.assertIn("#alice#d1", [s["name"] for d in told if "sessions" in d for s in d["sessions"]["list"]])
        self.assertIn("needs a terminal", self.batch("top", expect=2, stdin=subprocess.DEVNULL)[1])


if __name__ == "__main__":
    harness.main()
