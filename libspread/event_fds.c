/* SPDX-License-Identifier: MIT
 *
 * poll() rather than epoll: it takes every kind of file, keeps no state in the kernel that fork()
 * would share and close() would lose, and a client watches few descriptors. One pollfd serves all
 * entries of a descriptor, because poll() takes no more of them than RLIMIT_NOFILE.
 */
#include "libspread/event.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "libspread/queue.h"

typedef void fd_function(int fd, int code, void *data);

struct entry {
    TAILQ_ENTRY(entry) in_order; /* in its level */
    TAILQ_ENTRY(entry) in_ready; /* in its level's snapshot, if ready */
    struct descriptor *descriptor;
    int type, priority;
    fd_function *function;
    int code;
    void *data;
    uint64_t turn; /* grows with each attachment */
    bool active, ready;
};
TAILQ_HEAD(entry_list, entry);

struct descriptor {
    int fd;
    short ready; /* what poll() said in this round */
    struct entry *entries[NUM_FDTYPES][NUM_PRIORITY];
};

struct level {
    struct entry_list order; /* all entries, as attached */
    struct entry_list ready; /* of the snapshot, those not yet served */
    int active;
};

#define EMPTY_LEVEL(i)                                                                             \
    {                                                                                              \
        .order = TAILQ_HEAD_INITIALIZER(fds.levels[i].order),                                      \
        .ready = TAILQ_HEAD_INITIALIZER(fds.levels[i].ready)                                       \
    }

static struct {
    struct level levels[NUM_PRIORITY];
    struct descriptor **descriptors; /* by number */
    struct pollfd *polled;           /* [0]: the wake-up; [i + 1]: of descriptors[i] */
    size_t used, size;
    int threshold;
    uint64_t turns;
    uint64_t low_turn; /* of the LOW entry served last */
} fds = {.levels = {EMPTY_LEVEL(0), EMPTY_LEVEL(1), EMPTY_LEVEL(2)}};

static bool is_type(int type)
{
    return type >= 0 && type < NUM_FDTYPES;
}

static bool is_priority(int priority)
{
    return priority >= 0 && priority < NUM_PRIORITY;
}

/* -- descriptors, sorted by number ---------------------------------------------------------- */

