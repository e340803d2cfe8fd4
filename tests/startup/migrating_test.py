# SPDX-License-Identifier: MIT
"""What docs/migrating.md says, as far as it can be tried here: the options, the lines of the log, the trial of
a file at another port, what a site has that 5.0.1 reads in its own way.

usage: migrating_test.py SPREADD SOURCE-FOLDER
"""
import os
import pathlib
import re
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "support")]
import loopback

SPREADD, SOURCE = sys.argv[1], pathlib.Path(sys.argv[2])
TEXT = (SOURCE / "docs/migrating.md").read_text()


def section(number):
    return TEXT.split(f"\n## {number} ", 1)[1].split("\n## ", 1)[0]


class Migrating(unittest.TestCase):
    def test_options_that_the_old_daemon_does_not_know_are_all_named(self):
        table = (SOURCE / "daemon/config/options.c").read_text()
        ours = set(re.findall(r'\{"(\w+)",[^{}]*?\.ours = true', table))
        theirs = set(re.findall(r'"(\w+)"', table)) - ours
        unknown = section(7).split("Unknown to 5.0.1", 1)[1]
        self.assertEqual(set(re.findall(r"`(\w+)`", unknown)), ours)
        page = (SOURCE / "docs/man/spread.conf.5").read_text()
        listed = page.split("The keywords that 5.0.1 does not know", 1)[1].split(".Pc", 1)[0]
        self.assertEqual(set(re.findall(r"^\.Ic (\w+)", listed, re.M)), ours)
        differ = section(7).split("Unknown to 5.0.1", 1)[0]
        self.assertLessEqual(set(re.findall(r"^\| `(\w+)`", differ, re.M)), theirs)

    def test_lines_that_scripts_look_for_are_in_the_log(self):
        self.assertIn("with `EventTimeStamp = off` at the beginning of a line", section(8))
        ring = loopback.Ring(SPREADD, 2, loopback.SHORT_TIMEOUTS + "EventTimeStamp = off\n")
        self.addCleanup(ring.stop)
        ring.start()
        loopback.until(lambda: "\td2 " in ring[0].log(), "they merge")
        ring[0].stop()
        for line in re.search(r"```text\n(.*?)```", section(8), re.S)[1].splitlines():
            pattern = re.sub(r"\b(N|T|NAME|ADDRESS)\b", r"\\S+", re.escape(line).replace(r"\ ", " +"))
            self.assertRegex(ring[0].log(), re.compile(f"^{pattern}", re.M))

    def test_a_file_is_tried_at_another_port_beside_the_old_daemon(self):
        self.assertIn("spreadd -c trial.conf --socket-dir /tmp/trial", section(4))
        ring = loopback.Ring(SPREADD)
        self.addCleanup(ring.stop)
        folder = f"{ring.folder}/trial"
        os.mkdir(folder)
        os.chmod(folder, 0o777)
        daemon = ring[0]
        daemon.path = f"{folder}/{daemon.port}"
        daemon.spawn(options=["--socket-dir", folder])
        self.assertTrue(daemon.started(), daemon.log())
        checked = subprocess.run([SPREADD, "--check", f"{ring.folder}/conf"], text=True, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT)
        self.assertEqual(checked.returncode, 0, checked.stdout)

    def test_an_empty_line_of_access_ip_is_passed_over_and_nonsense_is_not(self):
        for text, starts in (("local\n\nunix\n", True), ("local\nnonsense\n", False)):
            ring = loopback.Ring(SPREADD, 1, "RequiredAuthMethods = IP\n", {"spread.access_ip": text})
            self.addCleanup(ring.stop)
            ring[0].spawn()
            self.assertEqual(ring[0].started(), starts, ring[0].log())
            if not starts:
                ring[0].process = None  # it has ended


if __name__ == "__main__":
    loopback.main(["-v"])
