/* SPDX-License-Identifier: MIT */
#include "daemon/ring/hold.h"

#include "daemon/ring/inside.h"
#include "daemon/ring/pass.h"
#include "daemon/ring/visit.h"

enum {
    BUSY_US = 2 * USEC_MS, /* after somebody was in a hurry, the token does not rest for so long */
    BUSY_ROUNDS = 4,       /* or so many idle rotations, whichever is less */
};

static void send_hurry(struct ring *r)
{
    struct hurry m = {.tag = ring_id_tag(&r->id)};
    struct destination d = to_proc(r->leader);
    uint8_t body[32];
    struct writer w = writer_of(body, sizeof body);
    hurry_encode(&w, &m);
    outlet_control(r->setup.outlet, &d, PACKET_HURRY, 0, body, writer_len(&w));
    r->counters.hurries++;
}

/* -- the leader ---------------------------------------------------------------------------- */

/* The parked token goes on. */
static void unpark(struct ring *r)
{
    struct holding *h = &r->holding;
    h->parked = false;
    h->token.flags |= TOKEN_RESTED;
    h->token.round++;
    r->idle_at = r->release_at = NEVER;
}

static void grant(struct ring *r, uint16_t to, usec now)
{
    struct holding *h = &r->holding;
    unpark(r);
    h->token.flags = TOKEN_GRANT | TOKEN_RESTED;
    h->busy_until = now + BUSY_US;
    h->idle_rounds = 0;
    r->counters.hurries++;
    pass_token(r, to, now);
}

bool hold_if_idle(struct ring *r, usec now)
{
    struct holding *h = &r->holding;
    struct token *t = &h->token;
    uint16_t wanted_by = h->wanted_by;
    bool idle = t->aru == t->seq && h->visit_aru == t->seq && r->window.aru == t->seq &&
                t->backlog == 0 && t->request_count == 0 && flow_backlog(r) == 0;
    h->visit_aru = t->aru;
    h->wanted_by = NO_PROC; /* if it goes round, it comes there by itself */
    h->idle_rounds = idle ? h->idle_rounds + 1 : 0;
    if (!idle) {
        t->flags &= (uint16_t)~TOKEN_HELD;
        return false;
    }
    if (!(t->flags & TOKEN_HELD)) {
        if (now >= h->busy_until || h->idle_rounds >= BUSY_ROUNDS)
            t->flags |= TOKEN_HELD;
        return false;
    }
    h->parked = h->held = true;
    r->lost_at = r->resend_at = NEVER;
    r->idle_at = now + pace_idle(r->setup.pace);
    if (wanted_by != NO_PROC)
        grant(r, wanted_by, now);
    return true;
}

void ring_on_hurry(struct ring *r, const struct hurry *m, const struct received *p, usec now)
{
    uint16_t sender = p->header.sender;
    if (r->phase != PHASE_TURNING || !ring_leads(r) || m->tag != ring_id_tag(&r->id) ||
        !roster_has(&r->members, sender, (uint32_t)p->header.incarnation))
        return;
    if (r->holding.parked) {
        grant(r, sender, now);
        return;
    }
    r->holding.busy_until = now + BUSY_US;
    r->holding.wanted_by = sender;
}

/* -- everybody ----------------------------------------------------------------------------- */

void hold_wake(struct ring *r, usec now)
{
    if (r->holding.parked)
        r->release_at = now;
    else if (r->holding.held && !ring_leads(r) && r->hurry_at == NEVER)
        r->hurry_at = now;
}

void hold_forget(struct ring *r)
{
    r->holding.parked = r->holding.held = false;
    r->holding.wanted_by = NO_PROC;
    r->launch_at = r->release_at = r->idle_at = r->hurry_at = r->ping_at = NEVER;
    r->beat_at = r->resend_at = r->lost_at = NEVER;
}

void ring_on_tokack(struct ring *r, const struct tokack *m, const struct received *p, usec now)
{
    uint16_t sender = p->header.sender;
    if (r->phase != PHASE_TURNING || m->tag != ring_id_tag(&r->id) ||
        !roster_has(&r->members, sender, (uint32_t)p->header.incarnation))
        return;
    if (p->header.flags & PACKET_ACKREQ) {
        pass_tokack(r, sender, m->hop, 0);
        return;
    }
    if (sender == r->holding.sent_to && m->hop == r->holding.hop)
        r->resend_at = NEVER;
    if (sender == r->leader && r->holding.held)
        silence_leader_lives(r, now);
}

static enum ring_alarm send_again(struct ring *r, usec now)
{
    struct holding *h = &r->holding;
    struct destination to = to_proc(h->sent_to);
    enum ring_alarm alarm = silence_of_successor(r, now);
    outlet_control(r->setup.outlet, &to, PACKET_TOKEN, PACKET_ACKREQ, h->sent, h->sent_len);
    r->counters.tokens_sent_again++;
    h->resend_wait = usec_earlier(h->resend_wait * 3 / 2, pace_hurry_timeout(r->setup.pace));
    r->resend_at = usec_earlier(now + h->resend_wait,
                                silence_next(r, h->successor_is, h->first_sent_at, now));
    return alarm;
}

enum ring_alarm hold_on_time(struct ring *r, usec now)
{
    if (r->release_at <= now) {
        unpark(r);
        r->holding.busy_until = now + BUSY_US;
        visit_token(r, now);
    }
    if (r->idle_at <= now) {
        unpark(r);
        visit_token(r, now);
    }
    if (r->hurry_at <= now) {
        send_hurry(r);
        r->hurry_at = now + pace_resend(r->setup.pace);
    }
    if (r->ping_at <= now) {
        pass_tokack(r, r->leader, 0, PACKET_ACKREQ);
        r->ping_at = now + pace_idle(r->setup.pace) / 2;
    }
    if (r->beat_at <= now)
        return silence_of_leader(r, now);
    return r->resend_at <= now ? send_again(r, now) : RING_QUIET;
}
