# SPDX-License-Identifier: MIT
"""The port and the path of clients, when somebody or something has them already.

usage: listen_test.py SPREADD [UNITTEST ARGUMENTS]
"""
import grp
import os
import pathlib
import pwd
import shutil
import socket
import struct
import subprocess
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


class Folder(Case):
    """SocketDir, SocketMode, SocketGroup and ClassicSocket."""

    def setUp(self):
        super().setUp()
        self.daemon = self.daemons[0]
        self.classic = f"/tmp/{self.port}"
        self.run = f"{self.folder}/run"
        self.daemon.path = f"{self.run}/{self.port}"
        os.chmod(self.folder, 0o755)

    def serve(self, options):
        self.write(f"SocketDir = {self.run}\n" + options)
        self.daemon.spawn()
        self.await_log(self.daemon, "serves clients of")

    def comes_in(self, path):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(loopback.LIMIT)
            s.connect(path)
            s.sendall(wire.hello("a"))
            return s.recv(1) != b""

    def test_the_folder_is_made_and_old_clients_find_the_daemon_too(self):
        self.serve("")
        there = os.stat(self.run)
        self.assertEqual(there.st_mode & 0o7777, 0o755)
        self.assertEqual(there.st_uid, os.stat(f"/proc/{self.daemon.pid}").st_uid)
        for path in (self.daemon.path, self.classic):
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o666)
            self.assertTrue(self.comes_in(path))
        self.assertNotIn("SocketDir", self.daemon.log())
        self.daemon.signal(15)
        self.assertEqual(self.daemon.process.wait(loopback.LIMIT), 0)
        for path in (self.daemon.path, self.classic):
            self.assertFalse(os.path.exists(path))

    def test_the_classic_path_can_be_left_out_or_be_served_beside_another_one(self):
        self.serve("ClassicSocket = off\n")
        self.assertFalse(os.path.exists(self.classic))
        self.daemon.stop()
        self.write("ClassicSocket = on\n")
        self.daemon.spawn(options=("--socket-dir", self.run))
        self.assertTrue(self.daemon.started())
        self.assertTrue(self.comes_in(self.classic))

    def test_the_command_line_goes_before_the_file(self):
        self.write(f"SocketDir = {self.folder}/other\n")
        os.mkdir(self.run)
        os.chmod(self.run, 0o777)
        self.daemon.spawn(options=("--socket-dir", self.run))
        self.assertTrue(self.daemon.started())
        self.assertFalse(os.path.exists(f"{self.folder}/other"))
        self.assertFalse(os.path.exists(self.classic))

    def test_whoever_is_first_in_tmp_keeps_the_daemon_from_nothing_else(self):
        """A file there kept a daemon from starting, for everybody who could make one."""
        pathlib.Path(self.classic).write_text("precious")
        self.addCleanup(os.unlink, self.classic)
        self.serve("")
        self.await_log(self.daemon, f"warning: {self.classic} is in the way and is no socket")
        self.assertTrue(self.comes_in(self.daemon.path))
        self.assertEqual(pathlib.Path(self.classic).read_text(), "precious")

    def test_a_link_in_tmp_is_not_followed(self):
        victim = pathlib.Path(self.folder, "victim")
        victim.write_text("precious")
        os.symlink(victim, self.classic)
        self.addCleanup(os.unlink, self.classic)
        self.serve("")
        self.await_log(self.daemon, "is in the way")
        self.assertEqual(victim.read_text(), "precious")
        self.assertTrue(os.path.islink(self.classic))

    def test_the_path_that_is_asked_for_has_to_be_had(self):
        d1, d2 = self.daemons
        self.serve("")
        self.assertIn(f"{d1.path} is served by daemon d1 (process {d1.pid})", self.refused(d2))
        self.assertTrue(d1.serves())

    def test_a_folder_that_cannot_be_had_is_said(self):
        self.write(f"SocketDir = {self.folder}/no/such\n")
        self.assertIn(f"SocketDir {self.folder}/no/such cannot be had: No such file",
                      self.refused(self.daemon))

    def test_a_folder_of_everybody_is_doubted(self):
        os.mkdir(self.run)
        os.chmod(self.run, 0o777)
        self.serve("")
        self.await_log(self.daemon, f"warning: SocketDir {self.run}: everybody can write to it")

    @unittest.skipIf(os.geteuid() != 0, "takes two users")
    def test_who_may_connect_is_a_matter_of_mode_and_group(self):
        users = grp.getgrnam("users").gr_gid
        self.serve("SocketMode = 0660\nSocketGroup = users\n")
        stranger = 4801
        for path in (self.daemon.path, self.classic):
            made = os.stat(path)
            self.assertEqual((made.st_mode & 0o777, made.st_gid), (0o660, users))
            for groups, may in (([users], True), ([], False)):
                self.assertEqual(self.try_as(stranger, groups, path), may)

    def try_as(self, uid, groups, path):
        """Whether a process of that user in those groups can connect."""
        child = os.fork()
        if child == 0:
            try:
                os.setgroups(groups)
                os.setgid(uid)
                os.setuid(uid)
                os._exit(0 if self.comes_in(path) else 2)
            except PermissionError:
                os._exit(1)
            finally:
                os._exit(3)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        self.assertIn(status, (0, 1))
        return status == 0

    def test_a_group_that_is_not_there_is_said_at_the_start_and_by_check(self):
        self.write("SocketGroup = nosuch\n")
        self.assertIn("SocketGroup nosuch does not exist", self.refused(self.daemon))
        done = subprocess.run([SPREADD, "--check", f"{self.folder}/conf"], capture_output=True,
                              text=True, timeout=loopback.LIMIT)
        self.assertEqual(done.returncode, 1)
        self.assertIn("SocketGroup nosuch does not exist", done.stdout + done.stderr)


if __name__ == "__main__":
    loopback.main(sys.argv[2:])
