# SPDX-License-Identifier: MIT
"""A spreadd of one's own, and the client programs run beside it.

A test script is called with the path of spreadd and the folder of the programs, and ends with
harness.main(). Nothing here waits by the clock: what is awaited is output, an exit, or a condition
that is asked for until it holds; the limit only turns a hang into a failure.
"""
import os
import select
import shutil
import subprocess
import sys
import time
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
import loopback  # noqa: E402
from loopback import LIMIT, SOCKETS, free_port, until  # noqa: E402, F401

SPREADD, TOOLS = "", ""


def program(name):
    return os.path.join(TOOLS, name)


class Daemon(loopback.Daemon):
    """spreadd with one daemon, d1, on loopback; can be killed and come back at the same port."""

    def __init__(self, folder):
        for _ in range(5):
            super().__init__(SPREADD, folder, "d1", free_port())
            if self.start():
                return
        raise AssertionError("spreadd cannot be started:\n" + self.log())

    def start(self):
        """True once it serves; False if it ends instead."""
        with open(os.path.join(self.folder, "conf"), "w") as f:
            f.write(f"Spread_Segment 127.0.0.255:{self.port} {{\n    d1 127.0.0.1\n}}\n"
                    + loopback.OWN_ROOT)
        self.spawn()
        return self.started()


class Run(subprocess.Popen):
    """A program with pipes; what it writes is gathered, and can be awaited."""

    def __init__(self, name, *arguments, **options):
        for stream in ("stdin", "stdout", "stderr"):
            options.setdefault(stream, subprocess.PIPE)
        super().__init__([program(name), *map(str, arguments)], **options)
        self.seen = {self.stdout: b"", self.stderr: b""}

    def say(self, text):
        self.stdin.write(text.encode() if isinstance(text, str) else text)
        self.stdin.flush()

    def expect(self, text, stream=None):
        """Reads until the text has come; returns everything up to its end, and forgets it."""
        stream = stream or self.stdout
        text = text.encode() if isinstance(text, str) else text
        end = time.monotonic() + LIMIT
        while text not in self.seen[stream]:
            ready = select.select([stream], [], [], max(0, end - time.monotonic()))[0]
            more = os.read(stream.fileno(), 65536) if ready else b""
            if not more:
                raise AssertionError(f"no {text!r} in {self.seen[stream]!r}")
            self.seen[stream] += more
        at = self.seen[stream].index(text) + len(text)
        result, self.seen[stream] = self.seen[stream][:at], self.seen[stream][at:]
        return result.decode(errors="replace")

    def finish(self, text=""):
        """Ends its input, waits for its end; returns all further output, both kinds."""
        out, err = self.communicate(text.encode() if isinstance(text, str) else text, LIMIT)
        out = self.seen[self.stdout] + (out or b"")
        err = self.seen[self.stderr] + (err or b"")
        return out.decode(errors="replace"), err.decode(errors="replace")


class Case(unittest.TestCase):
    """Has a folder; ends what it started."""

    def setUp(self):
        self.folder = loopback.new_folder()
        self.addCleanup(shutil.rmtree, self.folder)

    def start_daemon(self):
        self.daemon = Daemon(self.folder)
        self.addCleanup(self.daemon.stop)
        return self.daemon

    def run_program(self, name, *arguments, **options):
        run = Run(name, *arguments, **options)
        self.addCleanup(self.end, run)
        return run

    @staticmethod
    def end(run):
        if run.poll() is None:
            run.kill()
        run.wait()
        for stream in (run.stdin, run.stdout, run.stderr):
            try:
                if stream:
                    stream.close()
            except BrokenPipeError:
                pass

    def path(self, name):
        return os.path.join(self.folder, name)

    def content(self, name):
        with open(self.path(name), "rb") as f:
            return f.read()


def main():
    global SPREADD, TOOLS
    SPREADD, TOOLS = sys.argv[1:3]
    loopback.main(["-v", *sys.argv[3:]])
