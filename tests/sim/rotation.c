/* SPDX-License-Identifier: MIT */
#include "tests/sim/rotation.h"

#include "tests/sim/faults.h"

enum { A_KEY = 3 }; /* steps that it takes from one key to the next */

/* Key 1 to 4 of the world, for AES and ChaCha20 by turns. */
static struct seal_key key_of(unsigned n)
{
    n %= ROTATION_KEYS;
    return (struct seal_key){.id = (uint8_t)(n + 1),
                             .algorithm = n % 2 ? SEAL_CHACHA20_POLY1305 : SEAL_AES_256_GCM,
                             .secret = {(uint8_t)(n + 1)}};
}

struct keyring rotation_keys(unsigned step)
{
    unsigned key = step / A_KEY, part = step % A_KEY;
    return (struct keyring){.keys = {key_of(key), key_of(key + 1)},
                            .count = part ? 2 : 1,
                            .sending = part == 2};
}

struct rotation {
    struct fault_script *script;
    struct random random;
    int daemons;
    unsigned step; /* the last one that all hosts have taken */
};

static usec some_time(struct rotation *r)
{
    static const uint32_t limits_ms[] = {5, 50, 300, 1300};
    uint32_t limit = limits_ms[random_below(&r->random, sizeof limits_ms / sizeof limits_ms[0])];
    return 1 + random_next(&r->random) % (limit * (usec)USEC_MS);
}

static void put(struct rotation *r, usec at, int daemon, unsigned step)
{
    script_add(r->script, &(struct fault){.at = at,
                                          .kind = FAULT_KEYS,
                                          .a = (uint8_t)daemon,
                                          .b = (uint8_t)daemon,
                                          .value = step % ROTATION_STEPS});
}

/* All hosts take the next step at some moment each, beginning at at; returns when the last has. */
static usec take_step(struct rotation *r, usec at)
{
    usec spread = some_time(r);
    r->step++;
    for (int i = 0; i < r->daemons; i++)
        put(r, at + random_next(&r->random) % spread, i, r->step);
    return at + spread;
}

/* The same steps, each host in an order of its own; at the end all have come as far. */
static usec stumble(struct rotation *r, usec at)
{
    usec spread = A_KEY * some_time(r);
    for (int i = 0; i < r->daemons; i++)
        for (unsigned part = 1; part <= A_KEY; part++)
            put(r, at + random_next(&r->random) % spread, i, r->step + part);
    r->step += A_KEY - 1;
    return take_step(r, at + spread);
}

void rotation_draw(struct fault_script *s, uint64_t seed, int daemons, usec begin, usec end)
{
    struct rotation r = {.script = s, .random = {seed}, .daemons = daemons};
    for (usec at = begin + some_time(&r); at < end; at += some_time(&r)) {
        if (random_below(&r.random, 2))
            at = stumble(&r, at);
        else
            for (unsigned part = 0; part < A_KEY; part++)
                at = take_step(&r, at);
    }
    script_end(s, end);
}
