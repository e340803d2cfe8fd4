/* SPDX-License-Identifier: MIT
 *
 * From one view to the next: what is fixed, what is exchanged, and in which order the rest of the
 * old view goes up.
 */
#include <assert.h>
#include <string.h>

#include "daemon/ring/deliver.h"
#include "daemon/ring/inside.h"
#include "daemon/ring/request.h"

/* -- freeze -------------------------------------------------------------------------------- */

void ring_freeze(struct ring *r, struct accept *a)
{
    const struct window *w = &r->window;
    ring_stop(r);
    r->phase = PHASE_FROZEN;
    a->old_ring = r->id;
    a->aru = w->aru;
    a->high = w->high;
    a->stable = w->stable;
    a->have = (struct seqmap){.from = w->aru, .count = (uint32_t)(w->high - w->aru)};
    for (uint64_t seq = w->aru + 1; seq <= w->high; seq++)
        if (window_has(w, seq))
            seqmap_add(&a->have, seq);
}

/* -- the plan ------------------------------------------------------------------------------ */

static bool is_missing(const struct ring *r, uint64_t seq)
{
    return seqmap_has(&r->plan.present, seq) && seq > r->window.aru && !window_has(&r->window, seq);
}

/* Where the plan begins, everybody who comes along has been; what it goes on to, we can keep. */
static bool is_in_reach(const struct window *w, const struct commit *plan)
{
    uint64_t from = plan->present.from, to = from + plan->present.count;
    return from >= w->stable && from <= w->aru && to >= w->high && to - w->stable <= w->size &&
           plan->stable >= w->stable && plan->stable <= from;
}

/* All that we have is in it, and of that alone we are to send again. */
static bool is_of_ours(const struct window *w, const struct commit *plan)
{
    uint64_t from = plan->present.from;
    for (uint64_t seq = from + 1; seq <= from + plan->present.count; seq++)
        if (window_has(w, seq) ? !seqmap_has(&plan->present, seq) : seqmap_has(&plan->resend, seq))
            return false;
    return true;
}

/* Those who come along are of our ring, in the lives that we know, and are one set for all. */
static bool are_of_ours(const struct ring *r, const struct commit *plan)
{
    for procset_each(i, &plan->members.in) {
        bool with_us = plan->ordinal[i] == plan->ordinal[ring_self(r)];
        if (with_us != procset_has(&plan->together, (unsigned)i) ||
            (with_us && plan->members.inc[i] != r->members.inc[i]))
            return false;
    }
    return procset_within(&plan->together, &plan->obligations);
}

enum why ring_judge_plan(const struct ring *r, const struct commit *plan)
{
    bool fits = is_in_reach(&r->window, plan) && is_of_ours(&r->window, plan) &&
                are_of_ours(r, plan);
    return fits ? NO_DOUBT : DOUBT_PLAN;
}

void ring_plan(struct ring *r, const struct commit *plan)
{
    uint64_t from = plan->present.from;
    assert(r->phase == PHASE_FROZEN && ring_id_equal(&plan->old_ring, &r->id));
    r->plan = *plan;
    r->plan_missing = 0;
    for (uint64_t seq = from + 1; seq <= from + plan->present.count; seq++)
        r->plan_missing += is_missing(r, seq);
}

bool ring_is_complete(const struct ring *r)
{
    return r->plan_missing == 0;
}

void ring_missing(const struct ring *r, struct seqmap *missing)
{
    uint64_t from = r->plan.present.from;
    *missing = (struct seqmap){.from = from, .count = r->plan.present.count};
    for (uint64_t seq = from + 1; seq <= from + missing->count; seq++)
        if (is_missing(r, seq))
            seqmap_add(missing, seq);
}

static enum why judge_recovered(const struct ring *r, const struct received *p,
                                  const struct data_header *h)
{
    uint16_t sender = p->header.sender;
    if (!procset_has(&r->plan.together, sender) ||
        !roster_has(&r->plan.members, sender, (uint32_t)p->header.incarnation))
        return DOUBT_STRANGER;
    if (h->origin == ring_self(r))
        return DOUBT_OURS;
    return p->header.body_len > r->room ? DOUBT_LENGTH : NO_DOUBT;
}

bool ring_on_recovered(struct ring *r, const struct received *p)
{
    struct data_header h;
    enum why doubt;
    if (p->header.type != PACKET_RDATA || !data_decode(&h, p->body, p->header.body_len) ||
        h.tag != ring_id_tag(&r->id) || h.attempt != ring_id_tag(&r->plan.ring) ||
        !procset_has(&r->members.in, h.origin))
        return false;
    if (!is_missing(r, h.seq)) {
        r->counters.received_twice++;
        return true;
    }
    if ((doubt = judge_recovered(r, p, &h))) {
        doubt_packet(r->setup.effects, doubt, &p->header);
        return false;
    }
    struct slot s = {.block = block_ref(p->block),
                     .body = p->body,
                     .len = p->header.body_len,
                     .origin = h.origin};
    window_put(&r->window, h.seq, &s);
    r->counters.packets_received++;
    r->plan_missing--;
    return true;
}

