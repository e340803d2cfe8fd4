/* SPDX-License-Identifier: MIT */
#include "daemon/groups/exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "daemon/packet/telling.h"

enum { STREAM_MAX = 512 << 20 }; /* of one side */

/* A stream that is taken apart as it comes. */
struct hearing {
    uint8_t *bytes; /* what is left of it ... */
    size_t size;
    struct reader r; /* ... as it is read */
    size_t enough;   /* of so many, less than what comes next did not have an end */
    size_t first[PROCS_MAX], count[PROCS_MAX]; /* of each daemon's clients, among all */
    int daemon; /* whose clients come next; -1: no more */
    bool counted;
    uint64_t groups; /* how many there are, once that was said */
    struct name before;
};

static void hear_client(struct reader *r, const char *daemon, struct told_client *c)
{
    char name[PRIVATE_NAME_MAX + 1] = {0};
    size_t len;
    const char *bytes = telling_take_client(r, &len);
    if (!bytes || len > PRIVATE_NAME_MAX || !name_bytes_legal(bytes, len)) {
        r->failed = true;
        return;
    }
    memcpy(name, bytes, len);
    c->name = name_private(name, daemon);
}

/* Those of the daemon whose turn it is. */
static void hear_clients(const struct exchange *x, struct side *s, struct hearing *h)
{
    const char *daemon = x->in_force->conf->daemons[h->daemon].name;
    uint64_t count = telling_take_count(&h->r);
    if (count > h->r.left / TELLING_CLIENT_LEAST) {
        h->r.failed = true;
        return;
    }
    h->first[h->daemon] = s->client_count;
    h->count[h->daemon] = (size_t)count;
    s->clients = memory_grow(s->clients, (s->client_count + (size_t)count + 1) * sizeof s->clients[0]);
    for (size_t i = 0; i < count && !h->r.failed; i++) {
        struct told_client *c = &s->clients[s->client_count++];
        *c = (struct told_client){.daemon = (uint16_t)h->daemon};
        hear_client(&h->r, daemon, c);
    }
    if (!h->r.failed)
        h->daemon = procset_next(&s->daemons, h->daemon + 1);
}

static void add_told_member(struct side *s, size_t client)
{
    if ((s->member_count & (s->member_count - 1)) == 0)
        s->members = memory_grow(s->members, (s->member_count ? 2 * s->member_count : 1) *
                                                 sizeof s->members[0]);
    s->members[s->member_count++] = (uint32_t)client;
}

static void add_told_group(struct side *s, const struct told_group *t)
{
    if ((s->group_count & (s->group_count - 1)) == 0)
        s->groups = memory_grow(s->groups, (s->group_count ? 2 * s->group_count : 1) *
                                               sizeof s->groups[0]);
    s->groups[s->group_count++] = *t;
}

static void hear_members_of(struct side *s, struct hearing *h)
{
    struct reader *r = &h->r;
    uint64_t daemon = telling_take_count(r), count = telling_take_count(r), ordinal = 0;
    if (daemon >= PROCS_MAX || !procset_has(&s->daemons, (unsigned)daemon) || count == 0 ||
        count > h->count[daemon]) {
        r->failed = true;
        return;
    }
    for (uint64_t i = 0; i < count && !r->failed; i++) {
        uint64_t step = telling_take_count(r);
        ordinal += step;
        if ((i > 0 && step == 0) || ordinal >= h->count[daemon]) {
            r->failed = true;
            return;
        }
        add_told_member(s, h->first[daemon] + (size_t)ordinal);
    }
}

static void hear_group(struct side *s, struct hearing *h)
{
    struct reader *r = &h->r;
    struct telling_group g;
    telling_take_group(r, &g);
    if (r->failed || g.shared + g.len >= NAME_FIELD || g.shared > strlen(h->before.text)) {
        r->failed = true;
        return;
    }
    struct told_group t = {.id = {g.proc, g.time, g.index},
                           .changed = g.changed,
                           .first = (uint32_t)s->member_count};
    memcpy(t.name.text, h->before.text, g.shared);
    memcpy(t.name.text + g.shared, g.rest, g.len);
    for (uint64_t i = 0; i < g.daemons && !r->failed; i++)
        hear_members_of(s, h);
    t.count = (uint32_t)(s->member_count - t.first);
    if (!name_may_be_joined(&t.name) || t.count == 0 ||
        memcmp(h->before.text, t.name.text, NAME_FIELD) >= 0)
        r->failed = true;
    if (r->failed)
        return;
    h->before = t.name;
    add_told_group(s, &t);
}

/* The number of groups, behind the clients. */
static void hear_count(struct hearing *h)
{
    h->groups = telling_take_count(&h->r);
    h->counted = !h->r.failed;
}

/* The clients of a daemon, or how many groups there are, or a group. False: what there is of it has no end
 * yet, or no sense. */
