/* SPDX-License-Identifier: MIT */
#include "libspread/places.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libspread/stream.h"

static const char separators[] = " \t\n\v\f\r,";

static unsigned count_words(const char *text)
{
    unsigned n = 0;
    for (text += strspn(text, separators); *text; text += strspn(text, separators)) {
        text += strcspn(text, separators);
        n++;
    }
    return n;
}

bool places_init(struct places *p, const char *text, bool at_random)
{
    unsigned words = count_words(text);
    *p = (struct places){.at_random = at_random,
                         .state = (clock_now() << 20 ^ (uint64_t)getpid()) | 1};
    p->list = words > 0 ? calloc(words, sizeof p->list[0]) : NULL;
    while (p->list && p->count < words) {
        text += strspn(text, separators);
        size_t len = strcspn(text, separators);
        if (len > ADDRESS_MAX)
            break;
        memcpy(p->list[p->count++], text, len);
        text += len;
    }
    if (p->count == words && words > 0)
        return true;
    places_fini(p);
    return false;
}

void places_fini(struct places *p)
{
    free(p->list);
    p->list = NULL;
}

/* xorshift64*: to spread clients over daemons, not to keep a secret. */
unsigned places_random(struct places *p, unsigned limit)
{
    p->state ^= p->state >> 12;
    p->state ^= p->state << 25;
    p->state ^= p->state >> 27;
    return (unsigned)((p->state * 2685821657736338717u >> 32) % limit);
}

void places_shuffle(struct places *p)
{
    char swap[sizeof p->list[0]];
    for (unsigned i = p->count; p->at_random && i > 1; i--) {
        unsigned k = places_random(p, i);
        memcpy(swap, p->list[k], sizeof swap);
        memcpy(p->list[k], p->list[i - 1], sizeof swap);
        memcpy(p->list[i - 1], swap, sizeof swap);
    }
}
