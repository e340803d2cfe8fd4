/* SPDX-License-Identifier: MIT
 *
 * fleet.h - cores of several daemons on links that lose nothing unless a test cuts them, in virtual
 * time. What each delivers is kept as text: messages, "{AB}" a transitional view, "<AB>" a regular
 * one.
 */
#ifndef TESTS_UNIT_MEMBERSHIP_FLEET_H
#define TESTS_UNIT_MEMBERSHIP_FLEET_H

#include "daemon/membership/inside.h"

enum { FLEET_MAX = 8, FLEET_TEXT = 8192, FLEET_HOP_US = 100 };

struct fleet {
    struct conf *conf;
    struct in_force in_force[FLEET_MAX];
    struct core *cores[FLEET_MAX]; /* NULL: it does not run */
    char delivered[FLEET_MAX][FLEET_TEXT];
    unsigned events[FLEET_MAX][EVENT_KINDS];
    unsigned doubts[FLEET_MAX][WHYS];
    bool left[FLEET_MAX];
    bool cut[FLEET_MAX][FLEET_MAX]; /* nothing goes from the first to the second */
    usec now;
    struct in_flight *queue;
    size_t queued, size;
    uint64_t lives;
    /* What daemon liar ('A' or so) says is changed before it goes out. */
    char liar;
    void (*lie)(union control *m, unsigned type);
};

struct fleet *fleet_new(const char *segments); /* all of them start at once */
struct fleet *fleet_of_three(void);             /* A, B and C, in one view */
void fleet_free(struct fleet *f);

/* A test whose state is a fleet of three. */
#define IN_FLEET(test) cmocka_unit_test_setup_teardown(test, fleet_begin, fleet_end)
int fleet_begin(void **state);
int fleet_end(void **state);

void fleet_start(struct fleet *f, char d);
void fleet_kill(struct fleet *f, char d); /* without a word */
void fleet_submit(struct fleet *f, char d, const char *text, uint8_t service);
void fleet_cut(struct fleet *f, const char *from, const char *to, bool cut);
void fleet_cut_both(struct fleet *f, const char *these, const char *those, bool cut);
void fleet_run(struct fleet *f, usec us);
/* Members of d's view as letters, "?" if it is not in OPER; lent until the next call. */
const char *fleet_view(const struct fleet *f, char d);
/* A packet of one to another, as if it had come; inc: the sender's life as it says. */
void fleet_hear(struct fleet *f, char from, char to, uint64_t inc, unsigned type,
                const union control *m);
/* The same without bytes, to a handler alone, in the sender's present life; of them by number. */
void fleet_handle(struct fleet *f, unsigned to, handler *handle, unsigned from, const union control *m);
/* Whom d has told something of that type and what, the last of each; what: NULL, or one for each daemon.
 * Nothing of what d has said so far goes out. */
struct procset fleet_said(struct fleet *f, unsigned d, unsigned type, union control *what);
/* All that run, in their present lives. */
struct roster fleet_roster(const struct fleet *f);
/* How often d has dropped a packet for that reason. */
unsigned fleet_doubts(struct fleet *f, char d, enum why why);
struct core *fleet_core(const struct fleet *f, char d);

#endif
