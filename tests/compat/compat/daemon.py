# SPDX-License-Identifier: MIT
"""A daemon, asked by clients made of bytes. Names are drawn, so that it may have other clients meanwhile."""
import os
import time

from . import checks, frames
from .checks import same, same_bytes
from .frames import (AGREED, BY_DISCONNECT, BY_JOIN, BY_LEAVE, CAUSAL, FIFO, JOIN, KILL, LEAVE, REGULAR,
                     RELIABLE, SAFE, SELF_DISCARD, SERVICES)

check = checks.List()
PAYLOAD_SAFE = 143151  # groups and body that a daemon of 5.0.1 carries without harm


class Site:
    """Where the checks are made: a daemon, perhaps another one of its ring."""

    def __init__(self, address, also=None, limit=10):
        self.address, self.also, self.limit = address, also, limit
        self.drawn, self.open = 0, []
        self.seed = os.urandom(3).hex()

    def name(self):
        """A private name that nobody has."""
        self.drawn += 1
        return f"{self.seed}{self.drawn:02d}"

    def group(self):
        self.drawn += 1
        return f"spcompat-{self.seed}-{self.drawn}"

    def dial(self, address=None):
        stream = frames.dial(address or self.address, self.limit)
        self.open.append(stream)
        return stream

    def client(self, **how):
        return Client(self, **how)

    def members(self, group, count):
        """Clients that have joined one after the other, and read all there is to read."""
        clients = sorted((self.client() for _ in range(count)), key=lambda c: c.group)
        for i, c in enumerate(clients):
            c.join(group)
            for other in clients[:i + 1]:
                other.frame()
        return clients

    def close(self):
        for stream in self.open:
            stream.close()
        self.open = []


class Client:
    """One that is in. group: its private group."""

    def __init__(self, site, name=None, membership=True, address=None):
        self.site, self.name = site, site.name() if name is None else name
        self.stream = site.dial(address)
        self.stream.send(frames.hello(self.name, membership))
        first = self.stream.read(1)[0]
        if first >= 128:
            raise checks.Differs(f"the connect is refused with {first - 256}")
        self.methods = self.stream.read(first)
        self.stream.send(frames.choice("NULL"))
        self.accept = self.stream.read(1)
        if self.accept != b"\1":
            raise checks.Differs(f"the choice of NULL is refused with {self.accept[0] - 256}")
        self.accept += self.stream.read(4)
        self.group = self.stream.read(self.accept[4]).decode("latin-1")

    def send(self, kind, groups=(), body=b"", **more):
        self.stream.send(frames.frame(kind, self.group, groups, body, **more))

    def join(self, group):
        self.send(JOIN, [group])

    def frame(self):
        return self.stream.frame()

    def nothing_comes(self):
        """Before a message to oneself, which is ordered behind all that was asked for."""
        self.send(AGREED, [self.group], b"end")
        seen = self.frame()
        if (seen.kind, seen.sender, seen.body) != (AGREED, self.group, b"end"):
            raise checks.Differs(f"there came {seen}")


def refused_with(site, code, hello, then=b""):
    """The byte, and the end of the connection behind it."""
    stream = site.dial()
    stream.send(hello)
    if then:
        stream.read(stream.read(1)[0])
        stream.send(then)
    same(stream.rest(), bytes([code & 0xff]), "the answer")
    return f"{code}, and the connection is ended"


# -- connecting ------------------------------------------------------------------------------------


@check("a client of 5.0.1 is let in")
def let_in(site):
    c = site.client()
    checks.require(b"NULL" in c.methods.split(), f"the methods are {c.methods!r}, and NULL is none of them")
    prefix = f"#{c.name}#"
    checks.require(c.group.startswith(prefix) and "#" not in c.group[len(prefix):] and len(c.group) <= 31,
                   f"its private group is {c.group}")
    return f"daemon {c.group.rsplit('#')[-1]} of version {'.'.join(map(str, c.accept[1:4]))}"


