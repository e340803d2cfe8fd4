# SPDX-License-Identifier: MIT
"""Daemons and the bare packets of a monitor: what is answered, from where and to where; what is not;
and, where commands are refused, that the log says so."""
import select
import subprocess

import harness
from monitored import (FLOW, MARK, PARTITION, RELOAD, STATUS, Case, Report, blocks, halves, hash_of,
                       jenkins, loopback, packet, udp)


class Bare(Case):
    """A socket beside d1 to speak with its daemons."""

    def setUp(self):
        super().setUp()
        self.start_ring()
        self.ids = [jenkins(d.name) for d in self.ring.daemons]
        self.me = self.socket("127.0.0.1")

    def socket(self, address):
        s = udp(address)
        self.addCleanup(s.close)
        return s

    def port(self, s):
        return s.getsockname()[1]

    def send(self, data, daemon=0, socket=None, token_port=False):
        (socket or self.me).sendto(data, (f"127.0.0.{daemon + 1}",
                                          self.ring.daemons[daemon].port + token_port))

    def query(self, **changes):
        fields = dict(kind=STATUS, transmitter=self.ids[0], process=self.ids[0],
                      port=self.port(self.me), hash=self.ring.hash)
        return packet(**{**fields, **changes})

    def expect_silence(self, *packets, socket=None, token_port=False):
        """None of them is answered, though a right query behind them is."""
        for data in packets:
            self.send(data, socket=socket, token_port=token_port)
        for _ in range(2):
            self.send(self.query())
            data, (address, _) = self.me.recvfrom(2048)
            self.assertEqual((len(data), address), (136, "127.0.0.1"))
        self.assertEqual(select.select([self.me], [], [], 0)[0], [])

    def reported(self, daemon):
        self.send(self.query(), daemon=daemon)
        return Report(self.me.recv(2048))


class Packets(Bare):
    def test_a_report_comes_from_the_daemons_address_and_says_who_it_is(self):
        for i in range(3):
            self.send(self.query(), daemon=i)
            data, (address, port) = self.me.recvfrom(2048)
            got = Report(data)
            self.assertEqual(address, f"127.0.0.{i + 1}")
            self.assertNotIn(port, [p for d in self.ring.daemons for p in (d.port, d.port + 1)])
            self.assertEqual(got.header, (STATUS | MARK, 0, self.ids[i], 0, 0, 0, 0, 0, 96, 0, 0, 0))
            self.assertEqual(got.my_id & 0xffffffff, self.ids[i])
            self.assertEqual(got.leader_id & 0xffffffff, self.ids[0])
            self.assertEqual((got.num_procs, got.num_segments, got.state, got.gstate), (3, 3, 1, 1))
            self.assertEqual((got.window, got.personal_window, got.accelerated_window), (160, 20, 15))
            self.assertEqual((got.major_version, got.minor_version, got.patch_version), (5, 0, 1))

    def test_the_report_goes_to_the_host_of_the_process_at_the_low_half_of_the_sequence(self):
        other = self.socket("127.0.0.2")
        self.send(self.query(process=self.ids[1], port=0xbeef0000 | self.port(other)), daemon=2)
        data, (address, _) = other.recvfrom(2048)
        self.assertEqual((len(data), address), (136, "127.0.0.3"))
        self.assertEqual(Report(data).my_id & 0xffffffff, self.ids[2])

    def test_the_source_port_is_free(self):
        another = self.socket("127.0.0.1")
        self.send(self.query(), socket=another)
        self.assertEqual(len(self.me.recvfrom(2048)[0]), 136)

    def test_a_big_endian_monitor_is_answered_in_the_daemons_order(self):
        self.send(self.query(order=">"))
        self.assertEqual(Report(self.me.recvfrom(2048)[0]).my_id & 0xffffffff, self.ids[0])

    def test_a_body_that_status_has_no_use_for_does_no_harm(self):
        self.send(self.query(body=b"x" * 900))
        self.assertEqual(len(self.me.recvfrom(2048)[0]), 136)

    def test_what_fails_a_check_is_not_answered(self):
        right = self.query()
        self.expect_silence(b"", b"x", right[:39], right + b"x", self.query(length=1),
                            self.query(hash=self.ring.hash ^ 1), self.query(transmitter=1),
                            self.query(process=1), self.query(kind=0), self.query(kind=RELOAD),
                            self.query(port=0), self.query(port=0xffff0000))
        self.expect_silence(self.query(transmitter=self.ids[1]))
        self.expect_silence(right, socket=self.socket("127.0.0.2"))
        self.expect_silence(right, token_port=True)
        log = self.ring.daemons[0].log()
        for why in ("malformed packet", "another configuration", "poses as no daemon",
                    "not the address of the daemon that it poses as", "names no daemon",
                    "no known command"):
            self.assertIn(why, log)

    def test_a_flow_control_packet_needs_its_numbers(self):
        self.send(self.query(kind=FLOW, body=halves(7, 7, 7, 7, 7, 7, 7)))
        self.send(self.query(kind=FLOW, body=halves(-9, 7, 7, 7, 7, 7, 7, 7)))
        self.send(self.query(kind=FLOW, body=b""))
        self.send(self.query())
        got = Report(self.me.recv(2048))
        self.assertEqual((got.window, got.personal_window), (160, 20))
        self.assertIn("flow control refused: too short", self.ring.daemons[0].log())
        self.assertIn("flow control refused: a negative window", self.ring.daemons[0].log())
        self.send(self.query(kind=FLOW, body=halves(30, -1, 0, 0, 0, 0, 99, 0)))
        self.send(self.query())
        got = Report(self.me.recv(2048))
        self.assertEqual((got.window, got.personal_window, got.accelerated_window), (99, 30, 15))

    def test_partition_wins_over_status_in_one_packet(self):
        self.expect_silence(self.query(kind=PARTITION | STATUS, body=halves(0, 0, 0)))

    def test_terminate_takes_two_bytes_for_each_daemon_and_is_a_clean_end(self):
        self.send(self.query(kind=PARTITION, body=halves(0, -1, 0)), daemon=1)
        self.assertEqual(self.ring.daemons[1].process.wait(harness.LIMIT), 0)
        self.assertIn("Spread daemon exiting normally!", self.ring.daemons[1].log())
        loopback.until(lambda: self.reported(0).num_procs == 2, "a ring of two")


