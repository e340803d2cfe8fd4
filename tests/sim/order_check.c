/* SPDX-License-Identifier: MIT */
#include "tests/sim/order_check.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"

#include <uthash.h>

#include "daemon/packet/data.h"
#include "libspread/wire/frame.h"

enum { NO_LIFE = -1, NOWHERE = -1 };

/* A message in the order of its ring. */
struct sent {
    uint64_t seq;
    unsigned part;
    uint64_t content; /* hash of its bytes */
    uint8_t service;
    int origin;        /* life */
    uint64_t position; /* up to which seq the sender had delivered */
    struct procset must_deliver; /* V1: members that deliver it, or fail */
};

/* One life of a daemon in one ring. */
struct stay {
    int life;
    int old;          /* index into rings of the ring it came from; NOWHERE: the boot ring */
    struct procset transitional; /* by which it came */
    uint8_t *delivered; /* a flag for each of the ring's messages */
    size_t delivered_size;
    size_t regular;   /* so many, the first ones, while the view was regular */
    size_t count, own_sent, own_delivered;
    uint64_t hash;    /* of what was delivered, in order; frozen copies at the change */
    uint64_t regular_hash;
    bool left, in_transition;
    uint64_t first_skipped; /* seq of the first message passed over; 0: none */
    struct procset skipped; /* daemons of which messages were passed over */
    size_t next;      /* index of the message behind the one delivered last */
};

struct ring_record {
    uint64_t tag, epoch;
    int index;
    struct procset members;
    bool installed;
    struct sent *sent;
    size_t sent_count, sent_size;
    struct stay *stays;
    size_t stay_count, stay_size;
    UT_hash_handle hh;
};

/* For C5: what one life did, in order. */
enum deed_kind { DID_VIEW, DID_SEND, DID_DELIVER };

struct deed {
    enum deed_kind kind;
    uint64_t key; /* which view, which message */
};

struct life {
    int proc;
    bool ended;
    int ring;         /* index of the ring it is in; NOWHERE: boot */
    int stay;         /* index of its stay there */
    bool transitional;
    uint64_t coming;  /* tag of the ring that the transitional view leads to */
    struct procset transitional_members;
    struct deed *deeds;
    size_t deed_count, deed_size;
};

struct content {
    uint64_t id; /* client's number and count */
    uint64_t tag;
    UT_hash_handle hh;
};

struct seen {
    uint64_t key; /* life and content */
    UT_hash_handle hh;
};

struct order_check {
    struct world *world;
    struct ring_record *by_tag;
    struct ring_record **rings;
    size_t ring_count, ring_size;
    struct life *lives;
    size_t life_count, life_size;
    int life_of[PROCS_MAX];
    struct content *contents;
    struct seen *seen;
    uint64_t deliveries, views;
};

#define BREAK(o, id, ...) verdict_break(&(o)->world->verdict, id, __VA_ARGS__)

static uint64_t hash_bytes(const uint8_t *bytes, size_t len)
{
    uint64_t h = len, word;
    for (; len >= sizeof word; bytes += sizeof word, len -= sizeof word) {
        memcpy(&word, bytes, sizeof word);
        h = (h ^ word) * 0x9e3779b97f4a7c15u;
        h ^= h >> 29;
    }
    for (size_t i = 0; i < len; i++)
        h = (h ^ bytes[i]) * 0x100000001b3u;
    return h;
}

static uint64_t mix(uint64_t a, uint64_t b)
{
    struct random r = {a * 31 + b};
    return random_next(&r);
}

/* -- records ------------------------------------------------------------------------------- */

static void *grow_array(void *list, size_t count, size_t *size, size_t each)
{
    if (count < *size)
        return list;
    *size = *size ? 2 * *size : 16;
    return memory_grow(list, *size * each);
}

static int ring_index(struct order_check *o, uint64_t tag, uint64_t epoch)
{
    struct ring_record *r;
    HASH_FIND(hh, o->by_tag, &tag, sizeof tag, r);
    if (!r) {
        r = memory_new(sizeof *r);
        r->tag = tag;
        r->epoch = epoch;
        HASH_ADD(hh, o->by_tag, tag, sizeof r->tag, r);
        o->rings = grow_array(o->rings, o->ring_count, &o->ring_size, sizeof o->rings[0]);
        r->index = (int)o->ring_count;
        o->rings[o->ring_count++] = r;
    }
    return r->index;
}

