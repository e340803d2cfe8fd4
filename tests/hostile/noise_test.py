# SPDX-License-Identifier: MIT
"""64 MiB of noise at the daemon's sockets for clients, while others talk.

usage: noise_test.py SPREADD [UNITTEST ARGUMENTS]

SPREAD_SEED repeats a run or makes another one.
"""
import contextlib
import os
import random
import re
import socket
import sys
import threading
import time
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
import loopback
import wire
from bystanders import Bystanders, Chatter
from wire import AGREED, JOIN, LEAVE, choice, frame, hello

SPREADD = sys.argv[1]
SEED = int(os.environ.get("SPREAD_SEED", "20261125"))
ALL, PIECE = 64 << 20, 64 << 10
SOURCES = 4    # connections at a time
SLOWEST = 10   # seconds an exchange of the bystanders may take on a machine full of other things


def changed(chance, data):
    data = bytearray(data)
    for _ in range(chance.randrange(1, 6)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)


class Source(threading.Thread):
    """Sends its share of the bytes over one connection after another. utter(source) makes what one
    connection sends; opened: behind a handshake that is right."""

    def __init__(self, daemon, number, utter, opened):
        super().__init__(daemon=True)
        self.to, self.number, self.utter, self.opened = daemon, number, utter, opened
        self.chance = random.Random(f"{SEED}.{number}")
        self.sent = self.connections = 0
        self.failure = None
        self.start()

    def run(self):
        try:
            while self.sent < ALL // SOURCES:
                self.connect()
        except BaseException:
            self.failure = sys.exc_info()[1]

    def connect(self):
        tcp = self.chance.random() < 0.5
        c = (wire.Client.opened(self.to, f"noise{self.number}", tcp=tcp) if self.opened
             else wire.Client(self.to, tcp))
        data = self.utter(self, c)
        if c.try_send(data):
            with contextlib.suppress(OSError):  # the daemon may have had enough already
                c.socket.shutdown(socket.SHUT_WR)
        c.rest()  # what it says to that does not matter, but the end must come
        c.close()
        self.sent += len(data)
        self.connections += 1


class Noise(unittest.TestCase):
    def setUp(self):
        self.ring = loopback.Ring(SPREADD).start(lean=True)
        self.addCleanup(self.ring.stop)
        self.daemon = self.ring[0]
        self.chatter = Chatter(Bystanders(self.daemon))
        self.addCleanup(self.chatter.close)

    def endure(self, utter, opened):
        begin, memory = time.monotonic(), self.daemon.memory()
        descriptors = self.daemon.descriptors()
        sources = [Source(self.daemon, i, utter, opened) for i in range(SOURCES)]
        for s in sources:
            s.join()
            if s.failure:
                raise s.failure
        times = self.chatter.finish()
        self.assertLess(times[-1], SLOWEST)
        loopback.until(lambda: self.daemon.descriptors() == descriptors, "all connections closed")
        self.daemon.expect_memory(memory)
        self.check_log(time.monotonic() - begin)

    def check_log(self, seconds):
        kinds = {}
        for line in self.daemon.log().splitlines():
            kind = re.sub(r"\(.*", "", re.sub(r"\d+", "N", line))
            kinds[kind] = kinds.get(kind, 0) + 1
        for kind, count in kinds.items():
            self.assertLessEqual(count, 4 * (seconds + 2), kind)
        self.assertTrue(any("malformed message" in kind or "connection refused" in kind
                            for kind in kinds), kinds)

    def test_noise_in_place_of_a_handshake(self):
        self.endure(lambda s, c: s.chance.randbytes(PIECE), opened=False)

    def test_a_handshake_and_then_noise(self):
        self.endure(lambda s, c: s.chance.randbytes(PIECE), opened=True)

    def test_handshakes_with_wrong_bytes(self):
        def utter(s, c):
            name = f"n{s.number}.{s.connections % 1000}"
            good = hello(name) + choice("NULL") + frame(JOIN, f"#{name}#d1", ["noise"])
            return changed(s.chance, good) + s.chance.randbytes(PIECE)
        self.endure(utter, opened=False)

    def test_messages_with_wrong_bytes(self):
        """Most go through: what they do to the groups must not reach those who are in others."""
        def utter(s, c):
            data = bytearray()
            while len(data) < PIECE:
                kind = s.chance.choice((AGREED, AGREED, wire.SAFE, JOIN, LEAVE))
                groups = [f"n{s.chance.randrange(50)}" for _ in range(s.chance.randrange(1, 5))]
                good = frame(kind, c.group, groups, bytes(s.chance.randrange(2000)))
                data += changed(s.chance, good) if s.chance.random() < 0.05 else good
            return bytes(data)
        self.endure(utter, opened=True)


if __name__ == "__main__":
    loopback.main(sys.argv[2:])
