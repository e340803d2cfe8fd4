# SPDX-License-Identifier: MIT
"""Those who ask for the status in bad ways, or may not; and that clients do not notice them.

usage: front_test.py SPREADD [UNITTEST ARGUMENTS]
"""
import os
import resource
import signal
import socket
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "support")]
import asking
import loopback
import wire

SPREADD = sys.argv[1]


class Front(unittest.TestCase):
    def start(self, options=""):
        self.ring = loopback.Ring(SPREADD, 1, options)
        self.addCleanup(self.ring.stop)
        return self.ring.start()[0]

    def usual(self, d):
        """Descriptors of a daemon that has come to its loop; perhaps with one of who has asked last."""
        self.assertEqual(asking.ask(d.port, "/healthz").status, 200)
        return d.descriptors()

    def say(self, port, data):
        """What comes back for these bytes."""
        with asking.connect(port) as s:
            s.sendall(data)
            return asking.parse(asking.read_all(s))

    def refusals(self, port):
        values = asking.metrics(asking.ask(port, "/metrics").body.decode())
        return {labels[0][1]: n for (name, labels), n in values.items()
                if name == "spread_status_requests_refused_total"}

    def test_head_is_answered_without_a_body_and_with_its_length(self):
        d = self.start()
        for path in ("/healthz", "/", "/nonsense", "/status/groups"):
            whole, head = asking.ask(d.port, path), asking.ask(d.port, path, "HEAD")
            self.assertEqual((head.status, head.body), (whole.status, b""))
            self.assertEqual(len(whole.body), int(whole.fields["Content-Length"]))
            if path != "/status/groups":  # where the time is, whose length may differ
                self.assertEqual(head.fields, whole.fields)

    def test_what_is_wrong_is_refused_and_counted(self):
        d = self.start()
        line = b"GET /healthz HTTP/1.1\r\n"
        self.assertEqual(self.say(d.port, line + b"\r\n").status, 400)
        self.assertEqual(self.say(d.port, b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\n").status, 405)
        self.assertEqual(self.say(d.port, line + b"Host: evil.example\r\n\r\n").status, 421)
        self.assertEqual(self.say(d.port, line + b"Host: localhost\r\n" + b"X: y\r\n" * 3000).status, 431)
        self.assertEqual(self.say(d.port, b"GET /" + b"x" * 9000).status, 431)
        self.assertEqual(self.say(d.port, b"GET /status/sessions?limit=x HTTP/1.0\r\n\r\n").status, 400)
        self.assertEqual(self.say(d.port, b"GET /healthz HTTP/1.0\r\n\r\n").status, 200)
        for host in ("localhost:99", "127.0.0.1", "127.3.4.5:1", "D1", socket.gethostname(), "[::1]"):
            self.assertEqual(asking.ask(d.port, "/healthz", host=host).status, 200, host)
        refused = self.refusals(d.port)
        self.assertEqual(sorted(refused.values()), [1, 1, 1, 2])
        self.assertEqual(d.log().count("refused: neither GET nor HEAD"), 1)

    def test_a_request_may_come_byte_by_byte(self):
        d = self.start()
        with asking.connect(d.port) as s:
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in b"GET /healthz HTTP/1.1\r\nHost: d1\r\n\r\n":
                s.sendall(bytes([byte]))
            self.assertEqual(asking.parse(asking.read_all(s)).body, b"alive\n")

    def test_it_may_be_off_or_have_a_port_of_its_own(self):
        port = loopback.free_port()
        d = self.start(f"MonitorPort = {port}\n")
        self.assertEqual(asking.ask(port, "/healthz").status, 200)
        with asking.connect(d.port) as s:  # a client that cannot be understood
            s.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.assertNotIn(b"HTTP", asking.read_all(s))
        wire.Client.opened(d, "a", tcp=True).close()
        with open(f"{self.ring.folder}/conf", "a") as f:
            f.write("StatusAccess = off\n")
        d.signal(signal.SIGHUP)
        loopback.until(lambda: asking.ask(port, "/healthz").status == 403, "off")

    def test_idle_crowds_do_not_keep_out_those_who_ask(self):
        d = self.start()
        files = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, files[1]), files[1]))
        before, memory = self.usual(d), d.memory()
        a = wire.Client.opened(d, "a", tcp=True)
        self.addCleanup(a.close)
        crowd = []
        for i in range(1000):
            s = asking.connect(d.port)
            s.sendall(b"GET /status HTTP/1.1\r\nHost: x\r\n"[:1 + i % 30])
            crowd.append(s)
            if i % 100 == 0:
                a.request(wire.AGREED, a.group, body=b"hello")
                self.assertEqual(a.frame().body, b"hello")
                self.assertEqual(asking.ask(d.port, "/healthz").status, 200)
        loopback.until(lambda: d.descriptors() <= before + 1 + 65, "64 of the crowd are left")
        self.assertGreater(self.refusals(d.port)["too many connections for the status at once"], 800)
        for s in crowd:
            s.close()
        loopback.until(lambda: d.descriptors() <= before + 1, "the crowd is gone")
        d.expect_memory(memory)

    def test_who_does_not_finish_or_does_not_read_is_let_go(self):
        d = self.start()
        before = self.usual(d)
        half = asking.connect(d.port)
        half.sendall(b"GET /st")
        self.assertEqual(asking.parse(asking.read_all(half)).status, 408)
        half.close()
        gone = asking.connect(d.port)
        gone.sendall(b"GET /status/samples HTTP/1.1\r\nHost: d1\r\n\r\n")
        gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        gone.close()  # with a reset
        loopback.until(lambda: d.descriptors() <= before, "both are gone")

    def test_any_bytes_are_survived(self):
        d = self.start()
        seed = 12345
        for i in range(300):
            data = bytearray(b"GET /status/groups?cursor=1&group=%41 HTTP/1.1\r\nHost: localhost\r\nA: b\r\n\r\n")
            for _ in range(1 + i % 7):
                seed = (seed * 1103515245 + 12345) % (1 << 31)
                data[1 + seed % (len(data) - 1)] = (seed >> 11) % 256
            with asking.connect(d.port) as s:
                try:
                    s.sendall(data)
                    s.shutdown(socket.SHUT_WR)
                    asking.read_all(s)
                except ConnectionError:
                    pass
        self.assertEqual(asking.ask(d.port, "/healthz").status, 200)


if __name__ == "__main__":
    loopback.main(sys.argv[2:])
