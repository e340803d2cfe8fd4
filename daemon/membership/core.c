/* SPDX-License-Identifier: MIT
 *
 * The core's door: packets and time come in and are handed to what the present state has for them.
 */
#include "daemon/membership/core.h"

#include <stdlib.h>

#include "daemon/base/memory.h"
#include "daemon/membership/inside.h"

enum {
    BACKLOG_MESSAGES = 500, /* programs rely on it: so many may be sent while the ring stands still */
    BACKLOG_BYTES = 16 << 20,
    BACKLOG_TURNING = 1 << 20, /* while the ring turns: it is under way to receivers that may press */
    BACKLOG_ROTATIONS = 4,
    LAG_COUNTS_US = 20 * USEC_MS,
    LAG_TELLS_US = 200 * USEC_MS,
};

/* The low half of an incarnation stands in lists and is never 0. */
static uint64_t draw_incarnation(struct random *r)
{
    uint64_t inc;
    do
        inc = random_next(r);
    while ((uint32_t)inc == 0);
    return inc;
}

static void build_ring(struct core *c)
{
    struct ring_setup setup = {
        .in_force = c->setup.in_force,
        .max_gap = c->max_gap,
        .effects = &c->effects,
        .outlet = &c->outlet,
        .pace = &c->pace,
        .trace = c->setup.trace,
    };
    c->ring = ring_new(&setup);
}

struct core *core_new(const struct core_setup *setup, usec now)
{
    struct core *c = memory_new(sizeof *c);
    c->setup = *setup;
    c->engaged = self_of(c);
    c->max_gap = setup->max_gap ? setup->max_gap : CORE_MAX_GAP;
    c->random.state = setup->seed;
    uint64_t incarnation = draw_incarnation(&c->random);
    c->inc32 = (uint32_t)incarnation;
    outlet_init(&c->outlet, setup->in_force, incarnation, largest_packet(c));
    pace_init(&c->pace, setup->in_force);
    c->split = split_inbox_new(procs_of(c));
    c->peer_count = procs_of(c);
    c->peers = memory_new((size_t)c->peer_count * sizeof c->peers[0]);
    build_ring(c);
    for (int i = 0; i < TIMERS; i++)
        disarm(c, (enum timer)i);
    c->state = CORE_SEG;
    c->born_at = now;
    arm(c, T_START, now); /* at the first core_on_time, which brings the wall clock's seconds */
    return c;
}

void core_free(struct core *c)
{
    if (!c)
        return;
    form_reset(c);
    preparing_reset(c);
    ring_free(c->ring);
    split_inbox_free(c->split);
    for (int i = 0; i < c->peer_count; i++)
        free(c->peers[i].join);
    free(c->peers);
    outlet_fini(&c->outlet);
    effects_fini(&c->effects);
    free(c);
}

/* -- messages ------------------------------------------------------------------------------ */

void core_submit(struct core *c, enum lane lane, struct message m, uint8_t service, usec now)
{
    ring_submit(c->ring, lane, m, service, now);
}

void core_open_lane(struct core *c, uint64_t view_tag, usec now)
{
    if (view_tag == ring_id_tag(ring_id(c->ring)))
        ring_open_lane(c->ring, now);
}

void core_update_room(struct core *c)
{
    uint32_t messages = ring_backlog(c->ring);
    uint64_t bytes = ring_backlog_bytes(c->ring);
    uint64_t share = (uint64_t)ring_share(c->ring) * BACKLOG_ROTATIONS * outlet_room(&c->outlet);
    bool turns = c->state == CORE_OPER;
    uint64_t most = !turns ? BACKLOG_BYTES : share > BACKLOG_TURNING ? share : BACKLOG_TURNING;
    bool full = (messages >= BACKLOG_MESSAGES && (bytes >= share || !turns)) || bytes >= most;
    bool low = (messages < BACKLOG_MESSAGES / 2 || bytes < share / 2) && bytes < most / 2;
    if (full)
        c->paused = true;
    else if (low)
        c->paused = false;
}

bool core_has_room(const struct core *c)
{
    return !c->paused;
}

/* -- packets ------------------------------------------------------------------------------- */

static bool decode(const struct core *c, const struct received *p, union control *m)
{
    const struct packet_header *h = &p->header;
    if (h->type == PACKET_DATA || h->type == PACKET_RDATA)
        return true; /* the ring does it */
    return body_decode(m, h->type, p->body, h->body_len, procs_of(c));
}

