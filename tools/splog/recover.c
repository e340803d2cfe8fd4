/* SPDX-License-Identifier: MIT */
#include "tools/splog/recover.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/splog/splog.h"

static void advance(struct streams *t, const struct piece *p, uint64_t count)
{
    struct stream *s = streams_find(t, &p->stream);
    if (!s || s->next >= p->first + count)
        return;
    s->next = p->first + count;
    journal_set(t->journal, s->slot, s->next);
}

/* Whole lines in len bytes of the file, and how many bytes they are. */
static uint64_t count_lines(int fd, uint64_t offset, size_t len, uint64_t *whole)
{
    uint64_t count = 0;
    char *bytes = memory_of(len);
    ssize_t n = pread(fd, bytes, len, (off_t)offset);
    *whole = 0;
    for (ssize_t i = 0; i < n; i++) {
        if (bytes[i] == '\n') {
            count++;
            *whole = (uint64_t)i + 1;
        }
    }
    free(bytes);
    return count;
}

/* The piece was being written when the file had only so much of it. */
static void cut(struct streams *t, struct output *o, const struct piece *p, uint64_t offset,
                uint64_t size)
{
    uint64_t whole;
    advance(t, p, count_lines(o->fd, offset, (size_t)(size - offset), &whole));
    if (offset + whole < size && ftruncate(o->fd, (off_t)(offset + whole)) != 0)
        give_up("%s: %s", o->path, strerror(errno));
}

static void apply(struct streams *t, struct output *o, const struct intent *i, uint64_t size)
{
    uint64_t offset = i->offset;
    for (uint64_t k = 0; k < i->count && offset < size; k++) {
        const struct piece *p = &i->pieces[k];
        if (offset + p->len <= size)
            advance(t, p, p->count);
        else
            cut(t, o, p, offset, size);
        offset += p->len;
    }
}

void recover(struct streams *t, struct output *o)
{
    struct stat st;
    for (int which = 0; which < 2; which++) {
        if (fstat(o->fd, &st) != 0)
            give_up("%s: %s", o->path, strerror(errno));
        const struct intent *i = journal_intent(t->journal, which, &st);
        if (i)
            apply(t, o, i, (uint64_t)st.st_size);
    }
    /* Where lines were cut off others will stand: by the length of the file they would seem to be there. What
     * streams have come to is on the disk before that is forgotten. */
    journal_sync(t->journal);
    journal_forget_intents(t->journal);
}
