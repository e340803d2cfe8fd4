/* SPDX-License-Identifier: MIT
 *
 * flow.h - how many packets a holder of the token may send.
 *
 * Window bounds what all members send in one rotation, PersonalWindow what one of them sends at a
 * visit. Values written in the file, or set by a monitor, are caps; otherwise the window grows while
 * it is what limits and nothing gets lost, and shrinks when something does.
 */
#ifndef SPREAD_RING_FLOW_H
#define SPREAD_RING_FLOW_H

#include "daemon/ring/ring.h"

struct flow {
    struct ring_windows ordered; /* by a monitor, until the next reload; -1: as configured */
    uint32_t window;   /* leader: in force */
    uint32_t capacity; /* packets the smallest receive buffer of the view holds; 0: unknown */
    uint32_t calm_rounds, since_cut;
    uint32_t my_sent, my_backlog; /* our share of the token's sums ... */
    uint32_t others_wait;         /* ... and theirs of the backlog, when it was here last */
};

/* The most packets at a visit, and how many of them may follow the token. */
uint32_t flow_personal(const struct ring *r);
uint32_t flow_late(const struct ring *r);
/* The personal window is meant as a cap: the file says it, or a monitor. */
bool flow_caps_personal(const struct ring *r);
/* How many new packets this visit may send; resent of its share are gone. Books them. */
uint32_t flow_allow(struct ring *r, struct token *t, uint32_t resent);
/* n new and resent packets were sent after all. */
void flow_settle(struct ring *r, struct token *t, uint32_t n, uint32_t resent);
/* Leader: the windows of the next round; lost_some: in the last one somebody missed packets. */
void flow_next_round(struct ring *r, struct token *t, bool lost_some);
/* Packets that wait in lanes which may send. */
uint32_t flow_backlog(const struct ring *r);

#endif
