/* SPDX-License-Identifier: MIT */
#include "tools/monitor/parley.h"

#include <openssl/rand.h>
#include <stdlib.h>

#include "daemon/base/memory.h"

enum {
    KINDS = 3,                    /* partition, flow control, reload */
    USABLE_US = FRESH_US * 4 / 5, /* of a moment, for the way takes some time */
};

struct partner {
    struct moment moment; /* the last one it gave */
    usec given_at;
    struct kept {
        uint32_t type;
        size_t len; /* 0: none */
        uint8_t packet[MONITOR_PACKET_MAX];
    } kept[KINDS];
};

struct parley {
    struct keyring keys;
    uint64_t life, number;
    struct partner partners[CONF_DAEMONS_MAX];
};

struct parley *parley_new(const struct keyring *keys)
{
    struct parley *p = memory_new(sizeof *p);
    p->keys = *keys;
    if (RAND_bytes((unsigned char *)&p->life, sizeof p->life) == 1)
        return p;
    parley_free(p);
    return NULL;
}

bool parley_use(struct parley *p, const struct keyring *keys)
{
    if (keyring_equal(&p->keys, keys))
        return false;
    p->keys = *keys;
    return true;
}

void parley_free(struct parley *p)
{
    if (!p)
        return;
    keyring_wipe(&p->keys);
    free(p);
}

static size_t seal(struct parley *p, const struct moment *moment, const uint8_t *packet, size_t len,
                   uint8_t sealed[ENVELOPE_MAX])
{
    struct envelope e = {
        .from = FROM_MONITOR,
        .life = p->life,
        .number = ++p->number,
        .moment = *moment,
        .packet = packet,
        .len = len,
    };
    return envelope_seal(&e, &p->keys.keys[p->keys.sending], sealed);
}

size_t parley_ask(struct parley *p, const uint8_t *packet, size_t len, uint8_t sealed[ENVELOPE_MAX])
{
    return seal(p, &(struct moment){0}, packet, len, sealed);
}

/* Of this type, or a free one. */
static struct kept *place_of(struct partner *d, uint32_t type)
{
    struct kept *free_place = NULL;
    for (struct kept *k = d->kept; k < d->kept + KINDS; k++) {
        if (k->len > 0 && k->type == type)
            return k;
        if (k->len == 0)
            free_place = k;
    }
    return free_place;
}

void parley_keep(struct parley *p, int daemon, uint32_t type, const uint8_t *packet, size_t len)
{
    struct kept *k = place_of(&p->partners[daemon], type);
    k->type = type;
    k->len = len;
    memcpy(k->packet, packet, len);
}

bool parley_waits(const struct parley *p, int daemon)
{
    const struct partner *d = &p->partners[daemon];
    for (const struct kept *k = d->kept; k < d->kept + KINDS; k++)
        if (k->len > 0)
            return true;
    return false;
}

size_t parley_next(struct parley *p, int daemon, usec now, uint8_t sealed[ENVELOPE_MAX])
{
    struct partner *d = &p->partners[daemon];
    if (d->moment.life == 0 || now > d->given_at + USABLE_US)
        return 0;
    for (struct kept *k = d->kept; k < d->kept + KINDS; k++) {
        size_t len = k->len;
        k->len = 0;
        if (len > 0)
            return seal(p, &d->moment, k->packet, len, sealed);
    }
    return 0;
}

bool parley_open(const struct parley *p, struct envelope *e, const uint8_t *bytes, size_t len,
                 uint8_t room[ENVELOPE_ROOM])
{
    return envelope_open(e, FROM_DAEMON, &p->keys, bytes, len, room) == MONITOR_OBEYED &&
           e->question.life == p->life && e->question.number <= p->number;
}

bool parley_note(struct parley *p, int daemon, const struct envelope *e, usec now)
{
    struct partner *d = &p->partners[daemon];
    if (e->moment.life == d->moment.life && e->moment.at < d->moment.at)
        return false;
    d->moment = e->moment;
    d->given_at = now;
    return true;
}

void parley_forget(struct parley *p)
{
    memset(p->partners, 0, sizeof p->partners);
}
