# SPDX-License-Identifier: MIT
"""spuser and sptuser: the words that scripts look for, what becomes of input, how they end."""
import os
import pty
import re
import select
import time

import harness
from fake_daemon import FakeDaemon, view_body

RULE = "=" * 28


def framed(*lines):
    """A message as it is shown, from its first empty line to the prompt."""
    return "\n" + RULE + "\n" + "".join(line + "\n" for line in lines) + "\nUser> "


class Sessions(harness.Case):
    def setUp(self):
        super().setUp()
        self.start_daemon()

    def user(self, *arguments, name="spuser"):
        run = self.run_program(name, "-s", self.daemon.port, *arguments)
        run.expect("User> ")
        return run

    def do(self, run, text, answer):
        """Says a line and compares all that comes, group ids aside."""
        run.say(text)
        lines = answer.count("\n")
        got = ""
        while got.count("\n") < lines or not got.endswith(answer[-6:]):
            got += run.expect(answer[-6:])
        self.assertEqual(re.sub(r"grp id is -?\d+ -?\d+ \d+", "grp id is X", got), answer)

    def test_greets_with_version_address_and_private_group(self):
        run = self.run_program("spuser", "-s", self.daemon.port, "-u", "greeter")
        self.assertEqual(run.expect("User> ").split("\n")[:2], [
            "Spread library version is 5.0.1",
            f"User: connected to {self.daemon.port} with private group #greeter#d1"])
        self.assertEqual(run.finish("q\n")[0], "\nBye.\n")
        self.assertEqual(run.returncode, 0)

    def test_a_session_shows_every_message_in_its_frame(self):
        a = self.user("-u", "a")
        view = ("Received REGULAR membership for group g with 1 members, where I am member 0:",
                "\t#a#d1", "grp id is X", "Due to the JOIN of #a#d1")
        self.do(a, "j g\n", "\nUser> " + framed(*view))
        self.do(a, "s g other\nhello\n", "enter message: \nUser> " + framed(
            "received SAFE message from #a#d1, of type 1, (endian 0) to 2 groups ",
            "(6 bytes): hello", ""))
        self.do(a, "m g\none\ntwo\n\n", "enter message: \nUser> " + framed(
            "received SAFE message from #a#d1, of type 1, (endian 0) to 1 groups ",
            "(8 bytes): one", "two", ""))
        for level in ("UNRELIABLE", "RELIABLE", "FIFO", "CAUSAL", "AGREED", "SAFE"):
            self.do(a, f"x {level.lower()} g\nhi\n", "enter message: \nUser> " + framed(
                f"received {level} message from #a#d1, of type 1, (endian 0) to 1 groups ",
                "(3 bytes): hi", ""))
        self.do(a, "l g\n", "\nUser> " + framed("received membership message that left group g"))

    def test_members_see_who_comes_and_goes_and_how(self):
        a, b, c = (self.user("-u", name) for name in "abc")
        b.say("j g\n")
        b.expect("Due to the JOIN of #b#d1")
        a.say("j g\n")
        self.assertIn("with 2 members, where I am member 0:\n\t#a#d1\n\t#b#d1\n",
                      a.expect("Due to the JOIN of #a#d1"))
        c.say("j g\n")
        a.expect("Due to the JOIN of #c#d1")
        c.say("l g\n")
        a.expect("Due to the LEAVE of #c#d1")
        c.expect("received membership message that left group g")
        b.finish("q\n")
        self.assertIn("with 1 members", a.expect("Due to the DISCONNECT of #b#d1"))

    def test_a_burst_is_ten_messages_of_the_size_asked_for(self):
        a = self.user()
        a.say("j g\nb g\n30\n")
        out = a.expect("mess num 10 ")
        self.assertIn("enter size of each message: sending 10 messages of 30 bytes\n"
                      "sent message 1 (total 1)\n", out)
        self.assertIn("sent message 10 (total 10)\n", out)
        self.assertIn("received FIFO message from #user#d1, of type 2, (endian 0) to 1 groups \n"
                      "(30 bytes): mess num 1 \n", out)
        a.say("b\nsame\n")
        self.assertIn("sending 10 messages of 30 bytes", a.expect("sent message 10 (total 20)\n"))
        a.say("b\n999999\n")
        a.expect("sending 10 messages of 102400 bytes")

    def test_the_misspelt_words_stay(self):
        a = self.user()
        a.say("?\n")
        a.expect("\nUnknown commnad\n")
        a.say("p\n")
        a.expect("Polling sais: 0\n")

    def test_wrong_groups_are_told(self):
        a = self.user()
        for command in ("j", "l", "s", "m", "x fifo"):
            a.say(command + "\n")
            a.expect(" invalid group \n\nUser> ")
        for group in ("#a#d1", "g" * 32):
            a.say(f"j {group}\n")
            a.expect("SP_error: (-14) ")
        a.say("s " + "g" * 32 + "\n")
        a.expect(" invalid group \n")

    def test_receiving_can_be_stopped_asked_for_and_resumed(self):
        a = self.user()
        a.say("d\nj g\n")
        harness.until(lambda: a.say("p\n") or " 0\n" not in a.expect("\nUser> "), "bytes wait")
        a.say("r\n")
        a.expect("Due to the JOIN of #user#d1")
        a.say("s g\nhello\ne\n")
        a.expect("(6 bytes): hello")

    def test_all_lines_of_a_block_are_carried_out(self):
        a = self.user("-u", "a")
        a.say("j g\n")
        a.expect("Due to the JOIN")
        sender = self.user("-u", "b")
        out, _ = sender.finish("".join(f"s g\nline {i}\n" for i in range(200)) + "m g\nthe end")
        self.assertEqual(sender.returncode, 0)
        self.assertTrue(out.endswith("\nBye.\n"))
        got = a.expect("the end")
        self.assertEqual(re.findall(r"line (\d+)\n", got), [str(i) for i in range(200)])

    def test_a_lost_daemon_is_told_and_is_a_failure(self):
        for name in ("spuser", "sptuser"):
            with self.subTest(name):
                run = self.user(name=name)
                self.daemon.kill()
                run.expect(f"\n{RULE}\nSP_error: (-8) ")
                run.expect(f"\n\n{RULE}\n\nBye.\n")
                self.assertEqual(run.wait(harness.LIMIT), 1)
                self.assertTrue(self.daemon.start())

    def test_sptuser_has_no_receiving_commands_and_its_own_last_words(self):
        a = self.user("-u", "a", name="sptuser")
        for command in "rped":
            a.say(command + "\n")
            a.expect("\nUnknown commnad\n")
        a.say("j g\n")
        a.expect("Due to the JOIN of #a#d1")
        a.say("s g\nhello\n")
        a.expect("(6 bytes): hello")
        self.assertTrue(a.finish("q\n")[0].endswith(f"\nBye.\n\n{RULE}\n"))
        self.assertEqual(a.returncode, 0)

    def test_the_daemon_chooses_a_name_if_asked(self):
        run = self.run_program("spuser", "-s", self.daemon.port, "-r")
        self.assertRegex(run.expect("User> "), r"private group #r\d+-\d+#d1\n")

    def test_a_name_in_use_is_refused(self):
        self.user("-u", "same")
        run = self.run_program("spuser", "-s", self.daemon.port, "-u", "same")
        self.assertIn("SP_error: (-6) ", run.finish()[0])
        self.assertEqual(run.returncode, 1)


