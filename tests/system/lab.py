# SPDX-License-Identifier: MIT
"""Hosts on one machine: network namespaces on a bridge of their own, each with a private /tmp. Where
source and build lie in the old one, they are seen at their places still.

A host is a process in new network and mount namespaces that sleeps until the lab is closed;
whatever runs on the host enters them. Nothing outside the lab is touched, and nothing is left when
its process group is gone.
"""
import ctypes
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TREE / "tests/support")]
import keeper  # noqa: E402
import loopback  # noqa: E402

CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


def check(*command, **more):
    return subprocess.run(command, check=True, capture_output=True, text=True, **more).stdout


def why_no_hosts():
    """Why network namespaces are not to be had; None if they are."""
    if os.geteuid() != 0:
        return "network namespaces are for root only"
    probe = subprocess.run(["unshare", "-n", "-m", "ip", "link", "add", "wire", "type", "bridge"],
                           capture_output=True, text=True)
    return probe.stderr.strip() or "unshare fails" if probe.returncode else None


class Space:
    """A holder of namespaces: a child that unshares and waits. Commands run in the folder."""

    def __init__(self, folder, mounts):
        keeper.require()
        flags = CLONE_NEWNET | (CLONE_NEWNS if mounts else 0)
        ready, told = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(ready)
            LIBC.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever closes the lab
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            if LIBC.unshare(flags) != 0:
                os._exit(1)
            os.write(told, b"x")
            os.close(told)
            while True:
                signal.pause()
        os.close(told)
        if os.read(ready, 1) != b"x":
            raise OSError("no namespaces to be had: run as root")
        os.close(ready)
        self.folder, self.mounts = folder, mounts

    def enter(self):
        kinds = ["-n"] + (["-m"] if self.mounts else [])
        return ["nsenter", "-t", str(self.pid), *kinds, f"--wdns={self.folder}", "--"]

    def run(self, *command, **more):
        return check(*self.enter(), *command, **more)

    def popen(self, *command, **more):
        return subprocess.Popen([*self.enter(), *command], **more)

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


class Host(Space):
    def __init__(self, folder, number, network, kept):
        super().__init__(folder, mounts=True)
        self.number = number
        self.address = f"{network}{number}"
        self.name = f"d{number}"
        self.run("mount", "--make-rprivate", "/")
        self.take_tmp(kept)
        self.run("ip", "link", "set", "lo", "up")

    def take_tmp(self, kept):
        kept = [str(path) for path in kept if path.is_relative_to("/tmp")]
        aside = [str(self.folder / f"kept{i}") for i in range(len(kept))]
        for path, there in zip(kept, aside):
            self.run("mkdir", "-p", there)
            self.run("mount", "--bind", path, there)
        self.run("mount", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", "/tmp")
        for path, there in zip(kept, aside):
            self.run("mkdir", "-p", path)
            self.run("mount", "--move", there, path)

    def filter(self, rules):
        """What the host does not let in from now on, as rules of nftables; () lets all in."""
        script = ["add table inet lab", "delete table inet lab"]
        if rules:
            script += ["add table inet lab",
                       "add chain inet lab hear { type filter hook input priority 0; }",
                       *(f"add rule inet lab hear {r}" for r in rules)]
        self.run("nft", "-f", "-", input="\n".join(script) + "\n")

    def counted(self):
        """The bytes counted by those rules that end with "counter", one after the other."""
        rules = self.run("nft", "list", "chain", "inet", "lab", "hear")
        return [int(n) for n in re.findall(r"counter packets \d+ bytes (\d+)", rules)]


class Lab:
    """count hosts called d1, d2, ... at 10.77.1.1, 10.77.1.2, ... or fd77::1, ... on one wire."""

    def __init__(self, count, six=False, build=TREE, mtu=1500):
        self.six = six
        kept = [TREE] if build.is_relative_to(TREE) else [TREE, build]
        network, bits = ("fd77::", "/64") if six else ("10.77.1.", "/24")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lab-", dir="/var/tmp"))
        self.folder.chmod(0o755)
        loopback.add_access_files(self.folder)
        self.switch = Space(self.folder, mounts=False)
        self.switch.run("ip", "link", "add", "wire", "type", "bridge", "mcast_snooping", "0")
        self.switch.run("ip", "link", "set", "wire", "up")
        self.hosts = [Host(self.folder, i + 1, network, kept) for i in range(count)]
        for h in self.hosts:
            port = f"port{h.number}"
            self.switch.run("ip", "link", "add", port, "mtu", str(mtu), "type", "veth", "peer", "name",
                            "eth0", "mtu", str(mtu), "netns", str(h.pid))
            self.switch.run("ip", "link", "set", port, "master", "wire", "up")
            h.run("ip", "address", "add", h.address + bits, "dev", "eth0",
                  *(["nodad"] if six else []))
            h.run("ip", "link", "set", "eth0", "up")
            h.run("ip", "-6" if six else "-4", "route", "add", "default", "dev", "eth0")
        self.processes = []
        self.names()

    def names(self):
        """Hosts know each other by name, and ask nobody else."""
        hosts, order = self.folder / "hosts", self.folder / "nsswitch.conf"
        hosts.write_text("127.0.0.1 localhost\n" +
                         "".join(f"{h.address} {h.name}\n" for h in self.hosts))
        order.write_text("passwd: files\ngroup: files\nhosts: files\n")
        for h in self.hosts:
            h.run("mount", "--bind", str(hosts), "/etc/hosts")
            h.run("mount", "--bind", str(order), "/etc/nsswitch.conf")

    def conf(self, port=4803, options="", segments=None):
        """Multicast segments, given as lists of numbers of hosts; one of all hosts without."""
        segment = "[ff15::77:%d]" if self.six else "239.77.1.%d"
        text = loopback.OWN_ROOT + options + "\n"
        for i, numbers in enumerate(segments or [[h.number for h in self.hosts]], 1):
            text += f"Spread_Segment {segment % i}:{port} {{\n" + "".join(
                f"    {h.name} {h.address}\n" for h in self.hosts if h.number in numbers) + "}\n"
        path = self.folder / "spread.conf"
        path.write_text(text)
        return path

    def start(self, host, *command, log=None, **more):
        with open(self.folder / log if log else os.devnull, "ab") as out:
            p = host.popen(*command, stdout=out, stderr=subprocess.STDOUT,
                           stdin=subprocess.DEVNULL, **more)
        self.processes.append(p)
        return p

    def close(self):
        for p in self.processes:
            if p.poll() is None:
                p.send_signal(signal.SIGKILL)
                p.wait()
        for space in [*self.hosts, self.switch]:
            space.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def wait_until(condition, seconds=loopback.LIMIT, step=0.01):
    """Awaits a condition that has no event of its own; False when it did not come true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(step)
    return True


def outputs(name, runs, seconds):
    """What processes that work together, one a host, have printed once all ended well. When one
    fails the others, which may wait for it, are ended, and this process."""
    def is_over():
        codes = [r.poll() for r in runs]
        return any(codes) or None not in codes
    wait_until(is_over, seconds)
    ends = {i: r.poll() for i, r in enumerate(runs, 1)}
    for r in runs:
        r.kill()
    printed = [r.communicate()[0] for r in runs]
    if failed := [f"d{i} ended with {code}" for i, code in ends.items() if code]:
        raise SystemExit(f"{name} failed: the client of {', of '.join(failed)}")
    if None in ends.values():
        raise SystemExit(f"{name} failed: no end after {seconds} s")
    return printed
