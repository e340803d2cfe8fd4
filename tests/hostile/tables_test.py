# SPDX-License-Identifier: MIT
"""Row by row what client-protocol.md, sections 3.10, 9, 10 and 11, says of bad input.

usage: tables_test.py SPREADD [CLASS ...]: Connecting, Ending, Harmless, Passing, Others

Each row has a daemon of its own, over either transport. Whatever it sends, two bystanders go on
talking, and where a session is ended or refused, a line of the log says whose and why.
"""
import os
import socket
import sys
import time
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
import loopback
import wire
from bystanders import Bystanders
from wire import AGREED, FIFO, JOIN, KILL, LEAVE, SAFE, SELF_DISCARD, choice, frame, hello

SPREADD = sys.argv[1]
ME, GROUP = "#evil#d1", "prey"


class Row:
    def __init__(self, name, send, answer=b"", log=None, ends=True):
        self.name, self.send, self.answer, self.log, self.ends = name, send, answer, log, ends


# -- section 3.10: connecting ------------------------------------------------------------------

def refused(name, request, code, log):
    return Row(name, [request], bytes([code]), log)


def chosen(name, methods, code=0xf7):
    """A choice that is refused, after the list."""
    return Row(name, [hello("evil"), methods], b"\5NULL " + bytes([code]), "not allowed")


ACCEPTED = b"\5NULL \1\5\0\1\x08#evil#d1"

CONNECTING = [
    Row("silence", [], log="no connect request in time"),
    Row("one byte", [b"\5"], log="no connect request in time"),
    Row("a version without flags", [b"\5\0\1"], log="no connect request in time"),
    Row("a request without its name", [b"\5\0\1\1\5"], log="no connect request in time"),
    Row("fewer name bytes than announced", [b"\5\0\1\1\5alic"], log="no connect request in time"),
    refused("version 3.0", hello("evil", version=(3, 0, 9)), 0xf9, "older than version 3.1"),
    refused("version 0", hello("evil", version=(0, 0, 0)), 0xf9, "older than version 3.1"),
    refused("major version 0x80", hello("evil", version=(0x80, 0, 0)), 0xf9, "older"),
    refused("major version 0xff", hello("evil", version=(0xff, 0xff, 0xff)), 0xf9, "older"),
    refused("a name of 11 bytes", hello("elevenbytes"), 0xfb, "illegal private name"),
    refused("a name of 255 bytes", b"\5\0\1\1\xff" + b"x" * 255, 0xfb, "illegal private name"),
    refused("a name of 128 bytes, none of which come", b"\5\0\1\1\x80", 0xfb, "illegal private"),
    refused("a name with a NUL", hello(b"ev\0il"), 0xfb, "illegal private name"),
    refused("a name with a blank", hello("ev il"), 0xfb, "illegal private name"),
    refused("a name with #", hello("#evil"), 0xfb, "illegal private name"),
    refused("a name above ~", hello(b"evil\x7f"), 0xfb, "illegal private name"),
    refused("a name that is taken", hello("left"), 0xfa, "private name in use"),
    refused("a name that is taken, then garbage", hello("left") + b"\xff" * 4096, 0xfa, "in use"),
    chosen("an unknown method", choice("MAGIC")),
    chosen("a method in small letters", choice("null")),
    chosen("a method that is not allowed", choice("IP")),
    chosen("an unknown method in the second slot", choice("NULL", "MAGIC")),
    chosen("an unknown method in the third slot", choice("NULL", "NULL", "MAGIC")),
    chosen("an empty choice", choice()),
    chosen("an empty first slot", choice("", "NULL")),
    chosen("a slot without an end", b"N" * 90),
    Row("more name bytes than announced", [hello("evil") + b"x", choice("NULL")],
        b"\5NULL \xf7", "not allowed"),
    Row("version 6.0.0", [hello("evil", version=(6, 0, 0)), choice("NULL")], ACCEPTED, ends=False),
    Row("version 127.0.0", [hello("evil", version=(127, 0, 0)), choice("NULL")], ACCEPTED,
        ends=False),
    Row("version 2.127.0", [hello("evil", version=(2, 127, 0)), choice("NULL")], ACCEPTED,
        ends=False),
    Row("the same method twice", [hello("evil"), choice("NULL", "NULL")], ACCEPTED, ends=False),
    Row("three methods", [hello("evil"), choice("NULL", "NULL", "NULL")], ACCEPTED, ends=False),
    Row("text behind the end of a slot", [hello("evil"), b"NULL\0MAGIC".ljust(90, b"\0")],
        ACCEPTED, ends=False),
    Row("priority and unused flags", [b"\5\0\1\xff\4evil", choice("NULL")], ACCEPTED, ends=False),
]


