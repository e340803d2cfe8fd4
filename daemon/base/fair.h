/* SPDX-License-Identifier: MIT
 *
 * fair.h - who is served next, where one who asks a thousand times is to be waited for by nobody else:
 * each source has a line of its own, and the lines take turns.
 *
 * Say 200 clients of host a come, and then one of host b: it is the second to be served, not the last.
 * All lists are intrusive (list.h); whose links these are stays with the caller.
 */
#ifndef SPREAD_BASE_FAIR_H
#define SPREAD_BASE_FAIR_H

#include "daemon/base/list.h"

struct fair {
    struct link turns; /* lines with somebody in them; the next one in front */
};

/* Of one source. */
struct fair_line {
    struct link waiting;
    struct link turn; /* among those with somebody in them */
};

static inline void fair_init(struct fair *f)
{
    list_init(&f->turns);
}

static inline void fair_line_init(struct fair_line *l)
{
    list_init(&l->waiting);
    list_init(&l->turn);
}

static inline bool fair_empty(const struct fair *f)
{
    return list_empty(&f->turns);
}

/* Puts one at the end of its line. */
static inline void fair_add(struct fair *f, struct fair_line *l, struct link *one)
{
    list_append(&l->waiting, one);
    if (list_empty(&l->turn))
        list_append(&f->turns, &l->turn);
}

/* Takes it out of that line, if it is in it. */
static inline void fair_drop(struct fair_line *l, struct link *one)
{
    list_remove(one);
    if (list_empty(&l->waiting))
        list_remove(&l->turn);
}

/* Takes out whose turn it is; its line goes behind the others. NULL: nobody waits. */
static inline struct link *fair_take(struct fair *f)
{
    struct link *turn = list_take_first(&f->turns);
    if (!turn)
        return NULL;
    struct fair_line *l = list_entry(turn, struct fair_line, turn);
    struct link *one = list_take_first(&l->waiting);
    if (!list_empty(&l->waiting))
        list_append(&f->turns, turn);
    return one;
}

#endif
