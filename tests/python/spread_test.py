# SPDX-License-Identifier: MIT
"""The Python package against real daemons, installed by pip as a user would.

usage: spread_test.py SPREADD LIBTSPREAD-CORE [UNITTEST ARGUMENTS]
"""
import asyncio
import importlib.util
import os
import pathlib
import select
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PYTHON = HERE.parents[1] / "python"
sys.path[:0] = [str(PYTHON / "src"), str(HERE.parent / "support")]
import loopback  # noqa: E402

SPREADD, LIBRARY = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
os.environ["SPREAD_LIBRARY"] = LIBRARY
os.environ["SPREAD_READ_AHEAD"] = "1000000"
sys.dont_write_bytecode = True

import spread  # noqa: E402
import spread.aio  # noqa: E402
from spread import Cause, Left, Message, Service, Transition, View  # noqa: E402

SOON = float(loopback.LIMIT)


class Case(unittest.TestCase):
    daemons = 1

    def setUp(self):
        self.ring = loopback.Ring(SPREADD, self.daemons)
        self.addCleanup(self.ring.stop)
        self.ring.start()

    def at(self, daemon=0):
        return f"{self.ring[daemon].port}@127.0.0.1"

    def open(self, name, daemon=0, **how):
        mailbox = spread.connect(self.at(daemon), name, timeout=SOON, **how)
        self.addCleanup(mailbox.close)
        return mailbox

    def member(self, name, group, daemon=0):
        mailbox = self.open(name, daemon)
        mailbox.join(group)
        while not (isinstance(event := mailbox.receive(SOON), View) and event.group == group):
            pass
        return mailbox


class OneDaemon(Case):
    def test_a_message_comes_as_it_was_sent(self):
        a = self.member("a", "g")
        a.send(["g", "h"], b"hello \0 world", service=Service.SAFE, kind=-7)
        self.assertEqual(a.receive(SOON), Message(sender=a.private_group, groups=("g", "h"), kind=-7,
                                                  data=b"hello \0 world", service=Service.SAFE))

    def test_views_say_who_is_there_and_why(self):
        a = self.member("a", "g")
        b = self.open("b")
        b.join("g")
        for mailbox in (a, b):
            view = mailbox.receive(SOON)
            self.assertEqual(view.members, (a.private_group, b.private_group))
            self.assertEqual((view.group, view.cause, view.changed), ("g", Cause.JOIN, b.private_group))
        self.assertEqual(view.with_us, (b.private_group,))  # as b sees it: it came from nowhere
        b.leave("g")
        self.assertEqual(b.receive(SOON), Left("g"))
        view = a.receive(SOON)
        self.assertEqual((view.members, view.cause), ((a.private_group,), Cause.LEAVE))
        c = self.member("c", "g")
        self.assertEqual(a.receive(SOON).changed, c.private_group)
        c.close()
        self.assertEqual(a.receive(SOON).cause, Cause.DISCONNECT)

    def test_buffers_grow_with_what_comes(self):
        a = self.member("a", "g")
        large = os.urandom(140000)
        a.send("g", large)
        self.assertEqual(a.receive(SOON).data, large)
        others = [self.open(f"m{i}", membership=False) for i in range(400)]
        for m in others:
            m.join("g")
        view = [a.receive(SOON) for _ in others][-1]
        self.assertEqual(set(view.members), {a.private_group, *(m.private_group for m in others)})

    def test_without_itself_only_others_get_it(self):
        a, b = self.member("a", "g"), self.member("b", "g")
        a.receive(SOON)
        a.send("g", b"1", to_self=False)
        self.assertEqual(b.receive(SOON).data, b"1")
        b.send("g", b"2")
        self.assertEqual((b.receive(SOON).data, a.receive(SOON).data), (b"2", b"2"))

    def test_a_time_limit_ends_the_wait_and_nothing_else(self):
        a = self.member("a", "g")
        with self.assertRaises(TimeoutError):
            a.receive(0)
        with self.assertRaises(TimeoutError):
            a.receive(0.05)
        a.send("g", b"x")
        self.assertEqual(a.receive(SOON).data, b"x")

    def test_it_is_readable_as_long_as_an_event_waits(self):
        a = self.member("a", "g")
        for _ in range(5):
            a.send("g", b"x")
        for _ in range(5):
            self.assertTrue(select.select([a], [], [], SOON)[0])
            a.receive(0)
        self.assertFalse(select.select([a], [], [], 0)[0])

    def test_errors_are_told_apart(self):
        a = self.open("a")
        with self.assertRaises(spread.IllegalGroup):
            a.join("no group")
        with self.assertRaises(spread.IllegalMessage):
            a.send("g", bytes(200000))
        with self.assertRaises(spread.ConnectError) as caught:
            self.open("a")
        self.assertEqual(caught.exception.code, -6)
        with self.assertRaises(spread.ConnectError) as caught:
            spread.connect("1@127.0.0.1", timeout=SOON)
        self.assertIn("127.0.0.1", str(caught.exception))

    def test_the_end_has_a_reason(self):
        a = self.member("a", "g")
        self.ring[0].kill()
        with self.assertRaises(spread.Disconnected):
            for _ in a:
                self.fail("nothing comes any more")
        self.assertEqual(a.end().reason, spread.EndReason.STOPPED)

    def test_closed_twice_is_closed(self):
        with self.open("a") as a:
            a.close()
        with self.assertRaises(spread.Disconnected):
            a.join("g")

    def test_threads_share_a_mailbox(self):
        a, got = self.member("a", "g"), []
        reader = threading.Thread(target=lambda: got.extend(a.receive(SOON).data for _ in range(500)))
        reader.start()
        for i in range(500):
            a.send("g", b"%d" % i)
        reader.join(SOON)
        self.assertEqual(got, [b"%d" % i for i in range(500)])

    def test_who_is_slow_may_do_without_unreliable_messages(self):
        a = self.member("a", "g")
        a.set_slow_policy(spread.SlowPolicy.DROP)
        self.assertEqual(a.dropped(), 0)

    def test_a_lost_connection_comes_back(self):
        with spread.Redialing(["1@127.0.0.1", self.at()], "r") as r:
            r.join("g")
            self.assertEqual(r.receive(SOON).members, (r.private_group,))
            self.ring[0].kill()
            self.assertEqual(r.receive(SOON), Left("g"))
            self.ring[0].spawn()
            self.assertEqual(r.receive(SOON).cause, Cause.JOIN)
            r.send("g", b"again")
            self.assertEqual(r.receive(SOON).data, b"again")
            r.send("g", b"once more")
            self.assertTrue(select.select([r.mailbox], [], [], SOON)[0])
        with self.assertRaises(spread.Disconnected):
            r.join("g")


