/* SPDX-License-Identifier: MIT */
#include "tests/sim/attacker.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "daemon/base/random.h"

#include <uthash.h>

#include "tests/sim/order_check.h"

enum {
    RECENT = 256,  /* packets that he has of the last moments, ... */
    OLD = 1024,    /* ... and of all that has been, by lot */
    LATER_US = 3000,
};

/* Which packet, and at which life of which receiver; with life 0, as it was sent. */
struct which {
    uint64_t incarnation, counter;
    uint64_t key_id, life;
};

struct mark {
    struct which which;
    uint64_t content; /* of a packet that was sent, as a number */
    UT_hash_handle hh;
};

struct attacker {
    struct world *world;
    struct random random;
    usec pause;
    bool carries;
    struct caught recent[RECENT], old[OLD];
    uint64_t seen;
    struct mark *marks;
};

/* -- what he hears --------------------------------------------------------------------------- */

static void keep(struct caught *place, const struct caught *c)
{
    block_unref(place->block);
    *place = *c;
    block_ref(c->block);
}

static void record(struct attacker *a, const struct caught *c)
{
    keep(&a->recent[a->seen % RECENT], c);
    a->seen++;
    uint64_t lot = a->seen <= OLD ? a->seen - 1 : random_next(&a->random) % a->seen;
    if (lot < OLD)
        keep(&a->old[lot], c);
}

/* NULL: there is none yet. */
static const struct caught *some_packet(struct attacker *a)
{
    bool new = random_below(&a->random, 2);
    uint64_t there = new ? RECENT : OLD;
    if (a->seen < there)
        there = a->seen;
    if (there == 0)
        return NULL;
    uint64_t i = random_next(&a->random) % there;
    return new ? &a->recent[i] : &a->old[i];
}

/* -- what he does ---------------------------------------------------------------------------- */

static uint32_t below(struct attacker *a, uint32_t limit)
{
    return random_below(&a->random, limit);
}

/* Fields of another packet's header into this one's. */
static void borrow(struct attacker *a, struct packet_header *h, const struct packet_header *other)
{
    switch (below(a, 7)) {
    case 0:
        h->counter = other->counter;
        break;
    case 1:
        h->incarnation = other->incarnation;
        break;
    case 2:
        h->sender = other->sender;
        break;
    case 3:
        h->type = other->type;
        h->flags = other->flags;
        break;
    case 4:
        h->counter += 1 + below(a, 100000);
        break;
    case 5:
        h->receiver = other->receiver;
        break;
    case 6:
        h->hash = other->hash;
        h->incarnation ^= random_next(&a->random);
        break;
    }
}

static void change(struct attacker *a, struct caught *c)
{
    const struct caught *other = some_packet(a);
    struct packet_header h, o;
    if (!packet_header_decode(&h, c->bytes, c->len) ||
        !packet_header_decode(&o, other->bytes, other->len))
        return;
    switch (below(a, 5)) {
    case 0:
        c->bytes[below(a, (uint32_t)c->len)] ^= (uint8_t)(1u << below(a, 8));
        break;
    case 1:
        c->len -= 1 + below(a, (uint32_t)c->len - 1);
        break;
    case 2:
        borrow(a, &h, &o);
        packet_header_encode(c->bytes, &h);
        break;
    case 3: /* the header of the one, as much of the other's body as there is */
        if (other->len >= c->len)
            memcpy(c->bytes + PACKET_HEADER, other->bytes + PACKET_HEADER, c->len - PACKET_HEADER);
        break;
    case 4: /* as if there were no keys */
        h.key_id = 0;
        c->len -= PACKET_TAG;
        packet_header_encode(c->bytes, &h);
        break;
    }
}

