/* SPDX-License-Identifier: MIT */
#include "daemon/ring/outlet.h"

#include <assert.h>
#include <stdlib.h>

#include "daemon/base/memory.h"
#include "daemon/packet/split.h"

void outlet_init(struct outlet *o, const struct in_force *in_force, uint64_t incarnation,
                 size_t packet_size)
{
    *o = (struct outlet){
        .in_force = in_force,
        .incarnation = incarnation,
        .packet_size = packet_size,
    };
    slab_init(&o->slab);
}

static void queue_fini(struct send_queue *q)
{
    for (size_t i = q->next; i < q->count; i++)
        block_unref(q->list[i].block);
    free(q->list);
}

static void queue_add(struct send_queue *q, const struct sending *s)
{
    if (q->count == q->size) {
        q->size = q->size ? 2 * q->size : 64;
        q->list = memory_grow(q->list, q->size * sizeof(q->list[0]));
    }
    q->list[q->count++] = *s;
}

void outlet_fini(struct outlet *o)
{
    queue_fini(&o->queue);
    queue_fini(&o->deferred);
    slab_fini(&o->slab);
}

uint8_t *outlet_body(struct outlet *o, size_t len, struct block **block)
{
    uint8_t *room = slab_room(&o->slab, PACKET_HEADER + len + PACKET_TAG);
    if (block)
        *block = block_ref(o->slab.block);
    return room + PACKET_HEADER;
}

static bool goes_to_token_port(enum packet_type type, const struct destination *to)
{
    switch (type) {
    case PACKET_DATA:
    case PACKET_RDATA:
    case PACKET_ALIVE:
    case PACKET_LEAVE:
        return false;
    case PACKET_SUSPECT: /* to one: of the sender itself, whose data does not arrive */
        return to->kind == TO_PROC;
    default: /* what goes to a whole segment goes where the segment listens */
        return to->kind != TO_SEGMENT;
    }
}

void outlet_send(struct outlet *o, const struct destination *to, enum packet_type type,
                 uint8_t flags, uint8_t *body, size_t len)
{
    struct packet_header h = {
        .version = PACKET_VERSION,
        .type = (uint8_t)type,
        .flags = flags,
        .sender = o->in_force->self,
        .receiver = to->kind == TO_PROC ? to->proc : NO_PROC,
        .hash = o->in_force->conf->hash,
        .incarnation = o->incarnation,
        .counter = ++o->counter,
        .body_len = (uint16_t)len,
    };
    assert(body == o->slab.block->bytes + o->slab.used + PACKET_HEADER);
    packet_header_encode(body - PACKET_HEADER, &h);
    slab_use(&o->slab, PACKET_HEADER + len);

    struct sending s = {
        .to = *to,
        .token_port = goes_to_token_port(type, to),
        .block = block_ref(o->slab.block),
        .bytes = body - PACKET_HEADER,
        .len = (uint32_t)(PACKET_HEADER + len),
    };
    queue_add(o->deferring ? &o->deferred : &o->queue, &s);
}

void outlet_release(struct outlet *o)
{
    for (size_t i = 0; i < o->deferred.count; i++)
        queue_add(&o->queue, &o->deferred.list[i]);
    o->deferred.count = 0;
}

void outlet_control(struct outlet *o, const struct destination *to, enum packet_type type,
                    uint8_t flags, const uint8_t *body, size_t len)
{
    size_t room = outlet_room(o);
    unsigned pieces = split_pieces(len, room);
    assert(pieces > 0);
    if (pieces == 1) {
        uint8_t *copy = outlet_body(o, len, NULL);
        memcpy(copy, body, len);
        outlet_send(o, to, type, flags, copy, len);
        return;
    }
    uint32_t id = ++o->split_id;
    for (unsigned i = 0; i < pieces; i++) {
        uint8_t *piece = outlet_body(o, room, NULL);
        size_t n = split_piece(piece, room, id, i, pieces, body, len);
        outlet_send(o, to, type, flags | PACKET_FRAG, piece, n);
    }
}

bool outlet_next(struct outlet *o, struct sending *s)
{
    struct send_queue *q = &o->queue;
    if (q->next == q->count) {
        q->next = q->count = 0;
        return false;
    }
    *s = q->list[q->next++];
    return true;
}
