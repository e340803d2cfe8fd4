# SPDX-License-Identifier: MIT
"""spmonitor and daemons that have keys: what takes a key, what does not, and who is out for want of one."""
import json
import os
import re
import signal

import harness
from monitored import Case, loopback

OURS, OTHER = loopback.key_line(1), loopback.key_line(2)
IMPOSTOR = OTHER.replace("2", "1", 1)  # another key of the same number


class Keyed(Case):
    """All daemons have key 1."""

    MORE = ""

    @property
    def OPTIONS(self):
        return f"DangerousMonitor = true\nDaemonKeyFile = {self.path('ring.key')}\n{self.MORE}"

    def keys(self, name, *lines):
        loopback.write_keys(self.path(name), *lines)
        return self.path(name)

    def setUp(self):
        super().setUp()
        self.keys("ring.key", OURS)
        self.start_ring()

    def keyless(self):
        """The configuration, without the option: its hash is the same."""
        path = self.path("keyless")
        with open(self.ring.conf) as f, open(path, "w") as to:
            to.write(re.sub("^DaemonKeyFile.*\n", "", f.read(), flags=re.M))
        return path

    def logs(self):
        return "".join(d.log() for d in self.ring.daemons)


class Commands(Keyed):
    def test_with_the_key_of_the_configuration_all_commands_work(self):
        self.batch("flow", "--window", "99", "d2:30:7")
        self.assertEqual([s["window"] for s in self.status()], [99] * 3)
        self.batch("partition", "d1,d3/d2")
        self.await_members(2, 1, 2)
        self.batch("heal")
        self.await_members(3)
        self.batch("reload")
        for daemon in self.ring.daemons:
            loopback.until(lambda: "monitor at 127.0.0.1: reload\n" in daemon.log(), "reload heard")
        self.batch("terminate", "--yes", "d2")
        self.assertEqual(self.ring.daemons[1].process.wait(harness.LIMIT), 0)
        self.assertNotIn("refused", self.logs())  # the second copy of each is no news

    def test_without_a_key_there_is_status_and_nothing_else(self):
        conf = self.keyless()
        self.assertEqual([s["num_procs"] for s in json.loads(self.batch("status", "--json", conf=conf)[0])],
                         [3] * 3)
        for command in (["flow", "--window", "9"], ["partition", "d1/d2,d3"], ["terminate", "--yes", "d2"]):
            self.batch(*command, conf=conf, limit=1, expect=1)
        self.batch("reload", conf=conf, limit=1)  # of which nobody says whether it was obeyed
        for what in "flow control", "partition", "terminate", "reload":
            refused = f"monitor at 127.0.0.1: {what} refused: not sealed with the daemon key"
            loopback.until(lambda refused=refused: all(refused in d.log() for d in self.ring.daemons
                                                       if what != "terminate" or d.name == "d2"), refused)
        self.assertNotIn("monitor at 127.0.0.1: reload\n", self.logs())
        self.await_members(3)

    def test_daemons_that_have_not_read_their_keys_yet_are_told_to_in_the_open(self):
        daemons = self.ring.daemons
        self.ring.stop()
        self.ring.options = "DangerousMonitor = true\n"
        self.ring.write()
        self.ring.start()
        self.ring.options = self.OPTIONS
        self.ring.write()
        self.batch("reload", limit=1, expect=1)
        self.assertNotIn("monitor at 127.0.0.1: reload\n", self.logs())
        self.batch("--open", "reload")
        for d in daemons:
            loopback.until(lambda d=d: "packets are sealed with key 1" in d.log(), "it has keys")
        self.await_members(3)

    def test_a_key_that_cannot_be_used_is_said(self):
        os.chmod(self.path("ring.key"), 0o644)
        why = f"spmonitor: the key file {self.path('ring.key')} cannot be used: others than its owner"
        _, err = self.batch("flow", "--window", "9", expect=2)
        self.assertTrue(err.startswith(why), err)
        _, err = self.batch("status")
        self.assertTrue(err.startswith(why) and err.endswith("asking without\n"), err)
        for named in self.keys("short", "1 aes-256-gcm abcd\n"), self.path("none"):
            _, err = self.batch("--key", named, "status", expect=2)
            self.assertIn(named, err)
        run = self.menu()
        for key in "2", "4", "6", "8", "r":
            self.assertIn("nothing is sent: the key file", self.say(run, key))
        self.bye(run)

    def test_another_key_opens_nothing(self):
        for lines, why in ((OTHER, "it is sealed with a key that is not in the DaemonKeyFile here"),
                           (IMPOSTOR, "its seal is broken")):
            key = self.keys("other", lines)
            self.complains("d1 does not answer what is sealed: it has other keys, or none\n", "--key", key, "status")
            self.batch("--key", key, "flow", "--window", "9", limit=1, expect=1)
            loopback.until(lambda: f"ignored: {why}" in self.logs(), why)
        self.assertNotEqual(self.status("d1")[0]["window"], 9)

    def test_the_menu_sends_what_was_typed_before_it_ends(self):
        run = self.menu()
        self.say(run, "5", "77", "", "", "")
        run.say("6\n")
        self.bye(run)
        loopback.until(lambda: [s["window"] for s in self.status()] == [77] * 3, "the window")

    def test_a_menu_that_stays_open_follows_the_keys(self):
        run, changed = self.menu(), "the file of keys has changed"
        self.assertNotIn(changed, self.say(run, "3"))
        for lines in (OURS.replace("\n", " send\n"), OTHER), (OURS, OTHER.replace("\n", " send\n")), (OTHER,):
            self.keys("ring.key", *lines)
            for daemon in self.ring.daemons:
                seen = daemon.log().count("packets are sealed with key")
                daemon.process.send_signal(signal.SIGHUP)
                loopback.until(lambda d=daemon, n=seen: d.log().count("packets are sealed with key") > n, "other keys")
            self.assertIn(changed, self.say(run, "3"))
        self.say(run, "0", "d1", "")
        run.expect("Status at d1")
        run.expect("Monitor> ")
        self.say(run, "5", "88", "", "", "")
        run.say("6\n")
        loopback.until(lambda: [s["window"] for s in self.status()] == [88] * 3, "the window")
        self.bye(run)


