#!/usr/bin/env bash
# Guess: sd_notify() never waits: it is one datagram, and "best effort".
# Seen: it sends on a blocking Unix datagram socket. While the service manager does not read, the
# kernel keeps net.unix.max_dgram_qlen + 1 messages (11 by default), and the next call stands until
# somebody reads: an event loop that reports its state or feeds the watchdog stands with it.
# Pinned: libsystemd-dev and libsystemd0 252.39-1~deb12u2 (Debian 12).
set -eu
. "$(dirname "$0")/fetch.bash"
fetch 252.39-1~deb12u2 libsystemd-dev libsystemd0
lib=$(dirname "$(find root -name 'libsystemd.so.0')")
cat >notify.c <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

static volatile int sent;

static void enough(int signal_number)
{
    char text[64];
    (void)signal_number;
    int n = snprintf(text, sizeof text, "sent before a call stands: %d\n", sent);
    write(1, text, (size_t)n);
    _exit(0);
}

int main(void)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "manager"};
    int manager = socket(AF_UNIX, SOCK_DGRAM, 0);
    bind(manager, (struct sockaddr *)&a, sizeof a);
    char path[4096 + 8];
    setenv("NOTIFY_SOCKET", strcat(getcwd(path, 4096), "/manager"), 1);
    signal(SIGALRM, enough);
    for (;;) {
        alarm(2);
        if (sd_notify(0, "STATUS=at work") < 0)
            return 1;
        sent++;
    }
}
C
sed -i '1i #include <signal.h>' notify.c
gcc -O1 -Iroot/usr/include notify.c -o notify -L"$lib" -l:libsystemd.so.0 -Wl,--allow-shlib-undefined
LD_LIBRARY_PATH=$lib ./notify | tee out
grep -qx "sent before a call stands: $(($(cat /proc/sys/net/unix/max_dgram_qlen) + 1))" out
