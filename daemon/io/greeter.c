/* SPDX-License-Identifier: MIT */
#include "daemon/io/greeter.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "daemon/base/memory.h"
#include "daemon/io/http_head.h"

enum { TLS_HANDSHAKE = 22 }; /* the first byte of TLS */

/* What a thread computes. */
struct step {
    struct job job;
    struct link beside;
    struct tls_stream *tls;
    struct greeting *one; /* NULL: nobody waits for it any more */
};

/* -- threads ------------------------------------------------------------------------------- */

static void run(struct job *j)
{
    tls_shake(list_entry(j, struct step, job)->tls);
}

/* The stream is the connection's again, if that is there. */
static void end_step(struct step *s)
{
    if (s->one)
        s->one->channel->tls = s->tls;
    else
        tls_stream_free(s->tls);
    list_remove(&s->beside);
    free(s);
}

static void done(struct job *j)
{
    struct step *s = list_entry(j, struct step, job);
    struct greeting *one = s->one;
    end_step(s);
    if (!one)
        return;
    one->step = NULL;
    one->state = BACK;
    one->all->on_step(one->owner);
}

static void begin_step(struct greeter *g, struct greeting *one)
{
    struct step *s = memory_new(sizeof *s);
    s->job = (struct job){.run = run, .done = done};
    list_init(&s->job.place);
    list_init(&s->beside);
    s->tls = one->channel->tls;
    s->one = one;
    one->channel->tls = NULL;
    one->step = s;
    one->state = BESIDE;
    list_append(&g->beside, &s->beside);
    pool_give(g->pool, &s->job);
}

void greeter_step(struct greeter *g)
{
    while (!fair_empty(&g->heard) && pool_has_room(g->pool))
        begin_step(g, list_entry(fair_take(&g->heard), struct greeting, place));
}

/* -- all ----------------------------------------------------------------------------------- */

/* Were they in the background, clients would come in by half the rate where others compute all the time. */
static const struct pool_kind kind = {.purpose = "compute TLS handshakes", .ahead = 1};

void greeter_init(struct greeter *g, struct event_base *base, SSL_CTX *ctx, void (*on_step)(void *owner))
{
    *g = (struct greeter){.tls = ctx, .on_step = on_step};
    list_init(&g->under_way);
    list_init(&g->beside);
    fair_init(&g->heard);
    g->pool = pool_new(base, &kind);
}

void greeter_fini(struct greeter *g)
{
    pool_free(g->pool);
    while (!list_empty(&g->beside))
        end_step(list_entry(g->beside.next, struct step, beside));
    SSL_CTX_free(g->tls);
}

void greeter_use(struct greeter *g, SSL_CTX *ctx)
{
    SSL_CTX_free(g->tls);
    g->tls = ctx;
}

/* -- one connection ------------------------------------------------------------------------ */

struct greeting *greeting_new(struct greeter *g, void *owner, struct channel *c)
{
    struct greeting *one = memory_new(sizeof *one);
    one->owner = owner;
    one->all = g;
    one->channel = c;
    list_init(&one->under_way);
    list_init(&one->place);
    return one;
}

static void end_shaking(struct greeting *one)
{
    if (one->state != AWAITS_BYTE && one->state != GREETED)
        one->all->count--;
    if (one->state == HEARD)
        fair_drop(one->line, &one->place);
    if (one->step)
        one->step->one = NULL;
    one->step = NULL;
    one->state = GREETED;
    list_remove(&one->under_way);
}

void greeting_free(struct greeting *one)
{
    if (!one)
        return;
    end_shaking(one);
    free(one);
}

bool greeting_is_beside(const struct greeting *one)
{
    return one && one->state == BESIDE;
}

/* True: a handshake begins. *result: what comes of it otherwise. */
static bool begin(struct greeting *one, bool http, enum greeted *result)
{
    unsigned char first;
    struct greeter *g = one->all;
    struct channel *c = one->channel;
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

static enum greeted answer(struct greeting *one, enum why *why)
{
    enum tls_shaken s = tls_shake_answer(one->channel->tls, why);
    one->state = SHAKES_HANDS;
    if (s == TLS_WAITS)
        return GREET_LATER;
    end_shaking(one);
    if (s == TLS_DONE)
        return GREET_OVER;
    return s == TLS_GONE ? GREET_GONE : GREET_FAILED;
}

static enum greeted hear(struct greeting *one, enum why *why)
{
    switch (tls_shake_hear(one->channel->tls)) {
    case TLS_SAYS_NOTHING:
        return GREET_LATER;
    case TLS_SAYS_SOMETHING:
        if (tls_shake_is_short(one->channel->tls)) {
            tls_shake(one->channel->tls);
            return answer(one, why);
        }
        one->state = HEARD;
        fair_add(&one->all->heard, one->line, &one->place);
        return GREET_BESIDE;
    case TLS_HANGS_UP:
        break;
    }
    end_shaking(one);
    return GREET_GONE;
}

enum greeted greet(struct greeting *one, struct fair_line *line, bool http, enum why *why)
{
    enum greeted result = GREET_OVER;
    one->line = line;
    *why = HELLO_TLS_BROKEN;
    if (one->state == AWAITS_BYTE && !begin(one, http, &result))
        return result;
    if (one->state == BACK)
        return answer(one, why);
    return one->state == SHAKES_HANDS ? hear(one, why) : GREET_BESIDE;
}

struct greeting *greeter_surplus(const struct greeter *g)
{
    if (g->count <= HANDSHAKES_MAX)
        return NULL;
    return list_entry(g->under_way.next, struct greeting, under_way);
}
