/* SPDX-License-Identifier: MIT */
#include "daemon/membership/coordinating.h"

#include <stdlib.h>

#include "daemon/base/memory.h"

enum {
    RAISED_MOST = 32, /* times in a row that an epoch is raised; once is what it takes */
    MISLED_MOST = 3,
    PATIENCE_FORMS = 3, /* FormTimeouts */
};

void coordinating_fini(struct coordinating *l)
{
    plan_free(l->plan);
    for (int i = 0; i < PROCS_MAX; i++)
        free(l->accepts[i]);
    *l = (struct coordinating){0};
}

void coordinating_keep(struct coordinating *l, unsigned i, const struct accept *a)
{
    if (!l->accepts[i])
        l->accepts[i] = memory_new(sizeof *l->accepts[i]);
    *l->accepts[i] = *a;
    procset_add(&l->accepted, i);
}

enum refusal_answer coordinating_on_refusal(const struct refusal_case *k)
{
    if (k->reason == REFUSE_STALE && k->raised < RAISED_MOST)
        return REFUSAL_RAISE;
    if (k->reason != REFUSE_BUSY)
        return REFUSAL_LEAVE_OUT;
    if (k->busy_with < k->self && (k->heard || k->misled < MISLED_MOST))
        return REFUSAL_GIVE_WAY;
    return k->asked && k->busy_with != k->refuser ? REFUSAL_ASK_AGAIN : REFUSAL_LEAVE_OUT;
}

static struct procset silent_members(const struct coordinating *l, const struct procset *members,
                                     unsigned self, usec limit, usec now)
{
    struct procset silent = {{0}};
    for procset_each(i, members)
        if ((unsigned)i != self && now > l->heard_at[i] + limit)
            procset_add(&silent, (unsigned)i);
    return silent;
}

static struct procset larger_of_unlinked(const struct coordinating *l,
                                         const struct procset *members, unsigned self)
{
    struct procset unlinked = procset_minus(members, &l->linked), larger = {{0}};
    for procset_each(i, &unlinked) {
        int before = procset_predecessor(members, i);
        procset_add(&larger, (unsigned)(before > i ? before : i));
    }
    procset_remove(&larger, self);
    return larger;
}

static struct procset largest_waiting(const struct coordinating *l, const struct procset *members,
                                      unsigned self)
{
    struct procset rest = procset_minus(members, &l->complete);
    procset_remove(&rest, self);
    if (procset_empty(&rest))
        rest = *members;
    return procset_of((unsigned)procset_predecessor(&rest, 0));
}

enum why coordinating_leaves_out(const struct coordinating *l, const struct procset *members,
                                 unsigned self, usec row_begun, usec form, usec now,
                                 struct procset *whom)
{
    *whom = silent_members(l, members, self, form / 4, now);
    if (!procset_empty(whom))
        return WHY_FELL_SILENT;
    if (procset_equal(&l->complete, members)) {
        *whom = larger_of_unlinked(l, members, self);
        return WHY_NOT_LINKED;
    }
    if (now < row_begun + PATIENCE_FORMS * form)
        return WHY_NONE;
    *whom = largest_waiting(l, members, self);
    return WHY_NOT_REACHED;
}
