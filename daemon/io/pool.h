/* SPDX-License-Identifier: MIT
 *
 * pool.h - what would keep the loop too long is computed beside it: by threads, which begin with the
 * first that there is to do.
 *
 * They are as many as there are processors but one, THREADS_MOST at most, and give way to the loop. A job is
 * the threads' from when it is given until it is done, and all that run() touches with it; before and
 * afterwards it is the loop's. So nothing is shared but the two lists of jobs. Who waits, and whose turn it
 * is, the loop knows: it gives no more jobs than there is room for.
 */
#ifndef SPREAD_IO_POOL_H
#define SPREAD_IO_POOL_H

#include <event2/event.h>

#include "daemon/base/list.h"

struct job {
    struct link place;
    void (*run)(struct job *j);  /* in a thread */
    void (*done)(struct job *j); /* in the loop, afterwards; it may free the job */
};

struct pool;

struct pool_kind {
    const char *purpose; /* for the log, as in "no thread can be started to ..." */
    int ahead;           /* jobs for each thread that wait, so that it need not wait for the loop */
    bool background;     /* all else that wakes on the machine goes before */
};

struct pool *pool_new(struct event_base *base, const struct pool_kind *kind);
/* Waits for the jobs that threads are at. None is done any more: those that were given are the caller's
 * again. */
void pool_free(struct pool *p);

/* Whether another job would be begun at once, or next. */
bool pool_has_room(struct pool *p);
void pool_give(struct pool *p, struct job *j);

#endif
