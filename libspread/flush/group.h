/* SPDX-License-Identifier: MIT
 *
 * group.h - one group of one member: which view it is in, which memberships are to come, and how far
 * the members have agreed to the first of them.
 *
 *   phase      means                                        leads to
 *   STEADY     all have installed the view                  AUTHORIZE  a notice
 *   AUTHORIZE  the application was asked to flush           AGREE      it does
 *   AGREE      it said FLUSH_OK and may not send            VERIFY     all have said so: the view
 *   VERIFY     it said FLUSH_RECV, with the view            STEADY     all have; AUTHORIZE a notice
 *
 * A new group begins in AGREE, for who joins has nothing to flush. If at the installation another
 * membership waits, VERIFY is passed over. Notices that come meanwhile wait in order; if one who has
 * not agreed to a waiting membership leaves, that one is given up, for it would never come about.
 */
#ifndef SPREAD_FLUSH_GROUP_H
#define SPREAD_FLUSH_GROUP_H

#include "libspread/flush/early.h"

enum flush_phase { FLUSH_STEADY, FLUSH_AUTHORIZE, FLUSH_AGREE, FLUSH_VERIFY };
enum flush_part { FLUSH_JOINING, FLUSH_JOINED, FLUSH_LEAVING };

struct flush_group {
    TAILQ_ENTRY(flush_group) link;
    struct name name;
    enum flush_part part; /* of ours in it */
    enum flush_phase phase;
    struct membership *view;        /* NULL: none yet */
    bool shown;                     /* that it is not whole any more was told */
    struct membership_list pending; /* not installed yet, in order */
    struct membership *target;      /* the first of them */
    struct early early;
    struct flush_items held; /* data of the target */
};

/* What becomes of data. */
enum flush_fate { FLUSH_DELIVER, FLUSH_HOLD, FLUSH_DROP };

/* NULL: no memory. */
struct flush_group *group_new(const struct name *name);
void group_free(struct flush_group *g);

/* What has come. What follows from it stands in the news. False: no memory, and the group is of no
 * more use. */
bool group_on_notice(struct flush_group *g, const struct flush_notice *n, struct news *news);
bool group_on_transition(struct flush_group *g, struct news *news);
bool group_on_ok(struct flush_group *g, const struct name *sender, const struct group_view_id *id,
                 const struct name *me, struct news *news);
void group_on_recv(struct flush_group *g, const struct name *sender, const struct group_view_id *id);

/* The application flushes; the phase must be AUTHORIZE. */
void group_flush(struct flush_group *g, struct news *news);

/* Of data of that sender; view: which it was sent in, NULL if it does not say. */
enum flush_fate group_fate(const struct flush_group *g, const struct name *sender,
                           const struct group_view_id *view);
/* Keeps d, whose fate is FLUSH_HOLD, until the target is installed. */
void group_hold(struct flush_group *g, struct flush_item *d);

#endif
