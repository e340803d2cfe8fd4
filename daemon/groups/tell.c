/* SPDX-License-Identifier: MIT */
#include "daemon/groups/tell.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "daemon/groups/exchange.h"
#include "daemon/groups/sorting.h"
#include "daemon/packet/telling.h"

enum stage { COLLECT, SORT, SAY_CLIENTS, SAY_GROUPS, TOLD };

struct teller {
    const struct members *members;
    struct procset side;
    uint64_t tag;
    const struct in_force *in_force;
    void (*send)(void *context, struct message m);
    void *context;
    enum stage stage;
    struct sorting sorting; /* the groups */
    const struct link *at; /* COLLECT: the next one */
    int daemon;         /* SAY_CLIENTS: whose come next; -1: no more */
    struct name before; /* SAY_GROUPS: the name said last */
    uint32_t number;
    struct block *block; /* the message in the making */
    size_t len;
};

/* -- bytes --------------------------------------------------------------------------------- */

static void begin_message(struct teller *t)
{
    t->block = block_new(EXCHANGE_MESSAGE);
    struct writer w = writer_of(t->block->bytes, EXCHANGE_MESSAGE);
    struct telling m = {.tag = t->tag, .daemons = t->side, .number = t->number++};
    telling_give(&w, &m, t->in_force->conf->daemon_count);
    t->len = writer_len(&w);
}

static void end_message(struct teller *t, bool last)
{
    if (last)
        telling_mark_last(t->block->bytes, t->in_force->conf->daemon_count);
    t->send(t->context, (struct message){
                            .block = t->block, .frame = t->block->bytes, .len = (uint32_t)t->len});
    t->block = NULL;
}

/* What w has written goes into the stream. */
static void say(struct teller *t, const struct writer *w)
{
    const uint8_t *from = w->start;
    size_t len = writer_len(w);
    while (len > 0) {
        if (t->len == EXCHANGE_MESSAGE) {
            end_message(t, false);
            begin_message(t);
        }
        size_t n = EXCHANGE_MESSAGE - t->len < len ? EXCHANGE_MESSAGE - t->len : len;
        memcpy(t->block->bytes + t->len, from, n);
        t->len += n;
        from += n;
        len -= n;
    }
}

static void say_count(struct teller *t, uint64_t v)
{
    uint8_t bytes[TELLING_RECORD_MAX];
    struct writer w = writer_of(bytes, sizeof bytes);
    telling_give_count(&w, v);
    say(t, &w);
}

/* A client by the connection's part of "#connection#daemon". */
static void say_client(struct teller *t, const struct client *c)
{
    uint8_t bytes[TELLING_RECORD_MAX];
    struct writer w = writer_of(bytes, sizeof bytes);
    telling_give_client(&w, c->name.text + 1, strcspn(c->name.text + 1, "#"));
    say(t, &w);
}

/* -- clients and groups --------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    struct client *const *x = a, *const *y = b;
    return memcmp((*x)->name.text, (*y)->name.text, NAME_FIELD);
}

/* The clients of a daemon that are in some group, by name; numbers them on the way. Returns how many
 * there are. */
static size_t say_clients(struct teller *t, const struct members *m, unsigned daemon)
{
    const struct link *head = &m->of_daemon[daemon];
    size_t count = 0;
    for (const struct link *l = head->next; l != head; l = l->next)
        count += list_entry(l, struct client, of_daemon)->group_count > 0;
    struct client **list = memory_new((count + 1) * sizeof *list);
    size_t n = 0;
    for (struct link *l = head->next; l != head; l = l->next) {
        struct client *c = list_entry(l, struct client, of_daemon);
        if (c->group_count > 0)
            list[n++] = c;
    }
    qsort(list, count, sizeof *list, by_name);
    say_count(t, count);
    for (size_t i = 0; i < count; i++) {
        list[i]->ordinal = (uint32_t)i;
        say_client(t, list[i]);
    }
    free(list);
    return count;
}

