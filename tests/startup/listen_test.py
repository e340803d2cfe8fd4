# SPDX-License-Identifier: MIT
"""The port and the path of clients, when somebody or something has them already.

usage: listen_test.py SPREADD [UNITTEST ARGUMENTS]
"""
import os
import pathlib
import pwd
import shutil
import socket
import struct
import sys
import tempfile
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
import loopback
import wire

SPREADD = sys.argv[1]
REUSE = ("", "SocketPortReuse = off\n")


class Case(unittest.TestCase):
    def setUp(self):
        self.port = loopback.free_port()
        self.folder = loopback.new_folder()
        self.addCleanup(shutil.rmtree, self.folder)
        self.daemons = [loopback.Daemon(SPREADD, self.folder, name, self.port)
                        for name in ("d1", "d2")]
        for d in self.daemons:
            self.addCleanup(d.kill)

    def write(self, options="", uses=""):
        """d1 at 127.0.0.1 and d2 at 127.0.0.2, both at one port."""
        pathlib.Path(self.folder, "conf").write_text(
            f"Spread_Segment 127.0.0.255:{self.port} {{\n" +
            "".join(f"    d{i} 127.0.0.{i} {{ {uses} 127.0.0.{i} }}\n" for i in (1, 2)) +
            "}\n" + loopback.OWN_ROOT + options)

    def await_log(self, daemon, text):
        loopback.until(lambda: text in daemon.log(), f"{text!r} in\n{daemon.log()}")

    def refused(self, daemon, **how):
        """It ends with status 1; its log."""
        daemon.spawn(**how)
        self.assertEqual(daemon.process.wait(loopback.LIMIT), 1, daemon.log())
        daemon.process = None
        return daemon.log()

    def greet_by_tcp(self, address):
        """The handshake up to the private group."""
        with socket.create_connection((address, self.port)) as s:
            s.settimeout(loopback.LIMIT)
            s.sendall(wire.hello("a") + wire.choice("NULL"))
            data = b""
            while not data.endswith((b"#a#d1", b"#a#d2")):
                more = s.recv(100)
                self.assertTrue(more)
                data += more
            return data[-5:].decode()


class Neighbours(Case):
    """Two daemons with one port at two addresses of one machine: there is one path for both."""

    def test_the_second_serves_by_tcp_and_says_who_has_the_path(self):
        d1, d2 = self.daemons
        self.write()
        d1.spawn()
        self.assertTrue(d1.started())
        d2.spawn()
        self.await_log(d2, f"{d1.path} is served by daemon d1 (process {d1.pid}): clients reach "
                           "this one by TCP only")
        self.await_log(d2, "--socket-dir")
        self.await_log(d2, "serves clients of d2")
        self.assertEqual(self.greet_by_tcp("127.0.0.2"), "#a#d2")
        self.assertEqual(self.greet_by_tcp("127.0.0.1"), "#a#d1")
        d2.signal(15)
        self.assertEqual(d2.process.wait(loopback.LIMIT), 0)
        self.assertTrue(d1.serves(), "it took nothing away")

    def test_where_the_path_is_asked_for_it_has_to_be_had(self):
        d1, d2 = self.daemons
        self.write()
        d1.spawn()
        self.assertTrue(d1.started())
        self.assertIn(f"{d1.path} is served by daemon d1 (process {d1.pid})",
                      self.refused(d2, options=("--socket-dir", os.path.dirname(d1.path))))
        self.assertTrue(d1.serves())

    def test_a_folder_of_its_own_gives_it_a_path(self):
        d1, d2 = self.daemons
        self.write()
        d1.spawn()
        self.assertTrue(d1.started())
        d2.path = f"{self.folder}/{self.port}"
        os.chmod(self.folder, 0o777)  # whoever it becomes removes its socket there
        d2.spawn(options=("--socket-dir", self.folder))
        self.assertTrue(d2.started())
        for d in (d1, d2):
            wire.Client.opened(d, "a").close()
        self.assertNotIn("is served by", d2.log())
        d2.signal(15)
        self.assertEqual(d2.process.wait(loopback.LIMIT), 0)
        self.assertFalse(os.path.exists(d2.path))

    def test_without_tcp_there_would_be_no_way_to_it(self):
        d1, d2 = self.daemons
        self.write(uses="D")
        d1.spawn()
        self.assertTrue(d1.started())
        self.assertIn(f"{d1.path} is served by daemon d1 (process {d1.pid})", self.refused(d2))
        self.assertTrue(d1.serves())

    def test_one_that_says_nothing_is_named_by_its_process(self):
        d1, d2 = self.daemons
        self.write()
        with socket.socket(socket.AF_UNIX) as mute:
            mute.bind(d1.path)
            mute.listen()
            d2.spawn()
            self.await_log(d2, f"is served by another daemon (process {os.getpid()}): clients")
        self.await_log(d2, "serves clients of d2")
        d2.stop()


