# SPDX-License-Identifier: MIT
"""Three daemons on loopback with the programs of examples/ at them, and what befalls both."""
import os
import pathlib
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "support")]
import keeper  # noqa: E402
import loopback  # noqa: E402
import standstill  # noqa: E402

# A daemon that is lost is given up in half a second, and sides find each other in about one.
OPTIONS = """\
DangerousMonitor = true
TokenTimeout = 400
HurryTimeout = 130
AliveTimeout = 70
JoinTimeout = 70
RepTimeout = 170
SegTimeout = 140
GatherTimeout = 330
FormTimeout = 330
LookupTimeout = 1000
"""


class Program:
    """One of the examples that runs. What it writes goes to a file, at once and whole lines at a time, which
    several may share."""

    def __init__(self, path, arguments, out, log):
        keeper.require()
        self.out = out
        with open(out, "ab") as o, open(log, "ab") as e:
            self.process = subprocess.Popen([str(path), *map(str, arguments)], stdin=subprocess.PIPE, stdout=o,
                                            stderr=e, text=True)

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def lines(self):
        return self.out.read_text().splitlines()

    def kill(self):
        self.process.kill()
        return self.end()

    def end(self, limit=loopback.LIMIT):
        self.process.stdin.close()
        return self.process.wait(limit)


class Field:
    def __init__(self, build, count=3):
        self.build = pathlib.Path(build).resolve()
        self.ring = loopback.Ring(str(self.build / "daemon/spreadd"), count, OPTIONS)
        self.folder = pathlib.Path(self.ring.folder)
        self.count = count
        self.parts = [set(range(1, count + 1))]  # who should hear whom
        self.programs = []
        self.common = self.folder / "common.out"  # of programs whose lines are looked at in one row

    def __enter__(self):
        self.ring.start()
        return self

    def __exit__(self, kind, *_):
        for p in self.programs:
            if p.process.poll() is None:
                p.kill()
        errors = self.errors()
        if kind is not None:
            shutil.copytree(self.folder, f"/tmp/examples-failed-{os.getpid()}",
                            ignore=lambda _, names: [n for n in names if n.isdigit()], dirs_exist_ok=True)
        self.ring.stop()
        assert errors == [], errors

    # -- programs

    def address(self, i):
        return str(self.ring[i - 1].port)

    def addresses(self, first):
        """That of this daemon, and then the others: when it is lost, one of them takes the program."""
        order = [first] + [i for i in range(1, self.count + 1) if i != first]
        return " ".join(map(self.address, order))

    def run(self, program, *arguments, out=None):
        out = self.folder / (out or f"{program}.{len(self.programs)}.out")
        p = Program(self.build / "examples" / program, arguments, out, self.folder / "errors")
        self.programs.append(p)
        return p

    def errors(self):
        """What sanitizers have to say of the programs."""
        path = self.folder / "errors"
        return loopback.complaints(path.read_text(errors="replace")) if path.exists() else []

    def note(self, what):
        """A line among those of the programs."""
        with open(self.common, "a") as f:
            f.write(f"-- {what}\n")

    # -- daemons

    def monitor(self, *command):
        """With two seconds for it, for not all daemons may answer."""
        return subprocess.run([self.build / "tools/spmonitor", "-c", "conf", "-t", "2", *command],
                              cwd=self.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def cut(self, *parts):
        """cut({1, 2}, {3}); a daemon that does not run is told when it does."""
        self.parts = [set(p) for p in parts]
        self.note(f"cut {parts}")
        loopback.until(lambda: self._tell_parts().returncode == 0 or not self.all_run(), f"parts {parts}")

    def _tell_parts(self):
        names = "/".join(",".join(f"d{i}" for i in sorted(p)) for p in self.parts)
        return self.monitor(*(["partition", names] if len(self.parts) > 1 else ["heal"]))

    def heal(self):
        self.parts = [set(range(1, self.count + 1))]
        self.note("heal")
        self._tell_parts()

    def kill(self, i):
        self.note(f"kill {i}")
        self.ring[i - 1].kill()

    def start(self, i):
        self.note(f"start {i}")
        d = self.ring[i - 1]
        d.spawn()
        assert d.started(), d.log()
        self._tell_parts()

    def stop(self, i):
        self.note(f"stop {i}")
        standstill.begin(self.ring[i - 1].pid)

    def go_on(self, i):
        self.note(f"go on {i}")
        standstill.end_if_begun(self.ring[i - 1].pid)

    def all_run(self):
        return all(d.process is not None for d in self.ring.daemons)

    def runs(self, i):
        return self.ring[i - 1].process is not None

    def settle(self):
        """All daemons run and are in one view."""
        for i in range(1, self.count + 1):
            if not self.runs(i):
                self.start(i)
            self.go_on(i)
        self.heal()
        # Told again, for who has just been started may not have heard it.
        loopback.until(lambda: self.is_whole() or self._tell_parts() and False, "the daemons come together")
        self.note("settled")

    def is_whole(self):
        import json
        said = self.monitor("status", "--json")
        try:
            found = json.loads(said.stdout)
        except ValueError:
            return False
        return len(found) == self.count and all(d.get("num_procs") == self.count for d in found)


def await_value(ask, wanted, what, limit=loopback.LIMIT):
    """Until ask() returns it."""
    end = time.monotonic() + limit
    while (value := ask()) != wanted:
        if time.monotonic() > end:
            raise AssertionError(f"{what}: {value}, not {wanted}")
        time.sleep(0.01)
