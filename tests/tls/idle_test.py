# SPDX-License-Identifier: MIT
"""What an idle mailbox by TLS takes: of the daemon, and of the program that has it.

usage: idle_test.py SPREADD SPBENCH [UNITTEST ARGUMENTS]
"""
import json
import os
import subprocess
import sys
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
import certificates
import loopback

SPREADD, SPBENCH = sys.argv[1:3]
MOST = 24000  # bytes of either; OpenSSL's buffers alone are 33,000


class Idle(unittest.TestCase):
    def test_nobody_keeps_buffers_for_it(self):
        ring = loopback.Ring(SPREADD, 1, "TLSCertFile = server.pem\nTLSKeyFile = server.key\n")
        self.addCleanup(ring.stop)
        certificates.usual(ring.folder)
        daemon = ring.start()[0]
        done = subprocess.run([SPBENCH, "idle", "-N", "100", "-s", f"tls:{daemon.port}@127.0.0.1", "-p", str(daemon.pid)],
                              env=os.environ | {"SPREAD_TLS_CA": f"{ring.folder}/ca.pem"}, text=True,
                              stdout=subprocess.PIPE, timeout=60, check=True)
        took = json.loads(done.stdout)
        for whose in "daemon_bytes_each", "client_bytes_each":
            self.assertGreater(took[whose], 0)
            self.assertLess(took[whose], MOST, whose)


if __name__ == "__main__":
    loopback.main(sys.argv[3:])
