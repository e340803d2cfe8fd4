#!/usr/bin/env bash
# Guess: what a name in /etc/hosts resolves to does not depend on the family that is asked for, but
# for addresses of the other family being left out.
# Seen: with the one line "::1 localhost", getaddrinfo() for AF_INET gives 127.0.0.1, which stands
# nowhere in the file; for AF_UNSPEC it gives ::1 only. So of two programs that connect to localhost
# one reaches a daemon that listens at 127.0.0.1 and the other does not.
# Pinned: libc-bin (getent) and libc6 2.36-9+deb12u14 (Debian 12).
set -eu
. "$(dirname "$0")/fetch.bash"
fetch 2.36-9+deb12u14 libc-bin libc6
printf '::1 localhost\n' >hosts
printf 'hosts: files\n' >nsswitch.conf
ask() { # DATABASE: the addresses, as that libc sees the two files
    unshare -mr bash -c 'mount --bind hosts /etc/hosts && mount --bind nsswitch.conf /etc/nsswitch.conf &&
        lib=$(dirname "$(find root -name libc.so.6)") &&
        "$(find root -name "ld-linux*.so*" | head -n 1)" --library-path "$lib" root/usr/bin/getent '"$1"' localhost' |
        awk '{ print $1 }' | sort -u | tr '\n' ' '
}
echo "AF_INET: $(ask ahostsv4)" | tee out
echo "AF_UNSPEC: $(ask ahosts)" | tee -a out
grep -qx 'AF_INET: 127.0.0.1 ' out
grep -qx 'AF_UNSPEC: ::1 ' out
