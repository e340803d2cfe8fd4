/* SPDX-License-Identifier: MIT
 *
 *   OPER      the token goes round       SEG ring lost; FORM_C planned removal or merge;
 *                                        FORM_M invited; LEAVING told to stop
 *   SEG       who is in my segment       GATHER I am the smallest; REPD I am not; FORM_M invited
 *   REPD      another speaks for me      SEG it fell silent; FORM_M invited
 *   GATHER    I speak for my segment     FORM_C I am the smallest; FORM_M invited; SEG nobody asked
 *   FORM_C    I have proposed            RECOV all accepted; FORM_C without some; SEG or FORM_M for
 *                                        the sake of a smaller one
 *   FORM_M    I have accepted            RECOV the plan came; SEG withdrawn, or silence
 *   RECOV     the plan is known          OPER all have recovered; SEG, FORM_C, FORM_M as above
 *   LEAVING   as OPER, on the way out    the end
 *
 * A ring is frozen from the first ACCEPT on; SEG, REPD and GATHER keep it as it was left.
 */
#include <assert.h>

#include "daemon/membership/say.h"
#include "daemon/membership/search.h"

static handler *const on_packet[CORE_STATES][PACKET_TYPES] = {/* an empty box: ignored on purpose */
    [CORE_OPER] = {
        [PACKET_DATA] = oper_data,       [PACKET_RDATA] = oper_data,
        [PACKET_TOKEN] = oper_token,     [PACKET_TOKACK] = oper_tokack,
        [PACKET_HURRY] = oper_hurry,     [PACKET_SUSPECT] = oper_suspect,
        [PACKET_LEAVE] = oper_leave,     [PACKET_ALIVE] = oper_alive,
        [PACKET_JOIN] = oper_join,       [PACKET_REFER] = oper_refer,
        [PACKET_PROBE] = oper_probe,     [PACKET_PREPARE] = any_prepare,
        [PACKET_READY] = oper_ready,     [PACKET_HOPCHK] = any_hopchk,
        [PACKET_PROPOSE] = any_propose,  [PACKET_ACCEPT] = late_accept,
        [PACKET_RECOVERED] = oper_recovered,
    },
    [CORE_SEG] = {
        [PACKET_DATA] = stopped_data,    [PACKET_RDATA] = stopped_data,
        [PACKET_SUSPECT] = stopped_suspect, [PACKET_LEAVE] = stopped_leave,
        [PACKET_ALIVE] = seg_alive,      [PACKET_JOIN] = seg_join,
        [PACKET_REFER] = seg_refer,      [PACKET_PROBE] = seg_probe,
        [PACKET_PREPARE] = any_prepare,  [PACKET_HOPCHK] = any_hopchk,
        [PACKET_PROPOSE] = any_propose,  [PACKET_ACCEPT] = late_accept,
        [PACKET_RECOVERED] = late_recovered,
    },
    [CORE_REPD] = {
        [PACKET_DATA] = stopped_data,    [PACKET_RDATA] = stopped_data,
        [PACKET_SUSPECT] = stopped_suspect, [PACKET_LEAVE] = stopped_leave,
        [PACKET_ALIVE] = repd_alive,     [PACKET_JOIN] = repd_join,
        [PACKET_PROBE] = repd_probe,     [PACKET_PREPARE] = any_prepare,
        [PACKET_HOPCHK] = any_hopchk,    [PACKET_PROPOSE] = any_propose,
        [PACKET_ACCEPT] = late_accept,   [PACKET_RECOVERED] = late_recovered,
    },
    [CORE_GATHER] = {
        [PACKET_DATA] = stopped_data,    [PACKET_RDATA] = stopped_data,
        [PACKET_SUSPECT] = stopped_suspect, [PACKET_LEAVE] = stopped_leave,
        [PACKET_ALIVE] = gather_alive,   [PACKET_JOIN] = gather_join,
        [PACKET_REFER] = gather_refer,   [PACKET_PROBE] = gather_probe,
        [PACKET_PREPARE] = any_prepare,  [PACKET_HOPCHK] = any_hopchk,
        [PACKET_PROPOSE] = any_propose,  [PACKET_ACCEPT] = late_accept,
        [PACKET_RECOVERED] = late_recovered,
    },
    [CORE_FORM_C] = {
        [PACKET_LEAVE] = form_leave,     [PACKET_HOPCHK] = any_hopchk,
        [PACKET_PROPOSE] = any_propose,  [PACKET_ACCEPT] = form_accept,
        [PACKET_REFUSE] = form_refuse,   [PACKET_RECOVERED] = late_recovered,
    },
    [CORE_FORM_M] = {
        [PACKET_HOPCHK] = any_hopchk,    [PACKET_PROPOSE] = any_propose,
        [PACKET_COMMIT] = form_commit,   [PACKET_ABORT] = form_abort,
        [PACKET_ACCEPT] = late_accept,   [PACKET_RECOVERED] = late_recovered,
    },
    [CORE_RECOV] = {
        [PACKET_DATA] = recov_data,      [PACKET_RDATA] = recov_data,
        [PACKET_TOKEN] = recov_token,    [PACKET_LEAVE] = form_leave,
        [PACKET_HOPCHK] = any_hopchk,    [PACKET_PROPOSE] = any_propose,
        [PACKET_COMMIT] = form_commit,   [PACKET_RNACK] = recov_rnack,
        [PACKET_RECOVERED] = form_recovered, [PACKET_INSTALL] = recov_install,
        [PACKET_ABORT] = form_abort,     [PACKET_ACCEPT] = late_accept,
    },
    [CORE_LEAVING] = {
        [PACKET_DATA] = oper_data,       [PACKET_RDATA] = oper_data,
        [PACKET_TOKEN] = oper_token,     [PACKET_TOKACK] = oper_tokack,
        [PACKET_HURRY] = oper_hurry,     [PACKET_SUSPECT] = oper_suspect,
        [PACKET_LEAVE] = oper_leave,     [PACKET_PROPOSE] = leaving_propose,
    },
};