# -- sections 9, 10 and 11: messages -----------------------------------------------------------

def ended(name, *data, log="malformed"):
    return Row(name, list(data), log=log)


def bad(name, kind=AGREED, sender=ME, groups=(GROUP,), log="malformed", **more):
    return ended(name, frame(kind, sender, groups, **more), log=log)


SERVICE = "not exactly one service"
SENDER = "not the session's own private group"
COUNT = "number of groups"
HINT = "unused bits of the hint"

ENDING = [
    bad("no service", 0, log=SERVICE),
    bad("SELF_DISCARD alone", SELF_DISCARD, log=SERVICE),
    bad("a regular notice", wire.REGULAR, log=SERVICE),
    bad("a transition", wire.TRANSITION, log=SERVICE),
    bad("two services", FIFO | AGREED, log=SERVICE),
    bad("all services", wire.SERVICES, log=SERVICE),
    bad("a service and JOIN", FIFO | JOIN, log=SERVICE),
    bad("a service and KILL", SAFE | KILL, log=SERVICE),
    bad("JOIN and LEAVE", JOIN | LEAVE, log=SERVICE),
    bad("the daemon's own bit", FIFO | 0x80000, log=SERVICE),
    bad("the daemon's own bit alone", 0x80000, log=SERVICE),
    bad("a reject", FIFO | wire.REJECT, log=SERVICE),
    bad("a reject alone", wire.REJECT, log=SERVICE),
    *(bad(f"a service and notice bit {bit:#x}", AGREED | bit, log=SERVICE)
      for bit in (0x100, 0x200, 0x400, 0x800, 0x1000, 0x2000, 0x3f00)),
    *(bad(f"JOIN and notice bit {bit:#x}", JOIN | bit, log=SERVICE) for bit in (0x100, 0x1000)),
    bad("a half-marked type", AGREED, mark=0x80, log="malformed"),
    bad("nobody's name", sender="", log=SENDER),
    bad("another's name", sender="#left#d1", log=SENDER),
    bad("a name at another daemon", sender="#evil#d2", log=SENDER),
    bad("a name without a daemon", sender="#evil", log=SENDER),
    bad("a group as sender", sender=GROUP, log=SENDER),
    bad("a longer name", sender="#evil#d1x", log=SENDER),
    bad("a sender without an end", sender=b"#evil#d1" + b"x" * 24, log=SENDER),
    bad("-1 groups", num_groups=-1, log=COUNT),
    bad("the fewest groups", num_groups=-2**31, log=COUNT),
    bad("101 groups", groups=[GROUP] * 101, log=COUNT),
    bad("the most groups", num_groups=2**31 - 1, log=COUNT),
    bad("a body of -1 bytes", data_len=-1, log="negative body length"),
    bad("the shortest body", data_len=-2**31, log="negative body length"),
    bad("one byte too much", data_len=wire.PAYLOAD_MAX - 32 + 1, log="longer than 144000"),
    bad("the longest body", data_len=2**31 - 1, log="longer than 144000"),
    bad("100 groups and a byte too much", groups=[GROUP] * 100,
        data_len=wire.PAYLOAD_MAX - 3200 + 1, log="longer than 144000"),
    *(bad(f"bit {bit} of the hint", hint=wire.MARK | 1 << bit, log=HINT)
      for bit in (0, 6, 24, 30)),
    bad("bit 30 of a big-endian hint", hint=0x40, log=HINT),
    bad("a malformed join", JOIN, num_groups=101, log=COUNT),
    ended("a good message and a bad one", frame(AGREED, ME, ["nobody"]) + frame(0, ME, [GROUP]),
          log=SERVICE),
    ended("the handshake again", hello("evil") + choice("NULL")),
    ended("HTTP", b"GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: nobody/0.0\r\n\r\n"),
    ended("TLS", bytes.fromhex("16030100c8010000c40303") + b"\x5a" * 200),
]

