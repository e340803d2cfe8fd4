# SPDX-License-Identifier: MIT
"""A library in a process of its own, and the daemon that it finds: one that says what a script says."""
import json
import os
import select
import socket
import subprocess
import sys

from . import frames
from .checks import Differs, same, same_bytes

CHILD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "child.py")
ACCEPT = b"\1\5\0\1"


class Actor:
    """The process that has loaded the library."""

    def __init__(self, library, limit):
        self.limit, self.pending = limit, b""
        self.child = subprocess.Popen([sys.executable, "-B", CHILD, library], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.answer()

    def begin(self, call, *arguments):
        """Has the library do something that waits for us."""
        self.child.stdin.write(json.dumps([call, *arguments]).encode() + b"\n")
        self.child.stdin.flush()

    def answer(self):
        while b"\n" not in self.pending:
            if not select.select([self.child.stdout], [], [], self.limit)[0]:
                raise Differs("the call does not return")
            more = os.read(self.child.stdout.fileno(), 1 << 20)
            if not more:
                said = self.child.stderr.read().decode(errors="replace").strip().splitlines()
                raise Differs(f"the process of the library ended with {self.child.wait()}" +
                              (f": {said[-1]}" if said else ""))
            self.pending += more
        line, self.pending = self.pending.split(b"\n", 1)
        return json.loads(line)

    def call(self, call, *arguments):
        self.begin(call, *arguments)
        return self.answer()

    def close(self):
        self.child.kill()
        self.child.communicate()


class Stage:
    """One daemon, to which nobody has connected, and the library."""

    def __init__(self, actor):
        self.begin, self.answer, self.call = actor.begin, actor.answer, actor.call
        self.limit, self.stream = actor.limit, None
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(self.limit)
        self.address = f"{self.listener.getsockname()[1]}@127.0.0.1"

    def accept(self):
        self.stream = frames.Stream(self.listener.accept()[0], self.limit)
        return self.stream

    def connect(self, name="me", group="#me#fake", membership=1, priority=0, pieces=False):
        """The handshake, at the end of which the library has a mailbox: what its call returned, the
        request and the choice."""
        self.begin("connect", self.address, name, priority, membership)
        stream = self.accept()
        request = stream.read_some()
        reply = [b"\5NULL ", ACCEPT + bytes([len(group)]) + group.encode()]
        self.say(reply[0], pieces)
        choice = stream.read(90)
        self.say(reply[1], pieces)
        return self.answer(), request, choice

    def open(self, **how):
        """The same where it is not what is asked about: the mailbox."""
        told, _, _ = self.connect(**how)
        same(told[0], 1, "what SP_connect returns")
        return told[1]

    def say(self, data, pieces=False):
        for piece in (data[i:i + 1] for i in range(len(data))) if pieces else [data]:
            self.stream.send(piece)

    def hears(self, wanted, what):
        """The bytes that come are these."""
        same_bytes(self.stream.read(len(wanted)), wanted, what)

    def hears_nothing(self, mbox):
        """But what is asked for here."""
        same(self.call("join", mbox, "silence"), 0, "what SP_join returns")
        self.hears(frames.frame(frames.JOIN, "#me#fake", ["silence"]), "the next message")

    def close(self):
        self.listener.close()
        if self.stream:
            self.stream.close()
