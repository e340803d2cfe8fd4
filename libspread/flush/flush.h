/* SPDX-License-Identifier: MIT
 *
 * flush.h - virtual synchrony among the members of groups: the front door of this room.
 *
 * One struct flush is what one connection knows of its groups. It is told what the daemon delivers
 * and what the application wants; what follows stands in its news: messages for the application, and
 * at most one word that must be sent before it is told of anything else. It does no I/O, reads no
 * clock, and takes no lock: the simulator runs it as libspread/fl/ does.
 *
 * Who uses it from several threads: flush_on_* is told by one at a time, and with flush_flush,
 * flush_leave and flush_may_send never at the same time; flush_fate may run beside those three.
 */
#ifndef SPREAD_FLUSH_FLUSH_H
#define SPREAD_FLUSH_FLUSH_H

#include "libspread/flush/group.h"

enum { FLUSH_BUCKETS = 64 };

TAILQ_HEAD(flush_groups, flush_group);

struct flush {
    struct name me; /* private group */
    struct flush_groups buckets[FLUSH_BUCKETS];
    struct news news;
};

void flush_init(struct flush *f, const struct name *me);
void flush_fini(struct flush *f);

/* The group as far as it is known; NULL: no notice of it has come, or we have left. */
struct flush_group *flush_find(const struct flush *f, const struct name *group);

/* -- what the daemon delivers -------------------------------------------------------------- */

/* A notice of membership, its body in our byte order. False: no memory, or the daemon talks nonsense;
 * f is of no more use. */
bool flush_on_notice(struct flush *f, uint32_t type, const struct name *group,
                     const uint8_t *members, uint32_t num_members, const uint8_t *body, size_t len);

/* A message whose mess_type is one of the three marks, as it came; of one to some members, room for
 * one group more stands at the end of d's groups. Takes d. False as above. */
bool flush_on_marked(struct flush *f, struct flush_item *d);

/* Whether any other data is to be delivered. group: the reference group, or else the first one. */
enum flush_fate flush_fate(const struct flush *f, const struct name *group,
                           const struct name *sender);

/* -- what the application wants ------------------------------------------------------------ */

enum flush_answer {
    FLUSH_FINE,
    FLUSH_NO_MEMBER, /* not in the group, or not any more */
    FLUSH_NOT_NOW,   /* no flush was asked for; or it is over, and the view has not come */
    FLUSH_NO_RECEIVER,
};

enum flush_answer flush_flush(struct flush *f, const struct name *group);
/* Whether it may leave; if so, it has begun to. */
enum flush_answer flush_leave(struct flush *f, const struct name *group);
/* Whether it may join. */
enum flush_answer flush_join(const struct flush *f, const struct name *group);

/* Whether it may send to a group, and then with which marks. subgroup of *m says whether to some
 * members; these are the receivers. */
enum flush_answer flush_may_send(const struct flush *f, uint32_t service, const struct name *group,
                                 const char (*receivers)[NAME_FIELD], int num_receivers,
                                 struct marks *m);

#endif
