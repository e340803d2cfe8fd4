/* SPDX-License-Identifier: MIT
 *
 * flush_check.h - what the flush layer's clients see, compared: F1 to F6 of flush_clients.h.
 */
#ifndef TESTS_SIM_FLUSH_CHECK_H
#define TESTS_SIM_FLUSH_CHECK_H

#include "libspread/flush/flush.h"
#include "tests/sim/world.h"

/* One client in one group, as its application sees it. */
struct flush_seat {
    struct name group;
    int proc;      /* its daemon, */
    unsigned life; /* and which of its lives */
    bool in_view;
    struct group_view_id view;
    uint64_t key; /* of the view, among all of the run */
    struct name *members; /* of the view */
    uint32_t count;
    bool flushed;            /* since the view came */
    uint64_t heard;          /* hash of what came in the view */
    uint32_t sent, returned; /* in the view: messages, and how many of them have come back */
    uint64_t told;           /* hash of the members in the daemon's last notice */
    bool is_told;
};

/* What a message says of itself. */
struct flush_stamp {
    uint32_t client, count;
    struct group_view_id view;
};
enum { FLUSH_STAMP = 20 };

void flush_stamp_put(uint8_t bytes[FLUSH_STAMP], const struct flush_stamp *s);

struct flush_check;
struct flush_check *flush_check_new(struct world *w);
void flush_check_free(struct flush_check *k);

void flush_seat_fini(struct flush_seat *s);

/* The daemon's notice, before the machine is told of it. */
void flush_check_notice(struct flush_seat *s, uint32_t type, const uint8_t *members, uint32_t count);
/* What the application of me, the client of that number, is given about a group. */
void flush_check_delivery(struct flush_check *k, struct flush_seat *s, const struct name *me,
                          uint32_t client, const struct flush_item *d);
/* It asked whether it may send. */
void flush_check_answer(struct flush_check *k, const struct flush_seat *s, const struct name *me,
                        enum flush_answer a);
/* At rest. */
void flush_check_rest(struct flush_check *k, const struct flush_seat *s, const struct name *me,
                      const struct flush_group *g);

uint64_t flush_check_views(const struct flush_check *k);
uint64_t flush_check_messages(const struct flush_check *k);

#endif
