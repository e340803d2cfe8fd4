/* SPDX-License-Identifier: MIT */
#include "libspread/flush/flush.h"

#include <stdlib.h>

/* -- groups -------------------------------------------------------------------------------- */

static unsigned bucket_of(const struct name *group)
{
    uint32_t hash = 2166136261u;
    for (const char *c = group->text; *c; c++)
        hash = (hash ^ (uint8_t)*c) * 16777619u;
    return (hash ^ hash >> 16) % FLUSH_BUCKETS;
}

void flush_init(struct flush *f, const struct name *me)
{
    f->me = *me;
    for (int i = 0; i < FLUSH_BUCKETS; i++)
        TAILQ_INIT(&f->buckets[i]);
    news_init(&f->news);
}

static void forget(struct flush *f, struct flush_group *g)
{
    TAILQ_REMOVE(&f->buckets[bucket_of(&g->name)], g, link);
    group_free(g);
}

void flush_fini(struct flush *f)
{
    for (int i = 0; i < FLUSH_BUCKETS; i++)
        while (!TAILQ_EMPTY(&f->buckets[i]))
            forget(f, TAILQ_FIRST(&f->buckets[i]));
    news_fini(&f->news);
}

struct flush_group *flush_find(const struct flush *f, const struct name *group)
{
    struct flush_group *g;
    TAILQ_FOREACH(g, &f->buckets[bucket_of(group)], link)
        if (name_equal(&g->name, group))
            return g;
    return NULL;
}

static struct flush_group *find_or_add(struct flush *f, const struct name *group)
{
    struct flush_group *g = flush_find(f, group);
    if (!g && (g = group_new(group)))
        TAILQ_INSERT_TAIL(&f->buckets[bucket_of(group)], g, link);
    return g;
}

/* -- notices ------------------------------------------------------------------------------- */

static bool on_self_leave(struct flush *f, const struct name *group)
{
    struct flush_group *g = flush_find(f, group);
    if (g)
        forget(f, g);
    return news_tell(&f->news, FRAME_BY_LEAVE, group, -1);
}

bool flush_on_notice(struct flush *f, uint32_t type, const struct name *group,
                     const uint8_t *members, uint32_t num_members, const uint8_t *body, size_t len)
{
    struct flush_notice n;
    if (type & FRAME_TRANSITION) {
        struct flush_group *g = flush_find(f, group);
        return !g || group_on_transition(g, &f->news);
    }
    if (!(type & FRAME_REGULAR))
        return on_self_leave(f, group);
    if (!flush_notice_read(&n, type, members, num_members, body, len))
        return false;
    struct flush_group *g = find_or_add(f, group);
    return g && group_on_notice(g, &n, &f->news);
}

/* -- data ---------------------------------------------------------------------------------- */

enum flush_fate flush_fate(const struct flush *f, const struct name *group,
                           const struct name *sender)
{
    if (name_equal(group, &f->me))
        return FLUSH_DELIVER;
    const struct flush_group *g = flush_find(f, group);
    return g ? group_fate(g, sender, NULL) : FLUSH_DROP;
}

/* Data that says in which view it was sent: its marks come off. */
static bool on_vulnerable(struct flush *f, struct flush_item *d)
{
    struct marks m = {.vulnerable = true, .subgroup = d->type & FLUSH_SUBGROUP};
    size_t len = marks_len(m.vulnerable, m.subgroup);
    if (d->len < len || d->num_groups == 0) {
        free(d);
        return true;
    }
    d->len -= len;
    marks_read(&m, d->body + d->len, d->other_order);
    d->mess_type = m.mess_type;
    if (m.subgroup)
        d->groups[d->num_groups - 1] = m.group;
    else
        m.group = name_from_field((const uint8_t *)d->groups[0].text);

    struct flush_group *g = flush_find(f, &m.group);
    enum flush_fate fate = name_equal(&m.group, &f->me) ? FLUSH_DELIVER
                           : g ? group_fate(g, &d->sender, &m.view)
                               : FLUSH_DROP;
    if (fate == FLUSH_DELIVER)
        news_add(&f->news, d);
    else if (fate == FLUSH_HOLD)
        group_hold(g, d);
    else
        free(d);
    return true;
}

bool flush_on_marked(struct flush *f, struct flush_item *d)
{
    bool fine = true;
    if (d->mess_type == MARK_DATA)
        return on_vulnerable(f, d);
    if (d->num_groups > 0 && d->len >= MARK_ID_LEN) {
        struct name group = name_from_field((const uint8_t *)d->groups[0].text);
        struct group_view_id id = view_id_at(d->body, d->other_order);
        struct flush_group *g = flush_find(f, &group);
        if (g && d->mess_type == MARK_OK)
            fine = group_on_ok(g, &d->sender, &id, &f->me, &f->news);
        else if (g)
            group_on_recv(g, &d->sender, &id);
    }
    free(d);
    return fine;
}

/* -- wishes -------------------------------------------------------------------------------- */

enum flush_answer flush_flush(struct flush *f, const struct name *group)
{
    struct flush_group *g = flush_find(f, group);
    if (!g || g->part == FLUSH_LEAVING)
        return FLUSH_NO_MEMBER;
    if (g->phase != FLUSH_AUTHORIZE)
        return FLUSH_NOT_NOW;
    group_flush(g, &f->news);
    return FLUSH_FINE;
}

enum flush_answer flush_leave(struct flush *f, const struct name *group)
{
    struct flush_group *g = flush_find(f, group);
    if (!g || g->part != FLUSH_JOINED)
        return FLUSH_NO_MEMBER;
    g->part = FLUSH_LEAVING;
    return FLUSH_FINE;
}

enum flush_answer flush_join(const struct flush *f, const struct name *group)
{
    return flush_find(f, group) ? FLUSH_NOT_NOW : FLUSH_FINE;
}

/* A connection may be addressed at any time, and by itself alone. */
static enum flush_answer may_send_to_one(const struct name *to,
                                         const char (*receivers)[NAME_FIELD], int num_receivers)
{
    for (int i = 0; i < num_receivers; i++) {
        struct name who = name_from_field((const uint8_t *)receivers[i]);
        if (!name_equal(&who, to))
            return FLUSH_NO_RECEIVER;
    }
    return FLUSH_FINE;
}

enum flush_answer flush_may_send(const struct flush *f, uint32_t service, const struct name *group,
                                 const char (*receivers)[NAME_FIELD], int num_receivers,
                                 struct marks *m)
{
    enum { EARLY_SERVICES = FRAME_UNRELIABLE | FRAME_RELIABLE | FRAME_FIFO };
    m->vulnerable = false;
    m->group = *group;
    if (strchr(group->text, '#'))
        return may_send_to_one(group, receivers, num_receivers);
    const struct flush_group *g = flush_find(f, group);
    if (!g || g->part != FLUSH_JOINED)
        return FLUSH_NO_MEMBER;
    if (g->phase == FLUSH_AGREE)
        return FLUSH_NOT_NOW;
    for (int i = 0; i < num_receivers; i++) {
        struct name who = name_from_field((const uint8_t *)receivers[i]);
        if (!crew_find(g->view->crew, &who))
            return FLUSH_NO_RECEIVER;
    }
    m->vulnerable = (service & EARLY_SERVICES) && g->phase != FLUSH_STEADY;
    m->view = g->view->id;
    return FLUSH_FINE;
}
