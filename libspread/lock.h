/* SPDX-License-Identifier: MIT
 *
 * lock.h - mutexes, or nothing; and what fork() means for us.
 *
 * All that differs between the builds is here and in lock.c: with
 * SPREAD_THREADS a lock is a mutex that works between processes as well, in the
 * plain build it is nothing.
 *
 * A lock may stand in memory that processes share. When a process or thread ends
 * inside it, the next one simply gets it: what the lock guards must tell by
 * itself whether it was left half done.
 */
#ifndef SPREAD_LOCK_H
#define SPREAD_LOCK_H

#include <stdbool.h>

#include "libspread/stream.h"

#ifdef SPREAD_THREADS
#include <pthread.h>
enum { HAVE_THREADS = 1 };
struct lock {
    pthread_mutex_t mutex;
};
#else
enum { HAVE_THREADS = 0 };
struct lock {
    char nothing;
};
#endif

void lock_init(struct lock *l);
/* The same for memory of this process alone, which is faster. */
void lock_init_private(struct lock *l);
void lock_fini(struct lock *l);
void lock_take(struct lock *l);
/* The same, but by a deadline other than NEVER. False: somebody is inside still. */
bool lock_take_until(struct lock *l, usec deadline);
void lock_leave(struct lock *l);

/* The one lock of the process, held briefly: while descriptors enter and leave the table of
 * mailboxes, and around the registered authentication methods. fork() waits for it, so a child
 * never finds these half changed. */
void process_lock(void);
void process_unlock(void);

/* Begins to count forks, once; after each, in_child runs in the child with the process lock held.
 * False: no memory. */
bool process_watch_forks(void (*in_child)(void));

/* How many forks this process and its ancestors have seen since. What was made at another count
 * than now's may be held by another process as well. */
unsigned process_forks(void);

#endif
