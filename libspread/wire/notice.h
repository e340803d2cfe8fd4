/* SPDX-License-Identifier: MIT
 *
 * notice.h - the body of membership notices.
 *
 *   offset size
 *     0    12   group id: daemon membership (leader's daemon id, time), index
 *    12     4   number of vs sets
 *    16     4   offset from byte 20 to the receiver's own set
 *    20         the sets: each a count and as many 32-byte names
 * A transitional notice has the group id alone, a self-leave nothing.
 */
#ifndef SPREAD_WIRE_NOTICE_H
#define SPREAD_WIRE_NOTICE_H

#include <sys/uio.h>

#include "libspread/wire/bytes.h"
#include "libspread/wire/names.h"

enum {
    NOTICE_ID_AT = 0,
    NOTICE_SETS_AT = 12,
    NOTICE_OWN_AT = 16,
    NOTICE_FIRST_SET = 20,
    NOTICE_ID_LEN = 12,
};

/* Which view of a group: equal at all its members. */
struct group_view_id {
    uint32_t proc;  /* id of the daemon that leads the daemon membership */
    uint32_t time;  /* its time stamp */
    uint32_t index; /* grows with each change inside one daemon membership */
};

/* Length of a regular notice's body. */
static inline size_t notice_body_len(size_t sets, size_t members_in_sets)
{
    return NOTICE_FIRST_SET + sets * 4 + members_in_sets * NAME_FIELD;
}

static inline void notice_put_id(uint8_t *body, const struct group_view_id *id)
{
    put_word(body, id->proc);
    put_word(body + 4, id->time);
    put_word(body + 8, id->index);
}

/* Turns every word of a body, the first len bytes of the pieces, from the other byte order into
 * ours. The pieces must have as many. False if counts and length do not agree, as in a body that was
 * cut: what stands before that is turned. */
bool notice_swap(const struct iovec *pieces, size_t len);

#endif
