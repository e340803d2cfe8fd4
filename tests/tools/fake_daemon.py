# SPDX-License-Identifier: MIT
"""A daemon that says what a real one would say seldom, to one client that calls itself #me#fake."""
import os
import socket
import struct

import harness

MARK = 0x80000080  # "written in little-endian order"


def message(kind, sender, groups=(), body=b"", mess_type=0, old_type=None, other_order=False):
    """The bytes of one message. kind: the type word without its marks."""
    hint = ((mess_type & 0xffff) << 8)
    hint = struct.pack(">I", hint) if other_order else struct.pack("<I", hint | MARK)
    head = struct.pack("<I32sI", kind | MARK, sender.encode(), len(groups)) + hint
    head += struct.pack("<I", len(body))
    if old_type is not None:
        head += struct.pack("<I", old_type | MARK)
    return head + b"".join(g.encode().ljust(32, b"\0") for g in groups) + body


def view_body(view_id, sets=None, own=0):
    """The body of a notice: its id, and for a regular one the sets, of which one is the client's."""
    body = struct.pack("<III", *view_id)
    if sets is None:
        return body
    packed = [struct.pack("<I", len(s)) + b"".join(n.encode().ljust(32, b"\0") for n in s)
              for s in sets]
    return body + struct.pack("<II", len(sets), sum(map(len, packed[:own]))) + b"".join(packed)


class FakeDaemon:
    def __init__(self):
        self.address = f"{harness.free_port()}"
        self.path = f"{harness.SOCKETS}/{self.address}"
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen()
        self.peer = None

    def accept(self):
        self.peer = self.listener.accept()[0]
        request = self.read(5)
        self.read(request[4])
        self.peer.sendall(b"\5NULL ")
        self.read(90)
        self.peer.sendall(b"\1\5\0\1\x08#me#fake")

    def read(self, count):
        data = b""
        while len(data) < count:
            more = self.peer.recv(count - len(data))
            assert more, "the client went away"
            data += more
        return data

    def send(self, *arguments, **options):
        self.peer.sendall(message(*arguments, **options))

    def close(self):
        for s in (self.peer, self.listener):
            if s:
                s.close()
        os.unlink(self.path)
