# SPDX-License-Identifier: MIT
"""Whatever becomes of a test, what it has started ends with it.

usage: keeper_test.py SPREADD LEFT_OVER [UNITTEST ARGUMENTS]

The victims are tests: this script called with the way it is to end, and the program LEFT_OVER.
"""
import contextlib
import os
import signal
import subprocess
import sys
import unittest

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__))]
import keeper
import loopback

SPREADD, LEFT_OVER = sys.argv[1:3]
VICTIM = "--end-by"


def be_victim(end):
    """Has two daemons and somebody who has cut all ties, says who they are, and ends so."""
    keeper.keep()
    ring = loopback.Ring(SPREADD, 2).start()
    other = subprocess.Popen(["sleep", "1000"], start_new_session=True)
    print(*(d.pid for d in ring.daemons), other.pid, os.getppid(), os.getpid(), flush=True)
    if end == "failure":
        raise AssertionError("as it happens")
    if end == "exit":
        sys.exit(3)
    if end == "abort":
        os.abort()
    signal.pause()


class Keeper(unittest.TestCase):
    def start(self, *command):
        victim = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                  text=True)
        self.addCleanup(victim.communicate)
        self.addCleanup(victim.kill)
        return victim, victim.stdout.readline().split()

    def start_script(self, end):
        victim, said = self.start(sys.executable, __file__, SPREADD, LEFT_OVER, VICTIM, end)
        return victim, [int(word) for word in said]

    def state(self, pid):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            with open(f"/proc/{pid}/stat") as f:
                return f.read().rsplit(")", 1)[1].split()[0]
        return "gone"

    def await_end(self, pids):
        """A process that has ended may still have to be taken in by who has inherited it."""
        loopback.until(lambda: all(self.state(pid) in ("gone", "Z") for pid in pids), f"{pids} end")

    def pause(self, pid):
        os.kill(pid, signal.SIGSTOP)
        loopback.until(lambda: self.state(pid) == "T", f"{pid} has stopped")
        os.kill(pid, signal.SIGCONT)

    def test_a_test_that_ends_by_itself(self):
        for end, status in (("failure", 1), ("exit", 3), ("abort", -signal.SIGABRT)):
            with self.subTest(end):
                victim, pids = self.start_script(end)
                self.assertEqual(len(pids), 5)
                self.assertEqual(victim.wait(loopback.LIMIT), status)
                self.await_end(pids)

    def test_a_test_that_is_killed(self):
        """Itself, or one of the two that keep it: the outer is whom ctest knows."""
        for who in ("outer", "inner", "itself"):
            for number in (signal.SIGKILL, signal.SIGTERM):
                with self.subTest(who, number=number):
                    victim, pids = self.start_script("a signal")
                    inner, itself = pids[-2:]
                    os.kill({"outer": victim.pid, "inner": inner, "itself": itself}[who], number)
                    self.assertEqual(victim.wait(loopback.LIMIT), -number)
                    self.await_end(pids)

    def test_a_test_in_C_that_is_killed(self):
        for number in (signal.SIGKILL, signal.SIGABRT):
            with self.subTest(number=number):
                victim, said = self.start(LEFT_OVER)
                *pids, folder = said
                self.pause(int(pids[0]))  # of which its watcher hears
                victim.send_signal(number)
                self.assertEqual(victim.wait(loopback.LIMIT), -number)
                self.await_end(pids)
                loopback.until(lambda folder=folder: not os.path.exists(folder), "its folder is gone")


if __name__ == "__main__":
    if sys.argv[3:4] == [VICTIM]:
        be_victim(sys.argv[4])
    loopback.main(sys.argv[3:])
