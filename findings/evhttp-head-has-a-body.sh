#!/usr/bin/env bash
# Guess: an HTTP server library answers HEAD without a body when the handler calls its reply function,
# as it knows the method.
# Seen: libevent's evhttp_send_reply() sends the buffer for HEAD, too, and leaves Content-Length out:
# a client that keeps the connection open takes the body for the head of the next answer. A handler
# must ask evhttp_request_get_command() itself, set Content-Length and send no buffer.
# Pinned: libevent-dev, libevent-core-2.1-7, libevent-extra-2.1-7 2.1.12-stable-8+deb12u1 (Debian 12).
set -eu
. "$(dirname "$0")/fetch.bash"
fetch 2.1.12-stable-8+deb12u1 libevent-dev libevent-core-2.1-7 libevent-extra-2.1-7
lib=$(dirname "$(find root -name 'libevent_core.so')")
cat >head.c <<'C'
#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void answer(struct evhttp_request *r, void *context)
{
    struct evbuffer *b = evbuffer_new();
    (void)context;
    evbuffer_add_printf(b, "hello\n");
    evhttp_send_reply(r, 200, "OK", b);
    evbuffer_free(b);
}

int main(void)
{
    static const char ask[] = "HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    struct event_base *base = event_base_new();
    struct evhttp *http = evhttp_new(base);
    struct evhttp_bound_socket *s = evhttp_bind_socket_with_handle(http, "127.0.0.1", 0);
    struct sockaddr_in a;
    socklen_t len = sizeof a;
    char got[1000] = "";
    evhttp_set_gencb(http, answer, NULL);
    getsockname(evhttp_bound_socket_get_fd(s), (struct sockaddr *)&a, &len);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    connect(fd, (struct sockaddr *)&a, sizeof a);
    send(fd, ask, sizeof ask - 1, 0);
    for (size_t n = 0; n < sizeof got - 1;) {
        event_base_loop(base, EVLOOP_NONBLOCK);
        ssize_t k = recv(fd, got + n, sizeof got - 1 - n, MSG_DONTWAIT);
        if (k == 0)
            break;
        n += k > 0 ? (size_t)k : 0;
    }
    const char *body = strstr(got, "\r\n\r\n");
    printf("body of the answer to HEAD: %zu bytes\n", body ? strlen(body + 4) : 0);
    printf("Content-Length: %s\n", strstr(got, "Content-Length") ? "there" : "missing");
    return 0;
}
C
gcc -O1 -Iroot/usr/include -I"$(dirname "$(dirname "$(find root -name event-config.h)")")" head.c -o head \
    -L"$lib" -levent_extra -levent_core
LD_LIBRARY_PATH=$lib ./head | tee out
grep -qx 'body of the answer to HEAD: 6 bytes' out
grep -qx 'Content-Length: missing' out
