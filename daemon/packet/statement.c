/* SPDX-License-Identifier: MIT */
#include "daemon/packet/statement.h"

#include <string.h>

#include "daemon/packet/pressure.h"

static void give_progress(struct writer *w, const struct progress *p)
{
    give_u64(w, p->messages);
    give_u64(w, p->digest);
}

static struct progress take_progress(struct reader *r)
{
    uint64_t messages = take_u64(r);
    return (struct progress){messages, take_u64(r)};
}

void statement_give(struct writer *w, const struct statement *s)
{
    give_u8(w, CONTROL_STATEMENT);
    give_u64(w, s->tag);
    give_u32(w, s->mark);
    give_progress(w, &s->at_mark);
    give_u64(w, s->old_tag);
    give_progress(w, &s->old_end);
    give_u8(w, (uint8_t)s->group_count);
    for (unsigned i = 0; i < s->group_count; i++) {
        size_t len = strnlen(s->groups[i].name.text, NAME_FIELD);
        give_u8(w, (uint8_t)len);
        give_bytes(w, s->groups[i].name.text, len);
        give_u64(w, s->groups[i].digest);
    }
}

static bool take_group(struct reader *r, struct name *name, uint64_t *digest)
{
    uint8_t len = take_u8(r);
    const uint8_t *text = len > 0 && len < NAME_FIELD ? read_bytes(r, len) : NULL;
    if (!text || memchr(text, 0, len))
        return false;
    *name = (struct name){{0}};
    memcpy(name->text, text, len);
    *digest = take_u64(r);
    return true;
}

bool statement_take(struct reader *r, struct statement *s)
{
    if (take_u8(r) != CONTROL_STATEMENT)
        return false;
    s->tag = take_u64(r);
    s->mark = take_u32(r);
    s->at_mark = take_progress(r);
    s->old_tag = take_u64(r);
    s->old_end = take_progress(r);
    s->group_count = take_u8(r);
    if (s->group_count > STATEMENT_GROUPS)
        return false;
    for (unsigned i = 0; i < s->group_count; i++)
        if (!take_group(r, &s->groups[i].name, &s->groups[i].digest))
            return false;
    return reader_done(r) && !r->failed;
}
