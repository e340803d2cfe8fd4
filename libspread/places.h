/* SPDX-License-Identifier: MIT
 *
 * places.h - a list of addresses of daemons, and the order in which they are tried.
 */
#ifndef SPREAD_PLACES_H
#define SPREAD_PLACES_H

#include <stdbool.h>
#include <stdint.h>

#include "libspread/address.h"

struct places {
    char (*list)[ADDRESS_MAX + 1];
    unsigned count;
    bool at_random;
    uint64_t state; /* of the random numbers */
};

/* Text with blanks or commas between the addresses. False: none, one that is too long, or no
 * memory. */
bool places_init(struct places *p, const char *text, bool at_random);
void places_fini(struct places *p);

/* A new round: the order in which they are tried now. */
void places_shuffle(struct places *p);
/* A number below limit. */
unsigned places_random(struct places *p, unsigned limit);

#endif
