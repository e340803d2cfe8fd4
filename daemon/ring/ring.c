/* SPDX-License-Identifier: MIT
 *
 * The ring's door: messages in, the token in, time, and questions.
 */
#include "daemon/ring/ring.h"

#include <assert.h>
#include <stdlib.h>

#include "daemon/base/memory.h"
#include "daemon/ring/deliver.h"
#include "daemon/ring/inside.h"
#include "daemon/ring/pass.h"
#include "daemon/ring/visit.h"

struct ring *ring_new(const struct ring_setup *setup)
{
    struct ring *r = memory_new(sizeof *r);
    assert(2 * setup->max_gap <= SEQMAP_MAX);
    r->setup = *setup;
    r->leader = r->successor = r->predecessor = NO_PROC;
    r->position = (struct position){.seq = 1, .at = DATA_HEADER};
    roster_add(&r->members, setup->in_force->self, (uint32_t)setup->outlet->incarnation);
    r->member_count = 1;
    window_init(&r->window, 2 * setup->max_gap);
    ring_on_options(r);
    hold_forget(r);
    return r;
}

void ring_free(struct ring *r)
{
    if (!r)
        return;
    for (int i = 0; i < LANES; i++)
        lane_fini(&r->lanes[i]);
    packer_fini(&r->packer);
    assemblies_drop(&r->assemblies);
    window_fini(&r->window);
    free(r);
}

/* -- messages ------------------------------------------------------------------------------ */

/* Something may be sent: at once if we are alone, else when the token comes. */
static void wake(struct ring *r, usec now)
{
    if (ring_is_alone(r))
        deliver_alone(r);
    else if (r->phase == PHASE_TURNING)
        hold_wake(r, now);
}

void ring_submit(struct ring *r, enum lane lane, struct message m, uint8_t service, usec now)
{
    lane_add(&r->lanes[lane], m, service);
    if (lane == LANE_CONTROL || r->lane_open)
        wake(r, now);
}

void ring_open_lane(struct ring *r, usec now)
{
    r->lane_open = true;
    if (!lane_empty(&r->lanes[LANE_CLIENTS]))
        wake(r, now);
}

uint32_t ring_backlog(const struct ring *r)
{
    return r->lanes[LANE_CLIENTS].used;
}

uint64_t ring_backlog_bytes(const struct ring *r)
{
    return r->lanes[LANE_CLIENTS].bytes;
}

uint64_t ring_under_way(const struct ring *r)
{
    uint64_t seq = r->holding.token.seq, packets = (uint64_t)r->flow.others_wait + flow_backlog(r);
    if (r->phase == PHASE_TURNING && seq > r->position.seq)
        packets += seq - r->position.seq;
    return packets * outlet_room(r->setup.outlet);
}

uint32_t ring_share(const struct ring *r)
{
    return flow_caps_personal(r) ? flow_personal(r) : r->flow.window;
}

/* -- the token ----------------------------------------------------------------------------- */

static bool may_pass_us_the_token(const struct ring *r, const struct token *t,
                                  const struct received *p)
{
    uint16_t sender = p->header.sender;
    if (!roster_has(&r->members, sender, (uint32_t)p->header.incarnation))
        return false;
    return sender == r->predecessor || (sender == r->leader && (t->flags & TOKEN_GRANT));
}

/* Rounds are counted by the leader alone, which sees its own number again. */
static bool follows_in_round(const struct ring *r, const struct token *t)
{
    uint32_t ahead = t->round - r->holding.token.round;
    return ring_leads(r) ? ahead == 0 : ahead <= INT32_MAX;
}

/* A newer token of this ring: what no honest member can have written. What is known to be with all
 * (stable) is asked for by nobody. Windows and sums are bounded where they are used, in flow.c. */
static enum why judge_token(const struct ring *r, const struct token *t)
{
    const struct window *w = &r->window;
    if (t->hop - r->holding.hop > INT32_MAX || !follows_in_round(r, t) || t->seq < w->high ||
        t->seq < r->holding.token.seq || t->seq - w->stable > w->size || t->aru < w->stable)
        return DOUBT_TOKEN;
    if (t->aru_setter != NO_PROC && !procset_has(&r->members.in, t->aru_setter))
        return DOUBT_TOKEN_NAMES;
    for (int i = 0; i < t->request_count; i++) {
        if (!procset_has(&r->members.in, t->requests[i].requester))
            return DOUBT_TOKEN_NAMES;
        if (t->requests[i].from <= w->stable)
            return DOUBT_TOKEN;
    }
    return NO_DOUBT;
}

static void measure(struct ring *r, const struct token *t, usec now)
{
    const struct holding *h = &r->holding;
    bool rested = t->flags & (TOKEN_RESTED | TOKEN_GRANT) || h->held;
    if (!h->passed_on_at || rested)
        return;
    pace_on_rotation(r->setup.pace, now - h->passed_on_at, now);
    histogram_note(&r->rotations, now - h->passed_on_at, 1);
}

/* A member's part of a rotation. */
static enum ring_alarm look_for_mute(struct ring *r, usec now)
{
    const struct token *t = &r->holding.token;
    const struct slot *s = window_get(&r->window, t->aru + 1);
    return stall_at_member(&r->stall, t, s && s->origin == ring_self(r),
                           stall_patience(pace_token_timeout(r->setup.pace)), now);
}

