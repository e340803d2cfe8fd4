/* SPDX-License-Identifier: MIT
 *
 * store.h - bytes of a stream that were taken from the kernel before anybody asked for them.
 *
 * They are found by their place in the stream, not by what this process took of
 * them: after fork() both processes have the same bytes, each its own copy, and
 * agree in shared memory on how far the stream has been handed out (readahead.h).
 *
 *     chunk: 0 .. 65000     chunk: 65000 .. 130000     chunk: 130000 .. 141000 and room
 *
 * What changes the chunks is done with the process lock held, so no fork copies
 * a half of it.
 */
#ifndef SPREAD_STORE_H
#define SPREAD_STORE_H

#include <stddef.h>
#include <stdint.h>

struct chunk;

struct store {
    struct chunk *first, *last; /* by place, without a gap; NULL: nothing is stored */
};

/* With the process lock held: memory for bytes from that place of the stream on, which follows what
 * is stored, and how many. NULL: no memory. */
uint8_t *store_room(struct store *st, uint64_t at, size_t *room);
/* So many bytes were put there. */
void store_added(struct store *st, size_t len);

/* Copies stored bytes from that place on; to NULL: nowhere. Nobody needs them or what is before them
 * any more. Takes the process lock. */
void store_take(struct store *st, uint64_t at, uint8_t *to, size_t len);

/* Frees all; with the process lock held. */
void store_drop(struct store *st);

#endif
