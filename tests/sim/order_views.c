/* SPDX-License-Identifier: MIT
 *
 * The order, as far as views are concerned: what comes with one, and what is final when it ends.
 */
#include "tests/sim/order_inside.h"

/* -- CONF ---------------------------------------------------------------------------------- */

void order_on_transitional(struct order_check *o, struct life *l, const struct trace_record *t)
{
    struct stay *s = order_stay(o, l);
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
        s->regular_hash = s->hash;
        s->hash = 0;
    }
    order_note_deed(o, l, DID_VIEW,
              mix(mix(t->tag, t->old_tag), (uint64_t)procset_first(&t->members) + 1));
}

/* A life leaves its ring: every SAFE message that obliged it must be among what it has delivered. */
static void check_obliged(struct order_check *o, const struct ring_record *r, const struct stay *s)
{
    unsigned proc = (unsigned)o->lives[s->life].proc;
    for (size_t i = 0; i < r->sent_count; i++)
        if (procset_has(&r->sent[i].must_deliver, proc) && !order_has_delivered(s, i))
            BREAK(o, "V1", "d%u left ring %llx without SAFE message %llu.%u that others delivered",
                  proc + 1, (unsigned long long)r->tag, (unsigned long long)r->sent[i].seq,
                  r->sent[i].part);
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
        if (r->sent[i].origin == order_life_number(o, l))
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
        const struct stay *a = order_stay_of_proc(o, old, (unsigned)l->proc);
        const struct stay *b = order_stay_of_proc(o, old, (unsigned)m->proc);
        if (a->regular != b->regular || a->regular_hash != b->regular_hash || a->count != b->count ||
            a->hash != b->hash)
            BREAK(o, "A1", "d%d and d%d come from ring %llx with %zu+%zu and %zu+%zu messages",
                  l->proc + 1, m->proc + 1, (unsigned long long)old->tag, a->regular,
                  a->count - a->regular, b->regular, b->count - b->regular);
    }
}

void order_on_regular(struct order_check *o, struct life *l, const struct trace_record *t)
{
    int index = order_ring_index(o, t->tag, t->epoch);
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
    struct stay *before = order_stay(o, l);
    if (before)
        leave(o, l, before);
    r->installed = true;
    r->members = t->members;
    r->stays = grow_array(r->stays, r->stay_count, &r->stay_size, sizeof r->stays[0]);
    r->stays[r->stay_count++] = (struct stay){
        .life = order_life_number(o, l), .old = l->ring, .transitional = l->transitional_members};
    l->ring = index;
    l->stay = (int)r->stay_count - 1;
    l->transitional = false;
    compare_with_others(o, r, l, order_stay(o, l));
    order_note_deed(o, l, DID_VIEW, t->tag);
}

/* -- STABLE -------------------------------------------------------------------------------- */

void order_on_stable(struct order_check *o, const struct life *l, const struct trace_record *t)
{
    const struct ring_record *r = o->rings[l->ring];
    for procset_each(i, &r->members) {
        const struct stay *s = order_stay_of_proc(o, r, (unsigned)i);
        if (!s || s->left || o->lives[s->life].ended)
            continue;
        const struct process *p = o->lives[s->life].process;
        uint64_t aru = core_counters(daemon_core(p->daemon)).own_aru;
        if (aru < t->seq)
            BREAK(o, "V3", "d%d takes %llu for stable, but d%d has only %llu", l->proc + 1,
                  (unsigned long long)t->seq, i + 1, (unsigned long long)aru);
    }
}