HARMLESS = [
    ("a hint mark unlike the type's", frame(AGREED, ME, [GROUP], b"x", hint=0x700)),
    ("an unknown group", frame(AGREED, ME, ["nobody"], b"x")),
    ("no group at all", frame(SAFE, ME, [], b"x")),
    ("a private name of nobody", frame(AGREED, ME, ["#nobody#d1"], b"x")),
    ("malformed private names", frame(AGREED, ME, ["#", "##", "#a", "##d1", "#left#", "#left#d9",
                                                    "#left#d1#", "#left d1"], b"x")),
    ("an empty name", frame(AGREED, ME, [""], b"x")),
    ("a name without an end", frame(AGREED, ME, [b"x" * 32], b"x")),
    ("a join again", frame(JOIN, ME, [GROUP])),
    ("a leave of a group one is not in", frame(LEAVE, ME, ["nobody"])),
    ("a leave of another's group", frame(LEAVE, ME, [Bystanders.GROUP])),
]

REFUSED = [  # name of the row, the groups that are named, if any
    ("no group", []),
    ("an empty name", [b""]),
    ("a private name", [b"#left#d1"]),
    ("its own private name", [ME.encode()]),
    ("a name with #", [b"a#b"]),
    ("a name with control bytes", [b"a\1\2"]),
    ("a name with DEL", [b"a\x7f"]),
]

JOINED = [b"a b", b" ", b"!", b"a\xff", "gr\xfcn".encode(), b"%s%n"]

PASSED = [
    *((f"bit {bit} of the type", frame(FIFO | 1 << bit, ME, [GROUP], b"x"))
      for bit in (14, 15, 20, 21, 23, 24, 25, 26, 27, 28, 29, 30)),
    ("100 groups", frame(AGREED, ME, [f"g{i}" for i in range(99)] + [GROUP], b"x")),
    ("the same group 100 times", frame(AGREED, ME, [GROUP] * 100, b"x")),
    ("44 groups", frame(AGREED, ME, [GROUP] + [f"g{i}" for i in range(43)], b"x")),
    ("a name of 31 bytes", frame(AGREED, ME, ["y" * 31, GROUP], b"x")),
    *((f"{size} bytes of groups and body",
       frame(AGREED, ME, [GROUP], b"\xa5" * (size - 32)))
      for size in (143151, 143152, 143153, 143952, 143953, 144000)),
    ("100 groups and all the body there may be",
     frame(SAFE, ME, [GROUP] * 100, b"\x5a" * (wire.PAYLOAD_MAX - 3200))),
]


