/* SPDX-License-Identifier: MIT */
#include "daemon/packet/split.h"

#include <stdlib.h>

#include "daemon/base/memory.h"

enum { OPEN_MAX = 2 };

/* A message in the making; its pieces may come in any order. */
struct open_message {
    bool used;
    uint8_t type, count;
    uint32_t id;
    uint64_t incarnation, got; /* got: a bit for each piece */
    usec until;
    uint8_t *pieces[SPLIT_PIECES_MAX];
    size_t lens[SPLIT_PIECES_MAX];
};

struct split_inbox {
    int procs;
    uint8_t *whole;
    struct open_message *open[PROCS_MAX]; /* OPEN_MAX for each sender, NULL until it needs them */
};

unsigned split_pieces(size_t len, size_t room)
{
    if (len <= room)
        return 1;
    size_t each = room - SPLIT_PREFIX;
    size_t pieces = (len + each - 1) / each;
    return pieces > SPLIT_PIECES_MAX ? 0 : (unsigned)pieces;
}

size_t split_piece(uint8_t *piece, size_t room, uint32_t id, unsigned index, unsigned pieces,
                   const uint8_t *body, size_t len)
{
    struct writer w = writer_of(piece, room);
    size_t each = room - SPLIT_PREFIX, from = index * each;
    size_t n = len - from < each ? len - from : each;

    give_u32(&w, id);
    give_u8(&w, (uint8_t)index);
    give_u8(&w, (uint8_t)pieces);
    give_bytes(&w, body + from, n);
    return writer_len(&w);
}

struct split_inbox *split_inbox_new(int procs)
{
    struct split_inbox *in = memory_new(sizeof *in);
    in->procs = procs;
    return in;
}

static void drop(struct open_message *m)
{
    for (int i = 0; i < SPLIT_PIECES_MAX; i++)
        free(m->pieces[i]);
    *m = (struct open_message){0};
}

void split_inbox_free(struct split_inbox *in)
{
    if (!in)
        return;
    for (int p = 0; p < in->procs; p++) {
        for (int i = 0; in->open[p] && i < OPEN_MAX; i++)
            drop(&in->open[p][i]);
        free(in->open[p]);
    }
    free(in->whole);
    free(in);
}

/* The message the piece belongs to, begun anew if need be: in place of the older one. */
static struct open_message *find(struct split_inbox *in, const struct packet_header *h,
                                 uint32_t id, uint8_t count, usec patience, usec now)
{
    struct open_message *list = in->open[h->sender], *oldest = NULL;
    if (!list)
        list = in->open[h->sender] = memory_new(OPEN_MAX * sizeof *list);
    for (int i = 0; i < OPEN_MAX; i++) {
        struct open_message *m = &list[i];
        if (m->used && now >= m->until)
            drop(m);
        if (m->used && m->id == id && m->incarnation == h->incarnation)
            return m->type == h->type && m->count == count ? m : NULL;
        if (!oldest || m->until < oldest->until)
            oldest = m;
    }
    drop(oldest);
    *oldest = (struct open_message){.used = true,
                                    .type = h->type,
                                    .count = count,
                                    .id = id,
                                    .incarnation = h->incarnation,
                                    .until = now + patience};
    return oldest;
}

/* All pieces in a row. */
static size_t join_pieces(struct split_inbox *in, const struct open_message *m)
{
    size_t len = 0, at = 0;
    for (int i = 0; i < m->count; i++)
        len += m->lens[i];
    in->whole = memory_grow(in->whole, len);
    for (int i = 0; i < m->count; i++) {
        memcpy(in->whole + at, m->pieces[i], m->lens[i]);
        at += m->lens[i];
    }
    return len;
}

bool split_take(struct split_inbox *in, const struct packet_header *h, const uint8_t *piece,
                usec patience, usec now, const uint8_t **body, size_t *len)
{
    struct reader r = reader_of(piece, h->body_len);
    uint32_t id = take_u32(&r);
    uint8_t index = take_u8(&r), count = take_u8(&r);
    if (r.failed || r.left == 0 || count > SPLIT_PIECES_MAX || index >= count ||
        (count > 1 && r.left > SPLIT_WHOLE_MAX / (count - 1u)))
        return false;

    struct open_message *m = find(in, h, id, count, patience, now);
    if (!m || (m->got >> index & 1))
        return false;
    m->got |= (uint64_t)1 << index;
    m->lens[index] = r.left;
    m->pieces[index] = memory_grow(NULL, r.left);
    memcpy(m->pieces[index], r.at, r.left);
    if (__builtin_popcountll(m->got) < m->count)
        return false;
    *len = join_pieces(in, m);
    *body = in->whole;
    drop(m);
    return true;
}