static struct stay *stay_of(const struct order_check *o, const struct life *l)
{
    return l->ring == NOWHERE ? NULL : &o->rings[l->ring]->stays[l->stay];
}

static struct stay *stay_of_proc(const struct ring_record *r, const struct order_check *o,
                                 unsigned proc)
{
    for (size_t i = 0; i < r->stay_count; i++)
        if (o->lives[r->stays[i].life].proc == (int)proc)
            return &r->stays[i];
    return NULL;
}

static void note_deed(struct life *l, enum deed_kind kind, uint64_t key)
{
    l->deeds = grow_array(l->deeds, l->deed_count, &l->deed_size, sizeof l->deeds[0]);
    l->deeds[l->deed_count].kind = kind;
    l->deeds[l->deed_count++].key = key;
}

static void note_delivered(struct stay *s, size_t index)
{
    if (index >= s->delivered_size) {
        size_t size = 2 * index + 64;
        s->delivered = memory_grow(s->delivered, size);
        memset(s->delivered + s->delivered_size, 0, size - s->delivered_size);
        s->delivered_size = size;
    }
    s->delivered[index] = 1;
}

static bool has_delivered(const struct stay *s, size_t index)
{
    return index < s->delivered_size && s->delivered[index];
}

/* -- V1 ------------------------------------------------------------------------------------ */

/* A life leaves its ring: every SAFE message that obliged it must be among what it has delivered. */
static void check_obliged(struct order_check *o, const struct ring_record *r, const struct stay *s)
{
    unsigned proc = (unsigned)o->lives[s->life].proc;
    for (size_t i = 0; i < r->sent_count; i++)
        if (procset_has(&r->sent[i].must_deliver, proc) && !has_delivered(s, i))
            BREAK(o, "V1", "d%u left ring %llx without SAFE message %llu.%u that others delivered",
                  proc + 1, (unsigned long long)r->tag, (unsigned long long)r->sent[i].seq,
                  r->sent[i].part);
}

static void oblige(struct order_check *o, struct ring_record *r, size_t index,
                   const struct procset *members)
{
    struct sent *m = &r->sent[index];
    m->must_deliver = procset_union(&m->must_deliver, members);
    for (size_t i = 0; i < r->stay_count; i++) {
        const struct stay *s = &r->stays[i];
        unsigned proc = (unsigned)o->lives[s->life].proc;
        if (s->left && procset_has(members, proc) && !has_delivered(s, index))
            BREAK(o, "V1", "d%u had left ring %llx without SAFE message %llu.%u", proc + 1,
                  (unsigned long long)r->tag, (unsigned long long)m->seq, m->part);
    }
}

static void check_installed_by_all(struct order_check *o, const struct ring_record *r)
{
    for procset_each(i, &r->members)
        if (!stay_of_proc(r, o, (unsigned)i)) {
            BREAK(o, "V2", "SAFE delivered in ring %llx before d%d installed it",
                  (unsigned long long)r->tag, i + 1);
            return;
        }
}

/* -- SEND ---------------------------------------------------------------------------------- */

static bool client_content(const struct trace_record *t, uint64_t *id)
{
    if (t->control || t->len < FRAME_HEADER + 8 || !(word_at(t->bytes) & FRAME_SERVICES))
        return false;
    uint32_t body = word_at(t->bytes + FRAME_LEN_AT);
    if (body < 8 || body > t->len)
        return false;
    const uint8_t *at = t->bytes + t->len - body;
    *id = (uint64_t)word_at(at) << 32 | word_at(at + 4);
    return true;
}

static void note_content(struct order_check *o, const struct trace_record *t, uint64_t tag)
{
    uint64_t id;
    struct content *c;
    if (!client_content(t, &id))
        return;
    HASH_FIND(hh, o->contents, &id, sizeof id, c);
    if (c) {
        BREAK(o, "B4", "message %u of client %u got a second number", (uint32_t)id,
              (uint32_t)(id >> 32));
        return;
    }
    c = memory_new(sizeof *c);
    c->id = id;
    c->tag = tag;
    HASH_ADD(hh, o->contents, id, sizeof c->id, c);
}

