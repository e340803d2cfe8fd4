/* SPDX-License-Identifier: MIT
 *
 * marks.h - what the flush layer puts behind the bytes of its user, and its own two messages.
 *
 *   message         mess_type      body
 *   FLUSH_OK        MARK_OK        id of the membership that the sender agrees to
 *   FLUSH_RECV      MARK_RECV      id of the view that the sender has installed
 *   vulnerable      MARK_DATA      user's bytes, user's mess_type (2), id of the sender's view (12)
 *   cast to some    as it was      ... and behind all that the reference group (32)
 *
 * Data is vulnerable that could come before its view does, and so says which view it was sent in.
 * Words are in the sender's byte order. Marks are taken off in reverse.
 */
#ifndef SPREAD_FLUSH_MARKS_H
#define SPREAD_FLUSH_MARKS_H

#include "libspread/wire/notice.h"

enum {
    MARK_OK = -32768,
    MARK_RECV = -32767,
    MARK_DATA = -32766, /* mess_types above are the user's */
    MARK_ID_LEN = NOTICE_ID_LEN,
    MARK_TYPE_LEN = 2,
    MARKS_MAX = MARK_TYPE_LEN + MARK_ID_LEN + NAME_FIELD,
};

/* Bits of the type word that only the flush layer knows. */
#define FLUSH_DONT_BLOCK 0x10000000u /* of a receive call */
#define FLUSH_REQUEST    0x20000000u /* of a flush request, made here and never sent */
#define FLUSH_SUBGROUP   0x40000000u /* of a message to some members; stands on the wire */

struct marks {
    bool vulnerable, subgroup;
    int16_t mess_type;         /* vulnerable: the user's */
    struct group_view_id view; /* vulnerable */
    struct name group;         /* subgroup: which the receivers are members of */
};

static inline bool view_id_equal(const struct group_view_id *a, const struct group_view_id *b)
{
    return a->proc == b->proc && a->time == b->time && a->index == b->index;
}

/* Bytes of marks of that kind. */
size_t marks_len(bool vulnerable, bool subgroup);
/* The same from the message's mess_type and type word. */
size_t marks_len_of(int16_t mess_type, uint32_t type);

/* Writes them; returns their length. */
size_t marks_put(uint8_t bytes[MARKS_MAX], const struct marks *m);
/* Reads m, whose two kinds are set, from as many bytes as marks_len says. */
void marks_read(struct marks *m, const uint8_t *bytes, bool other_order);

/* The id in the body of a FLUSH_OK or FLUSH_RECV, or at the front of a notice. */
struct group_view_id view_id_at(const uint8_t bytes[MARK_ID_LEN], bool other_order);

#endif
