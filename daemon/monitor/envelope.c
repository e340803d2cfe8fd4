/* SPDX-License-Identifier: MIT */
#include "daemon/monitor/envelope.h"

#include <assert.h>

#include "daemon/packet/bytes.h"
#include "daemon/seal/derive.h"

enum { MAGIC_0 = 0x53, MAGIC_1 = 0x4d, VERSION = 1, ZEROS = 3 };

/* In the place of a daemon's name, which is shorter: no key of a daemon's life is one of these. */
static const char *const places[] = {
    [FROM_MONITOR] = "a monitor's question",
    [FROM_DAEMON] = "for a monitor's eyes",
};

bool envelope_is(const uint8_t *bytes, size_t len)
{
    return len >= 2 && bytes[0] == MAGIC_0 && bytes[1] == MAGIC_1;
}

static void give_header(struct writer *w, const struct envelope *e, uint8_t key_id)
{
    give_u8(w, MAGIC_0);
    give_u8(w, MAGIC_1);
    give_u8(w, VERSION);
    give_u8(w, key_id);
    give_u8(w, (uint8_t)e->from);
    give(w, ZEROS, 0);
    give_u64(w, e->life);
    give_u64(w, e->number);
}

size_t envelope_seal(const struct envelope *e, const struct seal_key *key, uint8_t bytes[ENVELOPE_MAX])
{
    uint8_t text[ENVELOPE_ROOM];
    struct writer head = writer_of(bytes, ENVELOPE_HEADER), w = writer_of(text, sizeof text);
    assert(e->len <= MONITOR_PACKET_MAX);
    give_header(&head, e, key->id);
    give_u64(&w, e->moment.life);
    give_u64(&w, e->moment.at);
    give_u64(&w, e->question.life);
    give_u64(&w, e->question.number);
    give_bytes(&w, e->packet, e->len);
    size_t len = writer_len(&w);
    struct cipher *c = derive_cipher(key, places[e->from], e->life, CIPHER_SEALS);
    cipher_seal(c, e->number, bytes, ENVELOPE_HEADER, text, len, bytes + ENVELOPE_HEADER);
    cipher_free(c);
    return ENVELOPE_HEADER + len + ENVELOPE_TAG;
}

static bool take_header(struct envelope *e, enum envelope_from from, struct reader *r)
{
    const uint8_t *magic = read_bytes(r, 2);
    uint8_t version = take_u8(r);
    e->key_id = take_u8(r);
    e->from = from;
    bool known = take_u8(r) == from && take(r, ZEROS) == 0 && version == VERSION;
    e->life = take_u64(r);
    e->number = take_u64(r);
    return !r->failed && known && envelope_is(magic, 2);
}

static void take_front(struct envelope *e, const uint8_t *text, size_t len)
{
    struct reader r = reader_of(text, len);
    e->moment.life = take_u64(&r);
    e->moment.at = take_u64(&r);
    e->question.life = take_u64(&r);
    e->question.number = take_u64(&r);
    e->packet = r.at;
    e->len = r.left;
}

static const struct seal_key *find_key(const struct keyring *keys, uint8_t id)
{
    for (int i = 0; i < keys->count; i++)
        if (keys->keys[i].id == id)
            return &keys->keys[i];
    return NULL;
}

enum why envelope_open(struct envelope *e, enum envelope_from from, const struct keyring *keys,
                       const uint8_t *bytes, size_t len, uint8_t room[ENVELOPE_ROOM])
{
    struct reader r = reader_of(bytes, len);
    if (!take_header(e, from, &r) || r.left < ENVELOPE_FRONT + ENVELOPE_TAG ||
        r.left > ENVELOPE_ROOM + ENVELOPE_TAG)
        return MONITOR_NO_LENGTH;
    const struct seal_key *key = find_key(keys, e->key_id);
    if (!key)
        return MONITOR_NO_KEY;
    size_t text_len = r.left - ENVELOPE_TAG;
    struct cipher *c = derive_cipher(key, places[from], e->life, CIPHER_OPENS);
    bool genuine = cipher_open(c, e->number, bytes, ENVELOPE_HEADER, r.at, text_len, room);
    cipher_free(c);
    if (!genuine)
        return MONITOR_NO_SEAL;
    take_front(e, room, text_len);
    return MONITOR_OBEYED;
}
