/* SPDX-License-Identifier: MIT */
#include "daemon/seal/seal.h"

#include <assert.h>
#include <stdlib.h>

#include "daemon/base/memory.h"
#include "daemon/seal/derive.h"
#include "daemon/seal/known.h"
#include "daemon/seal/trials.h"

struct seal {
    const struct in_force *in_force;
    uint64_t incarnation;
    struct keyring keys;
    struct cipher *outgoing; /* NULL: no keys, or not made yet */
    struct slab sealed, opened;
    struct known known;
    struct trials trials;
};

struct seal *seal_new(const struct in_force *in_force, uint64_t incarnation)
{
    struct seal *s = memory_new(sizeof *s);
    s->in_force = in_force;
    s->incarnation = incarnation;
    slab_init(&s->sealed);
    slab_init(&s->opened);
    return s;
}

/* -- keys ---------------------------------------------------------------------------------- */

void seal_free(struct seal *s)
{
    if (!s)
        return;
    known_fini(&s->known);
    cipher_free(s->outgoing);
    keyring_wipe(&s->keys);
    slab_fini(&s->sealed);
    slab_fini(&s->opened);
    free(s);
}

void seal_take_keys(struct seal *s, const struct keyring *keys)
{
    known_forget_ciphers(&s->known);
    cipher_free(s->outgoing);
    s->outgoing = NULL;
    keyring_wipe(&s->keys);
    s->keys = *keys;
}

const struct keyring *seal_keys(const struct seal *s)
{
    return &s->keys;
}

bool seal_keys_are(const struct seal *s, const struct keyring *keys)
{
    return keyring_equal(&s->keys, keys);
}

static bool has_keys(const struct seal *s)
{
    return s->keys.count > 0;
}

bool seal_is_on(const struct seal *s)
{
    return has_keys(s) && !s->in_force->conf->send_open_packets;
}

static int place_of_key(const struct seal *s, uint8_t id)
{
    for (int k = 0; k < s->keys.count; k++)
        if (s->keys.keys[k].id == id)
            return k;
    return -1;
}

uint8_t seal_last_key(struct seal *s, unsigned i)
{
    return known_daemon(&s->known, s->in_force->conf, i)->last_key;
}

void seal_on_renumbered(struct seal *s)
{
    known_on_renumbered(&s->known);
}

/* -- out ----------------------------------------------------------------------------------- */

static const char *name_of(const struct seal *s, unsigned i)
{
    return s->in_force->conf->daemons[i].name;
}

struct sealed seal_packet(struct seal *s, const uint8_t *packet, size_t len)
{
    const struct seal_key *key = &s->keys.keys[s->keys.sending];
    struct packet_header h;
    bool sound = packet_header_decode(&h, packet, len);
    assert(sound && h.key_id == 0 && h.incarnation == s->incarnation);
    if (!s->outgoing)
        s->outgoing =
            derive_cipher(key, name_of(s, s->in_force->self), s->incarnation, CIPHER_SEALS);
    uint8_t *out = slab_room(&s->sealed, len + PACKET_TAG);
    h.key_id = key->id;
    packet_header_encode(out, &h);
    cipher_seal(s->outgoing, h.counter, out, PACKET_HEADER, packet + PACKET_HEADER, h.body_len,
                out + PACKET_HEADER);
    slab_use(&s->sealed, len + PACKET_TAG);
    return (struct sealed){block_ref(s->sealed.block), out, (uint32_t)(len + PACKET_TAG)};
}

/* -- in ------------------------------------------------------------------------------------ */

static bool open_body(struct cipher *c, const struct packet_header *h, const uint8_t *bytes, uint8_t *body)
{
    return cipher_open(c, h->counter, bytes, PACKET_HEADER, bytes + PACKET_HEADER, h->body_len, body);
}

/* Where the body of a datagram goes. A room of ours is not used up by what does not open. */
static uint8_t *room_for(struct seal *s, const struct packet_header *h, uint8_t *bytes, bool relayed)
{
    return relayed ? slab_room(&s->opened, h->body_len) : bytes + PACKET_HEADER;
}

static void settle(struct seal *s, struct received *p, uint8_t *body, bool relayed)
{
    p->body = body;
    if (!relayed)
        return;
    p->block = s->opened.block;
    slab_use(&s->opened, (p->header.body_len + 7U) & ~7U);
}

/* Of a life that is known or, if the packet proves to be genuine, will be. */
static struct cipher *cipher_for(struct seal *s, const struct packet_header *h,
                                 const struct known_life *l, int key)
{
    if (l && l->ciphers[key])
        return l->ciphers[key];
    return derive_cipher(&s->keys.keys[key], name_of(s, h->sender), h->incarnation, CIPHER_OPENS);
}

/* What is known of its life says so far that it may be opened. */
static enum why may_open(struct seal *s, const struct packet_header *h, const struct known_life *l,
                         usec now)
{
    if (l)
        return replay_is_new(&l->replay, h->counter) ? ADMITTED : REFUSED_REPLAY;
    return trials_may(&s->trials, now) ? ADMITTED : REFUSED_TRIALS;
}

static enum why open_sealed(struct seal *s, struct received *p, uint8_t *bytes, bool relayed,
                            uint64_t believed, usec now)
{
    const struct packet_header *h = &p->header;
    struct known_daemon *d = known_daemon(&s->known, s->in_force->conf, h->sender);
    struct known_life *l = known_life(d, h->incarnation);
    int key = place_of_key(s, h->key_id);
    if (key < 0)
        return has_keys(s) ? REFUSED_KEY : REFUSED_SEALED;
    enum why why = may_open(s, h, l, now);
    if (why != ADMITTED)
        return why;
    struct cipher *c = cipher_for(s, h, l, key);
    uint8_t *body = room_for(s, h, bytes, relayed);
    bool genuine = open_body(c, h, bytes, body);
    if (!genuine && !l)
        cipher_free(c);
    else if (!l)
        l = known_add_life(d, h->incarnation, believed);
    if (l)
        l->ciphers[key] = c;
    if (!genuine)
        return REFUSED_TAG;
    known_note(d, l, h->counter);
    d->last_key = h->key_id;
    settle(s, p, body, relayed);
    return ADMITTED;
}

enum why seal_open(struct seal *s, struct received *p, uint8_t *bytes, bool relayed, uint64_t believed,
                   usec now)
{
    if (p->header.key_id != 0)
        return open_sealed(s, p, bytes, relayed, believed, now);
    if (has_keys(s) && !s->in_force->conf->accept_open_packets)
        return REFUSED_OPEN;
    p->body = bytes + PACKET_HEADER;
    known_daemon(&s->known, s->in_force->conf, p->header.sender)->last_key = 0;
    return ADMITTED;
}
