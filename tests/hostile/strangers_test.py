# SPDX-License-Identifier: MIT
"""Hostile datagrams at the ports between daemons, while a ring of three is at work.

usage: strangers_test.py SPREADD [UNITTEST ARGUMENTS]

d1, d2 and d3 form a ring; d4 is configured, but it is the test that sits at its address. So the
test gets real packets, knows the hash of the configuration, and can speak as a daemon that passes
every check on the way to the core; also at the members' own addresses, for without a key nothing
keeps a program on their hosts from that. What it cannot know are the members' incarnations.

Nobody at the ring may notice: clients talk all the time, no membership changes, and of each kind
of trouble the log has a line or two a second and no more.
"""
import contextlib
import os
import random
import re
import socket
import struct
import sys
import time
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
import loopback
from bystanders import Bystanders, Chatter

SPREADD = sys.argv[1]
SEED = int(os.environ.get("SPREAD_SEED", "20261125"))
MEMBERS, SPY = 3, 3
VERSION, TYPES = 2, 23
DATA, TOKEN, ALIVE, JOIN, PROBE, PREPARE = 1, 3, 8, 9, 11, 12
HEADER = struct.Struct(">2sBBBBHIQQHH")
ROUND_AT = 23  # in the bodies of ALIVE and JOIN
EVERYBODY = 0xffff
STATUS, PARTITION, FLOW, RELOAD = (1 << bit for bit in range(24, 28))
MARK = 0x80000080
TRIES = 20
SLOWEST = 10  # seconds an exchange of the bystanders may take on a machine full of other things


def address(number):
    return f"127.0.0.{number + 1}"


class Packet:
    """One of ours in fields; body as bytes."""

    def __init__(self, type, sender, body=b"", **more):
        self.magic, self.version, self.type, self.flags, self.key = b"SR", VERSION, type, 0, 0
        self.sender, self.hash, self.incarnation, self.counter = sender, 0, 1, 1
        self.receiver, self.body, self.length = EVERYBODY, body, None
        self.__dict__.update(more)

    @classmethod
    def of(cls, data):
        p = cls(0, 0, data[HEADER.size:])
        (p.magic, p.version, p.type, p.flags, p.key, p.sender, p.hash, p.incarnation, p.counter,
         p.length, p.receiver) = HEADER.unpack_from(data)
        return p

    def bytes(self):
        length = len(self.body) if self.length is None else self.length
        fields = (self.magic, self.version, self.type, self.flags, self.key, self.sender, self.hash,
                  self.incarnation, self.counter, length, self.receiver)
        return HEADER.pack(*fields) + self.body


def monitor(kind, hash, body=b"", order="<", length=None, id=0):
    """A packet of the monitor of 5.0.1: type, whose it poses as, whom it means, hash, length."""
    mark = MARK if order == "<" else 0
    return struct.pack(order + "8I4H", kind | mark, id, id, 0, 0, 0, 0, hash,
                       len(body) if length is None else length, 0, 0, 0) + body


def roster(lives):
    """Daemons and the life each is in, as in packets."""
    return struct.pack(">H", len(lives)) + b"".join(struct.pack(">HI", *one)
                                                    for one in sorted(lives.items()))


def heard_list(lives, rounds):
    """The same with the newest round of each."""
    return roster(lives) + b"".join(struct.pack(">I", rounds[i]) for i in sorted(lives))