/* In FORM and RECOV any packet shows that a member lives; of the coordinator only what belongs to
 * forming a ring, for it may have formed one without us. */
static void note_life(struct core *c, const struct packet_header *h, usec now)
{
    struct forming *f = &c->forming;
    if (!f->ring.epoch)
        return;
    if (coordinates(c))
        f->lead.heard_at[h->sender] = now;
    else if (h->sender == f->ring.leader && h->type >= PACKET_PROPOSE)
        f->own.coordinator_at = now;
}

static void dispatch(struct core *c, const struct received *p, usec now)
{
    union control m;
    if (!decode(c, p, &m)) {
        doubt(c, DOUBT_BODY, p);
        return;
    }
    enum why why = judge(c, p, &m);
    if (why) {
        doubt(c, why, p);
        return;
    }
    if (!peer_admit(c, p, &m, now))
        return;
    note_life(c, &p->header, now);
    states_on_packet(c, p, &m, now);
}

void core_on_packet(struct core *c, const struct received *p, usec now)
{
    const uint8_t *whole;
    size_t len;
    if (!(p->header.flags & PACKET_FRAG)) {
        dispatch(c, p, now);
        return;
    }
    if (p->header.type == PACKET_DATA || p->header.type == PACKET_RDATA ||
        !split_take(c->split, &p->header, p->body, ms(conf_of(c)->timeouts.form), now, &whole,
                    &len) || len > SPLIT_WHOLE_MAX)
        return;
    struct received all = *p;
    all.body = (uint8_t *)whole;
    all.header.body_len = (uint16_t)len;
    dispatch(c, &all, now);
}

void core_on_unreachable(struct core *c, uint16_t i, uint64_t incarnation, uint64_t counter,
                         usec now)
{
    states_move(c, oper_unreachable(c, i, incarnation, counter, now), now);
}

bool core_next_question(struct core *c, struct question *q)
{
    int i = procset_first(&c->questions);
    if (i < 0)
        return false;
    procset_remove(&c->questions, (unsigned)i);
    *q = (struct question){.whom = (uint16_t)i, .number = c->peers[i].question};
    return true;
}

void core_on_answer(struct core *c, const struct question *q, enum host_answer answer, usec now)
{
    states_move(c, oper_answer(c, q, answer, now), now);
}

/* -- time ---------------------------------------------------------------------------------- */

static void put_off(struct core *c, enum timer t, usec by)
{
    if (c->deadlines[t] != NEVER)
        c->deadlines[t] += by;
}

/* This process did not run for a while: whoever seems silent may not have been. */
static void forgive(struct core *c, usec lag, usec now)
{
    usec by = usec_earlier(lag, pace_token_timeout(&c->pace));
    if (c->state == CORE_OPER || c->state == CORE_LEAVING)
        ring_forgive(c->ring, by, now);
    put_off(c, T_REP, by);
    put_off(c, T_QUIET, by);
    put_off(c, T_FORM, by);
    put_off(c, T_PATIENT, by);
    silent_forgive(c, by);
    if (lag >= LAG_TELLS_US)
        tell(c, EVENT_SLOW, self_of(c), lag / USEC_MS);
}

static void run_ring(struct core *c, usec now)
{
    if (c->state == CORE_OPER || c->state == CORE_LEAVING)
        states_move(c, on_alarm(c, ring_on_time(c->ring, now), now), now);
}

void core_on_time(struct core *c, usec now, usec lag, uint64_t wall_s)
{
    c->wall_s = wall_s;
    pace_on_lag(&c->pace, lag, now);
    if (lag >= LAG_COUNTS_US)
        forgive(c, lag, now);
    run_ring(c, now);
    for (int t = 0; t < TIMERS; t++)
        if (c->deadlines[t] <= now)
            states_on_timer(c, (enum timer)t, now);
}

void core_leave(struct core *c, usec now)
{
    c->stop_asked = true;
    if (c->state == CORE_OPER)
        states_move(c, leave_ring(c), now);
    else if (c->state != CORE_LEAVING)
        leave_wait(c, now);
}

usec core_deadline(const struct core *c)
{
    usec earliest = NEVER;
    if (c->state == CORE_OPER || c->state == CORE_LEAVING)
        earliest = ring_deadline(c->ring);
    for (int t = 0; t < TIMERS; t++)
        earliest = usec_earlier(earliest, c->deadlines[t]);
    return earliest;
}

