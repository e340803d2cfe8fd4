/* SPDX-License-Identifier: MIT */
#include "libspread/flush/membership.h"

#include <stdlib.h>

enum { CAUSES = FRAME_BY_JOIN | FRAME_BY_LEAVE | FRAME_BY_DISCONNECT | FRAME_BY_NETWORK };

/* -- what the daemon says ------------------------------------------------------------------ */

bool flush_notice_read(struct flush_notice *n, uint32_t type, const uint8_t *members,
                       uint32_t num_members, const uint8_t *body, size_t len)
{
    if (len < NOTICE_FIRST_SET)
        return false;
    uint32_t own_at = word_at(body + NOTICE_OWN_AT);
    bool network = type & FRAME_BY_NETWORK;
    struct reader r = reader_of(body + NOTICE_FIRST_SET, len - NOTICE_FIRST_SET);
    *n = (struct flush_notice){.cause = type & CAUSES,
                               .id = view_id_at(body, false),
                               .members = members,
                               .num_members = num_members};
    if (network) /* the others name who changed in the first set */
        read_bytes(&r, own_at);
    n->num_own = read_u32(&r);
    if (n->num_own > r.left / NAME_FIELD || (!network && n->num_own == 0))
        return false;
    n->own_set = read_bytes(&r, (size_t)n->num_own * NAME_FIELD);
    return !r.failed;
}

/* -- memberships --------------------------------------------------------------------------- */

struct membership *membership_new(const struct flush_notice *n)
{
    struct membership *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    m->id = n->id;
    m->cause = n->cause;
    if (!(n->cause & FRAME_BY_NETWORK))
        m->changed = name_from_field(n->own_set);
    m->crew = crew_new(n->members, n->num_members);
    if (!m->crew) {
        free(m);
        return NULL;
    }
    return m;
}

void membership_free(struct membership *m)
{
    if (!m)
        return;
    crew_free(m->crew);
    free(m);
}

/* -- telling ------------------------------------------------------------------------------- */

/* Who came along from old: all of it who are there still, in its order. Returns their number; names
 * may be NULL. */
static uint32_t came_along(const struct membership *old, uint8_t *names)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < old->crew->count; i++) {
        const struct member *m = old->crew->order[i];
        if (m->gone)
            continue;
        if (names)
            memcpy(names + (size_t)count * NAME_FIELD, m->name.text, NAME_FIELD);
        count++;
    }
    return count;
}

struct flush_item *membership_tell(const struct membership *m, const struct membership *old,
                                 const struct name *group, const struct name *me)
{
    bool along = (m->cause & FRAME_BY_NETWORK) && old;
    const struct name *one = m->cause & FRAME_BY_NETWORK ? me : &m->changed;
    uint32_t count = along ? came_along(old, NULL) : 1;
    struct flush_item *d =
        flush_item_new(m->crew->count, FLUSH_VIEW_NAMES_AT + (size_t)count * NAME_FIELD);
    if (!d)
        return NULL;
    d->type = FRAME_REGULAR | m->cause;
    d->sender = *group;
    d->mess_type = -1;
    for (uint32_t i = 0; i < m->crew->count; i++) {
        d->groups[i] = m->crew->order[i]->name;
        if (name_equal(&d->groups[i], me))
            d->mess_type = (int16_t)i;
    }
    notice_put_id(d->body, &m->id);
    put_word(d->body + FLUSH_VIEW_COUNT_AT, count);
    if (along)
        came_along(old, d->body + FLUSH_VIEW_NAMES_AT);
    else
        memcpy(d->body + FLUSH_VIEW_NAMES_AT, one->text, NAME_FIELD);
    return d;
}

/* -- who leaves ---------------------------------------------------------------------------- */

bool leavers_of(const struct flush_notice *n, const struct membership *last, struct name **names,
                size_t *count)
{
    *count = 0;
    *names = NULL;
    if (!last || (n->cause & FRAME_BY_JOIN))
        return true;
    bool network = n->cause & FRAME_BY_NETWORK;
    struct crew *own = crew_new(n->own_set, n->num_own);
    *names = calloc((size_t)last->crew->count + 1, sizeof **names);
    if (!own || !*names) {
        crew_free(own);
        free(*names);
        *names = NULL;
        return false;
    }
    /* Of a network change those left who are not in our set; else just those in it. */
    for (uint32_t i = 0; i < last->crew->count; i++) {
        const struct member *m = last->crew->order[i];
        if ((crew_find(own, &m->name) != NULL) != network)
            (*names)[(*count)++] = m->name;
    }
    crew_free(own);
    return true;
}
