# SPDX-License-Identifier: MIT
"""containers/: the steps of the Containerfile in folders with a new Debian, and then the ring of the
compose file, each daemon in namespaces of its own. No image is pulled, made or run: what a builder of
images would make of these files otherwise is not tested.

usage: container_test.py BASE [UNITTEST ARGUMENTS]
"""
import glob
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
TREE = HERE.parents[1]
sys.path[:0] = [str(HERE), str(HERE.parent / "support"), str(HERE.parent / "system")]
import keeper  # noqa: E402
import lab  # noqa: E402
import root  # noqa: E402

BASE = pathlib.Path(sys.argv[1]).resolve()
FILES = TREE / "containers"
LIMIT = 60
BASES = {"debian:12", "debian:12-slim"}


def instructions():
    """(word, rest) for each line of the Containerfile."""
    for line in (FILES / "Containerfile").read_text().splitlines():
        if line and not line.startswith("#"):
            yield line.split(None, 1)


class Image:
    """What a stage of the Containerfile makes: a root, and how it is run."""

    def __init__(self):
        self.root, self.folder, self.user, self.command = root.Root(BASE), "/", None, None

    def step(self, word, rest, stages):
        if word == "COPY":
            self.copy(rest.split(), stages)
        elif word == "WORKDIR":
            self.folder = rest
        elif word == "RUN":
            self.root.run("sh", "-ec", f"cd {self.folder}\n{rest}")
        elif word == "USER":
            self.user = rest
        elif word == "ENTRYPOINT":
            self.command = json.loads(rest)
        else:
            raise AssertionError(f"{word} is not known to this test")

    def copy(self, words, stages):
        *sources, to = words
        top = TREE
        if sources[0].startswith("--from="):
            top = stages[sources.pop(0).split("=")[1]].root.path
        target = self.root.path / to.lstrip("/")
        for source in sources:
            if source == ".":
                ignored = (TREE / ".dockerignore").read_text().replace("**/", "").split()
                shutil.copytree(TREE, target, ignore=shutil.ignore_patterns(*ignored), symlinks=True)
                continue
            found = glob.glob(str(top / source.lstrip("/")))
            assert found, source
            for path in found:
                shutil.copy(path, target)


def compose():
    """{name: address} of the services, and what all of them have."""
    text = (FILES / "compose.yaml").read_text()
    return dict(re.findall(r"(?s)\n  (d\d):.*?ipv4_address: ([\d.]+)", text)), text


class Containers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        stages, cls.image = {}, None
        for word, rest in instructions():
            if word == "FROM":
                name, _, called = rest.partition(" AS ")
                assert name in BASES
                cls.image = stages[called or "last"] = Image()
                cls.addClassCleanup(cls.image.root.close)
            else:
                cls.image.step(word, rest, stages)

    def setUp(self):
        """A wire, and a host on it for each service, with the address that it has in compose.yaml."""
        services, text = compose()
        self.assertEqual(len(services), 3)
        self.assertIn("./ring.conf:/etc/spread.conf:ro", text)
        self.assertIn("read_only: true", text)
        switch = self.space(mounts=False)
        switch.run("ip", "link", "add", "wire", "type", "bridge")
        switch.run("ip", "link", "set", "wire", "up")
        self.hosts = {}
        for name, address in services.items():
            host = self.hosts[name] = self.space(mounts=True)
            switch.run("ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", str(host.pid))
            switch.run("ip", "link", "set", name, "master", "wire", "up")
            host.run("ip", "link", "set", "lo", "up")
            host.run("ip", "address", "add", f"{address}/24", "brd", "+", "dev", "eth0")
            host.run("ip", "link", "set", "eth0", "up")

    def space(self, mounts):
        space = lab.Space("/", mounts)
        self.addCleanup(space.close)
        return space

    def prepare(self, host):
        """Of its root nothing can be written to but /run/spread, and there is a configuration in it."""
        folder = self.image.root.path
        host.run("sh", "-ec", f"""
            mount --make-rprivate /
            mount --bind {FILES}/ring.conf {folder}/etc/spread.conf
            mount -o remount,bind,ro {folder} 2>/dev/null || mount -o remount,ro {folder}
            mount -t tmpfs -o mode=1777 none {folder}/run/spread""")

    def inside(self, host, *command):
        user = self.image.user
        return [*host.enter(), "chroot", f"--userspec={user}:{user}", str(self.image.root.path), *command]

    def test_the_ring_of_the_compose_file_forms(self):
        (self.image.root.path / "etc/spread.conf").touch()
        daemons, logs = {}, {}
        for name, host in self.hosts.items():
            self.prepare(host)
            logs[name] = self.image.root.work / f"{name}.log"
            with open(logs[name], "w") as log:
                daemons[name] = subprocess.Popen(self.inside(host, *self.image.command), stdout=log, stderr=log)
        members = re.compile(r"(?s)\td1 .*\td2 .*\td3 [^=]*=+\s*$")
        end = time.monotonic() + LIMIT
        while not all(members.search(log.read_text()) for log in logs.values()):
            self.assertLess(time.monotonic(), end, "\n".join(log.read_text() for log in logs.values()))
            time.sleep(0.05)
        said = subprocess.run(self.inside(self.hosts["d1"], "spmonitor", "status"), check=True, text=True,
                              stdout=subprocess.PIPE).stdout
        for name in self.hosts:
            self.assertIn(name, said)
        for daemon in daemons.values():
            daemon.terminate()
        self.assertEqual([d.wait(LIMIT) for d in daemons.values()], [0, 0, 0])

    def test_without_a_configuration_it_ends_and_says_so(self):
        (self.image.root.path / "etc/spread.conf").unlink(missing_ok=True)
        status, said = self.image.root.try_it(*self.image.command)
        self.assertEqual(status, 1)
        self.assertIn("/etc/spread.conf cannot be read", said)


if __name__ == "__main__":
    reason = root.why_not()
    if reason:
        print("skipped:", reason)
        sys.exit(77)
    root.isolate()
    keeper.keep()
    os.umask(0o022)
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=2)