class Outsiders(Keyed):
    def restart(self, daemon, *lines, options=None):
        """With other keys, while the others go on."""
        daemon.stop()
        if lines:
            self.keys("ring.key", *lines)
        self.ring.write() if options is None else self.ring.write(options)
        daemon.spawn()
        self.assertTrue(daemon.started(), daemon.log())
        self.keys("ring.key", OURS)

    def out(self, said, trouble):
        """d1 says once in its log, and status tells, what is wrong with d3."""
        d1 = self.ring.daemons[0]
        loopback.until(lambda: f"): {said}" in d1.log() or said in d1.log(), f"{said}:\n{d1.log()}")
        status = loopback.until(lambda: self.trouble() == trouble, f"{trouble}: {self.trouble()}")
        self.assertTrue(status)
        self.assertLess(d1.log().count(said), 4)

    def trouble(self):
        out, _ = self.batch("status", "--json", "d1", expect=0)
        d1, = json.loads(out)
        return [p.get("unopened") for p in d1["peers"]][1]

    def test_who_has_another_key_is_named(self):
        self.restart(self.ring.daemons[2], OTHER)
        self.out("it is sealed with a key that is not in the DaemonKeyFile here", "key")
        out, _ = self.complains("d3 does not answer what is sealed: it has other keys, or none\n", "status")
        self.assertRegex(out, r"(?m)^\t\td3 +\t.*in its name \(key 2\): sealed with a key that it has not$")

    def test_who_has_another_key_of_the_same_number_is_named(self):
        self.restart(self.ring.daemons[2], IMPOSTOR)
        self.out("its seal is broken", "seal")

    def test_who_has_no_keys_is_named(self):
        d3 = self.ring.daemons[2]
        self.ring.options = "DangerousMonitor = true\n"
        self.restart(d3)
        self.out("it is not sealed, and this daemon has a DaemonKeyFile", "open")
        loopback.until(lambda: "it is sealed, and this daemon has no DaemonKeyFile" in d3.log(), "d3 says so, too")


class Secretive(Keyed):
    MORE = "OpenMonitorStatus = false\n"

    def test_status_takes_a_key_as_well(self):
        self.assertEqual([s["answered"] for s in self.status()], [True] * 3)
        out, _ = self.complains("d1 tells its hash alone", "status", "--json", conf=self.keyless())
        self.assertEqual([(s["answered"], s["differs"]) for s in json.loads(out)], [(False, False)] * 3)


harness.main()
