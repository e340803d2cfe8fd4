/* SPDX-License-Identifier: MIT */
#include "daemon/groups/pressing.h"

#include <stdlib.h>

#include "daemon/base/memory.h"

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

static void put_in(struct pressing *p, const struct name *who, uint8_t waits, usec until)
{
    if (p->count == PRESSERS_MAX)
        return;
    if (p->count == p->size) {
        p->size = p->size ? 2 * p->size : 16;
        p->list = memory_grow(p->list, p->size * sizeof p->list[0]);
    }
    p->list[p->count++] = (struct presser){*who, waits, until};
    pressing_void(p);
}

bool pressing_set(struct pressing *p, const struct name *who, uint8_t waits, usec until)
{
    struct presser *one = find(p, who);
    uint8_t before = one ? one->waits : 0;
    if (one && waits) {
        one->until = until;
        one->waits = waits;
        if (waits != before)
            pressing_void(p);
    } else if (one) {
        take_out(p, one);
    } else if (waits) {
        put_in(p, who, waits, until);
    }
    return before & ~waits;
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

uint8_t pressing_client(const struct pressing *p, const struct name *who)
{
    const struct presser *one = find(p, who);
    return one ? one->waits : 0;
}

uint8_t pressing_group(const struct pressing *p, const struct members *m, struct group *g)
{
    if (g->pressed_stamp == p->stamp)
        return g->pressed;
    g->pressed_stamp = p->stamp;
    g->pressed = 0;
    for (uint32_t i = 0; i < p->count; i++) {
        const struct client *c = members_client(m, &p->list[i].name);
        if ((p->list[i].waits & ~g->pressed) && c && client_is_in(c, g))
            g->pressed |= p->list[i].waits;
    }
    return g->pressed;
}
