# SPDX-License-Identifier: MIT
"""docs/guide.md, followed: its configuration, its programs, its commands, and what it says that is seen.
Ports are others than there.

usage: guide_test.py BUILD-FOLDER SOURCE-FOLDER LIBRARY [COMPILER FLAG ...]
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "support")]
import loopback

BUILD, SOURCE, LIBRARY, *COMPILER = sys.argv[1:]
MONITOR = f"{BUILD}/tools/spmonitor", "-c", "conf", "-t", str(loopback.LIMIT)
GUIDE = (pathlib.Path(SOURCE) / "docs/guide.md").read_text()


def fenced(kind):
    return re.findall(rf"^```{kind}\n(.*?)^```$", GUIDE, re.S | re.M)


def without_chosen_names(line):
    return re.sub(r"#r\d+-\d+#", "#chosen#", line)


class Guide(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(loopback.new_folder())
        self.addCleanup(shutil.rmtree, self.folder)
        conf, = fenced("conf")
        self.ports = dict(zip(re.findall(r":(\d+) ", conf), loopback.free_ports(3)))
        (self.folder / "conf").write_text(self.with_ports(conf) + loopback.OWN_ROOT)
        names = re.findall(r"\{ (\w+) ", conf)
        for name, port in zip(names, self.ports.values()):
            daemon = loopback.Daemon(f"{BUILD}/daemon/spreadd", str(self.folder), name, port)
            daemon.spawn()
            self.addCleanup(daemon.stop)
            self.assertTrue(daemon.started(), daemon.log())
        loopback.until(lambda: self.in_view() == 3 * [3], "a ring of three")

    def in_view(self):
        """How many daemons are, by what each of them says."""
        said = subprocess.run([*MONITOR, "status", "--json"], cwd=self.folder, stdout=subprocess.PIPE, check=True)
        return [one["num_procs"] for one in json.loads(said.stdout)]

    def with_ports(self, text):
        for theirs, ours in self.ports.items():
            text = re.sub(rf"\b{theirs}\b", str(ours), text)
        return text

    def build(self):
        for name, text in zip(("watch", "say"), fenced("c"), strict=True):
            self.assertIn(f"`{name}.c`", GUIDE)
            (self.folder / f"{name}.c").write_text(text)
            subprocess.run([*COMPILER, "-Wall", "-Wextra", "-Werror", f"-I{SOURCE}/include",
                            self.folder / f"{name}.c", LIBRARY, "-pthread", "-o", self.folder / name], check=True)

    def command(self, beginning):
        """The words of a command of the guide, which stands in a line of its own, or between backquotes."""
        found = re.search(rf"(?:^    |`)({re.escape(beginning)}[^`\n]*)(?:`|$)", GUIDE, re.M)[1]
        words = [w.strip('"') for w in re.findall(r'"[^"]*"|\S+', self.with_ports(found))]
        if words[0] == "spmonitor":
            return [*MONITOR, *words[3:]]
        return words

    def run_command(self, beginning):
        done = subprocess.run(self.command(beginning), cwd=self.folder, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=loopback.LIMIT)
        self.assertEqual(done.returncode, 0, done.stdout)

    def watch(self, beginning):
        log = self.folder / f"{beginning.split()[2]}.out"
        with open(log, "w") as out:
            p = subprocess.Popen(self.command(beginning), cwd=self.folder, stdout=out)
        self.addCleanup(p.wait)
        self.addCleanup(p.kill)
        return lambda: [without_chosen_names(line) for line in log.read_text().splitlines()]

    def test_what_is_shown_is_seen(self):
        self.build()
        wanted, seen = [], []
        for n, port in enumerate(self.ports, 1):
            name = ("ann", "bob", "cy")[n - 1]
            seen.append(self.watch(f"./watch {port} {name}"))
            loopback.until(lambda n=n: all(len(one()) >= n - i for i, one in enumerate(seen)), f"{name} is there")
        steps = [["./say 4813"], ["spmonitor -c three.conf partition", "./say 4803"],
                 ["spmonitor -c three.conf heal"]]
        for commands, text in zip(steps, fenced("text"), strict=True):
            wanted += map(without_chosen_names, text.splitlines())
            for command in commands:
                self.run_command(command)
            loopback.until(lambda: len(seen[0]()) >= len(wanted), f"{wanted} in {seen[0]()}")
            self.assertEqual(seen[0](), wanted)
        alone = [wanted[2], wanted[3], "signal", "view #cy#gamma; with me in one set: #cy#gamma",
                 "view #ann#alpha #bob#beta #cy#gamma; with me in one set: #cy#gamma"]
        loopback.until(lambda: len(seen[2]()) >= len(alone), f"{alone} in {seen[2]()}")
        self.assertEqual(seen[2](), alone)


if __name__ == "__main__":
    loopback.main(["-v"])
