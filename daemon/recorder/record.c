/* SPDX-License-Identifier: MIT */
#include "daemon/recorder/record.h"

#include <assert.h>

#include "daemon/packet/bytes.h"

enum { CHECKED_FROM = 8, SET_BYTES = sizeof((struct procset *)0)->bits };

_Static_assert(EVENT_KINDS <= UINT8_MAX && WHYS <= UINT16_MAX, "a kind and a reason fit");

/* The usual one, of Ethernet and zip, by half bytes: records are short, and rare. */
uint32_t record_checksum(const uint8_t *bytes, size_t len)
{
    static const uint32_t steps[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
        0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    uint32_t sum = UINT32_MAX;
    for (size_t i = 0; i < len; i++) {
        sum ^= bytes[i];
        sum = sum >> 4 ^ steps[sum & 15];
        sum = sum >> 4 ^ steps[sum & 15];
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