class Ring(loopback.Ring):
    """Three daemons that run, and a socket in place of the fourth."""

    def __init__(self):
        self.folder = loopback.new_folder()
        self.ports = loopback.free_ports(MEMBERS + 1)
        self.daemons = [loopback.Daemon(SPREADD, self.folder, f"d{i + 1}", port)
                        for i, port in enumerate(self.ports[:MEMBERS])]
        self._write("conf", "".join(
            f"Spread_Segment 127.0.0.{255 - i}:{port} {{\n"
            f"    d{i + 1} {address(i)} {{ D {address(i)} C 127.0.0.1 }}\n}}\n"
            for i, port in enumerate(self.ports)) +
            "WideAreaNetwork = false\nDangerousMonitor = false\n" + loopback.OWN_ROOT +
            loopback.STEADY_TIMEOUTS)
        self.spy = self._spy_at(self.ports[SPY] + 1)  # where tokens and control come
        self.second = self._spy_at(self.ports[SPY])   # and the rest

    def _spy_at(self, port):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind((address(SPY), port))
        s.settimeout(loopback.LIMIT)
        return s

    def stop(self):
        self.spy.close()
        self.second.close()
        super().stop()

    def views(self):
        return [d.log().count("Membership id is") for d in self.daemons]

    def settle(self):
        """Waits until all three are in one view, by what their logs say of it."""
        def are_together():
            said = []
            for d in self.daemons:
                views = d.log().split("Membership id is")
                said.append((views[-1].splitlines()[0], len(re.findall(r"ID: ", views[-1]))))
            return len(set(said)) == 1 and said[0][1] == MEMBERS
        loopback.until(are_together, "a ring of three")


