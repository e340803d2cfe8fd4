/* SPDX-License-Identifier: MIT
 *
 * journal.h - what a collector must still know when it starts again: how far it has come in each
 * stream, even if it was killed in the middle of a write.
 *
 * Before lines are written, the journal is told which (an intent): where in which
 * file, and whose. After a crash the length of the file tells how many of them got
 * there. Of the intents the last two are kept, so that the one before the last
 * still stands while the last is on its way to the disk.
 *
 * The journal is a mapped file: a change costs no system call, and outlives the
 * process. Where it has to outlive the machine, journal_sync writes it to disk.
 */
#ifndef SPLOG_JOURNAL_H
#define SPLOG_JOURNAL_H

#include <sys/stat.h>

#include "tools/splog/message.h"

enum { INTENT_PIECES = 1024 };

/* Lines of one stream that are written in a row. */
struct piece {
    struct id stream;
    uint64_t first;
    uint32_t count;
    uint32_t len; /* bytes */
};

struct intent {
    uint64_t turn; /* grows; 0: there is none */
    uint64_t device, inode;
    uint64_t offset; /* length of the file before */
    uint64_t count;
    uint64_t sum;
    struct piece pieces[INTENT_PIECES];
};

struct journal;

/* Opens or makes it, and holds it against others. Gives up where that fails. */
struct journal *journal_open(const char *path);
void journal_close(struct journal *j);

/* Who this collector is: the same as long as the journal is. */
const struct id *journal_collector(const struct journal *j);

/* Slots: some hold a stream. */
uint32_t journal_slots(const struct journal *j);
bool journal_get(const struct journal *j, uint32_t slot, struct id *id, uint64_t *next);
uint32_t journal_enter(struct journal *j, const struct id *id, uint64_t next);
void journal_set(struct journal *j, uint32_t slot, uint64_t next);
void journal_clear(struct journal *j, uint32_t slot);

/* The pieces, at most INTENT_PIECES, are going to be appended to the file. */
void journal_intend(struct journal *j, const struct stat *file, const struct piece *pieces,
                    size_t count);
/* An intent for this file: which 0 is the older one, 1 the newer; NULL if there is none. */
const struct intent *journal_intent(const struct journal *j, int which, const struct stat *file);
/* Streams say now what came of the intents: these count for nothing any more. */
void journal_forget_intents(struct journal *j);

void journal_sync(struct journal *j);

#endif
