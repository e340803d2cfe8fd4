/* SPDX-License-Identifier: MIT
 *
 * output.h - the file a collector appends to, and the lines that wait to be written.
 *
 * Lines are received straight into the buffer, and written in large pieces. A
 * write that fails is taken up again where it stopped.
 */
#ifndef SPLOG_OUTPUT_H
#define SPLOG_OUTPUT_H

#include "tools/splog/journal.h"

enum {
    OUTPUT_FULL = 256 * 1024,              /* time to write */
    OUTPUT_SIZE = OUTPUT_FULL + LINES_MAX, /* and still room for a message */
};

struct output {
    const char *path; /* "-": standard output */
    int fd;
    bool is_file; /* regular: has a length, so that a journal makes sense */
    char *bytes;
    size_t used, written; /* in bytes: what waits, and how much of that is written already */
    struct piece pieces[INTENT_PIECES];
    size_t piece_count;
    bool intended; /* the journal knows what waits */
    bool unsynced; /* something was written since the last output_sync */
    int error;     /* of the last write; 0: it went well */
};

/* Opens the file; gives up where that fails. */
void output_open(struct output *o, const char *path);
void output_close(struct output *o);

/* What somebody else, or a crash, left without a newline must not run into our first line. */
void output_end_line(struct output *o);

/* Where the next message's lines go: room for LINES_MAX bytes. Only while !output_is_full. */
static inline char *output_tail(struct output *o)
{
    return o->bytes + o->used;
}

/* len bytes at the tail are lines of a stream. */
void output_add(struct output *o, const struct id *stream, uint64_t first, uint32_t count,
                size_t len);

static inline bool output_is_empty(const struct output *o)
{
    return o->used == 0;
}

static inline bool output_is_full(const struct output *o)
{
    return o->used >= OUTPUT_FULL || o->piece_count == INTENT_PIECES;
}

/* Writes what waits; with sync, to the disk. j may be NULL. False: it could not, and is still to be
 * done; o->error says why. */
bool output_write(struct output *o, struct journal *j, bool sync);
/* To the disk with what is written. False as above. */
bool output_sync(struct output *o);

/* The file anew, by its name; what was written is in the one before. Only while empty. False: it
 * cannot be opened, and the one before stays. */
bool output_reopen(struct output *o);

#endif
