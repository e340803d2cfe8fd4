/* SPDX-License-Identifier: MIT */
#include "daemon/ring/lanes.h"

#include <stdlib.h>

#include "daemon/base/memory.h"
#include "daemon/packet/data.h"

void lane_fini(struct lane_queue *l)
{
    while (!lane_empty(l)) {
        struct message m = lane_take(l);
        message_unref(&m);
    }
    free(l->queue);
}

static void grow(struct lane_queue *l)
{
    uint32_t size = l->size ? 2 * l->size : 64;
    struct waiting *queue = memory_new(size * sizeof *queue);
    for (uint32_t i = 0; i < l->used; i++)
        queue[i] = l->queue[(l->head + i) & (l->size - 1)];
    free(l->queue);
    l->queue = queue;
    l->head = 0;
    l->size = size;
}

void lane_add(struct lane_queue *l, struct message m, uint8_t service)
{
    if (l->used == l->size)
        grow(l);
    l->queue[(l->head + l->used) & (l->size - 1)] =
        (struct waiting){.message = m, .service = service};
    l->used++;
    l->bytes += m.len;
}

struct message lane_take(struct lane_queue *l)
{
    struct waiting *w = lane_front(l);
    struct message m = w->message;
    l->bytes -= m.len - w->done;
    l->head = (l->head + 1) & (l->size - 1);
    l->used--;
    return m;
}

void lane_restart(struct lane_queue *l)
{
    if (lane_empty(l))
        return;
    l->bytes += lane_front(l)->done;
    lane_front(l)->done = 0;
    lane_front(l)->fragment = 0;
}

uint32_t lane_packets(const struct lane_queue *l, uint32_t room)
{
    uint64_t bytes = l->bytes + (uint64_t)l->used * 2 * data_part_size(true, 0);
    uint64_t packets = (bytes + room - 1) / room;
    return packets > UINT32_MAX ? UINT32_MAX : (uint32_t)packets;
}
