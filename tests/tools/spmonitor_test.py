# SPDX-License-Identifier: MIT
"""spmonitor as scripts use it: commands with an exit status, and the menu scraped through pipes; both
with real daemons, and with a daemon played here that keeps every byte it was sent."""
import json
import re
import struct
import time

import harness
import standstill
from monitored import (PARTITION, RELOAD, STATUS, Case, blocks, halves, hash_of, jenkins,
                       loopback, packet, report, udp)


class Commands(Case):
    def setUp(self):
        super().setUp()
        self.start_ring()

    def test_status_shows_the_block_of_each_daemon_in_the_order_of_the_file(self):
        out, _ = self.batch("status")
        self.assertEqual([(b["name"], b["procs"], b["leader"]) for b in blocks(out)],
                         [("d1", 3, "d1"), ("d2", 3, "d1"), ("d3", 3, "d1")])
        self.assertEqual([b["name"] for b in blocks(self.batch("status", "d3")[0])], ["d3"])

    def test_status_as_json_says_who_answered(self):
        self.ring.daemons[2].stand_still()

        def said():
            both = self.batch("status", "--json", "d1", "d3", limit=1, expect=1)
            return json.loads(both[0])[0]["answered"] and both
        out, err = loopback.until(said, "d1 answers in time")
        first, last = json.loads(out)
        self.assertEqual((first["daemon"], first["leader"]), ("d1", "d1"))
        self.assertEqual(first["my_id"], jenkins("d1"))
        self.assertEqual(last, {"daemon": "d3", "answered": False})
        hash = int(self.ring.daemons[0].log().split("Hash value for this configuration is: ")[1].split()[0])
        self.assertEqual((first["hash"], first["differs"]), (hash, False))
        self.assertEqual(err, "spmonitor: d3 does not answer\n"
                              f"spmonitor: the file here has hash {hash}; a daemon with another one "
                              "does not answer if its file has d1 at another address, or not at all\n")

    def test_options_may_stand_anywhere(self):
        wanted = self.batch("--json", "status", "d1")[0]
        names = [d["daemon"] for d in json.loads(wanted)]
        self.assertEqual(names, ["d1"])
        for words in (["status", "d1", "--json"], ["status", "--json", "d1", "-t", "9"],
                      ["-t9", "--json", "status", "--", "d1"]):
            self.assertEqual([d["daemon"] for d in json.loads(self.batch(*words)[0])], names)
        self.batch("flow", "d2:30", "--window", "99", "-t", "9")
        self.assertEqual([s["window"] for s in self.status()], [99, 99, 99])

    def start_with_another_file(self):
        """d3 has AcceleratedRing, which is part of the hash; returns both hashes, the others' first."""
        last = self.ring.daemons[2]
        last.stop()
        self.ring.write("AcceleratedRing = true\n")
        last.spawn()
        self.assertTrue(last.started(), last.log())
        self.ring.write()
        return self.ring.hash, hash_of(self.ring.segments, True)

    def test_status_shows_the_hash_of_each_daemon_and_says_who_differs(self):
        ours, other = self.start_with_another_file()
        out, err = self.batch("status", expect=1)
        self.assertEqual([b["name"] for b in blocks(out)], ["d1", "d2"])
        self.assertEqual([line.split() for line in out.split("Hash of the configuration")[1].splitlines()],
                         [[f"({ours}", "in", "the", "file", "here):"], ["d1", str(ours)],
                          ["d2", str(ours)], ["d3", str(other), "differs"]])
        self.assertEqual(err, f"spmonitor: d3 has another configuration: its hash is {other}, "
                              f"that of the file here {ours}\n")
        out, _ = self.batch("status", "--json", expect=1)
        self.assertEqual([(d["daemon"], d["answered"], d["hash"], d["differs"]) for d in json.loads(out)],
                         [("d1", True, ours, False), ("d2", True, ours, False),
                          ("d3", False, other, True)])
        _, err = self.batch("flow", "d2:30", expect=1)
        self.assertIn("d3 has another configuration", err)

    def test_status_shows_who_differs_from_the_file_here_if_all_do(self):
        ours = self.ring.hash
        self.ring.write("AcceleratedRing = true\n")
        out, _ = self.batch("status", "--json", expect=1)
        self.assertEqual([(d["answered"], d["hash"], d["differs"]) for d in json.loads(out)],
                         [(False, ours, True)] * 3)

    def test_partition_is_done_when_the_components_are_apart_and_heal_joins_them(self):
        self.batch("partition", "d1,d3/d2")
        self.await_members(2, 1, 2)
        self.batch("heal")
        self.await_members(3)

    def test_flow_changes_what_is_named_and_keeps_the_rest(self):
        before = self.status()
        self.batch("flow", "--window", "99", "d2:30:7")
        after = self.status()
        self.assertEqual([s["personal_window"] for s in after], [20, 30, 20])
        self.assertEqual((after[1]["window"], after[1]["accelerated_window"]), (99, 7))
        self.assertEqual(after[0]["accelerated_window"], before[0]["accelerated_window"])
        self.batch("flow", "all:-1")
        self.assertEqual([s["personal_window"] for s in self.status()], [20, 30, 20])

    def test_terminate_ends_daemons_cleanly_and_asks_unless_told_not_to(self):
        _, err = self.batch("terminate", "d3", input="n\n", expect=2)
        self.assertEqual(err, "spmonitor: nothing was done\n")
        self.await_members(3)
        self.batch("terminate", "d3", input="y\n")
        self.batch("terminate", "--yes", "d2")
        for daemon in self.ring.daemons[1:]:
            self.assertEqual(daemon.process.wait(harness.LIMIT), 0)
        loopback.until(lambda: self.status("d1")[0]["num_procs"] == 1, "d1 is alone")

    def test_reload_reaches_every_daemon(self):
        self.ring.write("PersonalWindow = 33\n")
        self.batch("reload")
        for daemon in self.ring.daemons:
            loopback.until(lambda: "monitor at 127.0.0.1: reload\n" in daemon.log(), "reload heard")

    def test_what_cannot_be_done_as_it_was_said_is_refused_and_nothing_is_sent(self):
        for wrong in (["partition"], ["partition", "d1/d2"], ["partition", "d1,d1/d2,d3"],
                      ["partition", "d1,d2/d3/d1"], ["partition", "d1,d2/d4,d3"],
                      ["partition", "d1,,d2/d3"], ["partition", "d1", "d2"], ["heal", "d1"],
                      ["flow"], ["flow", "d1"], ["flow", "d1:x"], ["flow", "d4:1"],
                      ["flow", "d1:40000"], ["flow", "d1:1:2:3"],
                      ["flow", "--window", "-2"], ["flow", "--window", "9x"], ["terminate"],
                      ["terminate", "--yes", "d4"], ["reload", "d1"],
                      ["reload", "--hash", "12x"], ["reload", "--hash", "4294967296"],
                      ["reload", "--hash", "-1"], ["status", "d4"]):
            with self.subTest(wrong):
                out, err = self.batch(*wrong, expect=2)
                self.assertRegex(err, r"\Aspmonitor: [^\n]+\n\Z")
                self.assertEqual(out, "")
        self.assertNotIn("monitor at", "".join(d.log() for d in self.ring.daemons))

    def test_wrong_options_say_how_it_is_used(self):
        for wrong in (["-x", "1"], ["-c"], ["-t", "0", "status"], ["-t", "1x", "status"],
                      ["-p", "65536", "status"], ["-n", "n" * 20, "status"], ["dance"],
                      ["status", "--xml"], ["status", "d1", "-x"], ["flow", "--window"],
                      ["reload", "--hash"], ["--json", "heal"], ["status", "--yes"], ["--json"]):
            with self.subTest(wrong):
                run = self.run_program("spmonitor", *wrong)
                out, err = run.finish()
                self.assertEqual((run.returncode, out), (2, ""))
                self.assertIn("usage: spmonitor", err)
                option = next(word for word in wrong if word not in ("status", "d1", "flow", "reload"))
                self.assertIn(option.lstrip("-"), err.split("\n")[0])
        self.batch("status", name="d4", expect=2)
        self.batch("status", conf=self.path("none"), expect=2)


