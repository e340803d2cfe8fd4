/* SPDX-License-Identifier: MIT
 *
 * streams.h - what a collector knows of each sender: the number of the line it wants next.
 *
 * When a sender says that its stream ends, the stream is kept for a while: what
 * the sender had said on a connection that broke may still come, and must be known
 * as old. Streams of senders that died without a word are forgotten when there are
 * too many, the one heard of longest ago first.
 */
#ifndef SPLOG_STREAMS_H
#define SPLOG_STREAMS_H

#include <uthash.h>

#include "libspread/queue.h"
#include "sp.h"
#include "tools/splog/journal.h"
#include "tools/splog/message.h"

enum { STREAMS_MAX = 50000, STREAMS_ENDED_MAX = 1000 };

struct stream {
    struct id id;
    uint64_t next;
    uint32_t slot; /* in the journal */
    bool due;      /* to be acknowledged; its lines may not be written yet */
    bool again;    /* something is missing: from next on, send again */
    bool ended;
    char sender[MAX_GROUP_NAME]; /* who spoke for it last */
    TAILQ_ENTRY(stream) in_age;
    TAILQ_ENTRY(stream) in_due;
    TAILQ_ENTRY(stream) in_ended;
    UT_hash_handle hh;
};
TAILQ_HEAD(stream_list, stream);

struct streams {
    struct stream *by_id;
    struct stream_list age; /* the one heard of longest ago first */
    struct stream_list due;
    struct stream_list ended; /* the one that ended first is the first to be forgotten */
    unsigned ended_count;
    struct journal *journal; /* NULL: none is kept */
};

/* Knows what the journal, if there is one, remembers. */
void streams_init(struct streams *t, struct journal *j);
void streams_fini(struct streams *t);

struct stream *streams_find(struct streams *t, const struct id *id);
/* The stream, which has just been heard of; a new one wants line next. */
struct stream *streams_hear(struct streams *t, const struct id *id, uint64_t next);
/* There will be no more of it. */
void streams_end(struct streams *t, struct stream *s);
void streams_forget(struct streams *t, struct stream *s);

void streams_set_due(struct streams *t, struct stream *s);
void streams_set_done(struct streams *t, struct stream *s);

#endif
