# SPDX-License-Identifier: MIT
"""One source of clients takes all it can get, and another user goes on as before: silent connections,
handshakes that end half-way, readers that stop, floods of messages and joins. What they cost is bounded,
and given back.

usage: limits_test.py SPREADD [CROWD] [UNITTEST ARGUMENTS]

CROWD: connections, 400 without it; 10000 for the real thing, with an attacker of the lowest priority.
"""
import os
import resource
import signal
import ssl
import sys
import time
import traceback
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
import calm
import certificates
import loopback
import wire
from bystanders import Bystanders, Chatter

SPREADD = sys.argv[1]
REKEY = os.path.join(os.path.dirname(os.path.abspath(SPREADD)), "..", "tests", "hostile", "rekey")
MEASURES = bool(sys.argv[2:]) and sys.argv[2].isdigit()
CROWD = int(sys.argv.pop(2)) if MEASURES else 400
QUIET = 1.0         # seconds
NOTICEABLE = 0.05   # seconds that are no figure of ours, but of the processors that all share
TRIES = 5           # at least, for something else that runs on the machine is no fault of the daemon
MOST = 20           # connections of a source, where they are few
LIMITS = (f"MaxSourceConnections = {MOST}\nMaxSourceGroups = 1000\nMaxSourceBytes = 20000000\n"
          "MaxSessionBytes = 10000000\n")
TLS = "TLSCertFile = server.pem\nTLSKeyFile = server.key\n"


