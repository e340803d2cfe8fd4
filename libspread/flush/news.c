/* SPDX-License-Identifier: MIT */
#include "libspread/flush/news.h"

#include <assert.h>
#include <stdlib.h>

struct flush_item *flush_item_new(size_t num_groups, size_t len)
{
    size_t groups_len = num_groups * NAME_FIELD;
    if (num_groups > SIZE_MAX / NAME_FIELD / 2 || len > SIZE_MAX / 2 - groups_len - sizeof(struct flush_item))
        return NULL;
    struct flush_item *d = malloc(sizeof *d + groups_len + len);
    if (!d)
        return NULL;
    *d = (struct flush_item){.num_groups = (uint32_t)num_groups, .len = len};
    d->groups = (struct name *)(d + 1);
    d->body = (uint8_t *)(d->groups + num_groups);
    return d;
}

void flush_items_free(struct flush_items *list)
{
    struct flush_item *d;
    while ((d = TAILQ_FIRST(list))) {
        TAILQ_REMOVE(list, d, link);
        free(d);
    }
}

void news_init(struct news *n)
{
    *n = (struct news){.word = SAY_NOTHING};
    TAILQ_INIT(&n->list);
}

void news_fini(struct news *n)
{
    flush_items_free(&n->list);
}

static size_t size_of(const struct flush_item *d)
{
    return sizeof *d + (size_t)d->num_groups * NAME_FIELD + d->len;
}

void news_add(struct news *n, struct flush_item *d)
{
    TAILQ_INSERT_TAIL(&n->list, d, link);
    n->count++;
    n->bytes += size_of(d);
}

bool news_tell(struct news *n, uint32_t type, const struct name *group, int16_t mess_type)
{
    struct flush_item *d = flush_item_new(0, 0);
    if (!d)
        return false;
    d->type = type;
    d->sender = *group;
    d->mess_type = mess_type;
    news_add(n, d);
    return true;
}

struct flush_item *news_first(const struct news *n)
{
    return TAILQ_FIRST(&n->list);
}

void news_drop(struct news *n)
{
    struct flush_item *d = TAILQ_FIRST(&n->list);
    TAILQ_REMOVE(&n->list, d, link);
    n->count--;
    n->bytes -= size_of(d);
    free(d);
}

void news_say(struct news *n, enum flush_word word, const struct name *group,
              const struct group_view_id *id)
{
    assert(n->word == SAY_NOTHING);
    n->word = word;
    n->group = *group;
    n->id = *id;
}
