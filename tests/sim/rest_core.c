/* SPDX-License-Identifier: MIT
 *
 * P2, as far as the ring and the membership go.
 */
#include "daemon/membership/inside.h"
#include "daemon/ring/inside.h"
#include "tests/sim/rest_check.h"

static bool keeps_packets(const struct window *w)
{
    for (uint32_t i = 0; i < w->size; i++)
        if (w->slots[i].block)
            return true;
    return false;
}

static bool keeps_halves(const struct assemblies *a)
{
    for (int i = 0; i < PROCS_MAX; i++)
        if (a->of[i].block)
            return true;
    return false;
}

static const char *kept_by_ring(const struct ring *r)
{
    if (keeps_packets(&r->window))
        return "packets that all members have";
    if (keeps_halves(&r->assemblies))
        return "half a message";
    if (r->asked_count > 0 || r->holding.token.request_count > 0)
        return "requests for packets";
    if (!lane_empty(&r->lanes[LANE_CONTROL]) || !lane_empty(&r->lanes[LANE_CLIENTS]))
        return "messages that wait for a token";
    return NULL;
}

static const char *kept_by_forming(const struct forming *f)
{
    if (f->ring.epoch || f->lead.plan)
        return "a plan for the ring that turns already";
    for (int i = 0; i < PROCS_MAX; i++)
        if (f->lead.accepts[i])
            return "what members had of the ring before";
    return NULL;
}

/* A trial may be under way, but not for long. */
static const char *kept_by_trial(const struct core *c, usec now)
{
    const struct preparing *prep = &c->preparing;
    if (prep->prep && now - prep->begun > 3 * ms(conf_of(c)->timeouts.gather))
        return "a trial that nobody ends";
    if (!prep->prep && prep->heard)
        return "reports of a trial that has ended";
    return NULL;
}

const char *rest_kept_by_core(const struct core *c, usec now)
{
    const char *kept = kept_by_ring(c->ring);
    kept = kept ? kept : kept_by_forming(&c->forming);
    kept = kept ? kept : kept_by_trial(c, now);
    if (!kept && !procset_empty(&c->obligations))
        kept = "obligations of the ring before";
    return kept;
}
