# SPDX-License-Identifier: MIT
"""A field of daemons with an ordercheck client at each, and the faults that befall them.

Lan: hosts of a Lab, multicast, faults of the network by nftables on the hosts that hear.
Loop: loopback, unicast, a segment a daemon; the network is cut apart by spmonitor.
Faults are heal()ed all at once. Daemons are numbered from 1.
"""
import pathlib
import re
import select
import shutil
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]
import lab  # noqa: E402
import loopback  # noqa: E402
import order  # noqa: E402
import standstill  # noqa: E402

SKIPPED = 77   # exit status that CMakeLists.txt tells ctest about
PATIENCE = 120  # seconds; only turns a hang into a failure
LOG = "DebugFlags = { PRINT EXIT MEMBERSHIP CONFIGURATION }\n"


def await_other_ids(log):
    """Ids of views that clients see are a daemon and a second. One that is started again alone may come to
    those of its last life while these are not over: a daemon that has led views 1, 2 and 3 in a second has
    used up the next two."""
    used = [int(t) for t in re.findall(r"Membership id is \( *-?\d+, *(\d+)\)", log)]
    if used and not lab.wait_until(lambda: time.time() > max(used) + 1, PATIENCE):
        raise AssertionError(f"the clock does not come to {max(used)}")


class Client:
    """An ordercheck: commands are told to it, and answered when what they ask for is so."""

    def __init__(self, name, process, record):
        self.name, self.process, self.record = name, process, record

    def tell(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        self.told = command

    def hear(self, limit=PATIENCE):
        ready, _, _ = select.select([self.process.stdout], [], [], limit)
        answer = self.process.stdout.readline().strip() if ready else None
        if answer != self.told.split()[0]:
            raise AssertionError(f"client {self.name}: \"{self.told}\" was answered by {answer} "
                                 f"(exit status {self.process.poll()})")

    def ask(self, command, limit=PATIENCE):
        self.tell(command)
        self.hear(limit)

    def notices(self):
        """(time in ms, group, cause, members) of the regular notices so far."""
        for line in self.record.read_text().splitlines():
            words = line.split()
            if len(words) > 7 and words[1] == "V":
                yield int(words[0]), words[2], words[3], words[7].split(",")

    def view_without(self, i, since):
        """When it was told that those at daemon i are gone, in ms after since."""
        for at, _, cause, members in self.notices():
            if at >= since and cause == "network" and not any(m.endswith(f"#d{i}") for m in members):
                return at - since
        raise AssertionError(f"client {self.name} was never told that d{i} is gone")

    def close(self):
        self.process.communicate(timeout=PATIENCE)
        if self.process.returncode != 0:
            raise AssertionError(f"client {self.name}: exit status {self.process.returncode}")


class Field:
    BUILD = HERE.parent.parent / "build/release"

    def __init__(self, count):
        self.build, self.count = pathlib.Path(self.BUILD).resolve(), count
        self.spreadd = str(self.build / "daemon/spreadd")
        self.clients, self.others = {}, []
        self.running, self.stopped = set(), set()

    # -- daemons

    def start_all(self):
        for i in range(1, self.count + 1):
            self.start(i)
        return self

    def signal(self, i, number):
        self.process(i).send_signal(number)

    def kill(self, i):
        self.signal(i, signal.SIGKILL)
        self.process(i).wait(PATIENCE)
        self.running.discard(i)
        self.stopped.discard(i)

    def terminate(self, i):
        self.signal(i, signal.SIGTERM)
        if self.process(i).wait(PATIENCE) != 0:
            raise AssertionError(f"d{i} ends with {self.process(i).returncode}:\n" + self.log(i))
        self.running.discard(i)

    def stop(self, i):
        standstill.begin(self.process(i).pid)
        self.stopped.add(i)

    def go_on(self, i):
        if i in self.stopped:
            standstill.end(self.process(i).pid)
        self.stopped.discard(i)

    def await_log(self, i, text, limit=PATIENCE):
        if not lab.wait_until(lambda: text in self.log(i), limit):
            raise AssertionError(f"d{i} does not say \"{text}\":\n" + self.log(i)[-3000:])

    # -- clients

    def client(self, i, name=None, joins="all", *more):
        """Starts an ordercheck at daemon i."""
        name = name or f"c{i}"
        record = self.folder / f"{name}.{len(self.clients)}.rec"
        p = self.popen(i, str(self.build / "tests/system/ordercheck"), "-s", self.service(i), "-n",
                       name, "-o", str(record), "-j", joins, "-S", str(len(self.clients) + 1), *more,
                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.clients[name] = c = Client(name, p, record)
        return c

    def churn(self, i, joins):
        self.others.append(self.popen(i, str(self.build / "tests/system/churn"), "-s",
                                      self.service(i), "-n", f"x{i}", "-j", joins, "-S", str(i)))

    def clients_everywhere(self, *more, joins="all"):
        for i in range(1, self.count + 1):
            self.client(i, None, joins, *more)
        self.ask_all(f"members {self.count}")
        return self

    def ask_all(self, command, limit=PATIENCE):
        for c in self.clients.values():
            c.tell(command)
        for c in self.clients.values():
            c.hear(limit)

    # -- the end

    def settle(self):
        """All daemons are there again and reach each other: so do all clients."""
        self.heal()
        for i in sorted(self.stopped):
            self.go_on(i)
        for i in range(1, self.count + 1):
            if i not in self.running:
                self.start(i)
        self.ask_all(f"members {len(self.clients)}")

    def finish(self):
        """Settles, lets everything sent arrive, and judges it."""
        self.settle()
        for p in self.others:
            p.kill()
            p.wait()
        self.ask_all("quiet")
        self.ask_all(f"last {len(self.clients)}")
        for c in self.clients.values():
            c.close()
        return order.check([c.record for c in self.clients.values()])

    def close(self):
        for p in [c.process for c in self.clients.values()] + self.others:
            if p.poll() is None:
                p.kill()
            p.communicate()
        logs = [self.log(i) for i in range(1, self.count + 1)]
        self.close_hosts()
        if found := [line for log in logs for line in loopback.complaints(log)]:
            raise AssertionError("daemons complain:\n" + "\n".join(found))

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind and issubclass(kind, Exception):
            for i in range(1, self.count + 1):
                sys.stderr.write(f"--- the end of the log of d{i}\n{self.log(i)[-2500:]}\n")
        self.close()


class Lan(Field):
    PORT = 4803

    def __init__(self, count, options="", segments=None, six=False):
        super().__init__(count)
        self.lab = lab.Lab(count, six, self.build)
        self.hosts, self.folder = self.lab.hosts, self.lab.folder
        self.conf = self.lab.conf(options=LOG + options, segments=segments)
        self.daemons = {}

    def process(self, i):
        return self.daemons[i]

    def start(self, i):
        await_other_ids(self.log(i))
        said = self.log(i).count("serves clients")
        h = self.hosts[i - 1]
        self.daemons[i] = self.lab.start(h, self.spreadd, "-c", str(self.conf), "-n", h.name,
                                         log=h.name + ".log")
        self.running.add(i)
        if not lab.wait_until(lambda: self.log(i).count("serves clients") > said, PATIENCE):
            raise AssertionError(f"d{i} does not start:\n" + self.log(i))

    def log(self, i):
        path = self.folder / f"d{i}.log"
        return path.read_text() if path.exists() else ""

    def service(self, i):
        return str(self.PORT)

    def popen(self, i, *command, **more):
        return self.hosts[i - 1].popen(*command, **more)

    # -- faults: what host i does not let in

    def refuse(self, i, *rules):
        self.hosts[i - 1].filter(rules)

    def deaf_to(self, i, others):
        """Host i hears nothing of the others, which may well hear it."""
        family = "ip6" if self.lab.six else "ip"
        self.refuse(i, *(f"{family} saddr {self.hosts[k - 1].address} drop" for k in others))

    def cut(self, *sides):
        for side in sides:
            for i in side:
                self.deaf_to(i, [k for s in sides if s is not side for k in s])

    def cable(self, i, state):
        """Pulls it ("down") or plugs it in ("up")."""
        self.lab.switch.run("ip", "link", "set", f"port{i}", state)

    def lossy(self, i, percent):
        self.refuse(i, f"iifname eth0 meta l4proto udp numgen random mod 100 < {percent} drop")

    def deaf_at(self, i, port):
        self.refuse(i, f"iifname eth0 udp dport {port} drop")

    def heal(self):
        for h in self.hosts:
            h.filter(())

    def close_hosts(self):
        self.lab.close()


class Loop(Field):
    # Several segments count as a wide area, which waits longer before it gives a daemon up.
    OPTIONS = "DangerousMonitor = true\nWideAreaNetwork = false\n"

    def __init__(self, count, options=""):
        super().__init__(count)
        self.ring = loopback.Ring(self.spreadd, count, LOG + self.OPTIONS + options)
        self.folder = pathlib.Path(self.ring.folder)
        self.is_cut = False

    def process(self, i):
        return self.ring[i - 1].process

    def start(self, i):
        await_other_ids(self.log(i))
        self.ring[i - 1].spawn()
        if not self.ring[i - 1].started():
            raise AssertionError(f"d{i} does not start:\n" + self.log(i))
        self.running.add(i)

    def log(self, i):
        path = pathlib.Path(self.ring.folder, f"d{i}.log")
        return path.read_text(errors="replace") if path.exists() else ""

    def service(self, i):
        return str(self.ring[i - 1].port)

    def popen(self, i, *command, **more):
        return subprocess.Popen(command, **more)

    def monitor(self, *command):
        lab.check(str(self.build / "tools/spmonitor"), "-c", str(self.folder / "conf"), "-t",
                  str(PATIENCE), *command)

    def cut(self, *sides):
        self.monitor("partition", "/".join(",".join(f"d{i}" for i in side) for side in sides))
        self.is_cut = True

    def heal(self):
        if self.is_cut:
            self.monitor("heal")
        self.is_cut = False

    def close_hosts(self):
        for d in self.ring.daemons:
            d.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def main(needs_root, at_a_time=1):
    """Runs the tests of the calling script: SCRIPT BUILD-FOLDER [TEST...]."""
    if needs_root and (reason := lab.why_no_hosts()):
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    Field.BUILD = sys.argv[1]
    if at_a_time > 1 and not sys.argv[2:]:
        loopback.main_side_by_side(sys.argv[:2], at_a_time,
                                   lambda test: test.id().removeprefix("__main__."))
    loopback.main(["-v", *sys.argv[2:]])


def now_ms():
    return int(time.time() * 1000)
