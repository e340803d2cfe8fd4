/* SPDX-License-Identifier: MIT
 *
 * list.h - intrusive doubly linked lists. A link that is in no list points at itself, so
 * membership can be asked and removal repeated.
 */
#ifndef SPREAD_BASE_LIST_H
#define SPREAD_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct link {
    struct link *next, *prev;
};

#define list_entry(link, type, member) ((type *)(void *)((char *)(link) - offsetof(type, member)))

static inline void list_init(struct link *l)
{
    l->next = l->prev = l;
}

/* For a head: no entries. For an entry: in no list. */
static inline bool list_empty(const struct link *l)
{
    return l->next == l;
}

static inline void list_remove(struct link *l)
{
    l->prev->next = l->next;
    l->next->prev = l->prev;
    list_init(l);
}

/* Puts l, wherever it was, at the end. */
static inline void list_append(struct link *head, struct link *l)
{
    list_remove(l);
    l->prev = head->prev;
    l->next = head;
    head->prev->next = l;
    head->prev = l;
}

/* Takes the first entry out; NULL if there is none. */
static inline struct link *list_take_first(struct link *head)
{
    struct link *l = head->next;
    if (l == head)
        return NULL;
    list_remove(l);
    return l;
}

#endif
