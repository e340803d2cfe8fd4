# SPDX-License-Identifier: MIT
"""spcompat at our own libraries, where nothing may fail, and at some that make a single mistake.

usage: library_test.py SPCOMPAT LIBRARY,LIBRARY... WRONG-RECEIVE WRONG-SEND WRONG-VIEWS
"""
import json
import subprocess
import sys
import unittest

SPCOMPAT, RIGHT, *WRONG = sys.argv[1:]


def failed(library):
    """The names of the checks that fail."""
    done = subprocess.run([sys.executable, SPCOMPAT, "--json", "--library", library, "--limit", "120"],
                          stdout=subprocess.PIPE, text=True, timeout=240)
    said = json.loads(done.stdout)
    names = [c["check"] for c in said["checks"] if c["result"] != "ok"]
    assert said["failed"] == len(names) and done.returncode == bool(names) and len(said["checks"]) > 20, said
    return names


class Libraries(unittest.TestCase):
    def test_nothing_fails_at_our_own(self):
        for library in RIGHT.split(","):
            self.assertEqual(failed(library), [])

    def test_a_wrong_byte_order_is_found(self):
        self.assertEqual(failed(WRONG[0]), ["a message is received as it was sent, from machines of both byte orders"])

    def test_a_send_that_should_be_refused_is_found(self):
        self.assertEqual(failed(WRONG[1]), ["what may not be sent is refused, and nothing is sent"])

    def test_a_wrong_set_is_found(self):
        self.assertEqual(failed(WRONG[2]), ["a change of the network names the sets, and which is ours"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + ["-v"])
