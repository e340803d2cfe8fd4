# SPDX-License-Identifier: MIT
"""spreadd processes on loopback, one or several that form a ring, for tests written in Python.

Nothing here waits by the clock: what is awaited is a condition that is asked for until it holds;
the limit only turns a hang into a failure.
"""
import base64
import concurrent.futures
import contextlib
import faulthandler
import os
import pwd
import re
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest
from unittest import mock

import keeper
import standstill
from ports import SOCKETS, free_port, free_ports  # noqa: F401

LIMIT = 120  # seconds; far beyond what anything takes, sanitizers included

# What a daemon must not take from the host that it is tested on. Started by root it would make
# /var/run/spread its root where there is one; that the root stays lets sanitizers look at /proc.
OWN_ROOT = "RuntimeDir = /\n"
# Files that it reads from /etc where it finds none in the folder it is started in.
ACCESS_FILES = ("spread.access_ip", "spread.access_pword")

# For daemons whose memory is looked at: what they free goes back to the system, and little of it is
# kept by a sanitizer to catch those who use it still. Thread sanitizer's shadow of 1,000 handshakes has
# 220 MB, and stays for ever unless it is given back now and then, with what it knows of who wrote last.
LEAN = {"GLIBC_TUNABLES": "glibc.malloc.trim_threshold=65536:glibc.malloc.mmap_threshold=131072",
        "ASAN_OPTIONS": "quarantine_size_mb=16:allocator_release_to_os_interval_ms=0",
        "TSAN_OPTIONS": "flush_memory_ms=300"}
# Bytes that may stay because something small lies behind them, or a sanitizer keeps its books.
SLACK, SANITIZED_SLACK = 24 << 20, 64 << 20

# Those of the recorded traces: a lost daemon is noticed and given up in about a second.
SHORT_TIMEOUTS = """\
TokenTimeout = 600
HurryTimeout = 200
AliveTimeout = 100
JoinTimeout = 100
RepTimeout = 250
SegTimeout = 200
GatherTimeout = 500
FormTimeout = 500
LookupTimeout = 2500
"""
# For a ring that nobody is to leave: it is formed as soon, and no daemon is given up because it gets no
# processor for a while.
STEADY_TIMEOUTS = SHORT_TIMEOUTS.replace("TokenTimeout = 600", "TokenTimeout = 5000")


