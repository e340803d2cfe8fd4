/* SPDX-License-Identifier: MIT */
#include "daemon/membership/damping.h"

enum {
    SOON_US = 250 * USEC_MS,
    SHUN_FIRST_US = USEC_SECOND,
    EVICTED_KEPT = 10, /* LookupTimeouts that an eviction counts for */
    EVICTED_OFTEN = 3,
    RESTART_US = 5 * USEC_SECOND,
    RESTARTS_FREE = 5,
    RESTARTS_MOST = 10,
    KEPT_OUT_FIRST_US = USEC_SECOND,
    LULL_FIRST_US = 100 * USEC_MS,
    LULL_MAX_US = 5 * USEC_SECOND,
    LULL_WINDOW_US = 10 * USEC_SECOND,
};

static usec doubled(usec wait, unsigned times, usec longest)
{
    for (; times > 0 && wait < longest; times--)
        wait *= 2;
    return usec_earlier(wait, longest);
}

void shun(struct shunning *s, bool learnt, usec lookup, usec now)
{
    if (!learnt || s->times == 0)
        s->times++;
    s->until = now + (learnt || s->times == 1 ? usec_earlier(SOON_US, lookup)
                                              : doubled(SHUN_FIRST_US, s->times - 2, lookup));
}

void shun_evicted(struct shunning *s, usec lookup, usec now)
{
    if (now > s->evicted_at + EVICTED_KEPT * lookup)
        s->evictions = 0;
    s->evicted_at = now;
    s->evictions++;
    s->until = now + doubled(SHUN_FIRST_US, s->evictions - 1, lookup);
}

bool is_evicted_often(const struct shunning *s, usec lookup, usec now)
{
    return s->evictions >= EVICTED_OFTEN && now <= s->evicted_at + EVICTED_KEPT * lookup;
}

usec restarts_note(struct restarts *r, usec lookup, usec now)
{
    const usec free = RESTARTS_FREE * (usec)RESTART_US, most = RESTARTS_MOST * (usec)RESTART_US;
    usec gone = usec_earlier(now - r->last_at, r->weight);
    r->weight = usec_earlier(r->weight - gone + RESTART_US, most);
    r->last_at = now;
    if (r->weight <= free)
        return 0;
    usec wait = doubled(KEPT_OUT_FIRST_US, (unsigned)((r->weight - free) / RESTART_US), lookup / 2);
    r->kept_out_until = now + wait;
    return wait;
}

void lull_begin(struct lull *m, usec lookup, usec now)
{
    bool again = m->until && now < m->until + LULL_WINDOW_US;
    usec longest = usec_earlier(LULL_MAX_US, lookup / 2);
    m->length = usec_earlier(again ? 2 * m->length : LULL_FIRST_US, longest);
    m->until = now + m->length;
}
