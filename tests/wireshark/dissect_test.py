# SPDX-License-Identifier: MIT
"""The dissectors, by tshark: what a real daemon and its clients say to each other, recorded on the way,
and put into TCP segments of any length; the other byte order; and packets between daemons.

tshark ends with status 0 even when a script does not load, so every test looks for decoded fields.

usage: dissect_test.py SPREADD [UNITTEST ARGUMENTS]
"""
import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "support")]
import loopback  # noqa: E402
import wire  # noqa: E402

SPREADD = os.path.abspath(sys.argv[1])
SCRIPT = HERE.parents[1] / "wireshark/spread.lua"
PORT, CLIENT_PORT = 4803, 40000


class Capture:
    """A file of packets without a link layer, as tcpdump writes one."""

    def __init__(self):
        self.packets, self.next = [], {}

    def _ip(self, protocol, payload):
        header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0, 64, protocol, 0,
                             bytes((127, 0, 0, 1)), bytes((127, 0, 0, 1)))
        self.packets.append(header + payload)

    def tcp(self, data, from_server, stream=0, flags=0x18):
        client = CLIENT_PORT + stream
        ports = (PORT, client) if from_server else (client, PORT)
        at = self.next.setdefault(ports, 1000)
        other = self.next.setdefault(ports[::-1], 1000)
        self._ip(6, struct.pack(">HHIIBBHHH", *ports, at, other, 0x50, flags, 65535, 0, 0) + data)
        self.next[ports] = at + len(data) + (flags & 2) // 2

    def begin(self, stream=0):
        self.tcp(b"", False, stream, 0x02)
        self.tcp(b"", True, stream, 0x12)

    def udp(self, data, port=PORT):
        self._ip(17, struct.pack(">HHHH", port, port, 8 + len(data), 0) + data)

    def write(self, path):
        with open(path, "wb") as f:
            f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 101))
            for i, p in enumerate(self.packets):
                f.write(struct.pack("<IIII", 1, i, len(p), len(p)) + p)


class Recorder:
    """Stands between a client and its daemon and keeps what goes through, in order."""

    def __init__(self, port):
        self.said = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.daemon = port
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self):
        client = self.listener.accept()[0]
        daemon = socket.create_connection(("127.0.0.1", self.daemon))
        back = threading.Thread(target=self._copy, args=(daemon, client, True))
        back.start()
        self._copy(client, daemon, False)
        back.join()
        client.close()
        daemon.close()

    def _copy(self, source, to, from_server):
        try:
            while data := source.recv(65536):
                self.said.append((from_server, data))
                to.sendall(data)
            to.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the other side has gone already

    def end(self):
        self.thread.join()
        self.listener.close()
        return self.said


@unittest.skipUnless(shutil.which("tshark"), "tshark is not here")
class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="spread-dissect-")
        self.addCleanup(shutil.rmtree, self.folder)

    def dissect(self, capture, protocol="spread"):
        """The fields of that protocol in each packet, in order: [(packet, name, value)]."""
        path = f"{self.folder}/capture"
        capture.write(path)
        done = subprocess.run(["tshark", "-r", path, "-X", f"lua_script:{SCRIPT}", "-T", "json",
                               "--no-duplicate-keys", "-o", "tcp.desegment_tcp_streams:TRUE"],
                              capture_output=True, text=True, timeout=120,
                              env={**os.environ, "HOME": self.folder})
        self.assertNotIn("lua", done.stderr.lower(), done.stderr)
        found = []

        def walk(number, node, name=""):
            if isinstance(node, dict):
                for key, value in node.items():
                    walk(number, value, key)
            elif isinstance(node, list):
                for value in node:
                    walk(number, value, name)
            elif name.startswith(protocol + "."):
                found.append((number, name, node))
        for number, packet in enumerate(json.loads(done.stdout or "[]"), 1):
            walk(number, packet["_source"]["layers"])
        return found

    @staticmethod
    def values(found, name):
        return [value for _, key, value in found if key == "spread." + name]


