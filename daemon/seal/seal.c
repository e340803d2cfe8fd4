/* SPDX-License-Identifier: MIT */
#include "daemon/seal/seal.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "daemon/seal/derive.h"
#include "daemon/seal/replay.h"
#include "daemon/seal/trials.h"

/* One life of another daemon. */
struct known_life {
    uint64_t incarnation;
    uint64_t used;                      /* when it was last heard, as s->heard counts */
    struct replay replay;
    struct cipher *ciphers[KEYS_MOST];  /* by place in the keyring; NULL: not made yet */
};

struct seal {
    const struct in_force *in_force;
    uint64_t incarnation;
    struct keyring keys;
    struct cipher *outgoing; /* NULL: no keys, or not made yet */
    struct slab sealed, opened;
    struct known_life *lives[CONF_DAEMONS_MAX][SEAL_LIVES];
    uint8_t last_key[CONF_DAEMONS_MAX];
    uint64_t heard; /* packets opened so far */
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

/* Its numbers stay noted. */
static void forget_ciphers(struct known_life *l)
{
    for (int k = 0; k < KEYS_MOST; k++) {
        cipher_free(l->ciphers[k]);
        l->ciphers[k] = NULL;
    }
}

static void forget_life(struct known_life **l)
{
    if (!*l)
        return;
    forget_ciphers(*l);
    free(*l);
    *l = NULL;
}

void seal_free(struct seal *s)
{
    if (!s)
        return;
    for (int i = 0; i < CONF_DAEMONS_MAX; i++)
        for (int k = 0; k < SEAL_LIVES; k++)
            forget_life(&s->lives[i][k]);
    cipher_free(s->outgoing);
    keyring_wipe(&s->keys);
    slab_fini(&s->sealed);
    slab_fini(&s->opened);
    free(s);
}

void seal_take_keys(struct seal *s, const struct keyring *keys)
{
    for (int i = 0; i < CONF_DAEMONS_MAX; i++)
        for (int k = 0; k < SEAL_LIVES; k++)
            if (s->lives[i][k])
                forget_ciphers(s->lives[i][k]);
    cipher_free(s->outgoing);
    s->outgoing = NULL;
    keyring_wipe(&s->keys);
    s->keys = *keys;
}

const struct keyring *seal_keys(const struct seal *s)
{
    return &s->keys;
}

static bool same_key(const struct seal_key *a, const struct seal_key *b)
{
    return a->id == b->id && a->algorithm == b->algorithm &&
           CRYPTO_memcmp(a->secret, b->secret, KEY_SECRET) == 0;
}

bool seal_keys_are(const struct seal *s, const struct keyring *keys)
{
    bool same = s->keys.count == keys->count && s->keys.sending == keys->sending;
    for (int k = 0; same && k < keys->count; k++)
        same = same_key(&s->keys.keys[k], &keys->keys[k]);
    return same;
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

uint8_t seal_last_key(const struct seal *s, unsigned i)
{
    return i < CONF_DAEMONS_MAX ? s->last_key[i] : 0;
}

/* A daemon that is gone from the file is forgotten, with its lives. */
void seal_on_renumbered(struct seal *s, const uint16_t map[PROCS_MAX])
{
    struct known_life *old[CONF_DAEMONS_MAX][SEAL_LIVES];
    uint8_t old_key[CONF_DAEMONS_MAX];
    memcpy(old, s->lives, sizeof old);
    memcpy(old_key, s->last_key, sizeof old_key);
    memset(s->lives, 0, sizeof s->lives);
    memset(s->last_key, 0, sizeof s->last_key);
    for (int i = 0; i < CONF_DAEMONS_MAX; i++) {
        bool stays = map[i] < CONF_DAEMONS_MAX && !s->lives[map[i]][0];
        if (stays)
            s->last_key[map[i]] = old_key[i];
        for (int k = 0; k < SEAL_LIVES; k++)
            if (stays)
                s->lives[map[i]][k] = old[i][k];
            else
                forget_life(&old[i][k]);
    }
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

static struct known_life *find_life(struct seal *s, const struct packet_header *h)
{
    for (int k = 0; k < SEAL_LIVES; k++) {
        struct known_life *l = s->lives[h->sender][k];
        if (l && l->incarnation == h->incarnation)
            return l;
    }
    return NULL;
}

/* In the place of the one that was heard the longest ago, but not of the one believed in. */
static struct known_life *add_life(struct seal *s, const struct packet_header *h, uint64_t believed)
{
    struct known_life **place = NULL;
    for (int k = 0; k < SEAL_LIVES; k++) {
        struct known_life **l = &s->lives[h->sender][k];
        if (!*l) {
            place = l;
            break;
        }
        if ((*l)->incarnation != believed && (!place || (*l)->used < (*place)->used))
            place = l;
    }
    forget_life(place);
    *place = memory_new(sizeof **place);
    (*place)->incarnation = h->incarnation;
    return *place;
}

/* Into s->opened, which is not used up by what does not open. */
static bool open_body(struct seal *s, struct cipher *c, const struct packet_header *h,
                      const uint8_t *bytes, uint8_t **body)
{
    *body = slab_room(&s->opened, h->body_len);
    return cipher_open(c, h->counter, bytes, PACKET_HEADER, bytes + PACKET_HEADER, h->body_len,
                       *body);
}

static enum why open_sealed(struct seal *s, struct received *p, const uint8_t *bytes,
                            uint64_t believed, usec now)
{
    const struct packet_header *h = &p->header;
    int k = place_of_key(s, h->key_id);
    if (k < 0)
        return has_keys(s) ? REFUSED_KEY : REFUSED_SEALED;
    struct known_life *l = find_life(s, h);
    if (l && !replay_is_new(&l->replay, h->counter))
        return REFUSED_REPLAY;
    if (!l && !trials_may(&s->trials, now))
        return REFUSED_TRIALS;
    struct cipher *c = l ? l->ciphers[k] : NULL;
    if (!c)
        c = derive_cipher(&s->keys.keys[k], name_of(s, h->sender), h->incarnation, CIPHER_OPENS);
    bool genuine = open_body(s, c, h, bytes, &p->body);
    if (!l && !genuine) {
        cipher_free(c);
        return REFUSED_TAG;
    }
    if (!l)
        l = add_life(s, h, believed);
    l->ciphers[k] = c;
    if (!genuine)
        return REFUSED_TAG;
    replay_note(&l->replay, h->counter);
    l->used = ++s->heard;
    s->last_key[h->sender] = h->key_id;
    p->block = s->opened.block;
    slab_use(&s->opened, (h->body_len + 7U) & ~7U);
    return ADMITTED;
}

enum why seal_open(struct seal *s, struct received *p, uint8_t *bytes, uint64_t believed, usec now)
{
    if (p->header.key_id != 0)
        return open_sealed(s, p, bytes, believed, now);
    if (has_keys(s) && !s->in_force->conf->accept_open_packets)
        return REFUSED_OPEN;
    p->body = bytes + PACKET_HEADER;
    s->last_key[p->header.sender] = 0;
    return ADMITTED;
}