static void on_send(struct order_check *o, struct life *l, const struct trace_record *t)
{
    int index = ring_index(o, t->tag, t->epoch);
    struct ring_record *r = o->rings[index];
    if (l->ring != index) {
        BREAK(o, "B4", "d%d numbers in ring %llx without being in it", l->proc + 1,
              (unsigned long long)t->tag);
        return;
    }
    const struct sent *last = r->sent_count ? &r->sent[r->sent_count - 1] : NULL;
    if (last && (t->seq < last->seq || (t->seq == last->seq && t->part <= last->part)))
        BREAK(o, "B4", "number %llu.%u of ring %llx given twice or out of order",
              (unsigned long long)t->seq, t->part, (unsigned long long)t->tag);
    r->sent = grow_array(r->sent, r->sent_count, &r->sent_size, sizeof r->sent[0]);
    r->sent[r->sent_count++] = (struct sent){
        .seq = t->seq,
        .part = t->part,
        .content = hash_bytes(t->bytes, t->len),
        .service = t->service,
        .origin = (int)(l - o->lives),
        .position = t->position,
    };
    stay_of(o, l)->own_sent++;
    note_content(o, t, t->tag);
    note_deed(l, DID_SEND, mix(t->tag, t->seq << 8 | t->part));
}

/* -- DELIVER ------------------------------------------------------------------------------- */

/* The index of a message in its ring's order, looked for from where the life is. */
static int find_sent(const struct ring_record *r, size_t from, uint64_t seq, unsigned part)
{
    for (size_t i = from; i < r->sent_count; i++)
        if (r->sent[i].seq == seq && r->sent[i].part == part)
            return (int)i;
    return NOWHERE;
}

static void check_once(struct order_check *o, const struct life *l, const struct trace_record *t)
{
    uint64_t id, key;
    struct seen *s;
    if (!client_content(t, &id))
        return;
    key = mix(id, (uint64_t)(l - o->lives));
    HASH_FIND(hh, o->seen, &key, sizeof key, s);
    if (s) {
        BREAK(o, "B2", "d%d delivers message %u of client %u twice", l->proc + 1, (uint32_t)id,
              (uint32_t)(id >> 32));
        return;
    }
    s = memory_new(sizeof *s);
    s->key = key;
    HASH_ADD(hh, o->seen, key, sizeof s->key, s);
}

/* In transition messages may be passed over: whose, and before what. */
static void check_passed_over(struct order_check *o, const struct life *l, struct stay *s,
                              const struct ring_record *r, size_t index)
{
    for (size_t i = s->next; i < index; i++) {
        unsigned origin = (unsigned)o->lives[r->sent[i].origin].proc;
        if (!s->first_skipped)
            s->first_skipped = r->sent[i].seq;
        procset_add(&s->skipped, origin);
        if (procset_has(&l->transitional_members, origin))
            BREAK(o, "T3", "d%d passes over %llu.%u of d%u, which comes along", l->proc + 1,
                  (unsigned long long)r->sent[i].seq, r->sent[i].part, origin + 1);
    }
    const struct sent *m = &r->sent[index];
    unsigned origin = (unsigned)o->lives[m->origin].proc;
    if (s->first_skipped && m->position >= s->first_skipped)
        BREAK(o, "K1", "d%d delivers %llu.%u, whose sender had seen %llu, without %llu", l->proc + 1,
              (unsigned long long)m->seq, m->part, (unsigned long long)m->position,
              (unsigned long long)s->first_skipped);
    if (procset_has(&s->skipped, origin))
        BREAK(o, "K1", "d%d delivers %llu.%u but not what d%u sent before", l->proc + 1,
              (unsigned long long)m->seq, m->part, origin + 1);
}

