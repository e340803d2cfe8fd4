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

struct message notice_transition(const struct group *g)
{
    struct message m = frame_new(FRAME_TRANSITION, &g->name, 0, NOTICE_ID_LEN);
    notice_put_id(m.frame + FRAME_HEADER, &g->id);
    return m;
}

/* Writes the set of one label at at; returns its end. */
static uint8_t *put_set(uint8_t *at, const struct group *g, const struct vs_split *split,
                        uint16_t label)
{
    uint8_t *count_at = at;
    uint32_t count = 0;
    at += 4;
    for (uint32_t i = 0; i < g->member_count; i++) {
        if (split->label_of_member[i] != label)
            continue;
        memcpy(at, g->names[i].text, NAME_FIELD);
        at += NAME_FIELD;
        count++;
    }
    put_word(count_at, count);
    return at;
}

struct message notice_network(const struct group *g, const struct vs_split *split, size_t own)
{
    size_t body_len = notice_body_len(split->set_count, g->member_count);
    struct message m =
        frame_new(FRAME_REGULAR | FRAME_BY_NETWORK, &g->name, g->member_count, body_len);
    uint8_t *list = m.frame + FRAME_HEADER;
    memcpy(list, g->names, g->member_count * sizeof(g->names[0]));

    uint8_t *body = list + g->member_count * sizeof(g->names[0]);
    uint8_t *at = body + NOTICE_FIRST_SET;
    notice_put_id(body + NOTICE_ID_AT, &g->id);
    put_word(body + NOTICE_SETS_AT, (uint32_t)split->set_count);
    for (size_t i = 0; i < split->set_count; i++) {
        if (i == own)
            put_word(body + NOTICE_OWN_AT, (uint32_t)(at - (body + NOTICE_FIRST_SET)));
        at = put_set(at, g, split, split->labels[i]);
    }
    return m;
}
