/* SPDX-License-Identifier: MIT */
#include "tests/sim/pace_check.h"

#include <stdlib.h>

#include "daemon/base/memory.h"
#include "tests/sim/arrays.h"

enum {
    SLACK_US = 20 * USEC_MS,   /* of a process that has much to take in */
    LOOKS = 40,                /* in a patience: so late it is seen that a client has taken something */
    DEAL_PART = 20,            /* of it: so long what is left is let through bit by bit */
    BYTES_USUAL = 16 << 20,    /* that may wait, without MaxSessionBytes ... */
    BYTES_A_MESSAGE = 16 << 10, /* ... and for each message that may */
    STRICT_BELOW = 1000,       /* MaxSessionMessages: there is no patience */
};

/* Of a client. */
struct waiting {
    bool held;
    usec since;        /* its first message that waits does, or may go on for other reasons */
    uint64_t received; /* messages of it by then */
    bool presses;      /* others wait for it ... */
    usec pressed, at;  /* ... and have for so long since it took something, until then */
};

struct pace_check {
    struct world *world;
    struct waiting **clients; /* by number */
    size_t size;
    uint64_t held, cut;
};

static uint64_t bytes_most(const struct conf *conf)
{
    uint64_t most = (uint64_t)conf->max_session_messages * BYTES_A_MESSAGE;
    if (conf->max_session_bytes)
        return conf->max_session_bytes;
    return most > BYTES_USUAL ? most : BYTES_USUAL;
}

static usec patience(const struct conf *conf)
{
    bool strict = conf->max_session_messages < STRICT_BELOW;
    return strict ? 0 : conf->slow_reader_patience_ms * (usec)USEC_MS;
}

static struct waiting *waiting_of(struct pace_check *g, const struct client *c)
{
    g->clients = widen_array(g->clients, c->number, &g->size, sizeof g->clients[0]);
    if (!g->clients[c->number])
        g->clients[c->number] = memory_new(sizeof *g->clients[0]);
    return g->clients[c->number];
}

static void note_held(struct waiting *t, bool held, const struct session *s, usec now)
{
    t->held = held;
    t->since = now;
    t->received = s->received;
}

static void check_held(struct pace_check *g, const struct process *p, const struct client *c)
{
    const struct session *s = c->session;
    struct waiting *t = waiting_of(g, c);
    usec now = g->world->now, most = patience(daemon_conf(p->daemon));
    bool held = daemon_holds(s);
    g->held += held && !t->held;
    if (!held || !t->held || s->received != t->received || core_backlog(daemon_core(p->daemon)) > 0 ||
        t->since < p->resumed_at)
        note_held(t, held, s, now);
    else if (now - t->since > most + SLACK_US)
        verdict_break(&g->world->verdict, "W1", "%s#d%d has been held for %llu ms", c->name, p->index + 1,
                      (unsigned long long)((now - t->since) / USEC_MS));
}

static void check_pressing(struct pace_check *g, const struct process *p, const struct client *c)
{
    struct waiting *t = waiting_of(g, c);
    usec now = g->world->now, most = patience(daemon_conf(p->daemon));
    if (t->presses)
        t->pressed += now - t->at;
    if (c->took_at >= t->at || t->at < p->resumed_at)
        t->pressed = 0;
    t->presses = c->session->waits != 0;
    t->at = now;
    if (t->pressed > most + most / DEAL_PART + most / LOOKS + SLACK_US)
        verdict_break(&g->world->verdict, "W5", "others have waited for %s#d%d for %llu ms", c->name,
                      p->index + 1, (unsigned long long)(t->pressed / USEC_MS));
}

static void check_bytes(struct pace_check *g, const struct process *p, const struct client *c)
{
    uint64_t most = bytes_most(daemon_conf(p->daemon)), bytes = c->session->outbox.bytes;
    if (session_is_open(c->session) && bytes > most)
        verdict_break(&g->world->verdict, "W2", "%llu bytes wait for %s#d%d, of %llu that may",
                      (unsigned long long)bytes, c->name, p->index + 1, (unsigned long long)most);
}

static void on_rest(void *context, const struct process *p)
{
    struct pace_check *g = context;
    for (const struct client *c = p->clients; c; c = c->next) {
        if (!c->session)
            continue;
        check_held(g, p, c);
        check_pressing(g, p, c);
        check_bytes(g, p, c);
    }
}

/* Nobody may be waiting for it: by its own wish, or in some group. */
static bool may_be_cut_at_once(const struct pace_check *g, const struct client *c)
{
    uint32_t policies = g->world->options.group_policies;
    for (int i = 0; i < 16; i++)
        if ((policies >> 2 * i & 3) == SLOW_CUT)
            return true;
    return c->asked_for[SLOW_CUT];
}

/* A client that is cut off; what waits for it stands in the record. */
static void check_cut(struct pace_check *g, const struct process *p, const struct client *c,
                      const struct event_record *e)
{
    const struct conf *conf = daemon_conf(p->daemon);
    usec since = g->world->now - c->took_at;
    g->cut++;
    if (may_be_cut_at_once(g, c) && e->number[0] > conf->max_session_messages)
        return;
    if (since < patience(conf) && e->number[1] <= bytes_most(conf))
        verdict_break(&g->world->verdict, "W3", "%s#d%d took something %llu us ago and is cut off",
                      c->name, p->index + 1, (unsigned long long)since);
}

static void on_event(void *context, const struct process *p, const struct event_record *e)
{
    struct pace_check *g = context;
    if (e->kind != EVENT_CUT_OFF)
        return;
    for (const struct client *c = p->clients; c; c = c->next)
        if (c->session && name_equal(&c->session->private_group, &e->who))
            check_cut(g, p, c, e);
}

struct pace_check *pace_check_new(struct world *w)
{
    struct pace_check *g = memory_new(sizeof *g);
    g->world = w;
    world_observe(w, &(struct observer){.on_rest = on_rest, .on_event = on_event, .context = g});
    return g;
}

void pace_check_free(struct pace_check *g)
{
    for (size_t i = 0; i < g->size; i++)
        free(g->clients[i]);
    free(g->clients);
    free(g);
}

uint64_t pace_check_held(const struct pace_check *g)
{
    return g->held;
}

uint64_t pace_check_cut(const struct pace_check *g)
{
    return g->cut;
}
