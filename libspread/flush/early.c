/* SPDX-License-Identifier: MIT */
#include "libspread/flush/early.h"

#include <stdlib.h>

void early_fini(struct early *e)
{
    free(e->list);
    *e = (struct early){0};
}

static bool make_room(struct early *e)
{
    if (e->count == EARLY_MOST)
        memmove(e->list, e->list + 1, --e->count * sizeof e->list[0]);
    if (e->count < e->size)
        return true;
    size_t size = e->size ? 2 * e->size : 16;
    struct early_ok *list = realloc(e->list, size * sizeof list[0]);
    if (!list)
        return false;
    e->list = list;
    e->size = size;
    return true;
}

bool early_add(struct early *e, const struct group_view_id *id, const struct name *sender)
{
    if (!make_room(e))
        return false;
    e->list[e->count++] = (struct early_ok){.id = *id, .sender = *sender};
    return true;
}

void early_claim(struct early *e, struct membership *m)
{
    size_t kept = 0;
    for (size_t i = 0; i < e->count; i++) {
        struct early_ok *ok = &e->list[i];
        if (view_id_equal(&ok->id, &m->id)) {
            struct member *who = crew_find(m->crew, &ok->sender);
            if (who)
                crew_note_agreed(m->crew, who);
        } else if (++ok->age <= EARLY_AGE) {
            e->list[kept++] = *ok;
        }
    }
    e->count = kept;
}
