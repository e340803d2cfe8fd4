# SPDX-License-Identifier: MIT
"""The client's side of the protocol in bytes, right ones and wrong ones, for tests in Python."""
import select
import socket
import struct
import time

MARK = 0x80000080
UNRELIABLE, RELIABLE, FIFO, CAUSAL, AGREED, SAFE = 1, 2, 4, 8, 0x10, 0x20
SERVICES, SELF_DISCARD, REJECT = 0x3f, 0x40, 0x400000
BY_JOIN, BY_LEAVE, BY_DISCONNECT, BY_NETWORK, REGULAR, TRANSITION = (
    0x100, 0x200, 0x400, 0x800, 0x1000, 0x2000)
JOIN, LEAVE, KILL = 0x10000, 0x20000, 0x40000
HEADER, FIELD = 48, 32
PAYLOAD_MAX = 144000
LIMIT = 120  # seconds that an answer may take
HELLO_LIMIT = 2.0  # seconds that a daemon gives to a handshake


def hello(name, membership=True, version=(5, 0, 1)):
    name = name if isinstance(name, bytes) else name.encode()
    return bytes(version) + bytes([1 if membership else 0, len(name)]) + name


def choice(*methods):
    return b"".join(m.encode().ljust(30, b"\0") for m in methods).ljust(90, b"\0")


def field(name):
    return (name if isinstance(name, bytes) else name.encode()).ljust(FIELD, b"\0")


def frame(kind, sender, groups=(), body=b"", mess_type=0, order="<", num_groups=None,
          data_len=None, hint=None, mark=None):
    """One message. What is given besides stands in place of what would be right."""
    own_mark = MARK if order == "<" else 0
    groups = [field(g) for g in groups]
    return b"".join([
        struct.pack(order + "I", kind | (own_mark if mark is None else mark)),
        field(sender),
        struct.pack(order + "i", len(groups) if num_groups is None else num_groups),
        struct.pack(order + "I", (mess_type & 0xffff) << 8 | own_mark if hint is None else hint),
        struct.pack(order + "i", len(body) if data_len is None else data_len),
        *groups, body])


class Frame:
    """A message of a daemon: kind without its marks, names as text."""

    def __init__(self, data):
        kind, sender, count, hint, length = struct.unpack("<I32sIII", data[:HEADER])
        self.bytes, self.kind, self.sender = data, kind & ~MARK, text(sender)
        self.mess_type = hint >> 8 & 0xffff
        at = HEADER + (4 if kind & REJECT else 0)
        self.old_kind = struct.unpack_from("<I", data, HEADER)[0] if kind & REJECT else None
        self.groups = [text(data[at + i * FIELD:at + (i + 1) * FIELD]) for i in range(count)]
        self.body = data[at + count * FIELD:]
        assert len(self.body) == length

    def __repr__(self):
        return f"{self.kind:#x} {self.sender} {self.groups} {len(self.body)} bytes"


def text(name):
    return name.split(b"\0", 1)[0].decode("latin-1")


def frame_length(header):
    kind, count, length = (struct.unpack_from("<I", header, at)[0] for at in (0, 36, 44))
    return HEADER + (4 if kind & REJECT else 0) + count * FIELD + length


class Closed(Exception):
    """The daemon has ended the connection."""


class Client:
    """One connection at the level of the socket. daemon: of loopback.py; tls: an ssl.SSLContext."""

    def __init__(self, daemon, tcp=False, tls=None, session=None):
        self.daemon = daemon
        self.socket = socket.socket(socket.AF_INET if tcp else socket.AF_UNIX)
        self.socket.settimeout(LIMIT)
        self.socket.connect(("127.0.0.1", daemon.port) if tcp else daemon.path)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="127.0.0.1", session=session)
        self.pending = b""
        self.group = None

    @classmethod
    def opened(cls, daemon, name, **how):
        """With the handshake done; again where this process was so late itself that its time for that was
        over."""
        while True:
            begun = time.monotonic()
            try:
                return cls._opened(daemon, name, **how)
            except (Closed, OSError):
                if time.monotonic() - begun < HELLO_LIMIT:
                    raise

    @classmethod
    def _opened(cls, daemon, name, membership=True, tcp=False, **tls):
        """Waits for the name if its last owner is only just leaving."""
        end = time.monotonic() + LIMIT
        while True:
            c = cls(daemon, tcp, **tls)
            c.send(hello(name, membership))
            answer = c.read(1)
            if answer != b"\xfa":
                break
            c.close()
            assert time.monotonic() < end, f"the name {name} stays taken"
        c.read(answer[0])  # the methods
        c.send(choice("NULL"))
        c.read(4)
        c.group = c.read(c.read(1)[0]).decode()
        return c

    def send(self, data):
        self.socket.sendall(data)

    def try_send(self, data):
        """True if the daemon was there to take it, or its kernel."""
        try:
            self.send(data)
            return True
        except OSError:
            return False

    def request(self, kind, *groups, **more):
        self.send(frame(kind, self.group, groups, **more))

    def join(self, group):
        """Joins and takes the notice that says so; for one that nobody else sends to meanwhile."""
        self.request(JOIN, group)
        notice = self.frame()
        assert notice.kind == REGULAR | BY_JOIN and notice.sender == group, notice
        return notice

    def _more(self):
        try:
            data = self.socket.recv(1 << 18)
        except ConnectionResetError:
            data = b""
        if not data:
            raise Closed(f"with {len(self.pending)} bytes of something unfinished")
        self.pending += data

    def read(self, count):
        while len(self.pending) < count:
            self._more()
        data, self.pending = self.pending[:count], self.pending[count:]
        return data

    def frame(self):
        while len(self.pending) < HEADER or len(self.pending) < frame_length(self.pending):
            self._more()
        return Frame(self.read(frame_length(self.pending)))

    def is_readable(self, wait=0):
        poll = select.poll()  # for descriptors of any number
        poll.register(self.socket, select.POLLIN)
        return bool(self.pending) or bool(poll.poll(wait * 1000))

    def rest(self):
        """Everything up to the end of the connection, which must come."""
        try:
            while True:
                self._more()
        except Closed:
            return self.pending

    def close(self):
        self.socket.close()


def meet(*clients):
    """Waits until the daemons of these clients are in one membership, and nothing is left of it."""
    for client in clients:
        client.request(JOIN, "meeting")
    for client in clients:
        while len(client.frame().groups) < len(clients):
            pass
    for count, client in enumerate(clients):
        client.request(LEAVE, "meeting")
        assert client.frame().kind == BY_LEAVE
        for other in clients[count + 1:]:
            assert other.frame().kind == REGULAR | BY_LEAVE
