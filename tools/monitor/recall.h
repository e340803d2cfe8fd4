/* SPDX-License-Identifier: MIT
 *
 * recall.h - what flight recorders tell: events of one daemon or several, from its file or over the
 * network, in the order in which they happened.
 *
 * Each daemon has a clock of its own, so between two of them the order is as good as those agree. Of one
 * daemon it is that of its numbers, even where its clock was set back.
 */
#ifndef TOOLS_MONITOR_RECALL_H
#define TOOLS_MONITOR_RECALL_H

#include "daemon/base/procset.h"
#include "daemon/recorder/record.h"

enum { RECALL_WHY = 512, RECALL_MOST = 1 << 20, RECALL_DAEMONS = 128 };

struct recalled {
    int by;           /* which daemon tells it: index of names */
    uint64_t wall_us; /* the record's, but never after that of the next one of that daemon */
    struct record record;
};

struct recall {
    struct recalled *list;
    size_t count, room;
    struct name by[RECALL_DAEMONS]; /* those who tell */
    int tellers;
    struct name names[RECALL_DAEMONS]; /* of daemons, by their places, as far as they are known */
};

struct recall *recall_new(void);
void recall_free(struct recall *r);

/* The index of a teller; it becomes one. -1: there are too many. */
int recall_teller(struct recall *r, const char *name);
/* False: there is no room for more. */
bool recall_add(struct recall *r, int by, const struct record *record);
/* When all are in: puts them in order. */
void recall_sort(struct recall *r);

/* Adds what the file of a recorder has, be its daemon dead or alive. False with a line in why. */
bool recall_read_file(struct recall *r, const char *path, char why[RECALL_WHY]);

#endif
