# SPDX-License-Identifier: MIT
"""spcompat at our own daemons, where nothing may fail, and at one whose bytes go through somebody who
makes a single mistake in them, which has to be found.

usage: daemon_test.py SPREADD SPCOMPAT
"""
import contextlib
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "support"), HERE]
import loopback  # noqa: E402
from compat import frames  # noqa: E402

SPREADD, SPCOMPAT = sys.argv[1:3]


def spcompat(*words, expect=0):
    done = subprocess.run([sys.executable, SPCOMPAT, *map(str, words)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=2 * loopback.LIMIT)
    assert done.returncode == expect, f"status {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout, done.stderr


# -- mistakes: of a message as it comes, the bytes that go on ----------------------------------------


def members_backwards(f, _):
    if not f.kind & frames.REGULAR:
        return f.bytes
    return f.bytes[:48] + b"".join(map(frames.field, reversed(f.groups))) + f.bytes[48 + 32 * f.count:]


def without_the_mark(f, _):
    return struct.pack("<I", struct.unpack_from("<I", f.bytes)[0] & ~frames.MARK) + f.bytes[4:]


def hint_turned_round(f, _):
    return f.bytes[:40] + f.bytes[40:44][::-1] + f.bytes[44:] if f.bytes[40:44] == b"\x00\x12\x34\x00" else f.bytes


def twice(f, _):
    return f.bytes * 2 if f.kind & 0x3f and len(f.groups) > 3 else f.bytes


def another_cause(f, _):
    if f.kind != frames.REGULAR | frames.BY_DISCONNECT:
        return f.bytes
    return struct.pack("<I", frames.REGULAR | frames.BY_LEAVE | frames.MARK) + f.bytes[4:]


def padding_of_names(f, _):
    return f.bytes[:4] + f.sender.encode() + b"\0garbage".ljust(32 - len(f.sender), b"!") + f.bytes[36:] \
        if f.kind & frames.REGULAR and len(f.sender) < 24 else f.bytes


class Order:
    """Every tenth message stays behind the next one, for every second client."""

    def __init__(self):
        self.clients = {}

    def __call__(self, f, client):
        held, count = self.clients.get(client, (b"", 0))
        count += bool(f.kind & 0x3f)
        if f.kind & 0x3f and count % 10 == 0 and client % 2 == 0 and not held:
            self.clients[client] = (f.bytes, count)
            return b""
        self.clients[client] = (b"", count)
        return f.bytes + held


class Proxy:
    """Between clients of 5.0.1 and a daemon. change: of a message, and the number of the client."""

    def __init__(self, port, change=lambda f, _: f.bytes, methods=None):
        self.port, self.change, self.methods = port, change, methods
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"{self.listener.getsockname()[1]}@127.0.0.1"
        self.count, self.sockets = 0, [self.listener]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        try:
            while True:
                client = self.listener.accept()[0]
                server = socket.create_connection(("127.0.0.1", self.port))
                self.sockets += [client, server]
                self.count += 1
                for job, what in (self.up, (client, server)), (self.down, (frames.Stream(server, None), client, self.count)):
                    threading.Thread(target=job, args=what, daemon=True).start()
        except OSError:
            pass

    def up(self, client, server):
        with contextlib.suppress(OSError):
            while data := client.recv(1 << 16):
                server.sendall(data)
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_WR)

    def down(self, stream, client, number):
        with contextlib.suppress(frames.Closed, OSError):
            methods = stream.read(1)
            methods += stream.read(methods[0])
            client.sendall(self.methods or methods)
            head = stream.read(5)
            client.sendall(head + stream.read(head[4]))
            while True:
                client.sendall(self.change(stream.frame(), number))
        with contextlib.suppress(OSError):
            client.sendall(stream.pending)
            client.shutdown(socket.SHUT_WR)

    def close(self):
        for s in self.sockets:
            s.close()


class Daemons(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.ring = loopback.Ring(SPREADD, 2).start()
        cls.addClassCleanup(cls.ring.stop)
        cls.ports = [d.port for d in cls.ring.daemons]

    def address(self, i=0):
        return f"{self.ports[i]}@127.0.0.1"

    def test_nothing_fails_at_our_own(self):
        out, _ = spcompat(self.address(), "--also", self.address(1), "--limit", loopback.LIMIT)
        self.assertRegex(out, r"\n\n\d\d checks, 0 failed\n\Z")

    def test_the_unix_socket_and_json(self):
        path = f"{loopback.SOCKETS}/{self.ports[0]}"
        out = json.loads(spcompat(path, "--json", "--only", "let in")[0])
        self.assertEqual((out["of"], out["failed"]), (path, 0))
        self.assertEqual([c["result"] for c in out["checks"]], ["ok"])
        self.assertIn("daemon d1 of version 5.0.1", out["checks"][0]["seen"])

    def finds(self, part, **fault):
        """The fault is found by a check with part in its name; without it, that check is content."""
        for proxy, expect in (Proxy(self.ports[0]), 0), (Proxy(self.ports[0], **fault), 1):
            self.addCleanup(proxy.close)
            out, _ = spcompat(proxy.address, "--only", part, "--limit", 1 if expect else loopback.LIMIT, expect=expect)
            self.assertEqual("FAILED" in out, bool(expect), out)

    def test_members_in_another_order_are_found(self):
        self.finds("who joins", change=members_backwards)

    def test_a_word_that_says_the_wrong_byte_order_is_found(self):
        self.finds("messages of each service", change=without_the_mark)

    def test_a_hint_that_was_turned_round_is_found(self):
        self.finds("other byte order", change=hint_turned_round)

    def test_a_message_that_comes_twice_is_found(self):
        self.finds("several groups", change=twice)

    def test_another_cause_is_found(self):
        self.finds("a goodbye", change=another_cause)

    def test_padding_that_is_not_zero_is_found(self):
        self.finds("who leaves", change=padding_of_names)

    def test_another_order_is_found(self):
        self.finds("in one order", change=Order())

    def test_a_list_of_methods_without_its_blank_is_found(self):
        self.finds("every method", methods=b"\4NULL")

    def test_what_cannot_be_checked_ends_with_2(self):
        for words in ([f"{loopback.free_port()}@127.0.0.1"], [self.address(), "--only", "no such check"],
                      [], [self.address(), "more"], ["nonsense"], [self.address(), "--limit", "x"],
                      ["--library", "/nonexistent"], ["--library", SPCOMPAT], ["--library", "x", self.address()]):
            out, err = spcompat(*words, expect=2)
            self.assertEqual(out, "")
            self.assertTrue(err.startswith("spcompat: "), err)

    def test_the_list_names_all(self):
        made, _ = spcompat(self.address(), "--also", self.address(1), "--json", "--limit", loopback.LIMIT)
        self.assertEqual(spcompat("--list")[0].splitlines(), [c["check"] for c in json.loads(made)["checks"]])


if __name__ == "__main__":
    loopback.main(["-v", *sys.argv[3:]])