static void on_deliver(struct order_check *o, struct life *l, const struct trace_record *t)
{
    struct stay *s = stay_of(o, l);
    struct ring_record *r = l->ring == NOWHERE ? NULL : o->rings[l->ring];
    o->deliveries++;
    if (!r || r->tag != t->tag || t->transitional != l->transitional) {
        BREAK(o, "B3", "d%d delivers %llu of ring %llx in another view", l->proc + 1,
              (unsigned long long)t->seq, (unsigned long long)t->tag);
        return;
    }
    int index = find_sent(r, s->next, t->seq, t->part);
    if (index == NOWHERE) {
        BREAK(o, find_sent(r, 0, t->seq, t->part) == NOWHERE ? "B1" : "T1",
              "d%d delivers %llu.%u, never sent or out of order", l->proc + 1,
              (unsigned long long)t->seq, t->part);
        return;
    }
    if (r->sent[index].content != hash_bytes(t->bytes, t->len))
        BREAK(o, "B4", "%llu.%u is not what was sent", (unsigned long long)t->seq, t->part);
    if (!t->transitional && (size_t)index != s->next)
        BREAK(o, "T2", "d%d passes over %llu in a regular view", l->proc + 1,
              (unsigned long long)r->sent[s->next].seq);
    if (t->transitional)
        check_passed_over(o, l, s, r, (size_t)index);
    check_once(o, l, t);
    note_delivered(s, (size_t)index);
    s->next = (size_t)index + 1;
    s->count++;
    s->regular += !t->transitional;
    s->own_delivered += r->sent[index].origin == (int)(l - o->lives);
    s->hash = mix(s->hash, t->seq << 8 | t->part);
    if (t->service == SERVICE_SAFE) {
        if (!t->transitional)
            check_installed_by_all(o, r);
        oblige(o, r, (size_t)index, t->transitional ? &l->transitional_members : &r->members);
    }
    note_deed(l, DID_DELIVER, mix(t->tag, t->seq << 8 | t->part));
}

/* -- CONF ---------------------------------------------------------------------------------- */

static void on_transitional(struct order_check *o, struct life *l, const struct trace_record *t)
{
    struct stay *s = stay_of(o, l);
    if (l->transitional || !procset_has(&t->members, (unsigned)l->proc))
        BREAK(o, "C2", "d%d gets a transitional view out of turn", l->proc + 1);
    if (s && !procset_within(&t->members, &o->rings[l->ring]->members))
        BREAK(o, "C2", "d%d: transitional members that were not in the old view", l->proc + 1);
    if (!s && procset_count(&t->members) != 1)
        BREAK(o, "C2", "d%d: the boot view has one member", l->proc + 1);
    l->transitional = true;
    l->coming = t->tag;
    l->transitional_members = t->members;
    if (s) {
        s->in_transition = true;
        s->regular_hash = s->hash;
        s->hash = 0;
    }
    note_deed(l, DID_VIEW,
              mix(mix(t->tag, t->old_tag), (uint64_t)procset_first(&t->members) + 1));
}

/* The next view is there: what is said of the old one is final. */
static void leave(struct order_check *o, struct life *l, struct stay *s)
{
    const struct ring_record *r = o->rings[l->ring];
    s->left = true;
    if (s->own_delivered != s->own_sent)
        BREAK(o, "S1", "d%d left ring %llx with %zu of its own %zu messages", l->proc + 1,
              (unsigned long long)r->tag, s->own_delivered, s->own_sent);
    /* What comes behind the last one delivered was passed over, too. */
    for (size_t i = s->next; i < r->sent_count; i++)
        if (r->sent[i].origin == (int)(l - o->lives))
            BREAK(o, "S1", "d%d left without its own %llu", l->proc + 1,
                  (unsigned long long)r->sent[i].seq);
    check_obliged(o, r, s);
}

static bool came_together(const struct stay *a, const struct stay *b)
{
    return a->old == b->old && a->old != NOWHERE;
}

/* C3, A1: against everybody who has installed the ring already. */
static void compare_with_others(struct order_check *o, const struct ring_record *r,
                                const struct life *l, const struct stay *mine)
{
    for (size_t i = 0; i < r->stay_count; i++) {
        const struct stay *other = &r->stays[i];
        const struct life *m = &o->lives[other->life];
        if (m == l)
            continue;
        bool together = came_together(mine, other);
        if (procset_has(&mine->transitional, (unsigned)m->proc) != together ||
            procset_has(&other->transitional, (unsigned)l->proc) != together) {
            BREAK(o, "C3", "d%d and d%d do not agree whether they come together", l->proc + 1,
                  m->proc + 1);
            return;
        }
        if (!together)
            continue;
        const struct ring_record *old = o->rings[mine->old];
        const struct stay *a = stay_of_proc(old, o, (unsigned)l->proc);
        const struct stay *b = stay_of_proc(old, o, (unsigned)m->proc);
        if (a->regular != b->regular || a->regular_hash != b->regular_hash || a->count != b->count ||
            a->hash != b->hash)
            BREAK(o, "A1", "d%d and d%d come from ring %llx with %zu+%zu and %zu+%zu messages",
                  l->proc + 1, m->proc + 1, (unsigned long long)old->tag, a->regular,
                  a->count - a->regular, b->regular, b->count - b->regular);
    }
}

