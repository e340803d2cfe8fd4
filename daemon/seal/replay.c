/* SPDX-License-Identifier: MIT */
#include "daemon/seal/replay.h"

#include <string.h>

static uint64_t bit_of(uint64_t number)
{
    return (uint64_t)1 << (number % 64);
}

static uint64_t word_of(uint64_t number)
{
    return number / 64 % REPLAY_WORDS;
}

bool replay_is_new(const struct replay *r, uint64_t number)
{
    if (number > r->newest)
        return true;
    return number != 0 && r->newest - number < REPLAY_SPAN &&
           !(r->seen[word_of(number)] & bit_of(number));
}

/* Those between the newest so far and this one have not come. */
static void advance(struct replay *r, uint64_t number)
{
    if (number - r->newest >= REPLAY_SPAN)
        memset(r->seen, 0, sizeof r->seen);
    else
        for (uint64_t n = r->newest + 1; n < number; n++)
            r->seen[word_of(n)] &= ~bit_of(n);
    r->newest = number;
}

void replay_note(struct replay *r, uint64_t number)
{
    if (number > r->newest)
        advance(r, number);
    r->seen[word_of(number)] |= bit_of(number);
}
