/* SPDX-License-Identifier: MIT */
#include "daemon/io/hashing.h"

#include <crypt.h>
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
#include "daemon/io/clock.h"
#include "daemon/io/log_output.h"

enum {
    THREADS_MOST = 4,
    STACK = 256 << 10, /* crypt_data is on the heap */
    GIVES_WAY = 5,     /* nice: on a machine that is too busy, too, they are hashed some time */
};

enum job_state { JOB_NONE, JOB_GIVEN, JOB_DONE, JOB_END };

/* One thread and what it is to do. The loop writes the question, then GIVEN or END; the thread the
 * answer, then DONE. */
struct worker {
    struct hashing *all;
    pthread_t thread;
    enum job_state state;
    struct login_question question;
    bool matches;
};

struct hashing {
    struct daemon *daemon;
    pthread_mutex_t lock; /* of what follows, up to count */
    pthread_cond_t given;
    struct worker workers[THREADS_MOST];
    int count;   /* threads that run; the loop's alone, as all below */
    int most;    /* of them */
    int done_fd; /* an eventfd: some job is done; -1: there cannot be one */
    bool warned;
    struct event done;
};

/* -- a thread ------------------------------------------------------------------------------ */

/* Whether the password makes the hash, as crypt(3) says. This is what takes the time. */
static bool hash_matches(const char *password, const char *hash)
{
    struct crypt_data *scratch = memory_new(sizeof *scratch);
    const char *made = hash[0] ? crypt_r(password, hash, scratch) : NULL;
    bool same = made && strcmp(made, hash) == 0;
    explicit_bzero(scratch, sizeof *scratch);
    free(scratch);
    return same;
}

/* On Linux these are of the thread, not of the process. With real-time priority, or the same as the
 * loop has, a hash would take the processor that the token waits for. */
static void give_way(void)
{
    struct sched_param none = {0};
    sched_setscheduler(0, SCHED_BATCH, &none);
    setpriority(PRIO_PROCESS, 0, GIVES_WAY);
}

static void say_done(struct worker *w)
{
    uint64_t one = 1;
    w->state = JOB_DONE;
    while (write(w->all->done_fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

static void *work(void *context)
{
    struct worker *w = context;
    give_way();
    pthread_mutex_lock(&w->all->lock);
    while (w->state != JOB_END) {
        if (w->state != JOB_GIVEN) {
            pthread_cond_wait(&w->all->given, &w->all->lock);
            continue;
        }
        pthread_mutex_unlock(&w->all->lock);
        bool matches = hash_matches(w->question.password, w->question.hash);
        pthread_mutex_lock(&w->all->lock);
        w->matches = matches;
        explicit_bzero(w->question.password, sizeof w->question.password);
        if (w->state == JOB_GIVEN)
            say_done(w);
    }
    pthread_mutex_unlock(&w->all->lock);
    return NULL;
}

/* -- the loop ------------------------------------------------------------------------------ */

static enum job_state state_of(struct worker *w)
{
    pthread_mutex_lock(&w->all->lock);
    enum job_state state = w->state;
    pthread_mutex_unlock(&w->all->lock);
    return state;
}

static void set_state(struct worker *w, enum job_state state)
{
    pthread_mutex_lock(&w->all->lock);
    w->state = state;
    pthread_cond_broadcast(&w->all->given);
    pthread_mutex_unlock(&w->all->lock);
}

static void on_done(evutil_socket_t fd, short what, void *context)
{
    struct hashing *h = context;
    uint64_t count;
    (void)what;
    if (read(fd, &count, sizeof count) < 0)
        return;
    for (int i = 0; i < h->count; i++) {
        struct worker *w = &h->workers[i];
        if (state_of(w) != JOB_DONE)
            continue;
        set_state(w, JOB_NONE);
        daemon_on_login(h->daemon, w->question.number, w->matches, clock_now());
    }
}

static int processors(void)
{
    cpu_set_t ours;
    return sched_getaffinity(0, sizeof ours, &ours) == 0 ? CPU_COUNT(&ours) : 1;
}

struct hashing *hashing_new(struct event_base *base, struct daemon *daemon)
{
    struct hashing *h = memory_new(sizeof *h);
    int spare = processors() - 1;
    h->daemon = daemon;
    h->most = spare < 1 ? 1 : spare > THREADS_MOST ? THREADS_MOST : spare;
    pthread_mutex_init(&h->lock, NULL);
    pthread_cond_init(&h->given, NULL);
    h->done_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    event_assign(&h->done, base, h->done_fd, EV_READ | EV_PERSIST, on_done, h);
    if (h->done_fd >= 0)
        event_add(&h->done, NULL);
    return h;
}

void hashing_free(struct hashing *h)
{
    if (!h)
        return;
    for (int i = 0; i < h->count; i++)
        set_state(&h->workers[i], JOB_END);
    for (int i = 0; i < h->count; i++)
        pthread_join(h->workers[i].thread, NULL);
    if (h->done_fd >= 0) {
        event_del(&h->done);
        close(h->done_fd);
    }
    pthread_cond_destroy(&h->given);
    pthread_mutex_destroy(&h->lock);
    free(h);
}

/* All signals are the loop's. */
static int begin_thread(struct worker *w)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    sigfillset(&all);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&w->thread, &attributes, work, w);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return error;
}

/* One more; NULL: there are enough, or the system refuses. */
static struct worker *add_worker(struct hashing *h)
{
    if (h->count == h->most || h->done_fd < 0)
        return NULL;
    struct worker *w = &h->workers[h->count];
    *w = (struct worker){.all = h};
    int error = begin_thread(w);
    if (error == 0) {
        h->count++;
        return w;
    }
    if (h->count == 0 && !h->warned)
        log_event(log_output(), LOG_PRINT, LEVEL_ERROR,
                  "no thread can be started to check passwords (%s): who logs in waits",
                  strerror(error));
    h->warned = true;
    return NULL;
}

static struct worker *free_worker(struct hashing *h)
{
    for (int i = 0; i < h->count; i++)
        if (state_of(&h->workers[i]) == JOB_NONE)
            return &h->workers[i];
    return NULL;
}

void hashing_step(struct hashing *h)
{
    struct login_question q;
    while (daemon_login_waits(h->daemon)) {
        struct worker *w = free_worker(h);
        if (!w && !(w = add_worker(h)))
            return;
        daemon_next_login(h->daemon, &q);
        w->question = q;
        explicit_bzero(&q, sizeof q);
        set_state(w, JOB_GIVEN);
    }
}