static void on_regular(struct order_check *o, struct life *l, const struct trace_record *t)
{
    int index = ring_index(o, t->tag, t->epoch);
    struct ring_record *r = o->rings[index];
    o->views++;
    if (!l->transitional || l->coming != t->tag || !procset_has(&t->members, (unsigned)l->proc) ||
        !procset_within(&l->transitional_members, &t->members))
        BREAK(o, "C2", "d%d gets a regular view out of turn", l->proc + 1);
    if (r->installed && !procset_equal(&r->members, &t->members))
        BREAK(o, r->epoch == t->epoch ? "C1" : "U1", "ring %llx has two lists of members",
              (unsigned long long)t->tag);
    if (l->ring != NOWHERE && o->rings[l->ring]->epoch >= t->epoch)
        BREAK(o, "U2", "d%d: epoch %llu after %llu", l->proc + 1, (unsigned long long)t->epoch,
              (unsigned long long)o->rings[l->ring]->epoch);
    struct stay *before = stay_of(o, l);
    if (before)
        leave(o, l, before);
    r->installed = true;
    r->members = t->members;
    r->stays = grow_array(r->stays, r->stay_count, &r->stay_size, sizeof r->stays[0]);
    r->stays[r->stay_count++] = (struct stay){
        .life = (int)(l - o->lives), .old = l->ring, .transitional = l->transitional_members};
    l->ring = index;
    l->stay = (int)r->stay_count - 1;
    l->transitional = false;
    compare_with_others(o, r, l, stay_of(o, l));
    note_deed(l, DID_VIEW, t->tag);
}

/* -- STABLE -------------------------------------------------------------------------------- */

static void on_stable(struct order_check *o, const struct life *l, const struct trace_record *t)
{
    const struct ring_record *r = o->rings[l->ring];
    for procset_each(i, &r->members) {
        const struct process *p = &o->world->processes[i];
        const struct stay *s = stay_of_proc(r, o, (unsigned)i);
        if (!p->daemon || !s || s->left || s->life != o->life_of[i])
            continue;
        if (core_counters(daemon_core(p->daemon)).own_aru < t->seq)
            BREAK(o, "V3", "d%d takes %llu for stable, but d%d has only %llu", l->proc + 1,
                  (unsigned long long)t->seq, i + 1,
                  (unsigned long long)core_counters(daemon_core(p->daemon)).own_aru);
    }
}

/* -- C5 ------------------------------------------------------------------------------------ */

/* A node of the graph: an event, or a view at all who install it. */
struct node {
    size_t waits; /* edges into it */
    size_t *next;
    size_t next_count, next_size;
};

struct graph {
    struct node **list;
    size_t count, size;
};

/* The nodes are numbered in the order in which they are first named. */
struct node_index {
    uint64_t key;
    size_t index;
    UT_hash_handle hh;
};

static size_t number_of(struct graph *g, struct node_index **names, uint64_t key)
{
    struct node_index *n;
    HASH_FIND(hh, *names, &key, sizeof key, n);
    if (n)
        return n->index;
    n = memory_new(sizeof *n);
    n->key = key;
    n->index = g->count;
    HASH_ADD(hh, *names, key, sizeof n->key, n);
    g->list = grow_array(g->list, g->count, &g->size, sizeof g->list[0]);
    g->list[g->count++] = memory_new(sizeof *g->list[0]);
    return n->index;
}

static void add_edge(struct graph *g, size_t from, size_t to)
{
    struct node *n = g->list[from];
    n->next = grow_array(n->next, n->next_count, &n->next_size, sizeof n->next[0]);
    n->next[n->next_count++] = to;
    g->list[to]->waits++;
}

/* What a deed is called in the graph: views and sends by themselves, a delivery besides by its
 * life. */
static uint64_t deed_key(const struct deed *d, size_t life)
{
    return d->kind == DID_DELIVER ? mix(d->key, life + 1000) : mix(d->key, (uint64_t)d->kind + 1);
}

static size_t sort_topologically(struct graph *g)
{
    size_t *ready = memory_new((g->count + 1) * sizeof *ready), count = 0, done = 0;
    for (size_t i = 0; i < g->count; i++)
        if (g->list[i]->waits == 0)
            ready[count++] = i;
    while (done < count) {
        const struct node *n = g->list[ready[done++]];
        for (size_t k = 0; k < n->next_count; k++)
            if (--g->list[n->next[k]]->waits == 0)
                ready[count++] = n->next[k];
    }
    free(ready);
    return done;
}