class Safe(Case):
    OPTIONS = ""

    def test_commands_that_daemons_refuse_end_with_status_1(self):
        self.start_ring()
        for command, said in ((["partition", "d1/d2,d3"], "is not apart from"),
                              (["flow", "--window", "9"], "has other windows"),
                              (["terminate", "--yes", "d2"], "still runs")):
            _, err = self.complains(said, *command)
            self.assertIn("is DangerousMonitor on there?", err)
        self.await_members(3)

    def test_that_it_stood_still_itself_is_not_taken_for_the_end_of_a_daemon(self):
        self.start_ring()
        run = self.run_program("spmonitor", "-c", self.ring.conf, "-t", 3, "terminate", "--yes", "d2")
        loopback.until(lambda: "terminate refused" in self.ring.daemons[1].log(), "d2 was to end")
        standstill.begin(run.pid)
        time.sleep(1.2)
        standstill.end(run.pid)
        _, err = run.finish()
        self.assertEqual((run.returncode, err.count("still runs")), (1, 1), err)


class Menu(Case):
    """Daemons d1 and d2 are sockets of this test."""

    def setUp(self):
        super().setUp()
        self.port = loopback.free_port()
        self.write()
        self.daemons = [udp(f"127.0.0.{i}", self.port) for i in (1, 2)]
        for s in self.daemons:
            self.addCleanup(s.close)
        self.ids = [jenkins("d1"), jenkins("d2")]
        self.run_ = self.menu("-t", 1000, conf=self.path("conf"))

    def write(self, more=""):
        with open(self.path("conf"), "w") as f:
            f.write(f"Spread_Segment 127.0.0.255:{self.port} {{ d1 127.0.0.1 d2 127.0.0.2 }}\n{more}")
        self.hash = hash_of([("127.0.0.255", self.port,
                              [("d1", "127.0.0.1"), ("d2", "127.0.0.2")])], "Accelerated" in more)

    def type(self, *lines):
        return self.say(self.run_, *lines)

    def expect_packets(self, kind, bodies, copies=2, hash=None):
        """Each daemon, those whose body is not None, has been sent exactly that."""
        for s, body in zip(self.daemons, bodies):
            for _ in range(0 if body is None else copies):
                data, (address, port) = s.recvfrom(2048)
                self.assertEqual(address, "127.0.0.1")
                self.reply_to = port
                if len(data) >= 24:
                    port = struct.unpack_from("<I", data, 20)[0]
                    self.reply_to = port
                self.assertEqual(data.hex(), packet(kind, self.ids[0], self.ids[0], port,
                                                    self.hash if hash is None else hash, body).hex())
            s.setblocking(False)
            self.assertRaises(BlockingIOError, s.recv, 2048)
            s.settimeout(harness.LIMIT)

    def watch(self, *names):
        return self.type("0", *names, "")

    def test_a_query_is_a_header_and_its_report_a_block(self):
        self.assertIn("Monitor: send status query\n", self.watch("all"))
        self.expect_packets(STATUS, [b"", b""], copies=1)
        fields = dict(sec=70, state=1, gstate=1, leader_id=self.ids[1], num_procs=2, num_segments=1,
                      aru=1234567, personal_window=20, accelerated_window=15, window=160,
                      accelerated_ring=1, message_delivered=5)
        for order in "<>":
            self.daemons[0].sendto(report(self.ids[0], order, **fields), ("127.0.0.1", self.reply_to))
            block, = blocks(self.run_.expect("Monitor> "))
            self.assertEqual((block["name"], block["leader"], block["protocol"], block["sec"],
                              block["personal"], block["accelerated"]),
                             ("d1", "d2", "accelerated", 70, 20, 15))
        self.assertEqual((block["delta_messages"], block["delta_sec"]), (0, 0))
        self.bye(self.run_)

    def test_what_is_no_report_of_a_daemon_does_not_end_the_monitor(self):
        self.watch("d2")
        self.expect_packets(STATUS, [None, b""], copies=1)
        to = ("127.0.0.1", self.reply_to)
        for data in (b"", b"x" * 135, report(self.ids[0]), report(self.ids[1])[:-1]):
            self.daemons[1].sendto(data, to)
        self.daemons[1].sendto(report(77), to)
        self.assertIn("Report_message:", self.run_.expect("=" * 34 + "\n"))
        self.daemons[1].sendto(report(self.ids[1], sec=3), to)
        self.run_.expect("Status at d2 V 5.00. 1 (state 0, gstate 0) after 3 seconds :\n")
        self.run_.expect("Monitor> ")
        self.bye(self.run_)

    def test_a_partition_has_a_number_for_each_daemon_and_is_sent_twice(self):
        self.assertIn("so nothing is sent", self.type("2"))
        self.expect_packets(PARTITION, [None, None])
        answer = self.type("1", "", "x", "0", "-1", "7")
        self.assertIn("Partition defined:\n", answer)
        self.assertIn("Monitor: send partition\n", self.type("2"))
        body = halves(0, 7, *[0] * 126)
        self.expect_packets(PARTITION, [body, body])
        self.assertRegex(self.type("3"), r"d2\s+7\n")
        self.assertIn("Monitor: send partition\n", self.type("4"))
        self.expect_packets(PARTITION, [bytes(256)] * 2)
        self.bye(self.run_)

    def test_flow_control_keeps_what_was_left_blank_and_what_was_not_asked(self):
        self.assertIn("so nothing is sent", self.type("6"))
        answer = self.type("5", "99", "", "30")
        self.assertIn("Flow control defined:\n", answer)
        self.assertIn("Monitor: send flow control params\n", self.type("6"))
        data = self.daemons[1].recv(2048)
        self.assertEqual(len(data), 552)
        self.assertEqual(data[40:52], halves(-1, -1, 30, -1, 99, 0))
        self.assertIn("Window: 99\n", self.type("7"))
        self.bye(self.run_)

    def test_terminate_goes_to_its_victims_only(self):
        self.assertIn("Monitor: Terminating d2\n", self.type("8", "d2", ""))
        self.expect_packets(PARTITION, [None, halves(0, -1, *[0] * 126)])
        self.type("8", "all", "none", "")
        self.expect_packets(PARTITION, [None, None])
        self.bye(self.run_)

    def test_reload_is_sent_with_the_old_hash_before_the_own_file_is_read(self):
        old = self.hash
        self.write("AcceleratedRing = true\n")
        self.hash = hash_of([("127.0.0.255", self.port, [("d1", "127.0.0.1"), ("d2", "127.0.0.2")])],
                            True)
        answer = self.type("r")
        self.assertEqual(re.findall(r"(Old|New) configuration hash is: (\d+)\n", answer),
                         [("Old", str(old)), ("New", str(self.hash))])
        self.expect_packets(RELOAD, [b"", b""], hash=old)
        with open(self.path("conf"), "w") as f:
            f.write("nonsense\n")
        self.assertIn("our own file cannot be used", self.type("r"))
        self.bye(self.run_)

    def test_reload_for_scripts_can_name_the_hash_that_daemons_still_have(self):
        self.bye(self.run_)
        _, err = self.batch("reload", "--hash", "4294967295", conf=self.path("conf"), limit=1, expect=1)
        self.assertEqual(err, "spmonitor: d1 does not answer\nspmonitor: d2 does not answer\n")
        for s in self.daemons:
            for _ in range(2):
                data = s.recv(2048)
                port = struct.unpack_from("<I", data, 20)[0]
                self.assertEqual(data, packet(RELOAD, self.ids[0], self.ids[0], port, 0xffffffff))

    def test_another_key_shows_the_menu_and_only_the_first_letter_counts(self):
        self.assertIn("Unknown commnad\n", self.type("x"))
        self.assertIn("No partition is active", self.type("3 and more"))
        out, _ = self.run_.finish("quit\n")
        self.assertTrue(out.endswith("Bye.\n"))

    def test_the_end_of_input_is_a_goodbye_inside_a_dialogue_too(self):
        self.run_.say("1\n")
        out, err = self.run_.finish("0\n")
        self.assertTrue(out.endswith("Bye.\n"), out)
        self.assertEqual((err, self.run_.returncode), ("", 0))


harness.main()
