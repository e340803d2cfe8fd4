/* SPDX-License-Identifier: MIT */
#include "libspread/lock.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h> /* pthread_atfork belongs to libc and needs no threads */
#include <stdatomic.h>
#include <stddef.h>
#include <time.h>

#ifdef SPREAD_THREADS

static pthread_mutex_t the_process = PTHREAD_MUTEX_INITIALIZER;

void lock_init(struct lock *l)
{
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&l->mutex, &attr);
    pthread_mutexattr_destroy(&attr);
}

void lock_init_private(struct lock *l)
{
    pthread_mutex_init(&l->mutex, NULL);
}

void lock_fini(struct lock *l)
{
    pthread_mutex_destroy(&l->mutex);
}

/* Who was inside before may have died there. */
static void begin(struct lock *l, int error)
{
    if (error == EOWNERDEAD)
        error = pthread_mutex_consistent(&l->mutex);
    assert(error == 0);
}

void lock_take(struct lock *l)
{
    begin(l, pthread_mutex_lock(&l->mutex));
}

/* Thread sanitizer does not know of pthread_mutex_clocklock, so this waits by the wall clock. */
bool lock_take_until(struct lock *l, usec deadline)
{
    struct timespec t;
    usec now = clock_now(), left = deadline > now ? deadline - now : 0;
    clock_gettime(CLOCK_REALTIME, &t);
    left += (usec)t.tv_nsec / 1000;
    t.tv_sec += (time_t)(left / 1000000);
    t.tv_nsec = (long)(left % 1000000) * 1000;
    int error = pthread_mutex_timedlock(&l->mutex, &t);
    if (error == ETIMEDOUT)
        return false;
    begin(l, error);
    return true;
}

void lock_leave(struct lock *l)
{
    pthread_mutex_unlock(&l->mutex);
}

void process_lock(void)
{
    pthread_mutex_lock(&the_process);
}

void process_unlock(void)
{
    pthread_mutex_unlock(&the_process);
}

#else

void lock_init(struct lock *l)
{
    l->nothing = 0;
}

void lock_init_private(struct lock *l)
{
    lock_init(l);
}

void lock_fini(struct lock *l)
{
    (void)l;
}

void lock_take(struct lock *l)
{
    (void)l;
}

bool lock_take_until(struct lock *l, usec deadline)
{
    (void)l;
    (void)deadline;
    return true;
}

void lock_leave(struct lock *l)
{
    (void)l;
}

void process_lock(void)
{
}

void process_unlock(void)
{
}

#endif

/* -- forks --------------------------------------------------------------------------------- */

static atomic_uint forks;
static void (*after_fork)(void); /* NULL until forks are watched */

static void on_fork(void)
{
    process_lock();
    atomic_fetch_add(&forks, 1);
}

static void on_fork_in_child(void)
{
    after_fork();
    process_unlock();
}

bool process_watch_forks(void (*in_child)(void))
{
    bool watched = true;
    process_lock();
    if (!after_fork) {
        watched = pthread_atfork(on_fork, process_unlock, on_fork_in_child) == 0;
        if (watched)
            after_fork = in_child;
    }
    process_unlock();
    return watched;
}

unsigned process_forks(void)
{
    return atomic_load(&forks);
}
