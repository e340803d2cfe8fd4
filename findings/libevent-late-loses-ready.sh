#!/usr/bin/env bash
# Guess: an event with a descriptor and a timeout that is both ready and overdue is told as both, for
# `what` is a set of bits.
# Seen: it is told as EV_TIMEOUT alone; the readiness that was found in the same turn is dropped. A
# process that runs late takes a connection that stands for one that nobody answered.
# Pinned: libevent-dev 2.1.12-stable-8+deb12u1 (Debian 12).
set -eu
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cat >"$dir/late.c" <<'C'
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static void tell(evutil_socket_t fd, short what, void *context)
{
    printf("told:%s%s\n", what & EV_READ ? " readable" : "", what & EV_TIMEOUT ? " timeout" : "");
}

int main(void)
{
    int pair[2];
    struct event event;
    struct timeval limit = {.tv_usec = 50000};
    struct event_base *base = event_base_new();
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    event_assign(&event, base, pair[0], EV_READ, tell, NULL);
    event_add(&event, &limit);
    write(pair[1], "x", 1);
    usleep(100000);
    event_base_loop(base, EVLOOP_ONCE);
    printf("libevent %s\n", event_get_version());
}
C
cc -w -o "$dir/late" "$dir/late.c" -levent_core
"$dir/late"