class Port(Case):
    def holder(self):
        s = socket.socket()
        self.addCleanup(s.close)
        s.bind(("127.0.0.1", self.port))
        return s

    def test_a_program_that_listens_is_named_at_once(self):
        me = f"127.0.0.1 TCP port {self.port} is in use: {self.own_name()} (process {os.getpid()})"
        s = self.holder()
        s.listen()
        for options in REUSE:
            self.write(options)
            self.assertIn(f"{me} listens there", self.refused(self.daemons[0]))
        self.assertNotIn("tried again", self.daemons[0].log())

    @staticmethod
    def own_name():
        return pathlib.Path("/proc/self/comm").read_text().strip()

    def connect(self, s, service):
        s.connect(service.getsockname())
        return service.accept()[0]

    def service(self):
        s = socket.socket()
        self.addCleanup(s.close)
        s.bind(("127.0.0.1", 0))
        s.listen()
        return s

    def test_a_connection_of_a_program_is_waited_for(self):
        """Say, one whose own port the system chose."""
        d1 = self.daemons[0]
        for options in REUSE:
            self.write(options)
            s = self.holder()
            other = self.connect(s, self.service())
            d1.spawn()
            self.await_log(d1, f"127.0.0.1 TCP port {self.port} is held by a connection of "
                               f"{self.own_name()} (process {os.getpid()}); tried again for a minute")
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            s.close()  # with a reset, which leaves nothing behind
            other.close()
            self.assertTrue(d1.started(), d1.log())
            self.assertIn("is free now", d1.log())
            d1.stop()
            os.unlink(f"{self.folder}/d1.log")

    def test_while_it_waits_it_can_be_told_to_end(self):
        d1 = self.daemons[0]
        self.write()
        s = self.holder()
        other = self.connect(s, self.service())
        d1.spawn()
        self.await_log(d1, "tried again for a minute")
        d1.signal(15)
        self.assertEqual(d1.process.wait(loopback.LIMIT), -15)
        d1.process = None
        other.close()

    def test_connections_that_linger_are_told_from_programs(self):
        """As 5.0.1 leaves them behind, which does not always ask for reuse."""
        d1 = self.daemons[0]
        s = self.holder()
        s.listen()
        client = socket.create_connection(s.getsockname())
        served = s.accept()[0]
        served.close()  # who closes first has the TIME-WAIT
        self.assertEqual(client.recv(1), b"")
        client.close()
        s.close()
        for options in REUSE:
            self.write(options)
            d1.spawn()
            self.await_log(d1, f"127.0.0.1 TCP port {self.port} is held by 1 connection whose "
                               "program has ended (TIME-WAIT); tried again for a minute")
            self.assertTrue(d1.is_alive())
            d1.kill()
            os.unlink(f"{self.folder}/d1.log")


class Path(Case):
    def setUp(self):
        super().setUp()
        self.shared = tempfile.mkdtemp(prefix="spread-shared-")
        self.addCleanup(shutil.rmtree, self.shared)
        os.chmod(self.shared, 0o1777)
        self.daemon = self.daemons[0]
        self.daemon.path = f"{self.shared}/{self.port}"
        self.options = ("--socket-dir", self.shared)
        self.write()

    def leave_socket(self):
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(self.daemon.path)

    def test_a_socket_that_nobody_serves_is_replaced(self):
        self.leave_socket()
        self.daemon.spawn(options=self.options)
        self.assertTrue(self.daemon.started())
        self.daemon.stop()

    def test_everybody_may_connect_whatever_the_umask(self):
        before = os.umask(0o077)
        self.addCleanup(os.umask, before)
        self.daemon.spawn(options=self.options)
        self.assertTrue(self.daemon.started())
        self.assertEqual(os.stat(self.daemon.path).st_mode & 0o777, 0o666)

    def test_the_process_is_confined(self):
        self.daemon.spawn(options=self.options)
        self.assertTrue(self.daemon.started())
        self.await_log(self.daemon, "serves clients of")
        with open(f"/proc/{self.daemon.pid}/status") as f:
            status = dict(line.split(":", 1) for line in f)
        self.assertEqual(int(status["NoNewPrivs"]), 1)
        if "system calls are not filtered" not in self.daemon.log():
            self.assertEqual(int(status["Seccomp"]), 2)

    def test_a_file_is_left_alone(self):
        pathlib.Path(self.daemon.path).write_text("precious")
        self.assertIn(f"{self.daemon.path} is in the way and is no socket",
                      self.refused(self.daemon, options=self.options))
        self.assertEqual(pathlib.Path(self.daemon.path).read_text(), "precious")

    @unittest.skipIf(os.geteuid() != 0, "takes two users")
    def test_that_of_another_user_is_named_with_the_remedy(self):
        os.chmod(self.folder, 0o777)
        nobody = pwd.getpwnam("nobody").pw_uid
        for mode, text in ((0o666, "that no daemon serves any more, and this user may not remove it"),
                           (0o600, "that this user may not connect to, so nobody knows whether it is "
                                   "served")):
            self.leave_socket()
            os.chmod(self.daemon.path, mode)
            log = self.refused(self.daemon, options=self.options, user=nobody)
            self.assertIn(f"{self.daemon.path} is a socket of user root {text}: remove it as that "
                          "user or as root, or choose another folder with --socket-dir", log)
            os.unlink(self.daemon.path)
            os.unlink(f"{self.folder}/d1.log")


if __name__ == "__main__":
    loopback.main(sys.argv[2:])
