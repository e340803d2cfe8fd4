#!/usr/bin/env bash
# Guess: on the loopback interface 127.0.0.255 is a broadcast address, as 192.168.1.255 would be of a
# network of 24 bits: sample configurations of group communication have it, and several daemons on one
# machine that share a port seem to hear each other.
# Seen: lo has 127.0.0.1/8, so 127.0.0.255 is an ordinary address of this host. A datagram to it goes
# to one of the sockets that share the port; one to 127.255.255.255 goes to all of them.
# Pinned: python3.11-minimal 3.11.2-6+deb12u9 (Debian 12); the behaviour is Linux's.
set -eu
. "$(dirname "$0")/fetch.bash"
fetch 3.11.2-6+deb12u9 python3.11-minimal libpython3.11-minimal libpython3.11-stdlib
cat >hear.py <<'PY'
import socket
def sockets(n):
    made = []
    for _ in range(n):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        s.bind(("0.0.0.0", made[0].getsockname()[1] if made else 0))
        s.setblocking(False)
        made.append(s)
    return made
def heard(s):
    try:
        s.recv(10)
        return 1
    except BlockingIOError:
        return 0
for address in "127.0.0.255", "127.255.255.255":
    both = sockets(2)
    both[0].sendto(b"x", (address, both[0].getsockname()[1]))
    print(f"{address}: heard by {sum(heard(s) for s in both)} of 2")
PY
unshare -nr sh -c 'ip link set lo up && PYTHONHOME=root/usr root/usr/bin/python3.11 hear.py' | tee out
grep -qx '127.0.0.255: heard by 1 of 2' out
grep -qx '127.255.255.255: heard by 2 of 2' out