static timer_handler *const on_timer[CORE_STATES][TIMERS] = {
    [CORE_OPER] = {[T_PREP] = merge_give_up, [T_HOPCHK] = merge_say_hopchk,
                   [T_READY] = merge_say_ready, [T_COURT] = court_on_time,
                   [T_MERGE] = merge_look, [T_LOOKUP] = oper_lookup, [T_REFUSED] = oper_refused,
                   [T_PATIENT] = oper_patient},
    [CORE_SEG] = {[T_START] = seg_start, [T_ALIVE] = seg_say_alive,
                  [T_SEG] = seg_decide, [T_QUIET] = seg_decide,
                  [T_HOPCHK] = merge_say_hopchk, [T_READY] = merge_say_ready,
                  [T_LEAVE] = leave_step},
    [CORE_REPD] = {[T_ALIVE] = seg_say_alive, [T_REP] = repd_give_up,
                   [T_HOPCHK] = merge_say_hopchk, [T_READY] = merge_say_ready,
                   [T_LEAVE] = leave_step},
    [CORE_GATHER] = {[T_ALIVE] = seg_say_alive, [T_JOIN] = gather_say_join,
                     [T_GATHER] = gather_give_up, [T_QUIET] = gather_decide,
                     [T_HOPCHK] = merge_say_hopchk, [T_READY] = merge_say_ready,
                     [T_LEAVE] = leave_step},
    [CORE_FORM_C] = {[T_RESEND] = form_c_resend, [T_FORM] = form_c_late, [T_LEAVE] = leave_step},
    [CORE_FORM_M] = {[T_RESEND] = form_m_resend, [T_FORM] = form_m_late, [T_LEAVE] = leave_step},
    [CORE_RECOV] = {[T_RESEND] = recov_resend, [T_PACE] = recov_pace, [T_FORM] = recov_late,
                    [T_LEAVE] = leave_step},
    [CORE_LEAVING] = {[T_LEAVE] = leave_step},
};

handler *state_handler(enum core_state s, unsigned type)
{
    return type < PACKET_TYPES ? on_packet[s][type] : NULL;
}

timer_handler *state_timer(enum core_state s, enum timer t)
{
    return on_timer[s][t];
}

const char *core_state_name(enum core_state s)
{
    static const char *const names[CORE_STATES] = {
        [CORE_OPER] = "OPER",     [CORE_SEG] = "SEG",       [CORE_REPD] = "REPD",
        [CORE_GATHER] = "GATHER", [CORE_FORM_C] = "FORM_C", [CORE_FORM_M] = "FORM_M",
        [CORE_RECOV] = "RECOV",   [CORE_LEAVING] = "LEAVING",
    };
    return names[s];
}

/* -- moves --------------------------------------------------------------------------------- */

/* From where one may come where. */
static const bool is_legal[CORE_STATES][CORE_STATES] = {
    [CORE_OPER] = {[CORE_SEG] = true, [CORE_FORM_C] = true, [CORE_FORM_M] = true,
                   [CORE_LEAVING] = true},
    [CORE_SEG] = {[CORE_SEG] = true, [CORE_REPD] = true, [CORE_GATHER] = true,
                  [CORE_FORM_M] = true},
    [CORE_REPD] = {[CORE_SEG] = true, [CORE_FORM_M] = true},
    [CORE_GATHER] = {[CORE_SEG] = true, [CORE_FORM_C] = true, [CORE_FORM_M] = true},
    [CORE_FORM_C] = {[CORE_SEG] = true, [CORE_FORM_C] = true, [CORE_FORM_M] = true,
                     [CORE_RECOV] = true},
    [CORE_FORM_M] = {[CORE_SEG] = true, [CORE_FORM_M] = true, [CORE_RECOV] = true},
    [CORE_RECOV] = {[CORE_SEG] = true, [CORE_FORM_C] = true, [CORE_FORM_M] = true,
                    [CORE_OPER] = true},
    [CORE_LEAVING] = {false},
};

