/* SPDX-License-Identifier: MIT
 *
 * Any bytes where sealed packets come in: as a datagram, and as what somebody without a key does to one
 * of d2's on its way to d1.
 *
 * What d2 has sealed is let in once, as it was; nothing else is, and whatever else has come, d2's next
 * packet is let in.
 *
 *   offset size
 *     0     1   what is done; the highest bit: the datagram is one that is passed on
 *     1     1   n
 *     2     n   bytes, of the datagram, of the body, or turned in a sealed packet from its front on
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/net/admit.h"
#include "daemon/seal/seal.h"
#include "tests/support/conf.h"

enum { SENDER_LIFE = 9, BODY_MAX = UINT8_MAX, SEALED_MAX = PACKET_HEADER + BODY_MAX + PACKET_TAG };
enum deed { ANY, SEAL, TURN, REPEAT, DEEDS };

struct front {
    struct conf *conf;
    struct in_force at_d1, at_d2;
    struct seal *d1, *d2;
    uint64_t counter;
    uint8_t last[SEALED_MAX], body[BODY_MAX]; /* d2's last packet, and what is in it */
    size_t last_len;
    bool has_come;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool true_for_sure)
{
    if (!true_for_sure)
        abort();
}

static void begin(struct front *f)
{
    static const struct keyring keys = {.keys = {{.id = 1, .secret = {2}},
                                                 {.id = 2, .algorithm = SEAL_CHACHA20_POLY1305}},
                                        .count = 2};
    *f = (struct front){.conf = test_conf_of_size(2)};
    f->at_d1 = (struct in_force){f->conf, 0};
    f->at_d2 = (struct in_force){f->conf, 1};
    f->d1 = seal_new(&f->at_d1, 1);
    f->d2 = seal_new(&f->at_d2, SENDER_LIFE);
    seal_take_keys(f->d1, &keys);
    seal_take_keys(f->d2, &keys);
}

static void end(struct front *f)
{
    seal_free(f->d1);
    seal_free(f->d2);
    free(f->conf);
}

/* True: it is let in. The bytes are copied, so that what is read behind them is found. */
static bool offer(struct front *f, const uint8_t *bytes, size_t len, bool relayed)
{
    struct admit a = {f->conf, 0, 1};
    struct received p = {.block = block_new(len ? len : 1)};
    struct block *own = p.block;
    memcpy(own->bytes, bytes, len);
    bool let_in = admit(&a, own->bytes, len, &f->conf->daemons[1].ip, &p) == ADMITTED &&
                  seal_open(f->d1, &p, own->bytes, relayed, SENDER_LIFE, 0) == ADMITTED;
    if (let_in)
        must(p.header.body_len + PACKET_HEADER + PACKET_TAG == (int)f->last_len &&
             memcmp(p.body, f->body, p.header.body_len) == 0);
    if (relayed)
        must(memcmp(own->bytes, bytes, len) == 0);
    block_unref(own);
    return let_in;
}

static void seal_next(struct front *f, const uint8_t *body, size_t len)
{
    uint8_t packet[PACKET_HEADER + BODY_MAX];
    struct packet_header h = {.version = PACKET_VERSION,
                              .type = PACKET_DATA,
                              .sender = 1,
                              .receiver = NO_PROC,
                              .hash = f->conf->hash,
                              .incarnation = SENDER_LIFE,
                              .counter = ++f->counter,
                              .body_len = (uint16_t)len};
    packet_header_encode(packet, &h);
    memcpy(packet + PACKET_HEADER, body, len);
    memcpy(f->body, body, len);
    struct sealed s = seal_packet(f->d2, packet, PACKET_HEADER + len);
    f->last_len = s.len;
    memcpy(f->last, s.bytes, s.len);
    f->has_come = false;
    block_unref(s.block);
}

/* It counts as it was alone; what is turned is not yet used up by that. */
static void turn(struct front *f, const uint8_t *by, size_t n, bool relayed)
{
    uint8_t turned[SEALED_MAX];
    memcpy(turned, f->last, f->last_len);
    for (size_t i = 0; i < n && i < f->last_len; i++)
        turned[i] ^= by[i];
    bool is_it = memcmp(turned, f->last, f->last_len) == 0;
    bool let_in = offer(f, turned, f->last_len, relayed);
    must(let_in == (is_it && !f->has_come));
    f->has_come = f->has_come || let_in;
}

static void do_it(struct front *f, unsigned what, const uint8_t *bytes, size_t n)
{
    bool relayed = what & 0x80;
    switch ((enum deed)(what % DEEDS)) {
    case ANY:
        must(!offer(f, bytes, n, relayed));
        break;
    case SEAL:
        seal_next(f, bytes, n);
        break;
    case TURN:
        turn(f, bytes, n, relayed);
        break;
    default:
        turn(f, NULL, 0, relayed);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct front f;
    begin(&f);
    seal_next(&f, (const uint8_t *)"", 0);
    for (size_t n; size >= 2; data += n, size -= n) {
        unsigned what = data[0];
        n = data[1];
        data += 2;
        size -= 2;
        n = n < size ? n : size;
        do_it(&f, what, data, n);
    }
    seal_next(&f, (const uint8_t *)"next", 4);
    must(offer(&f, f.last, f.last_len, false));
    end(&f);
    return 0;
}
