/* SPDX-License-Identifier: MIT */
#include "daemon/io/greeter.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "daemon/base/memory.h"
#include "daemon/io/http_head.h"

enum { TLS_HANDSHAKE = 22 }; /* the first byte of TLS */

void greeter_init(struct greeter *g, SSL_CTX *ctx)
{
    *g = (struct greeter){.tls = ctx};
    list_init(&g->under_way);
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

struct greeting *greeting_new(void *owner)
{
    struct greeting *one = memory_new(sizeof *one);
    one->owner = owner;
    list_init(&one->under_way);
    return one;
}

static void end_shaking(struct greeter *g, struct greeting *one)
{
    if (one->state == SHAKES_HANDS)
        g->count--;
    one->state = GREETED;
    list_remove(&one->under_way);
}

void greeting_free(struct greeter *g, struct greeting *one)
{
    if (!one)
        return;
    end_shaking(g, one);
    free(one);
}

/* True: a handshake begins. *result: what comes of it otherwise. */
static bool begin(struct greeter *g, struct greeting *one, struct channel *c, bool http,
                  enum greeted *result)
{
    unsigned char first;
    ssize_t n = g->tls || http ? recv(c->fd, &first, 1, MSG_PEEK | MSG_DONTWAIT) : 0;
    *result = GREET_OVER; /* an end, too, is for the one who reads to find */
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        *result = GREET_LATER;
        return false;
    }
    if (n > 0 && http && http_begins(first)) {
        *result = GREET_HTTP;
        return false;
    }
    if (n <= 0 || !g->tls || first != TLS_HANDSHAKE) {
        one->state = GREETED;
        return false;
    }
    *result = GREET_FAILED;
    c->tls = tls_stream_new(g->tls, c->fd);
    if (!c->tls)
        return false;
    one->state = SHAKES_HANDS;
    list_append(&g->under_way, &one->under_way);
    g->count++;
    return true;
}

static enum greeted shake(struct greeter *g, struct greeting *one, struct channel *c, enum why *why)
{
    enum tls_shaken s = tls_shake(c->tls, why);
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
    enum greeted result = GREET_OVER;
    *why = HELLO_TLS_BROKEN;
    if (one->state == AWAITS_BYTE && !begin(g, one, c, http, &result))
        return result;
    return shake(g, one, c, why);
}

struct greeting *greeter_surplus(struct greeter *g)
{
    if (g->count <= HANDSHAKES_MAX)
        return NULL;
    struct greeting *eldest = list_entry(g->under_way.next, struct greeting, under_way);
    end_shaking(g, eldest);
    return eldest;
}
