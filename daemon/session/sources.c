/* SPDX-License-Identifier: MIT */
#include "daemon/session/sources.h"

#include <stdlib.h>
#include <string.h>

enum {
    IDENTITY_FAMILY = 1, /* no family of addresses */
    IPV6_NETWORK = 8,    /* bytes of an address that one customer does not choose */
};

/* A family and an address, or no family and a user. */
static void make_key(uint8_t key[SOURCE_KEY], const struct peer *peer)
{
    memset(key, 0, SOURCE_KEY);
    if (peer->local) {
        memcpy(key + 1, &peer->uid, sizeof peer->uid);
        return;
    }
    key[0] = (uint8_t)peer->ip.family;
    memcpy(key + 1, peer->ip.bytes, peer->ip.family == 4 ? 4 : IPV6_NETWORK);
}

static struct source *take(struct source **all, const uint8_t key[SOURCE_KEY])
{
    struct source *s;
    HASH_FIND(by_key, *all, key, SOURCE_KEY, s);
    if (!s) {
        s = memory_new(sizeof *s);
        memcpy(s->key, key, SOURCE_KEY);
        s->all = all;
        fair_line_init(&s->logins);
        fair_line_init(&s->shakes);
        HASH_ADD(by_key, *all, key, SOURCE_KEY, s);
    }
    s->sessions++;
    return s;
}

struct source *source_take(struct source **all, const struct peer *peer)
{
    uint8_t key[SOURCE_KEY];
    make_key(key, peer);
    return take(all, key);
}

struct source *source_take_identity(struct source **all, const struct identity *who)
{
    uint8_t key[SOURCE_KEY] = {IDENTITY_FAMILY};
    if (!(who->known & (KNOWN_USER | KNOWN_CERT)))
        return NULL;
    identity_text(who, (char *)key + 1);
    return take(all, key);
}

void source_release(struct source *s)
{
    if (!s || --s->sessions > 0)
        return;
    list_remove(&s->logins.turn);
    list_remove(&s->shakes.turn);
    HASH_DELETE(by_key, *s->all, s);
    free(s);
}
