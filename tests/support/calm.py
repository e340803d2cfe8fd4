# SPDX-License-Identifier: MIT
"""Times that are promised, on a machine that may have other things to do.

A process of its own sleeps a moment again and again and notes how much later than it should it goes on. A
time that is too long while that was late too says nothing, so it is taken again; one that is too long
though others had a processor whenever they wanted one is a failure, at once. So is a story that has
another end than it should.
"""
import ctypes
import functools
import mmap
import os
import signal
import struct
import sys
import time
import traceback
import unittest

import keeper

BEAT = 0.005  # seconds
TRIES = 20
TELLINGS = 8  # of a story
PART = 20     # of a time that is looked at: what a process may be late while it is taken
LIBC = ctypes.CDLL(None)


class Watch:
    """How late processes are run: with Watch() as watch."""

    def __enter__(self):
        keeper.require()
        self.page = mmap.mmap(-1, mmap.PAGESIZE)  # when it ran last, and the most that it was late
        self.begin()
        self.pid = os.fork()
        if self.pid == 0:
            LIBC.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
            self._beat()
        return self

    def __exit__(self, *_):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self.page.close()

    def _beat(self):
        os.closerange(3, 1 << 16)  # what the test has open is not for us to hold
        while True:
            before = time.monotonic()
            time.sleep(BEAT)
            self._late(time.monotonic() - before - BEAT)

    def _late(self, seconds):
        _, most = struct.unpack_from("dd", self.page)
        struct.pack_into("dd", self.page, 0, time.monotonic(), max(most, seconds))

    def begin(self):
        struct.pack_into("dd", self.page, 0, time.monotonic(), 0)

    def late(self):
        """The most since begin, in seconds."""
        last, most = struct.unpack_from("dd", self.page)
        return max(most, time.monotonic() - last - BEAT)


    def allows(self, limit):
        """For what cannot be taken again: so much more as others were late, many times over."""
        return limit + PART * self.late()


def expect(test, limit, measure, again=lambda: None, allowed=None):
    """measure() returns seconds, fewer than limit where processes are late by no more than allowed. It is
    called until that can be said, again() before each further time; where it never can be the test is left
    out, with the figures."""
    allowed = limit / PART if allowed is None else allowed
    seen = []
    with Watch() as watch:
        for n in range(TRIES):
            if n > 0:
                again()
            watch.begin()
            took = measure()
            late = watch.late()
            seen.append(f"{took:.3f}, others late by {late:.3f} s")
            if took < limit:
                return
            if late <= allowed:
                test.fail(f"not less than {limit}: {'; '.join(seen)}")
    test.skipTest(f"the machine has too much else to do for {limit}: {'; '.join(seen)}")


def tell(story, allowed, again):
    """story() is about who is given up and who is not, so it can only come out as it should where no process
    is late by more than allowed, in seconds. If it fails though some were, it is told once more after
    again(); if none was, or if it fails every time, that is a failure."""
    for _ in range(TELLINGS - 1):
        with Watch() as watch:
            try:
                return story()
            except unittest.SkipTest:
                raise
            except Exception:
                late = watch.late()
                if late <= allowed:
                    raise
                print(f"told again, since others were late by {late:.3f} s:", file=sys.stderr)
                traceback.print_exc()
        again()
    return story()


def story(allowed):
    """A test that is one, and begins by itself, or by begin_again() of its class."""
    def decorate(test):
        @functools.wraps(test)
        def told(self):
            tell(lambda: test(self), allowed, getattr(self, "begin_again", lambda: None))
        return told
    return decorate
