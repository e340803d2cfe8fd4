# SPDX-License-Identifier: MIT
"""The page at / in a browser, with a ring of three behind it: what it shows, and how soon.

usage: page_test.py SPREADD PICTURES [UNITTEST ARGUMENTS]; pictures of the page are left in that folder
"""
import os
import socket
import sys
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "support")]
import asking
import calm
import loopback
import wire
import browser

SPREADD, PICTURES = sys.argv[1:3]
STRANGE = "<b>\"caf\u00e9\"</b>"


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.ring = loopback.Ring(SPREADD, 3, loopback.SHORT_TIMEOUTS + "SlowReaderPatience = 60000\n").start()
        cls.addClassCleanup(cls.ring.stop)
        cls.browser = browser.Browser()
        cls.addClassCleanup(cls.browser.close)

    def setUp(self):
        for d in self.ring.daemons:
            if d.process is None:
                d.spawn()
        for d in self.ring.daemons:
            loopback.until(lambda d=d: d.serves() and self.sees_three(d), "a ring of three")
        self.browser.open(f"http://127.0.0.1:{self.ring[0].port}/")
        self.await_count(3, '.daemon[data-in-view="true"]')

    @staticmethod
    def sees_three(d):
        return sum(one["in_view"] for one in asking.status(d.port, "/status/daemons")["daemons"]) == 3

    def await_count(self, count, selector):
        loopback.until(lambda: self.browser.count(selector) == count, f"{count} of {selector}")

    def await_texts(self, selector, are_right):
        loopback.until(lambda: are_right(self.browser.texts(selector)), f"what is in {selector}")

    def takes(self, daemon, selector):
        """Seconds from its death until that is seen."""
        daemon.kill()
        killed = time.monotonic()
        self.await_count(1, selector)
        return time.monotonic() - killed

    def client(self, number, name):
        c = wire.Client.opened(self.ring[number], name)
        self.addCleanup(c.close)
        return c

    def chat(self, *clients):
        """Clients of a group talk, and read, until the test is over."""
        over = threading.Event()

        def talk():
            while not over.wait(0.02):
                for c in clients:
                    c.request(wire.AGREED, STRANGE.encode(), body=b"x" * 100)
                for c in clients:
                    while c.is_readable():
                        c.frame()
        for c in clients:
            c.request(wire.JOIN, STRANGE.encode())
        thread = threading.Thread(target=talk)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(over.set)

    def test_what_it_shows(self):
        self.chat(self.client(0, "a"), self.client(1, "b"))
        loopback.until(lambda: STRANGE in self.browser.texts("#groups td"), "the group, by its name")
        self.await_texts("#groups .member", lambda texts: texts == ["#a#d1", "#b#d2"])
        self.await_texts("#sessions td", lambda texts: "#a#d1" in texts)
        self.await_texts("#in-view", lambda texts: texts == ["3 of 3"])
        self.await_count(3, ".link-good")  # whom d3 hears comes with what it says next
        self.await_count(3, ".segment")
        self.await_texts("#views td", lambda texts: any("d1 d2 d3" in text for text in texts))
        for curve in ("rate", "time"):
            loopback.until(lambda curve=curve: "L" in self.browser.run(
                "return document.querySelector(arguments[0]).getAttribute('d')", f"#{curve} path"), "a curve")
        self.assertEqual(self.browser.complaints(), [])
        for scheme in ("light", "dark"):
            self.browser.prefer(scheme)
            self.browser.picture(os.path.join(PICTURES, f"page-{scheme}.png"))

    def test_a_daemon_that_is_killed_is_seen_to_go_within_two_seconds(self):
        out_of_view = '.daemon[data-name="d3"][data-in-view="false"]'
        calm.expect(self, 2, lambda: self.takes(self.ring[2], out_of_view), self.setUp)
        loopback.until(lambda: any("d3" in text and "without" in text for text in self.browser.texts("#views td")),
                       "the view without it")

    def test_a_slow_reader_is_seen_before_it_is_cut_off(self):
        slow, sender = self.client(0, "slow"), self.client(0, "sender")
        slow.request(wire.JOIN, b"g")
        message = wire.frame(wire.AGREED, sender.group, [b"g"], b"x" * 8000)

        def send():  # and wait
            while sender.try_send(message):
                pass
        thread = threading.Thread(target=send)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(sender.socket.shutdown, socket.SHUT_RDWR)
        loopback.until(lambda: "#slow#d1" in self.browser.texts("#sessions tr.slow td"), "the slow one in red")
        self.assertTrue(slow.frame())
        self.browser.picture(os.path.join(PICTURES, "page-slow.png"))

    def test_when_its_own_daemon_is_gone_it_says_so(self):
        calm.expect(self, 3, lambda: self.takes(self.ring[0], "body.gone"), self.setUp)
        self.assertIn("d1 does not answer", self.browser.texts("#gone")[0])
        self.browser.picture(os.path.join(PICTURES, "page-gone.png"))
        self.ring[0].spawn()
        self.await_count(0, "body.gone")

    def test_to_be_looked_at_costs_a_daemon_little(self):
        def share():
            before, since = self.ring[0].cpu_seconds(), time.monotonic()
            seen = self.browser.run("return polls")
            loopback.until(lambda: self.browser.run("return polls") >= seen + 4, "four looks")
            return (self.ring[0].cpu_seconds() - before) / (time.monotonic() - since)
        calm.expect(self, 0.01, share, allowed=0.05)


if __name__ == "__main__":
    if not browser.is_there():
        print("there is no chromium, or no chromedriver: apt-get install chromium chromium-driver")
        sys.exit(77)
    loopback.main(sys.argv[3:])
