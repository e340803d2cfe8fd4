/* SPDX-License-Identifier: MIT
 *
 * A packet of the ring comes: is it of this view, can it be what it says, and is it wanted?
 */
#include "daemon/ring/deliver.h"
#include "daemon/ring/inside.h"

enum { ROUNDABOUT = 64 }; /* packets; a power of two */

static void keep(struct ring *r, const struct received *p, uint64_t seq, uint16_t origin)
{
    struct slot s = {.block = block_ref(p->block),
                     .body = p->body,
                     .len = p->header.body_len,
                     .origin = origin};
    window_put(&r->window, seq, &s);
    r->counters.packets_received++;
}

/* A packet numbered under a later token shows that the ring turns. */
static void note_progress(struct ring *r, uint64_t hop, usec now)
{
    if (r->phase != PHASE_TURNING || hop < r->holding.hop)
        return;
    r->resend_at = NEVER;
    if (r->lost_at != NEVER)
        r->lost_at = now + pace_token_timeout(r->setup.pace);
}

/* Number and length are for us to judge: nobody else has looked at them. */
static enum why judge_data(const struct ring *r, const struct received *p, uint64_t seq,
                           uint16_t origin)
{
    if (!procset_has(&r->members.in, origin))
        return DOUBT_STRANGER;
    if (seq > r->window.stable && seq - r->window.stable > r->window.size)
        return DOUBT_NUMBER;
    if (!window_wants(&r->window, seq))
        return NO_DOUBT;
    if (origin == ring_self(r))
        return DOUBT_OURS; /* what we have sent is here until all have it */
    return p->header.body_len > r->room ? DOUBT_LENGTH : NO_DOUBT;
}

/* A ring can turn although one member does not hear another: its packets come when they are sent
 * again. Somebody should know. */
static void note_way(struct ring *r, uint16_t origin, bool resent)
{
    uint32_t n = resent ? r->roundabout[origin] + 1 : 0;
    r->roundabout[origin] = n;
    if (n < ROUNDABOUT || (n & (n - 1)) != 0)
        return;
    struct event_record e = event_about(EVENT_ROUNDABOUT, origin, 0);
    effects_tell(r->setup.effects, &e);
}

bool ring_on_data(struct ring *r, const struct received *p, usec now)
{
    struct data_header h;
    bool resent = p->header.type == PACKET_RDATA;
    enum why doubt;
    if (!data_decode(&h, p->body, p->header.body_len)) {
        doubt_packet(r->setup.effects, DOUBT_BODY, &p->header);
        return false;
    }
    if (h.tag != ring_id_tag(&r->id) ||
        !roster_has(&r->members, p->header.sender, (uint32_t)p->header.incarnation))
        return false;
    uint16_t origin = resent ? h.origin : p->header.sender;
    if (resent && h.attempt != 0)
        return false;
    if (r->phase != PHASE_TURNING && r->phase != PHASE_STOPPED)
        return true; /* frozen: too late */
    if ((doubt = judge_data(r, p, h.seq, origin))) {
        doubt_packet(r->setup.effects, doubt, &p->header);
        return false;
    }
    if (!resent)
        note_progress(r, h.hop, now);
    if (!window_wants(&r->window, h.seq)) {
        r->counters.received_twice++;
        return true;
    }
    note_way(r, origin, resent);
    keep(r, p, h.seq, origin);
    deliver_in_order(r, r->window.stable);
    return true;
}
