#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An operator's day: what goes wrong on hosts of a ring, and that what is said then names the remedy. That
others are elsewhere is said here, so that the day is whole:

    removed host, changed file                  reload/reload
    interface gone and back                     system/address_test
    firewall closed one way, one port, loss     system/lan_test
    TCP port in use, stale socket               startup/listen
    few descriptors                             hostile/descriptors
"""
import os
import pathlib
import re
import unittest

from field import PATIENCE, Lan, lab, loopback, main

NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
SCRIPT = "import socket,sys,time; s = socket.socket(type=socket.SOCK_DGRAM)\n" \
         "s.bind((sys.argv[1], int(sys.argv[2]))); print(flush=True); time.sleep(600)"


class Day(unittest.TestCase):
    def setUp(self):
        self.lan = Lan(3)
        self.addCleanup(self.lan.__exit__, None, None, None)
        self.conf = self.lan.conf

    def start(self, i, *options, conf=None, before=()):
        """A daemon, and where its words are."""
        path = self.lan.folder / f"words{i}"
        path.unlink(missing_ok=True)
        process = self.lan.lab.start(self.lan.hosts[i - 1], *before, self.lan.spreadd, "-c",
                                     str(conf or self.conf), *options, log=path.name)
        return process, path

    def await_word(self, path, word, seconds=PATIENCE):
        self.assertTrue(lab.wait_until(lambda: word in path.read_text(), seconds), path.read_text())

    def await_view(self, names, *paths):
        """The last view that each of these has is of those, and no others."""
        def last(path):
            views = path.read_text().split("Num Segments")[1:]
            return " ".join(re.findall(r"\t(d\d) ", views[-1].split("=====")[0])) if views else ""
        for path in paths:
            self.assertTrue(lab.wait_until(lambda path=path: last(path) == names, PATIENCE), path.read_text())

    def fails(self, i, word, **how):
        """It does not start, and the last line says why."""
        options = how.pop("options", ())
        process, path = self.start(i, *options, **how)
        self.assertEqual(process.wait(PATIENCE), 1, path.read_text())
        self.assertIn(word, path.read_text().splitlines()[-1])
        self.assertNotIn("serves clients", path.read_text())

    def ready(self, i):
        """The first line of what /readyz says there."""
        return self.lan.hosts[i - 1].run("bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{Lan.PORT}; "
                                         r"printf 'GET /readyz HTTP/1.0\r\n\r\n' >&3; head -n 1 <&3")

    def written(self, name, text, mode=0o644):
        path = self.lan.folder / name
        path.write_text(text)
        path.chmod(mode)
        return path

    def drop(self, *rules):
        """What the switch does not pass on."""
        script = ["add table bridge lab", "add chain bridge lab pass { type filter hook forward priority 0; }",
                  *(f"add rule bridge lab pass {rule} drop" for rule in rules)]
        self.lan.lab.switch.run("nft", "-f", "-", input="\n".join(script) + "\n")

    def test_they_may_be_started_in_any_order_and_one_alone_says_so(self):
        _, words = self.start(3)
        self.await_word(words, "none of the other 2 daemons of the configuration has been heard")
        self.assertIn("look at UDP ports 4803 and 4804", words.read_text())
        self.assertIn("503", self.ready(3), "who has heard nobody is not ready")
        for i in (1, 2):
            _, more = self.start(i)
        ring = re.compile(r"\td1 .*\n\t+d2 .*\n\t+d3 ")
        for path in (words, more):
            self.assertTrue(lab.wait_until(lambda path=path: ring.search(path.read_text()), PATIENCE), path.read_text())
        self.assertTrue(lab.wait_until(lambda: "200" in self.ready(3), PATIENCE), "it is ready now")

    def test_with_another_file_on_one_host_both_sides_say_so(self):
        other = self.written("other.conf", re.sub(r".*10\.77\.1\.2\n", "", self.conf.read_text()))
        _, first = self.start(1)
        _, third = self.start(3, conf=other)
        self.await_word(first, "packet from 10.77.1.3 (daemon d3) ignored: another configuration")
        self.await_word(third, "packet from 10.77.1.1 (daemon d1) ignored: another configuration")
        for path in (first, third):
            self.assertIn("; give all hosts the same file, and reload", path.read_text())
        self.assertIn("503", self.ready(3), "it is alone with its file")

    def test_a_host_that_was_replaced_needs_its_name_address_and_file(self):
        """Another machine, of which nothing is left: not its card, nor what the daemon knew."""
        words = [self.start(i)[1] for i in (1, 2)]
        lost, third = self.start(3)
        self.await_view("d1 d2 d3", third)
        lost.kill()
        lost.wait()
        h = self.lan.hosts[2]
        for change in ("down", "address 02:00:00:00:77:03", "up"):
            h.run("ip", "link", "set", "eth0", *change.split())
        h.run("rm", "-f", f"/tmp/{Lan.PORT}")
        self.await_view("d1 d2", *words)
        self.await_view("d1 d2 d3", self.start(3)[1], *words)

    def test_a_host_with_another_address_is_told_which_it_has(self):
        h = self.lan.hosts[1]
        h.run("ip", "address", "flush", "dev", "eth0")
        h.run("ip", "address", "add", "10.77.1.22/24", "dev", "eth0")
        self.fails(2, "no daemon of the configuration has an address of this machine, which has 10.77.1.22: "
                      "write the one that it is to be reached by into the file, on all hosts")
        self.fails(2, "the address 10.77.1.2 of daemon d2 is not one of this machine, which has 10.77.1.22: "
                      "write", options=("-n", "d2"))
        self.conf.write_text(self.conf.read_text().replace("10.77.1.2\n", "10.77.1.22\n"))
        self.await_word(self.start(2)[1], "serves clients of d2")
        h.run("ip", "address", "flush", "dev", "eth0")
        self.fails(2, "this machine, which has none but its own loopback")

    def test_who_has_a_UDP_port_is_named(self):
        for port in (Lan.PORT, Lan.PORT + 1):
            for address in ("10.77.1.1", "0.0.0.0"):
                with self.subTest(port=port, address=address):
                    other = self.lan.hosts[0].popen("python3", "-c", SCRIPT, address, str(port), stdout=-1)
                    self.addCleanup(other.stdout.close)
                    other.stdout.readline()
                    self.fails(1, f"UDP port {port} is in use: python3 (process ")
                    other.kill()
                    other.wait()

    def test_without_permission_it_says_what_to_permit(self):
        text = self.conf.read_text()
        self.written("ring.key", loopback.key_line(1), 0o600)
        closed = self.lan.folder / "closed"
        closed.mkdir(mode=0o700)
        for word, how in (
                ("cannot be read: Permission denied", dict(conf=self.written("secret.conf", text, 0o600))),
                ("Permission denied: it has to belong to the user that the daemon runs as", dict(
                    conf=self.written("keys.conf", text + f"DaemonKeyFile = {self.lan.folder}/ring.key\n"))),
                (f"cannot look at {closed}/{Lan.PORT}: Permission denied: make its folder, for this user to "
                 "write to, or choose another one with --socket-dir",
                 dict(options=("--socket-dir", str(closed)))),
                (f"cannot serve /nowhere/{Lan.PORT}: No such file or directory: make its folder, for",
                 dict(options=("--socket-dir", "/nowhere"))),
                ("TCP port 803: Permission denied: a port under 1024 takes root, or in a unit of systemd "
                 "AmbientCapabilities=CAP_NET_BIND_SERVICE",
                 dict(conf=self.written("low.conf", text.replace(str(Lan.PORT), "803"))))):
            with self.subTest(word):
                self.fails(1, word, before=NOBODY, **how)
        log = self.written("log.conf", text + f"EventLogFile = {closed}/log\n")
        _, words = self.start(1, conf=log, before=NOBODY)
        self.await_word(words, "serves clients")
        self.assertIn(f"EventLogFile {closed}/log cannot be opened (Permission denied); the log goes on where "
                      "it was", words.read_text())

    def test_a_full_disk_is_said_and_then_how_much_is_missing(self):
        h = self.lan.hosts[0]
        h.run("sh", "-c", "mkdir /tmp/full; mount -t tmpfs -o size=8k,mode=1777 none /tmp/full; "
              "cat /dev/zero > /tmp/full/filler || true")
        conf = self.written("log.conf", self.conf.read_text() + "EventLogFile = /tmp/full/log\n")
        process, words = self.start(1, conf=conf)
        self.await_word(words, "the log cannot be written: No space left on device; its lines are lost until "
                               "it can")
        path = f"/tmp/{Lan.PORT}"
        reached = lambda: h.run("sh", "-c", f"[ ! -S {path} ] || echo it serves")
        self.assertTrue(lab.wait_until(reached, PATIENCE), "it serves clients though")
        h.run("rm", "/tmp/full/filler")
        process.terminate()
        self.assertEqual(process.wait(PATIENCE), 0)
        self.assertRegex(h.run("cat", "/tmp/full/log"), r"lines of this log could not be written since .*: No space")

    def test_without_multicast_the_address_of_the_segment_is_named(self):
        self.drop("ip daddr 239.77.1.1")
        _, first = self.start(1)
        self.start(2)
        self.await_word(first, "do not hear each other both ways")
        self.await_word(first, "the multicast address 239.77.1.1 of segment 1")

    def test_where_large_packets_are_lost_their_size_is_named(self):
        """As through a tunnel that nobody told of: what is too large for it goes nowhere, silently."""
        words = [self.start(i)[1] for i in (1, 2, 3)]
        for path in words:
            self.await_word(path, "\td3 ")
        self.drop("oifname port2 meta length > 1000")
        self.lan.lab.start(self.lan.hosts[0], self.tool("spflooder"), "-s", str(Lan.PORT), "-m", "1000000", "-b", "1300",
                           log="flood")
        self.await_word(words[0], "daemon d2 receives nothing although it answers: put out of the ring; packets "
                                  "of PacketSize may be too large for the way to it")

    def test_a_window_that_is_written_is_the_most_and_what_is_so_is_shown(self):
        written = self.written("window.conf", self.conf.read_text() + "Window = 160\n")
        wrote, unwritten = (self.lan.hosts[0].run(self.lan.spreadd, "--check", str(path))
                            for path in (written, self.conf))
        self.assertRegex(wrote, r"(?m)^Window = 160$")
        self.assertRegex(unwritten, r"(?m)^# Window = 160, where it begins: it grows while nothing is lost. "
                                    "Written, it is the most$")
        for path, ends in ((written, lambda window: window == 160), (self.conf, lambda window: window > 160)):
            started = [self.start(i, conf=path) for i in (1, 2, 3)]
            for _, words in started:
                self.await_word(words, "\td3 ")
            flood = self.lan.lab.start(self.lan.hosts[0], self.tool("spflooder"), "-s", str(Lan.PORT), "-m", "20000",
                                       "-b", "1300", log="flood")
            self.assertEqual(flood.wait(PATIENCE), 0)
            self.assertTrue(ends(self.window(path)), f"{path.name}: {self.window(path)}")
            for process, _ in started:
                process.terminate()
                process.wait(PATIENCE)

    def tool(self, name):
        return str(pathlib.Path(Lan.BUILD, "tools", name).resolve())

    def window(self, conf):
        said = self.lan.hosts[0].run(self.tool("spmonitor"), "-c", str(conf), "status", "d1")
        return int(re.search(r"Window +: +(\d+)", said)[1])


if __name__ == "__main__":
    os.umask(0o022)
    main(needs_root=True, at_a_time=4)
