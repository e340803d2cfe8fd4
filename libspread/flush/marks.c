/* SPDX-License-Identifier: MIT */
#include "libspread/flush/marks.h"

size_t marks_len(bool vulnerable, bool subgroup)
{
    return (vulnerable ? (size_t)MARK_TYPE_LEN + MARK_ID_LEN : 0u) +
           (subgroup ? (size_t)NAME_FIELD : 0u);
}

size_t marks_len_of(int16_t mess_type, uint32_t type)
{
    return marks_len(mess_type == MARK_DATA, type & FLUSH_SUBGROUP);
}

size_t marks_put(uint8_t bytes[MARKS_MAX], const struct marks *m)
{
    uint8_t *at = bytes;
    if (m->vulnerable) {
        put_half(at, (uint16_t)m->mess_type);
        notice_put_id(at + MARK_TYPE_LEN, &m->view);
        at += MARK_TYPE_LEN + MARK_ID_LEN;
    }
    if (m->subgroup)
        memcpy(at, m->group.text, NAME_FIELD);
    return marks_len(m->vulnerable, m->subgroup);
}

static struct group_view_id read_id(struct reader *r)
{
    struct group_view_id id = {.proc = read_u32(r)};
    id.time = read_u32(r);
    id.index = read_u32(r);
    return id;
}

void marks_read(struct marks *m, const uint8_t *bytes, bool other_order)
{
    struct reader r = reader_of(bytes, marks_len(m->vulnerable, m->subgroup));
    r.swap = other_order;
    if (m->vulnerable) {
        m->mess_type = (int16_t)read_u16(&r);
        m->view = read_id(&r);
    }
    if (m->subgroup)
        m->group = name_from_field(read_bytes(&r, NAME_FIELD));
}

struct group_view_id view_id_at(const uint8_t bytes[MARK_ID_LEN], bool other_order)
{
    struct reader r = reader_of(bytes, MARK_ID_LEN);
    r.swap = other_order;
    return read_id(&r);
}
