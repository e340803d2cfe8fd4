/* SPDX-License-Identifier: MIT
 *
 * crew.h - the members of one membership, in its order, and what is known of each: whether it is
 * there still, has agreed, has installed.
 */
#ifndef SPREAD_FLUSH_CREW_H
#define SPREAD_FLUSH_CREW_H

#include "libspread/wire/names.h"

struct member {
    struct name name;
    bool gone;      /* it has left since */
    bool agreed;    /* its FLUSH_OK has come */
    bool installed; /* its FLUSH_RECV has come */
};

struct crew {
    uint32_t count;
    uint32_t gone, agreed, installed; /* how many of them are */
    const struct member **order;      /* as the membership lists them */
    struct member members[];          /* by name */
};

/* Of that many name fields; NULL: no memory. */
struct crew *crew_new(const uint8_t *fields, uint32_t count);
void crew_free(struct crew *r);

/* NULL: it is not listed. */
struct member *crew_find(const struct crew *r, const struct name *name);
/* It is listed and has not left. */
bool crew_has(const struct crew *r, const struct name *name);

/* Notes what has become of one; a second time nothing. */
void crew_note_gone(struct crew *r, struct member *m);
void crew_note_agreed(struct crew *r, struct member *m);
void crew_note_installed(struct crew *r, struct member *m);

#endif
