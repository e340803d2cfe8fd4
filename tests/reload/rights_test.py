# SPDX-License-Identifier: MIT
"""The policy file with real daemons: what it denies and how clients are told, what spreadd --may says of
it, and what becomes of those who are in when it is changed, by SIGHUP and under load.

usage: rights_test.py SPREADD [UNITTEST ARGUMENTS]
"""
import os
import pathlib
import signal
import subprocess
import sys
import threading
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
import loopback
import wire

SPREADD = os.path.abspath(sys.argv[1])
ME = os.geteuid()
OPEN = "allow any { connect * join * send * private * see * }\n"
RULES = f"""\
allow any {{ connect * see * }}
allow uid {ME} {{ join open* send open* private * }}
"""


class Rights(unittest.TestCase):
    def setUp(self):
        self.ring = loopback.Ring(SPREADD, 2, options="PolicyFile = policy\n", files={"policy": RULES})
        self.addCleanup(self.ring.stop)
        self.ring.start()
        ends = [wire.Client.opened(d, "meet") for d in self.ring.daemons]
        self.meet(*ends)
        for c in ends:
            c.close()

    def meet(self, *clients):
        """The daemons have found each other: each client sees all in the group."""
        for c in clients:
            c.request(wire.JOIN, "open-meeting")
        for c in clients:
            while len(c.frame().groups) < len(clients):
                pass

    def client(self, daemon, name, tcp=False):
        c = wire.Client.opened(self.ring[daemon], name, tcp=tcp)
        self.addCleanup(c.close)
        return c

    def write(self, text):
        pathlib.Path(self.ring.folder, "policy").write_text(text)

    def reload(self, daemon, text, expected="other options"):
        d = self.ring[daemon]
        before = d.log().count(expected)
        self.write(text)
        d.signal(signal.SIGHUP)
        loopback.until(lambda: d.log().count(expected) > before, d.log())

    def may(self, *question):
        done = subprocess.run([SPREADD, "--check", "conf", "--may", *question], cwd=self.ring.folder,
                              capture_output=True, text=True, timeout=loopback.LIMIT)
        return done.returncode, done.stdout.splitlines()[-1] if done.stdout else done.stderr

    def test_what_is_denied_comes_back_and_reaches_nobody(self):
        a, b = self.client(0, "a"), self.client(1, "b", tcp=True)
        a.join("open")
        for kind, group, old in ((wire.JOIN, "closed", wire.BY_JOIN), (wire.AGREED, "closed", wire.AGREED)):
            a.request(kind, group)
            back = a.frame()
            self.assertEqual((back.kind, back.groups), (wire.REJECT, [group, a.group]))
            self.assertEqual(back.old_kind & ~wire.MARK, old)
        b.request(wire.JOIN, "open")  # by TCP it is not that user
        self.assertEqual(b.frame().kind, wire.REJECT)
        a.request(wire.AGREED, b.group, body=b"an answer")
        self.assertEqual(b.frame().body, b"an answer")
        self.assertFalse(a.is_readable())
        self.assertIn("request refused for closed (the policy does not allow it to join)",
                      self.ring[0].log())

    def test_the_question_is_answered_by_the_line(self):
        for question, status, word in (
                ((f"uid:{ME}", "join", "open1"), 0, "yes: policy:2 allows"),
                ((f"uid:{ME}", "join", "closed"), 1, "no: no line of policy allows"),
                (("null", "join", "open1"), 1, "no: "), (("null", "see", "open1"), 0, "yes: policy:1"),
                (("ip:10.0.0.1,user:ann", "connect", "x"), 0, "yes: policy:1"),
                (("null", "private", "bob"), 1, "no: "), ((f"uid:{ME}", "private", "#b#d1"), 0, "yes: policy:2"),
                (("nobody", "join", "x"), 2, "expected null"), (("null", "eat", "x"), 2, "expected connect"),
                (("null", "join", "x" * 32), 2, "1 to 31 bytes"), (("ip:x", "join", "x"), 2, "expected null")):
            said = self.may(*question)
            self.assertEqual(said[0], status, (question, said))
            self.assertIn(word, said[1])

    def test_a_file_that_fails_leaves_the_old_rules_in_force(self):
        a = self.client(0, "a")
        for text in ("allow any { connect * join [ }", "allow any", "allow uid no-such-user { }"):
            self.reload(0, text, "an access file is wrong; the configuration in force stays")
        self.assertIn("policy:1:28: error: this can stand in quotes only", self.ring[0].log())
        os.unlink(f"{self.ring.folder}/policy")
        self.ring[0].signal(signal.SIGHUP)
        loopback.until(lambda: "policy cannot be read" in self.ring[0].log(), "it says so")
        a.join("open")
        a.request(wire.JOIN, "closed")
        self.assertEqual(a.frame().kind, wire.REJECT)
        check = subprocess.run([SPREADD, "--check", "conf"], cwd=self.ring.folder,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.assertEqual(check.returncode, 1)

    def test_without_its_file_or_with_a_wrong_one_no_daemon_starts(self):
        self.ring[1].stop()
        for text in (None, "allow", "deny any { }"):
            if text is None:
                os.unlink(f"{self.ring.folder}/policy")
            else:
                self.write(text)
            self.ring[1].spawn()
            self.assertEqual(self.ring[1].process.wait(loopback.LIMIT), 1)
            self.ring[1].process = None

    def test_who_is_in_is_judged_again_and_all_daemons_see_it(self):
        self.reload(0, OPEN)
        self.reload(1, OPEN)
        a, b = self.client(0, "a"), self.client(1, "b", tcp=True)
        a.join("closed")
        b.request(wire.JOIN, "closed")
        for c in (a, b):
            self.assertEqual(c.frame().groups, ["#a#d1", "#b#d2"])
        self.reload(0, RULES)
        self.assertEqual(a.frame().kind, wire.BY_LEAVE)
        left = b.frame()
        self.assertEqual((left.kind, left.groups), (wire.REGULAR | wire.BY_LEAVE, ["#b#d2"]))
        b.request(wire.AGREED, "closed", body=b"d2 has not read it")
        self.assertEqual(b.frame().body, b"d2 has not read it")
        self.assertFalse(a.is_readable())
        self.reload(1, "")
        with self.assertRaises(wire.Closed):
            b.frame()

    def test_rules_change_again_and_again_under_load(self):
        """No message passes that no rules allow, and the rest do."""
        a, b = self.client(0, "a"), self.client(1, "b")
        b.join("open")
        stop, sent = threading.Event(), [0]

        def load():
            while not stop.is_set():
                a.request(wire.AGREED, "open", body=b"good")
                a.request(wire.AGREED, "closed", body=b"bad")
                sent[0] += 1
                assert a.frame().kind == wire.REJECT
        thread = threading.Thread(target=load)
        thread.start()
        try:
            for i in range(8):
                self.reload(0, RULES + f"allow user u{i} {{ join x{i} }}\n")
            loopback.until(lambda: sent[0] > 10 or not thread.is_alive(), "it goes on")
        finally:
            stop.set()
            thread.join()
        for _ in range(sent[0]):
            self.assertEqual(b.frame().body, b"good")
        self.assertGreater(sent[0], 10)
        self.assertFalse(b.is_readable() or a.is_readable())


loopback.main(sys.argv[2:])
