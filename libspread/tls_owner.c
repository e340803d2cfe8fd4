/* SPDX-License-Identifier: MIT
 *
 * Which of the processes that have a connection through TLS goes on with it after a fork, and who is inside.
 */
#include <unistd.h>

#include "libspread/tls_inside.h"

/* Different in each process that may have the mailbox at this count of forks. */
static uint64_t new_owner(void)
{
    return (uint64_t)process_forks() << 32 | (uint32_t)getpid();
}

void tls_own(struct tls *t, struct shared *shared)
{
    t->shared = shared;
    t->forks = process_forks();
    t->owner = new_owner();
    atomic_store(&shared->tls_owner, t->owner);
}

/* With the lock held. Since the last fork two processes have the same state, and the same idea of whom
 * it belongs to; the first to put itself there goes on. */
static void claim(struct tls *t)
{
    uint_fast64_t expected = t->owner;
    uint64_t owner = new_owner();
    if (atomic_compare_exchange_strong(&t->shared->tls_owner, &expected, owner))
        t->owner = owner;
    else
        t->lost = true;
    t->forks = process_forks();
}

bool tls_enter(struct tls *t)
{
    lock_take(&t->lock);
    t->inside = true;
    if (t->shared && t->forks != process_forks())
        claim(t);
    return !t->lost;
}

void tls_leave(struct tls *t)
{
    t->inside = false;
    lock_leave(&t->lock);
}

bool tls_is_ours(struct tls *t)
{
    if (t->forks == process_forks())
        return !t->lost;
    bool ours = tls_enter(t);
    tls_leave(t);
    return ours;
}

void tls_inherit(struct tls *t)
{
    lock_init(&t->lock);
    if (t->inside)
        t->lost = true;
    t->inside = false;
}
