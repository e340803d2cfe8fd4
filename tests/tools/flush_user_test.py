# SPDX-License-Identifier: MIT
"""flush_user: the words that scripts look for, how views come about by hand, how it ends."""
import re

import harness

RULE = "=" * 28


class Sessions(harness.Case):
    def setUp(self):
        super().setUp()
        self.start_daemon()

    def user(self, name):
        run = self.run_program("flush_user", "-s", self.daemon.port, "-u", name)
        run.expect("User> ")
        return run

    def does(self, run, text, answer, prompts=1):
        """Says lines and compares all that comes, group ids aside."""
        run.say(text)
        got = "".join(run.expect("User> ") for _ in range(prompts))
        self.assertEqual(re.sub(r"grp id is -?\d+ -?\d+ \d+", "grp id is X", got), answer + "\nUser> ")

    def hears(self, run, *lines, more=0):
        self.does(run, "r\n", "".join(f"{line}\n" for line in (
            "", RULE, *lines, f"There are {more} buffered messages waiting to be delivered")))

    def view(self, *members, me=0, cause):
        return (f"Received REGULAR membership for group g with {len(members)} members, "
                f"where I am member {me}:", *(f"\t{m}" for m in members), "grp id is X", *cause)

    def test_greets_with_version_address_and_private_group(self):
        run = self.run_program("flush_user", "-s", self.daemon.port, "-u", "greeter")
        self.assertEqual(run.expect("User> ").split("\n")[:2], [
            "Flush library version is 2.0.0",
            f"User: connected to {self.daemon.port} with private group #greeter#d1"])
        self.assertEqual(run.finish("q\n")[0], "\nBye.\n")
        self.assertEqual(run.returncode, 0)

    def test_views_messages_and_flushes_by_hand(self):
        a, b = self.user("a"), self.user("b")
        self.does(a, "j g\n", "")
        self.hears(a, *self.view("#a#d1", cause=["Due to the JOIN of #a#d1"]))
        self.does(a, "f g\n", "FL_error: (-27) Not now: flushed already, or there is nothing to flush\n")
        self.does(b, "j g\n", "")
        self.hears(a, "received a FLUSH_REQ message for group g")
        b.say("r\n")  # it agrees, and waits for a
        self.does(a, "f g\n", "Sent a FLUSH_OK message to group 'g'\n")
        view = self.view("#a#d1", "#b#d1", cause=["Due to the JOIN of #b#d1"])
        self.hears(a, *view)
        b.expect("There are 0 buffered messages waiting to be delivered\n\nUser> ")
        self.does(a, "s g\nhello\n", "enter message: sending to group 'g': 'hello\n'\n")
        self.hears(b, "received SAFE message from #a#d1, of type 1, (endian 0) to 1 groups ",
                   "(6 bytes): hello\n", "Message is:", "'hello\n'")
        self.does(a, "g g\n1\n#b#d1\nyou\n",
                  "enter number of receivers: enter receiver 1: enter message: "
                  "sending to 1 members of group 'g': 'you\n'\n")
        self.hears(b, "received SAFE message from #a#d1, of type 1, (endian 0) to 2 groups ",
                   "(4 bytes): you\n", "Message is:", "'you\n'",
                   "Received a subgroupcast message to group g: receivers:", "\t#b#d1")
        self.does(b, "l g\n", "")
        self.hears(b, "received membership message that left group g")
        self.hears(a, "received SAFE message from #a#d1, of type 1, (endian 0) to 1 groups ",
                   "(6 bytes): hello\n", "Message is:", "'hello\n'")
        self.hears(a, "received a FLUSH_REQ message for group g", more=1)
        self.hears(a, "received TRANSITIONAL membership for group g")
        self.does(a, "f g\n", "Sent a FLUSH_OK message to group 'g'\n")
        self.hears(a, *self.view("#a#d1", cause=["Due to the LEAVE of #b#d1"]))

    def test_what_makes_no_sense_is_told(self):
        a = self.user("a")
        self.does(a, "j\n", " invalid group \n")
        self.does(a, "j #a\n", "SP_error: (-14) Illegal group name\n")
        self.does(a, "s nowhere\nx\n", "enter message: sending to group 'nowhere': 'x\n'\n"
                  "SP_error: (-14) Illegal group name\n")
        self.does(a, "g g\n0\n", "enter number of receivers:  invalid number, 1 to 9 \n")
        self.does(a, "p\n", "Polling says: 0\n")
        a.say("x\n")
        self.assertIn("Unknown commnad", a.expect("User> "))
        a.say("b #a#d1\n5\n")
        self.assertIn("sent message 10 (total 10)", a.expect("User> "))

    def test_the_end_of_the_daemon_ends_it(self):
        a = self.user("a")
        a.say("r\n")
        self.daemon.kill()
        self.assertIn("SP_error: (-8)", a.expect("Bye.\n"))
        self.assertEqual(a.wait(harness.LIMIT), 1)

    def test_options(self):
        for words, status, where, text in (
                (["--help"], 0, 0, "usage: flush_user"), (["--version"], 0, 0, "flush_user "),
                (["-x"], 2, 1, "-x: no such option"), (["-u"], 2, 1, "-u: nothing follows it")):
            run = self.run_program("flush_user", *words)
            self.assertIn(text, run.finish()[where])
            self.assertEqual(run.returncode, status)
        run = self.run_program("flush_user", "-s", "nonsense")
        self.assertIn("SP_error: (-1)", run.finish()[0])
        self.assertEqual(run.returncode, 1)


if __name__ == "__main__":
    harness.main()
