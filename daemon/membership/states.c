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
#include "daemon/membership/inside.h"

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
                   [T_MERGE] = merge_look, [T_LOOKUP] = oper_lookup, [T_REFUSED] = oper_refused},
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

/* The deadlines of the old state end; those of a PREPARE and of a stop that was asked for go on. */
static void move(struct core *c, enum core_state to, const char *why, usec now)
{
    struct trace_record t = {.kind = TRACE_STATE, .from = (int)c->state, .to = (int)to, .why = why};
    trace(c->setup.trace, &t);
    effects_note(&c->effects, NOTE_STATE, c->self, NO_PROC, "%s to %s: %s",
                 core_state_name(c->state), core_state_name(to), why);
    for (int i = 0; i < TIMERS; i++)
        if (i != T_HOPCHK && i != T_READY && i != T_LEAVE)
            disarm(c, (enum timer)i);
    c->state = to;
    c->entered_at = now;
}

void enter_oper(struct core *c, const char *why, usec now)
{
    move(c, CORE_OPER, why, now);
    merge_reset(c);
    court_reset(c);
    merge_arm_lookup(c, now);
    if (leads(c))
        merge_greet(c, now);
    if (c->stop_asked)
        core_leave(c, now);
}

void enter_seg(struct core *c, const char *why, usec now)
{
    move(c, CORE_SEG, why, now);
    form_reset(c);
    ring_stop(c->ring);
    gather_begin_seg(c, now);
}

void enter_repd(struct core *c, uint16_t rep, usec now)
{
    move(c, CORE_REPD, "another speaks for the segment", now);
    c->rep = rep;
    arm(c, T_REP, now + ms(c->conf->timeouts.rep));
    arm(c, T_ALIVE, now); /* it should know that we count on it */
}

void enter_gather(struct core *c, const char *why, usec now)
{
    move(c, CORE_GATHER, why, now);
    if (procset_count(&c->segment) > 1)
        arm(c, T_ALIVE, now);
    gather_begin(c, now);
}

static void watch_form(struct core *c, usec phase, usec now)
{
    c->forming.phase_begun = now;
    c->forming.resend_wait = pace_resend(&c->pace);
    arm(c, T_RESEND, now + c->forming.resend_wait);
    arm(c, T_FORM, now + phase);
}

void enter_form_c(struct core *c, const char *why, usec now)
{
    move(c, CORE_FORM_C, why, now);
    watch_form(c, ms(c->conf->timeouts.form) / 2, now);
}

void enter_form_m(struct core *c, usec now)
{
    move(c, CORE_FORM_M, "accepted a proposal", now);
    watch_form(c, ms(c->conf->timeouts.form), now);
}

void enter_recov(struct core *c, usec now)
{
    move(c, CORE_RECOV, "all have accepted", now);
    watch_form(c, ms(c->conf->timeouts.form) / 2, now);
    arm(c, T_RESEND, now);
    arm(c, T_PACE, now);
}

void enter_leaving(struct core *c, usec now)
{
    move(c, CORE_LEAVING, "told to stop", now);
    merge_reset(c);
    c->leave_step = 0;
    c->leaves_said = 0;
    c->leave_began = now;
    arm(c, T_LEAVE, now);
}
