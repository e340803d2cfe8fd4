/* SPDX-License-Identifier: MIT
 *
 * A member that lies, in a ring of three daemons in memory that meet, order messages, lose packets,
 * lose each other and come together again. The input says who lies, when, and about what: liar.h.
 *
 * No lie ends the others or keeps them busy for ever; and when the liar is gone, the two have a view
 * of their own and serve their clients.
 */
#include <stdlib.h>

#include "daemon/base/random.h"
#include "tests/fuzz/liar.h"
#include "tests/fuzz/stage.h"

enum { HEAD = 2, TURNS = 8, TICK_US = 2000, SETTLE_MS = 90000, SLICE_MS = 500, BIG = 3000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);

struct play {
    struct world *daemons[STAGE_DAEMONS];
    struct peer_end *clients[STAGE_DAEMONS];
    int liar;
    bool lies, dead;                  /* the liar: has begun; is there no more */
    struct liar tongue;
    bool deaf[STAGE_DAEMONS];         /* hears nobody, and nobody hears it */
    unsigned lost_of, carried;        /* every so manyth datagram is lost; 0: none */
};

static void must(bool true_for_sure)
{
    if (!true_for_sure)
        abort();
}

static bool is_silent(const struct play *p, int i)
{
    return p->deaf[i] || (p->dead && i == p->liar);
}

/* -- packets ------------------------------------------------------------------------------- */

static void spread_out(struct play *p, int from, const struct datagram_out *out,
                       const uint8_t *bytes, size_t len)
{
    for (int to = 0; to < STAGE_DAEMONS; to++) {
        bool meant = out->segment ? to != from : to == out->proc;
        bool lost = p->lost_of && ++p->carried % p->lost_of == 0;
        if (meant && !lost && !is_silent(p, to))
            stage_hear(p->daemons[to], bytes, len, out->token_port);
    }
}

static void carry(struct play *p, int from, const struct datagram_out *out)
{
    uint8_t forged[LIE_FORGED_MAX];
    const uint8_t *bytes = out->bytes;
    size_t len = out->len, n;
    bool lies = p->lies && from == p->liar;
    if (is_silent(p, from))
        return;
    if (lies)
        bytes = liar_say(&p->tongue, bytes, &len);
    spread_out(p, from, out, bytes, len);
    while (lies && (n = liar_forge(&p->tongue, bytes, len, forged)) > 0)
        spread_out(p, from, out, forged, n);
}

/* True if anybody had something to say. */
static bool exchange(struct play *p)
{
    struct datagram_out out;
    bool any = false;
    for (int i = 0; i < STAGE_DAEMONS; i++)
        while (daemon_next_datagram(p->daemons[i]->daemon, &out)) {
            carry(p, i, &out);
            block_unref(out.block);
            any = true;
        }
    return any;
}

/* Time goes on in steps while they talk, and jumps to the next deadline when they do not. */
static void pass(struct play *p, unsigned ms)
{
    usec now = p->daemons[0]->now, end = now + ms * USEC_MS;
    while (now < end) {
        usec next = end;
        int turns = 0;
        while (turns < TURNS && exchange(p))
            turns++;
        for (int i = 0; i < STAGE_DAEMONS; i++)
            next = usec_earlier(next, daemon_deadline(p->daemons[i]->daemon));
        now = turns == TURNS || next <= now ? now + TICK_US : next;
        for (int i = 0; i < STAGE_DAEMONS; i++)
            stage_pass(p->daemons[i], now);
    }
}

/* -- the play ------------------------------------------------------------------------------ */

static void cast_all(struct play *p, int times)
{
    char big[BIG] = "";
    memset(big, 'x', sizeof big - 1);
    for (int k = 0; k < times; k++)
        for (int i = 0; i < STAGE_DAEMONS; i++)
            if (p->clients[i]->session)
                stage_request(p->clients[i], k % 2 ? 0x20 : 0x10, k % 3 ? "cast" : big);
}

/* Messages under way, packets lost, one who is gone and one who comes back. */
static void play(struct play *p, unsigned begins)
{
    int other = (p->liar + 1) % STAGE_DAEMONS;
    p->lies = begins == 0;
    pass(p, 1200);
    p->lies = begins <= 1;
    p->lost_of = 4;
    cast_all(p, 4);
    pass(p, 30);
    p->lies = true;
    p->deaf[other] = true;
    cast_all(p, 2);
    pass(p, 900);
    p->lost_of = 0;
    p->deaf[other] = false;
    cast_all(p, 1);
    pass(p, 2500);
    p->deaf[p->liar] = true;
    pass(p, 700);
    p->deaf[p->liar] = false;
    cast_all(p, 1);
    pass(p, 2500);
}

/* The two who do not lie are in one view, and what either's client sends comes to both. */
static bool are_well(struct play *p)
{
    int a = (p->liar + 1) % STAGE_DAEMONS, b = (p->liar + 2) % STAGE_DAEMONS;
    struct peer_end *ends[] = {p->clients[a], p->clients[b]};
    char text[] = "word of 0";
    for (int i = 0; i < 2; i++) {
        if (!ends[i]->session)
            return false;
        ends[i]->taken = ends[i]->len;
    }
    for (int i = 0; i < 2; i++) {
        text[8] = (char)('0' + i);
        stage_request(ends[i], 0x20, text);
    }
    pass(p, SLICE_MS);
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 2; k++) {
            text[8] = (char)('0' + k);
            if (!memmem(ends[i]->bytes + ends[i]->taken, ends[i]->len - ends[i]->taken, text,
                        sizeof text - 1))
                return false;
        }
    return procset_count(&daemon_view(p->daemons[a]->daemon)->members) == 2;
}

static void end(struct play *p)
{
    unsigned waited = 0;
    p->dead = true;
    while (!are_well(p)) {
        must(waited < SETTLE_MS);
        waited += SLICE_MS;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct play p;
    if (size < HEAD)
        return -1;
    p = (struct play){.liar = data[0] % STAGE_DAEMONS};
    for (int i = 0; i < STAGE_DAEMONS; i++) {
        p.daemons[i] = stage_daemon(i);
        p.clients[i] = world_join_as(p.daemons[i], "client");
        stage_request(p.clients[i], FRAME_JOIN, "");
    }
    liar_init(&p.tongue, daemon_core(p.daemons[p.liar]->daemon), STAGE_DAEMONS, data + HEAD,
              size - HEAD);
    play(&p, data[1] % 3);
    end(&p);
    for (int i = 0; i < STAGE_DAEMONS; i++) {
        peer_free(p.clients[i]);
        world_free(p.daemons[i]);
    }
    return 0;
}

/* -- other lies ---------------------------------------------------------------------------- */

/* Half of the time a lie more, less or another one; else any bytes. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    struct random r = {seed};
    size_t count = size > HEAD ? (size - HEAD) / LIE_BYTES : 0;
    if (size < HEAD || most < HEAD + LIE_BYTES * LIES_MAX || random_below(&r, 3) == 0)
        return LLVMFuzzerMutate(data, size, most);
    unsigned what = random_below(&r, 8);
    if (what == 0)
        data[random_below(&r, HEAD)] = (uint8_t)random_next(&r);
    else if (what == 1 && count > 0)
        count--;
    else if (what < 5 && count < LIES_MAX)
        liar_draw(&r, data + HEAD + count++ * LIE_BYTES);
    else if (count > 0)
        liar_draw(&r, data + HEAD + random_below(&r, (uint32_t)count) * LIE_BYTES);
    return HEAD + count * LIE_BYTES;
}
