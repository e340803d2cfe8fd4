/* SPDX-License-Identifier: MIT */
#include "daemon/groups/exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "daemon/packet/bytes.h"

enum {
    MESSAGE_MAX = 128 << 10,
    STREAM_MAX = 512 << 20, /* of one side */
};

/* -- telling ------------------------------------------------------------------------------- */

struct teller {
    const struct procset *side;
    uint64_t tag;
    int procs;
    void (*send)(void *context, struct message m);
    void *context;
    uint32_t number;
    struct block *block; /* the message in the making */
    size_t len;
};

static void begin_message(struct teller *t)
{
    t->block = block_new(MESSAGE_MAX);
    uint8_t *at = t->block->bytes;
    be_put(at, 8, t->tag);
    at += 8;
    for (int i = 0; i < t->procs; i += 8)
        *at++ = (uint8_t)(t->side->bits[i / 64] >> (i % 64));
    be_put(at, 4, t->number++);
    at[4] = 0;
    t->len = (size_t)(at + 5 - t->block->bytes);
}

static void end_message(struct teller *t, bool last)
{
    size_t last_at = 8 + (size_t)(t->procs + 7) / 8 + 4;
    t->block->bytes[last_at] = last;
    t->send(t->context, (struct message){
                            .block = t->block, .frame = t->block->bytes, .len = (uint32_t)t->len});
}

