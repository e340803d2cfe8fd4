/* SPDX-License-Identifier: MIT */
#include "daemon/session/access.h"

#include <string.h>

/* One destination of a data message. A field without an end is no name that a rule could allow. */
static enum why check_destination(const struct session *s, const uint8_t *field, struct name *group)
{
    *group = name_from_field(field);
    if (!memchr(field, 0, NAME_FIELD))
        return REQUEST_MAY_NOT_SEND;
    if (name_is_private(group))
        return grant_permits(s->grant, MAY_PRIVATE, group) ? REQUEST_OK : REQUEST_MAY_NOT_PRIVATE;
    return grant_permits(s->grant, MAY_SEND, group) ? REQUEST_OK : REQUEST_MAY_NOT_SEND;
}

static enum why check_data(const struct session *s, const struct frame_header *h,
                           const uint8_t *frame, struct name *group)
{
    if (grant_permits_all(s->grant, MAY_SEND) && grant_permits_all(s->grant, MAY_PRIVATE))
        return REQUEST_OK;
    for (int32_t i = 0; i < h->num_groups; i++) {
        const uint8_t *field = frame + FRAME_HEADER + (size_t)i * NAME_FIELD;
        enum why fault = check_destination(s, field, group);
        if (fault != REQUEST_OK)
            return fault;
    }
    return REQUEST_OK;
}

enum why access_check(const struct session *s, const struct frame_header *h, const uint8_t *frame,
                      struct name *group)
{
    if (!s->grant || (h->type & FRAME_LEAVE))
        return REQUEST_OK;
    if (!(h->type & FRAME_JOIN))
        return check_data(s, h, frame, group);
    *group = name_from_field(frame + FRAME_HEADER);
    return access_may_join(s, group) ? REQUEST_OK : REQUEST_MAY_NOT_JOIN;
}

bool access_may_join(const struct session *s, const struct name *group)
{
    return !s->grant || grant_permits(s->grant, MAY_JOIN, group);
}

bool access_may_see(const void *session, const struct name *group)
{
    const struct session *s = session;
    return !s->grant || grant_permits(s->grant, MAY_SEE, group);
}
