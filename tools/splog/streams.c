/* SPDX-License-Identifier: MIT */
#include "tools/splog/streams.h"

#include <stdlib.h>

#include "tools/splog/splog.h"

struct stream *streams_find(struct streams *t, const struct id *id)
{
    struct stream *s;
    HASH_FIND(hh, t->by_id, id, sizeof *id, s);
    return s;
}

static struct stream *add(struct streams *t, const struct id *id, uint64_t next, uint32_t slot)
{
    struct stream *s = memory_of(sizeof *s);
    *s = (struct stream){.id = *id, .next = next, .slot = slot};
    HASH_ADD(hh, t->by_id, id, sizeof s->id, s);
    TAILQ_INSERT_TAIL(&t->age, s, in_age);
    return s;
}

void streams_init(struct streams *t, struct journal *j)
{
    struct id id;
    uint64_t next;
    *t = (struct streams){.journal = j};
    TAILQ_INIT(&t->age);
    TAILQ_INIT(&t->due);
    TAILQ_INIT(&t->ended);
    for (uint32_t slot = 0; j && slot < journal_slots(j); slot++)
        if (journal_get(j, slot, &id, &next) && !streams_find(t, &id))
            add(t, &id, next, slot);
}

static void release(struct streams *t, struct stream *s)
{
    streams_set_done(t, s);
    if (s->ended) {
        TAILQ_REMOVE(&t->ended, s, in_ended);
        t->ended_count--;
    }
    TAILQ_REMOVE(&t->age, s, in_age);
    HASH_DEL(t->by_id, s);
    free(s);
}

void streams_fini(struct streams *t)
{
    while (!TAILQ_EMPTY(&t->age))
        release(t, TAILQ_FIRST(&t->age));
}

void streams_forget(struct streams *t, struct stream *s)
{
    if (t->journal)
        journal_clear(t->journal, s->slot);
    release(t, s);
}

void streams_end(struct streams *t, struct stream *s)
{
    if (s->ended)
        return;
    s->ended = true;
    TAILQ_INSERT_TAIL(&t->ended, s, in_ended);
    if (++t->ended_count > STREAMS_ENDED_MAX)
        streams_forget(t, TAILQ_FIRST(&t->ended));
}

static void make_room(struct streams *t)
{
    struct stream *s;
    if (HASH_COUNT(t->by_id) < STREAMS_MAX)
        return;
    TAILQ_FOREACH(s, &t->age, in_age)
    {
        if (!s->due) {
            streams_forget(t, s);
            return;
        }
    }
}

struct stream *streams_hear(struct streams *t, const struct id *id, uint64_t next)
{
    struct stream *s = streams_find(t, id);
    if (!s) {
        make_room(t);
        return add(t, id, next, t->journal ? journal_enter(t->journal, id, next) : 0);
    }
    TAILQ_REMOVE(&t->age, s, in_age);
    TAILQ_INSERT_TAIL(&t->age, s, in_age);
    return s;
}

void streams_set_due(struct streams *t, struct stream *s)
{
    if (!s->due)
        TAILQ_INSERT_TAIL(&t->due, s, in_due);
    s->due = true;
}

void streams_set_done(struct streams *t, struct stream *s)
{
    if (s->due)
        TAILQ_REMOVE(&t->due, s, in_due);
    s->due = s->again = false;
}
