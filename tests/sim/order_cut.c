/* SPDX-License-Identifier: MIT
 *
 * C5: take every view for one event, wherever and whenever it is installed; then what happened,
 * each life in its order and each message after it was sent, can still be put into one row.
 *
 * All edges go forward in time but those through views. Messages are sent in a regular view and
 * delivered in it or in the transitional view behind it (B3, and the C5 in order_check.c), and the
 * epochs of views rise (U2): so a path out of a view never leads back into it, and nothing need be
 * sorted. Whoever does not trust that argument has it sorted.
 */
#include <stdlib.h>

#include "tests/sim/order_inside.h"

void order_note_deed(struct order_check *o, struct life *l, enum deed_kind kind, uint64_t key)
{
    if (!o->thorough)
        return;
    l->deeds = grow_array(l->deeds, l->deed_count, &l->deed_size, sizeof l->deeds[0]);
    l->deeds[l->deed_count].kind = kind;
    l->deeds[l->deed_count++].key = key;
}

/* A node of the graph: an event, or a view at all who install it. */
struct node {
    size_t waits; /* edges into it */
    size_t *next;
    size_t next_count, next_size;
};

struct graph {
    struct node **list;
    size_t count, size;
};

/* The nodes are numbered in the order in which they are first named. */
struct node_index {
    uint64_t key;
    size_t index;
    UT_hash_handle hh;
};

static size_t number_of(struct graph *g, struct node_index **names, uint64_t key)
{
    struct node_index *n;
    HASH_FIND(hh, *names, &key, sizeof key, n);
    if (n)
        return n->index;
    n = memory_new(sizeof *n);
    n->key = key;
    n->index = g->count;
    HASH_ADD(hh, *names, key, sizeof n->key, n);
    g->list = grow_array(g->list, g->count, &g->size, sizeof g->list[0]);
    g->list[g->count++] = memory_new(sizeof *g->list[0]);
    return n->index;
}

static void add_edge(struct graph *g, size_t from, size_t to)
{
    struct node *n = g->list[from];
    n->next = grow_array(n->next, n->next_count, &n->next_size, sizeof n->next[0]);
    n->next[n->next_count++] = to;
    g->list[to]->waits++;
}

/* What a deed is called in the graph: views and sends by themselves, a delivery besides by its
 * life. */
static uint64_t deed_key(const struct deed *d, size_t life)
{
    return d->kind == DID_DELIVER ? mix(d->key, life + 1000) : mix(d->key, (uint64_t)d->kind + 1);
}

static size_t sort_topologically(struct graph *g)
{
    size_t *ready = memory_new((g->count + 1) * sizeof *ready), count = 0, done = 0;
    for (size_t i = 0; i < g->count; i++)
        if (g->list[i]->waits == 0)
            ready[count++] = i;
    while (done < count) {
        const struct node *n = g->list[ready[done++]];
        for (size_t k = 0; k < n->next_count; k++)
            if (--g->list[n->next[k]]->waits == 0)
                ready[count++] = n->next[k];
    }
    free(ready);
    return done;
}

void order_check_cut(struct order_check *o)
{
    struct graph g = {0};
    struct node_index *names = NULL, *name, *next;
    for (size_t l = 0; l < o->life_size; l++) {
        size_t last = SIZE_MAX;
        for (size_t i = 0; i < o->lives[l].deed_count; i++) {
            const struct deed *d = &o->lives[l].deeds[i];
            size_t here = number_of(&g, &names, deed_key(d, l));
            if (last != SIZE_MAX && last != here)
                add_edge(&g, last, here);
            if (d->kind == DID_DELIVER) {
                struct deed sent = {.kind = DID_SEND, .key = d->key};
                add_edge(&g, number_of(&g, &names, deed_key(&sent, l)), here);
            }
            last = here;
        }
    }
    if (sort_topologically(&g) != g.count)
        BREAK(o, "C5", "events and views do not fit into one order");
    HASH_ITER(hh, names, name, next) {
        HASH_DELETE(hh, names, name);
        free(name);
    }
    for (size_t i = 0; i < g.count; i++) {
        free(g.list[i]->next);
        free(g.list[i]);
    }
    free(g.list);
}

