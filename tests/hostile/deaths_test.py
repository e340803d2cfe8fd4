# SPDX-License-Identifier: MIT
"""Clients that are killed in every state a connection can be in.

usage: deaths_test.py SPREADD [UNITTEST ARGUMENTS]

A process of its own brings a connection into the state, says so, and is killed. The others see it
leave its group if it was in one, its name is free again, and nothing of it stays in the daemon.
"""
import os
import random
import signal
import socket
import sys
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
import loopback
import wire
from bystanders import Bystanders
from wire import AGREED, JOIN, KILL, LEAVE, SAFE, choice, frame, hello

SPREADD = sys.argv[1]
SEED = int(os.environ.get("SPREAD_SEED", "20261125"))
NAME, ME, GROUP = "victim", "#victim#d1", "prey"
ROUNDS = 200  # of deaths at moments left to chance


# -- the states: each returns what has to stay open ---------------------------------------------

def connected(daemon, tcp, *said):
    c = wire.Client(daemon, tcp)
    for data in said:
        c.send(data)
    return c


def joined(daemon, tcp, *said):
    c = wire.Client.opened(daemon, NAME, tcp=tcp)
    c.join(GROUP)
    for data in said:
        c.send(data)
    return c


def half_a_choice(daemon, tcp):
    c = connected(daemon, tcp, hello(NAME))
    c.read(6)
    c.send(choice("NULL")[:45])
    return c


def in_many_groups(daemon, tcp):
    c = joined(daemon, tcp)
    for i in range(500):
        c.join(f"g{i}")
    return c


def a_queue_not_read(daemon, tcp):
    """More than the kernel holds; all of it is in the daemon when the filler hears itself."""
    c = joined(daemon, tcp)
    filler = wire.Client.opened(daemon, "filler")
    for _ in range(60):
        filler.send(frame(AGREED, filler.group, [ME], bytes(60000)))
    filler.send(frame(AGREED, filler.group, [filler.group], b"all taken"))
    assert filler.frame().body == b"all taken"
    filler.request(KILL)
    filler.rest()
    filler.close()
    return c


def sending_half_closed(daemon, tcp):
    c = joined(daemon, tcp)
    c.socket.shutdown(socket.SHUT_WR)
    return c


def said(begin, *data):
    return lambda daemon, tcp: begin(daemon, tcp, *data)


OUTSIDE = {
    "nothing said": connected,
    "half a request": said(connected, hello(NAME)[:7]),
    "methods not read": said(connected, hello(NAME)),
    "half a choice": half_a_choice,
    "acceptance not read": said(connected, hello(NAME) + choice("NULL")),
    "refused": said(connected, hello("left")),
    "in no group": lambda daemon, tcp: wire.Client.opened(daemon, NAME, tcp=tcp),
}
INSIDE = {
    "in a group": joined,
    "in many groups": in_many_groups,
    "half a header": said(joined, frame(AGREED, ME, [GROUP])[:20]),
    "half a body": said(joined, frame(SAFE, ME, [GROUP], bytes(100000))[:50000]),
    "a message not read": said(joined, frame(AGREED, ME, [ME], b"to me")),
    "a queue not read": a_queue_not_read,
    "farewell just said": said(joined, frame(KILL, ME)),
    "sending half closed": sending_half_closed,
}


class Victim:
    """A process that brings a connection into a state, says so, and goes on with live(client) until
    it is killed."""

    def __init__(self, state, daemon, tcp, live=lambda client: signal.pause()):
        hears, says = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                client = state(daemon, tcp)
                os.write(says, b"!")
                live(client)
            finally:
                os._exit(1)
        os.close(says)
        with os.fdopen(hears, "rb") as f:
            self.is_ready = f.read(1) == b"!"

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        assert os.WIFSIGNALED(os.waitpid(self.pid, 0)[1]), "it had ended before"


def talk(client):
    """Joins, leaves and sends without an end, and reads what comes of it."""
    while True:
        client.send(frame(AGREED, ME, [GROUP], bytes(3000)) + frame(JOIN, ME, ["other"]) +
                    frame(SAFE, ME, [GROUP, "other"], bytes(100)) + frame(LEAVE, ME, ["other"]))
        while client.is_readable():
            client.frame()


class Deaths(unittest.TestCase):
    def setUp(self):
        self.ring = loopback.Ring(SPREADD).start(lean=True)
        self.addCleanup(self.ring.stop)
        self.daemon = self.ring[0]
        self.addCleanup(self.daemon.expect_memory, self.daemon.memory())
        self.bystanders = Bystanders(self.daemon)
        self.addCleanup(self.bystanders.close)
        self.witness = wire.Client.opened(self.daemon, "witness")
        self.witness.join(GROUP)
        self.addCleanup(self.witness.close)
        self.descriptors = self.daemon.descriptors()

    def check_nothing_is_left(self):
        loopback.until(lambda: self.daemon.descriptors() == self.descriptors, "it is closed")
        again = wire.Client.opened(self.daemon, NAME)
        again.request(KILL)
        again.rest()
        again.close()
        self.bystanders.exchange()

    def witness_sees(self, cause):
        """The next notice; what members say is passed over."""
        while True:
            seen = self.witness.frame()
            if seen.kind & wire.REGULAR:
                self.assertEqual(seen.kind, wire.REGULAR | cause)
                self.assertEqual(wire.text(seen.body[24:]), ME)
                return

    def test_killed_outside_of_groups(self):
        for name, state in OUTSIDE.items():
            for tcp in (False, True):
                with self.subTest(name, tcp=tcp):
                    victim = Victim(state, self.daemon, tcp)
                    victim.kill()
                    self.assertTrue(victim.is_ready)
                    self.check_nothing_is_left()
        self.assertFalse(self.witness.is_readable())

    def test_killed_as_a_member(self):
        for name, state in INSIDE.items():
            for tcp in (False, True):
                with self.subTest(name, tcp=tcp):
                    victim = Victim(state, self.daemon, tcp)
                    victim.kill()
                    self.assertTrue(victim.is_ready)
                    self.witness_sees(wire.BY_JOIN)
                    self.witness_sees(wire.BY_DISCONNECT)
                    self.check_nothing_is_left()
        self.assertFalse(self.witness.is_readable())

    def test_killed_at_any_moment_of_a_conversation(self):
        chance = random.Random(SEED)
        for count in range(ROUNDS):
            victim = Victim(joined, self.daemon, count % 2 == 0, talk)
            self.witness_sees(wire.BY_JOIN)
            for _ in range(chance.randrange(20)):
                self.assertEqual(self.witness.frame().sender, ME)
            victim.kill()
            self.assertTrue(victim.is_ready)
            self.witness_sees(wire.BY_DISCONNECT)
        self.check_nothing_is_left()
        self.assertFalse(self.witness.is_readable())


if __name__ == "__main__":
    loopback.main(sys.argv[2:])
