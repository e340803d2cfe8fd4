# SPDX-License-Identifier: MIT
"""Crowds at the TLS of a daemon: half handshakes, bytes one by one, hellos without end. Those who are in
go on, others come in, and what the crowd took is given back.

usage: flood_test.py SPREADD [UNITTEST ARGUMENTS]
"""
import contextlib
import os
import socket
import ssl
import sys
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
import certificates
import loopback
import wire

SPREADD = sys.argv[1]
HANDSHAKES_MAX = 1000  # daemon/io/greeter.h
CROWD = HANDSHAKES_MAX + 200


def client_hello(context):
    """What a client says first, to be sent without going on."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


class Flood(unittest.TestCase):
    def setUp(self):
        self.ring = loopback.Ring(SPREADD, 1, "DebugFlags = { PRINT EXIT SECURITY }\n"
                                  "TLSCertFile = server.pem\nTLSKeyFile = server.key\n"
                                  "MaxSourceHandshakes = 100000\nMaxSourceConnections = 100000\n")
        self.addCleanup(self.ring.stop)
        certificates.usual(self.ring.folder)
        self.d = self.ring.start(lean=True)[0]
        self.context = ssl.create_default_context(cafile=f"{self.ring.folder}/ca.pem")
        self.good = wire.Client.opened(self.d, "good", tcp=True, tls=self.context)
        self.addCleanup(self.good.close)
        self.good.join("g")

    def connect(self):
        s = socket.create_connection(("127.0.0.1", self.d.port))
        self.addCleanup(s.close)
        return s

    def check_good(self):
        data = wire.frame(wire.SAFE, self.good.group, ["g"], b"on and on")
        self.good.send(data)
        self.assertEqual(self.good.frame().bytes, data)

    def check_newcomer(self, name):
        """It comes in, if need be when the handshakes in front of its own have had their turn."""
        def comes_in():
            try:
                wire.Client.opened(self.d, name, tcp=True, tls=self.context).close()
                return True
            except (OSError, wire.Closed):
                return False
        loopback.until(comes_in, "a newcomer is let in")

    def crowd(self, said):
        """Comes while the daemon stands still, for each has two seconds from when that has seen it."""
        with open("/proc/sys/net/core/somaxconn") as f:
            fits = int(f.read()) > CROWD
        if fits:
            self.d.stand_still()
        crowd = [self.connect() for _ in range(CROWD)]
        for s in crowd:
            with contextlib.suppress(OSError):  # its time was over
                s.send(said)
        if fits:
            self.d.go_on()
        self.check_good()
        self.check_newcomer("new")
        for s in crowd:
            s.close()
        return "too many TLS handshakes at once" in self.d.log()

    def test_half_handshakes_are_bounded_and_the_eldest_makes_room(self):
        """Whole hellos take a daemon that has little of a processor more time than their senders have, so it
        never has so many of them; of half of each it has."""
        before = self.d.memory()
        hello = client_hello(self.context)
        self.crowd(hello)
        loopback.until(lambda: self.crowd(hello[:len(hello) // 2]), "the eldest went")
        self.check_good()
        self.d.expect_memory(before)

    def test_bytes_one_by_one_and_none_at_all(self):
        hello = client_hello(self.context)
        slow = [self.connect() for _ in range(50)]
        for byte in hello[:60]:
            for s in slow:
                try:
                    s.send(bytes([byte]))
                except OSError:
                    pass  # its time was over
            self.check_good()
        self.check_newcomer("new")

    def test_what_is_no_handshake_is_answered_by_an_alert(self):
        for data in (b"\x16\x03\x01\xff\xff" + bytes(70000), b"\x16" * 5000, b"\x16\x03\x03\x00\x00" * 100,
                     client_hello(self.context)[:-1] + b"\xff" + bytes(300)):
            s = self.connect()
            s.settimeout(loopback.LIMIT)
            try:
                s.sendall(data)
                s.shutdown(socket.SHUT_WR)
                while s.recv(1 << 16):
                    pass
            except OSError:
                pass
            self.check_good()
        self.check_newcomer("new")


if __name__ == "__main__":
    loopback.main(sys.argv[2:])
