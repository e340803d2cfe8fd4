/* SPDX-License-Identifier: MIT */
#include "daemon/groups/notice.h"

#include <string.h>

#include "libspread/wire/frame.h"

/* A frame with its header written; groups and body are for the caller to fill in. */
static struct message frame_new(uint32_t type, const struct name *group, uint32_t members,
                                size_t body_len)
{
    struct frame_header h = {
        .type = type,
        .sender = *group,
        .num_groups = (int32_t)members,
        .hint = FRAME_MARK,
        .data_len = (int32_t)body_len,
    };
    size_t len = FRAME_HEADER + (size_t)members * NAME_FIELD + body_len;
    struct block *block = block_new(len);
    frame_encode(block->bytes, &h);
    return (struct message){.block = block, .frame = block->bytes, .len = (uint32_t)len};
}

struct message notice_change(const struct group *g, uint32_t cause, const struct name *changed)
{
    size_t body_len = notice_body_len(1, 1);
    struct message m = frame_new(FRAME_REGULAR | cause, &g->name, g->member_count, body_len);
    uint8_t *at = m.frame + FRAME_HEADER;

    memcpy(at, g->names, g->member_count * sizeof(g->names[0]));
    uint8_t *body = at + g->member_count * sizeof(g->names[0]);
    notice_put_id(body + NOTICE_ID_AT, &g->id);
    put_word(body + NOTICE_SETS_AT, 1);
    put_word(body + NOTICE_OWN_AT, 0);
    put_word(body + NOTICE_FIRST_SET, 1);
    memcpy(body + NOTICE_FIRST_SET + 4, changed->text, NAME_FIELD);
    return m;
}

struct message notice_self_leave(const struct name *group)
{
    return frame_new(FRAME_BY_LEAVE, group, 0, 0);
}