static bool hear_next(const struct exchange *x, struct side *s, struct hearing *h, int64_t *units)
{
    struct reader before = h->r;
    size_t clients = s->client_count, members = s->member_count;
    if (h->daemon >= 0)
        hear_clients(x, s, h);
    else if (!h->counted)
        hear_count(h);
    else
        hear_group(s, h);
    *units -= 1 + (int64_t)(s->client_count - clients + s->member_count - members);
    if (!h->r.failed)
        return true;
    h->r = before;
    s->client_count = clients;
    s->member_count = members;
    return false;
}

static bool is_at_end(const struct side *s, const struct hearing *h)
{
    return h->counted && s->group_count == h->groups;
}

/* As far as units go. True: no more can be heard of what has been said so far. What had no end is tried
 * again when there is twice as much: a group of 50,000 members comes in several messages. */
static bool hear_some(const struct exchange *x, struct side *s, int64_t *units)
{
    struct hearing *h = s->hearing;
    for (; *units > 0; h->enough = 0) {
        if (is_at_end(s, h) || (h->r.left < h->enough && !s->all_said))
            return true;
        size_t left = h->r.left;
        if (!hear_next(x, s, h, units)) {
            h->enough = 2 * left;
            return true;
        }
    }
    return false;
}

static void free_hearing(struct hearing *h)
{
    if (h)
        free(h->bytes);
    free(h);
}

/* What did not come to its end, or goes on behind it, made no sense. */
static void complete(struct exchange *x, struct side *s)
{
    if (s->hearing && (!is_at_end(s, s->hearing) || s->hearing->r.left > 0))
        s->group_count = 0;
    free_hearing(s->hearing);
    s->hearing = NULL;
    s->complete = true;
    x->told = procset_union(&x->told, &s->daemons);
}

bool exchange_hear(struct exchange *x, int64_t *units)
{
    struct side *s = x->heard;
    if (s->hearing && !hear_some(x, s, units))
        return false;
    if (s->all_said)
        complete(x, s);
    x->heard = NULL;
    return true;
}

bool exchange_is_complete(const struct exchange *x)
{
    return procset_equal(&x->told, &x->view.members);
}

/* Puts bytes behind those that are left. */
static void append(struct hearing *h, const uint8_t *bytes, size_t len)
{
    size_t left = h->r.left;
    if (len == 0)
        return; /* one that has nothing to say has nothing to put them into */
    if (left > 0)
        memmove(h->bytes, h->r.at, left);
    if (left + len > h->size) {
        h->size = 2 * (left + len);
        h->bytes = memory_grow(h->bytes, h->size);
    }
    memcpy(h->bytes + left, bytes, len);
    h->r = reader_of(h->bytes, left + len);
}

/* -- the exchange -------------------------------------------------------------------------- */

struct exchange *exchange_new(const struct in_force *in_force, const struct view *v)
{
    struct exchange *x = memory_new(sizeof *x);
    x->in_force = in_force;
    x->view = *v;
    return x;
}

static void free_side(struct side *s)
{
    if (!s)
        return;
    free(s->groups);
    free(s->members);
    free(s->clients);
    free_hearing(s->hearing);
    free(s);
}

void exchange_free(struct exchange *x)
{
    if (!x)
        return;
    for (int i = 0; i < PROCS_MAX; i++)
        free_side(x->sides[i]);
    free(x);
}

/* What comes in the order is judged by what all members of the view know alike: then all take it in,
 * or none does. A side is of daemons that came together, and no daemon is of two sides. */
static bool may_be_side(const struct exchange *x, uint16_t origin, const struct procset *daemons)
{
    struct procset together = view_synced_set(&x->view, origin);
    struct procset twice = procset_both(&x->claimed, daemons);
    return procset_first(daemons) == origin && procset_within(daemons, &together) &&
           procset_empty(&twice);
}

static struct side *new_side(struct exchange *x, const struct procset *daemons)
{
    struct side *s = memory_new(sizeof *s);
    s->daemons = *daemons;
    x->claimed = procset_union(&x->claimed, daemons);
    if (procset_has(daemons, x->in_force->self))
        return s; /* ours */
    s->hearing = memory_new(sizeof *s->hearing);
    s->hearing->daemon = procset_first(daemons);
    return s;
}

/* The side that origin speaks for, begun if this is its first message; NULL: it may not speak. */
static struct side *side_of(struct exchange *x, uint16_t origin, const struct procset *daemons)
{
    if (!x->sides[origin] && may_be_side(x, origin, daemons))
        x->sides[origin] = new_side(x, daemons);
    struct side *s = x->sides[origin];
    return s && !s->all_said ? s : NULL;
}

bool exchange_on_message(struct exchange *x, const struct message *m, uint16_t origin)
{
    struct reader r = reader_of(m->frame, m->len);
    struct telling t;
    if (!telling_take(&r, &t, x->in_force->conf->daemon_count) || t.tag != x->view.tag)
        return false;
    struct side *s = side_of(x, origin, &t.daemons);
    if (!s || t.number != s->next_message || s->said + r.left > STREAM_MAX)
        return false;
    s->next_message++;
    s->said += r.left;
    s->all_said = t.last;
    if (s->hearing)
        append(s->hearing, r.at, r.left);
    x->heard = s;
    return true;
}
