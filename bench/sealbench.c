/* SPDX-License-Identifier: MIT
 *
 * sealbench - processor time of one sealing and of one opening of a packet between daemons, by algorithm and
 * size of the body. Of many rounds the quickest counts: what else the machine does is not of it. One line of
 * JSON each.
 *
 * A packet is sealed out of place and opened in place, one of a run behind the other, as a daemon does it. The
 * body of 1,424 is that of the largest packet by default.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/packet/header.h"
#include "daemon/seal/cipher.h"

enum { RUN = 40, ROUNDS = 400, BODY_MAX = 8924, SEALED_MAX = BODY_MAX + CIPHER_TAG };

static uint8_t plain[RUN][BODY_MAX], sealed[RUN][SEALED_MAX], head[PACKET_HEADER];

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double seal_run(struct cipher *c, uint64_t first, size_t len)
{
    double begin = now_ns();
    for (int i = 0; i < RUN; i++)
        cipher_seal(c, first + (uint64_t)i, head, sizeof head, plain[i], len, sealed[i]);
    return (now_ns() - begin) / RUN;
}

static double open_run(struct cipher *c, uint64_t first, size_t len)
{
    double begin = now_ns();
    for (int i = 0; i < RUN; i++)
        if (!cipher_open(c, first + (uint64_t)i, head, sizeof head, sealed[i], len, sealed[i]))
            abort();
    return (now_ns() - begin) / RUN;
}

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

static void measure(const char *name, size_t len)
{
    static const uint8_t key[CIPHER_KEY] = {1};
    enum seal_algorithm algorithm;
    if (!seal_algorithm_find(name, strlen(name), &algorithm))
        abort();
    struct cipher *seals = cipher_new(algorithm, key, CIPHER_SEALS);
    struct cipher *opens = cipher_new(algorithm, key, CIPHER_OPENS);
    double seal_ns = 1e9, open_ns = 1e9;
    for (uint64_t first = 1; first <= (uint64_t)ROUNDS * RUN; first += RUN) {
        seal_ns = smaller(seal_ns, seal_run(seals, first, len));
        open_ns = smaller(open_ns, open_run(opens, first, len));
    }
    printf("{\"algorithm\": \"%s\", \"body\": %zu, \"seal_ns\": %.0f, \"open_ns\": %.0f}\n", name, len, seal_ns,
           open_ns);
    cipher_free(seals);
    cipher_free(opens);
}

int main(void)
{
    static const char *const names[] = {"aes-256-gcm", "chacha20-poly1305"};
    static const size_t sizes[] = {0, 64, 1000, 1424, BODY_MAX};
    for (size_t n = 0; n < sizeof names / sizeof names[0]; n++)
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
            measure(names[n], sizes[i]);
    return 0;
}
