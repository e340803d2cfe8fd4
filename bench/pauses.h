/* SPDX-License-Identifier: MIT
 *
 * pauses.h - what the processes of pausebench share: one reader that pauses, senders to its group,
 * and a second group that has nothing to do with it.
 */
#ifndef BENCH_PAUSES_H
#define BENCH_PAUSES_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "bench/measure.h"

enum { PAUSES_SENDERS = 32, PAUSES_ADDRESSES = 8, PAUSES_SIZE_MOST = 100000 };

/* The same clients all the time: first nobody pauses, then the reader does, and so on in turns. */
enum phase { PHASE_FREE, PHASE_PAUSING, PHASES };

struct pauses_setup {
    const char *addresses[PAUSES_ADDRESSES]; /* of daemons, dealt out to the clients in turns */
    int address_count;
    int senders, window, size;
    uint64_t pause_us, every_us; /* so long a pause after so much reading */
    uint64_t phase_us;
    bool never;                  /* in the second phase the reader reads no more */
    bool alone;                  /* the second group is quiet */
    int quota;                   /* messages to it then, of all senders together; 0: no end */
};

struct sender_result {
    _Atomic uint64_t sent, own; /* messages; of them those that came back */
    _Atomic uint64_t hold_us[PHASES], held_us; /* the longest send; all long ones of the second phase,
                                                            * until the reader is gone */
    atomic_int failed;          /* a code of SP_error; 0: none */
};

struct pauses {
    const struct pauses_setup *setup;
    atomic_int phase, over, ready, members, joined;
    uint64_t seen[PAUSES_SENDERS]; /* of the reader: the last number of each sender */
    _Atomic uint64_t lost, reordered, read, read_us[PHASES], read_count[PHASES];
    atomic_int reader_failed;    /* likewise ... */
    atomic_int reader_failed_in; /* ... and in which phase it was */
    _Atomic uint64_t late_us;    /* the most that it slept longer than it wanted to */
    _Atomic uint64_t stopped_at, gone_at; /* NEVER: when it read no more, when others heard it go */
    struct sender_result senders[PAUSES_SENDERS];
    _Atomic uint64_t second_count[PHASES], second_hold_us[PHASES];
    uint64_t phase_us[PHASES];   /* how long each was, in all */
};

/* The first bytes of a message to the group. */
struct pauses_stamp {
    uint32_t sender, last; /* last: no other of this sender follows */
    uint64_t number;       /* 1 and up */
};

extern const char pauses_group[], pauses_second_group[], pauses_watched_group[];

mailbox pauses_open(const struct pauses_setup *s, int place, int notices,
                    char private_group[MAX_GROUP_NAME]);

/* Each is the life of a process, until over; see run_children(). */
void pauses_reader(struct pauses *p);
void pauses_sender(struct pauses *p, int index);
void pauses_second(struct pauses *p);  /* sends to itself, 20 messages in flight */
void pauses_watcher(struct pauses *p); /* is told when the reader goes */

static inline void pauses_most(_Atomic uint64_t *most, uint64_t value)
{
    if (*most < value)
        *most = value;
}

#endif
