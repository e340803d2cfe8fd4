/* SPDX-License-Identifier: MIT
 *
 * flooder.h - the flood: what is sent, what has come back, and how long that took.
 */
#ifndef TOOLS_FLOODER_H
#define TOOLS_FLOODER_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/flooder/histogram.h"
#include "tools/user/inbox.h"

#define FLOODER_GROUP "flooder"

enum {
    FLOODER_WINDOW = 200,      /* messages in flight, at most */
    FLOODER_MEMBERS_MAX = 100, /* that -n may wait for */
};

enum flood_mode { FLOOD_ECHO, FLOOD_WRITE_ONLY, FLOOD_READ_ONLY };

struct flood {
    /* What was asked for. */
    const char *address, *name;
    int messages, bytes;
    int members; /* of -n; 0: whoever is there */
    enum flood_mode mode;

    mailbox mbox;
    char private_group[MAX_GROUP_NAME];
    struct inbox inbox;
    char *body;
    int self; /* own index among the members of -n */

    int sent;
    int came[FLOODER_MEMBERS_MAX];    /* messages of each member; without -n own ones at [0] */
    uint64_t sent_at[FLOODER_WINDOW]; /* microseconds; message i at i % FLOODER_WINDOW */
    uint64_t received, received_bytes;
    uint64_t started_at, ended_at;
    struct histogram round_trips; /* in microseconds */
};

/* Each ends the program with a line where something goes wrong. */
void flood_connect(struct flood *f);
/* Waits until the group has f->members members; they start together. */
void flood_gather(struct flood *f);
void flood_run(struct flood *f);
/* The rates, and the latency of own messages. */
void flood_report(const struct flood *f);

#endif
