# SPDX-License-Identifier: MIT
"""Two clients who have nothing to do with what goes on around them, and must not notice it."""
import sys
import threading
import time

import wire


class Bystanders:
    """In a group of their own, one on the Unix socket, one on TCP, of one daemon or of two in one
    ring. Whatever either receives that the other did not send fails the test, be it a notice or the
    end of its connection."""

    GROUP = "calm"

    def __init__(self, daemon, other=None):
        self.clients = [wire.Client.opened(daemon, "left"),
                        wire.Client.opened(other or daemon, "right", tcp=True)]
        left, right = self.clients
        left.join(self.GROUP)
        right.join(self.GROUP)
        left.frame()
        self.count = 0

    def exchange(self):
        """Each says something and both hear it, in order. Returns the seconds that took."""
        begin = time.monotonic()
        for speaker in self.clients:
            self.count += 1
            data = wire.frame(wire.AGREED, speaker.group, [self.GROUP], str(self.count).encode())
            speaker.send(data)
            for hearer in self.clients:
                got = hearer.frame()
                assert got.bytes == data, f"a bystander received {got}"
        return time.monotonic() - begin

    def close(self):
        for client in self.clients:
            client.close()


class Chatter(threading.Thread):
    """Lets them talk all the time, and notes how long each exchange took."""

    def __init__(self, bystanders):
        super().__init__(daemon=True)
        self.bystanders, self.times, self.failure = bystanders, [], None
        self.over = threading.Event()
        self.start()

    def run(self):
        try:
            while not self.over.is_set():
                self.times.append(self.bystanders.exchange())
        except BaseException:
            self.failure = sys.exc_info()[1]

    def close(self):
        self.over.set()
        self.join()
        self.bystanders.close()

    def finish(self):
        """Fails if they noticed anything; returns the times, sorted."""
        self.over.set()
        self.join()
        if self.failure:
            raise self.failure
        assert self.times
        return sorted(self.times)

    def so_far(self):
        return len(self.times)
