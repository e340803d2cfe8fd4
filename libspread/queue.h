/* SPDX-License-Identifier: MIT
 *
 * queue.h - doubly linked lists whose links lie in the entries, under the names of BSD's
 * <sys/queue.h>, which not every libc has (musl). Each is a macro for entries of any type:
 *
 *     TAILQ_HEAD(slab_list, slab) roomy;           struct slab { TAILQ_ENTRY(slab) link; ... };
 *
 * An entry's prev is the next of the entry before it, or the head's first; the head's last is the
 * next of the last entry. NULL ends a list.
 */
#ifndef SPREAD_QUEUE_H
#define SPREAD_QUEUE_H

#include <stddef.h>

#define TAILQ_HEAD(name, type)                                                                     \
    struct name {                                                                                  \
        struct type *first, **last;                                                                \
    }
#define TAILQ_ENTRY(type)                                                                          \
    struct {                                                                                       \
        struct type *next, **prev;                                                                 \
    }
#define TAILQ_HEAD_INITIALIZER(head)                                                               \
    {                                                                                              \
        NULL, &(head).first                                                                        \
    }

#define TAILQ_INIT(head)        ((head)->first = NULL, (head)->last = &(head)->first)
#define TAILQ_FIRST(head)       ((head)->first)
#define TAILQ_NEXT(entry, link) ((entry)->link.next)
#define TAILQ_EMPTY(head)       ((head)->first == NULL)
#define TAILQ_FOREACH(entry, head, link)                                                           \
    for ((entry) = (head)->first; (entry); (entry) = (entry)->link.next)

#define TAILQ_INSERT_HEAD(head, entry, link)                                                       \
    do {                                                                                           \
        (entry)->link.next = (head)->first;                                                        \
        (entry)->link.prev = &(head)->first;                                                       \
        *((head)->first ? &(head)->first->link.prev : &(head)->last) = &(entry)->link.next;        \
        (head)->first = (entry);                                                                   \
    } while (0)
#define TAILQ_INSERT_TAIL(head, entry, link)                                                       \
    do {                                                                                           \
        (entry)->link.next = NULL;                                                                 \
        (entry)->link.prev = (head)->last;                                                         \
        *(head)->last = (entry);                                                                   \
        (head)->last = &(entry)->link.next;                                                        \
    } while (0)
#define TAILQ_REMOVE(head, entry, link)                                                            \
    do {                                                                                           \
        *((entry)->link.next ? &(entry)->link.next->link.prev : &(head)->last) =                   \
            (entry)->link.prev;                                                                    \
        *(entry)->link.prev = (entry)->link.next;                                                  \
    } while (0)

#endif
