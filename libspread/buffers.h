/* SPDX-License-Identifier: MIT
 *
 * buffers.h - memory to peek into, lent to mailboxes that have messages waiting.
 *
 * A mailbox holds a buffer only while messages stand in it, so idle mailboxes
 * hold none; a few are kept for the next taker, still warm in the cache.
 */
#ifndef SPREAD_BUFFERS_H
#define SPREAD_BUFFERS_H

#include <stdint.h>

enum {
    BUFFER_BYTES = 64 * 1024,
    BUFFERS_MAX = 1024, /* lent at one time; the mailboxes beyond do without */
};

/* BUFFER_BYTES of memory, or NULL: too many are out, or there is no memory. Callers can do
 * without. */
uint8_t *buffer_take(void);
/* Gives it back; NULL is fine. */
void buffer_give(uint8_t *buffer);

#endif
