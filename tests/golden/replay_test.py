# SPDX-License-Identifier: MIT
"""The captures played against a running spreadd: it must answer with the bytes of 5.0.1.

usage: replay_test.py SPREADD [UNITTEST ARGUMENTS]

Each connection's answers are compared byte by byte in their order; what differs from run to run is
declared in the captures, what else may differ is a test of its own below.
"""
import os
import re
import sys
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
import capture
import calm
import loopback
import wire

SPREADD = sys.argv[1]
CAPTURES = capture.load()

# Another daemon need not, or must not, do here what 5.0.1 does: client-protocol.md 3.10, 9, 11.
# Each has its own test below, or in the file named.
NOT_AS_RECORDED = {
    "close_on_split_connect", "reject_name_length_mismatch", "reject_auth_short_choice",
    "forty_four_groups", "malformed_oversize",
    "network_partition_and_merge",  # needs two daemons
    "reject_message",               # needs an access policy that refuses: memory_test.c
}
END = 0x7ffd  # mess_type of the messages that show that nothing came before them


class Stage:
    """A daemon, the connections of a capture, and those that stand in for what it does not show."""

    def __init__(self, script, tcp):
        self.script = script
        self.ring = loopback.Ring(SPREADD, 1, script.options, script.files).start()
        self.tcp = tcp
        self.clients, self.ghosts = {}, {}
        self.last_sender = None
        self.announced = 0  # length of the private group to come
        self.prepare()

    def connect(self, label):
        tcp = label in self.script.tcp or (self.tcp and label not in self.script.unix)
        self.clients[label] = wire.Client(self.ring[0], tcp)
        return self.clients[label]

    def prepare(self):
        for label in self.script.open:
            self.clients[label] = wire.Client.opened(self.ring[0], capture.NAMES[label],
                                                     tcp=self.tcp)
        for group, wanted in self.script.groups.items():
            self.fill(group, [self.clients[label] for label in wanted["members"]],
                      wanted.get("index", len(wanted["members"])))

    def fill(self, group, members, index):
        """Lets the members join, and somebody else come and go until the group has that index."""
        seen = 0
        for count, client in enumerate(members):
            client.join(group)
            for other in members[:count]:
                other.frame()
            seen += 1
        passer_by = wire.Client.opened(self.ring[0], "passer", membership=False)
        while seen < index:
            for kind in (wire.JOIN, wire.LEAVE):
                passer_by.request(kind, group)
                for client in members:
                    client.frame()
                seen += 1
        assert seen == index
        passer_by.close()

    def ghost_acts(self, event):
        """If what is to come was caused by a client that the capture does not show, it does so."""
        if len(event.bytes) < wire.HEADER:
            return
        notice = wire.Frame(event.bytes)
        if notice.kind == wire.REGULAR | wire.BY_JOIN:
            name = wire.text(notice.body[24:])
            data = wire.frame(wire.JOIN, name, [notice.sender])
        else:
            name, data = notice.sender, event.bytes
        for ghost in self.script.ghosts:
            if name == f"#{ghost}#d1":
                if ghost not in self.ghosts:
                    self.ghosts[ghost] = wire.Client.opened(self.ring[0], ghost)
                self.ghosts[ghost].send(data)

    def from_client(self, event):
        if event.kind == "CLOSE":
            self.clients.pop(event.conn).close()
            return
        client = self.clients.get(event.conn) or self.connect(event.conn)
        client.send(event.bytes)
        self.last_sender = client

    def from_daemon(self, event):
        client = self.clients.get(event.conn) or self.connect(event.conn)
        if event.kind == "BYTES":
            self.ghost_acts(event)
            self.compare(event, client)
        elif event.kind == "SILENCE":
            self.nothing_came([client], [self.last_sender])
        else:
            rest = client.rest()
            expect(rest == b"", f"{event.note}: before that came {rest.hex()}")
            self.clients.pop(event.conn).close()

    def compare(self, event, client):
        if event.note.startswith("private group name, no terminator"):
            got = client.read(self.announced)
            client.group = got.decode()
        else:
            got = client.read(len(event.bytes))
        if event.note == "private group name length":
            self.announced = got[0]
        elif event.note.startswith("accept code, version"):
            client.group = got[5:].decode()
        if any("assigned" in what for what in event.varying):
            expect(event.conn == "A" and (len(got) == 1 or re.fullmatch(rb"#r\d+-\d+#d1", got)),
                   f"{event.note}: {got}")
        else:
            expect_as_recorded(event, got)

    def nothing_came(self, clients, senders):
        """The streams are ordered: what each sender sends now comes after all it has caused."""
        for sender in senders:
            for client in clients:
                sender.request(wire.AGREED, client.group, mess_type=END)
        for client in clients:
            for _ in senders:
                got = client.frame()
                expect(got.kind == wire.AGREED and got.mess_type == END, f"more came: {got}")

    def finish(self):
        """No client that is still there has heard more than was recorded."""
        left = [c for c in self.clients.values() if c.group]
        self.nothing_came(left, left)
        for client in [*self.clients.values(), *self.ghosts.values()]:
            client.close()
        self.ring.stop()

    def abandon(self):
        for d in self.ring.daemons:
            d.kill()


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def expect_as_recorded(event, got):
    expect(event.masked(got) == event.masked(event.bytes),
           f"{event.note}:\n   got {got.hex()}\nexpect {event.bytes.hex()}")