@check("every method of the list has a blank behind it, which a client in Rust counts on")
def blank(site):
    methods = site.client().methods
    checks.require(methods.endswith(b" "), f"the list is {methods!r}")
    return repr(methods.decode())


@check("the daemon names its version as 5.0.1 or later")
def version(site):
    seen = tuple(site.client().accept[1:4])
    checks.require(seen >= (5, 0, 1), f"it is {seen}")
    return ".".join(map(str, seen))


@check("clients of 3.14 connect without a patch byte, and without authentication")
def version_3_14(site):
    name, stream = site.name().encode(), site.dial()
    stream.send(bytes([3, 14, 1, len(name)]) + name)
    head = stream.read(4)
    same(head[0], 1, "the first byte")
    group = stream.read(head[3])
    checks.require(group.startswith(b"#" + name + b"#"), f"its private group is {group!r}")
    return "let in as " + group.decode()


@check("clients of 3.15.2 connect with one, without authentication; of 3.16 and 4.4 with both")
def versions(site):
    name, stream = site.name(), site.dial()
    stream.send(frames.hello(name, version=(3, 15, 2)))
    head = stream.read(5)
    same(head[0], 1, "the first byte for 3.15.2")
    checks.require(stream.read(head[4]).startswith(b"#" + name.encode()), "the private group is another one")
    for v in ((3, 16, 0), (4, 4, 0), (6, 0, 0)):
        stream = site.dial()
        stream.send(frames.hello(site.name(), version=v))
        stream.read(stream.read(1)[0])
        stream.send(frames.choice("NULL"))
        same(stream.read(1), b"\1", f"the answer to {v}")
    return "all let in, and 6.0.0"


@check("clients older than 3.1 are refused")
def too_old(site):
    return refused_with(site, -7, frames.hello(site.name(), version=(3, 0, 0)))


@check("a name with a byte that names do not have is refused")
def bad_name(site):
    for name in ("a b", "a#b", "a\x7f", "\x1f"):
        refused_with(site, -5, frames.hello(name))
    return "-5 for each of four"


@check("a name of more than 10 bytes is refused")
def long_name(site):
    return refused_with(site, -5, frames.hello("x" * 11))


@check("a name that another client of the daemon has is refused")
def name_in_use(site):
    return refused_with(site, -6, frames.hello(site.client().name))


@check("without a name the daemon chooses one")
def no_name(site):
    c = site.client(name="")
    checks.require(c.group.startswith("#") and len(c.group.split("#")[1]) in range(1, 11), c.group)
    return c.group


@check("a method that the daemon does not know, in another case, or none, is refused")
def bad_method(site):
    for choice in (frames.choice("NONSENSE"), frames.choice("null"), bytes(90), frames.choice("NULL", "NONSENSE")):
        refused_with(site, -9, frames.hello(site.name()), choice)
    return "-9 for each of four"


@check("priority changes nothing")
def priority(site):
    stream, name = site.dial(), site.name()
    stream.send(frames.hello(name, priority=1))
    stream.read(stream.read(1)[0])
    stream.send(frames.choice("NULL"))
    same(stream.read(1), b"\1", "the answer")


# -- membership ------------------------------------------------------------------------------------


def expected_notice(kind, group, members, group_id, changed):
    return frames.frame(kind, group, members, frames.notice(group_id, [[changed]]))


@check("who joins is told so, and so are the members, in the same bytes")
def joins(site):
    group = site.group()
    a, b = sorted((site.client(), site.client()), key=lambda c: c.group)
    b.join(group)
    first = b.frame()
    same_bytes(first.bytes, expected_notice(REGULAR | BY_JOIN, group, [b.group], first.group_id, b.group),
               "the first notice")
    same(first.group_id[2], 1, "the index of a new group")
    a.join(group)
    seen, other = a.frame(), b.frame()
    same_bytes(seen.bytes, expected_notice(REGULAR | BY_JOIN, group, [a.group, b.group],
                                           (*first.group_id[:2], 2), a.group), "the second notice")
    same_bytes(other.bytes, seen.bytes, "what the other member is told")
    return "members in the order of their names"


