/* SPDX-License-Identifier: MIT */
#include "daemon/groups/exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "daemon/packet/telling.h"

enum { STREAM_MAX = 512 << 20 }; /* of one side */

/* Clients of one daemon of a side, as they were numbered. */
struct told_clients {
    struct name *names;
    size_t count;
};

static void hear_clients(struct reader *r, const char *daemon, struct told_clients *t)
{
    uint64_t count = telling_take_count(r);
    if (count > r->left / TELLING_CLIENT_LEAST) {
        r->failed = true;
        return;
    }
    t->count = (size_t)count;
    t->names = memory_new((t->count + 1) * sizeof t->names[0]);
    for (size_t i = 0; i < t->count && !r->failed; i++) {
        char name[PRIVATE_NAME_MAX + 1] = {0};
        size_t len;
        const char *bytes = telling_take_client(r, &len);
        if (!bytes || len > PRIVATE_NAME_MAX || !name_bytes_legal(bytes, len)) {
            r->failed = true;
            return;
        }
        memcpy(name, bytes, len);
        t->names[i] = name_private(name, daemon);
    }
}

static void add_told_member(struct side *s, const struct name *name, uint16_t daemon)
{
    if ((s->member_count & (s->member_count - 1)) == 0)
        s->members = memory_grow(s->members, (s->member_count ? 2 * s->member_count : 1) *
                                                 sizeof s->members[0]);
    s->members[s->member_count++] = (struct told_member){.name = *name, .daemon = daemon};
}

static void hear_members_of(struct reader *r, struct side *s, const struct told_clients *clients)
{
    uint64_t daemon = telling_take_count(r), count = telling_take_count(r), ordinal = 0;
    if (daemon >= PROCS_MAX || !procset_has(&s->daemons, (unsigned)daemon) || count == 0 ||
        count > clients[daemon].count) {
        r->failed = true;
        return;
    }
    for (uint64_t i = 0; i < count && !r->failed; i++) {
        uint64_t step = telling_take_count(r);
        ordinal += step;
        if ((i > 0 && step == 0) || ordinal >= clients[daemon].count) {
            r->failed = true;
            return;
        }
        add_told_member(s, &clients[daemon].names[ordinal], (uint16_t)daemon);
    }
}

static void hear_group(struct reader *r, struct side *s, const struct told_clients *clients,
                       struct told_group *t, const struct name *before)
{
    struct telling_group g;
    telling_take_group(r, &g);
    if (r->failed || g.shared + g.len >= NAME_FIELD || g.shared > strlen(before->text)) {
        r->failed = true;
        return;
    }
    memcpy(t->name.text, before->text, g.shared);
    memcpy(t->name.text + g.shared, g.rest, g.len);
    t->id = (struct group_view_id){g.proc, g.time, g.index};
    t->changed = g.changed;
    t->first = (uint32_t)s->member_count;
    for (uint64_t i = 0; i < g.daemons && !r->failed; i++)
        hear_members_of(r, s, clients);
    t->count = (uint32_t)(s->member_count - t->first);
    if (!name_may_be_joined(&t->name) || t->count == 0 ||
        memcmp(before->text, t->name.text, NAME_FIELD) >= 0)
        r->failed = true;
}

/* A stream that is being taken apart. */
struct hearing {
    struct reader r;
    struct told_clients clients[PROCS_MAX];
    int daemon; /* whose clients come next; -1: no more */
    struct name before;
    uint64_t groups; /* how many there are */
};

static void free_hearing(struct hearing *h)
{
    for (int i = 0; h && i < PROCS_MAX; i++)
        free(h->clients[i].names);
    free(h);
}

static void begin_hearing(struct exchange *x, struct side *s)
{
    struct hearing *h = s->hearing = memory_new(sizeof *h);
    h->r = reader_of(s->stream, s->len);
    h->daemon = procset_first(&s->daemons);
    x->heard = s;
}

/* The number of groups, behind the clients. */
static void hear_count(struct side *s, struct hearing *h)
{
    h->groups = telling_take_count(&h->r);
    if (h->groups > h->r.left / TELLING_GROUP_LEAST)
        h->r.failed = true;
    if (!h->r.failed)
        s->groups = memory_new(((size_t)h->groups + 1) * sizeof s->groups[0]);
}

static void hear_some_clients(const struct exchange *x, struct side *s, struct hearing *h,
                              int64_t *units)
{
    for (; h->daemon >= 0 && !h->r.failed && *units > 0;
         h->daemon = procset_next(&s->daemons, h->daemon + 1)) {
        struct told_clients *t = &h->clients[h->daemon];
        hear_clients(&h->r, x->in_force->conf->daemons[h->daemon].name, t);
        *units -= 1 + (int64_t)t->count;
    }
    if (h->daemon < 0 && !h->r.failed)
        hear_count(s, h);
}

static void hear_some_groups(struct side *s, struct hearing *h, int64_t *units)
{
    for (; s->group_count < h->groups && !h->r.failed && *units > 0; s->group_count++) {
        struct told_group *t = &s->groups[s->group_count];
        hear_group(&h->r, s, h->clients, t, &h->before);
        h->before = t->name;
        *units -= 1 + (int64_t)t->count;
    }
}

static void complete(struct exchange *x, struct side *s)
{
    if (!reader_done(&s->hearing->r))
        s->group_count = 0;
    free_hearing(s->hearing);
    s->hearing = NULL;
    free(s->stream);
    s->stream = NULL;
    s->complete = true;
    x->told = procset_union(&x->told, &s->daemons);
    x->heard = NULL;
}

bool exchange_hear(struct exchange *x, int64_t *units)
{
    struct side *s = x->heard;
    struct hearing *h = s->hearing;
    if (h->daemon >= 0)
        hear_some_clients(x, s, h, units);
    if (h->daemon < 0)
        hear_some_groups(s, h, units);
    if (!h->r.failed && (h->daemon >= 0 || s->group_count < h->groups))
        return false;
    complete(x, s);
    return true;
}

bool exchange_is_complete(const struct exchange *x)
{
    return procset_equal(&x->told, &x->view.members);
}

static void append(struct side *s, const uint8_t *bytes, size_t len)
{
    if (len == 0)
        return; /* one that has nothing to say has no stream to add to */
    if (s->len + len > s->size) {
        s->size = 2 * (s->len + len);
        s->stream = memory_grow(s->stream, s->size);
    }
    memcpy(s->stream + s->len, bytes, len);
    s->len += len;
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
    free(s->stream);
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

/* The side that origin speaks for, begun if this is its first message; NULL: it may not speak. */
static struct side *side_of(struct exchange *x, uint16_t origin, const struct procset *daemons)
{
    if (x->sides[origin])
        return x->sides[origin]->complete ? NULL : x->sides[origin];
    if (!may_be_side(x, origin, daemons))
        return NULL;
    x->sides[origin] = memory_new(sizeof *x->sides[origin]);
    x->sides[origin]->daemons = *daemons;
    x->claimed = procset_union(&x->claimed, daemons);
    return x->sides[origin];
}

bool exchange_on_message(struct exchange *x, const struct message *m, uint16_t origin)
{
    struct reader r = reader_of(m->frame, m->len);
    struct telling t;
    if (!telling_take(&r, &t, x->in_force->conf->daemon_count) || t.tag != x->view.tag)
        return false;
    struct side *s = side_of(x, origin, &t.daemons);
    if (!s || t.number != s->next_message || s->len + r.left > STREAM_MAX)
        return false;
    s->next_message++;
    append(s, r.at, r.left);
    if (t.last)
        begin_hearing(x, s);
    return t.last;
}