static bool forms_a_ring(enum core_state s)
{
    return s == CORE_FORM_C || s == CORE_FORM_M || s == CORE_RECOV;
}

static bool looks_for_a_ring(enum core_state s)
{
    return s == CORE_SEG || s == CORE_REPD || s == CORE_GATHER;
}

/* The deadlines of the old state end; those of a PREPARE and of a stop that was asked for go on. */
static void leave_state(struct core *c, enum core_state to)
{
    for (int i = 0; i < TIMERS; i++)
        if (i != T_HOPCHK && i != T_READY && i != T_LEAVE)
            disarm(c, (enum timer)i);
    if (forms_a_ring(c->state) && !forms_a_ring(to))
        form_reset(c);
    if (looks_for_a_ring(c->state) && !looks_for_a_ring(to))
        c->gathering = (struct gathering){0};
    if (to == CORE_OPER || to == CORE_LEAVING)
        preparing_reset(c);
}

static struct move enter_oper(struct core *c, usec now)
{
    court_reset(c);
    court_arm_lookup(c, now);
    if (leads(c))
        court_greet(c, now);
    return c->stop_asked ? leave_ring(c) : STAY;
}

static struct move enter_seg(struct core *c, usec now)
{
    ring_stop(c->ring);
    return seg_begin(c, now);
}

static struct move enter_repd(struct core *c, usec now)
{
    arm(c, T_REP, now + ms(conf_of(c)->timeouts.rep));
    arm(c, T_ALIVE, now); /* it should know that we count on it */
    return STAY;
}

static struct move enter_gather(struct core *c, usec now)
{
    if (has_neighbours(c))
        arm(c, T_ALIVE, now);
    return gather_begin(c, now);
}

static void watch_form(struct core *c, usec phase, usec now)
{
    c->forming.resend_wait = pace_resend(&c->pace);
    arm(c, T_RESEND, now + c->forming.resend_wait);
    arm(c, T_FORM, now + phase);
}

static struct move enter_form_c(struct core *c, usec now)
{
    watch_form(c, ms(conf_of(c)->timeouts.form) / 2, now);
    return form_begin(c);
}

static struct move enter_form_m(struct core *c, usec now)
{
    watch_form(c, ms(conf_of(c)->timeouts.form), now);
    say_accept(c);
    return STAY;
}

static struct move enter_recov(struct core *c, usec now)
{
    watch_form(c, ms(conf_of(c)->timeouts.form) / 2, now);
    arm(c, T_RESEND, now);
    arm(c, T_PACE, now);
    return recov_check(c, now);
}

static struct move enter_leaving(struct core *c, usec now)
{
    leave_begin(c, now);
    return STAY;
}

/* What is done on coming to a state; it may be over at once, as all of them are for a daemon that is
 * alone. */
static struct move (*const enter[CORE_STATES])(struct core *c, usec now) = {
    [CORE_OPER] = enter_oper,     [CORE_SEG] = enter_seg,       [CORE_REPD] = enter_repd,
    [CORE_GATHER] = enter_gather, [CORE_FORM_C] = enter_form_c, [CORE_FORM_M] = enter_form_m,
    [CORE_RECOV] = enter_recov,   [CORE_LEAVING] = enter_leaving,
};

static void tell_move(struct core *c, const struct move *m)
{
    struct event_record e = event_of(EVENT_STATE, m->why);
    e.daemon = self_of(c);
    e.number[0] = c->state;
    e.number[1] = m->to;
    effects_tell(&c->effects, &e);
}

void states_move(struct core *c, struct move m, usec now)
{
    while (!stays(m)) {
        assert(is_legal[c->state][m.to]);
        tell_move(c, &m);
        leave_state(c, m.to);
        c->state = m.to;
        c->entered_at = now;
        m = enter[m.to](c, now);
    }
}

void states_on_packet(struct core *c, const struct received *p, const union control *m, usec now)
{
    for (bool again = true; again;) {
        unsigned type = p->header.type;
        handler *handle = state_handler(c->state, type);
        if (!handle)
            return;
        c->cells[c->state][type]++;
        struct move next = handle(c, p, m, now);
        states_move(c, next, now);
        again = next.hear;
    }
}

void states_on_timer(struct core *c, enum timer t, usec now)
{
    timer_handler *handle = state_timer(c->state, t);
    disarm(c, t);
    if (!handle)
        return;
    c->cells[c->state][PACKET_TYPES + t]++;
    states_move(c, handle(c, now), now);
}
