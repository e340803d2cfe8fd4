/* SPDX-License-Identifier: MIT */
#include "tests/sim/roll.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"

#include <uthash.h>

struct called {
    struct name name;
    unsigned number;
    int daemon;
    UT_hash_handle hh;
};

struct roll {
    const struct conf *conf;
    struct called *groups, *clients; /* by name */
    struct called **group_list, **client_list;
    size_t group_size, client_size;
    unsigned *in_order;
    unsigned in_order_count; /* groups that it holds */
};

struct roll *roll_new(const struct conf *conf)
{
    struct roll *r = memory_new(sizeof *r);
    r->conf = conf;
    return r;
}

static void free_all(struct called *table)
{
    struct called *c, *next;
    HASH_ITER(hh, table, c, next) {
        HASH_DELETE(hh, table, c);
        free(c);
    }
}

void roll_free(struct roll *r)
{
    free_all(r->groups);
    free_all(r->clients);
    free(r->group_list);
    free(r->client_list);
    free(r->in_order);
    free(r);
}

static int daemon_of(const struct conf *conf, const struct name *n)
{
    const char *mark = strrchr(n->text, '#');
    for (int i = 0; mark && i < conf->daemon_count; i++)
        if (strcmp(mark + 1, conf->daemons[i].name) == 0)
            return i;
    return -1;
}

static struct called *add(struct called ***list, size_t *size, unsigned number,
                          const struct name *n)
{
    struct called *c = memory_new(sizeof *c);
    c->name = *n;
    c->number = number;
    if (number == *size) {
        *size = *size ? 2 * *size : 64;
        *list = memory_grow(*list, *size * sizeof **list);
    }
    (*list)[number] = c;
    return c;
}

unsigned roll_group(struct roll *r, const struct name *group)
{
    struct called *c;
    HASH_FIND(hh, r->groups, group->text, NAME_FIELD, c);
    if (!c) {
        c = add(&r->group_list, &r->group_size, HASH_COUNT(r->groups), group);
        HASH_ADD(hh, r->groups, name.text, NAME_FIELD, c);
    }
    return c->number;
}

unsigned roll_client(struct roll *r, const struct name *private_name)
{
    struct called *c;
    HASH_FIND(hh, r->clients, private_name->text, NAME_FIELD, c);
    if (!c) {
        c = add(&r->client_list, &r->client_size, HASH_COUNT(r->clients), private_name);
        c->daemon = daemon_of(r->conf, private_name);
        HASH_ADD(hh, r->clients, name.text, NAME_FIELD, c);
    }
    return c->number;
}

unsigned roll_group_count(const struct roll *r)
{
    return HASH_COUNT(r->groups);
}

const struct name *roll_group_name(const struct roll *r, unsigned group)
{
    return &r->group_list[group]->name;
}

const struct name *roll_client_name(const struct roll *r, unsigned client)
{
    return &r->client_list[client]->name;
}

int roll_daemon(const struct roll *r, unsigned client)
{
    return r->client_list[client]->daemon;
}

int roll_compare(const struct roll *r, unsigned a, unsigned b)
{
    const struct called *x = r->client_list[a], *y = r->client_list[b];
    if (x->daemon != y->daemon)
        return x->daemon - y->daemon;
    return memcmp(x->name.text, y->name.text, NAME_FIELD);
}

static int by_name(const void *a, const void *b, void *context)
{
    const struct roll *r = context;
    const unsigned *x = a, *y = b;
    return memcmp(r->group_list[*x]->name.text, r->group_list[*y]->name.text, NAME_FIELD);
}

const unsigned *roll_groups_in_order(struct roll *r)
{
    unsigned count = roll_group_count(r);
    if (count == r->in_order_count)
        return r->in_order;
    r->in_order = memory_grow(r->in_order, count * sizeof r->in_order[0]);
    for (unsigned i = 0; i < count; i++)
        r->in_order[i] = i;
    qsort_r(r->in_order, count, sizeof r->in_order[0], by_name, r);
    r->in_order_count = count;
    return r->in_order;
}
