/* SPDX-License-Identifier: MIT */
#include "libspread/mailbox.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libspread/ends.h"
#include "libspread/lock.h"
#include "libspread/tls.h"

/* A place in the table. state: OPEN while the mailbox may be entered, plus the calls inside. Who
 * brings it to 0 closes. */
struct slot {
    atomic_uint state;
    struct connection *connection; /* set before OPEN, NULL after the close */
};

#define OPEN 0x80000000u

/* Descriptors are small numbers, so the table is an array, in rows that double: row k has FIRST_ROW
 * << k slots. Rows are never moved or freed, so that they may be read without a lock. */
enum { FIRST_ROW = 64, ROWS = 26 };

static _Atomic(struct slot *) rows[ROWS]; /* made with the process lock held */

struct place {
    int row;
    unsigned at;
};

static struct place place_of(int fd)
{
    unsigned n = (unsigned)fd / FIRST_ROW + 1;
    int row = 31 - __builtin_clz(n);
    return (struct place){row, (unsigned)fd - (((1u << row) - 1) * FIRST_ROW)};
}

static struct slot *find_slot(int fd)
{
    if (fd < 0)
        return NULL;
    struct place p = place_of(fd);
    struct slot *row = atomic_load(&rows[p.row]);
    return row ? &row[p.at] : NULL;
}

/* The slot of fd, its row made where that is missing. */
static struct slot *make_slot(int fd)
{
    struct place p = place_of(fd);
    if (!atomic_load(&rows[p.row]))
        atomic_store(&rows[p.row], calloc((size_t)FIRST_ROW << p.row, sizeof(struct slot)));
    return find_slot(fd);
}

/* -- the ends of connections --------------------------------------------------------------- */

static void close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

/* With the process lock held, so that no fork copies a half of it. */
static void destroy(struct connection *c)
{
    struct attachment *a = c->attached;
    if (a)
        a->free(a);
    close_if_open(c->wake);
    close_if_open(c->edges);
    close_if_open(c->fd);
    tls_free(c->tls);
    pipes_fini(&c->pipes);
    readahead_fini(&c->incoming);
    shared_free(c->shared, c->slab);
    free(c);
}

/* What the child of a fork has of one mailbox: no calls are inside, whatever was copied half done
 * was of the parent's threads, and a close that these would have finished is ours to finish. */
static void inherit(struct slot *slot)
{
    struct connection *c = slot->connection;
    if (!c)
        return;
    readahead_drop(&c->incoming);
    pipes_inherit(&c->pipes);
    if (c->tls)
        tls_inherit(c->tls);
    close_if_open(c->wake);
    close_if_open(c->edges);
    c->wake = -1;
    c->edges = -1;
    struct attachment *a = c->attached;
    if (a)
        a->inherit(a);
    slot->state &= OPEN;
    if (slot->state == 0) {
        slot->connection = NULL;
        destroy(c);
    }
}

static void inherit_all(void)
{
    for (int k = 0; k < ROWS; k++) {
        struct slot *row = rows[k];
        for (size_t i = 0; row && i < (size_t)FIRST_ROW << k; i++)
            inherit(&row[i]);
    }
}

/* -- connections --------------------------------------------------------------------------- */

struct connection *connection_new(void)
{
    if (!process_watch_forks(inherit_all))
        return NULL;
    struct connection *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->born = process_forks();
    c->shared = shared_new(&c->slab);
    if (!c->shared) {
        free(c);
        return NULL;
    }
    c->fd = c->edges = -1;
    pipes_init(&c->pipes, -1, c->born, c->shared);
    c->wake = -1; /* atomic, so not a part of the line above */
    return c;
}

void connection_free(struct connection *c)
{
    process_lock();
    destroy(c);
    process_unlock();
}

bool connection_is_alone(const struct connection *c)
{
    return c->born == process_forks();
}

bool connection_is_ours(const struct connection *c)
{
    return !c->tls || tls_is_ours(c->tls);
}

int connection_wake_fd(struct connection *c)
{
    int none = -1;
    if (!HAVE_THREADS || c->wake >= 0)
        return c->wake;
    int made = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!atomic_compare_exchange_strong(&c->wake, &none, made) && made >= 0)
        close(made);
    return c->wake;
}

void connection_wake(struct connection *c)
{
    if (c->wake >= 0)
        eventfd_write(c->wake, 1);
}

int connection_fail(struct connection *c)
{
    if (!connection_is_ours(c))
        return CONNECTION_CLOSED;
    ends_note(c, SP_END_UNKNOWN);
    c->shared->failed = true;
    shutdown(c->fd, SHUT_RDWR);
    return CONNECTION_CLOSED;
}

/* -- the table ----------------------------------------------------------------------------- */

/* The last call has left a closed mailbox. From here on the number may be a new one's. */
static void close_slot(struct slot *slot)
{
    process_lock();
    struct connection *c = slot->connection;
    slot->connection = NULL;
    destroy(c);
    process_unlock();
}

/* Makes room where the application itself has closed a mailbox's descriptor, so that the system
 * gave the number away again. False: a call is inside. */
static bool evict(struct slot *slot)
{
    struct connection *old = slot->connection;
    unsigned unused = OPEN;
    if (!old)
        return true;
    if (!atomic_compare_exchange_strong(&slot->state, &unused, 0))
        return false;
    old->fd = -1;
    destroy(old);
    return true;
}

bool mailbox_open(struct connection *c)
{
    process_lock();
    struct slot *slot = make_slot(c->fd);
    bool opened = slot && evict(slot);
    if (opened) {
        slot->connection = c;
        slot->state = OPEN;
    }
    process_unlock();
    return opened;
}

/* Counts one call more inside the slot of an open mailbox, keeping of its state what keep says. */
static struct connection *enter(mailbox mbox, unsigned keep)
{
    struct slot *slot = find_slot(mbox);
    if (!slot)
        return NULL;
    unsigned state = slot->state;
    do
        if (!(state & OPEN))
            return NULL;
    while (!atomic_compare_exchange_weak(&slot->state, &state, (state & keep) + 1));
    return slot->connection;
}

struct connection *mailbox_enter(mailbox mbox)
{
    return enter(mbox, ~0u);
}

struct connection *mailbox_close(mailbox mbox)
{
    return enter(mbox, ~OPEN);
}

void mailbox_leave(struct connection *c)
{
    struct slot *slot = find_slot(c->fd);
    if (atomic_fetch_sub(&slot->state, 1) == 1)
        close_slot(slot);
}

bool mailbox_is_open(const struct connection *c)
{
    return find_slot(c->fd)->state & OPEN;
}