class Options(harness.Case):
    def test_without_a_daemon_it_fails(self):
        for name in ("spuser", "sptuser"):
            run = self.run_program(name, "-s", harness.free_port())
            out = run.finish()[0]
            self.assertRegex(out, r"SP_error: \(-2\) .+\n\nBye\.\n$")
            self.assertEqual(run.returncode, 1)

    def test_only_two_characters_of_an_option_count(self):
        run = self.run_program("spuser", "-server", "no address", "-name", "x", "-pass", "y", "-rx")
        self.assertIn("SP_error: (-1) ", run.finish()[0])

    def test_a_wrong_option_is_named_with_status_2(self):
        for arguments in (["-x"], ["-u"], ["word"], ["-r", "-s"]):
            run = self.run_program("spuser", *arguments)
            out, err = run.finish()
            self.assertEqual((run.returncode, out), (2, ""))
            self.assertRegex(err, f"^spuser: {arguments[-1]}: .+\n\nusage: spuser ")


class Shapes(harness.Case):
    """What a daemon says seldom; marked with + in the description of the programs."""

    def setUp(self):
        super().setUp()
        self.fake = FakeDaemon()
        self.addCleanup(self.fake.close)
        self.run_ = self.run_program("spuser", "-s", self.fake.address)
        self.fake.accept()
        self.run_.expect("User> ")

    def shown(self, *arguments, **options):
        self.fake.send(*arguments, **options)
        return self.run_.expect("\nUser> ")

    def test_a_network_change_lists_its_sets(self):
        sets = [["#a#d3"], ["#me#fake", "#b#fake"]]
        members = ["#me#fake", "#b#fake", "#a#d3"]
        self.assertEqual(
            self.shown(0x1800, "g", members, view_body((0xffffffff, 5, 2), sets, own=1)),
            framed("Received REGULAR membership for group g with 3 members, where I am member 0:",
                   "\t#me#fake", "\t#b#fake", "\t#a#d3", "grp id is -1 5 2",
                   "Due to NETWORK change with 2 VS sets",
                   "OTHER VS set 0 has 1 members:", "\t#a#d3",
                   "LOCAL VS set 1 has 2 members:", "\t#me#fake", "\t#b#fake"))

    def test_the_other_kinds(self):
        self.assertEqual(self.shown(0x2000, "g", (), view_body((1, 2, 3))),
                         framed("received TRANSITIONAL membership for group g"))
        self.assertEqual(self.shown(0x100, "g"),
                         framed("received incorrecty membership message of type 0x100"))
        self.assertEqual(
            self.shown(0x400000, "#me#fake", ["g", "#me#fake"], b"text", 7, old_type=4),
            framed("REJECTED message from #me#fake, of servicetype 0x400004 messtype 7, "
                   "(endian 0) to 2 groups ", "(4 bytes): text"))
        self.assertEqual(self.shown(0x8000, "#me#fake", (), b"xyz"),
                         framed("received message of unknown message type 0x8000 with ret 3"))

    def test_a_sender_of_the_other_order_is_marked(self):
        self.assertEqual(self.shown(0x8, "#a#d1", ["g"], b"hi", -2, other_order=True),
                         framed("received CAUSAL message from #a#d1, of type -2, (endian 1) "
                                "to 1 groups ", "(2 bytes): hi"))

    def test_a_body_is_shown_to_its_first_zero_byte(self):
        self.assertIn("(7 bytes): abc\n\nUser> ", self.shown(0x4, "#a#d1", ["g"], b"abc\0def"))

    def test_any_number_of_members_sets_and_bytes_is_shown(self):
        members = [f"#m{i}#d{i % 300}" for i in range(3000)]
        sets = [members[i::300] for i in range(300)]
        out = self.shown(0x1800, "g", members, view_body((1, 2, 3), sets, own=299))
        self.assertIn("with 3000 members", out)
        self.assertIn("LOCAL VS set 299 has 10 members:", out)
        self.assertEqual(out.count("\t#"), 6000)
        self.assertIn("(140000 bytes): " + "x" * 140000,
                      self.shown(0x4, "#a#d1", ["g"], b"x" * 140000))

    def test_a_notice_that_makes_no_sense_harms_nobody(self):
        wild = view_body((1, 2, 3), [["#a#d1"]])[:20] + b"\xff" * 40
        self.assertIn("with 1 members", self.shown(0x1800, "g", ["#me#fake"], wild))
        self.assertIn("with 1 members", self.shown(0x1100, "g", ["#me#fake"], b"short"))


