# SPDX-License-Identifier: MIT
"""A spreadd of one's own, and the client programs run beside it.

A test script is called with the path of spreadd and the folder of the programs, and ends with
harness.main(). Nothing here waits by the clock: what is awaited is output, an exit, or a condition
that is asked for until it holds; the limit only turns a hang into a failure.
"""
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

LIMIT = 120  # seconds; far beyond what anything takes, sanitizers included
SPREADD, TOOLS = "", ""
SOCKETS = "/tmp"


def program(name):
    return os.path.join(TOOLS, name)


def free_port():
    """A TCP port nobody has, and whose Unix socket does not exist."""
    while True:
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        if not os.path.exists(f"{SOCKETS}/{port}"):
            return port


def until(condition, what):
    """Asks until the condition holds; returns what it said."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.005)
    raise AssertionError(f"still not: {what}")


class Daemon:
    """spreadd with one daemon, d1, on loopback; can be killed and come back at the same port."""

    def __init__(self, folder):
        self.folder = folder
        self.process = None
        for _ in range(5):
            self.port = free_port()
            if self.start():
                return
        raise AssertionError("spreadd cannot be started:\n" + self.log())

    def start(self):
        """True once it serves; False if it ends instead."""
        conf, log = os.path.join(self.folder, "conf"), os.path.join(self.folder, "log")
        with open(conf, "w") as f:
            f.write(f"Spread_Segment 127.0.0.255:{self.port} {{\n    d1 127.0.0.1\n}}\n")
        with open(log, "ab") as f:
            self.process = subprocess.Popen([SPREADD, "-c", conf, "-n", "d1"], stdout=f, stderr=f)
        until(lambda: self.serves() or self.process.poll() is not None, "spreadd serves or ends")
        return self.process.poll() is None

    def serves(self):
        with socket.socket(socket.AF_UNIX) as s:
            try:
                s.connect(f"{SOCKETS}/{self.port}")
                return self.process.poll() is None
            except OSError:
                return False

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            self.process.wait(LIMIT)

    def log(self):
        with open(os.path.join(self.folder, "log"), errors="replace") as f:
            return f.read()


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
        self.folder = tempfile.mkdtemp(prefix="spread-tools-")
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
            run.send_signal(signal.SIGCONT)
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
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2)