@check("who leaves is told so with a message of its own, the others with the next view")
def leaves(site):
    group = site.group()
    a, b = site.members(group, 2)
    a.send(LEAVE, [group])
    same_bytes(a.frame().bytes, frames.frame(BY_LEAVE, group), "what the one is told who left")
    seen = b.frame()
    same_bytes(seen.bytes, expected_notice(REGULAR | BY_LEAVE, group, [b.group], seen.group_id, a.group),
               "what the other is told")
    same(seen.group_id[2], 3, "the index")
    a.nothing_comes()


@check("a goodbye and a lost connection are the same to the others")
def disconnects(site):
    group = site.group()
    a, b, c = site.members(group, 3)
    a.send(KILL, [a.group])
    same(a.stream.rest(), b"", "what comes behind a goodbye")
    for gone, left in (a, [b, c]), (b, [c]):
        if gone is b:
            b.stream.close()
        seen = c.frame()
        same_bytes(seen.bytes, expected_notice(REGULAR | BY_DISCONNECT, group, [m.group for m in left],
                                               seen.group_id, gone.group), "the notice")


@check("joining twice, and leaving what one is not in, is ignored")
def ignored(site):
    group = site.group()
    a, b = site.members(group, 2)
    a.join(group)
    a.send(LEAVE, [site.group()])
    a.nothing_comes()
    b.nothing_comes()


@check("who did not ask for notices gets none, and all messages")
def no_notices(site):
    group = site.group()
    a = site.client(membership=False)
    a.join(group)
    a.nothing_comes()
    b = site.client()
    b.join(group)
    same(b.frame().groups, sorted([a.group, b.group]), "the members")
    b.send(AGREED, [group], b"x")
    same(a.frame().body, b"x", "the first that comes")
    a.send(LEAVE, [group])
    a.nothing_comes()


# -- messages --------------------------------------------------------------------------------------


@check("messages of each service arrive with the bytes they were sent with")
def services(site):
    group = site.group()
    a, b = site.members(group, 2)
    for kind in SERVICES:
        sent = frames.frame(kind, a.group, [group], b"hello", 0x1234)
        a.stream.send(sent)
        same_bytes(b.frame().bytes, sent, f"service {kind:#x}")
        same_bytes(a.frame().bytes, sent, f"service {kind:#x}, to its sender")
    return f"{len(SERVICES)} services, to the other member and to the sender"


@check("a machine of the other byte order is understood, and its hint left as it is")
def other_order(site):
    a, b = site.client(), site.client()
    a.stream.send(frames.frame(FIFO, a.group, [b.group], b"big", 0x1234, order=">"))
    seen = b.frame()
    own = b"\x00\x12\x34\x00"
    same(seen.bytes[40:44], own, "the hint")
    hint = int.from_bytes(own, "little" if seen.order == "<" else "big")
    same_bytes(seen.bytes, frames.frame(FIFO, a.group, [b.group], b"big", order=seen.order, hint=hint),
               "the message")
    for order in "<", ">":  # and the requests
        group, c = site.group(), site.client()
        c.send(JOIN, [group], order=order)
        same(c.frame().groups, [c.group], "the members")


@check("types of messages from -32768 to 32767, and bodies without a byte")
def types(site):
    a = site.client()
    for kind in (0, 1, -1, 32767, -32768):
        a.send(FIFO, [a.group], mess_type=kind)
        seen = a.frame()
        same((seen.mess_type, seen.body), (kind & 0xffff, b""), "type and body")


