# SPDX-License-Identifier: MIT
"""Daemons to be monitored, real ones and such as a test plays, and the monitor's packets in bytes.

Nothing here shares a line with the programs: hashes, ids and packets are made from their
description.
"""
import json
import os
import re
import socket
import struct
import subprocess

import harness
import loopback

STATUS, PARTITION, FLOW, RELOAD = 0x01000000, 0x02000000, 0x04000000, 0x08000000
MARK = 0x80000080
HEADER, BODY = "IIIIIIIIHHHH", "18i12h"
FIELDS = ("sec state gstate packet_sent packet_recv packet_delivered retrans u_retrans s_retrans "
          "b_retrans aru my_aru highest_seq token_hurry token_rounds my_id leader_id "
          "message_delivered membership_changes num_procs num_segments window personal_window "
          "accelerated_ring accelerated_window num_sessions num_groups major_version minor_version "
          "patch_version").split()


def jenkins(text):
    """One at a time, over the text and a zero byte, which are counted first."""
    data = text.encode() + b"\0"
    h = len(data)
    for byte in data:
        h = h + (byte - 256 if byte > 127 else byte) & 0xffffffff
        h = h + (h << 10) & 0xffffffff
        h ^= h >> 6
    h = h + (h << 3) & 0xffffffff
    h ^= h >> 11
    return h + (h << 15) & 0xffffffff


def hash_of(segments, accelerated=False):
    """Of [(address of the segment, port, [(name, address), ...]), ...]."""
    text = ""
    for broadcast, port, daemons in segments:
        text += f"Segment: port = {port}; [{broadcast}]\n"
        for name, address in daemons:
            text += f"\t'{name}' [{address}] [{jenkins(name)}]\n"
        text += "\n"
    return jenkins(f"{text}Version: 5\nProtocol: {'Accelerated' if accelerated else 'Original'} Ring\n")


def packet(kind, transmitter, process, port, hash, body=b"", order="<", length=None):
    return struct.pack(order + HEADER, kind | (MARK if order == "<" else 0), transmitter, process, 0,
                       0, port, 0, hash, len(body) if length is None else length, 0, 0, 0) + body


def halves(*numbers, order="<"):
    return struct.pack(f"{order}{len(numbers)}h", *numbers)


def report(my_id, order="<", **fields):
    """The bytes of a daemon's report."""
    values = {name: 0 for name in FIELDS} | {"my_id": my_id, "major_version": 5, "patch_version": 1}
    values |= fields
    for name in ("my_id", "leader_id"):
        values[name] -= (values[name] >> 31 & 1) << 32
    return packet(STATUS, 0, my_id, 0, 0, struct.pack(order + BODY, *(values[f] for f in FIELDS)),
                  order)


class Report:
    """One that came from a daemon of this machine's byte order."""

    def __init__(self, data):
        size = struct.calcsize("<" + HEADER)
        self.header = struct.unpack("<" + HEADER, data[:size])
        self.__dict__.update(zip(FIELDS, struct.unpack("<" + BODY, data[size:])))


def udp(address, port=0, timeout=harness.LIMIT):
    s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((address, port))
    s.settimeout(timeout)
    return s


class Ring:
    """d1, d2, d3 at 127.0.0.1, 127.0.0.2, 127.0.0.3, each a segment of its own, at ports of their
    own. options: further lines of the configuration."""

    def __init__(self, folder, options, count=3):
        self.folder, self.options = folder, options
        self.daemons = [loopback.Daemon(harness.SPREADD, folder, f"d{i + 1}", port)
                        for i, port in enumerate(loopback.free_ports(count))]
        self.segments = [(f"127.0.0.{255 - i}", d.port, [(d.name, f"127.0.0.{i + 1}")])
                         for i, d in enumerate(self.daemons)]
        self.conf = os.path.join(folder, "conf")
        self.write()

    def write(self, more=""):
        with open(self.conf, "w") as f:
            for broadcast, port, ((name, address),) in self.segments:
                f.write(f"Spread_Segment {broadcast}:{port} {{\n"
                        f"    {name} {address} {{ D {address} C {address} }}\n}}\n")
            f.write("WideAreaNetwork = false\n" + loopback.OWN_ROOT + loopback.SHORT_TIMEOUTS + self.options + more)

    @property
    def hash(self):
        return hash_of(self.segments, "AcceleratedRing = true" in self.options)

    def start(self):
        for d in self.daemons:
            d.spawn()
        for d in self.daemons:
            if not d.started():
                raise AssertionError("spreadd ended at its start:\n" + d.log())

    def stop(self):
        for d in self.daemons:
            d.stop()


