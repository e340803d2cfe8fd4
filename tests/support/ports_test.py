# SPDX-License-Identifier: MIT
"""Tests that run side by side have ports of their own, and the kernel gives them to nobody.

usage: ports_test.py SOME_PORTS [UNITTEST ARGUMENTS]

SOME_PORTS takes ports as tests in C do; this script, called with --take, as those in Python do.
"""
import collections
import socket
import subprocess
import sys
import unittest

import loopback
import ports

SOME_PORTS = sys.argv[1]
TAKE = "--take"
EACH = 300  # of four at a time: by chance alone some forty would be taken twice


class Ports(unittest.TestCase):
    def start(self, command):
        process = subprocess.Popen([*command, str(EACH)], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        return process

    def take_side_by_side(self):
        """The ports of each of four, all of which are still there."""
        in_python = [sys.executable, __file__, SOME_PORTS, TAKE]
        running = [self.start(command) for command in (in_python, [SOME_PORTS]) * 2]
        return [[int(word) for word in process.stdout.readline().split()] for process in running]

    def test_no_two_are_given_the_same(self):
        taken = collections.Counter(port for each in self.take_side_by_side() for port in each)
        self.assertEqual(sum(taken.values()), 4 * EACH)
        self.assertEqual([port for port, times in taken.items() if times > 1], [])
        self.assertEqual([port for port in taken if port + 1 in taken], [])

    def test_the_kernel_gives_them_to_no_connection(self):
        with open("/proc/sys/net/ipv4/ip_local_port_range") as f:
            low, high = map(int, f.read().split())
        if low <= ports.FIRST and high >= ports.LAST:
            self.skipTest("the kernel may give any port to a connection")
        for port in (port for each in self.take_side_by_side() for port in each):
            self.assertFalse(low <= port <= high or low <= port + 1 <= high, port)

    def test_what_is_in_use_is_not_given(self):
        """The next port for UDP is a daemon's, too."""
        for kind, beyond in ((socket.SOCK_STREAM, 0), (socket.SOCK_DGRAM, 0), (socket.SOCK_DGRAM, 1)):
            port = ports.free_port()
            self.assertTrue(ports.is_free(port))
            with socket.socket(socket.AF_INET, kind) as s:
                s.bind(("127.0.0.1", port + beyond))
                self.assertFalse(ports.is_free(port), (kind, beyond))


def take(count):
    print(*ports.free_ports(count), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    if sys.argv[2:3] == [TAKE]:
        take(int(sys.argv[3]))
    else:
        loopback.main(sys.argv[2:])
