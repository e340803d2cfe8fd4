#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a configuration may say of addresses, and what becomes of them, on hosts of their own."""
import time
import unittest

from field import Lan, lab, loopback, main  # which knows the way to tests/support

import calm


class AddressTest(unittest.TestCase):
    def configure(self, field, segment, *daemons):
        """daemons: lines; all hosts without."""
        field.conf.write_text("\n".join([
            loopback.OWN_ROOT, f"Spread_Segment {segment}:{Lan.PORT} {{",
            *(daemons or (f"{h.name} {h.address}" for h in field.hosts)), "}\n"]))

    def forms_a_ring(self, segment, interfaces):
        """Two daemons with that list of interfaces."""
        with Lan(2) as f:
            self.configure(f, segment, *(f"{h.name} {h.address} {{ " +
                                         interfaces.replace("OWN", h.address) + " }" for h in f.hosts))
            f.start_all()
            f.clients_everywhere()
            f.ask_all("more 100")
            self.assertEqual(f.finish().violations, [])

    def test_the_wildcard_address_stands_for_a_multicast_address_of_the_segment(self):
        for interfaces in ("D 0.0.0.0 C 0.0.0.0", "0.0.0.0", "D 0.0.0.0 D OWN C 0.0.0.0 C OWN"):
            with self.subTest(interfaces):
                self.forms_a_ring("239.77.1.1", interfaces)

    def test_the_wildcard_address_stands_for_a_broadcast_address_of_the_segment(self):
        for interfaces in ("D 0.0.0.0 C OWN", "0.0.0.0"):
            with self.subTest(interfaces):
                self.forms_a_ring("10.77.1.255", interfaces)

    def test_without_the_wildcard_the_segment_has_a_socket_of_its_own(self):
        for segment in ("239.77.1.1", "10.77.1.255"):
            with self.subTest(segment):
                self.forms_a_ring(segment, "OWN")

    # -- addresses that do not reach others

    def words(self, field, i, *options):
        """Status and words of a daemon that is told to end when it serves, if it does."""
        h = field.hosts[i - 1]
        p = field.lab.start(h, field.spreadd, "-c", str(field.conf), *options, log="words")
        path = field.folder / "words"
        said = lambda: path.read_text() if path.exists() else ""
        lab.wait_until(lambda: p.poll() is not None or "serves clients" in said())
        if p.poll() is None:
            p.terminate()
        return p.wait(loopback.LIMIT), said()

    def test_a_name_that_the_hosts_file_has_at_127_0_1_1_is_refused(self):
        with Lan(2) as f:
            (f.folder / "hosts").write_text("127.0.0.1 localhost\n127.0.1.1 d1\n10.77.1.2 d2\n")
            self.configure(f, "10.77.1.255", "d1", "d2")
            for options in (["-n", "d1"], ["--check", str(f.conf)]):
                status, text = self.words(f, 1, *options)
                self.assertEqual(status, 1, text)
                self.assertIn("(/etc/hosts) says that d1 is 127.0.1.1", text)

    def test_a_broadcast_address_of_no_network_here_is_warned_of(self):
        with Lan(2) as f:
            self.configure(f, "10.77.255.255")
            for options in (["-n", "d1"], ["--check", str(f.conf)]):
                (f.folder / "words").unlink(missing_ok=True)
                status, text = self.words(f, 1, *options)
                self.assertEqual(status, 0, text)
                self.assertIn("10.77.255.255, where the segment of d1 is sent to, is not", text)
            (f.folder / "words").unlink()
            self.configure(f, "10.77.1.255")
            self.assertNotIn("is not the broadcast", self.words(f, 1)[1])

    # -- an interface that goes and comes back

    def remake(self, field, i, *more):
        h = field.hosts[i - 1]
        h.run("ip", "link", "add", "eth0", *more, "type", "veth", "peer", "name", f"port{i}",
              "netns", str(field.lab.switch.pid))
        field.lab.switch.run("ip", "link", "set", f"port{i}", "master", "wire", "up")
        six = field.lab.six
        h.run("ip", "address", "add", h.address + ("/64" if six else "/24"), "dev", "eth0",
              *(["nodad"] if six else []))
        h.run("ip", "link", "set", "eth0", "up")
        h.run("ip", "-6" if six else "-4", "route", "add", "default", "dev", "eth0")

    def delete(self, field, i):
        field.hosts[i - 1].run("ip", "link", "delete", "eth0")

    def index(self, field, i):
        return field.hosts[i - 1].run("ip", "-o", "link", "show", "eth0").split(":")[0]

    def comes_back(self, six=False, segment=None):
        with Lan(3, six=six) as f:
            if segment:
                self.configure(f, segment)
            f.start_all()
            f.clients_everywhere()
            def took():
                self.delete(f, 3)
                f.clients["c3"].ask("members 1")
                for c in ("c1", "c2"):
                    f.clients[c].ask("members 2")
                self.remake(f, 3)
                begin = time.monotonic()
                f.ask_all("members 3")
                return time.monotonic() - begin
            calm.expect(self, 3, took)
            f.ask_all("more 100")
            self.assertEqual(f.finish().violations, [])

    def test_an_interface_that_was_deleted_and_made_anew_is_used_again(self):
        self.comes_back()

    def test_with_IPv6_too(self):
        self.comes_back(six=True)

    def test_with_broadcast_too(self):
        self.comes_back(segment="10.77.1.255")

    def test_one_that_comes_back_at_once_with_its_old_number_is_joined_anew(self):
        with Lan(2).start_all() as f:
            f.clients_everywhere()
            for _ in range(2):
                number = self.index(f, 2)
                self.delete(f, 2)
                self.remake(f, 2, "index", number)
                self.assertEqual(self.index(f, 2), number)
                f.await_log(2, "an interface has the address 10.77.1.2 again")
                f.ask_all("members 2")
                f.ask_all("more 100")
            self.assertEqual(f.finish().violations, [])


if __name__ == "__main__":
    main(needs_root=True)
