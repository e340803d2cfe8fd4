/* SPDX-License-Identifier: MIT */
#include "daemon/membership/pairs.h"

enum { AGAIN_US = 250 * USEC_MS, SURELY_FIRST_US = 2 * USEC_SECOND };

static struct bad_pair in_order(unsigned a, unsigned b)
{
    return (struct bad_pair){(uint16_t)(a < b ? a : b), (uint16_t)(a < b ? b : a)};
}

static int find(const struct pairs *p, struct bad_pair who)
{
    for (int k = 0; k < p->count; k++)
        if (p->list[k].who.a == who.a && p->list[k].who.b == who.b)
            return k;
    return -1;
}

static bool counts(const struct pairs *p, unsigned a, unsigned b, usec now)
{
    int k = find(p, in_order(a, b));
    return k >= 0 && now < p->list[k].until;
}

bool pairs_between(const struct pairs *p, const struct procset *a, const struct procset *b,
                   usec now)
{
    for procset_each(i, a)
        for procset_each(k, b)
            if (counts(p, (unsigned)i, (unsigned)k, now))
                return true;
    return false;
}

/* Where one goes that is not there yet: a free place, or that of the first to run out. */
static struct pair *place_for_new(struct pairs *p)
{
    struct pair *first = &p->list[0];
    if (p->count < BAD_PAIRS_MAX)
        first = &p->list[p->count++];
    else
        for (int k = 1; k < BAD_PAIRS_MAX; k++)
            if (p->list[k].until < first->until)
                first = &p->list[k];
    *first = (struct pair){0};
    return first;
}

static usec next_wait(const struct pair *pair)
{
    if (pair->times == 1)
        return AGAIN_US;
    return pair->times == PAIR_SURELY ? (usec)SURELY_FIRST_US : 2 * pair->wait;
}

unsigned pairs_note(struct pairs *p, unsigned a, unsigned b, usec lookup, usec now)
{
    struct bad_pair who = in_order(a, b);
    if (a == b || counts(p, a, b, now))
        return 0;
    int k = find(p, who);
    struct pair *pair = k >= 0 ? &p->list[k] : place_for_new(p);
    bool again = pair->times > 0 && now <= pair->until + lookup;
    pair->who = who;
    pair->times = again ? pair->times + 1 : 1;
    pair->wait = usec_earlier(next_wait(pair), lookup / 2);
    pair->until = now + pair->wait;
    return pair->times;
}

/* Members with whom i surely does not go. */
static int count_of(const struct pairs *p, unsigned i, const struct procset *members, usec now)
{
    int n = 0;
    for (int k = 0; k < p->count; k++) {
        const struct pair *pair = &p->list[k];
        if (now < pair->until && pair->times >= PAIR_SURELY &&
            (i == pair->who.a || i == pair->who.b))
            n += procset_has(members, i == pair->who.a ? pair->who.b : pair->who.a);
    }
    return n;
}

void pairs_leave_out(const struct pairs *p, struct roster *members, unsigned self, usec now)
{
    for (;;) {
        int worst = -1, most = 0;
        for
            procset_each(i, &members->in)
            {
                int n = count_of(p, (unsigned)i, &members->in, now);
                if ((unsigned)i != self && n > 0 && n >= most) {
                    worst = i;
                    most = n;
                }
            }
        if (worst < 0)
            return;
        roster_remove(members, (unsigned)worst);
    }
}

int pairs_list(const struct pairs *p, struct bad_pair list[BAD_PAIRS_MAX], usec now)
{
    int n = 0;
    for (int k = 0; k < p->count; k++)
        if (now < p->list[k].until)
            list[n++] = p->list[k].who;
    return n;
}
