# SPDX-License-Identifier: MIT
"""Ports that nobody uses, and nobody will be given before the test that has taken them ends.

A port that the kernel chose for a bind to 0 comes from the range it gives to every connection: while
the daemon that is to have it is stopped, a client of another test may get it as its own end. So a
port is taken from outside of that range. And tests that run side by side must not take the same:
each claims its ports by a name among the abstract Unix sockets, which belong to the same network
namespace as the ports and go with the process. port.c does the same for programs in C.
"""
import os
import random
import socket

SOCKETS = "/tmp"  # SPREAD_SOCKET_DIR of the builds that tests run
FIRST, LAST = 10000, 65534  # a daemon has the next one, too, so only even ones are given out
_claims = []


def _read_range():
    with open("/proc/sys/net/ipv4/ip_local_port_range") as f:
        low, high = map(int, f.read().split())
    return low, high


def candidates():
    """All of them where the kernel's range leaves none."""
    low, high = _read_range()
    ports = range(FIRST, LAST + 1, 2)
    return [port for port in ports if not low <= port + 1 <= high + 1] or list(ports)


def _claim(port):
    """None: another test has it."""
    s = socket.socket(socket.AF_UNIX)
    try:
        s.bind(f"\0spread-test-port-{port}")
    except OSError:
        s.close()
        return None
    return s


def is_free(port):
    if os.path.exists(f"{SOCKETS}/{port}"):
        return False
    for kind, number in ((socket.SOCK_STREAM, port), (socket.SOCK_DGRAM, port),
                         (socket.SOCK_DGRAM, port + 1)):
        with socket.socket(socket.AF_INET, kind) as s:
            try:
                s.bind(("127.0.0.1", number))
            except OSError:
                return False
    return True


def free_port():
    """A port that a daemon can have: for TCP, for UDP together with the next, and in SOCKETS."""
    ports = candidates()
    while True:
        port = random.choice(ports)
        claim = _claim(port)
        if claim and is_free(port):
            _claims.append(claim)
            return port
        if claim:
            claim.close()


def free_ports(count):
    """As many of them, sorted."""
    return sorted(free_port() for _ in range(count))
