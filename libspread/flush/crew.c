/* SPDX-License-Identifier: MIT */
#include "libspread/flush/crew.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    return memcmp(x->name.text, y->name.text, NAME_FIELD);
}

struct crew *crew_new(const uint8_t *fields, uint32_t count)
{
    struct crew *r = calloc(1, sizeof *r + (size_t)count * sizeof r->members[0]);
    if (!r)
        return NULL;
    r->count = count;
    r->order = calloc((size_t)count + 1, sizeof *r->order);
    if (!r->order) {
        free(r);
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++)
        r->members[i].name = name_from_field(fields + (size_t)i * NAME_FIELD);
    if (count > 1)
        qsort(r->members, count, sizeof r->members[0], by_name);
    for (uint32_t i = 0; i < count; i++) {
        struct name name = name_from_field(fields + (size_t)i * NAME_FIELD);
        r->order[i] = crew_find(r, &name);
    }
    return r;
}

void crew_free(struct crew *r)
{
    if (!r)
        return;
    free(r->order);
    free(r);
}

struct member *crew_find(const struct crew *r, const struct name *name)
{
    return r->count ? bsearch(name, r->members, r->count, sizeof r->members[0], by_name) : NULL;
}

bool crew_has(const struct crew *r, const struct name *name)
{
    const struct member *m = crew_find(r, name);
    return m && !m->gone;
}

void crew_note_gone(struct crew *r, struct member *m)
{
    r->gone += !m->gone;
    m->gone = true;
}

void crew_note_agreed(struct crew *r, struct member *m)
{
    r->agreed += !m->agreed;
    m->agreed = true;
}

void crew_note_installed(struct crew *r, struct member *m)
{
    r->installed += !m->installed;
    m->installed = true;
}
