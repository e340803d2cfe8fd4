/* SPDX-License-Identifier: MIT */
#include "libspread/flush/group.h"

#include <assert.h>
#include <stdlib.h>

struct flush_group *group_new(const struct name *name)
{
    struct flush_group *g = calloc(1, sizeof *g);
    if (!g)
        return NULL;
    g->name = *name;
    g->part = FLUSH_JOINING;
    g->phase = FLUSH_AGREE;
    g->shown = true; /* there is no view whose loss could be told */
    TAILQ_INIT(&g->pending);
    TAILQ_INIT(&g->held);
    return g;
}

static void give_up(struct flush_group *g, struct membership *m)
{
    if (g->target == m)
        g->target = NULL;
    TAILQ_REMOVE(&g->pending, m, link);
    membership_free(m);
}

void group_free(struct flush_group *g)
{
    while (!TAILQ_EMPTY(&g->pending))
        give_up(g, TAILQ_FIRST(&g->pending));
    membership_free(g->view);
    flush_items_free(&g->held);
    early_fini(&g->early);
    free(g);
}

/* -- what is told -------------------------------------------------------------------------- */

static bool ask_to_flush(struct flush_group *g, struct news *news)
{
    g->phase = FLUSH_AUTHORIZE;
    return news_tell(news, FLUSH_REQUEST, &g->name, 0);
}

static bool tell_loss(struct flush_group *g, struct news *news)
{
    if (g->shown)
        return true;
    g->shown = true;
    return news_tell(news, FRAME_TRANSITION, &g->name, 0);
}

static bool view_is_whole(const struct flush_group *g)
{
    return !g->view || g->view->crew->gone == 0;
}

/* -- notices ------------------------------------------------------------------------------- */

/* The membership that the daemon told of last; NULL: this is the first. */
static struct membership *last_of(const struct flush_group *g)
{
    struct membership *last = g->view, *m;
    TAILQ_FOREACH(m, &g->pending, link)
        last = m;
    return last;
}

/* Takes them out of those who are there still. False: m will not come about, for one of them had not
 * agreed to it. */
static bool part_with(struct membership *m, const struct name *leavers, size_t count)
{
    bool stands = true;
    for (size_t i = 0; i < count; i++) {
        struct member *who = crew_find(m->crew, &leavers[i]);
        if (!who || who->gone)
            continue;
        stands = stands && who->agreed;
        crew_note_gone(m->crew, who);
    }
    return stands;
}

/* What follows one that was given up has more than one cause. */
static void blame_network(struct membership *m)
{
    m->cause = FRAME_BY_NETWORK;
}

/* Takes the leavers out of the view and of what waits before the newest. */
static void let_go(struct flush_group *g, struct membership *newest, const struct name *leavers,
                   size_t count)
{
    struct membership *m = TAILQ_FIRST(&g->pending), *next;
    bool given_up = false;
    if (g->view)
        part_with(g->view, leavers, count);
    for (; m; m = next) {
        next = TAILQ_NEXT(m, link);
        if (!part_with(m, leavers, count)) {
            give_up(g, m);
            given_up = true;
        } else if (given_up) {
            blame_network(m);
            given_up = false;
        }
    }
    if (given_up)
        blame_network(newest);
}

/* The first that waits is the one to agree to; held data is of the one before. */
static bool aim(struct flush_group *g, struct news *news)
{
    struct membership *first = TAILQ_FIRST(&g->pending);
    if (first == g->target)
        return true;
    flush_items_free(&g->held);
    g->target = first;
    switch (g->phase) {
    case FLUSH_STEADY:
    case FLUSH_VERIFY:
        return ask_to_flush(g, news);
    case FLUSH_AUTHORIZE:
        break; /* it was asked already */
    case FLUSH_AGREE:
        news_say(news, SAY_OK, &g->name, &first->id);
    }
    return true;
}

