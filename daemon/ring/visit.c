/* SPDX-License-Identifier: MIT */
#include "daemon/ring/visit.h"

#include "daemon/ring/deliver.h"
#include "daemon/ring/inside.h"
#include "daemon/ring/pass.h"
#include "daemon/ring/request.h"

static void trace_sends(const struct ring *r, const struct data_header *h)
{
    if (!trace_on(r->setup.trace))
        return;
    for (unsigned i = 0; i < r->packer.end_count; i++) {
        const struct packed_end *end = &r->packer.ends[i];
        struct trace_record t = {
            .kind = TRACE_SEND,
            .epoch = r->id.epoch,
            .tag = h->tag,
            .seq = h->seq,
            .part = end->part,
            .service = end->service,
            .control = h->flags & DATA_CONTROL,
            .position = r->position.seq - 1,
            .bytes = end->message.frame,
            .len = end->message.len,
        };
        trace(r->setup.trace, &t);
    }
}

/* Builds the packet of the next number, keeps it and sends it. Returns its length. */
static size_t send_one(struct ring *r, struct token *t, size_t at_least)
{
    struct outlet *o = r->setup.outlet;
    struct destination to = {.kind = TO_RING, .set = r->others};
    bool control = !lane_empty(&r->lanes[LANE_CONTROL]);
    struct data_header h = {
        .tag = ring_id_tag(&r->id),
        .seq = ++t->seq,
        .hop = t->hop,
        .flags = control ? DATA_CONTROL : 0,
    };
    size_t room = outlet_room(o);
    struct slot s = {.origin = ring_self(r)};
    s.body = outlet_body(o, room, &s.block);
    size_t len = packer_fill(&r->packer, &r->lanes[control ? LANE_CONTROL : LANE_CLIENTS], s.body, room,
                      at_least < room ? at_least : room, &h);
    s.len = (uint16_t)len;
    data_encode_header(s.body, &h);
    outlet_send(o, &to, PACKET_DATA, PACKET_SEGFWD, s.body, len);
    window_put(&r->window, h.seq, &s);
    r->own_high = h.seq;
    r->counters.packets_sent++;
    trace_sends(r, &h);
    return len;
}

static bool something_waits(const struct ring *r)
{
    return !lane_empty(&r->lanes[LANE_CONTROL]) ||
           (r->lane_open && !lane_empty(&r->lanes[LANE_CLIENTS]));
}

/* Sends up to n packets, the last ones not before outlet_release. Packets of a run are made equally
 * long where that costs little, for then the run leaves with one call. */
static uint32_t send_new(struct ring *r, struct token *t, uint32_t n)
{
    uint32_t late = flow_late(r);
    uint32_t sent = 0;
    size_t len = 0;
    for (; sent < n && something_waits(r); sent++) {
        outlet_defer(r->setup.outlet, n - sent <= late);
        len = send_one(r, t, sent + 1 < n ? len : 0);
    }
    outlet_defer(r->setup.outlet, false);
    return sent;
}

/* Tells on the token how far we are. */
static void settle_aru(const struct ring *r, struct token *t)
{
    uint64_t mine = r->window.aru;
    if (t->aru_setter == NO_PROC || t->aru_setter == ring_self(r)) {
        t->aru = mine;
        t->aru_setter = mine == t->seq ? NO_PROC : ring_self(r);
    } else if (mine < t->aru) {
        t->aru = mine;
        t->aru_setter = ring_self(r);
    }
}

/* What two visits running have covered is with everybody. */
static void settle_stable(struct ring *r, uint64_t aru_passed_on)
{
    struct holding *h = &r->holding;
    uint64_t stable = h->aru_passed_on < aru_passed_on ? h->aru_passed_on : aru_passed_on;
    h->aru_passed_on = aru_passed_on;
    if (stable > r->window.aru)
        stable = r->window.aru;
    deliver_in_order(r, stable);
    if (stable <= r->window.stable)
        return;
    window_forget(&r->window, stable);
    struct trace_record t = {.kind = TRACE_STABLE,
                             .epoch = r->id.epoch,
                             .tag = ring_id_tag(&r->id),
                             .seq = stable};
    trace(r->setup.trace, &t);
}

void visit_token(struct ring *r, usec now)
{
    struct holding *h = &r->holding;
    struct token *t = &h->token;
    uint64_t came_seq = t->seq;
    /* With acceleration a number may be on the token before its packet is on the wire: only what
     * was numbered a rotation ago can be missing. */
    uint64_t limit = r->setup.in_force->conf->accelerated_runs ? h->seen_seq : came_seq;

    uint32_t resent = requests_answer(r, t);
    uint32_t sent = send_new(r, t, flow_allow(r, t, resent));
    flow_settle(r, t, sent, resent);
    settle_aru(r, t);
    requests_add(r, t, limit);
    if (sent > 0 || t->request_count > 0 || t->aru < t->seq || something_waits(r))
        t->flags &= (uint16_t)~TOKEN_HELD;
    h->seen_seq = came_seq;
    pass_token(r, r->successor, now);
    outlet_release(r->setup.outlet);
    settle_stable(r, t->aru);
    pass_watch(r, now);
}
