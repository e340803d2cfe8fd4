/* SPDX-License-Identifier: MIT
 *
 * Parts of what a daemon shows (daemon_sight.h), for a monitor that asks piece by piece. A text is made once
 * and kept while its pieces are asked for, so that they fit together.
 *
 * Making one takes a while and some memory, so there is a bound on how many are made in a second, and on
 * how many are kept. A monitor that has a key takes the place of one that has shown none.
 */
#include <string.h>

#include "daemon/daemon_monitor.h"

enum {
    TEXT_PRICE_US = 500,
    THINGS_MOST = 100,             /* in a text */
    KEPT_US = 3 * USEC_SECOND,     /* since it was asked for last, unless it is told */
};

static struct kept_text *find(struct monitors_room *m, uint32_t ticket, bool sealed)
{
    for (struct kept_text *k = m->texts; k < m->texts + TEXTS; k++)
        if (k->ticket == ticket && k->sealed == sealed)
            return k;
    return NULL;
}

/* A place for another text; NULL: not now. */
static struct kept_text *make_room(struct monitors_room *m, bool sealed)
{
    usec now = m->shared->now;
    struct kept_text *best = NULL;
    for (struct kept_text *k = m->texts; k < m->texts + TEXTS; k++)
        if ((k->until <= now || (sealed && !k->sealed)) && (!best || k->until < best->until))
            best = k;
    return best;
}

/* NULL: why stands in a. */
static struct kept_text *make(struct monitors_room *m, const struct part_question *q, uint64_t page,
                              bool sealed, struct part_answer *a)
{
    struct sight_question asked = {.part = sight_part_of(q->part),
                                   .cursor = page,
                                   .limit = q->which < THINGS_MOST ? q->which : THINGS_MOST,
                                   .group = q->name};
    struct kept_text *k = asked.part == SIGHT_PARTS || !monitors_may_ask(m, sealed, TEXT_PRICE_US) ? NULL : make_room(m, sealed);
    a->status = asked.part == SIGHT_PARTS ? PART_UNKNOWN : PART_NOT_NOW;
    if (!k)
        return NULL;
    text_fini(&k->text);
    *k = (struct kept_text){.sealed = sealed};
    if (!m->show(m->show_context, &asked, &k->text)) {
        a->status = PART_UNKNOWN;
        return NULL;
    }
    m->ticket = m->ticket == UINT32_MAX ? 1 : m->ticket + 1;
    k->ticket = m->ticket;
    return k;
}

void parts_answer(struct monitors_room *m, const struct part_question *q, bool sealed, struct part_answer *a)
{
    struct part_page p = part_page_take(q->cursor);
    struct kept_text *k = p.ticket ? find(m, p.ticket, sealed) : make(m, q, p.page, sealed, a);
    if (!k || p.at > k->text.len || q->room == 0) {
        if (p.ticket)
            a->status = PART_GONE;
        return;
    }
    size_t len = k->text.len - p.at, room = q->room < PART_DATA ? q->room : PART_DATA;
    a->status = PART_HERE;
    a->data = (const uint8_t *)k->text.bytes + p.at;
    a->len = len < room ? len : room;
    p.ticket = k->ticket;
    p.at += (uint32_t)a->len;
    /* One that is told stays until there is no other place, for its last piece may be lost. */
    k->until = m->shared->now + (p.at == k->text.len ? 0 : (usec)KEPT_US);
    p.total = (uint32_t)k->text.len;
    part_page_give(a->next, &p);
}

void parts_fini(struct monitors_room *m)
{
    for (struct kept_text *k = m->texts; k < m->texts + TEXTS; k++)
        text_fini(&k->text);
}
