/* SPDX-License-Identifier: MIT */
#include "daemon/membership/reps.h"

struct procset reps_expected(const struct conf *conf, const struct procset *old)
{
    struct procset reps = {{0}};
    int last_segment = -1;
    for procset_each(i, old) {
        if (conf->daemons[i].segment != last_segment)
            procset_add(&reps, (unsigned)i);
        last_segment = conf->daemons[i].segment;
    }
    return reps;
}

/* Its JOIN, if it has said one since. */
static const struct join *fresh_join(const struct hearing *h, unsigned i)
{
    const struct peer *p = &h->peers[i];
    return p->join_at && p->join_at >= h->since ? p->join : NULL;
}

/* What i has said by JOIN since, speaking for its segment; NULL: nothing. */
static const struct join *join_of(const struct hearing *h, unsigned i)
{
    const struct join *j = i == h->self ? NULL : fresh_join(h, i);
    return j && j->kind == JOIN_SEGMENT ? j : NULL;
}

static const struct procset *members_of(const struct hearing *h, const struct procset *group,
                                        unsigned rep)
{
    return rep == h->self ? group : &join_of(h, rep)->members.in;
}

/* A rep says itself that two of its and another's members do not go together. */
static bool tells_bad_pair(const struct hearing *h, unsigned rep, const struct procset *a,
                           const struct procset *b)
{
    const struct join *j = join_of(h, rep);
    for (int k = 0; j && k < j->bad_count; k++)
        if ((procset_has(a, j->bad[k].a) && procset_has(b, j->bad[k].b)) ||
            (procset_has(a, j->bad[k].b) && procset_has(b, j->bad[k].a)))
            return true;
    return false;
}

struct procset reps_choose(const struct hearing *h, const struct procset *group,
                           const struct pairs *pairs, usec now)
{
    struct procset candidates = procset_of(h->self), fit = procset_of(h->self);
    for (unsigned i = 0; i < (unsigned)h->count; i++)
        if (join_of(h, i))
            procset_add(&candidates, i);
    struct procset mutual = hearing_set(h, &candidates);
    procset_remove(&mutual, h->self);
    for procset_each(i, &mutual) {
        const struct procset *of_i = members_of(h, group, (unsigned)i);
        bool fits = true;
        for procset_each(k, &fit) {
            const struct procset *of_k = members_of(h, group, (unsigned)k);
            fits = fits && !pairs_between(pairs, of_i, of_k, now) &&
                   !tells_bad_pair(h, (unsigned)i, of_i, of_k) &&
                   !tells_bad_pair(h, (unsigned)k, of_i, of_k);
        }
        if (fits)
            procset_add(&fit, (unsigned)i);
    }
    return fit;
}

static bool choose_the_same(const struct hearing *h, const struct procset *reps)
{
    for procset_each(i, reps) {
        const struct join *j = join_of(h, (unsigned)i);
        if (j && j->engaged != procset_first(reps))
            return false;
    }
    return true;
}

bool reps_agree(const struct hearing *h, const struct procset *expected,
                const struct procset *reps)
{
    if (!hearing_all(h, expected))
        return false;
    for procset_each(i, expected)
        if (!join_of(h, (unsigned)i))
            return false;
    return choose_the_same(h, reps);
}

bool reps_have_all(const struct hearing *h, const struct procset *group, const struct procset *reps)
{
    struct procset in = {{0}};
    for procset_each(i, reps)
        in = procset_union(&in, members_of(h, group, (unsigned)i));
    for (unsigned i = 0; i < (unsigned)h->count; i++)
        if (!procset_has(&in, i))
            return false;
    return choose_the_same(h, reps);
}

static void add_own(const struct hearing *h, const struct procset *group, struct roster *members,
                    uint32_t echoes[PROCS_MAX])
{
    for procset_each(i, group) {
        bool own = (unsigned)i == h->self;
        uint32_t inc = own ? h->inc : (uint32_t)h->peers[i].life.inc;
        if (inc == 0)
            continue;
        roster_add(members, (unsigned)i, inc);
        echoes[i] = h->peers[i].saying;
    }
}

void reps_members(const struct hearing *h, const struct procset *group, const struct procset *reps,
                  struct roster *members, uint32_t echoes[PROCS_MAX])
{
    *members = (struct roster){0};
    add_own(h, group, members, echoes);
    for procset_each(i, reps) {
        const struct join *j = join_of(h, (unsigned)i);
        if (!j || j->engaged != h->self)
            continue;
        for procset_each(k, &j->members.in)
            if (!procset_has(&members->in, (unsigned)k)) {
                roster_add(members, (unsigned)k, j->members.inc[k]);
                echoes[k] = j->sayings[k];
            }
    }
}

bool reps_is_courted(const struct hearing *h, usec join, usec now)
{
    for (unsigned i = 0; i < h->self; i++) {
        const struct join *j = fresh_join(h, i);
        const struct peer *p = &h->peers[i];
        if (j && j->kind == JOIN_RING && now <= p->join_at + 2 * join &&
            peer_hears(p, h->self, h->inc) && !is_shunned(&p->shunning, now))
            return true;
    }
    return false;
}