class Table(unittest.TestCase):
    def setUp(self):
        self.ring = loopback.Ring(SPREADD).start(lean=True)
        self.addCleanup(self.ring.stop)
        self.daemon = self.ring[0]
        self.addCleanup(self.daemon.expect_memory, self.daemon.memory())
        self.bystanders = Bystanders(self.daemon)
        self.addCleanup(self.bystanders.close)

    def open_evil(self, tcp):
        """A client in a group with a witness of what becomes of it."""
        self.witness = wire.Client.opened(self.daemon, "witness")
        self.witness.join(GROUP)
        self.evil = wire.Client.opened(self.daemon, "evil", tcp=tcp)
        self.assertEqual(self.evil.group, ME)
        self.evil.join(GROUP)
        self.assertEqual(self.witness.frame().groups, [ME, self.witness.group])
        self.addCleanup(self.evil.close)
        self.addCleanup(self.witness.close)

    def expect_log(self, text, who):
        loopback.until(lambda: any(text in line and who in line
                                   for line in self.daemon.log().splitlines()),
                       f"a line about {who} with {text}:\n{self.daemon.log()}")

    def expect_departure(self):
        notice = self.witness.frame()
        self.assertEqual(notice.kind, wire.REGULAR | wire.BY_DISCONNECT)
        self.assertEqual(wire.text(notice.body[24:]), ME)

    def expect_well(self, client):
        """It is still served: what it sends to itself comes next."""
        data = frame(AGREED, client.group, [client.group], b"still here")
        client.send(data)
        self.assertEqual(client.frame().bytes, data)

    # -- one row each -------------------------------------------------------------------------

    def connect(self, row, tcp):
        c = wire.Client(self.daemon, tcp)
        for data in row.send:
            c.try_send(data)
        if row.ends:
            self.assertEqual(c.rest(), row.answer)
            self.expect_log(row.log, "127.0.0.1" if tcp else "the Unix socket")
        else:
            self.assertEqual(c.read(len(row.answer)), row.answer)
            c.group = ME
            self.expect_well(c)
        c.close()
        self.bystanders.exchange()

    def end(self, row, tcp):
        self.open_evil(tcp)
        for data in row.send:
            self.evil.try_send(data)
        self.assertEqual(self.evil.rest(), b"")
        self.expect_departure()
        self.expect_log(row.log, ME)
        self.expect_well(self.witness)
        self.bystanders.exchange()

    def no_harm(self, row, tcp):
        self.open_evil(tcp)
        name, data = row
        self.evil.send(data)
        if name == "a hint mark unlike the type's":
            for c in (self.evil, self.witness):
                self.assertEqual(c.frame().bytes, data)
        self.expect_well(self.evil)
        self.expect_well(self.witness)
        self.bystanders.exchange()

    def refused(self, row, tcp):
        """A reject tells the client, for a join and for a leave, and it is still served."""
        self.open_evil(tcp)
        for kind, cause in ((JOIN, wire.BY_JOIN), (LEAVE, wire.BY_LEAVE)):
            self.evil.send(frame(kind, ME, row[1]))
            answer = self.evil.frame()
            self.assertEqual((answer.kind, answer.sender), (wire.REJECT, ME))
            self.assertEqual(answer.old_kind & ~wire.MARK, cause)
            self.assertEqual(answer.groups, [g.decode() for g in row[1]] + [ME])
            self.expect_well(self.evil)
        self.expect_log("refused (illegal group name)", ME)
        self.expect_well(self.witness)
        self.bystanders.exchange()

    def joined(self, name, tcp):
        self.open_evil(tcp)
        self.evil.send(frame(JOIN, ME, [name]))
        notice = self.evil.frame()
        self.assertEqual((notice.kind, notice.groups), (wire.REGULAR | wire.BY_JOIN, [ME]))
        self.assertEqual(notice.bytes[4:4 + len(name) + 1], name + b"\0")
        self.witness.send(frame(AGREED, self.witness.group, [name], b"x"))
        self.assertEqual(self.evil.frame().body, b"x")
        self.evil.send(frame(LEAVE, ME, [name]))
        self.assertEqual(self.evil.frame().kind, wire.BY_LEAVE)
        self.bystanders.exchange()

    def passed(self, row, tcp):
        self.open_evil(tcp)
        self.evil.send(row[1])
        for c in (self.evil, self.witness):
            self.assertEqual(c.frame().bytes, row[1])
        self.expect_well(self.evil)
        self.bystanders.exchange()