@check("who is no member may send to a group; a group that is empty takes what is sent")
def open_group(site):
    group = site.group()
    a = site.client()
    a.send(AGREED, [group], b"nobody is there")
    a.nothing_comes()
    b = site.members(group, 1)[0]
    a.send(AGREED, [group], b"one is there")
    same(b.frame().body, b"one is there", "the first that comes")
    a.nothing_comes()
    return "what was sent before somebody joined went to nobody"


@check("a message to several groups comes once, with all of them as they were named")
def several_groups(site):
    one, two = site.group(), site.group()
    a, b = site.members(one, 2)
    b.join(two)
    b.frame()
    groups = [two, one, one, site.group(), b.group, "#nobody#here"]
    a.send(AGREED, groups, b"once")
    for c in a, b:
        same((seen := c.frame()).groups, groups, "the groups")
        same(seen.body, b"once", "the body")
        c.nothing_comes()


@check("a message to a private group reaches that client alone")
def private(site):
    group = site.group()
    a, b, c = site.members(group, 3)
    a.send(RELIABLE, [c.group], b"for c")
    same(c.frame().body, b"for c", "what comes")
    b.nothing_comes()
    a.nothing_comes()


@check("with SELF_DISCARD the sender does not get its own message")
def self_discard(site):
    group = site.group()
    a, b = site.members(group, 2)
    sent = frames.frame(AGREED | SELF_DISCARD, a.group, [group, a.group], b"x")
    a.stream.send(sent)
    same_bytes(b.frame().bytes, sent, "what the other gets")
    a.nothing_comes()


@check("bits that the flush layer uses are passed on")
def flush_bits(site):
    a = site.client()
    for bit in (0x10000000, 0x20000000, 0x40000000):
        sent = frames.frame(FIFO | bit, a.group, [a.group], b"x")
        a.stream.send(sent)
        same_bytes(a.frame().bytes, sent, f"bit {bit:#x}")


@check("a message may come in pieces of any size")
def in_pieces(site):
    a = site.client()
    sent = frames.frame(AGREED, a.group, [a.group], b"in pieces")
    for at in range(0, len(sent), 7):
        a.stream.send(sent[at:at + 7])
        time.sleep(0.002)
    same_bytes(a.frame().bytes, sent, "the message")


@check("large messages, up to what a daemon of 5.0.1 carries")
def large(site):
    a, b = site.client(), site.client()
    for size in (1400, 1500, 20000, 100000, PAYLOAD_SAFE - frames.NAME):
        body = os.urandom(size)
        a.send(SAFE, [b.group], body)
        same_bytes(b.frame().body, body, f"a body of {size} bytes")
    return f"bodies of 1400 to {PAYLOAD_SAFE - frames.NAME} bytes"


@check("messages of one sender keep their order, whatever their services")
def fifo(site):
    group = site.group()
    a, b = site.members(group, 2)
    for i in range(300):
        a.send((FIFO, CAUSAL, AGREED, SAFE)[i % 4], [group], b"%d" % i)
    same([b.frame().body for _ in range(300)], [b"%d" % i for i in range(300)], "the order")
    return "300 of four services"


def total_order(site, addresses):
    group = site.group()
    members = [site.client(address=address) for address in addresses]
    for c in members:
        c.join(group)
    for c in members:
        while len(c.frame().groups) < len(members):
            pass
    for i in range(100):
        for c in members:
            c.send((AGREED, SAFE)[i % 2], [group], f"{i} of {c.group}".encode())
    orders = []
    for c in members:
        messages = []
        while len(messages) < 100 * len(members):
            seen = c.frame()
            if seen.kind & 0x3f:
                messages.append(seen.body)
        orders.append(messages)
    same([a == orders[0] for a in orders], [True] * len(orders), "that all see the same order")
    return f"{100 * len(members)} AGREED and SAFE messages of {len(members)} senders"


@check("all members see agreed and safe messages in one order")
def order(site):
    return total_order(site, [site.address, site.address])
