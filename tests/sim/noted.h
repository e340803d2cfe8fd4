/* SPDX-License-Identifier: MIT
 *
 * noted.h - what must be the same wherever it is seen, by a key: the first value of each is kept.
 */
#ifndef TESTS_SIM_NOTED_H
#define TESTS_SIM_NOTED_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/base/memory.h"

#include <uthash.h>

struct noted {
    uint64_t key, value;
    UT_hash_handle hh;
};

/* The note of that key; *added tells whether it is new, with value. */
struct noted *note_once(struct noted **table, uint64_t key, uint64_t value, bool *added);
/* Clients see of a ring the id of its first daemon and a second, which two may have had (ring.md 10.3):
 * then 0 stands for its tag. */
void note_ring(struct noted **table, uint32_t proc, uint32_t time, uint64_t tag);
void notes_free(struct noted *table);

#endif