def until(condition, what, limit=LIMIT):
    """Asks until the condition holds; returns what it said."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.005)
    raise AssertionError(f"still not: {what}")


def without_leaks():
    """For daemons in a root folder without /proc, where the sanitizer cannot look for leaks: a patch of
    the environment."""
    options = os.environ.get("ASAN_OPTIONS", "")
    return mock.patch.dict(os.environ, {"ASAN_OPTIONS": options + ":detect_leaks=0"})


def complaints(log):
    """What a sanitizer reports there, or an assertion that is broken. A daemon that is killed
    afterwards has no exit status that would tell."""
    return re.findall(r"^.*(?:ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|: runtime error: |"
                      r"Assertion .* failed).*$", log, re.M)


def main(arguments):
    """The end of a test script: runs its tests. arguments: for unittest. When it takes so long that it may
    be ended soon, it says where it is."""
    keeper.keep()
    faulthandler.dump_traceback_later(2 * LIMIT, repeat=True)
    unittest.main(argv=[sys.argv[0], *arguments])


def main_side_by_side(command, at_a_time, name_of):
    """The same for tests that wait more than they work: so many at a time, each in a process of its
    own, which is command with the name of a test, or of several that belong together."""
    keeper.keep()
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])

    def run(name):
        return subprocess.run([sys.executable, *command, name], text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
    with concurrent.futures.ThreadPoolExecutor(at_a_time) as pool:
        done = list(pool.map(run, dict.fromkeys(name_of(test) for test in tests_of(suite))))
    for child in done:
        print(child.stdout, end="")
    sys.exit(any(child.returncode for child in done))


def tests_of(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from tests_of(test)
        else:
            yield test


def new_folder():
    """For daemons to run in, which may have become other users."""
    folder = tempfile.mkdtemp(prefix="spread-test-")
    os.chmod(folder, 0o755)
    add_access_files(folder)
    return folder


def add_access_files(folder):
    for name in ACCESS_FILES:
        with open(f"{folder}/{name}", "w"):
            pass


def daemon_user():
    """The number of the user that a daemon becomes when we start it."""
    if os.geteuid() != 0:
        return os.geteuid()
    try:
        return pwd.getpwnam("spread").pw_uid
    except KeyError:
        return pwd.getpwnam("nobody").pw_uid


def key_line(number, algorithm="aes-256-gcm", send=False):
    """The line of a key that follows from its number."""
    secret = base64.b64encode(bytes((number * 7 + i) % 256 for i in range(32))).decode()
    return f"{number} {algorithm} {secret}{' send' if send else ''}\n"


def write_keys(path, *lines):
    """A file of keys that a daemon can read, before and after it has become another user: a new one in
    the place of the old one, as editors make it."""
    with open(f"{path}.new", "w") as f:
        os.chmod(f.fileno(), 0o600)
        os.chown(f.fileno(), daemon_user(), -1)
        f.writelines(lines)
    os.rename(f"{path}.new", path)


class Daemon:
    """One spreadd. Its port is known before it is started."""

    def __init__(self, spreadd, folder, name, port):
        self.spreadd = os.path.abspath(spreadd)  # it runs in the folder
        self.folder, self.name, self.port = folder, name, port
        self.path = f"{SOCKETS}/{port}"
        self.process = None

    @property
    def pid(self):
        return self.process.pid

    def spawn(self, descriptors=None, options=(), user=None, lean=False):
        """Starts it, without waiting. descriptors: as many as it may have open; options: more of
        the command line; user: other than ours; lean: expect_memory will be asked."""
        keeper.require()
        env = dict(os.environ)
        for name, more in LEAN.items() if lean else ():
            env[name] = ":".join(filter(None, (env.get(name), more)))

        def limit():
            if descriptors:
                resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
        with open(f"{self.folder}/{self.name}.log", "ab") as log:
            self.process = subprocess.Popen(
                [self.spreadd, "-c", "conf", "-n", self.name, *options], cwd=self.folder, stdout=log,
                stderr=log, env=env, preexec_fn=limit, user=user)

    def listens(self):
        """True if it is this daemon, and no other that took the port, whose path it is: the kernel takes
        connections, though the daemon may have to open this and that before it looks at them."""
        with socket.socket(socket.AF_UNIX) as s:
            return self._reach(s)

    def serves(self):
        """True if it is this daemon, and its loop turns: a connection that we end is ended by it, so
        whatever it does before it serves clients it has done."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(LIMIT)
            if not self._reach(s):
                return False
            s.shutdown(socket.SHUT_WR)
            try:
                return s.recv(1) == b""
            except ConnectionResetError:
                return False

    def _reach(self, s):
        try:
            s.connect(self.path)
        except OSError:
            return False
        peer = s.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        return struct.unpack("iII", peer)[0] == self.pid

    def started(self):
        """Waits until it serves; False if it ended instead."""
        until(lambda: self.process.poll() is not None or self.serves(), "spreadd serves")
        return self.process.poll() is None

    def is_alive(self):
        return self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def stand_still(self):
        standstill.begin(self.pid)

    def expect_standstill(self):
        standstill.expect(self.pid)

    def go_on(self):
        """After stand_still."""
        standstill.end(self.pid)

    def limit(self, what, soft):
        """Sets a soft limit of it, by the name that prlimit(1) has for it; as the user that it has
        become, which takes no privilege."""
        with open(f"/proc/{self.pid}/status") as f:
            ids = {line.split()[0]: int(line.split()[1]) for line in f if line[1:4] == "id:"}
        subprocess.run(["prlimit", f"--pid={self.pid}", f"--{what}={soft}:"], check=True,
                       user=ids["Uid:"], group=ids["Gid:"])

    def stop(self):
        """Ends it as an administrator would; it must go without complaint."""
        if self.process is None:
            return
        if self.process.poll() is None:
            standstill.end_if_begun(self.pid)
            self.signal(signal.SIGTERM)
            self.process.wait(LIMIT)
        self._ended(0)

    def kill(self):
        """Ends it as a power failure would, if it has not gone before, without complaint."""
        if self.process is None:
            return
        self.process.kill()
        self.process.wait(LIMIT)
        self._ended(0, -signal.SIGKILL)

    def _ended(self, *expected):
        status, self.process = self.process.returncode, None
        self._clear()
        if status not in expected or complaints(self.log()):
            raise AssertionError(f"spreadd ended with {status}:\n{self.log()}")

    def _clear(self):
        if os.path.exists(self.path):
            os.unlink(self.path)  # it may have become a user who cannot

    def log(self):
        with open(f"{self.folder}/{self.name}.log", errors="replace") as f:
            return f.read()

    def memory(self):
        """Bytes of it in memory."""
        with open(f"/proc/{self.pid}/statm") as f:
            return int(f.read().split()[1]) * resource.getpagesize()

    def expect_memory(self, before):
        """Now that nobody is there whom it did not have before, it uses what it used then."""
        with open(self.spreadd, "rb") as f:
            slack = SANITIZED_SLACK if b"__asan_init" in f.read() else SLACK
        until(lambda: self.memory() <= before + slack,
              f"{before >> 10} kB of memory, as before the crowd, and {slack >> 10} at most")

    def cpu_seconds(self):
        with open(f"/proc/{self.pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def descriptors(self):
        """Without those of memory that it shares with busy clients, who may be others than the test's: once it
        has been offered, one each."""
        with open(f"/proc/{self.pid}/maps") as f:
            shared = f.read().count("spread-mailbox")
        return len(os.listdir(f"/proc/{self.pid}/fd")) - shared


class Ring:
    """Daemons d1, d2, ... of one configuration, each in a segment of its own, all on loopback.

    options: further lines of the configuration; files: name and text of others beside it.
    """

    def __init__(self, spreadd, count=1, options="", files=None):
        self.folder = new_folder()
        self.daemons = [Daemon(spreadd, self.folder, f"d{i + 1}", port)
                        for i, port in enumerate(free_ports(count))]
        self._write("conf", "".join(f"Spread_Segment 127.0.0.255:{d.port} {{\n"
                                    f"    {d.name} 127.0.0.1\n}}\n" for d in self.daemons) + OWN_ROOT + options)
        for name, text in (files or {}).items():
            self._write(name, text)

    def _write(self, name, text):
        with open(f"{self.folder}/{name}", "w") as f:
            f.write(text)

    def __getitem__(self, number):
        return self.daemons[number]

    def start(self, **how):
        for d in self.daemons:
            d.spawn(**how)
        for d in self.daemons:
            if not d.started():
                raise AssertionError("spreadd ended at its start:\n" + d.log())
        return self

    def stop(self):
        """Ends those that run, and checks how they went."""
        with contextlib.ExitStack() as ends:
            ends.callback(shutil.rmtree, self.folder, ignore_errors=True)
            for d in self.daemons:
                ends.callback(d.kill)
            for d in self.daemons:
                d.stop()
