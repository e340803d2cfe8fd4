/* SPDX-License-Identifier: MIT
 *
 * statement.h - what one daemon tells the others, in the control lane, of what it has delivered
 * (groups/agreement.h).
 *
 *   kind 3, tag of the view 8; mark 4, messages up to it 8, their digest 8; tag of the view before 8,
 *   messages of it 8, their digest 8; count of groups 1, and of each the length of the name 1, the name,
 *   digest of the messages to it up to the mark 8
 *
 * The statement's own place in the order is the next mark of all who hear it.
 */
#ifndef SPREAD_PACKET_STATEMENT_H
#define SPREAD_PACKET_STATEMENT_H

#include "daemon/packet/bytes.h"
#include "libspread/wire/names.h"

enum {
    STATEMENT_GROUPS = 8,
    STATEMENT_MAX = 1 + 8 + 20 + 24 + 1 + STATEMENT_GROUPS * (1 + NAME_FIELD + 8),
};

/* Of messages in their order: how many, and a digest that depends on each and on the order. */
struct progress {
    uint64_t messages, digest;
};

struct statement {
    uint64_t tag; /* of the view */
    uint32_t mark;
    struct progress at_mark;
    uint64_t old_tag; /* of the view before; 0: there is nothing to say of it */
    struct progress old_end;
    unsigned group_count;
    struct {
        struct name name;
        uint64_t digest;
    } groups[STATEMENT_GROUPS];
};

void statement_give(struct writer *w, const struct statement *s);
/* False: it is none, or does not hold. */
bool statement_take(struct reader *r, struct statement *s);

#endif