/* Where fd is, or belongs. */
static size_t place_of(int fd)
{
    size_t low = 0, high = fds.used;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (fds.descriptors[middle]->fd < fd)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct descriptor *find(int fd)
{
    size_t at = place_of(fd);
    return at < fds.used && fds.descriptors[at]->fd == fd ? fds.descriptors[at] : NULL;
}

static bool make_room(void)
{
    if (fds.used < fds.size)
        return true;
    size_t size = fds.size ? 2 * fds.size : 16;
    struct descriptor **d = reallocarray(fds.descriptors, size, sizeof *d);
    if (d)
        fds.descriptors = d;
    struct pollfd *p = reallocarray(fds.polled, size + 1, sizeof *p);
    if (p)
        fds.polled = p;
    if (d && p)
        fds.size = size;
    return d && p;
}

static struct descriptor *enter(int fd)
{
    struct descriptor *d = make_room() ? malloc(sizeof *d) : NULL;
    if (!d)
        return NULL;
    *d = (struct descriptor){.fd = fd};
    size_t at = place_of(fd), behind = fds.used - at;
    memmove(fds.descriptors + at + 1, fds.descriptors + at, behind * sizeof *fds.descriptors);
    memmove(fds.polled + at + 2, fds.polled + at + 1, behind * sizeof *fds.polled);
    fds.descriptors[at] = d;
    fds.polled[at + 1] = (struct pollfd){.fd = -1};
    fds.used++;
    return d;
}

static void forget_if_unused(struct descriptor *d)
{
    for (int type = 0; type < NUM_FDTYPES; type++)
        for (int priority = 0; priority < NUM_PRIORITY; priority++)
            if (d->entries[type][priority])
                return;
    size_t at = place_of(d->fd), behind = fds.used - at - 1;
    memmove(fds.descriptors + at, fds.descriptors + at + 1, behind * sizeof *fds.descriptors);
    memmove(fds.polled + at + 1, fds.polled + at + 2, behind * sizeof *fds.polled);
    fds.used--;
    free(d);
}

/* Sets what poll() is to watch for: exactly the active entries at or above the threshold. */
static void watch(size_t at)
{
    static const short events[NUM_FDTYPES] = {POLLIN, POLLOUT, POLLPRI};
    const struct descriptor *d = fds.descriptors[at];
    short wanted = 0;
    for (int type = 0; type < NUM_FDTYPES; type++)
        for (int priority = fds.threshold; priority < NUM_PRIORITY; priority++)
            if (d->entries[type][priority] && d->entries[type][priority]->active)
                wanted = (short)(wanted | events[type]);
    fds.polled[at + 1] = (struct pollfd){.fd = wanted ? d->fd : -1, .events = wanted};
}

/* -- entries -------------------------------------------------------------------------------- */

/* Takes e out of the snapshot: what was ready a moment ago may be another file by now. */
static void unready(struct entry *e)
{
    if (e->ready)
        TAILQ_REMOVE(&fds.levels[e->priority].ready, e, in_ready);
    e->ready = false;
}

static void set_active(struct entry *e, bool active)
{
    fds.levels[e->priority].active += active - e->active;
    e->active = active;
    unready(e);
}

static void detach(struct descriptor *d, int type, int priority)
{
    struct entry *e = d->entries[type][priority];
    set_active(e, false);
    TAILQ_REMOVE(&fds.levels[priority].order, e, in_order);
    d->entries[type][priority] = NULL;
    free(e);
}

static struct entry *attach(int fd, int type, int priority)
{
    struct descriptor *d = find(fd);
    if (!d)
        d = enter(fd);
    if (!d)
        return NULL;
    struct entry *e = malloc(sizeof *e);
    if (!e) {
        forget_if_unused(d);
        return NULL;
    }
    *e = (struct entry){.descriptor = d, .type = type, .priority = priority, .turn = ++fds.turns};
    d->entries[type][priority] = e;
    TAILQ_INSERT_TAIL(&fds.levels[priority].order, e, in_order);
    return e;
}

/* -- the calls ------------------------------------------------------------------------------ */

int E_attach_fd(int fd, int fd_type, fd_function *func, int code, void *data, int priority)
{
    if (fd < 0 || !is_type(fd_type) || !is_priority(priority))
        return -1;
    struct descriptor *d = find(fd);
    struct entry *e = d ? d->entries[fd_type][priority] : NULL;
    int replaced = e != NULL;
    if (!e)
        e = attach(fd, fd_type, priority);
    if (!e)
        return -1;
    e->function = func;
    e->code = code;
    e->data = data;
    set_active(e, true);
    watch(place_of(fd));
    return replaced;
}

/* Detaches what fd has of a type from the priorities first to last. */
static int detach_between(int fd, int fd_type, int first, int last)
{
    struct descriptor *d = is_type(fd_type) ? find(fd) : NULL;
    int result = -1;
    if (!d)
        return -1;
    for (int priority = first; priority <= last; priority++) {
        if (d->entries[fd_type][priority]) {
            detach(d, fd_type, priority);
            result = 0;
        }
    }
    watch(place_of(fd));
    forget_if_unused(d);
    return result;
}

int E_detach_fd(int fd, int fd_type)
{
    return detach_between(fd, fd_type, LOW_PRIORITY, HIGH_PRIORITY);
}

int E_detach_fd_priority(int fd, int fd_type, int priority)
{
    return is_priority(priority) ? detach_between(fd, fd_type, priority, priority) : -1;
}

static int change_active(int fd, int fd_type, bool active)
{
    struct descriptor *d = is_type(fd_type) ? find(fd) : NULL;
    int result = -1;
    if (!d)
        return -1;
    for (int priority = 0; priority < NUM_PRIORITY; priority++) {
        struct entry *e = d->entries[fd_type][priority];
        if (!e)
            continue;
        if (e->active != active)
            set_active(e, active);
        result = 0;
    }
    watch(place_of(fd));
    return result;
}

int E_activate_fd(int fd, int fd_type)
{
    return change_active(fd, fd_type, true);
}

int E_deactivate_fd(int fd, int fd_type)
{
    return change_active(fd, fd_type, false);
}

int E_set_active_threshold(int priority)
{
    if (!is_priority(priority))
        return -1;
    fds.threshold = priority;
    for (size_t i = 0; i < fds.used; i++)
        watch(i);
    return priority;
}

int E_num_active(int priority)
{
    return is_priority(priority) ? fds.levels[priority].active : -1;
}

int event_fds_threshold(void)
{
    return fds.threshold;
}

void event_fds_clear(void)
{
    while (fds.used > 0)
        for (int type = 0, fd = fds.descriptors[0]->fd; type < NUM_FDTYPES; type++)
            E_detach_fd(fd, type);
    free(fds.descriptors);
    free(fds.polled);
    fds.descriptors = NULL;
    fds.polled = NULL;
    fds.size = 0;
    fds.threshold = LOW_PRIORITY;
}

/* -- one round ------------------------------------------------------------------------------ */

/* Waits, and leaves what it found in fds.polled and in woken. Returns what poll() said. */
static int wait_for_any(int wake_fd, int64_t wait, bool *woken)
{
    struct pollfd wake_alone, *polled = fds.polled ? fds.polled : &wake_alone;
    struct timespec limit = {.tv_sec = (time_t)(wait / 1000000),
                             .tv_nsec = (long)(wait % 1000000) * 1000};
    polled[0] = (struct pollfd){.fd = wake_fd, .events = POLLIN};
    int n = ppoll(polled, fds.used + 1, &limit, NULL);
    if (n < 0 && errno != EINTR) {
        /* More descriptors than the process may have, or no memory: timers go on, gently. */
        struct timespec pause = {.tv_nsec = wait < 10000 ? (long)wait * 1000 : 10000000};
        nanosleep(&pause, NULL);
    }
    *woken = n > 0 && polled[0].revents;
    return n;
}

/* A descriptor that has failed, hung up or been closed is ready for all it is watched for: only
 * its functions can do something about it. */
static bool is_ready(const struct entry *e)
{
    static const int wanted[NUM_FDTYPES] = {POLLIN, POLLOUT, POLLPRI};
    int always = POLLERR | POLLHUP | POLLNVAL;
    return e->active && e->priority >= fds.threshold &&
           e->descriptor->ready & (wanted[e->type] | always);
}

bool event_fds_look(int wake_fd, int64_t wait)
{
    bool woken;
    int n = wait_for_any(wake_fd, wait, &woken);
    for (size_t i = 0; i < fds.used; i++)
        fds.descriptors[i]->ready = n > 0 ? fds.polled[i + 1].revents : 0;

    for (int priority = 0; priority < NUM_PRIORITY; priority++) {
        struct level *l = &fds.levels[priority];
        struct entry *e;
        TAILQ_INIT(&l->ready);
        TAILQ_FOREACH(e, &l->order, in_order)
        {
            e->ready = is_ready(e);
            if (e->ready)
                TAILQ_INSERT_TAIL(&l->ready, e, in_ready);
        }
    }
    return woken;
}

/* The next ready entry of a level. LOW entries take turns over the rounds: the first one behind
 * the one served last. */
static struct entry *next_ready(int priority)
{
    struct entry_list *ready = &fds.levels[priority].ready;
    struct entry *e;
    if (priority == LOW_PRIORITY)
        TAILQ_FOREACH(e, ready, in_ready)
    if (e->turn > fds.low_turn)
        return e;
    return TAILQ_FIRST(ready);
}

bool event_fds_serve(int priority)
{
    struct entry *e = next_ready(priority);
    if (!e)
        return false;
    unready(e);
    if (priority == LOW_PRIORITY)
        fds.low_turn = e->turn;
    e->function(e->descriptor->fd, e->code, e->data); /* may detach e */
    return true;
}
