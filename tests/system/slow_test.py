#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A reader that pauses loses nothing, one that has stopped holds others up once, and programs that all
send before they read, byte for byte as the library of 5.0.1 lets them, are never stuck."""
import json
import re
import subprocess
import threading
import time
import unittest

from field import Field, main

import loopback
import wire

MESSAGES, SIZE = 10000, 1000
# A pause of a second is well within it on a machine that is too busy, too.
PATIENT = "SlowReaderPatience = 3000\n"
FOREVER = "SlowReaderPatience = 60000\n"
CAST = 30000


class Program(threading.Thread):
    """Sends all it has to say before it reads the first message."""

    def __init__(self, client, everybody):
        super().__init__(daemon=True)
        self.client, self.expected = client, everybody * MESSAGES
        self.sent, self.got, self.end = False, 0, None
        self.start()

    def run(self):
        data = wire.frame(wire.AGREED, self.client.group, ["circle"], bytes(SIZE))
        want = self.expected * len(data)
        self.client.socket.settimeout(None)
        try:
            for _ in range(MESSAGES // 100):
                self.client.send(100 * data)
            self.sent = True
            while self.got < want and (got := self.client.socket.recv(min(want - self.got, 1 << 20))):
                self.got += len(got)
        except OSError:
            pass
        self.end = "all" if self.got == want else "cut off"

    def is_through(self, others):
        """It has come to an end; or it has sent all and received as much, and what others had still to say when they
        were cut off it cannot get."""
        return self.end or (self.sent and self.got >= MESSAGES * SIZE and "cut off" in [p.end for p in others])


class SlowTest(unittest.TestCase):
    def ring(self, count, options=""):
        ring = loopback.Ring(f"{Field.BUILD}/daemon/spreadd", count, options=options)
        self.addCleanup(ring.stop)
        ring.start()
        meeting = [wire.Client.opened(d, "meet") for d in ring.daemons]
        wire.meet(*meeting)
        for c in meeting:
            c.close()
        return ring

    def bench(self, ring, *options, tcp=False):
        address = "{}@127.0.0.1" if tcp else "{}"
        said = subprocess.run([f"{Field.BUILD}/bench/pausebench", "-s",
                               ",".join(address.format(d.port) for d in ring.daemons), *options],
                              stdout=subprocess.PIPE, text=True, check=True).stdout
        return json.loads(said)

    def assert_pauses(self, ring, *options, **how):
        said = self.bench(ring, "-p", "1000", "-t", "1.5", *options, **how)
        self.assertFalse(said["cut_off"], said)
        self.assertEqual((said["lost"], said["reordered"], said["senders_cut_off"]), (0, 0, 0))
        self.assertGreater(said["held_in_all_ms"], 0)

    def test_a_reader_that_pauses_for_a_second(self):
        self.assert_pauses(self.ring(1, PATIENT), "-b", "1000", "-w", "2000")

    def test_the_same_with_three_daemons_over_tcp(self):
        self.assert_pauses(self.ring(3, PATIENT), "-b", "8000", "-w", "2000", "-c", "3", tcp=True)

    def test_of_many_senders_none_is_left_out(self):
        ring = self.ring(3)
        for seconds in ("0.4", "2", "5"):  # longer where somebody got no processor for a while
            said = self.bench(ring, "-p", "0", "-t", seconds, "-b", "1000", "-w", "2000", "-c", "10", tcp=True)
            if said["sent_least"] > said["sent"] / 10 / 5:
                return
        self.fail(said)

    def test_one_that_never_reads(self):
        said = self.bench(self.ring(3), "-n", "-t", "3", "-b", "1000", "-w", "2000")
        self.assertTrue(said["cut_off"])
        self.assertGreater(said["gone_after_ms"], 500)
        self.assertEqual(said["senders_cut_off"], 0)

    def test_one_that_never_reads_in_a_group_that_goes_quiet(self):
        # Hundreds may wait for it before it stops, if it gets no processor.
        said = self.bench(self.ring(1, "MaxSessionMessages = 5000\n"), "-n", "-t", "2", "-q", "700", "-b", "8000", "-w", "20")
        self.assertFalse(said["cut_off"], said)
        self.assertEqual((said["lost"], said["reordered"]), (0, 0))

    def stopped(self, ring, group):
        """A client of d1 in group that reads no more, and one of d2 that sends."""
        reader = wire.Client.opened(ring[0], "reader")
        reader.join(group)
        sender = wire.Client.opened(ring[1], "sender")
        self.addCleanup(reader.close)
        self.addCleanup(sender.close)
        sender.join("sync")
        return reader, sender

    def cast(self, sender, kind, group, count):
        """More waits for the reader than may, were they ordered and it had no patience."""
        for _ in range(count // 100):
            sender.send(100 * wire.frame(kind, sender.group, [group], bytes(200)))
        sender.request(wire.AGREED, "sync")
        sender.frame()  # it was not held, for that would take a minute

    def test_what_a_group_drops_is_counted(self):
        ring = self.ring(3, FOREVER + "SlowReaders = { group quotes.* drop }\n")
        reader, sender = self.stopped(ring, "quotes.bund")
        self.cast(sender, wire.UNRELIABLE, "quotes.bund", CAST)
        loopback.until(lambda: "is slow: " in ring[0].log(), "it is told of")
        sender.request(wire.AGREED, "quotes.bund", body=b"end")
        received = 0
        while reader.frame().body != b"end":
            received += 1
        door = wire.Client(ring[0])
        door.send(b"\0D\0\0\6reader")
        self.assertEqual(door.read(2), b"D\1")
        dropped = int.from_bytes(door.read(8), "big")
        door.close()
        self.assertEqual(received + dropped, CAST)
        self.assertGreater(dropped, CAST // 4)
        self.assertEqual(ring[0].log().count("is slow: "), 1, ring[0].log())
        loopback.until(lambda: f"; it is in group quotes.bund; {dropped} messages were dropped for it"
                       in ring[0].log(), "it is slow no more")

    def test_who_is_cut_off_at_once_holds_nobody_up(self):
        ring = self.ring(3, FOREVER + "SlowReaders = { name reader cut }\n")
        reader, sender = self.stopped(ring, "quotes.bund")
        self.cast(sender, wire.AGREED, "quotes.bund", CAST)
        told = "#reader#d1 from the Unix socket.*: does not read"
        loopback.until(lambda: re.search(told, ring[0].log()), told)  # d1 may be behind d2
        with self.assertRaises(wire.Closed):
            while True:
                reader.frame()

    def circle(self, daemons, programs):
        ring = self.ring(daemons)
        clients = [wire.Client.opened(ring[i % daemons], f"p{i}", membership=False)
                   for i in range(programs)]
        witness = wire.Client.opened(ring[0], "witness")
        witness.join("circle")
        for c in clients:
            c.request(wire.JOIN, "circle")
        while len(witness.frame().groups) < programs + 1:
            pass
        witness.close()
        begin = time.monotonic()
        for c in clients:
            self.addCleanup(c.close)
        running = [Program(c, programs) for c in clients]
        loopback.until(lambda: all(p.is_through(running) for p in running), "nobody is stuck")
        ends = [p.end for p in running]
        print(f"{programs} programs at {daemons} daemons: {ends.count('all')} got all, {ends.count(None)} what there was, "
              f"{ends.count('cut off')} were cut off, after {time.monotonic() - begin:.1f} s")

    def test_a_circle_of_two(self):
        self.circle(1, 2)

    def test_a_circle_of_twenty(self):
        self.circle(3, 20)


if __name__ == "__main__":
    main(needs_root=False)
