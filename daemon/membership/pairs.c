/* SPDX-License-Identifier: MIT
 *
 * Who does not go with whom, and who is better left alone for a while. Both are forgotten with
 * time, for links heal, and each time more slowly, for a try may cost a view.
 */
#include "daemon/membership/inside.h"

enum {
    BAD_SURELY = 2, /* times running that a pair was found bad; once may be a pause of either */
    AGAIN_US = 250 * USEC_MS, /* after the first time */
    UNHEARD = 4, /* questions running that our answers did not end; a power of two */
    BAD_FIRST_US = 2 * USEC_SECOND,
    SHUN_FIRST_US = 1 * USEC_SECOND,
    EVICTED_KEPT = 10, /* LookupTimeouts that an eviction counts for */
    RESTART_US = 5 * USEC_SECOND, /* one restart in that time is nothing, ... */
    RESTARTS_FREE = 5,            /* ... and so many at once */
    RESTARTS_MOST = 10,           /* more do not count */
    KEPT_OUT_FIRST_US = USEC_SECOND,
};

/* -- pairs --------------------------------------------------------------------------------- */

static int find_bad_pair(const struct core *c, unsigned a, unsigned b)
{
    for (int k = 0; k < c->bad_count; k++)
        if (c->bad[k].a == (a < b ? a : b) && c->bad[k].b == (a < b ? b : a))
            return k;
    return -1;
}

static bool is_bad_pair(const struct core *c, unsigned a, unsigned b, usec now)
{
    int k = find_bad_pair(c, a, b);
    return k >= 0 && now < c->bad_until[k];
}

bool have_bad_pair(const struct core *c, const struct procset *a, const struct procset *b, usec now)
{
    for procset_each(i, a)
        for procset_each(k, b)
            if (is_bad_pair(c, (unsigned)i, (unsigned)k, now))
                return true;
    return false;
}

/* Where the next pair goes: an own place, one that has run out, or the first to run out. */
static int place_for_pair(struct core *c, unsigned a, unsigned b)
{
    int k = find_bad_pair(c, a, b), oldest = 0;
    if (k >= 0)
        return k;
    if (c->bad_count < BAD_PAIRS_MAX)
        return c->bad_count++;
    for (int i = 1; i < BAD_PAIRS_MAX; i++)
        if (c->bad_until[i] < c->bad_until[oldest])
            oldest = i;
    return oldest;
}

/* The wait doubles each time. */
static usec bad_wait(const struct core *c, int k)
{
    usec longest = ms(conf_of(c)->timeouts.lookup) / 2;
    usec wait = c->bad_times[k] == 1            ? (usec)AGAIN_US
                : c->bad_times[k] == BAD_SURELY ? (usec)BAD_FIRST_US
                                                : 2 * c->bad_wait[k];
    return usec_earlier(wait, longest);
}

bool note_bad_pair(struct core *c, unsigned a, unsigned b, usec now)
{
    if (a == b || is_bad_pair(c, a, b, now))
        return false;
    bool known = find_bad_pair(c, a, b) >= 0;
    int k = place_for_pair(c, a, b);
    bool again = known && now - c->bad_until[k] <= ms(conf_of(c)->timeouts.lookup);
    c->bad[k] = (struct bad_pair){(uint16_t)(a < b ? a : b), (uint16_t)(a < b ? b : a)};
    c->bad_times[k] = again ? c->bad_times[k] + 1 : 1;
    c->bad_wait[k] = bad_wait(c, k);
    c->bad_until[k] = now + c->bad_wait[k];
    if (c->bad_times[k] >= BAD_SURELY)
        effects_note(&c->effects, NOTE_ONE_WAY, a, b, "%s", "");
    return c->bad_times[k] <= BAD_SURELY;
}

void note_unheard(struct core *c, unsigned i)
{
    struct peer *peer = &c->peers[i];
    uint32_t n = ++peer->unheard;
    if (n >= UNHEARD && (n & (n - 1)) == 0)
        effects_note(&c->effects, NOTE_ONE_WAY, i, self_of(c), "%s", "");
}

static int bad_pairs_of(const struct core *c, unsigned i, const struct procset *set, usec now)
{
    int count = 0;
    for (int k = 0; k < c->bad_count; k++) {
        unsigned a = c->bad[k].a, b = c->bad[k].b;
        if (now < c->bad_until[k] && c->bad_times[k] >= BAD_SURELY && (i == a || i == b))
            count += procset_has(set, i == a ? b : a);
    }
    return count;
}

void leave_out_bad_pairs(const struct core *c, struct roster *members, usec now)
{
    for (;;) {
        int worst = -1, most = 0;
        for procset_each(i, &members->in) {
            int count = bad_pairs_of(c, (unsigned)i, &members->in, now);
            if ((unsigned)i != self_of(c) && count > 0 && count >= most) {
                worst = i;
                most = count;
            }
        }
        if (worst < 0)
            return;
        roster_remove(members, (unsigned)worst);
    }
}

/* -- daemons ------------------------------------------------------------------------------- */

static usec doubled(usec wait, unsigned times, usec longest)
{
    for (; times > 0 && wait < longest; times--)
        wait *= 2;
    return usec_earlier(wait, longest);
}

static void shun(struct core *c, struct peer *peer, unsigned times, usec now)
{
    usec longest = ms(conf_of(c)->timeouts.lookup);
    peer->shunned_until = now + (times == 0 ? usec_earlier(AGAIN_US, longest)
                                            : doubled(SHUN_FIRST_US, times - 1, longest));
}

void peer_shun(struct core *c, unsigned i, bool learnt, usec now)
{
    struct peer *peer = &c->peers[i];
    if (!learnt || peer->shunned == 0)
        peer->shunned++;
    shun(c, peer, learnt ? 0 : peer->shunned - 1, now);
}

void peer_evict(struct core *c, unsigned i, usec now)
{
    struct peer *peer = &c->peers[i];
    if (now - peer->evicted_at > EVICTED_KEPT * ms(conf_of(c)->timeouts.lookup))
        peer->evicted = 0;
    peer->evicted_at = now;
    shun(c, peer, ++peer->evicted, now);
}

void peer_restarted(struct core *c, unsigned i, usec now)
{
    struct peer *peer = &c->peers[i];
    usec few = RESTARTS_FREE * (usec)RESTART_US, most = RESTARTS_MOST * (usec)RESTART_US;
    usec gone = usec_earlier(now - peer->restarted_at, peer->restarts);
    peer->restarts = usec_earlier(peer->restarts - gone + RESTART_US, most);
    peer->restarted_at = now;
    if (peer->restarts <= few)
        return;
    usec wait = doubled(KEPT_OUT_FIRST_US, (unsigned)((peer->restarts - few) / RESTART_US),
                        ms(conf_of(c)->timeouts.lookup) / 2);
    peer->kept_out_until = now + wait;
    effects_note(&c->effects, NOTE_KEPT_OUT, i, NO_PROC, "%llu ms",
                 (unsigned long long)(wait / USEC_MS));
}
