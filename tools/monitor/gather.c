/* SPDX-License-Identifier: MIT */
#include "tools/monitor/gather.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "daemon/events/sentence.h"
#include "daemon/io/clock.h"

enum { ASK_US = 200 * USEC_MS, TRIES = 10, TEXT_MOST = 4 << 20 };

/* How far one daemon has come. */
struct talk {
    struct part_question q;
    usec again_at;
    int tries;    /* since it answered */
    size_t count; /* of records, or bytes */
    char *text;
};

struct talks {
    struct gather *g;
    struct procset left;
    /* What to do with an answer. True: there is more to be asked for, and q says what. */
    bool (*take)(struct talks *all, int daemon, const struct part_answer *a);
    struct talk list[CONF_DAEMONS_MAX];
    /* of events */
    struct recall *recall;
    size_t most;
    uint64_t since_us;
    /* of pages */
    struct value **values;
};

void gather_init(struct gather *g, const struct station *s, usec limit)
{
    *g = (struct gather){.station = s, .until = clock_now() + limit};
}

/* -- one question at a time ------------------------------------------------------------------------ */

static void ask_due(struct talks *all, usec now)
{
    for procset_each(i, &all->left) {
        struct talk *t = &all->list[i];
        if (now < t->again_at)
            continue;
        if (t->tries++ == TRIES) {
            procset_remove(&all->left, (unsigned)i);
            continue;
        }
        t->again_at = now + ASK_US;
        station_ask_part(all->g->station, i, &t->q);
    }
}

static usec next_due(const struct talks *all)
{
    usec first = all->g->until;
    for procset_each(i, &all->left)
        first = usec_earlier(first, all->list[i].again_at);
    return first;
}

static void take_answer(struct talks *all, const struct station_report *r)
{
    struct gather *g = all->g;
    struct talk *t = &all->list[r->daemon];
    if (!procset_has(&all->left, (unsigned)r->daemon) || r->part.id != t->q.id)
        return; /* a copy of one that has come */
    procset_add(&g->heard, (unsigned)r->daemon);
    t->tries = 0;
    if (r->part.status == PART_NOT_NOW)
        return; /* it is asked again */
    t->q.id++;
    if (r->part.status == PART_HERE && all->take(all, r->daemon, &r->part)) {
        t->again_at = 0;
        return;
    }
    if (r->part.status != PART_HERE)
        procset_add(&g->refused, (unsigned)r->daemon);
    procset_remove(&all->left, (unsigned)r->daemon);
    procset_add(&g->done, (unsigned)r->daemon);
}

/* Talks with all of left until they have told all, or time is over. */
static void talk(struct talks *all, const struct part_question *first)
{
    struct gather *g = all->g;
    struct station_report *r = memory_new(sizeof *r);
    struct pollfd fd = {.fd = g->station->fd, .events = POLLIN};
    for procset_each(i, &all->left) {
        all->list[i].q = *first;
        all->list[i].q.id = (uint32_t)clock_now();
    }
    for (usec now; !procset_empty(&all->left) && (now = clock_now()) < g->until;) {
        ask_due(all, now);
        enum station_news news = station_receive(g->station, r);
        if (news == STATION_PART)
            take_answer(all, r);
        else if (news == STATION_QUIET && !procset_empty(&all->left))
            poll(&fd, 1, (int)((next_due(all) > now ? next_due(all) - now : 0) / USEC_MS) + 1);
    }
    for (int i = 0; i < CONF_DAEMONS_MAX; i++)
        free(all->list[i].text);
    free(r);
}

/* -- events ---------------------------------------------------------------------------------------- */

static bool take_records(struct talks *all, int daemon, const struct part_answer *a)
{
    struct talk *t = &all->list[daemon];
    struct record record;
    if (a->len < PART_VOCABULARY || part_vocabulary(a->data) != event_vocabulary()) {
        procset_add(&all->g->other, (unsigned)daemon);
        return false;
    }
    int by = recall_teller(all->recall, all->g->station->conf->daemons[daemon].name);
    struct reader r = reader_of(a->data + PART_VOCABULARY, a->len - PART_VOCABULARY);
    while (r.left > 0) {
        size_t len = record_decode(&record, r.at, r.left);
        if (len == 0 || by < 0 || t->count == all->most || record.wall_us < all->since_us ||
            !recall_add(all->recall, by, &record))
            return false;
        t->count++;
        read_bytes(&r, len);
    }
    memcpy(t->q.cursor, a->next, PART_CURSOR);
    return part_events_take(a->next).state == PART_GOES_ON;
}

void gather_events(struct gather *g, const struct procset *who, const char *name, uint32_t tracks,
                   size_t most, uint64_t since_us, struct recall *recall)
{
    struct talks *all = memory_new(sizeof *all);
    *all = (struct talks){.g = g,
                          .left = *who,
                          .take = take_records,
                          .recall = recall,
                          .most = most,
                          .since_us = since_us};
    talk(all, &(struct part_question){.part = "events", .name = name_from_text(name), .which = tracks});
    free(all);
}

/* -- pages ----------------------------------------------------------------------------------------- */

/* The next piece of a text; it begins where the one before has ended. */
static bool take_piece(struct talks *all, int daemon, const struct part_answer *a)
{
    struct talk *t = &all->list[daemon];
    struct part_page p = part_page_take(a->next);
    if (p.total > TEXT_MOST || a->len == 0 || p.at != t->count + a->len || p.at > p.total)
        return false;
    t->text = memory_grow(t->text, p.at);
    memcpy(t->text + t->count, a->data, a->len);
    t->count = p.at;
    memcpy(t->q.cursor, a->next, PART_CURSOR);
    if (p.at < p.total)
        return true;
    all->values[daemon] = value_parse(t->text, p.total);
    return false;
}

void gather_page(struct gather *g, const struct procset *who, const char *part, const char *name,
                 uint32_t things, uint64_t cursor, struct value *values[CONF_DAEMONS_MAX])
{
    struct talks *all = memory_new(sizeof *all);
    struct part_question q = {.name = name_from_text(name), .which = things};
    *all = (struct talks){.g = g, .left = *who, .take = take_piece, .values = values};
    memcpy(q.part, part, strnlen(part, PART_NAME - 1));
    part_page_give(q.cursor, &(struct part_page){.page = cursor});
    for (int i = 0; i < CONF_DAEMONS_MAX; i++)
        values[i] = NULL;
    talk(all, &q);
    free(all);
}
