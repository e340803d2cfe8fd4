# SPDX-License-Identifier: MIT
"""A ring of three hosts, each a new Debian that has booted, with the packages and the unit as it is: how the
ring stands is what systemd is told, on each of them.

usage: ring_test.py PACKAGES BASE [UNITTEST ARGUMENTS]
"""
import pathlib
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "system")]
import host  # noqa: E402
import lab  # noqa: E402
from host import until  # noqa: E402

ADDRESSES = {"d1": "10.77.3.11", "d2": "10.77.3.12", "d3": "10.77.3.13"}
CONF = "Spread_Segment 10.77.3.255:4803 {\n" + \
       "".join(f"    {name} {address}\n" for name, address in ADDRESSES.items()) + "}\n"
READY = "exec 3<>/dev/tcp/127.0.0.1/4803; printf 'GET /readyz HTTP/1.0\\r\\n\\r\\n' >&3; head -n 1 <&3"
HEAR = """
import spread
with spread.connect("4803", name="ear") as mailbox:
    mailbox.join("greetings")
    for event in mailbox:
        if isinstance(event, spread.Message):
            print(event.data.decode(), flush=True)
            break
        print("joined", flush=True)
"""
SAY = """
import spread
with spread.connect("4803", name="mouth") as mailbox:
    mailbox.send("greetings", b"hello")
"""


