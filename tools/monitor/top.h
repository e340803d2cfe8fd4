/* SPDX-License-Identifier: MIT
 *
 * top.h - "spmonitor top": the ring and its clients, looked at once a second; those clients first for which
 * most waits, who speak and hear most, or for whom most memory is used.
 *
 * top.c asks and sorts; screen.c draws, with ncurses.
 */
#ifndef TOOLS_MONITOR_TOP_H
#define TOOLS_MONITOR_TOP_H

#include "libspread/wire/names.h"
#include "tools/monitor/station.h"

enum top_order { TOP_LAG, TOP_RATE, TOP_MEMORY, TOP_ORDERS };

enum { TOP_ROWS = 4000, TOP_SENTENCE = 600 };

struct top_daemon {
    bool answers, in_view;
    char state[16];
    double up, sessions, groups, backlog, memory;
    double sent, received, again; /* packets a second */
    double packets_sent, packets_received, packets_again; /* in all */
};

struct top_client {
    int daemon;
    struct name name;
    char from[64];
    double waiting, bytes, oldest, memory; /* oldest: -1: nothing waits */
    double rate; /* messages a second that it sends and gets; -1: not known yet */
    double total;
    double weight; /* what they are sorted by */
};

struct top {
    const struct station *station;
    enum top_order order;
    usec asked_at;
    struct top_daemon daemons[CONF_DAEMONS_MAX];
    struct top_client *clients; /* TOP_ROWS */
    struct top_client *before;  /* as of the last time */
    size_t count, count_before;
    double view_time; /* of the last view that is known */
    char view[TOP_SENTENCE]; /* what is said of it */
};

/* Until it is left; the exit status (batch.h). */
int top_run(const struct station *s, enum top_order order);
/* Once, as JSON. */
int top_json(const struct station *s, usec limit);

/* "lag", "rate" or "memory"; TOP_ORDERS: none of these. */
enum top_order top_order_of(const char *name);

/* -- top.c's, for the screen ------------------------------------------------------------------- */

/* Asks all daemons, and sorts. */
void top_look(struct top *t);
void top_sort(struct top *t);

#endif