class TwoDaemons(Case):
    daemons = 2

    def test_what_the_network_takes_comes_as_a_transition_and_sets(self):
        a, b = self.member("a", "g"), self.member("b", "g", daemon=1)
        while len((view := a.receive(SOON)).members) < 2:
            pass
        self.assertEqual(set(view.members), {a.private_group, b.private_group})
        self.ring[1].kill()
        events = [a.receive(SOON)]
        while not (isinstance(events[-1], View) and events[-1].cause is Cause.NETWORK):
            events.append(a.receive(SOON))
        self.assertEqual(events[-2], Transition("g"))
        self.assertEqual(events[-1].members, (a.private_group,))
        self.assertEqual(events[-1].sets, ((a.private_group,),))
        self.assertEqual(events[-1].with_us, (a.private_group,))


class Asyncio(Case):
    def test_events_come_one_after_the_other(self):
        async def both():
            async with await spread.aio.connect(self.at(), "a") as a, \
                    await spread.aio.connect(self.at(), "b", membership=False) as b:
                await a.join("g")
                self.assertIsInstance(await a.receive(), View)
                await asyncio.gather(*(b.send("g", b"x") for _ in range(100)))
                count = 0
                async for event in a:
                    self.assertEqual(event.data, b"x")
                    if (count := count + 1) == 100:
                        break
        asyncio.run(asyncio.wait_for(both(), SOON))

    def test_a_wait_that_is_given_up_loses_nothing(self):
        async def patient():
            async with await spread.aio.connect(self.at(), "a") as a:
                await a.join("g")
                await a.receive()
                with self.assertRaises(asyncio.TimeoutError):
                    await asyncio.wait_for(a.receive(), 0.05)
                await a.send("g", b"x")
                self.assertEqual((await a.receive()).data, b"x")
        asyncio.run(asyncio.wait_for(patient(), SOON))


class Readme(Case):
    def test_its_program_runs(self):
        program = (PYTHON.parent / "README.md").read_text().split("```python\n", 1)[1].split("```", 1)[0]
        done = subprocess.run([sys.executable, "-c", program.replace("4803", self.at())], text=True,
                              env={**os.environ, "PYTHONPATH": str(PYTHON / "src")}, timeout=loopback.LIMIT,
                              capture_output=True)
        self.assertEqual((done.stdout, done.stderr), ("#hello#d1 said hello, world\n", ""))


class Package(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="spread-python-")
        self.addCleanup(shutil.rmtree, self.folder)

    def test_pip_installs_it(self):
        tree = f"{self.folder}/tree"
        shutil.copytree(PYTHON, tree)
        if not all(importlib.util.find_spec(name) for name in ("pip", "setuptools", "wheel")):
            self.skipTest("pip, setuptools or wheel is not here")
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--root-user-action=ignore", "--no-index", "--no-build-isolation",
                        "--no-deps", "--target", f"{self.folder}/to", tree], check=True, cwd=self.folder)
        done = subprocess.run([sys.executable, "-c", "import spread, os; print(spread.__file__, "
                               "os.path.exists(os.path.dirname(spread.__file__) + '/py.typed'))"],
                              env={**os.environ, "PYTHONPATH": f"{self.folder}/to"}, cwd=self.folder,
                              capture_output=True, text=True, check=True)
        self.assertEqual(done.stdout.split(), [f"{self.folder}/to/spread/__init__.py", "True"])

    def test_its_types_are_right(self):
        if not shutil.which("mypy"):
            self.skipTest("mypy is not here")
        done = subprocess.run(["mypy", "--config-file", str(PYTHON / "pyproject.toml"), "--cache-dir",
                               self.folder], cwd=PYTHON, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    loopback.main(sys.argv[3:])
