#!/usr/bin/env bash
# Guess: a daemon of systemd that has no privileges anyway loses nothing by PrivateUsers=yes, which
# `systemd-analyze security` recommends: it only hides users that it does not need.
# Seen: SO_PEERCRED of a Unix socket tells users as the listener's user namespace has them, and it has root
# and the daemon's own. Whoever else connects is user 65534, "nobody": who lets people in by their user lets
# in nobody, or, if "nobody" is let in, everybody.
# Pinned: nothing but the kernel takes part: Linux 3.8 or later. As root.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
chmod 755 "$dir"
cat >"$dir/listen.py" <<'PY'
import os, socket, struct, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o777)
s.listen()
print(flush=True)
c, _ = s.accept()
print(struct.unpack("iII", c.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[1])
PY
told() { # the user that a listener started by this command sees, when user 1 connects
    local path=$dir/socket
    rm -f "$path"
    coproc LISTENER { "$@" /usr/bin/python3 "$dir/listen.py" "$path"; }
    local out=${LISTENER[0]} ready uid
    read -r ready <&"$out"
    setpriv --reuid=1 --clear-groups /usr/bin/python3 -c "import socket,sys; socket.socket(socket.AF_UNIX).connect('$path')"
    read -r uid <&"$out"
    echo "$uid"
}
plain=$(told env)
private=$(told unshare --user --map-root-user) # as PrivateUsers=yes maps users for a service of root
echo "user 1 connects: seen as $plain, and in a user namespace as $private"
[ "$plain" = 1 ]
[ "$private" = 65534 ]
