/* SPDX-License-Identifier: MIT */
#include "daemon/monitor/peers.h"

#include <assert.h>

enum { COUNTS = 4 * (TROUBLES - 1), ENTRY = 8 };

size_t monitor_peers_len(int procs)
{
    return COUNTS + ENTRY * (size_t)procs;
}

static bool take_peer(struct peer_report *p, struct reader *r)
{
    p->key_id = read_u8(r);
    uint8_t trouble = read_u8(r);
    p->heard_s = read_u16(r);
    p->trouble_s = read_u16(r);
    p->trouble_key = read_u8(r);
    read_u8(r);
    p->trouble = trouble < TROUBLES ? (enum peer_trouble)trouble : TROUBLE_NONE;
    return !r->failed && trouble < TROUBLES;
}

bool monitor_peers_decode(struct monitor_peers *p, struct reader body, int procs)
{
    bool sound = true;
    *p = (struct monitor_peers){.unopened = {0}};
    for (int t = 1; t < TROUBLES; t++)
        p->unopened[t] = read_u32(&body);
    for (int i = 0; i < procs && sound; i++)
        sound = take_peer(&p->peers[i], &body);
    return sound;
}

static void put_peer(uint8_t entry[ENTRY], const struct peer_report *p)
{
    entry[0] = p->key_id;
    entry[1] = (uint8_t)p->trouble;
    put_half(entry + 2, p->heard_s);
    put_half(entry + 4, p->trouble_s);
    entry[6] = p->trouble_key;
    entry[7] = 0;
}

void monitor_peers_encode(uint8_t body[MONITOR_BODY_MAX], const struct monitor_peers *p, int procs)
{
    assert(monitor_peers_len(procs) <= MONITOR_BODY_MAX);
    for (int t = 1; t < TROUBLES; t++)
        put_word(body + 4 * (t - 1), p->unopened[t]);
    for (int i = 0; i < procs; i++)
        put_peer(body + COUNTS + ENTRY * i, &p->peers[i]);
}

const char *peer_trouble_text(enum peer_trouble t)
{
    static const char *const texts[TROUBLES] = {
        [TROUBLE_NONE] = "nothing",
        [TROUBLE_OPEN] = "not sealed",
        [TROUBLE_SEALED] = "sealed, and it has no keys",
        [TROUBLE_KEY] = "sealed with a key that it has not",
        [TROUBLE_TAG] = "a broken seal: another key of that number, or changed on the way",
        [TROUBLE_REPLAY] = "come before",
        [TROUBLE_TRIALS] = "too much of unknown processes",
    };
    return texts[t];
}
