/* SPDX-License-Identifier: MIT */
#include "daemon/ring/deliver.h"

#include "daemon/ring/inside.h"

static void trace_delivery(const struct ring *r, const struct ordered *o)
{
    if (!trace_on(r->setup.trace))
        return;
    struct trace_record t = {
        .kind = TRACE_DELIVER,
        .epoch = r->id.epoch,
        .tag = ring_id_tag(&r->id),
        .transitional = r->transitional,
        .seq = o->seq,
        .part = o->part,
        .service = o->service,
        .control = o->lane == LANE_CONTROL,
        .origin = o->origin,
        .bytes = o->message.frame,
        .len = o->message.len,
    };
    trace(r->setup.trace, &t);
}

static void go_up(struct ring *r, const struct ordered *o)
{
    trace_delivery(r, o);
    effects_deliver(r->setup.effects, o);
}

static void deliver_part(struct ring *r, const struct slot *s, const struct part *p)
{
    struct ordered o = {
        .seq = r->position.seq,
        .part = (uint16_t)r->position.part,
        .origin = s->origin,
        .service = p->service,
        .lane = data_flags(s->body) & DATA_CONTROL ? LANE_CONTROL : LANE_CLIENTS,
    };
    if (p->service == SERVICE_PADDING)
        return;
    if (p->flags == PART_WHOLE)
        o.message =
            (struct message){.block = block_ref(s->block), .frame = p->bytes, .len = p->len};
    else if (!assembly_add(&r->assemblies, s->origin, o.lane == LANE_CLIENTS, p, &o.message))
        return;
    go_up(r, &o);
}

static void next_packet(struct ring *r)
{
    r->position = (struct position){.seq = r->position.seq + 1, .at = DATA_HEADER};
}

/* The parts of a packet from the position on. False: a SAFE message has to wait. */
static bool deliver_packet(struct ring *r, const struct slot *s, uint64_t safe_limit)
{
    unsigned parts = data_parts(s->body);
    while (r->position.part < parts) {
        size_t at = r->position.at;
        struct part p = data_part(s->body, &at);
        if (p.service == SERVICE_SAFE && (p.flags & PART_LAST) && r->position.seq > safe_limit)
            return false;
        deliver_part(r, s, &p);
        r->position.at = at;
        r->position.part++;
    }
    r->counters.packets_delivered++;
    next_packet(r);
    return true;
}

void deliver_in_order(struct ring *r, uint64_t safe_limit)
{
    const struct slot *s;
    while ((s = window_get(&r->window, r->position.seq)))
        if (!deliver_packet(r, s, safe_limit))
            return;
}

void deliver_rest(struct ring *r, uint64_t high, const struct procset *origins)
{
    bool behind_hole = false;
    while (r->position.seq <= high) {
        const struct slot *s = window_get(&r->window, r->position.seq);
        if (!s)
            behind_hole = true;
        if (s && (!behind_hole || procset_has(origins, s->origin)))
            deliver_packet(r, s, UINT64_MAX);
        else
            next_packet(r);
    }
}

static void trace_lone_send(const struct ring *r, const struct ordered *o)
{
    struct trace_record t = {
        .kind = TRACE_SEND,
        .epoch = r->id.epoch,
        .tag = ring_id_tag(&r->id),
        .seq = o->seq,
        .service = o->service,
        .control = o->lane == LANE_CONTROL,
        .position = o->seq - 1,
        .bytes = o->message.frame,
        .len = o->message.len,
    };
    trace(r->setup.trace, &t);
}

static void deliver_lane_alone(struct ring *r, enum lane lane)
{
    struct lane_queue *l = &r->lanes[lane];
    while (!lane_empty(l)) {
        struct ordered o = {
            .seq = r->window.high + 1,
            .origin = ring_self(r),
            .service = lane_front(l)->service,
            .lane = (uint8_t)lane,
        };
        o.message = lane_take(l);
        window_skip_to(&r->window, o.seq);
        next_packet(r);
        r->counters.packets_sent++;
        r->counters.packets_delivered++;
        if (trace_on(r->setup.trace))
            trace_lone_send(r, &o);
        go_up(r, &o);
    }
}

void deliver_alone(struct ring *r)
{
    uint64_t before = r->window.high;
    deliver_lane_alone(r, LANE_CONTROL);
    if (r->lane_open)
        deliver_lane_alone(r, LANE_CLIENTS);
    if (r->window.high > before)
        r->counters.rounds++;
}
