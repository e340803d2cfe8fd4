/* SPDX-License-Identifier: MIT */
#include "daemon/io/greeter.h"

#include <errno.h>
#include <sys/socket.h>

#include "daemon/io/clock.h"
#include "daemon/io/http_head.h"

enum {
    TLS_HANDSHAKE = 22,  /* the first byte of TLS */
    TIME_A_TURN = 1000,  /* microseconds, and the handshake that has begun by then */
};

void greeter_init(struct greeter *g, SSL_CTX *ctx)
{
    *g = (struct greeter){.tls = ctx};
    list_init(&g->under_way);
    list_init(&g->in_line);
}

void greeter_fini(struct greeter *g)
{
    SSL_CTX_free(g->tls);
}

void greeter_use(struct greeter *g, SSL_CTX *ctx)
{
    SSL_CTX_free(g->tls);
    g->tls = ctx;
}

void greeting_init(struct greeting *one)
{
    one->state = AWAITS_BYTE;
    list_init(&one->under_way);
    list_init(&one->in_line);
}

static void end_shaking(struct greeter *g, struct greeting *one)
{
    if (one->state == SHAKES_HANDS)
        g->count--;
    one->state = GREETED;
    list_remove(&one->under_way);
    list_remove(&one->in_line);
}

void greeting_fini(struct greeter *g, struct greeting *one)
{
    end_shaking(g, one);
}

static enum greeted begin(struct greeter *g, struct greeting *one, struct channel *c, bool http)
{
    unsigned char first;
    ssize_t n = g->tls || http ? recv(c->fd, &first, 1, MSG_PEEK | MSG_DONTWAIT) : 0;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return GREET_LATER;
    if (n > 0 && http && http_begins(first))
        return GREET_HTTP;
    if (n <= 0 || !g->tls || first != TLS_HANDSHAKE) {
        one->state = GREETED;
        return GREET_OVER; /* an end, too, is for the one who reads to find */
    }
    c->tls = tls_stream_new(g->tls, c->fd);
    if (!c->tls)
        return GREET_FAILED;
    one->state = SHAKES_HANDS;
    list_append(&g->under_way, &one->under_way);
    g->count++;
    return GREET_IN_LINE;
}

static enum greeted shake(struct greeter *g, struct greeting *one, struct channel *c, enum why *why)
{
    usec start = clock_now();
    enum tls_shaken s = tls_shake(c->tls, why);
    g->spent += clock_now() - start;
    if (s == TLS_WAITS)
        return GREET_LATER;
    end_shaking(g, one);
    if (s == TLS_DONE)
        return GREET_OVER;
    return s == TLS_GONE ? GREET_GONE : GREET_FAILED;
}

enum greeted greet(struct greeter *g, struct greeting *one, struct channel *c, bool http,
                   enum why *why)
{
    *why = HELLO_TLS_BROKEN;
    if (one->state == AWAITS_BYTE) {
        enum greeted result = begin(g, one, c, http);
        if (result != GREET_IN_LINE)
            return result;
    }
    if (one->state == GREETED)
        return GREET_OVER;
    if (g->spent < TIME_A_TURN)
        return shake(g, one, c, why);
    list_append(&g->in_line, &one->in_line);
    return GREET_IN_LINE;
}

struct greeting *greeter_surplus(struct greeter *g)
{
    if (g->count <= HANDSHAKES_MAX)
        return NULL;
    struct greeting *eldest = list_entry(g->under_way.next, struct greeting, under_way);
    end_shaking(g, eldest);
    return eldest;
}

void greeter_on_turn(struct greeter *g)
{
    g->spent = 0;
}

struct greeting *greeter_next(struct greeter *g)
{
    if (list_empty(&g->in_line) || g->spent >= TIME_A_TURN)
        return NULL;
    return list_entry(list_take_first(&g->in_line), struct greeting, in_line);
}
