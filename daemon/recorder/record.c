/* SPDX-License-Identifier: MIT */
#include "daemon/recorder/record.h"

#include <assert.h>

#include "daemon/packet/bytes.h"

enum { CHECKED_FROM = 8, SET_BYTES = sizeof((struct procset *)0)->bits };

_Static_assert(EVENT_KINDS <= UINT8_MAX && WHYS <= UINT16_MAX, "a kind and a reason fit");

/* The usual one, of Ethernet and zip, four bits at a time; those of four bytes do not wait for each other:
 * each client that comes or goes is a record. */
uint32_t record_checksum(const uint8_t *bytes, size_t len)
{
    /* What is left of four bits after so many steps: steps[0] after one, ... */
    static const uint32_t steps[8][16] = {
        {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
         0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c},
        {0x00000000, 0x77073096, 0xee0e612c, 0x990951ba, 0x076dc419, 0x706af48f, 0xe963a535, 0x9e6495a3,
         0x0edb8832, 0x79dcb8a4, 0xe0d5e91e, 0x97d2d988, 0x09b64c2b, 0x7eb17cbd, 0xe7b82d07, 0x90bf1d91},
        {0x00000000, 0x4ac21251, 0x958424a2, 0xdf4636f3, 0xf0794f05, 0xbabb5d54, 0x65fd6ba7, 0x2f3f79f6,
         0x3b83984b, 0x71418a1a, 0xae07bce9, 0xe4c5aeb8, 0xcbfad74e, 0x8138c51f, 0x5e7ef3ec, 0x14bce1bd},
        {0x00000000, 0x191b3141, 0x32366282, 0x2b2d53c3, 0x646cc504, 0x7d77f445, 0x565aa786, 0x4f4196c7,
         0xc8d98a08, 0xd1c2bb49, 0xfaefe88a, 0xe3f4d9cb, 0xacb54f0c, 0xb5ae7e4d, 0x9e832d8e, 0x87981ccf},
        {0x00000000, 0x1c26a370, 0x384d46e0, 0x246be590, 0x709a8dc0, 0x6cbc2eb0, 0x48d7cb20, 0x54f16850,
         0xe1351b80, 0xfd13b8f0, 0xd9785d60, 0xc55efe10, 0x91af9640, 0x8d893530, 0xa9e2d0a0, 0xb5c473d0},
        {0x00000000, 0x01c26a37, 0x0384d46e, 0x0246be59, 0x0709a8dc, 0x06cbc2eb, 0x048d7cb2, 0x054f1685,
         0x0e1351b8, 0x0fd13b8f, 0x0d9785d6, 0x0c55efe1, 0x091af964, 0x08d89353, 0x0a9e2d0a, 0x0b5c473d},
        {0x00000000, 0x5019579f, 0xa032af3e, 0xf02bf8a1, 0x9b14583d, 0xcb0d0fa2, 0x3b26f703, 0x6b3fa09c,
         0xed59b63b, 0xbd40e1a4, 0x4d6b1905, 0x1d724e9a, 0x764dee06, 0x2654b999, 0xd67f4138, 0x866616a7},
        {0x00000000, 0xb8bc6765, 0xaa09c88b, 0x12b5afee, 0x8f629757, 0x37def032, 0x256b5fdc, 0x9dd738b9,
         0xc5b428ef, 0x7d084f8a, 0x6fbde064, 0xd7018701, 0x4ad6bfb8, 0xf26ad8dd, 0xe0df7733, 0x58631056},
    };
    uint32_t sum = UINT32_MAX;
    for (; len >= 4; bytes += 4, len -= 4) {
        sum ^= bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
        sum = steps[7][sum & 15] ^ steps[6][sum >> 4 & 15] ^ steps[5][sum >> 8 & 15] ^
              steps[4][sum >> 12 & 15] ^ steps[3][sum >> 16 & 15] ^ steps[2][sum >> 20 & 15] ^
              steps[1][sum >> 24 & 15] ^ steps[0][sum >> 28];
    }
    for (; len > 0; bytes++, len--) {
        sum ^= bytes[0];
        sum = sum >> 4 ^ steps[0][sum & 15];
        sum = sum >> 4 ^ steps[0][sum & 15];
    }
    return ~sum;
}

/* -- to bytes -------------------------------------------------------------------------------- */

static void give_number(struct writer *w, uint64_t n)
{
    for (; n >= 0x80; n >>= 7)
        give_u8(w, (uint8_t)(n | 0x80));
    give_u8(w, (uint8_t)n);
}

static void give_text(struct writer *w, const char *text, size_t room)
{
    size_t len = strnlen(text, room - 1);
    give_u8(w, (uint8_t)len);
    give_bytes(w, text, len);
}

/* The zeros at the end go without saying. */
static void give_numbers(struct writer *w, const uint64_t number[EVENT_NUMBERS])
{
    int count = EVENT_NUMBERS;
    while (count > 0 && number[count - 1] == 0)
        count--;
    give_u8(w, (uint8_t)count);
    for (int i = 0; i < count; i++)
        give_number(w, number[i]);
}

