# SPDX-License-Identifier: MIT
"""spread-recipes(7): its programs are built as they stand there and do what the page says, and what it
answers is so.

usage: recipes_test.py SPREADD SOURCE-FOLDER LIBRARY [COMPILER FLAG ...]
"""
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
import loopback
import wire

SPREADD, SOURCE, LIBRARY, *COMPILER = sys.argv[1:]
RECIPES = ("select", "poll", "epoll", "libevent", "fork", "threads")


def programs():
    """By the word that their usage gives them."""
    text = (pathlib.Path(SOURCE) / "docs/man/spread-recipes.7").read_text()
    found = {}
    for program in re.findall(r"^\.Bd -literal\n(.*?)^\.Ed$", text, re.S | re.M):
        program = program.replace("\\e", "\\")
        found[re.search(r"/\* usage: (\w+) ", program)[1]] = program
    return found


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(loopback.new_folder())
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        building = []
        for name, text in programs().items():
            (cls.folder / f"{name}.c").write_text(text)
            more = ["-levent_core"] if name == "libevent" else []
            building.append(subprocess.Popen([*COMPILER, "-Wall", "-Wextra", "-Werror", f"-I{SOURCE}/include",
                                              cls.folder / f"{name}.c", LIBRARY, "-pthread", *more, "-o",
                                              cls.folder / name]))
        assert [p.wait() for p in building] == [0] * (len(RECIPES) + 1)

    def ring(self, count=1, **how):
        ring = loopback.Ring(SPREADD, count, **how).start()
        self.addCleanup(ring.stop)
        return ring

    def run_it(self, name, *words, **how):
        program = subprocess.Popen([self.folder / name, *map(str, words)], stdout=subprocess.PIPE, text=True, **how)
        self.addCleanup(program.stdout.close)
        self.addCleanup(program.wait)
        self.addCleanup(program.kill)
        return program

    def test_every_recipe_shows_all_that_comes_until_the_end(self):
        daemon = self.ring()[0]
        watcher, speaker = (wire.Client.opened(daemon, name) for name in ("watcher", "speaker"))
        watcher.join("g")
        running = {name: self.run_it(name, daemon.port, "g", stdin=subprocess.DEVNULL) for name in RECIPES}
        while len(watcher.frame().groups) < 1 + len(RECIPES):
            pass
        words = [f"{i}" for i in range(200)]
        for word in [*words, "end"]:
            speaker.send(wire.frame(wire.AGREED, speaker.group, ["g"], word.encode()))
        for name, program in running.items():
            out, _ = program.communicate(timeout=loopback.LIMIT)
            self.assertEqual((program.returncode, out.splitlines()), (0, [f"#speaker#d1: {w}" for w in [*words, "end"]]), name)
        for client in watcher, speaker:
            client.close()

    def test_those_that_send_get_what_they_sent(self):
        daemon = self.ring()[0]
        for name in ("fork", "threads"):
            out, _ = self.run_it(name, daemon.port, "g", "one", "end").communicate(timeout=loopback.LIMIT)
            self.assertEqual([line.split(": ")[1] for line in out.splitlines()], ["one", "end"], name)
        program = self.run_it("select", daemon.port, "g", stdin=subprocess.PIPE)
        out, _ = program.communicate("end", timeout=loopback.LIMIT)
        self.assertEqual(out.split(": ")[1:], ["end\n"])

    def test_a_time_out_is_told_from_a_refusal_and_from_nobody(self):
        daemon = self.ring()[0]
        taken = wire.Client.opened(daemon, "taken")
        silent = socket.create_server(("127.0.0.1", 0))
        for address, name, said in ((daemon.port, "free", "let in"), (daemon.port, "taken", "the daemon does not"),
                                    (f"{loopback.free_port()}@127.0.0.1", "x", "no daemon is there"),
                                    (f"{silent.getsockname()[1]}@127.0.0.1", "x", "nobody has answered")):
            out, _ = self.run_it("why", address, name).communicate(timeout=loopback.LIMIT)
            self.assertTrue(out.startswith(said), out)
        taken.close()
        silent.close()

    def test_a_send_to_an_empty_group_succeeds_and_reaches_nobody(self):
        daemon = self.ring()[0]
        sender = wire.Client.opened(daemon, "sender")
        for service in (wire.UNRELIABLE, wire.RELIABLE, wire.FIFO, wire.CAUSAL, wire.AGREED, wire.SAFE):
            for group in ("empty", "#nobody#d1", "#nobody#d9"):
                sender.send(wire.frame(service, sender.group, [group], b"x"))
        sender.send(wire.frame(wire.SAFE, sender.group, [sender.group], b"still here"))
        self.assertEqual(sender.frame().body, b"still here")
        sender.close()

    def test_members_get_the_same_view_but_for_which_set_is_theirs(self):
        ring = self.ring(2, options=loopback.SHORT_TIMEOUTS)
        a, b, c = (wire.Client.opened(ring[i], name) for i, name in ((1, "a"), (0, "b"), (0, "c")))
        wire.meet(a, b, c)
        for client in a, b, c:
            client.request(wire.JOIN, "g")
        for client in a, b, c:
            while len(client.frame().groups) < 3:
                pass
        ring[1].stand_still()
        while len(b.frame().groups) != 2:
            pass
        ring[1].go_on()
        seen = []
        for client in a, b, c:
            notice = client.frame()
            while notice.kind != wire.REGULAR | wire.BY_NETWORK or len(notice.groups) < 3:
                notice = client.frame()
            seen.append(notice)
            client.close()
        self.assertEqual([n.groups for n in seen], [["#b#d1", "#c#d1", "#a#d2"]] * 3)
        without = [n.body[:16] + n.body[20:] for n in seen]  # but for which set is theirs
        self.assertEqual(without, [without[0]] * 3)
        self.assertEqual(seen[1].body, seen[2].body)
        self.assertNotEqual(seen[0].body, seen[1].body)


if __name__ == "__main__":
    loopback.main(["-v"])
