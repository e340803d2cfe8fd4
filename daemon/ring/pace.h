/* SPDX-License-Identifier: MIT
 *
 * pace.h - how fast the ring turns and how punctually this process runs; the limits of patience
 * that follow from it.
 *
 * 99th percentiles over the last one to two windows of samples, from a histogram with four steps
 * to a power of two: the number is exact enough for a limit and the same on every run.
 */
#ifndef SPREAD_RING_PACE_H
#define SPREAD_RING_PACE_H

#include <stdbool.h>

#include "daemon/base/usec.h"
#include "daemon/config/in_force.h"

enum { PACE_STEPS = 128 };

struct pace_window {
    uint32_t samples[2][PACE_STEPS]; /* this window and the last */
    uint32_t count[2];
    usec begun;
};

struct pace {
    const struct in_force *in_force; /* its timeouts; borrowed */
    struct pace_window rotation, lag;
    usec late[4];         /* when this process last ran late: local health */
};

void pace_init(struct pace *p, const struct in_force *in_force);
void pace_on_rotation(struct pace *p, usec took, usec now);
/* The process ran that much later than it had planned. */
void pace_on_lag(struct pace *p, usec lag, usec now);

usec pace_token_timeout(const struct pace *p); /* patience ends there in any case */
usec pace_hurry_timeout(const struct pace *p);

usec pace_rotation(const struct pace *p); /* 99 in 100 are at most this long */
usec pace_resend(const struct pace *p);   /* when to send a token again that has not shown up */
/* How long a silent neighbour is borne with. */
usec pace_suspicion(const struct pace *p, usec now);
/* How long it may be silent until its host is asked whether it lives. */
usec pace_ask(const struct pace *p, usec now);
/* How long a parked token rests. By configuration alone, for all members must expect the same. */
usec pace_idle(const struct pace *p);
/* 1: this process runs on time; up to 4: it does not, so its judgement of others is worth less. */
unsigned pace_health(const struct pace *p, usec now);

#endif