bool group_on_notice(struct flush_group *g, const struct flush_notice *n, struct news *news)
{
    struct name *leavers;
    size_t count;
    struct membership *newest = membership_new(n);
    if (!newest || !leavers_of(n, last_of(g), &leavers, &count)) {
        membership_free(newest);
        return false;
    }
    early_claim(&g->early, newest);
    let_go(g, newest, leavers, count);
    free(leavers);
    TAILQ_INSERT_TAIL(&g->pending, newest, link);
    return aim(g, news) && (view_is_whole(g) || tell_loss(g, news));
}

bool group_on_transition(struct flush_group *g, struct news *news)
{
    return tell_loss(g, news);
}

/* -- agreement ----------------------------------------------------------------------------- */

static struct membership *find_pending(const struct flush_group *g, const struct group_view_id *id)
{
    struct membership *m;
    TAILQ_FOREACH(m, &g->pending, link)
        if (view_id_equal(&m->id, id))
            return m;
    return NULL;
}

static void release_held(struct flush_group *g, struct news *news)
{
    struct flush_item *d;
    while ((d = TAILQ_FIRST(&g->held))) {
        TAILQ_REMOVE(&g->held, d, link);
        news_add(news, d);
    }
}

/* All have agreed to the target: it is the view. */
static bool install(struct flush_group *g, const struct name *me, struct news *news)
{
    struct membership *m = g->target;
    struct flush_item *d = membership_tell(m, g->view, &g->name, me);
    bool told = true;
    if (!d)
        return false;
    news_add(news, d);
    TAILQ_REMOVE(&g->pending, m, link);
    membership_free(g->view);
    g->view = m;
    g->shown = false;
    if (g->part == FLUSH_JOINING)
        g->part = FLUSH_JOINED;
    g->phase = FLUSH_VERIFY;
    g->target = TAILQ_FIRST(&g->pending);
    if (g->target)
        told = ask_to_flush(g, news);
    else
        news_say(news, SAY_RECV, &g->name, &m->id);
    told = told && (view_is_whole(g) || tell_loss(g, news));
    release_held(g, news);
    return told;
}

bool group_on_ok(struct flush_group *g, const struct name *sender, const struct group_view_id *id,
                 const struct name *me, struct news *news)
{
    struct membership *m = find_pending(g, id);
    if (!m)
        return (g->view && view_id_equal(&g->view->id, id)) || early_add(&g->early, id, sender);
    struct member *who = crew_find(m->crew, sender);
    if (!who)
        return true; /* a stranger */
    crew_note_agreed(m->crew, who);
    if (g->phase != FLUSH_AGREE || m != g->target || m->crew->agreed < m->crew->count)
        return true;
    return install(g, me, news);
}

void group_on_recv(struct flush_group *g, const struct name *sender, const struct group_view_id *id)
{
    struct membership *m = g->phase == FLUSH_VERIFY  ? g->view
                           : g->phase == FLUSH_AGREE ? g->target
                                                     : NULL;
    struct member *who = m && view_id_equal(&m->id, id) ? crew_find(m->crew, sender) : NULL;
    if (!who)
        return;
    crew_note_installed(m->crew, who);
    if (g->phase == FLUSH_VERIFY && m->crew->installed == m->crew->count)
        g->phase = FLUSH_STEADY;
}

void group_flush(struct flush_group *g, struct news *news)
{
    assert(g->phase == FLUSH_AUTHORIZE && g->target);
    g->phase = FLUSH_AGREE;
    news_say(news, SAY_OK, &g->name, &g->target->id);
}

/* -- data ---------------------------------------------------------------------------------- */

enum flush_fate group_fate(const struct flush_group *g, const struct name *sender,
                           const struct group_view_id *view)
{
    if (view && g->phase == FLUSH_AGREE && g->target && view_id_equal(view, &g->target->id))
        return crew_has(g->target->crew, sender) ? FLUSH_HOLD : FLUSH_DROP;
    if (!g->view || !crew_has(g->view->crew, sender))
        return FLUSH_DROP;
    return view && !view_id_equal(view, &g->view->id) ? FLUSH_DROP : FLUSH_DELIVER;
}

void group_hold(struct flush_group *g, struct flush_item *d)
{
    TAILQ_INSERT_TAIL(&g->held, d, link);
}
