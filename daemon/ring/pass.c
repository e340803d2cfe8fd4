/* SPDX-License-Identifier: MIT */
#include "daemon/ring/pass.h"

#include "daemon/ring/inside.h"

void pass_token(struct ring *r, uint16_t to, usec now)
{
    struct holding *h = &r->holding;
    struct destination next = to_proc(to);
    h->token.hop++;
    h->hop = h->token.hop;
    h->sent_len = token_encode(h->sent, &h->token);
    h->sent_to = to;
    h->passed_on_at = now;
    h->held = h->token.flags & TOKEN_HELD;
    h->first_sent_at = now;
    h->successor_is = SILENCE_NONE;
    h->resend_wait = pace_resend(r->setup.pace);
    r->resend_at = now + h->resend_wait;
    r->lost_at = now + pace_token_timeout(r->setup.pace);
    /* A held token comes to rest somewhere: let the next one say at once that it has it. */
    outlet_control(r->setup.outlet, &next, PACKET_TOKEN, h->held ? PACKET_ACKREQ : 0, h->sent,
                   h->sent_len);
}

void pass_watch(struct ring *r, usec now)
{
    struct holding *h = &r->holding;
    usec idle = pace_idle(r->setup.pace);
    r->hurry_at = NEVER;
    r->beat_at = r->ping_at = NEVER;
    if (!h->held || ring_leads(r))
        return;
    silence_leader_lives(r, now);
    if (r->predecessor == r->leader)
        r->ping_at = now + idle / 2;
}

void pass_tokack(struct ring *r, uint16_t to, uint64_t hop, uint8_t flags)
{
    struct tokack m = {.tag = ring_id_tag(&r->id), .hop = hop};
    struct destination d = to_proc(to);
    uint8_t body[32];
    struct writer w = writer_of(body, sizeof body);
    tokack_encode(&w, &m);
    outlet_control(r->setup.outlet, &d, PACKET_TOKACK, flags, body, writer_len(&w));
}
