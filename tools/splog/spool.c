/* SPDX-License-Identifier: MIT */
#include "tools/splog/spool.h"

#include <stdlib.h>
#include <string.h>

#include "tools/splog/splog.h"

void spool_init(struct spool *s, size_t limit)
{
    *s = (struct spool){.limit = limit};
    TAILQ_INIT(&s->batches);
}

static void drop_front(struct spool *s)
{
    struct batch *b = TAILQ_FIRST(&s->batches);
    if (s->unsent == b)
        s->unsent = TAILQ_NEXT(b, link);
    else
        s->in_flight--;
    if (s->back == b)
        s->back = NULL;
    s->bytes -= b->len;
    TAILQ_REMOVE(&s->batches, b, link);
    free(b->text);
    free(b);
}

void spool_fini(struct spool *s)
{
    while (!spool_empty(s))
        drop_front(s);
}

/* A batch at the back that takes len more bytes. */
static struct batch *growing(struct spool *s, size_t len)
{
    struct batch *b = s->back;
    if (b && !b->sealed && b->len + len <= BATCH_BYTES)
        return b;
    b = memory_of(sizeof *b);
    *b = (struct batch){.first = s->next};
    TAILQ_INSERT_TAIL(&s->batches, b, link);
    s->back = b;
    if (!s->unsent)
        s->unsent = b;
    return b;
}

/* Memory doubles up to what a full batch needs, so that single lines cost little. */
static void append(struct batch *b, const char *line, size_t len)
{
    if (b->len + len + 1 > b->size) {
        b->size = 2 * (b->len + len + 1);
        if (b->size > BATCH_BYTES)
            b->size = b->len + len + 1 > BATCH_BYTES ? b->len + len + 1 : BATCH_BYTES;
        b->text = realloc(b->text, b->size);
        if (!b->text)
            give_up("out of memory");
    }
    memcpy(b->text + b->len, line, len);
    b->text[b->len + len] = '\n';
    b->len += len + 1;
    b->count++;
}

bool spool_add(struct spool *s, const char *line, size_t len)
{
    if (!spool_empty(s) && s->bytes + len + 1 > s->limit)
        return false;
    append(growing(s, len + 1), line, len);
    s->bytes += len + 1;
    s->next++;
    return true;
}

uint64_t spool_base(const struct spool *s)
{
    return spool_empty(s) ? s->next : TAILQ_FIRST(&s->batches)->first;
}

uint64_t spool_unsent(const struct spool *s)
{
    return s->unsent ? s->unsent->first : s->next;
}

const struct batch *spool_send(struct spool *s)
{
    struct batch *b = s->unsent;
    b->sealed = true;
    s->unsent = TAILQ_NEXT(b, link);
    s->in_flight++;
    return b;
}

void spool_rewind(struct spool *s)
{
    s->unsent = TAILQ_FIRST(&s->batches);
    s->in_flight = 0;
}

bool spool_settle(struct spool *s, uint64_t next)
{
    uint64_t before = spool_base(s);
    while (!spool_empty(s)) {
        const struct batch *b = TAILQ_FIRST(&s->batches);
        if (b->first + b->count > next)
            break;
        drop_front(s);
    }
    return spool_base(s) != before;
}