class Limits(unittest.TestCase):
    options = ""

    def setUp(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < CROWD + 100:
            self.skipTest(f"{CROWD + 100} descriptors are not to be had")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, CROWD + 100), hard))
        self.daemon = self.start(lean=True)
        self.before = self.daemon.memory()
        self.chatter = Chatter(Bystanders(self.daemon))
        self.addCleanup(self.chatter.close)

    def start(self, **how):
        ring = loopback.Ring(SPREADD, options=self.options)
        self.addCleanup(ring.stop)
        certificates.usual(ring.folder)
        return ring.start(**how)[0]

    def attack_from_a_child(self, attack):
        """In a process of its own, which does not share a processor with the bystanders more than it must.
        Where figures are asked for it has the lowest priority: an attacker has machines of his own, and what
        he computes on ours is no work of the daemon. Beside other tests it would hardly come to attack.
        Returns its id once the attack has begun."""
        begun, tell = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.nice(19 if MEASURES else 0)
                for n, _ in enumerate(iter(attack, None)):
                    if n == 0:
                        os.write(tell, b".")
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(1)
        os.close(tell)
        with open(begun, "rb") as f:
            self.assertEqual(f.read(1), b".", "the attack has failed")
        return child

    def p99_of_a_while(self):
        begin = self.chatter.so_far()
        time.sleep(QUIET)
        loopback.until(lambda: self.chatter.so_far() > begin, "they have talked")
        times = sorted(self.chatter.times[begin:])
        return times[len(times) * 99 // 100]

    def end_attack(self, child):
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        self.assertEqual(status, signal.SIGKILL, "the attack has failed")

    def floor(self, attack):
        """p99 of the others while another daemon is attacked, that has nothing to do with theirs: what the
        attacker, and the machine, take of the processors they would take whatever our daemon does."""
        child = self.attack_from_a_child(attack(self.start()))
        try:
            return self.p99_of_a_while()
        finally:
            self.end_attack(child)

    def figures(self, what, attack, *clients, floor=0.0):
        """p99 of the others before and during the attack, which is called again and again, and returns
        something. clients: that it uses."""
        quiet = self.p99_of_a_while()
        child = self.attack_from_a_child(attack)
        try:
            with calm.Watch() as watch:
                for n in range(calm.TRIES):
                    watch.begin()
                    busy, late = self.p99_of_a_while(), watch.late()
                    print(f"{what}: p99 of an exchange {quiet * 1e3:.2f} ms before, {floor * 1e3:.2f} ms with "
                          f"the attack elsewhere, {busy * 1e3:.2f} ms meanwhile, others late by "
                          f"{late * 1e3:.1f} ms at most; {(self.daemon.memory() - self.before) >> 20} MB")
                    most = max(2 * quiet, 2 * floor, NOTICEABLE)
                    says_something = late < NOTICEABLE / 2
                    if busy < most or n + 1 >= TRIES and says_something:
                        break
        finally:
            self.end_attack(child)
        self.chatter.finish()
        for c in [*self.chatter.bystanders.clients, *clients]:
            c.close()
        if says_something:
            self.assertLess(busy, most)
        self.daemon.expect_memory(self.before)

    def crowd(self, what, said, **how):
        self.figures(what, self.many(self.daemon, said, **how),
                     floor=self.floor(lambda daemon: self.many(daemon, said, **how)))

    def many(self, daemon, said, tcp=False):
        """A crowd that says so much and no more; who is closed comes again."""
        crowd = []

        def attack():
            if crowd:
                time.sleep(0.05)
            while len(crowd) < CROWD:
                crowd.append(wire.Client(daemon, tcp=tcp))
                crowd[-1].try_send(said(len(crowd)))
            closed = {c for c in crowd if c.is_readable() and self.has_ended(c)}
            for c in closed:
                c.close()
            crowd[:] = [c for c in crowd if c not in closed]
            return True
        return attack

    def has_ended(self, client):
        try:
            return not client.socket.recv(1 << 16)
        except ConnectionResetError:
            return True


class Usual(Limits):
    def test_silent_connections(self):
        self.crowd(f"{CROWD} silent connections", lambda n: b"")

    def test_half_handshakes(self):
        self.crowd(f"{CROWD} half handshakes", lambda n: wire.hello(f"h{n}"))

    def test_strangers_that_talk_before_they_are_in(self):
        self.crowd(f"{CROWD} that say what is no hello", lambda n: b"\5" * 4000, tcp=True)


class Secured(Limits):
    options = TLS + "MaxSourceHandshakes = 0\nMaxSourceConnections = 0\n"

    def client_hello(self):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
        with self.assertRaises(ssl.SSLWantReadError):
            tls.do_handshake()
        return outgoing.read()

    def test_half_handshakes_of_tls(self):
        """Each has the daemon compute for longer than all other strangers together."""
        hello = self.client_hello()
        self.crowd(f"{CROWD} half handshakes of TLS", lambda n: hello, tcp=True)

    def bother(self, how):
        """By a client that has the daemon compute without end."""
        def one(daemon):
            begun = []

            def attack():
                if begun:
                    os.execv(REKEY, [REKEY, str(daemon.port), how])
                begun.append(True)
                return True
            return attack
        self.figures(f"rekey {how}", one(self.daemon), floor=self.floor(one))

    @unittest.skipUnless(MEASURES, "unit/io_tls_stream_test sees that it is ended")
    def test_new_keys_without_end(self):
        self.bother("keys")

    @unittest.skipUnless(MEASURES, "unit/io_tls_stream_test sees that it is ended")
    def test_negotiating_anew_without_end(self):
        self.bother("anew")

    @unittest.skipUnless(MEASURES, "that is seen without TLS, too")
    def test_silent_connections_where_there_is_tls(self):
        self.crowd(f"{CROWD} silent connections where there is TLS", lambda n: b"", tcp=True)


class WithLimits(Limits):
    options = LIMITS

    def how(self):
        return {}

    def open(self, name, **how):
        c = wire.Client.opened(self.daemon, name, **(how | self.how()))
        self.addCleanup(c.close)
        return c


class Inside(WithLimits):
    """Those who are in, and more than is good for others."""
    by = ""

    def test_slow_readers(self):
        sender = self.open("sender", tcp=True)
        slow = [self.open(f"s{n}") for n in range(MOST - 2)]
        message = [wire.frame(wire.AGREED, sender.group, [s.group], bytes(50000)) for s in slow]
        self.figures("readers that stop" + self.by, lambda: [sender.send(m) for m in message], sender, *slow)
        if not self.by:  # else the sockets of TCP hold what they leave, for longer than this lasts
            self.assertIn("more than MaxSourceBytes, 20000000", self.daemon.log())

    def test_a_flood_of_messages_to_nobody(self):
        speaker = self.open("speaker", tcp=True)
        messages = 20 * wire.frame(wire.AGREED, speaker.group, ["nobody"], bytes(1000))
        self.figures("messages" + self.by, lambda: speaker.send(messages) or True, speaker)

    @unittest.skipUnless(MEASURES, "that is seen with larger ones, too")
    def test_a_flood_of_empty_messages_to_nobody(self):
        """Each byte of them costs a hundred times what one of a large message does."""
        speaker = self.open("speaker", tcp=True)
        messages = 2000 * wire.frame(wire.AGREED, speaker.group, ["nobody"])
        self.figures("empty messages" + self.by, lambda: speaker.send(messages) or True, speaker)


class InsideByTls(Inside):
    options = LIMITS + TLS
    by = " by TLS"

    def how(self):
        return {"tcp": True, "tls": ssl.create_default_context(cafile=f"{self.daemon.folder}/ca.pem")}


class Few(WithLimits):
    def test_who_has_one_too_many_is_told_and_another_is_not(self):
        mine = [self.open(f"c{n}") for n in range(MOST - 1)]  # with the bystander over the Unix socket
        late = wire.Client(self.daemon)
        self.assertEqual(late.rest(), b"\xfd")
        late.close()
        self.open("remote", tcp=True)
        self.assertIn("connection refused (MaxSourceConnections of its user, address or identity)",
                      self.daemon.log())
        mine[0].close()
        loopback.until(self.is_let_in, "there is room again")

    def is_let_in(self):
        c = wire.Client(self.daemon)
        c.send(wire.hello("again"))
        answer = c.read(1)
        c.close()
        return answer != b"\xfd"

    def test_a_flood_of_joins(self):
        joiner = self.open("joiner", tcp=True, membership=False)
        numbers = iter(range(10 ** 9))

        def attack():
            joiner.send(b"".join(wire.frame(wire.JOIN, joiner.group, [f"g{next(numbers)}"])
                                 for _ in range(200)))
            while joiner.is_readable():
                assert joiner.frame().kind & wire.REJECT
            return True
        self.figures("joins", attack, joiner)
        self.assertIn("request refused (MaxSourceGroups of its user, address or identity)", self.daemon.log())


if __name__ == "__main__":
    loopback.main(sys.argv[2:])
