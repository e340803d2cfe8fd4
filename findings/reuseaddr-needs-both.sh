#!/usr/bin/env bash
# Guess: a server that sets SO_REUSEADDR can always take over a port at which only TIME-WAIT is left.
# Seen: not where the server before it had not set it: connections that it closed keep their port from
# a newcomer for a minute, whatever that one sets. So a daemon that takes the place of another one,
# which was configured not to share its port, has to wait.
# Pinned: python3.11-minimal 3.11.2-6+deb12u9 (Debian 12); the behaviour is Linux's.
set -eu
. "$(dirname "$0")/fetch.bash"
fetch 3.11.2-6+deb12u9 python3.11-minimal libpython3.11-minimal libpython3.11-stdlib
cat >take_over.py <<'PY'
import socket
def listener(port, reuse):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, reuse)
    s.bind(("127.0.0.1", port))
    s.listen()
    return s
for reuse in 0, 1:
    first = listener(0, reuse)
    port = first.getsockname()[1]
    client = socket.create_connection(("127.0.0.1", port))
    served, _ = first.accept()
    served.close()          # the server's side ends first, and so has the TIME-WAIT
    client.recv(1)
    client.close()
    first.close()
    try:
        listener(port, 1)
        print(f"first SO_REUSEADDR={reuse}, then 1: taken over")
    except OSError as e:
        print(f"first SO_REUSEADDR={reuse}, then 1: {e.strerror}")
PY
unshare -nr sh -c 'ip link set lo up && PYTHONHOME=root/usr root/usr/bin/python3.11 take_over.py' | tee out
grep -qx 'first SO_REUSEADDR=0, then 1: Address already in use' out
grep -qx 'first SO_REUSEADDR=1, then 1: taken over' out