class Others(Table):
    def test_what_comes_behind_a_kill_is_not_looked_at(self):
        for tcp in (False, True):
            self.open_evil(tcp)
            self.evil.try_send(frame(KILL, ME) + frame(AGREED, ME, [GROUP]) + b"\xff" * 100000)
            self.assertEqual(self.evil.rest(), b"")
            self.expect_departure()
            self.expect_well(self.witness)
            self.bystanders.exchange()
            self.witness.request(KILL)
            self.witness.rest()

    def test_a_kill_with_groups_and_a_body_is_a_kill(self):
        self.open_evil(False)
        self.evil.send(frame(KILL, ME, [GROUP] * 3, b"farewell"))
        self.assertEqual(self.evil.rest(), b"")
        self.expect_departure()
        self.bystanders.exchange()

    def test_extra_groups_and_a_body_of_a_join_are_ignored(self):
        self.open_evil(False)
        self.evil.send(frame(JOIN, ME, ["other", "third"], b"body", mess_type=7))
        notice = self.evil.frame()
        self.assertEqual((notice.sender, notice.groups, notice.mess_type), ("other", [ME], 0))
        self.expect_well(self.evil)
        self.bystanders.exchange()

    def test_a_join_without_an_end_is_cut_or_ignored(self):
        """The two that client-protocol.md 11.5 leaves open; what must not be is a crash."""
        self.open_evil(False)
        self.evil.send(frame(JOIN, ME, [b"x" * 32]))
        notice = self.evil.frame()
        self.assertEqual((notice.sender, notice.groups), ("x" * 31, [ME]))
        self.expect_well(self.evil)
        self.bystanders.exchange()

    def test_a_closed_sending_half_is_a_departure(self):
        for tcp in (False, True):
            self.open_evil(tcp)
            self.evil.send(frame(AGREED, ME, [GROUP], b"last words"))
            self.evil.socket.shutdown(socket.SHUT_WR)
            self.assertEqual(self.witness.frame().body, b"last words")
            self.expect_departure()
            self.evil.rest()
            self.bystanders.exchange()
            self.witness.request(KILL)
            self.witness.rest()

    def test_what_was_sent_in_part_is_dropped_with_its_session(self):
        whole = frame(AGREED, ME, [GROUP], b"never")
        for cut in (1, 47, 48, 79, 80, len(whole) - 1):
            self.open_evil(cut % 2 == 0)
            self.evil.send(whole[:cut])
            self.evil.close()
            self.expect_departure()
            self.expect_well(self.witness)
            self.witness.request(KILL)
            self.witness.rest()
        self.bystanders.exchange()

    def test_many_who_stay_silent_are_in_nobody_s_way(self):
        """A daemon that heard one after the other would take 200 seconds."""
        begin = time.monotonic()
        silent = [wire.Client(self.daemon, tcp=i % 2 == 0) for i in range(200)]
        for i in range(20):
            c = wire.Client.opened(self.daemon, f"quick{i}")
            self.expect_well(c)
            c.close()
        self.assertLess(time.monotonic() - begin, 60)
        for c in silent:
            self.assertEqual(c.rest(), b"")
            c.close()
        self.bystanders.exchange()

    def test_a_name_is_free_when_its_owner_went_in_the_middle_of_the_handshake(self):
        for sent in (hello("evil"), hello("evil") + choice("NULL")[:89]):
            c = wire.Client(self.daemon)
            c.send(sent)
            c.read(6)
            c.close()
            again = wire.Client.opened(self.daemon, "evil")
            self.expect_well(again)
            again.request(KILL)
            again.rest()
            again.close()

    def test_a_choice_that_never_comes_ends_after_a_while(self):
        """The longest limit: about fifteen seconds."""
        waiting = []
        for tail in (b"", choice("NULL")[:89]):
            c = wire.Client(self.daemon)
            c.send(hello(f"half{len(tail)}") + tail)
            self.assertEqual(c.read(6), b"\5NULL ")
            waiting.append(c)
        for c in waiting:
            self.assertEqual(c.rest(), b"")
            c.close()
            self.bystanders.exchange()
        self.expect_log("authentication not finished in time", "half0")


class Connecting(Table):
    """This and the next three are filled in by add_rows."""


class Ending(Table):
    pass


class Harmless(Table):
    pass


class Passing(Table):
    pass


def add_rows(table, rows, play, prefix=""):
    for row in rows:
        name = row.name if isinstance(row, Row) else row[0]
        for tcp in (False, True):
            def test(self, row=row, tcp=tcp):
                play(self, row, tcp)
            text = "".join(ch if ch.isalnum() else "_" for ch in prefix + name)
            key = f"test_{text}_{'tcp' if tcp else 'unix'}"
            assert not hasattr(table, key), key
            setattr(table, key, test)


add_rows(Connecting, CONNECTING, Table.connect)
add_rows(Ending, ENDING, Table.end)
add_rows(Harmless, HARMLESS, Table.no_harm)
add_rows(Harmless, REFUSED, Table.refused, "request for ")
for number, group_name in enumerate(JOINED):
    add_rows(Harmless, [Row(f"join {number}", group_name)],
             lambda table, row, tcp: table.joined(row.send, tcp))
add_rows(Passing, PASSED, Table.passed)
if __name__ == "__main__":
    loopback.main(sys.argv[2:])
