/* SPDX-License-Identifier: MIT */
#include "daemon/groups/pressing.h"

#include <stdlib.h>

void pressing_fini(struct pressing *p)
{
    free(p->list);
    *p = (struct pressing){0};
}

static struct presser *find(const struct pressing *p, const struct name *who)
{
    for (uint32_t i = 0; i < p->count; i++)
        if (name_equal(&p->list[i].name, who))
            return &p->list[i];
    return NULL;
}

static void take_out(struct pressing *p, struct presser *one)
{
    *one = p->list[--p->count];
    pressing_void(p);
}

static bool put_in(struct pressing *p, const struct name *who, usec until)
{
    if (p->count == PRESSERS_MAX)
        return false;
    if (p->count == p->size) {
        p->size = p->size ? 2 * p->size : 16;
        p->list = memory_grow(p->list, p->size * sizeof p->list[0]);
    }
    p->list[p->count++] = (struct presser){*who, until};
    pressing_void(p);
    return true;
}

bool pressing_set(struct pressing *p, const struct name *who, usec until)
{
    struct presser *one = find(p, who);
    if (!one)
        return until > 0 && put_in(p, who, until);
    if (until == 0)
        take_out(p, one);
    else
        one->until = until;
    return until == 0;
}

bool pressing_expire(struct pressing *p, usec now)
{
    uint32_t before = p->count;
    for (uint32_t i = p->count; i > 0; i--)
        if (p->list[i - 1].until <= now)
            take_out(p, &p->list[i - 1]);
    return p->count < before;
}

usec pressing_deadline(const struct pressing *p)
{
    usec first = NEVER;
    for (uint32_t i = 0; i < p->count; i++)
        first = usec_earlier(first, p->list[i].until);
    return first;
}

bool pressing_client(const struct pressing *p, const struct name *who)
{
    return find(p, who) != NULL;
}

bool pressing_group(const struct pressing *p, const struct members *m, struct group *g)
{
    if (g->pressed_stamp == p->stamp)
        return g->pressed;
    g->pressed_stamp = p->stamp;
    g->pressed = false;
    for (uint32_t i = 0; i < p->count && !g->pressed; i++) {
        const struct client *c = members_client(m, &p->list[i].name);
        g->pressed = c && client_is_in(c, g);
    }
    return g->pressed;
}