class Case(harness.Case):
    """Has a ring, and monitors for it."""

    OPTIONS = "DangerousMonitor = true\n"

    def start_ring(self, options=None):
        self.ring = Ring(self.folder, self.OPTIONS if options is None else options)
        self.addCleanup(self.ring.stop)
        self.ring.start()
        self.await_members(3)

    def batch(self, *arguments, expect=0, conf=None, name="d1", limit=30, **options):
        """Runs a command of spmonitor; returns what it wrote, both kinds."""
        done = subprocess.run([harness.program("spmonitor"), "-c", conf or self.ring.conf, "-n",
                               name, "-t", str(limit), *arguments], capture_output=True, text=True,
                              timeout=harness.LIMIT, **options)
        self.assertEqual(done.returncode, expect, f"{arguments}: {done.stdout}{done.stderr}")
        return done.stdout, done.stderr

    def complains(self, words, *arguments, **how):
        """What a command that fails has written, once words are in its complaints: to say that a daemon has
        other keys, or does not obey, it has to have heard something of it in a second, which may be too short."""
        def said():
            out, err = self.batch(*arguments, limit=1, expect=1, **how)
            return words in err and (out, err)
        return loopback.until(said, words)

    def status(self, *daemons):
        return json.loads(self.batch("status", "--json", *daemons)[0])

    def await_members(self, *counts):
        """Until each daemon, in order, is in an operational ring of so many."""
        counts = counts * (3 if len(counts) == 1 else 1)
        loopback.until(lambda: [(s["num_procs"], s["state"], s["gstate"]) for s in self.status()] ==
                       [(n, 1, 1) for n in counts], f"rings of {counts}")

    def menu(self, *arguments, conf=None, name="d1"):
        """A monitor at its first prompt."""
        run = self.run_program("spmonitor", "-c", conf or self.ring.conf, "-n", name, "-p", 0,
                               *arguments)
        run.expect("Monitor> ")
        return run

    def say(self, run, *lines, until="Monitor> "):
        """Types lines, the next when a prompt has come; returns the last answer, prompt included."""
        for i, line in enumerate(lines):
            run.say(line + "\n")
            answer = run.expect(until if i == len(lines) - 1 else ": ")
        return answer

    def bye(self, run):
        out, err = run.finish("9\n")
        self.assertTrue(out.endswith("Bye.\n"), out)
        self.assertEqual((err, run.returncode), ("", 0))


BLOCK = re.compile(r"""
={28}
Status at (?P<name>\S+) V *(?P<major>\d+)\.(?P<minor>\d+)\. *(?P<patch>\d+) \(state (?P<state>\d+), gstate (?P<gstate>\d+)\) after (?P<sec>-?\d+) seconds :
Membership  :  (?P<procs>\d+)  procs in (?P<segments>\d+) segments, leader is (?P<leader>\S+), (?P<protocol>regular|accelerated) protocol
rounds   : (?P<rounds>[ \d-]{6}\d)\ttok_hurry : (?P<hurry>[ \d-]{6}\d)\tmemb change: (?P<changes>[ \d-]{6}\d)
sent pack: (?P<sent>[ \d-]{6}\d)\trecv pack : (?P<recv>[ \d-]{6}\d)\tretrans    : (?P<retrans>[ \d-]{6}\d)
u retrans: (?P<u>[ \d-]{6}\d)\ts retrans : (?P<s>[ \d-]{6}\d)\tb retrans  : (?P<b>[ \d-]{6}\d)
My_aru   : (?P<my_aru>[ \d-]{6}\d)\tAru       : (?P<aru>[ \d-]{6}\d)\tHighest seq: (?P<high>[ \d-]{6}\d)
Sessions : (?P<sessions>[ \d-]{6}\d)\tGroups    : (?P<groups>[ \d-]{6}\d)\tWindow     : (?P<window>[ \d-]{6}\d)
Deliver M: (?P<messages>[ \d-]{6}\d)\tDeliver Pk: (?P<packets>[ \d-]{6}\d)\tP/A Window : (?P<personal>[ \d-]{6}\d)/(?P<accelerated>-?\d+)
Delta Mes: (?P<delta_messages>[ \d-]{6}\d)\tDelta Pk  : (?P<delta_packets>[ \d-]{6}\d)\tDelta sec  : (?P<delta_sec>[ \d-]{6}\d)
={34}
""")


def blocks(text):
    """The status blocks of a text, as dictionaries; numbers are numbers."""
    return [{k: int(v) if re.fullmatch(r" *-?\d+", v) else v for k, v in m.groupdict().items()}
            for m in BLOCK.finditer(text)]