static void say(struct teller *t, const void *bytes, size_t len)
{
    const uint8_t *from = bytes;
    while (len > 0) {
        if (t->len == MESSAGE_MAX) {
            end_message(t, false);
            begin_message(t);
        }
        size_t n = MESSAGE_MAX - t->len < len ? MESSAGE_MAX - t->len : len;
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

/* The clients of a daemon that are in some group, by name; numbers them on the way. */
static void say_clients(struct teller *t, const struct members *m, unsigned daemon)
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
    say_byte(t, g->changed);
    say_number(t, daemons_in(g));
    for (uint32_t i = 0; i < g->member_count;)
        i = say_members_of(t, g, i);
}

static bool any_group(const struct group *g)
{
    (void)g;
    return true;
}

void exchange_tell(const struct members *members, const struct procset *side, uint64_t tag,
                   int procs, void (*send)(void *context, struct message m), void *context)
{
    struct teller t = {
        .side = side, .tag = tag, .procs = procs, .send = send, .context = context};
    struct name before = {{0}};
    size_t count;
    struct group **list = members_sorted(members, any_group, &count);

    begin_message(&t);
    for procset_each(i, side)
        say_clients(&t, members, (unsigned)i);
    say_number(&t, count);
    for (size_t i = 0; i < count; i++) {
        say_group(&t, list[i], &before);
        before = list[i]->name;
    }
    end_message(&t, true);
    free(list);
}

/* -- listening ----------------------------------------------------------------------------- */

struct exchange *exchange_new(const struct conf *conf, const struct view *v)
{
    struct exchange *x = memory_new(sizeof *x);
    x->conf = conf;
    x->tag = v->tag;
    x->members = v->members;
    return x;
}

static void free_side(struct side *s)
{
    if (!s)
        return;
    free(s->groups);
    free(s->members);
    free(s->stream);
    free(s);
}

void exchange_free(struct exchange *x)
{
    if (!x)
        return;
    for (int i = 0; i < PROCS_MAX; i++)
        free_side(x->sides[i]);
    free(x);
}

static uint64_t hear_number(struct reader *r)
{
    uint64_t v = 0;
    for (int shift = 0; shift < 35; shift += 7) {
        uint8_t b = take_u8(r);
        v |= (uint64_t)(b & 0x7f) << shift;
        if (!(b & 0x80))
            return v;
    }
    r->failed = true;
    return 0;
}

/* Clients of one daemon of a side, as they were numbered. */
struct told_clients {
    struct name *names;
    size_t count;
};

static void hear_clients(struct reader *r, const char *daemon, struct told_clients *t)
{
    uint64_t count = hear_number(r);
    if (count > r->left) { /* each takes a byte at least */
        r->failed = true;
        return;
    }
    t->count = (size_t)count;
    t->names = memory_new((t->count + 1) * sizeof t->names[0]);
    for (size_t i = 0; i < t->count && !r->failed; i++) {
        char name[PRIVATE_NAME_MAX + 1] = {0};
        size_t len = take_u8(r);
        const uint8_t *bytes = read_bytes(r, len);
        if (!bytes || len > PRIVATE_NAME_MAX || !name_bytes_legal((const char *)bytes, len)) {
            r->failed = true;
            return;
        }
        memcpy(name, bytes, len);
        t->names[i] = name_private(name, daemon);
    }
}

static void add_told_member(struct side *s, const struct name *name, uint16_t daemon)
{
    if ((s->member_count & (s->member_count - 1)) == 0)
        s->members = memory_grow(s->members, (s->member_count ? 2 * s->member_count : 1) *
                                                 sizeof s->members[0]);
    s->members[s->member_count++] = (struct told_member){.name = *name, .daemon = daemon};
}

static void hear_members_of(struct reader *r, struct side *s, const struct told_clients *clients)
{
    uint64_t daemon = hear_number(r), count = hear_number(r), ordinal = 0;
    if (daemon >= PROCS_MAX || !procset_has(&s->daemons, (unsigned)daemon) || count == 0 ||
        count > clients[daemon].count) {
        r->failed = true;
        return;
    }
    for (uint64_t i = 0; i < count && !r->failed; i++) {
        uint64_t step = hear_number(r);
        ordinal += step;
        if ((i > 0 && step == 0) || ordinal >= clients[daemon].count) {
            r->failed = true;
            return;
        }
        add_told_member(s, &clients[daemon].names[ordinal], (uint16_t)daemon);
    }
}

static void hear_group(struct reader *r, struct side *s, const struct told_clients *clients,
                       struct told_group *t, const struct name *before)
{
    size_t shared = take_u8(r), len = take_u8(r);
    const uint8_t *rest = read_bytes(r, len);
    if (!rest || shared + len >= NAME_FIELD || shared > strlen(before->text)) {
        r->failed = true;
        return;
    }
    memcpy(t->name.text, before->text, shared);
    memcpy(t->name.text + shared, rest, len);
    t->id.proc = take_u32(r);
    t->id.time = take_u32(r);
    t->id.index = take_u32(r);
    t->changed = take_u8(r);
    t->first = (uint32_t)s->member_count;
    uint64_t daemons = hear_number(r);
    for (uint64_t i = 0; i < daemons && !r->failed; i++)
        hear_members_of(r, s, clients);
    t->count = (uint32_t)(s->member_count - t->first);
    if (!name_may_be_joined(&t->name) || t->count == 0 ||
        memcmp(before->text, t->name.text, NAME_FIELD) >= 0)
        r->failed = true;
}

/* The whole stream is here. */
static bool understand(const struct exchange *x, struct side *s)
{
    struct reader r = reader_of(s->stream, s->len);
    struct told_clients clients[PROCS_MAX] = {{0}};
    struct name before = {{0}};

    for procset_each(i, &s->daemons)
        if (!r.failed)
            hear_clients(&r, x->conf->daemons[i].name, &clients[i]);
    uint64_t count = hear_number(&r);
    if (count > r.left)
        r.failed = true;
    if (!r.failed)
        s->groups = memory_new(((size_t)count + 1) * sizeof s->groups[0]);
    for (; s->group_count < count && !r.failed; s->group_count++) {
        struct told_group *t = &s->groups[s->group_count];
        hear_group(&r, s, clients, t, &before);
        before = t->name;
    }
    for (int i = 0; i < PROCS_MAX; i++)
        free(clients[i].names);
    return reader_done(&r);
}

static void complete(struct exchange *x, struct side *s)
{
    if (!understand(x, s))
        s->group_count = 0;
    free(s->stream);
    s->stream = NULL;
    s->complete = true;
    x->told = procset_union(&x->told, &s->daemons);
}

static void append(struct side *s, const uint8_t *bytes, size_t len)
{
    if (s->len + len > s->size) {
        s->size = 2 * (s->len + len);
        s->stream = memory_grow(s->stream, s->size);
    }
    memcpy(s->stream + s->len, bytes, len);
    s->len += len;
}

/* The side that origin speaks for, begun if this is its first message; NULL: it may not speak. */
static struct side *side_of(struct exchange *x, uint16_t origin, const struct procset *daemons)
{
    struct procset twice = procset_both(&x->told, daemons);
    if (x->sides[origin])
        return x->sides[origin]->complete ? NULL : x->sides[origin];
    if (!procset_within(daemons, &x->members) || procset_first(daemons) != origin ||
        !procset_empty(&twice))
        return NULL;
    x->sides[origin] = memory_new(sizeof *x->sides[origin]);
    x->sides[origin]->daemons = *daemons;
    return x->sides[origin];
}

bool exchange_on_message(struct exchange *x, const struct message *m, uint16_t origin)
{
    struct reader r = reader_of(m->frame, m->len);
    struct procset daemons = {{0}};
    uint64_t tag = take_u64(&r);
    for (int i = 0; i < x->conf->daemon_count; i += 8)
        daemons.bits[i / 64] |= (uint64_t)take_u8(&r) << (i % 64);
    uint32_t number = take_u32(&r);
    uint8_t last = take_u8(&r);
    if (r.failed || tag != x->tag)
        return false;
    struct side *s = side_of(x, origin, &daemons);
    if (!s || number != s->next_message || s->len + r.left > STREAM_MAX)
        return false;
    s->next_message++;
    append(s, r.at, r.left);
    if (last)
        complete(x, s);
    return procset_equal(&x->told, &x->members);
}