static void check_cut(struct order_check *o)
{
    struct graph g = {0};
    struct node_index *names = NULL, *name, *next;
    for (size_t l = 0; l < o->life_count; l++) {
        size_t last = SIZE_MAX;
        for (size_t i = 0; i < o->lives[l].deed_count; i++) {
            const struct deed *d = &o->lives[l].deeds[i];
            size_t here = number_of(&g, &names, deed_key(d, l));
            if (last != SIZE_MAX && last != here)
                add_edge(&g, last, here);
            if (d->kind == DID_DELIVER) {
                struct deed sent = {.kind = DID_SEND, .key = d->key};
                add_edge(&g, number_of(&g, &names, deed_key(&sent, l)), here);
            }
            last = here;
        }
    }
    if (sort_topologically(&g) != g.count)
        BREAK(o, "C5", "events and views do not fit into one order");
    HASH_ITER(hh, names, name, next) {
        HASH_DELETE(hh, names, name);
        free(name);
    }
    for (size_t i = 0; i < g.count; i++) {
        free(g.list[i]->next);
        free(g.list[i]);
    }
    free(g.list);
}

/* -- the observer -------------------------------------------------------------------------- */

static void on_start(void *context, int proc, unsigned number)
{
    struct order_check *o = context;
    (void)number;
    o->lives = grow_array(o->lives, o->life_count, &o->life_size, sizeof o->lives[0]);
    o->lives[o->life_count] = (struct life){.proc = proc, .ring = NOWHERE};
    o->life_of[proc] = (int)o->life_count++;
}

static void on_end(void *context, int proc, unsigned number)
{
    struct order_check *o = context;
    (void)number;
    o->lives[o->life_of[proc]].ended = true;
    o->life_of[proc] = NO_LIFE;
}

static void on_trace(void *context, int proc, unsigned number, const struct trace_record *t)
{
    struct order_check *o = context;
    (void)number;
    if (o->world->verdict.broken || o->life_of[proc] == NO_LIFE)
        return;
    struct life *l = &o->lives[o->life_of[proc]];
    switch (t->kind) {
    case TRACE_CONF:
        if (t->transitional)
            on_transitional(o, l, t);
        else
            on_regular(o, l, t);
        break;
    case TRACE_SEND:
        on_send(o, l, t);
        break;
    case TRACE_DELIVER:
        on_deliver(o, l, t);
        break;
    case TRACE_STABLE:
        on_stable(o, l, t);
        break;
    case TRACE_STATE:
    case TRACE_MERGED:
        break;
    }
}

struct order_check *order_check_new(struct world *w)
{
    struct order_check *o = memory_new(sizeof *o);
    struct observer observer = {
        .on_start = on_start, .on_trace = on_trace, .on_end = on_end, .context = o};
    o->world = w;
    for (int i = 0; i < PROCS_MAX; i++)
        o->life_of[i] = NO_LIFE;
    world_observe(w, &observer);
    return o;
}

static void free_ring(struct ring_record *r)
{
    for (size_t i = 0; i < r->stay_count; i++)
        free(r->stays[i].delivered);
    free(r->stays);
    free(r->sent);
    free(r);
}

void order_check_end(struct order_check *o)
{
    struct content *c, *next_content;
    struct seen *s, *next_seen;
    if (!o->world->verdict.broken)
        check_cut(o);
    HASH_CLEAR(hh, o->by_tag);
    for (size_t i = 0; i < o->ring_count; i++)
        free_ring(o->rings[i]);
    free(o->rings);
    for (size_t i = 0; i < o->life_count; i++)
        free(o->lives[i].deeds);
    free(o->lives);
    HASH_ITER(hh, o->contents, c, next_content) {
        HASH_DELETE(hh, o->contents, c);
        free(c);
    }
    HASH_ITER(hh, o->seen, s, next_seen) {
        HASH_DELETE(hh, o->seen, s);
        free(s);
    }
    free(o);
}

uint64_t order_ring_of(const struct order_check *o, uint32_t client, uint32_t count)
{
    uint64_t id = (uint64_t)client << 32 | count;
    struct content *c;
    HASH_FIND(hh, o->contents, &id, sizeof id, c);
    return c ? c->tag : 0;
}

uint64_t order_deliveries(const struct order_check *o)
{
    return o->deliveries;
}

uint64_t order_views(const struct order_check *o)
{
    return o->views;
}
