/* SPDX-License-Identifier: MIT */
#include "daemon/ring/flow.h"

#include "daemon/ring/inside.h"

enum {
    GROWTH = 4,         /* packets a round */
    CALM_ROUNDS = 8,    /* without a loss before it grows */
    CUT_PERCENT = 70,   /* after a loss, at most once in two rounds */
    WINDOW_MIN = 20,
    WINDOW_MAX = 4096,
};

enum { AS_CONFIGURED = -1 };

static const struct conf *conf_of(const struct ring *r)
{
    return r->setup.in_force->conf;
}

void ring_on_options(struct ring *r)
{
    r->flow.ordered = (struct ring_windows){AS_CONFIGURED, AS_CONFIGURED, AS_CONFIGURED};
    r->flow.window = (uint32_t)conf_of(r)->window;
    r->flow.calm_rounds = r->flow.since_cut = 0;
}

static bool caps_window(const struct ring *r)
{
    return conf_of(r)->window_written || r->flow.ordered.window != AS_CONFIGURED;
}

bool flow_caps_personal(const struct ring *r)
{
    return conf_of(r)->personal_window_written || r->flow.ordered.personal != AS_CONFIGURED;
}

/* What a monitor has ordered, else what the file says. */
static int window_of(int ordered, int configured)
{
    return ordered == AS_CONFIGURED ? configured : ordered;
}

uint32_t flow_personal(const struct ring *r)
{
    return (uint32_t)window_of(r->flow.ordered.personal, conf_of(r)->personal_window);
}

static int accelerated(const struct ring *r)
{
    return window_of(r->flow.ordered.accelerated, conf_of(r)->accelerated_window);
}

uint32_t flow_late(const struct ring *r)
{
    return conf_of(r)->accelerated_runs ? (uint32_t)accelerated(r) : 0;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

uint32_t flow_backlog(const struct ring *r)
{
    uint32_t room = (uint32_t)outlet_room(r->setup.outlet) - DATA_HEADER;
    uint32_t packets = lane_packets(&r->lanes[LANE_CONTROL], room);
    return r->lane_open ? packets + lane_packets(&r->lanes[LANE_CLIENTS], room) : packets;
}

/* What is left of a limit of which used is gone. */
static uint32_t left_of(uint64_t limit, uint64_t used)
{
    return used < limit ? (uint32_t)(limit - used) : 0;
}

/* Never wraps, whatever a token says. */
static uint32_t sum(uint32_t a, uint32_t b)
{
    return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

/* Packets that nobody is too far behind for: by the token, and by what we must keep ourselves, for
 * aru runs ahead of what is known to be stable by up to two rotations. What others must keep differs
 * from that a little. */
static uint32_t flow_room(const struct ring *r, const struct token *t)
{
    uint32_t most = r->window.size - r->window.size / 8;
    return smaller(left_of(r->setup.max_gap, t->seq - t->aru),
                   left_of(most, t->seq - r->window.stable));
}

uint32_t flow_allow(struct ring *r, struct token *t, uint32_t resent)
{
    struct flow *f = &r->flow;
    uint32_t mine = flow_backlog(r);
    uint32_t others_sent = left_of(t->sent, f->my_sent);
    uint32_t window = t->window, personal = smaller(t->personal, flow_personal(r));

    f->others_wait = left_of(t->backlog, f->my_backlog);
    t->backlog = sum(f->others_wait, mine);
    f->my_backlog = mine;
    if (mine == 0)
        return 0;
    uint32_t fair = (uint32_t)((uint64_t)window * mine / t->backlog);
    if (!flow_caps_personal(r))
        personal = larger(personal, fair);
    uint32_t n = smaller(smaller(mine, personal), left_of(window, (uint64_t)others_sent + resent));
    uint32_t room = flow_room(r, t);
    n = smaller(n, room);
    if (t->backlog > window)
        n = smaller(n, larger(fair, 1));
    if (n > 0 || room == 0)
        return n;
    /* Who sent nothing at the last visit has a turn though the others have used up the window: there
     * may be more of them than the window has packets. Group control is never locked out: else a
     * monitor's window of 0 would stop view changes. */
    bool turn = f->my_sent == 0 && window > 0 && personal > 0;
    return turn || !lane_empty(&r->lanes[LANE_CONTROL]) ? 1 : 0;
}

void flow_settle(struct ring *r, struct token *t, uint32_t n, uint32_t resent)
{
    t->sent = sum(left_of(t->sent, r->flow.my_sent), n + resent);
    r->flow.my_sent = n + resent;
}

static void adapt(struct flow *f, const struct token *t, bool lost_some)
{
    uint32_t cap = f->capacity ? larger(f->capacity / 2, WINDOW_MIN) : WINDOW_MAX;
    f->since_cut++;
    f->calm_rounds = lost_some ? 0 : f->calm_rounds + 1;
    if (lost_some && f->since_cut > 2) {
        f->window = larger(f->window * CUT_PERCENT / 100, WINDOW_MIN);
        f->since_cut = 0;
    } else if (f->calm_rounds >= CALM_ROUNDS && t->sent >= f->window) {
        f->window = smaller(f->window + GROWTH, WINDOW_MAX);
    }
    f->window = smaller(f->window, cap);
}

/* Half the gap: a member may be a rotation behind what the token says of it. */
static void put_windows(const struct ring *r, struct token *t)
{
    t->window = (uint16_t)smaller(r->flow.window, r->setup.max_gap / 2);
    t->personal = (uint16_t)flow_personal(r);
}

void flow_next_round(struct ring *r, struct token *t, bool lost_some)
{
    struct flow *f = &r->flow;
    if (caps_window(r))
        f->window = (uint32_t)window_of(f->ordered.window, conf_of(r)->window);
    else
        adapt(f, t, lost_some);
    put_windows(r, t);
}

struct ring_windows ring_windows(const struct ring *r)
{
    return (struct ring_windows){
        .window = (int)r->flow.window,
        .personal = (int)flow_personal(r),
        .accelerated = accelerated(r),
    };
}

void ring_set_windows(struct ring *r, const struct ring_windows *w)
{
    struct flow *f = &r->flow;
    if (w->window >= 0) {
        f->ordered.window = w->window;
        f->window = (uint32_t)w->window;
    }
    if (w->personal >= 0)
        f->ordered.personal = w->personal;
    if (w->accelerated >= 0)
        f->ordered.accelerated = w->accelerated;
    if (r->holding.parked)
        put_windows(r, &r->holding.token); /* it holds from the next visit on, not the next round */
}
