# SPDX-License-Identifier: MIT
"""containers/: the image is built and the ring of the compose file runs, by podman and docker-compose. In
mount and process namespaces of their own, and but for the building in a network of their own.

usage: containers_test.py BASE STORAGE PACKAGES [UNITTEST ARGUMENTS]

PACKAGES: a folder that has them, or nothing: they are made as the Containerfile says.
"""
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
TREE = HERE.parents[1]
sys.path[:0] = [str(HERE), str(HERE.parent / "support"), str(HERE.parent / "system")]
import keeper  # noqa: E402
import lab  # noqa: E402
import root  # noqa: E402

BASE, STORAGE = (pathlib.Path(a).resolve() for a in sys.argv[1:3])
PACKAGES = pathlib.Path(sys.argv[3]).resolve() if sys.argv[3] else None
LIMIT = 60
BASES = re.findall(r"(?m)^FROM (\S+)", (TREE / "containers/Containerfile").read_text())
IMAGE = "localhost/spreadd"
UNIFIED = pathlib.Path("/sys/fs/cgroup/unified")


def until(condition, what):
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError(f"still not: {what() if callable(what) else what}")


class Engine:
    """podman with a storage of its own, and its service, which docker-compose speaks to."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="spread-containers-")
        here = pathlib.Path(self.folder.name)
        if UNIFIED.is_mount():
            subprocess.run(["umount", UNIFIED], check=True)  # crun takes cgroups of one kind or the other
        (here / "storage.conf").write_text(
            f'[storage]\ndriver = "overlay"\ngraphroot = "{STORAGE}"\nrunroot = "{here}/run"\n')
        # What is asked for by default may be more than a machine like ours permits.
        limits = self.limits = {"nofile": min(65536, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),
                                "nproc": min(32768, resource.getrlimit(resource.RLIMIT_NPROC)[1])}
        words = ", ".join(f'"{name}={n}:{n}"' for name, n in limits.items())
        (here / "containers.conf").write_text(
            f'[containers]\ndefault_ulimits = [{words}]\n[engine]\ncgroup_manager = "cgroupfs"\n'
            f'events_logger = "file"\ntmp_dir = "{here}/tmp"\n[network]\nnetwork_backend = "netavark"\n')
        (here / "limits.yaml").write_text("services:\n" + "".join(
            f"  d{i}: {{ulimits: {json.dumps(limits)}}}\n" for i in (1, 2, 3)))
        self.socket = f"unix://{here}/podman.sock"
        self.compose_files = ["-f", f"{TREE}/containers/compose.yaml", "-f", f"{here}/limits.yaml"]
        os.environ.update(CONTAINERS_STORAGE_CONF=f"{here}/storage.conf", DOCKER_HOST=self.socket,
                          CONTAINERS_CONF=f"{here}/containers.conf", PODMAN_IGNORE_CGROUPSV1_WARNING="1")
        self.space = lab.Space("/", mounts=False)
        self.space.run("ip", "link", "set", "lo", "up")
        self.log = open(here / "service.log", "w")
        self.service = None

    def build(self):
        """Of a Debian that is here; what it installs it fetches by the network of this machine."""
        root.clean_base(BASE)
        subprocess.run(["podman", "rm", "--all", "--force"], check=True, stdout=subprocess.DEVNULL)
        if subprocess.run(["podman", "image", "exists", BASES[0]]).returncode:
            with subprocess.Popen(["tar", "-C", BASE, "--exclude=./done", "-c", "."], stdout=subprocess.PIPE) as tar:
                subprocess.run(["podman", "import", "--quiet", "-", BASES[0]], stdin=tar.stdout, check=True,
                               stdout=subprocess.DEVNULL)
        for name in BASES[1:]:
            subprocess.run(["podman", "tag", BASES[0], name], check=True)
        context = self.packages_alone() if PACKAGES else TREE
        done = subprocess.run(["podman", "build", "--network", "host", "--pull=never", "-f",
                               context / "containers/Containerfile", "-t", IMAGE, context],
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            raise AssertionError(done.stdout[-4000:])

    def packages_alone(self):
        """A tree that has the packages already, and a Containerfile that does not make them."""
        context = pathlib.Path(self.folder.name) / "context"
        (context / "build").mkdir(parents=True)
        shutil.copytree(PACKAGES, context / "build/packages")
        shutil.copytree(TREE / "containers", context / "containers")
        recipe = context / "containers/Containerfile"
        recipe.write_text(recipe.read_text().replace("RUN scripts/packages\n", ""))
        return context

    def serve(self):
        self.service = self.space.popen("podman", "system", "service", "--time", "0", self.socket,
                                        stdout=self.log, stderr=self.log)
        until(lambda: pathlib.Path(self.socket.removeprefix("unix://")).is_socket(), "podman's service")

    def run(self, *command, status=0, stdin=None):
        done = subprocess.run([*self.space.enter(), *command], text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, input=stdin, timeout=2 * LIMIT)
        if status is not None and done.returncode != status:
            raise AssertionError(f"{' '.join(command)}: {done.returncode}\n{done.stdout[-4000:]}")
        return done.stdout

    def compose(self, *words, **more):
        return self.run("docker-compose", "--no-ansi", *self.compose_files, *words, **more)

    def close(self):
        if self.service:
            self.compose("down", "--volumes", status=None)
            self.service.terminate()
            self.service.wait(LIMIT)
        self.space.close()
        self.log.close()
        self.folder.cleanup()


class Ring(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = Engine()
        cls.addClassCleanup(cls.engine.close)
        cls.engine.build()
        cls.engine.serve()

    def setUp(self):
        self.addCleanup(self.engine.compose, "down", "--volumes")

    def up(self, *names):
        self.engine.compose("up", "-d", "--no-build", *names)

    def log(self, name):
        return self.engine.compose("logs", "--no-color", name)

    def inside(self, name, *command, **more):
        return self.engine.run("podman", "exec", "-i", f"containers_{name}_1", *command, **more)

    def is_healthy(self, name):
        """As the engine asks, which needs a systemd to do so by itself."""
        return self.engine.run("podman", "healthcheck", "run", f"containers_{name}_1", status=None) == ""

    def await_view(self, *names, seen_by=None):
        for name in seen_by or names:
            until(lambda name=name: self.members(name) == list(names), lambda name=name: self.log(name))

    def members(self, name):
        """Those of the view that its log has last."""
        views = re.split(r"Num Segments", self.log(name))[1:]
        return re.findall(r"\t(d\d) ", views[-1].split("=====")[0]) if views else []

    def test_the_ring_forms_without_privileges_and_looks_healthy(self):
        self.up()
        self.await_view("d1", "d2", "d3")
        self.assertEqual(self.inside("d1", "spmonitor", "status").count("3  procs in 1 segments"), 3)
        for name in ("d1", "d2", "d3"):
            until(lambda name=name: self.is_healthy(name), f"{name} is healthy")
            status = self.inside(name, "cat", "/proc/1/status")
            self.assertRegex(status, r"(?m)^Name:\s+spreadd$")
            self.assertRegex(status, r"(?m)^Uid:\s+[1-9]")
            self.assertRegex(status, r"(?m)^CapBnd:\s+0+$")
            self.assertRegex(status, r"(?m)^NoNewPrivs:\s+1$")
            self.assertIn(f" {self.engine.limits['nofile']} ", self.inside(name, "grep", "open files", "/proc/1/limits"))
            self.assertRegex(self.inside(name, "cat", "/proc/1/mountinfo"), r"(?m)^\d+ \d+ \S+ \S+ / ro\b")
            self.assertNotIn("warning", self.log(name))
        kept = self.inside("d1", "spmonitor", "why", "--file", "/var/lib/spread/d1.flight", "last")
        self.assertIn("d3", kept)

    def test_a_message_goes_from_a_client_of_one_to_a_client_of_another(self):
        self.up()
        self.await_view("d1", "d2", "d3")
        ear = subprocess.Popen([*self.engine.space.enter(), "podman", "exec", "-i", "containers_d3_1", "spuser", "-s",
                                "4803@localhost", "-u", "ear"], text=True, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        ear.stdin.write("j greetings\n")
        ear.stdin.flush()
        heard = ""
        while "#ear#d3" not in heard.rsplit("members", 1)[-1] or "members" not in heard:
            heard += ear.stdout.readline()
        self.inside("d1", "spuser", "-s", "4803@localhost", "-u", "mouth", stdin="s greetings\nhello from afar\nq\n")
        while "hello from afar" not in heard:
            line = ear.stdout.readline()
            self.assertTrue(line, heard)
            heard += line
        self.assertIn("#mouth#d1", heard)
        ear.communicate("q\n", timeout=LIMIT)

    def test_one_that_is_killed_is_missed_and_comes_back(self):
        self.up()
        self.await_view("d1", "d2", "d3")
        self.engine.compose("kill", "d2")
        self.await_view("d1", "d3")
        self.engine.compose("start", "d2")
        self.await_view("d1", "d2", "d3")
        until(lambda: self.is_healthy("d2"), "it is healthy again")

    def test_one_that_is_stopped_takes_leave_at_once_and_ends_well(self):
        self.up()
        self.await_view("d1", "d2", "d3")
        begun = time.monotonic()
        self.engine.compose("stop", "d3")
        self.assertLess(time.monotonic() - begun, 10, "it did not wait to be killed")
        self.assertEqual(self.engine.run("podman", "inspect", "-f", "{{.State.ExitCode}}", "containers_d3_1"), "0\n")
        self.await_view("d1", "d2")
        self.assertIn("daemon d3 stops", self.log("d1"))
        self.assertIn("Spread daemon exiting normally!", self.log("d3"))

    def test_one_that_is_alone_does_not_look_healthy(self):
        self.up("d1")
        until(lambda: "serves clients" in self.log("d1"), "it serves")
        self.assertFalse(self.is_healthy("d1"))
        self.assertIn("none of the other daemons has been heard", self.inside("d1", "ready", status=1))

    def test_without_a_configuration_it_ends_and_says_so(self):
        said = self.engine.run("podman", "run", "--rm", "--network", "none", IMAGE, status=1)
        self.assertIn("/etc/spread.conf cannot be read", said)


if __name__ == "__main__":
    reason = root.why_not()
    if reason:
        print("skipped:", reason)
        sys.exit(77)
    root.isolate()
    keeper.keep()
    os.umask(0o022)
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]], verbosity=2)
