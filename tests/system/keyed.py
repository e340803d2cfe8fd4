# SPDX-License-Identifier: MIT
"""Daemons with keys on hosts of their own, and somebody on the wire between them."""
import json
import random
import signal
import subprocess
import sys

from field import Lan, lab, loopback

HOSTS = (1, 2, 3)


class Keyed(Lan):
    """Three hosts; each has its own file of keys in its own /tmp."""

    KEYS = "/tmp/ring.key"
    OPTION = f"DaemonKeyFile = {KEYS}\n"

    def __init__(self, options=OPTION):
        super().__init__(len(HOSTS), options=options)

    def start_keyed(self, *lines):
        for i in HOSTS:
            self.give(i, *lines)
        return self.start_all()

    def give(self, i, *lines):
        """Host i has these keys from now on; its daemon learns it by reload()."""
        self.hosts[i - 1].run("sh", "-c", f"umask 077; cat > new; chown {loopback.daemon_user()} new; "
                              f"mv new {self.KEYS}", input="".join(lines))

    def reload(self, i, said):
        """SIGHUP, until the daemon has said that."""
        before = self.log(i).count(said)
        self.signal(i, signal.SIGHUP)
        if not lab.wait_until(lambda: self.log(i).count(said) > before):
            raise AssertionError(f"d{i} does not say \"{said}\":\n{self.log(i)[-3000:]}")

    def write_options(self, options):
        self.conf = self.lab.conf(options="DebugFlags = { PRINT EXIT MEMBERSHIP CONFIGURATION }\n" + options)

    def views(self):
        return [self.log(i).count("Membership id is") for i in HOSTS]

    def unopened(self):
        """How many packets the daemons could not open, together, by what was wrong."""
        said = json.loads(self.hosts[0].run(str(self.build / "tools/spmonitor"), "-c", str(self.conf), "-n",
                                            "d1", "status", "--json"))
        return {why: sum(d["unopened"][why] for d in said) for why in said[0]["unopened"]}

    def memory(self):
        """Bytes that the daemons have in memory, together."""
        total = 0
        for i in HOSTS:
            with open(f"/proc/{self.process(i).pid}/statm") as f:
                total += int(f.read().split()[1]) * 4096
        return total

    # -- the attacker

    ASIDE = 50
    UNREAD = ("import signal, socket\n"
              "sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]\n"
              "for i, s in enumerate(sockets):\n"
              "    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)\n"
              "    s.bind((\"\", {port} + i))\n"
              "print(\"bound\", flush=True)\n"
              "signal.pause()\n")

    def take_aside(self):
        """Each host has sockets ASIDE of the daemons' ports from now on, that nobody reads."""
        for h in self.hosts:
            p = h.popen(sys.executable, "-c", self.UNREAD.format(port=self.PORT + self.ASIDE),
                        stdout=subprocess.PIPE, text=True)
            self.others.append(p)
            p.stdout.readline()

    def attacker(self, *arguments):
        """He would have a machine of his own, so he leaves this one to the hosts when they want it."""
        ports = [f"port{i}" for i in HOSTS]
        return self.lab.switch.popen("nice", "-n", "19", str(self.build / "tests/system/attacker"),
                                     *map(str, arguments), str(self.PORT), *ports, stdout=subprocess.PIPE, text=True)

    def record(self, count):
        """Goes on until the attacker has so many packets of the daemons as they are now."""
        p = self.attacker("record", self.folder / "heard", count)
        self.others.append(p)
        return p

    def attack(self, rate, seconds, seed=None, aside=0):
        """To the ports of the daemons or, so that it takes the same of the machine, to others."""
        seed = seed if seed is not None else random.randrange(1 << 30)
        print(f"attack with seed {seed}", file=sys.stderr, flush=True)
        p = self.attacker("send", self.folder / "heard", rate, seconds, seed, aside)
        self.others.append(p)
        return p

    def over(self, attack):
        """What the attacker has done."""
        out, _ = attack.communicate(timeout=loopback.LIMIT)
        if attack.returncode != 0:
            raise AssertionError(f"the attacker ended with {attack.returncode}")
        self.others.remove(attack)
        return json.loads(out)

    def other_lives(self):
        """All daemons start anew."""
        for i in HOSTS:
            self.kill(i)
        for i in HOSTS:
            self.start(i)
