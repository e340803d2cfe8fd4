# SPDX-License-Identifier: MIT
"""The recording of the flush layer played to our library: two clients do what those of 5.0.1 did, at a
daemon that says what 5.0.1's said, and must send the same bytes.

usage: flush_replay_test.py AGENT
"""
import os
import socket
import subprocess
import sys
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
import capture
import loopback

AGENT = sys.argv[1]
FIFO, AGREED = "4", "10"  # as the agent takes them
MEMBERS = "[#alice#d1 #bob#d1]"

# What the clients do before an event of the recording, and what comes of it: (number of the event,
# client, [(command, answer)]). A command may wait for what the daemon says in later events.
ACTS = [
    (8, "A", [("join g", "0")]),
    (10, "A", [("receive", '48 1100 g 0 0 [#alice#d1] "#alice#d1"')]),
    (14, "A", [("try", "-25"), (f"multicast {FIFO} 7 mmm g", "3")]),
    (16, "A", [("receive", '3 4 #alice#d1 7 0 [g] "mmm"')]),
    (16, "B", [("join g", "0")]),
    (19, "A", [("receive", '0 20000000 g 0 0 [] ""'), (f"multicast {FIFO} 7 mmm g", "3")]),
    (22, "A", [(f"multicast {AGREED} 7 mmmm g", "4")]),
    (25, "A", [("flush g", "0"), (f"multicast {AGREED} 7 mmmm g", "-27"), ("flush g", "-27")]),
    (28, "B", [("receive", f'48 1100 g 1 0 {MEMBERS} "#bob#d1"')]),
    (31, "A", [("receive", '3 4 #alice#d1 7 0 [g] "mmm"'), ("receive", '4 10 #alice#d1 7 0 [g] "mmmm"'),
               ("receive", f'48 1100 g 0 0 {MEMBERS} "#bob#d1"')]),
    (37, "A", [(f"multicast {FIFO} 7 mmmmm g", "5")]),
    (40, "A", [(f"unicast {FIFO} 9 uuuu g #bob#d1", "4")]),
    (42, "A", [("receive", '5 4 #alice#d1 7 0 [g] "mmmmm"'), (f"multicast {FIFO} 7 mmmmmm g", "6")]),
    (45, "A", [(f"unicast {FIFO} 9 uuuu g #bob#d1", "4")]),
    (47, "A", [(f"some {AGREED} 9 ssss g #alice#d1 #bob#d1", "4")]),
    (50, "B", [("receive", '5 4 #alice#d1 7 0 [g] "mmmmm"'),
               ("receive", '4 40000004 #alice#d1 9 0 [#bob#d1 g] "uuuu"'),
               ("receive", '6 4 #alice#d1 7 0 [g] "mmmmmm"'),
               ("receive", '4 40000004 #alice#d1 9 0 [#bob#d1 g] "uuuu"'),
               ("receive", '4 40000010 #alice#d1 9 0 [#alice#d1 #bob#d1 g] "ssss"'),
               ("leave g", "0"), ("leave g", "-14")]),
    (52, "B", [("receive", '0 200 g -1 0 [] ""')]),
    (53, "A", [("receive", '6 4 #alice#d1 7 0 [g] "mmmmmm"'),
               ("receive", '4 40000010 #alice#d1 9 0 [#alice#d1 #bob#d1 g] "ssss"'),
               ("receive", '0 20000000 g 0 1 [] ""'), ("receive", '0 2000 g 0 0 [] ""'),
               ("flush g", "0"), ("receive", '48 1200 g 0 0 [#alice#d1] "#bob#d1"')]),
    (57, "B", [("join g", "0")]),
    (60, "A", [("receive", '0 20000000 g 0 0 [] ""'), ("flush g", "0")]),
    (63, "B", [("disconnect", "0")]),
    (66, "A", [("receive", '48 1800 g 0 0 [#alice#d1] "#alice#d1"')]),
    (70, "A", [("leave g", "0")]),
    (72, "A", [("receive", '0 200 g -1 0 [] ""'), ("disconnect", "0")]),
]


class Client:
    """One of the recorded ones: its process, and the daemon's end of its connection."""

    def __init__(self, listener, name):
        self.process = subprocess.Popen([AGENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        port = listener.getsockname()[1]
        self.wanted = []
        self.tell(f"connect {port}@127.0.0.1 {name}", f"1 #{name}#d1")
        self.socket, _ = listener.accept()
        self.socket.settimeout(loopback.LIMIT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def tell(self, command, answer):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        self.wanted.append((command, answer))

    def read(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                raise AssertionError(f"it closed after {data.hex()}")
            data += more
        return data

    def end(self):
        self.socket.close()
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class Recorded(unittest.TestCase):
    def setUp(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(loopback.LIMIT)
        self.addCleanup(self.listener.close)
        self.clients = {}

    def client(self, label):
        if label not in self.clients:
            self.clients[label] = Client(self.listener, capture.NAMES[label])
            self.addCleanup(self.clients[label].end)
        return self.clients[label]

    def play(self, event):
        client = self.client(event.conn)
        if event.kind == "CLOSE":
            self.assertEqual(client.socket.recv(1) if "client" in event.note else b"", b"")
        elif event.from_client:
            self.assertEqual(event.masked(client.read(len(event.bytes))).hex(),
                             event.masked(event.bytes).hex(), event.note)
            if event.note.startswith("KILL"):
                client.socket.shutdown(socket.SHUT_WR)  # as a daemon that has heard it
        else:
            client.socket.sendall(event.bytes)

    def test_the_same_is_said_byte_for_byte(self):
        acts = list(ACTS)
        for number, event in enumerate(capture.load()["flush_layer"].events):
            while acts and acts[0][0] <= number:
                _, label, commands = acts.pop(0)
                for command in commands:
                    self.client(label).tell(*command)
            self.play(event)
        self.assertEqual(acts, [])
        for client in self.clients.values():
            for command, answer in client.wanted:
                self.assertEqual(client.process.stdout.readline(), f"= {answer}\n", command)


if __name__ == "__main__":
    loopback.main(["-v"])
