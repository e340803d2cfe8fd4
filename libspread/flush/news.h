/* SPDX-License-Identifier: MIT
 *
 * news.h - what the application is to be told, in order, and what the others are.
 *
 * A message that has come can make several: a flush request, a transitional message, a new view and
 * the data that was held back for it. They wait here until they are asked for.
 */
#ifndef SPREAD_FLUSH_NEWS_H
#define SPREAD_FLUSH_NEWS_H

#include <stdatomic.h>

#include "libspread/flush/marks.h"
#include "libspread/queue.h"
#include "libspread/wire/frame.h"

/* A message for the application. Groups and body lie behind it, in the same memory. */
struct flush_item {
    TAILQ_ENTRY(flush_item) link;
    uint32_t type;
    struct name sender;
    int16_t mess_type;
    bool other_order; /* its sender's byte order is not ours */
    uint32_t num_groups;
    size_t len;
    struct name *groups;
    uint8_t *body;
};

TAILQ_HEAD(flush_items, flush_item);

/* Room for that many groups and bytes, all else zero; NULL: no memory. */
struct flush_item *flush_item_new(size_t num_groups, size_t len);
void flush_items_free(struct flush_items *list);

/* What the members of a group say to each other. */
enum flush_word { SAY_NOTHING, SAY_OK, SAY_RECV };

struct news {
    struct flush_items list;
    atomic_uint count; /* of the list; read by whoever wants to know */
    atomic_size_t bytes;
    /* What is to be sent now, before anything else happens; no event leads to more than one. */
    enum flush_word word;
    struct name group;       /* to which */
    struct group_view_id id; /* of what */
};

void news_init(struct news *n);
void news_fini(struct news *n);

/* Takes d. */
void news_add(struct news *n, struct flush_item *d);
/* A message of the flush layer's own about a group: no groups, no body. False: no memory. */
bool news_tell(struct news *n, uint32_t type, const struct name *group, int16_t mess_type);
/* The next one; NULL: there is none. */
struct flush_item *news_first(const struct news *n);
/* Frees the first. */
void news_drop(struct news *n);

/* The word becomes the one that is to be sent. */
void news_say(struct news *n, enum flush_word word, const struct name *group,
              const struct group_view_id *id);

#endif