int ring_resend(struct ring *r, struct seqmap *wanted, const struct procset *to, int max)
{
    struct destination d = {.kind = TO_SET, .set = *to};
    int sent = 0;
    if (procset_count(to) == 1)
        d = to_proc((unsigned)procset_first(to));
    for (uint32_t i = 1; i <= wanted->count && sent < max; i++) {
        uint64_t seq = wanted->from + i;
        const struct slot *s = seqmap_has(wanted, seq) ? window_get(&r->window, seq) : NULL;
        if (!s)
            continue;
        requests_resend(r, s, &d, ring_id_tag(&r->plan.ring));
        seqmap_remove(wanted, seq);
        sent++;
    }
    return sent;
}

/* -- install ------------------------------------------------------------------------------- */

static void trace_conf(const struct ring *r, bool transitional, const struct procset *members)
{
    struct trace_record t = {
        .kind = TRACE_CONF,
        .epoch = r->plan.ring.epoch,
        .tag = ring_id_tag(&r->plan.ring),
        .transitional = transitional,
        .members = *members,
        .old_tag = ring_id_tag(&r->id),
    };
    trace(r->setup.trace, &t);
}

static void tell_view(const struct ring *r, enum effect_kind kind, const struct procset *members,
                      uint64_t epoch)
{
    struct view v = {
        .leader_id = r->setup.in_force->conf->daemons[procset_first(members)].id,
        .time = (uint32_t)epoch,
        .tag = ring_id_tag(&r->plan.ring),
        .members = *members,
    };
    memcpy(v.came_from, r->plan.ordinal, sizeof v.came_from);
    trace_conf(r, kind == EFFECT_TRANSITIONAL, members);
    effects_view(r->setup.effects, kind, &v);
}

/* The seats of the next view. */
static void take_seats(struct ring *r)
{
    uint16_t self = ring_self(r);
    r->id = r->plan.ring;
    r->members = r->plan.members;
    r->others = r->members.in;
    procset_remove(&r->others, ring_self(r));
    r->member_count = procset_count(&r->members.in);
    r->leader = (uint16_t)procset_first(&r->members.in);
    r->successor = (uint16_t)procset_successor(&r->members.in, self);
    r->predecessor = (uint16_t)procset_predecessor(&r->members.in, self);
}

static void start_over(struct ring *r)
{
    window_restart(&r->window);
    r->own_high = 0;
    memset(r->roundabout, 0, sizeof r->roundabout);
    r->position = (struct position){.seq = 1, .at = DATA_HEADER};
    r->holding = (struct holding){0};
    r->stall = (struct stall){.deaf = NO_PROC};
    r->asked_count = 0;
    r->counters.rounds = 0;
    r->flow.my_sent = r->flow.my_backlog = r->flow.others_wait = 0;
    r->flow.calm_rounds = r->flow.since_cut = 0;
    r->flow.capacity = r->plan.capacity;
    r->room = (uint16_t)outlet_room_of(r->plan.packet_size);
    r->lane_open = false;
    for (int i = 0; i < LANES; i++)
        lane_restart(&r->lanes[i]);
}

void ring_install(struct ring *r, usec now)
{
    const struct commit *plan = &r->plan;
    assert(r->phase == PHASE_FROZEN && r->plan_missing == 0);

    deliver_in_order(r, plan->stable);
    tell_view(r, EFFECT_TRANSITIONAL, &plan->together, plan->ring.epoch - 1);
    r->transitional = true;
    deliver_rest(r, plan->present.from + plan->present.count, &plan->obligations);
    r->transitional = false;
    assemblies_drop(&r->assemblies);

    take_seats(r);
    start_over(r);
    tell_view(r, EFFECT_REGULAR, &r->members.in, r->id.epoch);
    r->phase = PHASE_TURNING;
    r->installed_at = now;
    hold_forget(r);
    if (r->member_count == 1)
        deliver_alone(r);
    else if (ring_leads(r))
        r->launch_at = now;
    else
        r->lost_at = now + pace_token_timeout(r->setup.pace);
}

struct view ring_view(const struct ring *r)
{
    struct view v = {.members = r->members.in};
    if (r->id.epoch == 0 || r->leader == NO_PROC)
        return v; /* the boot view, or one that another configuration has ended */
    v.leader_id = r->setup.in_force->conf->daemons[r->leader].id;
    v.time = (uint32_t)r->id.epoch;
    v.tag = ring_id_tag(&r->id);
    return v;
}

/* -- another configuration ------------------------------------------------------------------ */

void ring_renumber(struct ring *r, const uint16_t map[PROCS_MAX])
{
    struct assemblies old = r->assemblies;
    assert(r->phase != PHASE_TURNING);
    r->members = roster_renumbered(&r->members, map);
    r->others = r->members.in;
    procset_remove(&r->others, ring_self(r));
    r->leader = r->successor = r->predecessor = NO_PROC; /* a stopped ring needs none */
    window_renumber(&r->window, map);
    r->assemblies = (struct assemblies){0};
    for (int i = 0; i < PROCS_MAX; i++)
        if (old.of[i].block)
            r->assemblies.of[map[i]] = old.of[i];
}
