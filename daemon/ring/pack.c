/* SPDX-License-Identifier: MIT */
#include "daemon/ring/pack.h"

/* A message that would fit a packet of its own is split over two only if more than this share of
 * the packet would stay empty otherwise: putting it together again costs a copy. */
enum { SPLIT_SHARE = 8 };

static void forget_ends(struct packer *p)
{
    for (unsigned i = 0; i < p->end_count; i++)
        message_unref(&p->ends[i].message);
    p->end_count = 0;
}

void packer_fini(struct packer *p)
{
    forget_ends(p);
}

/* How much of the front message goes into space bytes, and as what; 0: nothing. */
static uint32_t choose(const struct waiting *w, size_t space, size_t room, uint8_t *flags)
{
    uint32_t rest = w->message.len - w->done;
    if (w->done == 0 && data_part_size(true, rest) <= space) {
        *flags = PART_WHOLE;
        return rest;
    }
    bool fits_alone = data_part_size(true, w->message.len) <= room - DATA_HEADER;
    if (w->done == 0 && fits_alone && space < room / SPLIT_SHARE)
        return 0;
    if (data_fragment_room(space) == 0)
        return 0;
    *flags = w->done == 0 ? PART_FIRST : 0;
    if (data_part_size(false, rest) <= space) {
        *flags |= PART_LAST;
        return rest;
    }
    return (uint32_t)data_fragment_room(space);
}

static void note_end(struct packer *p, struct lane_queue *l, const struct data_header *h)
{
    uint8_t service = lane_front(l)->service;
    p->ends[p->end_count++] = (struct packed_end){
        .message = lane_take(l), .part = h->parts, .service = service};
}

static size_t pad(uint8_t *body, size_t at, size_t at_least, struct data_header *h)
{
    if (!data_can_pad(at, at_least) || h->parts == DATA_PARTS_MAX)
        return at;
    data_put_padding(body, at, at_least);
    h->parts++;
    return at_least;
}

size_t packer_fill(struct packer *p, struct lane_queue *l, uint8_t *body, size_t room, size_t at_least,
            struct data_header *h)
{
    size_t at = DATA_HEADER;
    h->parts = 0;
    forget_ends(p);
    while (!lane_empty(l) && h->parts < DATA_PARTS_MAX) {
        struct waiting *w = lane_front(l);
        uint8_t flags = 0;
        uint32_t len = choose(w, room - at, room, &flags);
        if (len == 0 && h->parts > 0)
            break;
        if (flags == PART_FIRST)
            w->number = ++p->number;
        at += data_put_part(body + at, &(struct part){.service = w->service,
                                                      .flags = flags,
                                                      .len = (uint16_t)len,
                                                      .fragment = w->fragment,
                                                      .number = w->number,
                                                      .bytes = w->message.frame + w->done});
        w->fragment++;
        lane_advance(l, len);
        if (flags & PART_LAST)
            note_end(p, l, h);
        h->parts++;
    }
    return pad(body, at, at_least, h);
}
