# SPDX-License-Identifier: MIT
"""The bytes between client and daemon: docs/client-protocol.md."""
import socket
import struct

MARK = 0x80000080  # of a word that was written in little-endian order
UNRELIABLE, RELIABLE, FIFO, CAUSAL, AGREED, SAFE = SERVICES = 1, 2, 4, 8, 0x10, 0x20
SELF_DISCARD, REJECT = 0x40, 0x400000
BY_JOIN, BY_LEAVE, BY_DISCONNECT, BY_NETWORK, REGULAR, TRANSITION = 0x100, 0x200, 0x400, 0x800, 0x1000, 0x2000
JOIN, LEAVE, KILL = 0x10000, 0x20000, 0x40000
HEADER, NAME = 48, 32


class Closed(Exception):
    """The other side has ended the connection."""


def hello(name, membership=True, version=(5, 0, 1), priority=0):
    name = name if isinstance(name, bytes) else name.encode()
    return bytes(version) + bytes([priority << 4 | bool(membership), len(name)]) + name


def choice(*methods):
    return b"".join(m.encode().ljust(30, b"\0") for m in methods).ljust(90, b"\0")


def field(name):
    return (name if isinstance(name, bytes) else name.encode()).ljust(NAME, b"\0")


def text(name):
    return name.split(b"\0", 1)[0].decode("latin-1")


def frame(kind, sender, groups=(), body=b"", mess_type=0, order="<", count=None, length=None, hint=None,
          old_kind=None, hint_order=None):
    """A message. What is given besides stands in place of what would be right."""
    mark = {"<": MARK, ">": 0}
    groups = [field(g) for g in groups]
    hint_order = hint_order or order
    return b"".join([
        struct.pack(order + "I", kind | mark[order]), field(sender),
        struct.pack(order + "i", len(groups) if count is None else count),
        struct.pack(hint_order + "I", (mess_type & 0xffff) << 8 | mark[hint_order] if hint is None else hint),
        struct.pack(order + "i", len(body) if length is None else length),
        b"" if old_kind is None else struct.pack(order + "I", old_kind | mark[order]), *groups, body])


def notice(group_id, sets, own=0, order="<"):
    """The body of a regular membership message."""
    packed = [struct.pack(order + "I", len(s)) + b"".join(map(field, s)) for s in sets]
    return struct.pack(order + "3I2I", *group_id, len(sets), sum(map(len, packed[:own]))) + b"".join(packed)


class Frame:
    """A message as it came, in either order."""

    def __init__(self, data):
        self.bytes = data
        kind = struct.unpack_from("<I", data)[0]
        self.order = order = "<" if kind & MARK == MARK else ">"
        kind, self.sender_field, count, self.hint, length = struct.unpack_from(order + "I32siIi", data)
        self.kind, self.sender, self.count = kind & ~MARK, text(self.sender_field), count
        hint = struct.unpack_from("<I", data, 40)[0]
        if hint & MARK != MARK:
            hint = struct.unpack_from(">I", data, 40)[0]
        self.mess_type = hint >> 8 & 0xffff
        at = HEADER + (4 if kind & REJECT else 0)
        self.groups = [text(data[at + i * NAME:at + (i + 1) * NAME]) for i in range(count)]
        self.body = data[at + count * NAME:]

    def __repr__(self):
        return f"type {self.kind:#x} of {self.sender!r} to {self.groups}, {len(self.body)} bytes"

    @property
    def group_id(self):
        return struct.unpack_from(self.order + "3I", self.body)

    @property
    def sets(self):
        """Of a notice: its sets, and which is the receiver's."""
        count, own = struct.unpack_from(self.order + "2I", self.body, 12)
        at, sets, starts = 20, [], []
        for _ in range(count):
            starts.append(at - 20)
            size = struct.unpack_from(self.order + "I", self.body, at)[0]
            sets.append([text(self.body[at + 4 + i * NAME:][:NAME]) for i in range(size)])
            at += 4 + size * NAME
        return sets, starts.index(own) if own in starts else None


def frame_length(header):
    kind = struct.unpack_from("<I", header)[0]
    order = "<" if kind & MARK == MARK else ">"
    kind, count, length = (struct.unpack_from(order + "I", header, at)[0] for at in (0, 36, 44))
    return HEADER + (4 if kind & REJECT else 0) + count * NAME + length


class Stream:
    """A connection, with what was read of it and not used yet."""

    def __init__(self, connection, limit):
        self.socket, self.pending = connection, b""
        self.socket.settimeout(limit)

    def send(self, data):
        self.socket.sendall(data)

    def _more(self):
        try:
            data = self.socket.recv(1 << 18)
        except (ConnectionResetError, BrokenPipeError):
            data = b""
        if not data:
            raise Closed(f"the connection was ended, behind {len(self.pending)} bytes")
        self.pending += data

    def read(self, count):
        while len(self.pending) < count:
            self._more()
        data, self.pending = self.pending[:count], self.pending[count:]
        return data

    def read_some(self):
        """What one write of the other side has brought."""
        if not self.pending:
            self._more()
        data, self.pending = self.pending, b""
        return data

    def rest(self):
        """Everything up to the end of the connection."""
        try:
            while True:
                self._more()
        except Closed:
            return self.pending

    def frame(self):
        while len(self.pending) < HEADER or len(self.pending) < frame_length(self.pending):
            self._more()
        return Frame(self.read(frame_length(self.pending)))

    def close(self):
        self.socket.close()


def dial(address, limit):
    """PORT, or PORT@HOST, as of SP_connect. /DIR/PORT: a Unix socket elsewhere than in /tmp."""
    port, _, host = address.partition("@")
    if host:
        return Stream(socket.create_connection((host, int(port)), limit), limit)
    unix = socket.socket(socket.AF_UNIX)
    unix.settimeout(limit)
    unix.connect(port if port.startswith("/") else f"/tmp/{int(port)}")
    return Stream(unix, limit)