static void give_set(struct writer *w, const struct procset *set)
{
    bool any = !procset_empty(set);
    give_u8(w, any);
    for (size_t i = 0; any && i < SET_BYTES / sizeof set->bits[0]; i++)
        give_u64(w, set->bits[i]);
}

static void give_event(struct writer *w, const struct event_record *e)
{
    give_u8(w, (uint8_t)e->kind);
    give_u16(w, (uint16_t)e->why);
    give_u16(w, e->daemon);
    give_u16(w, e->other);
}

size_t record_encode(uint8_t bytes[RECORD_MOST], const struct record *r)
{
    const struct event_record *e = &r->event;
    struct writer w = writer_of(bytes + CHECKED_FROM, RECORD_MOST - CHECKED_FROM);
    give_u64(&w, r->number);
    give_u64(&w, r->wall_us);
    give_u32(&w, r->before);
    give_event(&w, e);
    give_number(&w, r->left_out);
    give_numbers(&w, e->number);
    give_text(&w, e->who.text, sizeof e->who.text);
    give_text(&w, e->whom.text, sizeof e->whom.text);
    give_text(&w, e->from, sizeof e->from);
    give_set(&w, &e->set);
    while (writer_len(&w) % RECORD_STEP || writer_len(&w) < RECORD_LEAST - CHECKED_FROM)
        give_u8(&w, 0);
    assert(!w.failed);
    size_t checked = writer_len(&w), len = CHECKED_FROM + checked;
    be_put(bytes, 2, RECORD_MARK);
    be_put(bytes + 2, 2, len);
    be_put(bytes + 4, 4, record_checksum(bytes + CHECKED_FROM, checked));
    return len;
}

/* -- from bytes ------------------------------------------------------------------------------ */

static uint64_t take_number(struct reader *r)
{
    uint64_t n = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        uint8_t byte = take_u8(r);
        n |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return n;
    }
    r->failed = true;
    return 0;
}

/* It goes to terminals. */
static void take_text(struct reader *r, char *text, size_t room)
{
    size_t len = take_u8(r);
    const uint8_t *at = len < room ? read_bytes(r, len) : NULL;
    if (!at) {
        r->failed = true;
        return;
    }
    for (size_t i = 0; i < len; i++)
        text[i] = at[i] < 0x20 || at[i] == 0x7f ? '?' : (char)at[i];
    text[len] = '\0';
}

static void take_numbers(struct reader *r, uint64_t number[EVENT_NUMBERS])
{
    unsigned count = take_u8(r);
    if (count > EVENT_NUMBERS)
        r->failed = true;
    for (unsigned i = 0; i < count && !r->failed; i++)
        number[i] = take_number(r);
}

static void take_set(struct reader *r, struct procset *set)
{
    uint8_t any = take_u8(r);
    if (any > 1)
        r->failed = true;
    for (size_t i = 0; any && i < SET_BYTES / sizeof set->bits[0]; i++)
        set->bits[i] = take_u64(r);
}

static void take_event(struct reader *r, struct event_record *e)
{
    unsigned kind = take_u8(r), why = take_u16(r);
    if (kind >= EVENT_KINDS || why >= WHYS) {
        r->failed = true;
        return;
    }
    e->kind = (enum event_kind)kind;
    e->why = (enum why)why;
    e->daemon = take_u16(r);
    e->other = take_u16(r);
}

/* Whether a whole record begins there; its length, or 0. */
static size_t sound_len(const uint8_t *bytes, size_t len)
{
    struct reader r = reader_of(bytes, len);
    unsigned mark = take_u16(&r);
    size_t own = take_u16(&r);
    uint32_t sum = take_u32(&r);
    bool sound = !r.failed && mark == RECORD_MARK && own >= RECORD_LEAST && own <= RECORD_MOST &&
                 own % RECORD_STEP == 0 && own <= len;
    return sound && record_checksum(bytes + CHECKED_FROM, own - CHECKED_FROM) == sum ? own : 0;
}

size_t record_decode(struct record *r, const uint8_t *bytes, size_t len)
{
    size_t own = sound_len(bytes, len);
    struct event_record *e = &r->event;
    if (own == 0)
        return 0;
    struct reader in = reader_of(bytes + CHECKED_FROM, own - CHECKED_FROM);
    *r = (struct record){.event = event_of(EVENT_STATE, WHY_NONE)};
    r->number = take_u64(&in);
    r->wall_us = take_u64(&in);
    r->before = take_u32(&in);
    take_event(&in, e);
    r->left_out = take_number(&in);
    take_numbers(&in, e->number);
    take_text(&in, e->who.text, sizeof e->who.text);
    take_text(&in, e->whom.text, sizeof e->whom.text);
    take_text(&in, e->from, sizeof e->from);
    take_set(&in, &e->set);
    return in.failed || r->number > INT64_MAX ? 0 : own;
}
