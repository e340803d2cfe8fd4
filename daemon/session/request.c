/* SPDX-License-Identifier: MIT */
#include "daemon/session/request.h"

#include <string.h>

static enum why check_type(uint32_t type)
{
    if (__builtin_popcount(type & (FRAME_SERVICES | FRAME_REQUESTS)) != 1)
        return REQUEST_TYPE;
    /* With these a data message would pass for a notice, a reject or the daemon's own. */
    if (type & (FRAME_NOTICES | FRAME_REJECT | FRAME_INTERNAL))
        return REQUEST_TYPE;
    return REQUEST_OK;
}

enum why request_check(const struct frame_header *h, const struct name *own)
{
    if (check_type(h->type) != REQUEST_OK)
        return REQUEST_TYPE;
    if (!memchr(h->sender.text, 0, NAME_FIELD) || strcmp(h->sender.text, own->text) != 0)
        return REQUEST_SENDER;
    if (h->num_groups < 0 || h->num_groups > FRAME_GROUPS_MAX)
        return REQUEST_GROUPS;
    if (frame_hint_bits(h->hint) & FRAME_HINT_UNUSED)
        return REQUEST_HINT;
    if (h->data_len < 0)
        return REQUEST_LENGTH;
    if (frame_payload_len(h) > FRAME_PAYLOAD_MAX)
        return REQUEST_TOO_BIG;
    return REQUEST_OK;
}

bool request_names_a_group(const struct frame_header *h, const uint8_t *frame)
{
    if (!(h->type & (FRAME_JOIN | FRAME_LEAVE)))
        return true;
    if (h->num_groups == 0)
        return false;
    struct name group = name_from_field(frame + FRAME_HEADER);
    return name_may_be_joined(&group);
}

bool request_is_sound(struct message *m, const char *daemon_name)
{
    char connection[PRIVATE_NAME_MAX + 1];
    if (m->len < FRAME_HEADER)
        return false;
    struct frame_header h;
    frame_decode(&h, m->frame);
    struct name sender = name_from_field(m->frame + FRAME_SENDER_AT);
    if (request_check(&h, &sender) != REQUEST_OK ||
        FRAME_HEADER + frame_payload_len(&h) != m->len ||
        (daemon_name && !name_of_connection(&sender, daemon_name, connection)))
        return false;
    if (!request_names_a_group(&h, m->frame))
        return false;
    if (h.swapped) {
        /* What others may still ask us for must stay as it came. */
        struct block *own = block_new(m->len);
        memcpy(own->bytes, m->frame, m->len);
        block_unref(m->block);
        *m = (struct message){.block = own, .frame = own->bytes, .len = m->len};
        request_normalize(m->frame, &h);
    }
    return true;
}

void request_normalize(uint8_t *bytes, const struct frame_header *h)
{
    bytes[FRAME_SENDER_AT + NAME_FIELD - 1] = 0;
    if (!h->swapped)
        return;
    put_word(bytes + FRAME_TYPE_AT, h->type | FRAME_MARK);
    put_word(bytes + FRAME_GROUPS_AT, (uint32_t)h->num_groups);
    put_word(bytes + FRAME_LEN_AT, (uint32_t)h->data_len);
}

/* group: "": it names none. */
static struct message make_request(uint32_t type, const struct name *who, const struct name *group)
{
    struct frame_header h = {.type = type, .sender = *who, .hint = FRAME_MARK};
    h.num_groups = group->text[0] != 0;
    size_t len = FRAME_HEADER + (size_t)frame_payload_len(&h);
    struct block *block = block_new(len);
    frame_encode(block->bytes, &h);
    if (h.num_groups)
        memcpy(block->bytes + FRAME_HEADER, group->text, NAME_FIELD);
    return (struct message){.block = block, .frame = block->bytes, .len = (uint32_t)len};
}

struct message request_departure(const struct name *who, const struct name *last)
{
    return make_request(FRAME_KILL, who, last);
}

struct message request_leave(const struct name *who, const struct name *group)
{
    return make_request(FRAME_LEAVE, who, group);
}

/* The type word that a reject reports: a refused join or leave goes by its cause. */
static uint32_t reported_type(uint32_t type)
{
    if (type & FRAME_JOIN)
        return (type & ~FRAME_JOIN) | FRAME_BY_JOIN;
    if (type & FRAME_LEAVE)
        return (type & ~FRAME_LEAVE) | FRAME_BY_LEAVE;
    return type;
}

struct message request_rejected(const struct message *request)
{
    struct frame_header h;
    frame_decode(&h, request->frame);
    uint32_t old_type = reported_type(h.type);
    size_t kept = (size_t)(h.num_groups < FRAME_GROUPS_MAX ? h.num_groups : FRAME_GROUPS_MAX - 1);
    const uint8_t *groups = request->frame + FRAME_HEADER;
    const uint8_t *body = groups + (size_t)h.num_groups * NAME_FIELD;

    h.type = FRAME_REJECT;
    h.num_groups = (int32_t)kept + 1;
    size_t len = FRAME_HEADER + (size_t)frame_payload_len(&h);
    struct block *block = block_new(len);
    frame_encode(block->bytes, &h);

    uint8_t *at = block->bytes + FRAME_HEADER;
    put_word(at, old_type | FRAME_MARK);
    at += FRAME_OLD_TYPE;
    memcpy(at, groups, kept * NAME_FIELD);
    at += kept * NAME_FIELD;
    struct name self = name_from_field((const uint8_t *)h.sender.text);
    memcpy(at, self.text, NAME_FIELD);
    at += NAME_FIELD;
    memcpy(at, body, (size_t)h.data_len);
    return (struct message){.block = block, .frame = block->bytes, .len = (uint32_t)len};
}
