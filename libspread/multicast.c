/* SPDX-License-Identifier: MIT */
#include "include/sp.h"

#include "libspread/send.h"

/* -- messages ------------------------------------------------------------------------------ */

/* Adds the pieces up; beyond the limit of messages it matters no more by how much. */
static size_t length_of(const scat_element *pieces, size_t count)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        if (pieces[i].len > FRAME_PAYLOAD_OURS - total)
            return FRAME_PAYLOAD_OURS + 1;
        total += pieces[i].len;
    }
    return total;
}

/* 0, or why no message can look like that. */
static int check(service service_type, int num_groups, bool body_legal)
{
    if (!(service_type & REGULAR_MESS))
        return ILLEGAL_SERVICE;
    if (num_groups < 0 || num_groups > FRAME_GROUPS_MAX || !body_legal)
        return ILLEGAL_MESSAGE;
    return 0;
}

static int multicast(mailbox mbox, service service_type, int num_groups, const void *groups,
                     int16 mess_type, const scat_element *pieces, size_t num_pieces)
{
    struct outgoing o = {
        .type = (uint32_t)service_type,
        .mess_type = mess_type,
        .num_groups = num_groups,
        .groups = groups,
        .pieces = pieces,
        .num_pieces = num_pieces,
        .body_len = length_of(pieces, num_pieces),
    };
    int result = send_on_mailbox(mbox, &o);
    return result == 0 ? (int)o.body_len : result;
}

int SP_multigroup_multicast(mailbox mbox, service service_type, int num_groups,
                            const char groups[][MAX_GROUP_NAME], int16 mess_type, int len,
                            const char *mess)
{
    int code = check(service_type, num_groups, len >= 0);
    scat_element body = {.buf = (char *)(uintptr_t)mess, .len = (size_t)len};
    return code ? code : multicast(mbox, service_type, num_groups, groups, mess_type, &body, 1);
}

int SP_multigroup_scat_multicast(mailbox mbox, service service_type, int num_groups,
                                 const char groups[][MAX_GROUP_NAME], int16 mess_type,
                                 const scatter *mess)
{
    int code = check(service_type, num_groups, mess->num_elements <= MAX_CLIENT_SCATTER_ELEMENTS);
    return code ? code
                : multicast(mbox, service_type, num_groups, groups, mess_type, mess->elements,
                            mess->num_elements);
}

int SP_multicast(mailbox mbox, service service_type, const char *group, int16 mess_type, int len,
                 const char *mess)
{
    struct name to = name_from_text(group);
    return SP_multigroup_multicast(mbox, service_type, 1, &to.text, mess_type, len, mess);
}

int SP_scat_multicast(mailbox mbox, service service_type, const char *group, int16 mess_type,
                      const scatter *mess)
{
    struct name to = name_from_text(group);
    return SP_multigroup_scat_multicast(mbox, service_type, 1, &to.text, mess_type, mess);
}

/* -- joins and leaves ---------------------------------------------------------------------- */

static int ask(mailbox mbox, uint32_t request, const char *group)
{
    struct name name = name_from_text(group);
    if (strnlen(group, MAX_GROUP_NAME) == MAX_GROUP_NAME || !name_is_group(&name))
        return ILLEGAL_GROUP;
    return send_on_mailbox(
        mbox, &(struct outgoing){.type = request, .num_groups = 1, .groups = name.text});
}

int SP_join(mailbox mbox, const char *group)
{
    return ask(mbox, FRAME_JOIN, group);
}

int SP_leave(mailbox mbox, const char *group)
{
    return ask(mbox, FRAME_LEAVE, group);
}
