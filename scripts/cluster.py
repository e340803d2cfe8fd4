# SPDX-License-Identifier: MIT
"""What scripts/cluster shows, once everything is built; see there."""
import argparse
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/system"))
from field import SKIPPED, Field, Lan, Loop  # noqa: E402
from lab import keeper, why_no_hosts  # noqa: E402

HOSTS = (1, 2, 3)
GROUP = "demo"
PATIENCE = 30  # seconds; all of this takes three


def title(text):
    bold, plain = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")
    print(f"\n{bold}{text}{plain}", flush=True)


def say(*lines):
    print("".join(f"  {line}\n" for line in lines), end="", flush=True)


class Listener:
    """A spuser at one of the daemons, in the group; what it is told is shown as it comes."""

    MEMBERS = re.compile(rf"Received REGULAR membership for group {GROUP} with (\d+) members")
    SENDER = re.compile(r"received \S+ message from (\S+),")
    TEXT = re.compile(r"\(\d+ bytes\): (.*)")

    def __init__(self, field, i):
        self.i, self.events, self.changed = i, [], threading.Condition()
        self.quiet = self.ended = False
        self.process = field.popen(i, str(field.tools / "spuser"), "-s", field.service(i), "-u",
                                   "show", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self.listen, daemon=True).start()
        self.type(f"j {GROUP}\n")

    def type(self, text):
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def send(self, text):
        self.type(f"s {GROUP}\n{text}\n")

    def listen(self):
        sender = None
        for line in self.process.stdout:
            if found := self.MEMBERS.search(line):
                count = int(found[1])
                self.hear(count, f"{GROUP} has {count} member{'s' * (count > 1)}")
            elif found := self.SENDER.search(line):
                sender = found[1]
            elif (found := self.TEXT.match(line)) and sender:
                self.hear((sender, found[1]), f"{sender}: {found[1]}")
        with self.changed:
            self.ended = True
            self.changed.notify()

    def hear(self, event, text):
        if not self.quiet:
            say(f"d{self.i} | {text}")
        with self.changed:
            self.events.append(event)
            self.changed.notify()

    def forget(self):
        with self.changed:
            self.events = []

    def expect(self, what, count=1):
        """Waits until that many events of this type or value came since forget(); returns them."""
        def found():
            kind = isinstance(what, type)
            return [e for e in self.events if (isinstance(e, what) if kind else e == what)]
        with self.changed:
            self.changed.wait_for(lambda: self.ended or len(found()) >= count, PATIENCE)
            if len(found()) < count:
                raise AssertionError(f"the client at d{self.i} expects {what}, heard {self.events}")
            return found()


class Show:
    def __init__(self, field):
        self.field, self.at = field, {}

    def start(self):
        say(*pathlib.Path(self.field.folder / self.field.file).read_text().strip().split("\n"), "")
        self.field.start_all()
        for i in HOSTS:
            self.at[i] = Listener(self.field, i)
        self.expect_members(3)

    def expect_members(self, count, hosts=HOSTS):
        for i in hosts:
            self.at[i].expect(count)

    def forget(self):
        for listener in self.at.values():
            listener.forget()

    def messages_go_round(self):
        self.forget()
        for i in HOSTS:
            self.at[i].send(f"hello from d{i}")
        orders = [self.at[i].expect(tuple, 3) for i in HOSTS]
        if orders[0] != orders[1] or orders[0] != orders[2]:
            raise AssertionError(f"the order differs: {orders}")
        say("The same order everywhere.")

    def one_dies_and_comes_back(self):
        self.forget()
        began = time.monotonic()
        self.field.kill(3)
        self.expect_members(2, (1, 2))
        say(f"Both others knew after {(time.monotonic() - began) * 1000:.0f} ms.",
            "Now d3 is started again, with a client:")
        self.forget()
        self.field.start(3)
        self.at[3] = Listener(self.field, 3)
        self.expect_members(3)

    def end(self):
        """All leave as an administrator would have them leave, which must be with status 0."""
        for listener in self.at.values():
            listener.quiet = True
        for listener in self.at.values():
            listener.process.kill()
            listener.process.wait()
        for i in sorted(self.field.running):
            self.field.signal(i, signal.SIGCONT)
        for i in sorted(self.field.running):
            self.field.terminate(i)


# -- what a person may do next --------------------------------------------------------------------


def write_at(field):
    """A command that runs others on a host; returns its path."""
    path = field.folder / "at"
    hosts = "\n".join(f"d{h.number}) pid={h.pid} ;;" for h in field.hosts)
    path.write_text(f"""\
#!/bin/sh
# usage: {path} HOST COMMAND...      runs it on d1, d2 or d3 while scripts/cluster runs
case $1 in
{hosts}
*) echo "there is no host $1" >&2; exit 2 ;;
esac
shift
export PATH="{field.tools}:$PATH"
exec nsenter -t $pid -n -m --wdns=/ -- "$@"
""")
    path.chmod(0o755)
    return path


def explain(field, is_lan):
    if is_lan:
        at = write_at(field)
        clients = [f"{at} d{i} spuser -r -s {field.service(i)}" for i in HOSTS]
        more = ["Cut d3 off, and let it return:",
                f"    {at} d3 ip link set eth0 down", f"    {at} d3 ip link set eth0 up", ""]
        prefix = f"{at} d1 "
    else:
        clients = [f"{shlex.quote(str(field.tools))}/spuser -r -s {field.service(i)}" for i in HOSTS]
        more, prefix = [], f"{shlex.quote(str(field.tools))}/"
    say("In other terminals, be a client at d1, d2 or d3:", *(f"    {c}" for c in clients),
        f"There, type \"j {GROUP}\" to join, \"s {GROUP}\" to send; what arrives is shown here, too.",
        "",
        *more,
        "Pause d2, and let it go on:",
        *(f"    kill -{s} {field.process(2).pid}" for s in ("STOP", "CONT")), "",
        "Ask the daemons:",
        f"    {prefix}spmonitor -c {field.folder}/{field.file} status", "",
        "Ctrl-C ends them all.", "")


# -- the whole ------------------------------------------------------------------------------------


def make_field(loopback):
    field = Loop(3) if loopback else Lan(3)
    field.tools, field.file = field.build / "tools", "conf" if loopback else "spread.conf"
    return field


def run(field, args):
    show = Show(field)
    try:
        show.start()
        title("2. A message from each")
        show.messages_go_round()
        title("3. d3 is killed")
        show.one_dies_and_comes_back()
        if not args.check:
            title("4. Yours")
            explain(field, not args.loopback)
            while True:
                signal.pause()
    except KeyboardInterrupt:
        print()
    show.end()
    say("All three daemons ended with status 0.")


def main():
    p = argparse.ArgumentParser(prog="scripts/cluster")
    p.add_argument("build", help=argparse.SUPPRESS)
    p.add_argument("--check", action="store_true", help="end after the show; status 0 if all went well")
    p.add_argument("--loopback", action="store_true", help="three ports instead of three hosts")
    p.add_argument("--hosts", action="store_true", help=argparse.SUPPRESS)  # or status SKIPPED
    args = p.parse_args()
    keeper.keep()
    Field.BUILD = args.build

    title("1. Three daemons")
    if not args.loopback and (reason := why_no_hosts()):
        say(f"On loopback, for there are no hosts to be had: {reason}.")
        if args.hosts:
            sys.exit(SKIPPED)
        args.loopback = True
    # What holds a host together has to outlive Ctrl-C.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    field = make_field(args.loopback)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        with field:
            run(field, args)
    except AssertionError as e:
        sys.exit(f"scripts/cluster failed: {e}")


main()
