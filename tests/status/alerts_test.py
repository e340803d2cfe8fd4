# SPDX-License-Identifier: MIT
"""The alerts for Prometheus and the dashboard for Grafana: what they ask for is there, and means what they say.

usage: alerts_test.py SPREADD [UNITTEST ARGUMENTS]
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "support")]
import asking
import loopback

SPREADD = sys.argv[1]
DOCS = os.path.join(HERE, "..", "..", "docs")
RULES, CASES = (os.path.join(DOCS, "prometheus", name) for name in ("spread.rules.yml", "spread.rules.test.yml"))
DASHBOARD = os.path.join(DOCS, "grafana", "spread.json")
NAME = re.compile(r"\bspread_\w+")


def families(text):
    return {re.sub("_(bucket|sum|count)$", "", name) for name in NAME.findall(text)}


class Alerts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        ring = loopback.Ring(SPREADD).start()
        cls.addClassCleanup(ring.stop)
        text = asking.ask(ring[0].port, "/metrics").body.decode()
        cls.there = {line.split()[2] for line in text.split("\n") if line.startswith("# TYPE ")}
        with open(RULES) as f:
            cls.rules = f.read()
        with open(DASHBOARD) as f:
            cls.dashboard = json.load(f)

    def promtool(self, *arguments):
        if not shutil.which("promtool"):
            self.skipTest("there is no promtool; scripts/promtool fetches it")
        run = subprocess.run(["promtool", *arguments], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(run.returncode, 0, run.stdout)

    def expressions(self):
        return [t["expr"] for panel in self.dashboard["panels"] for t in panel["targets"]]

    def test_each_metric_that_they_ask_for_is_there(self):
        asked = families("\n".join(re.findall(r"expr: (.*)", self.rules)))
        for name in asked | families("\n".join(self.expressions())):
            self.assertIn(name, self.there)

    def test_reasons_are_those_of_the_daemon(self):
        with open(os.path.join(HERE, "..", "..", "daemon", "base", "why.c")) as f:
            reasons = re.findall(r'= "(.*)",', f.read())
        for reason in re.findall(r'reason!?="([^"]+)"', self.rules):
            self.assertIn(reason, reasons)

    def test_each_alert_says_what_to_do(self):
        alerts = self.rules.split("- alert: ")[1:]
        self.assertGreater(len(alerts), 10)
        for alert in alerts:
            for part in ("expr: ", "severity: ", "summary: ", "description: "):
                self.assertIn(part, alert)

    def test_alerts_come_when_they_should(self):
        self.promtool("check", "rules", RULES)
        self.promtool("test", "rules", CASES)

    def test_the_dashboard_asks_what_prometheus_understands(self):
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as f:
            json.dump({"groups": [{"name": "dashboard", "rules": [
                {"record": f"panel{i}", "expr": expression} for i, expression in enumerate(self.expressions())]}]}, f)
            f.flush()
            self.promtool("check", "rules", f.name)

    def test_panels_lie_side_by_side(self):
        panels, taken = self.dashboard["panels"], set()
        self.assertEqual(len({p["id"] for p in panels}), len(panels))
        for panel in panels:
            g = panel["gridPos"]
            self.assertLessEqual(g["x"] + g["w"], 24)
            cells = {(x, y) for x in range(g["x"], g["x"] + g["w"]) for y in range(g["y"], g["y"] + g["h"])}
            self.assertFalse(cells & taken, panel["title"])
            taken |= cells


if __name__ == "__main__":
    loopback.main(sys.argv[2:])
