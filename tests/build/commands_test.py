# SPDX-License-Identifier: MIT
"""Runs what README, docs/ and the manual show, as it stands there: installs the sources with the
lines of the README, and then has the programs on its path, as a reader has.

Every block that is set apart in these documents is in one of the lists below; one that is in none
fails. All of it runs as root in namespaces of its own, where /usr/local is empty, /etc a copy, and
every port free, so that nothing of the host is changed or needed.

usage: commands_test.py [SOURCE-FOLDER]
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
sys.path.insert(0, str(HERE.parent / "system"))
import keeper  # noqa: E402
import lab  # noqa: E402

SOURCE = HERE.parents[1]
LIMIT = 300
SECURITY = "security.md"

# Commands that are run, in this order, each by how it begins. They must end, with status 0.
INSTALL = ["cmake -S . -B build/install", "cmake --build build/install",
           "cmake --install build/install", "ldconfig"]
HELLO = "cc hello.c -o hello"
FLOOD = "for i in 1 2 3; do spflooder"
KEY = "(umask 077; spreadd --keygen"
RUN = [*INSTALL, HELLO, FLOOD, KEY]
# They go on until they are ended, and must say, or make, this.
STAY = {
    "spreadd": "serves clients of localhost at port 4803",
    "cat > ring.conf <<END": "serves clients of three at port 5005",
    "splog collect weblog": "/var/log/web/access.log",
    "tail -F app.log | splog send": None,
}
# Not run, and where else they are, or why they cannot be.
NOT_RUN = {
    "bench/compare": "system/compare runs a short one",
    "bench/tabulate": "system/figures_table looks whether the table is that",
    "bench/growth": "takes minutes; what it runs, system/compare runs for a moment",
    "bench/draw": "system/pictures looks whether the pictures are those",
    "bench/ring --no-corosync": "system/bench_test begins one; here there is no build before",
    "bridge 4803@alpha": "examples/bridge; here there are not two rings",
    "scripts/quickstart": "a stage of scripts/test",
    "scripts/test": "it runs this",
    "cmake --preset debug": "scripts/test builds other presets of that file",
    "ctest --test-dir": "scripts/test does with other labels and names",
    "scripts/packages": "packages/life makes them of what is built",
    "spreadd --check /etc/spread.conf": "security.md has it, too",
    "systemctl start spreadd": "tests/packages/boot_test.py",
    "scripts/cluster --check": "system/cluster_lan, system/cluster_loopback",
    "python3 tests/examples/attack.py": "the same faults by chance; examples/* plays them in one order",
    "scripts/mutants": "takes minutes; sim/mutants runs what it needs",
    "build/release/tests/sim/spsim": "comes with the tests; sim/* run it",
    "build/debug/tests/sim/spsim": "the same",
    "build/release/tests/sim/schedules": "the same; --whole takes longer than their tests",
    "spsim --seed 42": "the same",
    "spsim --hours 8": "takes a night",
    "spmonitor status --json | jq": "tools/spmonitor; here there are not three hosts",
    "curl localhost:4803/": "status/status_test asks for each",
    "spmonitor why": "tools/why; likewise",
    "spreadd --check FILE --may": "reload/rights_test",
    "cc select.c": "api/recipes_test",
    "spcompat 4803@alpha": "compat/daemon, compat/library",
    "spcompat --only groups": "the same",
    "spcompat 4803": "the same",
    "spcompat --library": "the same",
    "sppasswd add alice": "tools/sppasswd; it asks at a terminal",
    "for name in alpha beta gamma": "examples/guide follows that document, at other ports",
    "cc watch.c": "the same",
    "spmonitor -c three.conf": "the same",
    "spreadd --check /etc/spread.conf": "startup/migrating",
    "mkdir /tmp/trial": "the same",
    "ldd /usr/local/bin/yours": "whoever reads it has other programs",
    "LD_LIBRARY_PATH=/opt/spread6/lib": "the same",
    "spmonitor status": "tools/spmonitor; here there are not three hosts",
    "spmonitor partition alpha": "tools/spmonitor; here there are not three hosts",
}
# No commands: configurations, output, pictures.
SHOWN = ["$ spsim --seed 1", 'CustomLog "|/usr/bin/splog', "Spread_Segment", "EventTimeStamp",
         "AllowedAuthMethods", "allow any {", "SlowReaders = {", "file      = {", "spread.conf:1:1: error",
         "flooder: completed", "spreadd ... serves clients", "d3 was excluded at",
         "#include <sp.h>",
         "libspread/wire <- base", "d1 ──TOKEN",
         "suspicion ", "patience with one daemon", "ring lost", "B time"]


def blocks():
    """(document, text) of all that is set apart, but for the C of section 3. Each line of README
    and docs/ is a command of its own."""
    for path in [SOURCE / "README.md", *sorted((SOURCE / "docs").glob("*.md"))]:
        if path.name == SECURITY:
            continue  # ThreeHosts runs all of it
        text = re.sub(r"^```.*?^```$", "", path.read_text(), flags=re.S | re.M)
        for block in re.findall(r"(?<=\n\n)(?:    .*\n|\n(?=    ))+", text):
            block = re.sub(r"^    ", "", block, flags=re.M)
            for part in [block] if beginning(block, SHOWN) else block.splitlines():
                yield path.name, part
    for path in sorted((SOURCE / "docs/man").glob("*.[124-8]")):
        text = path.read_text()
        for line in re.findall(r"^\.Dl (.*)$", text, re.M):
            yield path.name, line.replace(r"\(dq", '"').replace(r"\e", "\\")
        for block in re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed$", text, re.S | re.M):
            yield path.name, block.replace(r"\e", "\\").rstrip("\n")


def security_steps():
    """(what a part of that document is called, its lines) for each part that has commands."""
    for part in (SOURCE / "docs" / SECURITY).read_text().split("\n## ")[1:]:
        lines = re.findall(r"^    (.*)$", part, re.M)
        if lines:
            yield part.splitlines()[0], lines


def beginning(text, choices):
    """The longest of the choices that it begins with, where a word ends."""
    text = text.lstrip()
    fit = [c for c in choices if text == c or text.startswith(c) and
           (not c[-1].isalnum() or not text[len(c)].isalnum())]
    return max(fit, key=len, default=None)


def isolate():
    """Goes on in namespaces. What is mounted and brought up ends with them."""
    os.environ["COMMANDS_TEST"] = "inside"
    os.execvp("unshare", ["unshare", "--mount", "--net", sys.executable, *sys.argv])


def prepare():
    script = """
        for folder in /usr/local /var/log /var/cache/ldconfig /run TMP; do
            mount -t tmpfs -o mode=1777 none $folder
        done
        mkdir /run/etc /run/lock /var/log/web
        cp -a /etc/. /run/etc && mount --bind /run/etc /etc
        for library in cmocka jansson; do # for tests alone; a reader need not have them
            for file in /usr/lib/*/pkgconfig/$library.pc; do
                [ ! -e $file ] || mount --bind /dev/null $file
            done
        done
        ip link set lo up"""
    script = script.replace(" TMP", "" if SOURCE.is_relative_to("/tmp") else " /tmp")
    subprocess.run(["bash", "-ec", script], check=True)


class Commands(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = pathlib.Path(tempfile.mkdtemp(prefix="spread-commands-"))
        os.chmod(cls.work, 0o755)
        cls.tree = cls.work / "tree"
        shutil.copytree(SOURCE, cls.tree, ignore=shutil.ignore_patterns("build*", ".git"), symlinks=True)
        shutil.copytree(SOURCE / "tests/build", cls.tree / "tests/build", dirs_exist_ok=True)
        readme = (SOURCE / "README.md").read_text()
        (cls.tree / "hello.c").write_text(readme.split("```c\n", 1)[1].split("```", 1)[0])
        (cls.tree / "app.log").write_text("a line\n")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.work)

    def run_it(self, text):
        done = subprocess.run(["bash", "-ec", text], cwd=self.tree, text=True, timeout=LIMIT,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 0, f"{text}\n{done.stdout[-4000:]}")
        return done.stdout

    def start(self, text, wanted):
        """Until it has said or made what is wanted."""
        log = self.work / f"{len(list(self.work.iterdir()))}.log"
        with open(log, "w") as out:
            process = subprocess.Popen(["bash", "-ec", text + "\nwait"], cwd=self.tree, stdout=out,
                                       stderr=out, start_new_session=True)
        self.addCleanup(process.wait, LIMIT)
        self.addCleanup(os.killpg, process.pid, 15)
        end = time.monotonic() + LIMIT
        while wanted and not (os.path.exists(wanted) or wanted in log.read_text()):
            self.assertIsNone(process.poll(), f"{text}\n{log.read_text()}")
            self.assertLess(time.monotonic(), end, f"{text}\n{log.read_text()}")
            time.sleep(0.01)
        return process

    def test_every_block_is_known(self):
        known, used = [*RUN, *STAY, *NOT_RUN, *SHOWN], set()
        for document, text in blocks():
            with self.subTest(document=document, block=text.split("\n")[0]):
                which = beginning(text, known)
                self.assertIsNotNone(which, "neither run nor said why not")
                used.add(which)
        self.assertEqual(sorted(set(known) - used), [], "no document shows these")

    def test_what_is_shown_does_what_it_says(self):
        found = {}
        for document, text in blocks():
            found.setdefault(beginning(text, [*RUN, *STAY, *NOT_RUN, *SHOWN]), []).append(text)
        for text in INSTALL:
            self.run_it(found[text][0])
        for text in STAY:
            self.start(found[text][0], STAY[text])
        for text in found[HELLO]:  # the manual shows how to build it, the README how to run it, too
            said = self.run_it(text + ("" if "./hello" in text else " && ./hello"))
            self.assertIn("#hello#localhost said to greetings: hello, world", said)
        self.run_it(found[FLOOD][0])
        for text in found[KEY]:
            self.run_it(text + " && stat -c %a ring.key | grep -x 600 && grep -c . ring.key | grep -x 1")


class ThreeHosts(unittest.TestCase):
    """docs/security.md, followed line by line on d1, whose ssh goes to d2 and d3 as well. The hosts have a
    ring without keys, a user spread, and an /etc of their own."""

    CONF = "Spread_Segment 239.77.1.1:4803 { d1 10.77.1.1 d2 10.77.1.2 d3 10.77.1.3 }\nDangerousMonitor = true\n"
    SSH = "#!/bin/sh\npid=$(cat FOLDER/$1.pid); shift\nexec nsenter -t $pid -n -m -- sh -ec \"$*\"\n"

    def setUp(self):
        self.lab = lab.Lab(3)
        self.addCleanup(self.lab.close)
        ssh = self.lab.folder / "ssh"
        ssh.write_text(self.SSH.replace("FOLDER", str(self.lab.folder)))
        ssh.chmod(0o755)
        for h in self.lab.hosts:
            (self.lab.folder / f"{h.name}.pid").write_text(str(h.pid))
            h.run("sh", "-ec", "mkdir /tmp/etc /tmp/root; cp -a /etc/. /tmp/etc; mount --bind /tmp/etc /etc; "
                  "mount --bind /tmp/root /root; echo spread:x:4803:4803::/:/bin/false >> /etc/passwd; "
                  "echo spread:x:4803: >> /etc/group; cat > /etc/spread.conf", input=self.CONF)
            self.lab.start(h, "/usr/local/sbin/spreadd", "-c", "/etc/spread.conf", log=h.name + ".log")
        self.await_logs(r"d1 .*\n.*d2 .*\n.*d3 ", "a ring of three")

    def log(self, h):
        return (self.lab.folder / f"{h.name}.log").read_text()

    def await_logs(self, pattern, what):
        for h in self.lab.hosts:
            self.assertTrue(lab.wait_until(lambda h=h: re.search(pattern, self.log(h))),
                            f"{what}:\n{self.log(h)}")

    def reloads(self):
        return [len(re.findall("reload: other keys|with other options", self.log(h))) for h in self.lab.hosts]

    def follow(self, lines):
        """After each reload it waits, as somebody at the keyboard does, until all have read their files."""
        said, part, share = "", [], [line for line in lines if line.startswith("share()")]
        for line in lines:
            part.append(line)
            if re.match(r"spmonitor .*\breload$", line) or line == lines[-1]:
                before = self.reloads()
                said += self.run_there([*share, *part])
                part = []
                self.assertTrue(line == lines[-1] and not line.endswith("reload") or lab.wait_until(
                    lambda before=before: all(map(int.__gt__, self.reloads(), before))), f"{line}: {said}")
        return said

    def run_there(self, lines):
        script = f"PATH={self.lab.folder}:$PATH\nset -x\n" + "\n".join(lines)
        done = subprocess.run([*self.lab.hosts[0].enter(), "bash", "-ec", script], text=True, timeout=LIMIT,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        logs = "".join(map(self.log, self.lab.hosts))
        self.assertEqual(done.returncode, 0, done.stdout[-4000:] + logs)
        return done.stdout

    def test_security_is_set_up_and_keys_are_changed_as_the_document_says(self):
        if not os.path.exists("/usr/local/sbin/spreadd"):
            self.skipTest("Commands has not installed it")
        views = [self.log(h).count("Membership id is") for h in self.lab.hosts]
        (_, first), (_, another) = security_steps()
        said = self.follow(first)
        self.assertEqual(re.findall(r"\t(d\d) +\tseals with key 1\n", said), ["d1", "d2", "d3"])
        self.await_logs("packets are sealed with key 1", "it has the key")
        share = [line for line in first if line.startswith("share()")]
        said = self.follow([*share, *another, "spmonitor status"])
        self.assertEqual(re.findall(r"\t(d\d) +\tseals with key 2\n", said), ["d1", "d2", "d3"])
        self.await_logs("sealed with key 2, and opened with 1 in all", "the old key is gone")
        self.assertEqual([self.log(h).count("Membership id is") for h in self.lab.hosts], views)


if __name__ == "__main__":
    keeper.keep()
    if len(sys.argv) > 1:
        SOURCE = pathlib.Path(sys.argv[1]).resolve()
    if os.geteuid() != 0 or subprocess.run(["unshare", "--mount", "--net", "true"]).returncode:
        print("skipped: needs root, and namespaces\n0 passed, 0 failed, 3 skipped")
        sys.exit(0)
    if "COMMANDS_TEST" not in os.environ:
        isolate()
    prepare()
    program = unittest.main(argv=sys.argv[:1], verbosity=2, exit=False)
    bad = len({case.id().split(" ")[0] for case, _ in program.result.failures + program.result.errors})
    print(f"{program.result.testsRun - bad} passed, {bad} failed, 0 skipped")
    sys.exit(bad > 0)
