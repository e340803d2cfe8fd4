/* SPDX-License-Identifier: MIT */
#include "tests/sim/order_check.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/packet/data.h"
#include "libspread/wire/frame.h"
#include "tests/sim/clients.h"
#include "tests/sim/order_inside.h"

uint64_t hash_bytes(const uint8_t *bytes, size_t len)
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

/* -- records ------------------------------------------------------------------------------- */

int order_ring_index(struct order_check *o, uint64_t tag, uint64_t epoch)
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

struct stay *order_stay(const struct order_check *o, const struct life *l)
{
    return l->ring == NOWHERE ? NULL : &o->rings[l->ring]->stays[l->stay];
}

struct stay *order_stay_of_proc(const struct order_check *o, const struct ring_record *r,
                                unsigned proc)
{
    for (size_t i = 0; i < r->stay_count; i++)
        if (o->lives[r->stays[i].life].proc == (int)proc)
            return &r->stays[i];
    return NULL;
}

static void note_delivered(struct stay *s, size_t index)
{
    s->delivered = widen_array(s->delivered, index, &s->delivered_size, 1);
    s->delivered[index] = 1;
}

/* -- SEND ---------------------------------------------------------------------------------- */

bool message_id(const struct trace_record *t, uint32_t *client, uint32_t *count)
{
    if (t->control || t->len < FRAME_HEADER + MESSAGE_ID ||
        !(word_at(t->bytes) & FRAME_SERVICES) || word_at(t->bytes + FRAME_LEN_AT) < MESSAGE_ID)
        return false;
    *client = word_at(t->bytes + t->len - MESSAGE_ID);
    *count = word_at(t->bytes + t->len - 4);
    return true;
}

static void note_content(struct order_check *o, const struct trace_record *t)
{
    uint32_t client, count;
    if (!message_id(t, &client, &count) || client > o->world->client_count)
        return;
    o->senders = widen_array(o->senders, client, &o->sender_size, sizeof o->senders[0]);
    struct sender *s = &o->senders[client];
    s->tags = widen_array(s->tags, count, &s->size, sizeof s->tags[0]);
    if (s->tags[count])
        BREAK(o, "B4", "message %u of client %u got a second number", count, client);
    s->tags[count] = t->tag;
}

static void on_send(struct order_check *o, struct life *l, const struct trace_record *t)
{
    int index = order_ring_index(o, t->tag, t->epoch);
    struct ring_record *r = o->rings[index];
    if (l->ring != index) {
        BREAK(o, "B4", "d%d numbers in ring %llx without being in it", l->proc + 1,
              (unsigned long long)t->tag);
        return;
    }
    if (l->transitional)
        BREAK(o, "C5", "d%d numbers in ring %llx after its transitional view", l->proc + 1,
              (unsigned long long)t->tag);
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
        .origin = order_life_number(o, l),
        .at = o->world->now,
        .position = t->position,
    };
    order_stay(o, l)->own_sent++;
    note_content(o, t);
    order_note_deed(o, l, DID_SEND, mix(t->tag, t->seq << 8 | t->part));
}

/* -- DELIVER ------------------------------------------------------------------------------- */

/* A SAFE message binds the members: whoever leaves the ring has delivered it, or fails. */
static void oblige(struct order_check *o, struct ring_record *r, size_t index,
                   const struct procset *members)
{
    struct sent *m = &r->sent[index];
    m->must_deliver = procset_union(&m->must_deliver, members);
    for (size_t i = 0; i < r->stay_count; i++) {
        const struct stay *s = &r->stays[i];
        unsigned proc = (unsigned)o->lives[s->life].proc;
        if (s->left && procset_has(members, proc) && !order_has_delivered(s, index))
            BREAK(o, "V1", "d%u had left ring %llx without SAFE message %llu.%u", proc + 1,
                  (unsigned long long)r->tag, (unsigned long long)m->seq, m->part);
    }
}

static void check_installed_by_all(struct order_check *o, const struct ring_record *r)
{
    for procset_each(i, &r->members)
        if (!order_stay_of_proc(o, r, (unsigned)i)) {
            BREAK(o, "V2", "SAFE delivered in ring %llx before d%d installed it",
                  (unsigned long long)r->tag, i + 1);
            return;
        }
}