bool core_next(struct core *c, struct effect *e)
{
    return effects_next(&c->effects, e);
}

bool core_next_sending(struct core *c, struct sending *s)
{
    return outlet_next(&c->outlet, s);
}

bool core_has_sending(const struct core *c)
{
    return !outlet_is_empty(&c->outlet);
}

/* -- questions ----------------------------------------------------------------------------- */

enum core_state core_state(const struct core *c)
{
    return c->state;
}

int core_monitor_state(const struct core *c)
{
    static const int numbers[CORE_STATES] = {
        [CORE_OPER] = 1,   [CORE_SEG] = 2,    [CORE_REPD] = 3,  [CORE_GATHER] = 4,
        [CORE_FORM_C] = 5, [CORE_FORM_M] = 5, [CORE_RECOV] = 6, [CORE_LEAVING] = 1,
    };
    return numbers[c->state];
}

struct view core_view(const struct core *c)
{
    return ring_view(c->ring);
}

uint32_t core_views_installed(const struct core *c)
{
    return c->views_installed;
}

uint64_t core_incarnation(const struct core *c)
{
    return c->outlet.incarnation;
}

bool core_saying(const struct core *c, unsigned i, enum core_state *state, struct procset *hears)
{
    const struct peer *p = i < (unsigned)c->peer_count ? &c->peers[i] : NULL;
    if (!p || !p->said_at || p->said.state >= CORE_STATES)
        return false;
    *state = (enum core_state)p->said.state;
    *hears = p->said.heard.in;
    return true;
}

struct procset core_not_with(const struct core *c, unsigned i, usec now)
{
    struct bad_pair list[BAD_PAIRS_MAX];
    struct procset set = {{0}};
    int count = pairs_list(&c->pairs, list, now);
    for (int k = 0; k < count; k++)
        if (list[k].a == i || list[k].b == i)
            procset_add(&set, list[k].a == i ? list[k].b : list[k].a);
    return set;
}

const struct histogram *core_rotations(const struct core *c)
{
    return ring_rotations(c->ring);
}

uint64_t core_life(const struct core *c, unsigned i)
{
    return c->peers[i].life.inc;
}

size_t core_largest_packet(const struct core *c)
{
    return largest_packet(c);
}

uint32_t core_backlog(const struct core *c)
{
    return ring_backlog(c->ring);
}

uint64_t core_under_way(const struct core *c)
{
    return ring_under_way(c->ring);
}

bool core_is_idle(const struct core *c)
{
    return ring_is_idle(c->ring);
}

struct ring_counters core_counters(const struct core *c)
{
    return ring_counters(c->ring);
}

uint64_t core_rounds(const struct core *c, usec now)
{
    return ring_rounds(c->ring, now);
}

struct ring_windows core_windows(const struct core *c)
{
    return ring_windows(c->ring);
}

void core_set_windows(struct core *c, const struct ring_windows *w)
{
    ring_set_windows(c->ring, w);
}

const uint32_t (*core_cells(const struct core *c))[CORE_CELLS]
{
    return c->cells;
}

const char *core_cell_name(int column)
{
    static const char *const timers[TIMERS] = {
        [T_START] = "T_start",
        [T_ALIVE] = "T_alive",   [T_JOIN] = "T_join",       [T_SEG] = "T_seg",
        [T_REP] = "T_rep",       [T_GATHER] = "T_gather",   [T_QUIET] = "T_quiet",
        [T_RESEND] = "T_resend", [T_PACE] = "T_pace",       [T_FORM] = "T_form",
        [T_PREP] = "T_prep",     [T_HOPCHK] = "T_hopchk",   [T_READY] = "T_ready",
        [T_COURT] = "T_court",   [T_MERGE] = "T_merge",     [T_LOOKUP] = "T_lookup",
        [T_REFUSED] = "T_refused", [T_PATIENT] = "T_patient",
        [T_LEAVE] = "T_leave",
    };
    if (column >= PACKET_TYPES)
        return column - PACKET_TYPES < TIMERS ? timers[column - PACKET_TYPES] : NULL;
    return column > 0 ? packet_type_name((unsigned)column) : NULL;
}

bool core_cell_is_used(enum core_state s, int column)
{
    if (column >= PACKET_TYPES)
        return column - PACKET_TYPES < TIMERS &&
               state_timer(s, (enum timer)(column - PACKET_TYPES)) != NULL;
    return column > 0 && state_handler(s, (unsigned)column) != NULL;
}
