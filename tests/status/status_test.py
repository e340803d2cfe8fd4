# SPDX-License-Identifier: MIT
"""Three daemons and their clients, seen by HTTP: every part keeps to the schema and says what is so.

usage: status_test.py SPREADD [UNITTEST ARGUMENTS]
"""
import os
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "support")]
import asking
import loopback
import wire

SPREADD = sys.argv[1]
PARTS = ("daemon", "daemons", "segments", "sessions", "groups", "views", "configuration", "samples")


class Ring(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.ring = loopback.Ring(SPREADD, 3, loopback.STEADY_TIMEOUTS + "SlowReaderPatience = 60000\n").start()
        cls.addClassCleanup(cls.ring.stop)
        for d in cls.ring.daemons:
            loopback.until(lambda d=d: cls.view(d) == {"d1", "d2", "d3"}, "a ring of three")

    @classmethod
    def view(cls, d):
        known = asking.status(d.port, "/status/daemons")["daemons"]
        return {one["name"] for one in known if one["in_view"]}

    def client(self, number, name):
        c = wire.Client.opened(self.ring[number], name)
        self.addCleanup(c.close)
        return c

    def find(self, number, part, name):
        for one in asking.status(self.ring[number].port, f"/status/{part}")[part]["list"]:
            if one["name"] == name:
                return one

    def test_each_part_is_where_the_whole_has_it(self):
        for d in self.ring.daemons:
            whole = asking.status(d.port)
            self.assertEqual(whole["name"], d.name)
            for part in PARTS:
                one = asking.status(d.port, f"/status/{part}")
                self.assertEqual(set(one), {"name", "time", part})
                if part != "samples":
                    self.assertIn(part, whole)

    def test_daemons_say_who_hears_whom(self):
        loopback.until(lambda: asking.ask(self.ring[0].port, "/readyz").status == 200, "ready")
        def known():
            return {d["name"]: d for d in asking.status(self.ring[0].port, "/status/daemons")["daemons"]}
        # Whom d3 hears comes with what it says next.
        loopback.until(lambda: set(known()["d3"].get("hears") or []) == {"d1", "d2"}, "d3 hears both")
        self.assertTrue(known()["d1"]["self"])
        self.assertNotIn("heard", known()["d1"])
        self.assertEqual(sum(d["leader"] for d in known().values()), 1)
        self.assertLess(known()["d2"]["heard"], 10)
        segments = asking.status(self.ring[0].port, "/status/segments")["segments"]
        self.assertEqual([s["in_view"] for s in segments], [["d1"], ["d2"], ["d3"]])

    def test_groups_have_members_by_name_whatever_that_is(self):
        strange = b'caf\xe9 "x"'
        a, b = self.client(0, "a"), self.client(1, "b")
        for c in (a, b):
            c.request(wire.JOIN, strange)
        shown = strange.decode("utf-8", "surrogateescape")
        group = loopback.until(lambda: (g := self.find(2, "groups", shown)) and g["member_count"] == 2 and g,
                               "two members at d3")
        self.assertEqual(group["members"], ["#a#d1", "#b#d2"])
        self.assertEqual(group["local_count"], 0)
        members = asking.status(self.ring[2].port, "/status/members?group=caf%e9+%22x%22&limit=1")["members"]
        self.assertEqual((members["list"][0]["members"], members["cursor"]), (["#a#d1"], "1"))
        self.assertEqual(asking.ask(self.ring[0].port, "/status/members?group=none").status, 404)
        loopback.until(lambda: self.find(0, "sessions", "#a#d1")["groups"] == [shown], "at d1, too")

    def test_a_slow_reader_is_seen_before_it_is_cut_off(self):
        slow, sender = self.client(0, "slow"), self.client(0, "sender")
        slow.join("s")
        message = wire.frame(wire.AGREED, "#sender#d1", ["s"], b"x" * 50000)

        def more():
            sender.try_send(message)
            return (s := self.find(0, "sessions", "#slow#d1")) and s["waiting_messages"] > 0 and s["slow"] and s
        seen = loopback.until(more, "something waits")
        first = asking.status(self.ring[0].port, "/status/sessions?limit=1")["sessions"]["list"][0]
        self.assertEqual(first["name"], "#slow#d1")
        self.assertGreater(seen["waiting_bytes"], 0)
        self.assertIsNotNone(seen["oldest"])
        values = self.metrics(0)
        self.assertGreater(values["spread_session_waiting_bytes", (("session", "#slow#d1"),)], 0)

    def metrics(self, number):
        text = asking.ask(self.ring[number].port, "/metrics").body.decode()
        self.assertIn(asking.promtool(text), ("", None))
        return asking.metrics(text)

    def is_empty(self, number):
        """Clients of other tests are gone, and their departures have been ordered."""
        whole = asking.status(self.ring[number].port)
        return whole["sessions"]["total"] == whole["groups"]["total"] == whole["daemon"]["connections"] == 0

    def test_metrics_count_what_clients_do(self):
        loopback.until(lambda: self.is_empty(0), "nobody is left of other tests")
        before = self.metrics(0)
        a = self.client(0, "counted")
        a.join("c")
        for service in (wire.AGREED, wire.SAFE):
            a.request(service, "c", body=b"hello")
            a.frame()
        after = self.metrics(0)

        def rise(name, *labels):
            return after[name, labels] - before.get((name, labels), 0)
        self.assertEqual(rise("spread_messages_received_total"), 3)
        self.assertEqual(rise("spread_deliveries_total"), 3)
        self.assertGreater(rise("spread_message_bytes_received_total"), 3 * 48)
        self.assertEqual(rise("spread_delivery_latency_seconds_count", ("service", "safe")), 1)
        self.assertEqual(rise("spread_delivery_latency_seconds_count", ("service", "agreed")), 2)
        self.assertGreater(rise("spread_token_rotation_seconds_count"), 0)
        self.assertEqual(after["spread_daemons_in_view", ()], 3)
        self.assertGreater(after["spread_process_resident_memory_bytes", ()], 1 << 20)
        self.assertEqual(after["spread_configuration_info", (("hash", str(
            asking.status(self.ring[0].port, "/status/daemon")["daemon"]["hash"])),)], 1)

    def test_samples_come_a_second_each_and_only_what_is_new(self):
        port, begun = self.ring[0].port, time.monotonic()
        first = asking.status(port, "/status/samples")["samples"]
        later = loopback.until(
            lambda: (s := asking.status(port, f"/status/samples?since={first['to']}")["samples"])["list"] and s,
            "another sample")
        self.assertGreater(later["to"], first["to"])
        self.assertLessEqual(len(later["list"]), 3 + time.monotonic() - begun)
        self.assertEqual(len(later["columns"]), len(later["list"][0]))

    def test_the_configuration_shows_what_was_changed(self):
        changed = {c["name"]: c["value"] for c in
                   asking.status(self.ring[0].port, "/status/configuration")["configuration"]["changed"]}
        self.assertEqual(changed["TokenTimeout"], "5000")
        self.assertEqual(changed["RuntimeDir"], "/")
        self.assertNotIn("Window", changed)


class Views(unittest.TestCase):
    def test_a_view_is_kept_with_its_sentence(self):
        ring = loopback.Ring(SPREADD, 2, loopback.SHORT_TIMEOUTS).start()
        self.addCleanup(ring.stop)

        def views():
            return asking.status(ring[0].port, "/status/views")["views"]["list"]

        def last():
            return views()[0]
        loopback.until(lambda: views() and len(last()["members"]) == 2, "a ring of two")
        ring[1].kill()
        loopback.until(lambda: last()["members"] == ["d1"], "a ring of one")
        self.assertEqual(last()["left"], ["d2"])
        self.assertRegex(last()["sentence"], "^without d2: ")
        self.assertIsNotNone(last()["reason"])
        self.assertLess(abs(last()["time"] - time.time()), 60)
        values = asking.metrics(asking.ask(ring[0].port, "/metrics").body.decode())
        self.assertGreater(values["spread_ring_absent_seconds_total", ()], 0)
        self.assertGreaterEqual(sum(v for (name, _), v in values.items() if name == "spread_views_total"), 2)
        other = asking.status(ring[0].port, "/status/daemons")["daemons"][1]
        self.assertFalse(other["in_view"])


if __name__ == "__main__":
    loopback.main(sys.argv[2:])