class Strangers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """Again where one of them was found by another one before it had said JOIN."""
        for _ in range(TRIES):
            cls.ring = Ring()
            try:
                cls.ring.start(lean=True)
                cls.ring.settle()
                heard = cls.hear()
            except BaseException:
                cls.ring.stop()
                raise
            cls.real = list(heard.values())
            if all((i, JOIN) in heard for i in range(MEMBERS)):
                return
            cls.ring.stop()
        raise AssertionError(f"no JOIN of each of them: {heard.keys()}")

    @classmethod
    def tearDownClass(cls):
        cls.ring.stop()

    @classmethod
    def hear(cls):
        """Real packets: the JOINs of members from the time before they were in a ring, and how
        the ring looks for the daemon that is missing."""
        heard = {}
        while (0, PROBE) not in heard:
            p = Packet.of(cls.ring.spy.recv(65536))
            heard[p.sender, p.type] = p
        return heard

    def setUp(self):
        self.random = random.Random(SEED)
        self.views = self.ring.views()
        self.logged = [len(d.log()) for d in self.ring.daemons]
        self.memory = [d.memory() for d in self.ring.daemons]
        self.chatter = Chatter(Bystanders(*self.ring.daemons[:2]))
        self.sockets = {}
        self.sent = 0

    def tearDown(self):
        for s in self.sockets.values():
            s.close()
        self.chatter.close()

    # -- sending ------------------------------------------------------------------------------

    def send(self, data, source=address(SPY), to=None, token_port=None):
        """To one member, or to each in turn, and to either port in turn."""
        if source not in self.sockets:
            s = self.sockets[source] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.bind((source, 0))
        number = self.sent // 2 % MEMBERS if to is None else to
        port = self.ring.ports[number] + (self.sent % 2 if token_port is None else token_port)
        self.sockets[source].sendto(data, (address(number), port))
        self.sent += 1
        if self.sent % 50 == 0:
            self.keep_up()

    def keep_up(self):
        """Lets the bystanders speak, so that not all of it is lost in the kernel."""
        count = self.chatter.so_far()
        loopback.until(lambda: self.chatter.so_far() > count or self.chatter.failure,
                       "the bystanders get on")

    def packet(self, type, sender, body=b"", **more):
        return Packet(type, sender, body, **{"hash": self.real[0].hash} | more)

    def noise(self, most=1400):
        return self.random.randbytes(self.random.randrange(most))

    # -- what must be true afterwards ---------------------------------------------------------

    def news(self, number):
        return self.ring[number].log()[self.logged[number]:]

    def expect_log(self, text, data, source=address(SPY), token_port=None):
        """d1 says it of data: at once, or of a later copy if it has just said it of another."""
        def is_told():
            self.send(data, source, 0, token_port)
            return text in self.news(0)
        loopback.until(is_told, f"a line with {text}:\n{self.news(0)}")

    def finish(self, seconds_from):
        """Nobody noticed, and the logs are short."""
        times = self.chatter.finish()
        self.assertLess(times[-1], SLOWEST)
        self.assertEqual(self.ring.views(), self.views)
        seconds = time.monotonic() - seconds_from
        for number, d in enumerate(self.ring.daemons):
            self.assertTrue(d.is_alive())
            d.expect_memory(self.memory[number])
            kinds = {}
            for line in self.news(number).splitlines():
                kind = re.sub(r"\d+", "N", line)
                kinds[kind] = kinds.get(kind, 0) + 1
            for kind, count in kinds.items():
                self.assertLessEqual(count, seconds + 2, f"{d.name} said too often: {kind}")

    def test_random_bytes_are_told_and_dropped(self):
        begin = time.monotonic()
        for _ in range(3000):
            self.send(self.noise(), source=address(self.random.randrange(8)))
        for _ in range(3000):
            self.send(b"SR" + self.noise(), source=address(self.random.randrange(8)))
        self.expect_log("malformed packet", b"SRandom")
        self.finish(begin)

    def test_datagrams_of_every_size_are_dropped(self):
        begin = time.monotonic()
        for size in [*range(80), 1472, 1473, 8192, 65507]:
            for lead in (b"", b"SR", b"SR\2\3"):
                for token_port in (0, 1):
                    self.send((lead + b"\xff" * size)[:size], token_port=token_port)
        self.finish(begin)

    def test_real_packets_cut_anywhere_are_dropped(self):
        begin = time.monotonic()
        for p in self.real:
            data = p.bytes()
            for cut in range(len(data)):
                self.send(data[:cut])
            self.send(data + b"x")
            self.expect_log("malformed packet", data[:-1])
        self.finish(begin)

    def test_real_packets_with_wrong_bytes_change_nothing(self):
        """Not from a member's own address: there a wrong byte in the incarnation of a JOIN is, for
        everyone without a key, that member come back in another life."""
        begin = time.monotonic()
        for _ in range(4000):
            data = bytearray(self.random.choice(self.real).bytes())
            for _ in range(self.random.randrange(1, 8)):
                data[self.random.randrange(len(data))] = self.random.randrange(256)
            self.send(bytes(data), source=address(self.random.choice((SPY, SPY + 1))))
        self.finish(begin)

    def test_each_reason_to_refuse_a_packet_is_told(self):
        begin = time.monotonic()
        good = dict(type=TOKEN, sender=SPY)
        for text, more in (
                ("another version of the daemon protocol", dict(version=1)),
                ("unknown type of packet", dict(type=0)),
                ("unknown type of packet", dict(type=TYPES)),
                ("unknown type of packet", dict(type=255)),
                ("it is sealed, and this daemon has no DaemonKeyFile", dict(key=1, body=bytes(16), length=0)),
                ("another configuration", dict(hash=1)),
                ("no such daemon", dict(sender=4)),
                ("no such daemon", dict(sender=EVERYBODY)),
                ("another process runs under our name", dict(sender=0)),
                ("not the address of the daemon that it names", dict(sender=1)),
                ("meant for another daemon", dict(receiver=1))):
            data = self.packet(**good | more).bytes()
            for _ in range(300):
                self.send(data, to=0)
            self.expect_log(text, data)
        self.finish(begin)

    def test_a_configured_daemon_that_talks_nonsense_is_not_listened_to(self):
        """Past every check on the way to the core: all types, with bodies of any kind."""
        begin = time.monotonic()
        for count in range(6000):
            body = self.noise(200) if count % 2 else self.noise()
            if count % 3 == 0:
                body = bytes(len(body))
            self.send(self.packet(1 + count % (TYPES - 1), SPY, body,
                                  flags=self.random.choice((0, 0, 1, 2, 4, 7, 255)),
                                  incarnation=self.random.randrange(1, 4), counter=count).bytes())
        self.finish(begin)

    def test_a_daemon_that_asks_to_come_in_and_never_does_breaks_nothing(self):
        """It says JOIN as it should, of one life that hears all members and with rounds that rise;
        what it is asked then it does not answer, or with nonsense."""
        begin = time.monotonic()
        life, state = 77, self.of_joins()[0].body[0]
        heard = {p.sender: p.incarnation & 0xffffffff for p in self.of_joins()}
        rounds = dict.fromkeys(heard, 0)
        asked = set()
        for count in range(1, 2000):
            body = (struct.pack(">BQHIQI", state, 0, 0, 0, 0, count) +
                    heard_list(heard, rounds) + b"\0" +
                    struct.pack(">BH", 0, SPY) + roster({SPY: life}) +
                    struct.pack(">I", count) + b"\0")
            self.speak(JOIN, body, life, count)
            if count % 10 == 0:
                self.speak(self.random.randrange(1, TYPES), self.noise(100), life, count)
                for p in self.asked():  # often, or the kernel has no room for it
                    asked.add(p.type)
                    if p.type in (ALIVE, JOIN):
                        rounds[p.sender], = struct.unpack_from(">I", p.body, ROUND_AT)
        self.finish(begin)
        self.assertIn(PREPARE, asked, "it was never taken seriously")

    def of_joins(self):
        return sorted((p for p in self.real if p.type == JOIN), key=lambda p: p.sender)

    def speak(self, type, body, life, counter):
        self.send(self.packet(type, SPY, body, incarnation=life, counter=counter).bytes(),
                  token_port=1)

    def asked(self):
        """What has come to d4 since the last time."""
        packets = []
        for s in (self.ring.spy, self.ring.second):
            s.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while True:
                    packets.append(Packet.of(s.recv(65536)))
        return packets

    def test_tokens_and_data_forged_in_the_name_of_members_are_ignored(self):
        """From elsewhere they are refused; from the member's address it is the wrong life."""
        begin = time.monotonic()
        for count in range(4000):
            sender = count % MEMBERS
            ring = struct.pack(">QHI", self.random.choice((1, 2, 3, 1 << 40)), 0, 1)
            token = ring + struct.pack(">QIHQQHHHIIH", 1 << 50, count, 0, 1 << 50, 1 << 50,
                                       EVERYBODY, 60, 20, 0, 0, 0)
            body = token if count % 2 else self.noise()
            self.send(self.packet(TOKEN if count % 2 else DATA, sender, body,
                                  flags=count % 2, incarnation=self.random.getrandbits(64),
                                  counter=1 << 60).bytes(),
                      source=address(self.random.choice((sender, sender, 8))))
        self.expect_log("not the address of the daemon that it names",
                        self.packet(TOKEN, 1, token).bytes(), source=address(8))
        self.finish(begin)

    def test_what_members_said_to_others_may_be_said_again(self):
        """Real packets, of real lives, sent once more from their sender's address."""
        begin = time.monotonic()
        for _ in range(300):
            for p in self.real:
                for receiver in (p.receiver, EVERYBODY, 0, 1, 2):
                    self.send(Packet(**vars(p) | {"receiver": receiver}).bytes(),
                              source=address(p.sender))
        self.finish(begin)

    def test_monitors_that_are_wrong_are_told_and_not_obeyed(self):
        """Of another configuration, cut, longer than they say, of no type."""
        begin = time.monotonic()
        own = self.real[0].hash
        for _ in range(100):
            for kind in (STATUS, PARTITION, FLOW, RELOAD, 0, STATUS | PARTITION, 127 << 24):
                for order in "<>":
                    for data in (monitor(kind, own ^ 1, bytes(600), order),
                                 monitor(kind, own, bytes(8), order, length=9),
                                 monitor(kind, own, self.noise(300), order)[:20],
                                 monitor(kind, own, self.noise(300) + b"x", order, length=0)):
                        self.send(data, source=address(8), token_port=0)
        self.expect_log("ignored", monitor(RELOAD, own ^ 1), token_port=0)
        self.finish(begin)

    def test_dangerous_commands_of_monitors_are_refused(self):
        begin = time.monotonic()
        own = self.real[0].hash
        id = int(re.search(r"My name: d1, id: (\d+)", self.ring[0].log())[1])
        for kind, text, halves in ((PARTITION, "partition refused", (0, 1, 2, 3)),
                                   (PARTITION, "terminate refused", (-1, -1, -1, -1)),
                                   (FLOW, "flow control refused", (1,) * 10)):
            data = monitor(kind, own, struct.pack(f"<{len(halves)}h", *halves), id=id)
            for count in range(300):
                self.send(data, source=address(0), to=count % MEMBERS, token_port=0)
            self.expect_log(text, data, source=address(0), token_port=0)
        self.finish(begin)


if __name__ == "__main__":
    loopback.main(sys.argv[2:])