class Ring(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        image = host.Image()
        cls.addClassCleanup(image.close)
        switch = lab.Space("/", mounts=False)
        cls.addClassCleanup(switch.close)
        switch.run("ip", "link", "add", "wire", "type", "bridge", "mcast_snooping", "0")
        switch.run("ip", "link", "set", "wire", "up")
        cls.hosts = {}
        for name in ADDRESSES:
            cls.hosts[name] = host.Host(image)
            cls.addClassCleanup(cls.hosts[name].close)
        for name, one in cls.hosts.items():
            one.await_boot()
            cls.connect(switch, name, one)

    @staticmethod
    def connect(switch, name, one):
        switch.run("ip", "link", "add", name, "type", "veth", "peer", "name", "host0", "netns", one.leader)
        switch.run("ip", "link", "set", name, "master", "wire", "up")
        enter = ["nsenter", "--target", one.leader, "--net", "ip"]
        for words in ("link set lo up", f"address add {ADDRESSES[name]}/24 brd + dev host0", "link set host0 up"):
            subprocess.run([*enter, *words.split()], check=True)

    def setUp(self):
        for one in self.hosts.values():
            one.put("/etc/spread.conf", CONF)

    def start(self, *names):
        for name in names:
            self.hosts[name].inside("systemctl", "start", "spreadd")
            self.addCleanup(self.hosts[name].inside, "systemctl", "stop", "spreadd", status=None)

    def start_all(self):
        self.start(*self.hosts)
        for name in self.hosts:
            self.await_status(name, "in a view of all 3 daemons")

    def await_status(self, name, text):
        until(lambda: text in self.hosts[name].show("StatusText"),
              f"{name} is {text}: {self.hosts[name].show('StatusText')}")

    def ready(self, name):
        return self.hosts[name].inside("bash", "-c", READY)

    def test_a_host_that_is_started_alone_does_not_look_healthy(self):
        self.start("d1")
        self.assertEqual(self.hosts["d1"].show("ActiveState"), "active")  # its own clients are served
        self.assertIn("ALONE: none of the others of 3 daemons is in its view", self.hosts["d1"].show("StatusText"))
        self.assertIn("503", self.ready("d1"))
        until(lambda: "none of the other 2 daemons" in self.hosts["d1"].journal(), "the journal says so")
        self.start("d2", "d3")
        for name in self.hosts:
            self.await_status(name, "in a view of all 3 daemons")
            until(lambda name=name: "200" in self.ready(name), "it is ready")
        self.hosts["d2"].inside("systemctl", "stop", "spreadd")
        self.hosts["d3"].inside("systemctl", "stop", "spreadd")
        self.await_status("d1", "ALONE")
        until(lambda: "200" in self.ready("d1"), "who is left over goes on")

    def test_messages_go_from_host_to_host(self):
        self.start_all()
        ear = subprocess.Popen(self.hosts["d3"].enter("python3", "-c", HEAR), stdout=subprocess.PIPE, text=True)
        self.assertEqual(ear.stdout.readline(), "joined\n")
        self.hosts["d1"].inside("python3", "-c", SAY)
        self.assertEqual(ear.communicate(timeout=host.LIMIT)[0], "hello\n")
        said = self.hosts["d2"].inside("spmonitor", "status")
        self.assertEqual(said.count("3  procs in 1 segments"), 3)

    def test_reload_waits_until_the_file_is_in_force(self):
        self.start_all()
        before = {name: one.show("MainPID") for name, one in self.hosts.items()}
        for options in ("MaxSessionMessages = 500", "MaxSessionMessages = 600", "MaxSessionMessages = 700"):
            for one in self.hosts.values():
                one.put("/etc/spread.conf", CONF + options + "\n")
                count = one.journal().count("another configuration is in force")
                one.inside("systemctl", "reload", "spreadd")
                self.assertEqual(one.journal().count("another configuration is in force"), count + 1)
                self.assertEqual(one.show("ActiveState"), "active")
        for name, one in self.hosts.items():
            self.await_status(name, "in a view of all 3 daemons")
            self.assertEqual(one.show("MainPID"), before[name])

    def test_reload_of_what_the_daemon_refuses_is_seen_in_its_status(self):
        """Which spreadd --check cannot tell, for it does not know what runs."""
        self.start_all()
        one = self.hosts["d1"]
        one.put("/etc/spread.conf", CONF.replace("d1 10.77.3.11", "d1 10.77.3.11 { D 10.77.3.11 C 10.77.3.11 }"))
        one.inside("systemctl", "reload", "spreadd")
        self.await_status("d1", "in a view of all 3 daemons; the last reload was refused, see the log")
        self.assertIn("the interfaces of this daemon have changed, which takes a restart", one.journal())
        one.put("/etc/spread.conf", CONF)
        one.inside("systemctl", "reload", "spreadd")
        until(lambda: "refused" not in one.show("StatusText"), "that is over")

    def test_a_daemon_that_stands_is_put_out_and_comes_back(self):
        one = self.hosts["d2"]
        drop_in = "/run/systemd/system/spreadd.service.d/test.conf"
        one.inside("sh", "-c", "mkdir -p $(dirname $0); printf '[Service]\\nWatchdogSec=3\\nRestartSec=0\\n' >$0",
                   drop_in)
        one.inside("systemctl", "daemon-reload")
        self.addCleanup(one.inside, "systemctl", "daemon-reload")
        self.addCleanup(one.inside, "rm", drop_in)
        self.start_all()
        pid = one.show("MainPID")
        one.inside("sh", "-c", f"kill -STOP {pid}")
        self.await_status("d1", "in a view of 2 of 3 daemons")
        until(lambda: one.show("MainPID") not in (pid, "0"), "it is started anew")
        for name in self.hosts:
            self.await_status(name, "in a view of all 3 daemons")

    def test_when_a_host_is_shut_down_its_daemon_takes_leave_first(self):
        """While there is a network still: the others are told, and need not find out."""
        self.start_all()
        gone = self.hosts["d3"]
        gone.nspawn.terminate()
        self.await_status("d1", "in a view of 2 of 3 daemons")
        gone.nspawn.wait(host.LIMIT)
        self.assertIn("daemon d3 stops", self.hosts["d1"].journal())
        self.assertNotIn("daemon d3 does not answer", self.hosts["d1"].journal().rsplit("serves clients", 1)[1])


if __name__ == "__main__":
    host.main()
