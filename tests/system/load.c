/* SPDX-License-Identifier: MIT */
#include "tests/system/load.h"

#include <stdio.h>
#include <string.h>

struct head {
    uint32_t number;
    uint32_t len;
};

uint32_t load_random(struct load *l, uint32_t below)
{
    l->state = l->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((l->state >> 33) % below);
}

bool load_set_groups(struct load *l, const char *list)
{
    for (l->group_count = 0; *list; l->group_count++) {
        size_t len = strcspn(list, ",");
        if (len == 0 || len >= MAX_GROUP_NAME || l->group_count == LOAD_GROUPS_MAX)
            return false;
        snprintf(l->groups[l->group_count], MAX_GROUP_NAME, "%.*s", (int)len, list);
        list += list[len] ? len + 1 : len;
    }
    return l->group_count > 0;
}

static int choose_length(struct load *l)
{
    uint32_t kind = load_random(l, 100);
    uint32_t limit = kind < 60 ? 200 : kind < 85 ? 1400 : kind < 98 ? 6000 : LOAD_BODY_MAX;
    int len = (int)(sizeof(struct head) + load_random(l, limit));
    return len > l->longest ? l->longest : len;
}

void load_choose(struct load *l, struct parcel *p, uint32_t number)
{
    *p = (struct parcel){.service = 1 << load_random(l, 6), /* UNRELIABLE to SAFE */
                         .number = number,
                         .len = choose_length(l)};
    if (load_random(l, 4) > 0) {
        memcpy(p->groups[p->group_count++], l->groups[0], MAX_GROUP_NAME);
        return;
    }
    p->group_count = 1 + (int)load_random(l, 3);
    for (int i = 0; i < p->group_count; i++)
        memcpy(p->groups[i], l->groups[load_random(l, (uint32_t)l->group_count)], MAX_GROUP_NAME);
}

static char byte_at(uint32_t number, int at)
{
    return (char)(number * 31u + (uint32_t)at * 7u);
}

int load_send(mailbox m, const struct parcel *p)
{
    static char body[LOAD_BODY_MAX + sizeof(struct head)];
    struct head h = {p->number, (uint32_t)p->len};
    memcpy(body, &h, sizeof h);
    for (int i = sizeof h; i < p->len; i++)
        body[i] = byte_at(p->number, i);
    return SP_multigroup_multicast(m, p->service, p->group_count, p->groups, 0, p->len, body);
}

bool load_is_whole(const char *body, int len, uint32_t *number)
{
    struct head h;
    if (len < (int)sizeof h)
        return false;
    memcpy(&h, body, sizeof h);
    *number = h.number;
    for (int i = sizeof h; i < len; i++)
        if (body[i] != byte_at(h.number, i))
            return false;
    return h.len == (uint32_t)len;
}