class Terminal(harness.Case):
    """Where standard input and output are terminals, lines are edited."""

    def setUp(self):
        super().setUp()
        self.start_daemon()
        self.master, slave = pty.openpty()
        self.addCleanup(os.close, self.master)
        self.run_ = self.run_program("spuser", "-s", self.daemon.port, stdin=slave, stdout=slave,
                                     env={**os.environ, "TERM": "xterm"})
        os.close(slave)
        self.seen = b""
        self.expect("User> ")

    def expect(self, text):
        end = time.monotonic() + harness.LIMIT
        while text.encode() not in self.seen:
            if not select.select([self.master], [], [], max(0, end - time.monotonic()))[0]:
                self.fail(f"no {text!r} in {self.seen!r}")
            self.seen += os.read(self.master, 65536)
        at = self.seen.index(text.encode()) + len(text)
        result, self.seen = self.seen[:at], self.seen[at:]
        return result.decode()

    def type(self, text):
        os.write(self.master, text.encode())

    def test_a_line_can_be_corrected(self):
        self.type("j gg\b\n")
        self.expect("Due to the JOIN")
        self.type("s g\n")
        self.expect("enter message: ")
        self.type("hello\b\b\blp\n")
        self.expect("(5 bytes): help")

    def test_what_is_being_typed_is_shown_again_below_a_message(self):
        self.type("j g\n")
        self.expect("Due to the JOIN")
        self.expect("User> ")
        self.type("s so-far")
        self.expect("s so-far")
        other = self.run_program("spuser", "-s", self.daemon.port, "-u", "other")
        other.finish("s g\nfrom outside\n")
        self.expect("(13 bytes): from outside")
        self.expect("User> s so-far")

    def test_the_end_of_input_is_a_key(self):
        self.type("\x04")
        self.expect("Bye.")
        self.assertEqual(self.run_.wait(harness.LIMIT), 0)

    def test_a_message_cannot_command_the_terminal(self):
        self.type("j g\n")
        self.expect("Due to the JOIN")
        other = self.run_program("spuser", "-s", self.daemon.port, "-u", "other")
        other.finish("s g\n\x1b[31mred\n")
        self.expect("(9 bytes): ?[31mred")


if __name__ == "__main__":
    harness.main()
