/* SPDX-License-Identifier: MIT
 *
 * hall.h - the groups of several daemons without the daemons: what one of a view says is heard by
 * all of it in one order, and what goes to clients is kept as text.
 */
#ifndef TESTS_UNIT_GROUPS_HALL_H
#define TESTS_UNIT_GROUPS_HALL_H

#include "daemon/groups/groups.h"

enum { HALL_DAEMONS = 4, HALL_TEXT = 8192 };

struct hall {
    struct conf *conf; /* daemons A, B, C and D */
    struct in_force in_force[HALL_DAEMONS];
    struct groups *groups[HALL_DAEMONS];
    struct view view[HALL_DAEMONS]; /* that each is in */
    uint32_t views;
    /* Told at each daemon: letter of the cause (Join, Leave, Disconnect, Network, Transition,
     * Self), group, members, and of Network the sets: "Jg3 Tg Ng4/2 "; a message is "mBODY ". Once
     * for each session. A disagreement is "!B g 3 5 4 ": with B, seen in g, since message 3, with 5 here
     * and 4 there. */
    char told[HALL_DAEMONS][HALL_TEXT];
    char sets[HALL_DAEMONS][HALL_TEXT]; /* and of Network the sets, each with its members, and which
                                           of them is the receiver's: "g a b/c 1 " */
    bool open[HALL_DAEMONS]; /* the lane is */
    unsigned merged[HALL_DAEMONS];
    unsigned turns[HALL_DAEMONS]; /* that the last thing took, beyond the first */
    struct message queue[64]; /* control messages that wait for their place in the order */
    uint16_t queue_from[64];
    int queued;
};

struct hall *hall_new(void); /* everybody alone */
/* So much work is done in a turn; turns go on until it is done. */
struct hall *hall_new_slow(uint32_t slice);
void hall_free(struct hall *h);

/* Client of daemon d (its letter) with notices. */
void hall_open(struct hall *h, char d, const char *client);
/* Or without. */
void hall_open_silent(struct hall *h, char d, const char *client);
/* FRAME_JOIN, FRAME_LEAVE or FRAME_KILL, or a service: ordered at all daemons of d's view. */
void hall_request(struct hall *h, char d, const char *client, uint32_t type, const char *group,
                  const char *body);
/* The same, but it reaches only those daemons of the view: as if the others had a fault. */
void hall_request_at(struct hall *h, const char *daemons, char d, const char *client, uint32_t type,
                     const char *group, const char *body);

/* Each letter of members goes to one view: what is left, then the whole. Control messages wait. */
void hall_transitional(struct hall *h, const char *members);
void hall_regular(struct hall *h, const char *members);
/* Orders up to n control messages. */
void hall_order(struct hall *h, int n);
/* Daemons that want to say how far the order has come do so, and what they say is ordered. */
void hall_speak(struct hall *h, usec now);
/* Both views, and everything is ordered. */
void hall_meet(struct hall *h, const char *members);

/* Members of a group at a daemon as "a@A b@B "; "" if there is none. */
const char *hall_members(const struct hall *h, char d, const char *group);
struct group_view_id hall_id(const struct hall *h, char d, const char *group);
void hall_forget(struct hall *h);

#endif