/* A copy of it, changed or not, to whom it was meant for or to somebody else. */
static void inject(struct attacker *a, const struct caught *original)
{
    struct caught c = *original;
    uint32_t daemons = (uint32_t)a->world->options.daemons;
    c.block = block_new(original->len);
    c.bytes = c.block->bytes;
    memcpy(c.bytes, original->bytes, original->len);
    if (below(a, 3))
        change(a, &c);
    if (below(a, 3) == 0 && a->carries)
        c.to = (int)below(a, daemons);
    if (below(a, 8) == 0)
        c.from = (int)below(a, daemons);
    if (below(a, 8) == 0)
        c.token_port = !c.token_port;
    if (below(a, 8) == 0)
        c.segment = !c.segment;
    world_inject(a->world, a->world->now + below(a, LATER_US), &c);
    block_unref(c.block);
}

static void act(struct world *w, void *context)
{
    struct attacker *a = context;
    const struct caught *c = some_packet(a);
    if (c)
        inject(a, c);
    world_call(w, w->now + 1 + random_next(&a->random) % (2 * a->pause), act, a);
}

/* -- what must hold -------------------------------------------------------------------------- */

static uint64_t content_of(const struct caught *c)
{
    return hash_bytes(c->bytes, c->len);
}

/* The mark of it; *new says that there was none. */
static struct mark *mark_of(struct attacker *a, const struct packet_header *h, unsigned life, bool *new)
{
    struct which which = {h->incarnation, h->counter, h->key_id, life};
    struct mark *m;
    HASH_FIND(hh, a->marks, &which, sizeof which, m);
    *new = m == NULL;
    if (!m) {
        m = memory_new(sizeof *m);
        m->which = which;
        HASH_ADD(hh, a->marks, which, sizeof which, m);
    }
    return m;
}

static void on_sent(void *context, const struct process *p, const struct caught *c)
{
    struct attacker *a = context;
    struct packet_header h;
    bool new;
    if (a->carries)
        record(a, c);
    if (!packet_header_decode(&h, c->bytes, c->len) || h.key_id == 0) {
        verdict_break(&a->world->verdict, "X3", "d%d sends a packet that is not sealed", p->index + 1);
        return;
    }
    struct mark *m = mark_of(a, &h, 0, &new);
    if (new)
        m->content = content_of(c);
    else if (m->content != content_of(c))
        verdict_break(&a->world->verdict, "X3", "two packets have key %u, life %llx and number %llu",
                      h.key_id, (unsigned long long)h.incarnation, (unsigned long long)h.counter);
}

static void on_handed(void *context, const struct process *p, const struct caught *c, bool let_in,
                      bool injected)
{
    struct attacker *a = context;
    struct packet_header h;
    bool new;
    if (!let_in || !packet_header_decode(&h, c->bytes, c->len))
        return;
    if (!a->carries && !injected)
        record(a, c);
    if (!(p->key_ids >> h.key_id & 1))
        verdict_break(&a->world->verdict, "X4", "d%d lets in what is sealed with key %u, which it has dropped",
                      p->index + 1, h.key_id);
    struct mark *sent = mark_of(a, &h, 0, &new);
    if (new || sent->content != content_of(c))
        verdict_break(&a->world->verdict, "X1", "d%d lets in what nobody has sent", p->index + 1);
    mark_of(a, &h, p->life, &new);
    if (!new)
        verdict_break(&a->world->verdict, "X2", "d%d lets packet %llu of life %llx in twice", p->index + 1,
                      (unsigned long long)h.counter, (unsigned long long)h.incarnation);
}

/* -- he --------------------------------------------------------------------------------------- */

struct attacker *attacker_new(struct world *w, uint64_t seed, usec pause, bool carries)
{
    struct attacker *a = memory_new(sizeof *a);
    a->world = w;
    a->random = (struct random){seed};
    a->pause = pause;
    a->carries = carries;
    world_observe(w, &(struct observer){.on_sent = on_sent, .on_handed = on_handed, .context = a});
    world_call(w, w->now + pause, act, a);
    return a;
}

void attacker_free(struct attacker *a)
{
    struct mark *m, *next;
    if (!a)
        return;
    HASH_ITER(hh, a->marks, m, next) {
        HASH_DEL(a->marks, m);
        free(m);
    }
    for (int i = 0; i < RECENT; i++)
        block_unref(a->recent[i].block);
    for (int i = 0; i < OLD; i++)
        block_unref(a->old[i].block);
    free(a);
}