class Refusals(Bare):
    OPTIONS = ""

    def test_without_DangerousMonitor_commands_are_logged_and_not_obeyed(self):
        for kind, body in ((PARTITION, halves(0, 1, 1)), (PARTITION, halves(-1, 0, 0)),
                           (FLOW, halves(1, 1, 1, 1, 1, 1, 1, 1))):
            self.send(self.query(kind=kind, body=body))
        got = self.reported(0)
        self.assertEqual((got.window, got.personal_window, got.num_procs), (160, 20, 3))
        log = self.ring.daemons[0].log()
        for command in ("partition", "terminate", "flow control"):
            self.assertIn(f"monitor at 127.0.0.1: {command} refused: DangerousMonitor is off; ", log)
        self.send(self.query(kind=RELOAD))  # which needs no leave
        loopback.until(lambda: "monitor at 127.0.0.1: reload\n" in self.ring.daemons[0].log(),
                       "reload heard")


class OverIPv6(harness.Case):
    def test_a_daemon_of_ipv6_is_monitored_like_any_other(self):
        try:
            me = udp("::1")
        except OSError:
            self.skipTest("this machine has no IPv6")
        self.addCleanup(me.close)
        port = loopback.free_port()
        daemon = loopback.Daemon(harness.SPREADD, self.folder, "d1", port)
        with open(self.path("conf"), "w") as f:
            f.write(f"Spread_Segment [ff02::77]:{port} {{ d1 ::1 {{ D ::1 C ::1 }} }}\n"
                    "IgnoreMulticastJoinErrors = true\n" + loopback.OWN_ROOT)
        daemon.spawn()
        self.addCleanup(daemon.stop)
        self.assertTrue(daemon.started(), daemon.log())
        zeros = "0000:0000:0000:0000:0000:0000:0000:"
        hash = hash_of([("ff02" + zeros[4:] + "0077", port, [("d1", zeros + "0001")])])
        me.settimeout(2)

        def answer():  # a datagram may be lost, as a monitor knows
            me.sendto(packet(STATUS, jenkins("d1"), jenkins("d1"), me.getsockname()[1], hash),
                      ("::1", port))
            try:
                return me.recvfrom(2048)
            except TimeoutError:
                return None
        try:
            data, source = loopback.until(answer, "an answer")
        except AssertionError:
            self.fail(daemon.log())
        self.assertEqual(source[0], "::1")
        self.assertEqual(Report(data).my_id & 0xffffffff, jenkins("d1"))
        out = subprocess.run([harness.program("spmonitor"), "-c", self.path("conf"), "status"],
                             capture_output=True, text=True, timeout=harness.LIMIT)
        self.assertEqual(out.returncode, 0, out.stderr)
        self.assertEqual(blocks(out.stdout)[0]["name"], "d1")


harness.main()
