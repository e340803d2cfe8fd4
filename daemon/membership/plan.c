/* SPDX-License-Identifier: MIT */
#include "daemon/membership/plan.h"

#include <stdlib.h>

#include "daemon/base/memory.h"

struct plan_ring {
    struct ring_id id;
    struct procset together;
    uint64_t lo, hi, stable, least_stable;
    struct procset obligations;
    struct seqmap present;
};

struct plan {
    struct roster members;
    struct accept *const *accepts;
    int ring_count;
    struct plan_ring *rings;
    uint8_t ordinal[PROCS_MAX];
    uint16_t packet_size;
    uint32_t capacity, reach;
    struct procset misfits;
};

static bool fits(const struct plan *p, const struct plan_ring *r, const struct accept *a)
{
    uint64_t hi = a->high > r->hi ? a->high : r->hi;
    uint64_t stable = a->stable < r->least_stable ? a->stable : r->least_stable;
    return a->aru >= r->stable && r->lo >= a->stable && hi - stable <= p->reach;
}

/* The old ring of a member, begun if it is the first from there, or does not fit the others. */
static struct plan_ring *ring_of(struct plan *p, unsigned i, const struct accept *a)
{
    int k = 0;
    for (; k < p->ring_count; k++) {
        if (!ring_id_equal(&p->rings[k].id, &a->old_ring))
            continue;
        if (fits(p, &p->rings[k], a))
            break;
        if (a->old_ring.epoch != 0)
            procset_add(&p->misfits, i);
    }
    /* In the boot ring everybody is alone, though all call it the same. */
    if (a->old_ring.epoch == 0)
        k = p->ring_count;
    if (k == p->ring_count)
        p->rings[p->ring_count++] =
            (struct plan_ring){.id = a->old_ring,
                               .lo = a->aru,
                               .hi = a->high,
                               .stable = a->stable,
                               .least_stable = a->stable};
    p->ordinal[i] = (uint8_t)k;
    return &p->rings[k];
}

static void add_member(struct plan *p, unsigned i)
{
    const struct accept *a = p->accepts[i];
    struct plan_ring *r = ring_of(p, i, a);
    procset_add(&r->together, i);
    r->lo = a->aru < r->lo ? a->aru : r->lo;
    r->hi = a->high > r->hi ? a->high : r->hi;
    r->stable = a->stable > r->stable ? a->stable : r->stable;
    r->least_stable = a->stable < r->least_stable ? a->stable : r->least_stable;
    r->obligations = procset_union(&r->obligations, &a->obligations);
    procset_add(&r->obligations, i);
    if (a->packet_size < p->packet_size)
        p->packet_size = a->packet_size;
    if (a->capacity && (!p->capacity || a->capacity < p->capacity))
        p->capacity = a->capacity;
}

static bool has(const struct accept *a, uint64_t seq)
{
    return seq <= a->aru || seqmap_has(&a->have, seq);
}

static int holders(const struct plan *p, const struct plan_ring *r, uint64_t seq)
{
    int n = 0;
    for procset_each(i, &r->together)
        n += has(p->accepts[i], seq);
    return n;
}

static void find_present(const struct plan *p, struct plan_ring *r)
{
    r->present = (struct seqmap){.from = r->lo, .count = (uint32_t)(r->hi - r->lo)};
    for (uint64_t seq = r->lo + 1; seq <= r->lo + r->present.count; seq++)
        if (holders(p, r, seq) > 0)
            seqmap_add(&r->present, seq);
}

struct plan *plan_new(const struct roster *members, struct accept *const accepts[PROCS_MAX],
                      uint32_t reach)
{
    struct plan *p = memory_new(sizeof *p);
    p->members = *members;
    p->accepts = accepts;
    p->packet_size = UINT16_MAX;
    p->reach = reach;
    p->rings = memory_new((size_t)procset_count(&members->in) * sizeof p->rings[0]);
    for procset_each(i, &members->in)
        add_member(p, (unsigned)i);
    for (int k = 0; k < p->ring_count; k++)
        find_present(p, &p->rings[k]);
    return p;
}

void plan_free(struct plan *p)
{
    if (!p)
        return;
    free(p->rings);
    free(p);
}

const struct procset *plan_misfits(const struct plan *p)
{
    return &p->misfits;
}

/* True if member is the one who sends seq to those of its ring who lack it. */
static bool sends(const struct plan *p, const struct plan_ring *r, unsigned member, uint64_t seq)
{
    int n = holders(p, r, seq), rank = 0;
    if (n == procset_count(&r->together) || !has(p->accepts[member], seq))
        return false;
    for procset_each(i, &r->together) {
        if ((unsigned)i == member)
            break;
        rank += has(p->accepts[i], seq);
    }
    return seq % (uint64_t)n == (uint64_t)rank;
}

void plan_commit(const struct plan *p, unsigned member, struct commit *m)
{
    const struct accept *a = p->accepts[member];
    const struct plan_ring *r = &p->rings[p->ordinal[member]];

    *m = (struct commit){
        .ring = a->ring,
        .nonce = a->nonce,
        .members = p->members,
        .packet_size = p->packet_size,
        .capacity = p->capacity,
        .old_ring = r->id,
        .together = r->together,
        .stable = r->stable,
        .present = r->present,
        .obligations = r->obligations,
    };
    memcpy(m->ordinal, p->ordinal, sizeof m->ordinal);
    m->resend = (struct seqmap){.from = r->present.from, .count = r->present.count};
    for (uint64_t seq = r->lo + 1; seq <= r->lo + r->present.count; seq++)
        if (seqmap_has(&r->present, seq) && sends(p, r, member, seq))
            seqmap_add(&m->resend, seq);
}