/* The index of a message in its ring's order, from one index on. */
static int find_sent(const struct ring_record *r, size_t from, uint64_t seq, unsigned part)
{
    for (size_t i = from; i < r->sent_count; i++)
        if (r->sent[i].seq == seq && r->sent[i].part == part)
            return (int)i;
    return NOWHERE;
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

/* B1, B2, T1: the place is not one that comes next. */
static void tell_misplaced(struct order_check *o, const struct life *l, const struct stay *s,
                           const struct ring_record *r, const struct trace_record *t)
{
    int index = find_sent(r, 0, t->seq, t->part);
    const char *id = index == NOWHERE                               ? "B1"
                     : order_has_delivered(s, (size_t)index) ? "B2"
                                                             : "T1";
    BREAK(o, id, "d%d delivers %llu.%u, %s", l->proc + 1, (unsigned long long)t->seq, t->part,
          id[0] == 'T' ? "out of order" : id[1] == '2' ? "a second time" : "never sent");
}

static void check_place(struct order_check *o, const struct life *l, struct stay *s,
                        const struct ring_record *r, size_t index, const struct trace_record *t)
{
    if (r->sent[index].content != hash_bytes(t->bytes, t->len))
        BREAK(o, "B4", "%llu.%u is not what was sent", (unsigned long long)t->seq, t->part);
    if (t->transitional)
        check_passed_over(o, l, s, r, index);
    else if (index != s->next)
        BREAK(o, "T2", "d%d passes over %llu in a regular view", l->proc + 1,
              (unsigned long long)r->sent[s->next].seq);
}

static void on_deliver(struct order_check *o, struct life *l, const struct trace_record *t)
{
    struct stay *s = order_stay(o, l);
    struct ring_record *r = l->ring == NOWHERE ? NULL : o->rings[l->ring];
    o->deliveries++;
    if (!r || r->tag != t->tag || t->transitional != l->transitional) {
        BREAK(o, "B3", "d%d delivers %llu of ring %llx in another view", l->proc + 1,
              (unsigned long long)t->seq, (unsigned long long)t->tag);
        return;
    }
    int found = find_sent(r, s->next, t->seq, t->part);
    if (found == NOWHERE) {
        tell_misplaced(o, l, s, r, t);
        return;
    }
    size_t index = (size_t)found;
    check_place(o, l, s, r, index, t);
    note_delivered(s, index);
    s->next = index + 1;
    s->count++;
    s->regular += !t->transitional;
    s->own_delivered += r->sent[index].origin == order_life_number(o, l);
    s->hash = mix(s->hash, t->seq << 8 | t->part);
    if (t->service == SERVICE_SAFE) {
        if (!t->transitional)
            check_installed_by_all(o, r);
        oblige(o, r, index, t->transitional ? &l->transitional_members : &r->members);
    }
    order_note_deed(o, l, DID_DELIVER, mix(t->tag, t->seq << 8 | t->part));
}

/* -- the observer -------------------------------------------------------------------------- */

static void on_start(void *context, const struct process *p)
{
    struct order_check *o = context;
    o->lives = widen_array(o->lives, p->life, &o->life_size, sizeof o->lives[0]);
    o->lives[p->life] = (struct life){.process = p, .proc = p->index, .ring = NOWHERE};
}

static void on_end(void *context, const struct process *p)
{
    struct order_check *o = context;
    o->lives[p->life].ended = true;
}

static void on_trace(void *context, const struct process *p, const struct trace_record *t)
{
    struct order_check *o = context;
    if (o->world->verdict.broken)
        return;
    struct life *l = &o->lives[p->life];
    switch (t->kind) {
    case TRACE_CONF:
        if (t->transitional)
            order_on_transitional(o, l, t);
        else
            order_on_regular(o, l, t);
        break;
    case TRACE_SEND:
        on_send(o, l, t);
        break;
    case TRACE_DELIVER:
        on_deliver(o, l, t);
        break;
    case TRACE_STABLE:
        order_on_stable(o, l, t);
        break;
    case TRACE_MERGED:
        break;
    }
}

struct order_check *order_check_new(struct world *w, bool thorough)
{
    struct order_check *o = memory_new(sizeof *o);
    struct observer observer = {
        .on_start = on_start, .on_trace = on_trace, .on_end = on_end, .context = o};
    o->world = w;
    o->thorough = thorough;
    world_observe(w, &observer);
    return o;
}

void order_check_rest(struct order_check *o, const struct procset *set)
{
    for procset_each(i, set) {
        const struct process *p = &o->world->processes[i];
        const struct life *l = p->daemon ? &o->lives[p->life] : NULL;
        if (!l || l->ring == NOWHERE)
            continue;
        const struct ring_record *r = o->rings[l->ring];
        const struct stay *s = order_stay(o, l);
        if (s->next < r->sent_count)
            BREAK(o, "S1", "d%d, at rest, has delivered %zu of %zu messages of its ring", i + 1,
                  s->next, r->sent_count);
        for procset_each(k, &r->members)
            if (!order_stay_of_proc(o, r, (unsigned)k))
                BREAK(o, "C4", "d%d rests in a ring that d%d never installed", i + 1, k + 1);
    }
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
    if (!o->world->verdict.broken && o->thorough)
        order_check_cut(o);
    HASH_CLEAR(hh, o->by_tag);
    for (size_t i = 0; i < o->ring_count; i++)
        free_ring(o->rings[i]);
    free(o->rings);
    for (size_t i = 0; i < o->life_size; i++)
        free(o->lives[i].deeds);
    free(o->lives);
    for (size_t i = 0; i < o->sender_size; i++)
        free(o->senders[i].tags);
    free(o->senders);
    free(o);
}

/* -- questions ----------------------------------------------------------------------------- */

uint64_t order_ring_of(const struct order_check *o, uint32_t client, uint32_t count)
{
    if (client >= o->sender_size || count >= o->senders[client].size)
        return 0;
    return o->senders[client].tags[count];
}

usec order_sent_at(const struct order_check *o, uint64_t tag, uint64_t seq, unsigned part)
{
    const struct ring_record *r;
    HASH_FIND(hh, o->by_tag, &tag, sizeof tag, r);
    size_t low = 0, high = r ? r->sent_count : 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct sent *m = &r->sent[middle];
        if (m->seq == seq && m->part == part)
            return m->at;
        if (m->seq < seq || (m->seq == seq && m->part < part))
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

uint64_t order_deliveries(const struct order_check *o)
{
    return o->deliveries;
}

uint64_t order_views(const struct order_check *o)
{
    return o->views;
}
