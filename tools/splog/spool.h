/* SPDX-License-Identifier: MIT
 *
 * spool.h - the lines a sender still has, in order and in batches as they are sent.
 *
 * A batch grows until it is full or sent; from then on it stays as it is, so that
 * it can be sent again. Batches are sent from front to back and go when their
 * lines are settled:
 *
 *    front                     sent           back
 *      | in flight, or to be     | not sent yet  | still grows
 *      | sent again after a      |               |
 *      | rewind                  |               |
 */
#ifndef SPLOG_SPOOL_H
#define SPLOG_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libspread/queue.h"

enum { BATCH_BYTES = 60000 }; /* a batch is full beyond this, unless it is one long line */

struct batch {
    TAILQ_ENTRY(batch) link;
    uint64_t first; /* number of its first line */
    uint32_t count; /* lines */
    char *text;     /* the lines, each with its newline */
    size_t len, size;
    bool sealed; /* it was sent */
};
TAILQ_HEAD(batch_list, batch);

struct spool {
    struct batch_list batches;
    struct batch *back;   /* of these the last one; NULL: there is none */
    struct batch *unsent; /* the first one that is not sent; NULL: all are */
    size_t in_flight;     /* batches before it */
    size_t bytes, limit;
    uint64_t next; /* number of the next line */
};

/* limit: bytes it may hold. A line always fits into an empty spool. */
void spool_init(struct spool *s, size_t limit);
void spool_fini(struct spool *s);

/* Takes a line, which comes without newline. False: the spool is full; the caller may offer it
 * again, or count it as dropped. */
bool spool_add(struct spool *s, const char *line, size_t len);

/* Number of the oldest line it holds; of the next to come if it holds none. */
uint64_t spool_base(const struct spool *s);
/* Number of the first line that is not sent. */
uint64_t spool_unsent(const struct spool *s);
static inline bool spool_empty(const struct spool *s)
{
    return TAILQ_EMPTY(&s->batches);
}

/* The next batch to send, which counts as sent from now on. There must be one. */
const struct batch *spool_send(struct spool *s);
/* All that was sent is to be sent again. */
void spool_rewind(struct spool *s);
/* Lines below next are settled. True if that was news. */
bool spool_settle(struct spool *s, uint64_t next);

#endif
