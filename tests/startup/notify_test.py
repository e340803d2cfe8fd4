# SPDX-License-Identifier: MIT
"""What a daemon tells the service manager that has started it, which here is a socket of the test:
that it is ready, alive, at a reload, leaving, and how it stands; as the user that it becomes, in a root
folder where that socket has no path, its system calls filtered.

usage: notify_test.py SPREADD [UNITTEST ARGUMENTS]
"""
import os
import pathlib
import signal
import socket
import sys
import tempfile
import time
import unittest
from unittest import mock

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
import loopback

SPREADD = sys.argv[1]
HURRIED = 100000  # microseconds between two signs of life
OPTIONS = "SystemCallFilter = true\n" + loopback.SHORT_TIMEOUTS


class Manager:
    """Its end of the notifications of one daemon."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="spread-notify-")
        os.chmod(self.folder.name, 0o755)
        self.path = f"{self.folder.name}/notify"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        os.chmod(self.path, 0o777)

    def environment(self, watchdog=None):
        more = {"WATCHDOG_USEC": str(watchdog)} if watchdog else {}
        return mock.patch.dict(os.environ, {"NOTIFY_SOCKET": self.path, **more})

    def hear(self, seconds=loopback.LIMIT):
        """The assignments of the next message; None: none came."""
        self.socket.settimeout(seconds)
        try:
            lines = self.socket.recv(4096).decode().splitlines()
        except (TimeoutError, BlockingIOError):
            return None
        return dict(line.split("=", 1) for line in lines)

    def await_one(self, key, value=None):
        """The next message that says so; it returns the keys of those before it, too."""
        before = []
        while True:
            said = self.hear()
            if said is None:
                raise AssertionError(f"{key} was not told; what was: {before}")
            if key in said and (value is None or value in said[key]):
                return said, before
            before += said

    def close(self):
        self.socket.close()
        self.folder.cleanup()


class Notified(unittest.TestCase):
    def setUp(self):
        self.manager = Manager()
        self.addCleanup(self.manager.close)

    def ring(self, count=1):
        ring = loopback.Ring(SPREADD, count, OPTIONS)
        self.addCleanup(ring.stop)
        return ring

    def own_root(self, ring):
        """The daemon changes its root to a folder in which there is nothing."""
        if os.geteuid() != 0:
            return
        conf = pathlib.Path(ring.folder, "conf")
        root = pathlib.Path(ring.folder, "root")
        root.mkdir()
        conf.write_text(conf.read_text().replace(loopback.OWN_ROOT, f"RuntimeDir = {root}\n"))
        leaks = loopback.without_leaks()
        leaks.start()
        self.addCleanup(leaks.stop)

    def start(self, watchdog=None):
        ring = self.ring()
        self.own_root(ring)
        with self.manager.environment(watchdog):
            ring[0].spawn()
        return ring[0]

    def test_ready_says_that_clients_are_served(self):
        daemon = self.start()
        _, before = self.manager.await_one("READY", "1")
        self.assertEqual(before, [])
        self.assertTrue(daemon.serves())
        with socket.create_connection(("127.0.0.1", daemon.port), loopback.LIMIT):
            pass

    def test_a_daemon_that_cannot_start_is_never_ready(self):
        ring = self.ring()
        with socket.create_server(("127.0.0.1", ring[0].port)), self.manager.environment():
            ring[0].spawn()
            self.assertEqual(ring[0].process.wait(loopback.LIMIT), 1)
        ring[0].process = None
        self.assertIn(f"port {ring[0].port}", ring[0].log())
        self.assertIsNone(self.manager.hear(0))

    def test_it_says_how_it_stands(self):
        ring = self.ring(2)
        with self.manager.environment():
            ring[0].spawn()
        said, _ = self.manager.await_one("STATUS", "ALONE")
        self.assertEqual(said["STATUS"], f"d1 serves clients at port {ring[0].port}, "
                         "ALONE: none of the others of 2 daemons is in its view")
        ring[1].spawn()
        self.manager.await_one("STATUS", "in a view of all 2 daemons")
        ring[1].kill()
        self.manager.await_one("STATUS", "ALONE")

    def test_the_loop_itself_says_that_it_turns(self):
        daemon = self.start(2 * HURRIED)
        for _ in range(5):
            self.manager.await_one("WATCHDOG", "1")
        daemon.stand_still()
        while self.manager.hear(0):
            pass  # from before
        self.assertIsNone(self.manager.hear(10 * HURRIED / 1e6), "nobody says so in its place")
        daemon.go_on()
        self.manager.await_one("WATCHDOG", "1")

    def test_a_reload_is_told_from_its_beginning_to_its_end(self):
        daemon = self.start()
        self.manager.await_one("READY")
        for line, word in (("", ""), ("DebugFlags = { FOO }", "error"), ("", "")):
            with self.subTest(line=line):
                conf = pathlib.Path(daemon.folder, "conf")
                good = conf.read_text()
                conf.write_text(good + line)
                before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
                daemon.signal(signal.SIGHUP)
                said, _ = self.manager.await_one("RELOADING", "1")
                after = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
                self.assertTrue(before <= int(said["MONOTONIC_USEC"]) <= after)
                self.manager.await_one("READY", "1")
                self.assertIn(word, daemon.log())
                conf.write_text(good)

    def test_it_does_not_wait_for_a_manager_that_does_not_read(self):
        daemon = self.start(2 * HURRIED)
        loopback.until(daemon.serves, "it serves")
        fits = int(pathlib.Path("/proc/sys/net/unix/max_dgram_qlen").read_text()) + 1
        loopback.until(lambda: daemon.log().count("log reopened") > fits or
                       daemon.signal(signal.SIGHUP), "all reloads were read")
        with socket.create_connection(("127.0.0.1", daemon.port), loopback.LIMIT) as client:
            client.sendall(bytes([5, 0, 1, 0, 1]) + b"a")
            self.assertTrue(client.recv(1), "somebody answers")
        for _ in range(fits):
            self.manager.hear()
        self.manager.await_one("WATCHDOG")

    def test_it_says_that_it_leaves(self):
        daemon = self.start()
        self.manager.await_one("READY")
        daemon.stop()
        _, before = self.manager.await_one("STOPPING", "1")
        self.assertLessEqual(set(before), {"STATUS"})
        self.assertIsNone(self.manager.hear(0))

    def test_a_manager_whose_socket_is_gone_does_not_keep_it_from_serving(self):
        self.manager.socket.close()
        ring = self.ring()
        with self.manager.environment():
            ring.start()
        loopback.until(lambda: "NOTIFY_SOCKET failed" in ring[0].log(), "it says so")


if __name__ == "__main__":
    loopback.main(sys.argv[2:])
