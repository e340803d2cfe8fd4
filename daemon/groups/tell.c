/* SPDX-License-Identifier: MIT */
#include "daemon/groups/tell.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/groups/exchange.h"
#include "daemon/groups/sorting.h"
#include "daemon/packet/bytes.h"

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
    struct group *at;   /* COLLECT: the next one */
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
    uint8_t *at = t->block->bytes;
    be_put(at, 8, t->tag);
    at += 8;
    for (int i = 0; i < t->in_force->conf->daemon_count; i += 8)
        *at++ = (uint8_t)(t->side.bits[i / 64] >> (i % 64));
    be_put(at, 4, t->number++);
    at[4] = 0;
    t->len = (size_t)(at + 5 - t->block->bytes);
}

static void end_message(struct teller *t, bool last)
{
    size_t last_at = 8 + (size_t)(t->in_force->conf->daemon_count + 7) / 8 + 4;
    t->block->bytes[last_at] = last;
    t->send(t->context, (struct message){
                            .block = t->block, .frame = t->block->bytes, .len = (uint32_t)t->len});
    t->block = NULL;
}

static void say(struct teller *t, const void *bytes, size_t len)
{
    const uint8_t *from = bytes;
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

static void say_byte(struct teller *t, uint8_t v)
{
    say(t, &v, 1);
}

static void say_number(struct teller *t, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        say_byte(t, (uint8_t)(v | 0x80));
    say_byte(t, (uint8_t)v);
}

static void say_word(struct teller *t, uint32_t v)
{
    uint8_t bytes[4];
    be_put(bytes, 4, v);
    say(t, bytes, 4);
}

/* -- clients and groups --------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    struct client *const *x = a, *const *y = b;
    return memcmp((*x)->name.text, (*y)->name.text, NAME_FIELD);
}

/* The connection's part of "#connection#daemon". */
static size_t connection_len(const struct client *c)
{
    return strcspn(c->name.text + 1, "#");
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
    say_number(t, count);
    for (size_t i = 0; i < count; i++) {
        size_t len = connection_len(list[i]);
        list[i]->ordinal = (uint32_t)i;
        say_byte(t, (uint8_t)len);
        say(t, list[i]->name.text + 1, len);
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
    say_number(t, daemon);
    say_number(t, end - from);
    for (uint32_t i = from; i < end; i++) {
        say_number(t, g->members[i]->ordinal - last);
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
    say_byte(t, (uint8_t)shared);
    say_byte(t, (uint8_t)(len - shared));
    say(t, g->name.text + shared, len - shared);
    say_word(t, g->id.proc);
    say_word(t, g->id.time);
    say_word(t, g->id.index);
    say_byte(t, group_has_changed(g));
    say_number(t, daemons_in(g));
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
                         .at = members->groups,
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
    for (; t->at && *units > 0; --*units) {
        sorting_add(&t->sorting, t->at);
        t->at = t->at->hh.next;
    }
    if (!t->at)
        t->stage = SORT;
}

static void say_some_clients(struct teller *t, int64_t *units)
{
    for (; t->daemon >= 0 && *units > 0; t->daemon = procset_next(&t->side, t->daemon + 1))
        *units -= 1 + (int64_t)say_clients(t, t->members, (unsigned)t->daemon);
    if (t->daemon >= 0)
        return;
    say_number(t, t->sorting.count);
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
