/* SPDX-License-Identifier: MIT
 *
 * samples.h - the last ten minutes, a second each: what was sent, delivered and waited for, for curves.
 *
 * Kept all the time, since a curve that begins when somebody looks shows nothing of what made him look. The
 * I/O takes a sample when a turn ends and a second has passed: an idle daemon is not woken for it, and has
 * had nothing to show meanwhile.
 */
#ifndef SPREAD_SIGHT_SAMPLES_H
#define SPREAD_SIGHT_SAMPLES_H

#include <stdbool.h>

#include "daemon/base/histogram.h"

enum { SAMPLES = 600, SAMPLE_US = USEC_SECOND };

/* Totals since the start, but for what is said to be now, or of this second. */
struct sample {
    usec at;
    uint64_t messages, bytes;                 /* of this daemon's clients */
    uint64_t delivered, delivered_bytes;      /* to them */
    uint64_t ordered;                         /* messages of all daemons' clients */
    uint64_t packets_sent, packets_received, packets_sent_again;
    uint64_t waiting;                         /* messages without a number, now */
    uint32_t sessions, groups;                /* now */
    usec agreed_half, agreed_most;            /* latency of half, and of 99 of 100, of this second; 0: of none */
    usec safe_half, safe_most;
    usec rotation_half, rotation_most;        /* of the token */
};

struct samples {
    struct sample list[SAMPLES]; /* a circle */
    uint32_t next, count;
    struct histogram agreed, safe, rotation; /* as of the last one */
};

/* Is it time for another one? */
static inline bool samples_due(const struct samples *s, usec now)
{
    return s->count == 0 || now - s->list[(s->next + SAMPLES - 1) % SAMPLES].at >= SAMPLE_US;
}

/* Adds one; its times are filled in from what was added to these since the last one. */
void samples_add(struct samples *s, struct sample one, const struct histogram *agreed,
                 const struct histogram *safe, const struct histogram *rotation);

/* The i-th, the eldest being 0. */
static inline const struct sample *samples_at(const struct samples *s, uint32_t i)
{
    return &s->list[(s->next + SAMPLES - s->count + i) % SAMPLES];
}

#endif
