/* SPDX-License-Identifier: MIT
 *
 * shared.h - what two processes that hold one mailbox after fork() must agree on.
 *
 * It is little: whether the mailbox has failed, who sends and who receives, and
 * how far the stream has been handed out. The bytes themselves stay in the kernel
 * until they are handed out, or were taken when no other process had the mailbox,
 * so no buffer needs to be shared (readahead.h).
 *
 * Records are cut from mappings of memory that fork() shares rather than copies.
 * A mapping serves one process between two forks: what was made in it before a
 * fork may be in use elsewhere, so nothing of it is used again; it goes when the
 * last mailbox of this process that lives in it goes. A thousand idle mailboxes
 * cost a few hundred kilobytes.
 */
#ifndef SPREAD_SHARED_H
#define SPREAD_SHARED_H

#include <stdatomic.h>
#include <stdint.h>

#include "libspread/lock.h"
#include "libspread/wire/frame.h"

enum { FRAME_FRONT_MAX = FRAME_HEADER + FRAME_OLD_TYPE }; /* all that is in front of the groups */

struct shared {
    /* Sending: guarded by its lock. */
    _Alignas(64) struct lock send_lock;
    bool half_sent; /* a message is partly written: if nobody is in here, its writer died */

    atomic_bool failed;
    atomic_uint_fast64_t tls_owner; /* which process goes on with TLS: tls.c */

    /* Receiving: guarded by its lock; what is atomic is read without it. */
    _Alignas(64) struct lock receive_lock;
    atomic_bool half_taken;        /* a message is partly taken from the kernel, likewise */
    uint8_t kept_len;              /* bytes of kept; 0: none */
    atomic_uint_fast64_t taken;    /* bytes taken from the kernel since the mailbox was opened */
    atomic_uint_fast32_t stored;   /* the last of them, which have not been handed out: store.h */
    atomic_uint_fast32_t ahead;    /* bytes handed out that the kernel still has, at its front */
    atomic_uint_fast32_t shown;    /* bytes behind those that a too short receive has told of */
    uint8_t kept[FRAME_FRONT_MAX]; /* front of a message whose rest is in the kernel */
};

struct shared_slab;

/* A new record, all zero, its locks ready; NULL: no memory. The slab goes to shared_free. */
struct shared *shared_new(struct shared_slab **slab);

/* This process has no use for the record any more. Called with the process lock held. */
void shared_free(struct shared *s, struct shared_slab *slab);

#endif