/* The members of one daemon stand together in the list; returns where those of the next begin. */
static uint32_t say_members_of(struct teller *t, const struct group *g, uint32_t from)
{
    uint16_t daemon = g->members[from]->daemon;
    uint32_t end = from, last = 0;
    while (end < g->member_count && g->members[end]->daemon == daemon)
        end++;
    say_count(t, daemon);
    say_count(t, end - from);
    for (uint32_t i = from; i < end; i++) {
        say_count(t, g->members[i]->ordinal - last);
        last = g->members[i]->ordinal;
    }
    return end;
}

static uint32_t daemons_in(const struct group *g)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < g->member_count; i++)
        n += i == 0 || g->members[i]->daemon != g->members[i - 1]->daemon;
    return n;
}

static void say_group(struct teller *t, const struct group *g, const struct name *before)
{
    size_t len = strlen(g->name.text), shared = 0;
    while (shared < len && g->name.text[shared] == before->text[shared])
        shared++;
    uint8_t bytes[TELLING_RECORD_MAX];
    struct writer w = writer_of(bytes, sizeof bytes);
    telling_give_group(&w, &(struct telling_group){.shared = shared,
                                                   .len = len - shared,
                                                   .rest = g->name.text + shared,
                                                   .proc = g->id.proc,
                                                   .time = g->id.time,
                                                   .index = g->id.index,
                                                   .changed = group_has_changed(g),
                                                   .daemons = daemons_in(g)});
    say(t, &w);
    for (uint32_t i = 0; i < g->member_count;)
        i = say_members_of(t, g, i);
}

/* -- in turns ------------------------------------------------------------------------------- */

struct teller *teller_new(const struct in_force *in_force, const struct members *members,
                          const struct procset *side, uint64_t tag,
                          void (*send)(void *context, struct message m), void *context)
{
    struct teller *t = memory_new(sizeof *t);
    *t = (struct teller){.in_force = in_force,
                         .members = members,
                         .side = *side,
                         .tag = tag,
                         .send = send,
                         .context = context,
                         .at = members->all.next,
                         .daemon = procset_first(side)};
    begin_message(t);
    return t;
}

void teller_free(struct teller *t)
{
    if (!t)
        return;
    block_unref(t->block);
    sorting_clear(&t->sorting);
    free(t);
}

static void collect(struct teller *t, int64_t *units)
{
    const struct link *end = &t->members->all;
    for (; t->at != end && *units > 0; --*units, t->at = t->at->next)
        sorting_add(&t->sorting, list_entry(t->at, struct group, all));
    if (t->at == end)
        t->stage = SORT;
}

static void say_some_clients(struct teller *t, int64_t *units)
{
    for (; t->daemon >= 0 && *units > 0; t->daemon = procset_next(&t->side, t->daemon + 1))
        *units -= 1 + (int64_t)say_clients(t, t->members, (unsigned)t->daemon);
    if (t->daemon >= 0)
        return;
    say_count(t, t->sorting.count);
    t->stage = SAY_GROUPS;
}

static void say_some_groups(struct teller *t, int64_t *units)
{
    while (*units > 0) {
        const struct group *g = sorting_take(&t->sorting);
        if (!g) {
            end_message(t, true);
            t->stage = TOLD;
            return;
        }
        *units -= group_units(g);
        say_group(t, g, &t->before);
        t->before = g->name;
    }
}

bool teller_go_on(struct teller *t, int64_t *units)
{
    while (t->stage != TOLD && *units > 0) {
        switch (t->stage) {
        case COLLECT:
            collect(t, units);
            break;
        case SORT:
            if (sorting_sort(&t->sorting, units))
                t->stage = SAY_CLIENTS;
            break;
        case SAY_CLIENTS:
            say_some_clients(t, units);
            break;
        case SAY_GROUPS:
            say_some_groups(t, units);
            break;
        case TOLD:
            break;
        }
    }
    return t->stage == TOLD;
}