def play(script, tcp):
    stage = Stage(script, tcp)
    try:
        for event in script.events:
            (stage.from_client if event.from_client else stage.from_daemon)(event)
        stage.finish()
    except BaseException:
        print(stage.ring[0].log(), file=sys.stderr)
        stage.abandon()
        raise


def add_tests():
    """One test for each capture and transport, called after it."""
    for name, script in CAPTURES.items():
        if name in NOT_AS_RECORDED:
            continue
        for tcp in (False, True):
            def test(self, script=script, tcp=tcp):
                play(script, tcp)
            setattr(AsRecorded, f"test_{name}_{'tcp' if tcp else 'unix'}", test)


class AsRecorded(unittest.TestCase):
    """Byte for byte what 5.0.1 said."""


class Otherwise(unittest.TestCase):
    """Where the required behaviour is not the recorded one."""

    def setUp(self):
        self.ring = loopback.Ring(SPREADD).start()
        self.addCleanup(self.ring.stop)

    def events_of(self, name):
        return CAPTURES[name].events

    def test_a_connect_request_in_two_pieces_is_served(self):
        for tcp in (False, True):
            c = wire.Client(self.ring[0], tcp)
            first = self.events_of("close_on_split_connect")[0].bytes
            whole = self.events_of("connect_unix")[0].bytes
            expect(whole.startswith(first), "the capture is the beginning of another")
            c.send(first)
            expect(not c.is_readable(0.05), "an answer before there was a request")
            c.send(whole[len(first):])
            expect(c.read(6) == b"\5NULL ", "the list of methods")
            c.close()

    def test_a_connect_request_that_stays_unfinished_is_closed_without_a_reply(self):
        for name in ("close_on_split_connect", "reject_name_length_mismatch"):
            c = wire.Client(self.ring[0])
            c.send(self.events_of(name)[0].bytes)
            if name == "reject_name_length_mismatch":
                announced = self.events_of(name)[0].bytes[4]
                expect(len(self.events_of(name)[0].bytes) != 5 + announced, "it is a mismatch")
            expect(c.rest() == b"", "closed in silence")
            c.close()

    def test_a_choice_in_two_pieces_is_served(self):
        events = self.events_of("reject_auth_short_choice")
        c = wire.Client(self.ring[0])
        c.send(events[0].bytes)
        c.read(6)
        c.send(events[3].bytes)
        expect(len(events[3].bytes) == 89 and not c.is_readable(0.05), "one byte is missing")
        c.send(b"\0")
        expect(c.read(5)[:1] == b"\1", "accepted")
        c.close()

    def test_what_the_library_of_5_0_1_lets_through_is_delivered(self):
        """Its daemon ends the session for these 143953 bytes; where ours does: hostile/largest."""
        sent = self.events_of("malformed_oversize")[0].bytes + bytes(143921)
        b, c = (wire.Client.opened(self.ring[0], name) for name in ("bob", "carol"))
        b.join("grp")
        c.send(sent)
        expect(b.frame().bytes == sent, "delivered as sent")
        b.close()
        c.close()

    def test_forty_four_groups_are_delivered_as_any_other_number(self):
        sent = [e.bytes for e in self.events_of("forty_four_groups") if e.from_client]
        a = wire.Client.opened(self.ring[0], "alice")
        b = wire.Client.opened(self.ring[0], "bob")
        b.join("grp")
        for data in sent:
            a.send(data)
            expect(b.frame().bytes == data, "the same bytes")
        a.close()
        b.close()


class TwoDaemons(unittest.TestCase):
    @calm.story(0.1)
    def test_network_partition_and_merge(self):
        """d2 is frozen, resumed and killed; the notices are the recorded ones."""
        ring = loopback.Ring(SPREADD, 2, loopback.SHORT_TIMEOUTS).start()
        self.addCleanup(ring.stop)
        a, b = (wire.Client.opened(ring[0], name) for name in ("alice", "bob"))
        c = wire.Client.opened(ring[1], "carol")
        clients = {"A": a, "B": b, "C": c}
        acts = iter((ring[1].stand_still, ring[1].go_on, ring[1].process.kill))
        wire.meet(a, c)
        for event in CAPTURES["network_partition_and_merge"].events:
            if event.kind == "OUTSIDE":
                next(acts)()
            elif event.from_client:
                clients[event.conn].send(event.bytes)
            else:
                expect_as_recorded(event, clients[event.conn].read(len(event.bytes)))
        ring[1].kill()
        ring.daemons.pop()
        for client in clients.values():
            client.close()


add_tests()
if __name__ == "__main__":
    loopback.main(sys.argv[2:])
