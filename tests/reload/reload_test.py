# SPDX-License-Identifier: MIT
"""Another configuration while daemons run: SIGHUP makes each read its file again.

usage: reload_test.py SPREADD [UNITTEST ARGUMENTS]
"""
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
import certificates
import loopback
import wire

SPREADD = os.path.abspath(sys.argv[1])
UNIT_TEST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "unit", "daemon",
                         "daemon_options_test.c")


def localhost_is_127_0_0_1():
    """Asked as a daemon asks, who takes the first: a hosts file may give it ::1, and a daemon there
    has nothing to do with the IPv4 segment of the test."""
    try:
        return socket.getaddrinfo("localhost", None)[0][4][0] == "127.0.0.1"
    except OSError:
        return False


class Reload(unittest.TestCase):
    def setUp(self):
        self.ring = loopback.Ring(SPREADD, 3)
        self.addCleanup(self.ring.stop)
        self.daemons = self.ring.daemons

    def write(self, daemons, options="", ports=None):
        """Everybody's file from now on."""
        self.ring._write("conf", "".join(
            f"Spread_Segment 127.0.0.255:{(ports or {}).get(d.name, d.port)} "
            f"{{\n    {d.name} 127.0.0.1\n}}\n" for d in daemons)
            + loopback.OWN_ROOT + options)

    def start(self, daemons):
        for d in daemons:
            d.spawn()
        for d in daemons:
            self.assertTrue(d.started(), "it starts")

    def reload(self, *daemons):
        for d in daemons:
            d.signal(signal.SIGHUP)

    @staticmethod
    def last_view(daemon):
        """The names in the view that its log tells of last."""
        log = daemon.log()
        if "Configuration at" not in log:
            return []
        last = log.rsplit("Configuration at", 1)[1].split("=====")[0]
        return [line.split()[0] for line in last.splitlines() if "\tID: " in line]

    def await_view(self, daemons):
        names = [d.name for d in daemons]
        for d in daemons:
            loopback.until(lambda d=d: self.last_view(d) == names,
                           f"{names} at {d.name}:\n{d.log()}")

    def await_log(self, daemon, text):
        loopback.until(lambda: text in daemon.log(), f"{text!r}:\n{daemon.log()}")

    def open_pair(self):
        a = wire.Client.opened(self.daemons[0], "a")
        b = wire.Client.opened(self.daemons[1], "b", tcp=True)
        for c in (a, b):
            self.addCleanup(c.close)
        a.join("g")
        b.join("g")
        a.frame()
        return a, b

    def exchange(self, a, b):
        """What either says is the next thing that both hear."""
        for speaker in (a, b):
            data = wire.frame(wire.SAFE, speaker.group, ["g"], b"on and on")
            speaker.send(data)
            for hearer in (a, b):
                self.assertEqual(hearer.frame().bytes, data)

    def test_a_daemon_is_added_and_removed_and_clients_of_the_others_notice_nothing(self):
        d1, d2, d3 = self.daemons
        self.write([d1, d2])
        self.start([d1, d2])
        self.await_view([d1, d2])
        a, b = self.open_pair()

        self.write([d1, d2, d3])
        self.reload(d1, d2)
        self.start([d3])
        self.await_view([d1, d2, d3])
        self.exchange(a, b)

        self.write([d1, d2])
        self.reload(d1, d2, d3)
        self.assertEqual(d3.process.wait(loopback.LIMIT), 0)
        self.await_log(d3, "this daemon is not in the configuration any more")
        self.await_view([d1, d2])
        self.exchange(a, b)

    def test_the_first_daemon_is_removed_and_the_places_of_the_others_change(self):
        d1, d2, d3 = self.daemons
        self.start(self.daemons)
        self.await_view(self.daemons)
        b = wire.Client.opened(d2, "b")
        c = wire.Client.opened(d3, "c")
        for client in (b, c):
            self.addCleanup(client.close)
        b.join("g")
        c.join("g")
        b.frame()
        self.write([d2, d3])
        self.reload(*self.daemons)
        self.assertEqual(d1.process.wait(loopback.LIMIT), 0)
        self.await_view([d2, d3])
        self.exchange(b, c)

    def test_a_wrong_file_changes_nothing(self):
        d1, d2, _ = self.daemons
        self.write([d1, d2])
        self.start([d1, d2])
        self.await_view([d1, d2])
        a, b = self.open_pair()
        self.ring._write("conf", "Spread_Segment nonsense")
        self.reload(d1, d2)
        for d in (d1, d2):
            self.await_log(d, "reload: the file is wrong; the configuration in force stays")
        self.exchange(a, b)
        os.unlink(f"{self.ring.folder}/conf")
        self.reload(d1)
        loopback.until(lambda: d1.log().count("the configuration in force stays") == 2, "again")
        self.exchange(a, b)

    @unittest.skipIf(os.geteuid() != 0, "only root can change the root folder")
    @unittest.skipUnless(localhost_is_127_0_0_1(), "localhost is not 127.0.0.1 first of all here")
    def test_names_keep_their_addresses_where_the_hosts_file_is_out_of_reach(self):
        d = self.daemons[0]
        d.name = "localhost"
        os.mkdir(f"{self.ring.folder}/empty")

        def write(options):
            self.ring._write("conf", f"Spread_Segment 127.0.0.255:{d.port} {{ localhost }}\n"
                             f"RuntimeDir = {self.ring.folder}/empty\n" + options)
        write("DaemonUser = nobody\nDaemonGroup = nogroup\n")
        with loopback.without_leaks():
            self.start([d])
        self.await_view([d])
        write("DaemonUser = nobody\nDaemonGroup = nogroup\nDebugFlags = { PRINT }\n")
        self.reload(d)
        self.await_log(d, "another configuration is in force, with other options")

    def test_options_come_into_force_without_a_new_view(self):
        d1, d2, _ = self.daemons
        self.write([d1, d2])
        self.start([d1, d2])
        self.await_view([d1, d2])
        a, b = self.open_pair()
        self.write([d1, d2], "EventLogFile = other.log\nDebugFlags = { PRINT SESSION }\n")
        path = f"{self.ring.folder}/other.log"
        open(path, "w").close()
        os.chmod(path, 0o666)  # the daemon may have become somebody else
        self.reload(d1)
        loopback.until(lambda: "another configuration is in force" in d1.log(), "it is in force")
        x = wire.Client.opened(d1, "x")
        self.addCleanup(x.close)

        def other():
            with open(path) as log:
                return "#x#d1" in log.read()
        loopback.until(other, "the session in the other log")
        self.exchange(a, b)
        self.assertEqual(d2.log().count("Configuration at"), d2.log().count("Num Segments 2") +
                         d2.log().count("Num Segments 1"))

    def keyed_pair(self, *lines):
        """d1 and d2 with these keys, and their clients."""
        d1, d2, _ = self.daemons
        self.keys = f"{self.ring.folder}/ring.key"
        loopback.write_keys(self.keys, *lines)
        self.write([d1, d2], "DaemonKeyFile = ring.key\n")
        self.start([d1, d2])
        self.await_view([d1, d2])
        return d1, d2, *self.open_pair()

    def rotate(self, daemon, *lines):
        loopback.write_keys(self.keys, *lines)
        said = daemon.log().count("reload: other keys")
        self.reload(daemon)
        loopback.until(lambda: daemon.log().count("reload: other keys") > said, f"new keys:\n{daemon.log()}")

    def test_keys_are_rotated_and_nobody_notices(self):
        one, two = loopback.key_line(1), loopback.key_line(2, "chacha20-poly1305")
        d1, d2, a, b = self.keyed_pair(one)
        views = [d.log().count("Membership id is") for d in (d1, d2)]
        send = [loopback.key_line(1, send=True), loopback.key_line(2, "chacha20-poly1305", send=True)]
        for lines in ([send[0], two], [one, send[1]], [two]):
            for d in (d2, d1):
                self.rotate(d, *lines)
                self.exchange(a, b)
        self.await_log(d1, "packets are sealed with key 2, and opened with 1 in all")
        self.assertEqual([d.log().count("Membership id is") for d in (d1, d2)], views)
        self.reload(d1)
        self.await_log(d1, "reload: nothing has changed")

    def test_a_file_of_keys_that_cannot_be_used_leaves_those_in_force(self):
        d1, d2, a, b = self.keyed_pair(loopback.key_line(1))
        stays = "reload: the keys cannot be used; the configuration in force stays"

        def refused(what, times):
            self.reload(d1)
            self.await_log(d1, what)
            loopback.until(lambda: d1.log().count(stays) == times, f"{stays} {times} times:\n{d1.log()}")
            self.exchange(a, b)
        loopback.write_keys(self.keys, loopback.key_line(1), "2 aes-256-gcm short\n")
        refused("ring.key:2:15: error: 32 bytes are 44 characters of base64, and here are 5", 1)
        loopback.write_keys(self.keys, loopback.key_line(2))
        os.chmod(self.keys, 0o640)
        refused("the key file ring.key cannot be used: others than its owner have access to it: chmod 600", 2)
        os.unlink(self.keys)
        refused("the key file ring.key cannot be used: No such file or directory", 3)
        loopback.write_keys(self.keys, loopback.key_line(1))
        self.reload(d1)
        self.await_log(d1, "reload: nothing has changed")

    @unittest.skipIf(os.geteuid() != 0, "only root stops being root")
    def test_root_is_told_that_the_daemon_will_not_be_able_to_read_its_keys(self):
        d1, d2, a, b = self.keyed_pair(loopback.key_line(1))
        d2.stop()
        self.assertNotIn("belongs to root", d2.log())
        os.chown(self.keys, 0, 0)
        self.start([d2])
        self.await_log(d2, f"is given to user number {loopback.daemon_user()}")
        self.reload(d2)
        self.await_log(d2, "the key file ring.key cannot be used: Permission denied")
        os.chown(self.keys, 12345, 0)
        done = subprocess.run([SPREADD, "-c", "conf", "-n", "d2"], cwd=self.ring.folder, capture_output=True,
                              text=True, timeout=loopback.LIMIT)
        self.assertEqual(done.returncode, 1)
        self.assertIn("it belongs to somebody else than root and the daemon's user", done.stdout + done.stderr)

    def alone(self, options="DebugFlags = { PRINT SESSION }\n"):
        d1 = self.daemons[0]
        self.write([d1], options)
        self.start([d1])
        return d1

    def line_under(self, d1, options, name):
        """The line that tells of a client called name, who comes after d1 has read a file with these
        options; None: it has none."""
        before = d1.log().count("reload: ") + d1.log().count("is in force, with")
        self.write([d1], options)
        self.reload(d1)
        loopback.until(lambda: d1.log().count("reload: ") + d1.log().count("is in force, with") > before,
                       f"a reload:\n{d1.log()}")
        wire.Client.opened(d1, name).close()
        wire.Client.opened(d1, name + "2").close()  # by now the lines of the first are written
        return next((line for line in d1.log().splitlines() if f"session #{name}#d1" in line), None)

    def test_flags_of_the_log_are_those_of_the_new_file(self):
        d1 = self.alone("DebugFlags = { PRINT CONFIGURATION }\n")
        self.assertIsNone(self.line_under(d1, "DebugFlags = { CONFIGURATION PRINT GROUPS }\n", "a"))
        self.assertIsNotNone(self.line_under(d1, "DebugFlags = { PRINT SESSION }\n", "b"))

    def test_the_priority_of_the_log_is_that_of_the_new_file(self):
        d1 = self.alone()
        self.write([d1], "DebugFlags = { PRINT SESSION }\nEventPriority = WARNING\n")
        self.reload(d1)  # whose line in the log, an INFO, still comes or does not
        loopback.until(lambda: "log reopened on SIGHUP" in d1.log(), "it is heard")

        def is_silent():
            """True: a client that came and went has left no line."""
            name = f"c{len(tried)}"
            tried.append(name)
            wire.Client.opened(d1, name).close()
            wire.Client.opened(d1, name + "x").close()
            return f"session #{name}#d1" not in d1.log()
        tried = []
        loopback.until(is_silent, "no line of a session")

    def test_stamps_are_those_of_the_new_file(self):
        d1 = self.alone()
        flags = "DebugFlags = { PRINT SESSION }\n"
        self.assertRegex(self.line_under(d1, flags + 'EventTimeStamp = "at %Y"\n', "a"),
                         r"\Aat \d{4} session")
        self.assertRegex(self.line_under(d1, flags + 'EventTimeStamp = "at %s"\nEventPreciseTimeStamp\n',
                                         "b"), r"\Aat \d+[.]\d+ session")
        self.assertRegex(self.line_under(d1, flags, "c"), r"\A\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.]\d{3} session")

    def test_the_form_of_the_log_is_that_of_the_new_file(self):
        d1 = self.alone()
        line = self.line_under(d1, "DebugFlags = { PRINT SESSION }\nEventLogFormat = json\n", "a")
        self.assertRegex(json.loads(line)["text"], r"\Asession #a#d1 ")

    @unittest.skipIf(os.geteuid() != 0, "only root can make a network of its own")
    def test_groups_that_cannot_be_joined_are_left_out_if_the_new_file_says_so(self):
        d1 = self.daemons[0]
        self.ring._write("in_a_network", "#!/bin/sh\nexec unshare -n sh -c 'ip link set lo up && "
                         f"exec \"$0\" \"$@\"' '{os.path.abspath(SPREADD)}' \"$@\"\n")
        d1.spreadd = f"{self.ring.folder}/in_a_network"
        os.chmod(d1.spreadd, 0o755)

        def write(group, options=""):
            self.ring._write("conf", f"Spread_Segment {group}:{d1.port} {{ d1 127.0.0.1 }}\n"
                             + loopback.OWN_ROOT + options)
        write("239.77.1.1")
        self.start([d1])
        subprocess.run(["nsenter", "-t", str(d1.pid), "-n", "sysctl", "-qw",
                        "net.ipv4.igmp_max_memberships=1"], check=True)
        write("239.77.1.2")
        self.reload(d1)
        self.await_log(d1, "cannot join 239.77.1.2")
        write("239.77.1.2", "IgnoreMulticastJoinErrors = true\n")
        self.reload(d1)
        self.await_log(d1, "left out")
        self.await_log(d1, "another configuration is in force")

    def tls_version(self, d1, own=None):
        """Of a client that trusts the authority of the test; None: there is no TLS for it, or it is
        refused."""
        context = ssl.create_default_context(cafile=f"{self.ring.folder}/ca.pem")
        if own:
            context.load_cert_chain(f"{self.ring.folder}/{own}.pem", f"{self.ring.folder}/{own}.key")
        try:
            c = wire.Client(d1, tcp=True, tls=context)
        except OSError:  # of TLS, too
            return None
        try:
            c.send(wire.hello("t"))
            return c.socket.version() if c.read(1) == b"\5" else None
        except (OSError, wire.Closed):  # by TLS 1.3 it is refused when it thinks that it is in
            return None
        finally:
            c.close()

    def test_tls_is_that_of_the_new_file(self):
        certificates.usual(self.ring.folder)
        certificates.revoked(self.ring.folder, "alice")
        d1 = self.alone()
        self.assertIsNone(self.tls_version(d1))
        for options, who in (
                ("TLSCertFile = server.pem TLSKeyFile = server.key\n", {None: True, "mallory": True}),
                ("TLSCertFile = expired.pem TLSKeyFile = expired.key\n", {None: False}),
                ("TLSCertFile = server.pem TLSKeyFile = server.key TLSCAFile = ca.pem\n",
                 {None: True, "alice": True, "mallory": False}),
                ("TLSCertFile = server.pem TLSKeyFile = server.key TLSCAFile = ca.pem TLSCRLFile = crl.pem\n",
                 {None: True, "alice": False}),
                ("TLSCertFile = server.pem TLSKeyFile = server.key TLSCAFile = ca.pem\n"
                 "TLSRequire = Certificate\n", {None: False, "alice": True}),
                ("", {None: False})):
            self.write([d1], options)
            self.reload(d1)
            for own, comes in who.items():
                loopback.until(lambda own=own, comes=comes: bool(self.tls_version(d1, own)) == comes,
                               f"{own} with {options}\n{d1.log()}")

    def test_keys_are_read_from_where_the_new_file_says(self):
        d1, d2, a, b = self.keyed_pair(loopback.key_line(1))
        loopback.write_keys(f"{self.ring.folder}/other.key", loopback.key_line(1, send=True), loopback.key_line(9))
        self.write([d1, d2], "DaemonKeyFile = other.key\n")
        self.reload(d1)
        self.await_log(d1, "other keys: packets are sealed with key 1, and opened with 2 in all")
        self.exchange(a, b)
        self.write([d1, d2])
        self.reload(d1, d2)
        for d in (d1, d2):
            self.await_log(d, "there is no DaemonKeyFile any more")

    def test_the_status_is_for_whom_the_new_file_says(self):
        d1 = self.alone()

        def answer(host="localhost"):
            with socket.create_connection(("127.0.0.1", d1.port), loopback.LIMIT) as s:
                s.sendall(f"GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
                s.shutdown(socket.SHUT_WR)
                return s.makefile("rb").readline()
        self.assertIn(b"200", answer())
        for access, mine, others in (("off", b"", b""), ("public", b"200", b"200"), ("local", b"200", b"421")):
            self.write([d1], f"StatusAccess = {access}\n")
            self.reload(d1)
            loopback.until(lambda: (mine in answer() and others in answer("elsewhere") and
                                    (b"HTTP" in answer()) == bool(mine)), access)

    def test_memory_is_shared_with_as_many_as_the_new_file_says(self):
        d1 = self.alone("SharedMailboxes = 0\nSharedMailboxAfter = 0\n")

        def offered():
            """Descriptors that come along with the bytes of a new client."""
            c = wire.Client.opened(d1, "busy", membership=False)
            descriptors = []
            for _ in range(3):
                c.request(wire.AGREED, c.group)
                descriptors += socket.recv_fds(c.socket, 65536, 4)[1]
            for fd in descriptors:
                os.close(fd)
            c.request(wire.KILL)
            c.rest()
            c.close()
            return len(descriptors)
        self.assertEqual(offered(), 0)
        self.write([d1], "SharedMailboxes = 1\nSharedMailboxAfter = 0\n")
        self.reload(d1)
        loopback.until(lambda: offered() == 2, "it is offered")
        self.write([d1], "SharedMailboxes = 1\nSharedMailboxAfter = 100000\n")
        self.reload(d1)
        loopback.until(lambda: offered() == 0, "it is not offered so soon")

    # By which of these tests each option is seen that only sockets and the log show; all others are in
    # tests/unit/daemon/daemon_options_test.c.
    def test_a_policy_file_that_cannot_be_read_changes_nothing(self):
        """What policies do: rights_test.py."""
        d1 = self.alone("")
        a = wire.Client.opened(d1, "a")
        self.addCleanup(a.close)
        self.write([d1], "PolicyFile = policy\n")
        self.reload(d1)
        self.await_log(d1, "policy cannot be read: No such file or directory")
        self.await_log(d1, "reload: an access file is wrong; the configuration in force stays")
        a.join("g")
        self.ring._write("policy", "")
        self.reload(d1)
        with self.assertRaises(wire.Closed):
            a.frame()

    SEEN = {
        "DebugFlags": test_flags_of_the_log_are_those_of_the_new_file,
        "EventPriority": test_the_priority_of_the_log_is_that_of_the_new_file,
        "EventLogFile": test_options_come_into_force_without_a_new_view,
        "EventTimeStamp": test_stamps_are_those_of_the_new_file,
        "EventPreciseTimeStamp": test_stamps_are_those_of_the_new_file,
        "EventLogFormat": test_the_form_of_the_log_is_that_of_the_new_file,
        "IgnoreMulticastJoinErrors":
            test_groups_that_cannot_be_joined_are_left_out_if_the_new_file_says_so,
        "TLSCertFile": test_tls_is_that_of_the_new_file,
        "TLSKeyFile": test_tls_is_that_of_the_new_file,
        "TLSCAFile": test_tls_is_that_of_the_new_file,
        "TLSCRLFile": test_tls_is_that_of_the_new_file,
        "TLSRequire": test_tls_is_that_of_the_new_file,
        "PolicyFile": test_a_policy_file_that_cannot_be_read_changes_nothing,
        "SharedMailboxes": test_memory_is_shared_with_as_many_as_the_new_file_says,
        "SharedMailboxAfter": test_memory_is_shared_with_as_many_as_the_new_file_says,
        "StatusAccess": test_the_status_is_for_whom_the_new_file_says,
        "DaemonKeyFile": test_keys_are_read_from_where_the_new_file_says,
    }

    def test_each_option_is_seen_in_force_somewhere(self):
        self.write(self.daemons[:1])
        done = subprocess.run([SPREADD, "--check", f"{self.ring.folder}/conf"], capture_output=True,
                              text=True, check=True)
        options = set(re.findall(r"^(?:# )?([A-Z]\w+)(?= = |$| is not set)", done.stdout, re.M))
        with open(UNIT_TEST) as test:
            by_io = set(re.findall(r'option = "(\w+)".*?by_io = true', test.read()))
        self.assertEqual(set(self.SEEN), by_io)
        self.assertLessEqual(by_io, options)

    def test_what_takes_a_restart_is_said_until_it_comes(self):
        d1 = self.alone("SocketPortReuse = on\n")
        said = "reload: SocketPortReuse is another one than this daemon was started with"
        for n in (1, 2):
            self.write([d1], f"SocketPortReuse = off\nMaxSessionMessages = {n}00\n")
            self.reload(d1)
            loopback.until(lambda n=n: d1.log().count(said) == n, f"said {n} times:\n{d1.log()}")
        self.write([d1], "SocketPortReuse = on\n")
        self.reload(d1)
        loopback.until(lambda: d1.log().count("another configuration is in force") == 3, "it is")
        self.assertEqual(d1.log().count(said), 2)

    def test_an_unchanged_file_changes_nothing_and_the_log_says_so(self):
        d1, d2, _ = self.daemons
        self.write([d1, d2])
        self.start([d1, d2])
        self.await_view([d1, d2])
        self.reload(d1)
        self.await_log(d1, "reload: nothing has changed")
        with open(f"{self.ring.folder}/conf", "a") as conf:
            conf.write("  # a remark\nWindow = 160  EventPriority = INFO\n")
        self.reload(d2)
        self.await_log(d2, "another configuration is in force, with other options")
        self.reload(d2)
        self.await_log(d2, "reload: nothing has changed")
        self.assertNotIn("another configuration is in force", d1.log())

    def test_a_changed_access_file_is_a_change(self):
        d1, _, _ = self.daemons
        access = f"{self.ring.folder}/spread.access_ip"
        self.write([d1])
        self.ring._write("spread.access_ip", "local\n")
        self.start([d1])
        self.ring._write("spread.access_ip", "local\nunix\n")
        os.chmod(access, 0o644)
        self.reload(d1)
        self.await_log(d1, "another configuration is in force, with other options")
        self.reload(d1)
        self.await_log(d1, "reload: nothing has changed")

    def test_a_daemon_whose_port_has_changed_ends_and_says_why(self):
        d1, d2, d3 = self.daemons
        self.write([d1, d2])
        self.start([d1, d2])
        self.await_view([d1, d2])
        self.write([d1, d2], ports={"d2": d3.port})
        self.reload(d2)
        self.assertEqual(d2.process.wait(loopback.LIMIT), 1)
        self.await_log(d2, "id, address or port of this daemon have changed")
        d2.process = None
        self.await_view([d1])


if __name__ == "__main__":
    loopback.main(sys.argv[2:])
