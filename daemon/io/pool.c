/* SPDX-License-Identifier: MIT */
#include "daemon/io/pool.h"

#include <errno.h>
#include <event2/event_struct.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon/base/memory.h"
#include "daemon/io/log_output.h"

enum {
    THREADS_MOST = 4,
    STACK = 512 << 10,
    GIVES_WAY = 5, /* nice: on a machine that is too busy, too, it is done some time */
};

struct pool {
    pthread_mutex_t lock; /* of what follows, up to ends */
    pthread_cond_t some;
    struct link given;
    struct link done;
    bool ends;
    pthread_t threads[THREADS_MOST]; /* the loop's alone, as all below */
    int count;
    int most;
    int under_way; /* jobs that were given and not taken back */
    int done_fd;   /* an eventfd: some job is done; -1: there cannot be one */
    struct pool_kind kind;
    bool warned;
    struct event on_done;
};

/* -- a thread ------------------------------------------------------------------------------ */

/* On Linux these are of the thread, not of the process. With real-time priority, or the same as the
 * loop has, a job would take the processor that the token waits for. */
static void give_way(const struct pool_kind *kind)
{
    struct sched_param none = {0};
    sched_setscheduler(0, kind->background ? SCHED_BATCH : SCHED_OTHER, &none);
    setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + GIVES_WAY);
}

/* With the lock, as on return. */
static void run_one(struct pool *p, struct job *j)
{
    uint64_t one = 1;
    pthread_mutex_unlock(&p->lock);
    j->run(j);
    pthread_mutex_lock(&p->lock);
    bool first = list_empty(&p->done);
    list_append(&p->done, &j->place);
    while (first && write(p->done_fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

static void *work(void *context)
{
    struct pool *p = context;
    give_way(&p->kind);
    pthread_mutex_lock(&p->lock);
    while (!p->ends) {
        struct link *next = list_take_first(&p->given);
        if (next)
            run_one(p, list_entry(next, struct job, place));
        else
            pthread_cond_wait(&p->some, &p->lock);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

/* -- the loop ------------------------------------------------------------------------------ */

/* Moves all of one list to the end of another. */
static void move_all(struct link *from, struct link *to)
{
    for (struct link *l; (l = list_take_first(from));)
        list_append(to, l);
}

static void on_done(evutil_socket_t fd, short what, void *context)
{
    struct pool *p = context;
    struct link done;
    uint64_t count;
    (void)what;
    list_init(&done);
    if (read(fd, &count, sizeof count) < 0)
        return;
    pthread_mutex_lock(&p->lock);
    move_all(&p->done, &done);
    pthread_mutex_unlock(&p->lock);
    for (struct link *l; (l = list_take_first(&done));) {
        struct job *j = list_entry(l, struct job, place);
        p->under_way--;
        j->done(j);
    }
}

static int processors(void)
{
    cpu_set_t ours;
    return sched_getaffinity(0, sizeof ours, &ours) == 0 ? CPU_COUNT(&ours) : 1;
}

struct pool *pool_new(struct event_base *base, const struct pool_kind *kind)
{
    struct pool *p = memory_new(sizeof *p);
    int spare = processors() - 1;
    p->kind = *kind;
    p->most = spare < 1 ? 1 : spare > THREADS_MOST ? THREADS_MOST : spare;
    list_init(&p->given);
    list_init(&p->done);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->some, NULL);
    p->done_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    event_assign(&p->on_done, base, p->done_fd, EV_READ | EV_PERSIST, on_done, p);
    if (p->done_fd >= 0)
        event_add(&p->on_done, NULL);
    return p;
}

void pool_free(struct pool *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->ends = true;
    pthread_cond_broadcast(&p->some);
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < p->count; i++)
        pthread_join(p->threads[i], NULL);
    if (p->done_fd >= 0) {
        event_del(&p->on_done);
        close(p->done_fd);
    }
    pthread_cond_destroy(&p->some);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

/* All signals are the loop's. */
static int begin_thread(struct pool *p)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    sigfillset(&all);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&p->threads[p->count], &attributes, work, p);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return error;
}

/* One more. False: there are enough, or the system refuses. */
static bool add_thread(struct pool *p)
{
    if (p->count == p->most || p->done_fd < 0)
        return false;
    int error = begin_thread(p);
    if (error == 0) {
        p->count++;
        return true;
    }
    if (p->count == 0 && !p->warned)
        log_event(log_output(), LOG_PRINT, LEVEL_ERROR,
                  "no thread can be started to %s (%s): who comes in by that waits", p->kind.purpose,
                  strerror(error));
    p->warned = true;
    return false;
}

bool pool_has_room(struct pool *p)
{
    return p->under_way < p->count || add_thread(p) || p->under_way < p->count * (1 + p->kind.ahead);
}

void pool_give(struct pool *p, struct job *j)
{
    p->under_way++;
    pthread_mutex_lock(&p->lock);
    list_append(&p->given, &j->place);
    pthread_cond_signal(&p->some);
    pthread_mutex_unlock(&p->lock);
}