/* The leader's part of a rotation. */
static enum ring_alarm begin_round(struct ring *r, const struct token *before, usec now)
{
    struct token *t = &r->holding.token;
    bool lost_some = t->request_count > 0;
    t->round++;
    t->flags &= TOKEN_HELD;
    flow_next_round(r, t, lost_some);
    return stall_at_leader(&r->stall, t, before->aru, r->window.aru, ring_self(r),
                           stall_patience(pace_token_timeout(r->setup.pace)), now);
}

enum ring_alarm ring_on_token(struct ring *r, const struct token *t, const struct received *p,
                              usec now)
{
    struct holding *h = &r->holding;
    enum ring_alarm alarm = RING_QUIET;
    if (r->phase != PHASE_TURNING || ring_is_alone(r) || !may_pass_us_the_token(r, t, p))
        return RING_QUIET;
    if (t->hop <= h->hop) {
        if (p->header.flags & PACKET_ACKREQ)
            pass_tokack(r, p->header.sender, t->hop, 0);
        return RING_QUIET;
    }
    enum why doubt = judge_token(r, t);
    if (doubt) {
        doubt_packet(r->setup.effects, doubt, &p->header);
        return RING_QUIET;
    }
    if (p->header.flags & PACKET_ACKREQ)
        pass_tokack(r, p->header.sender, t->hop, 0);
    measure(r, t, now);
    struct token before = h->token;
    h->token = *t;
    h->hop = t->hop;
    h->token.flags &= (uint16_t)~TOKEN_GRANT;
    r->resend_at = r->release_at = NEVER;
    r->counters.rounds++;
    if (ring_leads(r)) {
        alarm = begin_round(r, &before, now);
        if (hold_if_idle(r, now))
            return alarm;
    } else {
        alarm = look_for_mute(r, now);
    }
    visit_token(r, now);
    return alarm;
}

/* Leader, at the beginning of a view: there is no token yet. */
static void launch(struct ring *r, usec now)
{
    struct holding *h = &r->holding;
    r->launch_at = NEVER;
    h->token = (struct token){.ring = r->id, .round = 1, .aru_setter = NO_PROC};
    flow_next_round(r, &h->token, false);
    visit_token(r, now);
}

enum ring_alarm ring_on_time(struct ring *r, usec now)
{
    if (r->launch_at <= now)
        launch(r, now);
    enum ring_alarm alarm = hold_on_time(r, now);
    if (alarm == RING_QUIET && r->lost_at <= now) {
        r->lost_at = NEVER;
        return RING_TOKEN_LOST;
    }
    return alarm;
}

usec ring_deadline(const struct ring *r)
{
    const usec all[] = {r->launch_at, r->release_at, r->idle_at,   r->hurry_at,
                        r->ping_at,   r->beat_at,    r->resend_at, r->lost_at};
    usec earliest = NEVER;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        earliest = usec_earlier(earliest, all[i]);
    return earliest;
}

static void put_off(usec *deadline, usec by)
{
    if (*deadline != NEVER)
        *deadline += by;
}

void ring_forgive(struct ring *r, usec lag, usec now)
{
    struct holding *h = &r->holding;
    put_off(&r->lost_at, lag);
    put_off(&r->beat_at, lag);
    h->beat_from += lag;
    /* What has happened since the pause, by packets that had waited, was not late. */
    h->first_sent_at = usec_earlier(h->first_sent_at + lag, now);
    stall_forgive(&r->stall, lag, now);
}

uint16_t ring_deaf(const struct ring *r)
{
    return r->stall.deaf;
}

void ring_stop(struct ring *r)
{
    if (r->phase == PHASE_TURNING)
        r->phase = PHASE_STOPPED;
    hold_forget(r);
}

/* -- questions ----------------------------------------------------------------------------- */

const struct ring_id *ring_id(const struct ring *r)
{
    return &r->id;
}

const struct roster *ring_members(const struct ring *r)
{
    return &r->members;
}

uint16_t ring_leader(const struct ring *r)
{
    return r->leader;
}

uint16_t ring_passed_to(const struct ring *r)
{
    return r->holding.sent_to;
}

uint32_t ring_round(const struct ring *r)
{
    return r->holding.token.round;
}

bool ring_is_flushed(const struct ring *r)
{
    return lane_empty(&r->lanes[LANE_CLIENTS]) && lane_empty(&r->lanes[LANE_CONTROL]) &&
           r->window.stable >= r->own_high;
}

bool ring_is_idle(const struct ring *r)
{
    return ring_is_flushed(r) && r->window.stable == r->window.high;
}

uint64_t ring_rounds(const struct ring *r, usec now)
{
    uint64_t idle = ring_is_alone(r) ? (now - r->installed_at) / pace_idle(r->setup.pace) : 0;
    return r->counters.rounds + idle;
}

const struct histogram *ring_rotations(const struct ring *r)
{
    return &r->rotations;
}

struct ring_counters ring_counters(const struct ring *r)
{
    struct ring_counters c = r->counters;
    bool alone = r->member_count == 1;
    c.aru = alone ? r->window.aru : r->holding.token.aru;
    c.own_aru = r->window.aru;
    c.high = r->window.high;
    return c;
}