class Clients(Case):
    def session(self):
        """What a member says and hears that is refused a join of no group."""
        ring = loopback.Ring(SPREADD, 1)
        self.addCleanup(ring.stop)
        ring.start()
        recorder = Recorder(ring[0].port)

        class Behind:
            port = recorder.port
        a = wire.Client.opened(Behind, "a", tcp=True)
        a.request(wire.JOIN, "g")
        a.frame()
        a.request(wire.AGREED, "g", "other", body=b"x" * 5000, mess_type=-5)
        a.frame()
        a.request(wire.JOIN, "")
        a.frame()
        a.request(wire.LEAVE, "g")
        a.frame()
        a.close()
        return recorder.end()

    def check_session(self, found):
        v = lambda name: self.values(found, name)  # noqa: E731
        self.assertEqual(v("kind"), [
            "connect request", "methods", "choice", "accepted", "join", "membership, by join",
            "message AGREED", "message AGREED", "join", "rejected join", "leave", "left"])
        self.assertEqual(v("version"), ["5.0.1", "5.0.1"])
        self.assertEqual((v("auth.methods"), v("auth.method")), (["NULL "], ["NULL"]))
        self.assertEqual(v("private_group"), ["#a#d1"])
        self.assertEqual(v("group")[:2], ["g", "#a#d1"])
        self.assertEqual(v("vs_member"), ["#a#d1"])
        self.assertEqual(v("mess_type")[2:4], ["-5", "-5"])
        self.assertEqual(v("data_len")[2:4], ["5000", "5000"])
        self.assertEqual(v("old_type"), ["0x00000100"])

    def test_a_session_from_its_beginning_to_its_end(self):
        capture = Capture()
        capture.begin()
        for from_server, data in self.session():
            capture.tcp(data, from_server)
        self.check_session(self.dissect(capture))

    def test_in_pieces_of_any_length(self):
        session = self.session()
        for size in (7, 100, 1400):
            capture = Capture()
            capture.begin()
            for from_server, data in session:
                for at in range(0, len(data), size):
                    capture.tcp(data[at:at + size], from_server)
            self.check_session(self.dissect(capture))

    def test_several_messages_in_a_segment_and_both_byte_orders(self):
        capture = Capture()
        many = b"".join(wire.frame(wire.SAFE, "#b#d1", ["g"], b"body", mess_type=300, order=order)
                        for order in "<><>")
        capture.tcp(many, False)  # the beginning of this session was not recorded
        found = self.dissect(capture)
        self.assertEqual(self.values(found, "byte_order"), ["little-endian", "big-endian"] * 2)
        self.assertEqual(self.values(found, "mess_type"), ["300"] * 4)
        self.assertEqual(self.values(found, "data_len"), ["4"] * 4)
        self.assertEqual(self.values(found, "kind"), ["message SAFE"] * 4)

    def test_a_refusal_has_its_name(self):
        capture = Capture()
        capture.begin()
        capture.tcp(wire.hello("a"), False)
        capture.tcp(b"\xfa", True)
        found = self.dissect(capture)
        self.assertEqual(self.values(found, "reject_code"), ["-6"])

    def test_nonsense_is_called_so(self):
        capture = Capture()
        capture.tcp(wire.frame(wire.SAFE, "#b#d1", num_groups=-1), False)
        self.assertNotEqual(self.dissect(capture, "_ws.malformed") + self.dissect(capture), [])


class Daemons(Case):
    def packets(self, options="", files=None):
        """What a daemon says to another one, which is this socket."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            port = loopback.free_port()
            other.bind(("127.0.0.1", port + 1))  # where what is for one daemon goes
            ring = loopback.Ring(SPREADD, 1, files=files)
            self.addCleanup(ring.stop)
            ring._write("conf", pathlib.Path(ring.folder, "conf").read_text() +
                        f"Spread_Segment 127.0.0.255:{port} {{\n    d2 127.0.0.1\n}}\n" + options)
            ring.start()
            other.settimeout(loopback.LIMIT)
            return [other.recv(65536) for _ in range(2)]

    def test_open_packets(self):
        capture = Capture()
        for p in self.packets():
            capture.udp(p)
        ring_id = struct.pack(">QIH", 7, 0xabcd, 1)
        token = ring_id + struct.pack(">QIHQQHHHIIH", 9, 3, 0, 1234, 1200, 0xffff, 60, 10, 5, 6, 0)
        header = struct.pack(">BBBBBBHIQQHH", 0x53, 0x52, 2, 3, 0, 0, 0, 77, 5, 8, len(token), 1)
        capture.udp(header + token, PORT + 1)
        found = self.dissect(capture, "spread_ring")
        types = [value for _, key, value in found if key == "spread_ring.type"]
        self.assertEqual(len(types), 3)
        self.assertEqual(types[2], "3")
        self.assertEqual([v for n, k, v in found if n == 3 and k in ("spread_ring.seq", "spread_ring.aru")],
                         ["1234", "1200"])
        self.assertEqual({v for _, k, v in found if k == "spread_ring.key_id"}, {"0"})

    def test_of_sealed_ones_the_header_alone(self):
        folder = tempfile.mkdtemp(prefix="spread-dissect-")
        self.addCleanup(shutil.rmtree, folder)
        key = f"{folder}/key"
        loopback.write_keys(key, loopback.key_line(7))
        capture = Capture()
        for p in self.packets(f'DaemonKeyFile = "{key}"\n'):
            capture.udp(p)
        found = self.dissect(capture, "spread_ring")
        self.assertEqual({v for _, k, v in found if k == "spread_ring.key_id"}, {"7"})
        self.assertTrue([v for _, k, v in found if k == "spread_ring.tag"])
        self.assertFalse([v for _, k, v in found if k == "spread_ring.body"])


if __name__ == "__main__":
    loopback.main(sys.argv[2:])
