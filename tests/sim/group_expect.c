/* SPDX-License-Identifier: MIT
 *
 * What an entry of the journal obliges a client's daemon to tell it: from the entry, and from what
 * the client knows by then.
 */
#include "tests/sim/group_inside.h"

#include "libspread/wire/frame.h"

/* -- lists --------------------------------------------------------------------------------- */

bool seat_lists(const struct seat *s, unsigned who)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->list[i] == who)
            return true;
    return false;
}

void seat_add(const struct group_check *g, struct seat *s, unsigned who)
{
    size_t at = 0;
    s->list = widen_array(s->list, s->count, &s->size, sizeof s->list[0]);
    while (at < s->count && roll_compare(g->roll, s->list[at], who) < 0)
        at++;
    memmove(s->list + at + 1, s->list + at, (s->count - at) * sizeof s->list[0]);
    s->list[at] = who;
    s->count++;
}

void seat_remove(struct seat *s, unsigned who)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++)
        if (s->list[i] != who)
            s->list[kept++] = s->list[i];
    s->count = kept;
}

static bool lists_any_of(const struct group_check *g, const struct seat *s,
                         const struct procset *daemons)
{
    for (size_t i = 0; i < s->count; i++)
        if (procset_has(daemons, (unsigned)roll_daemon(g->roll, s->list[i])))
            return true;
    return false;
}

static void drop_from_list(const struct group_check *g, struct seat *s,
                           const struct procset *daemons)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++)
        if (!procset_has(daemons, (unsigned)roll_daemon(g->roll, s->list[i])))
            s->list[kept++] = s->list[i];
    s->count = kept;
}

/* -- dues ---------------------------------------------------------------------------------- */

static struct due *add_due(struct watch *w, enum due_kind kind, unsigned group)
{
    w->due = widen_array(w->due, w->due_count, &w->due_size, sizeof w->due[0]);
    struct due *d = &w->due[w->due_count++];
    *d = (struct due){.kind = kind, .group = group};
    return d;
}

static bool is_lost(const struct group_check *g, const struct watch *w, unsigned who)
{
    return procset_has(&w->lost, (unsigned)roll_daemon(g->roll, who));
}

/* Somebody else joins, leaves or departs. */
static void expect_change(const struct group_check *g, struct watch *w, unsigned group, unsigned who,
                          uint32_t cause)
{
    const struct seat *s = seat_of(w, group);
    bool listed = s->member && seat_lists(s, who);
    if (!s->member || listed == (cause == FRAME_BY_JOIN))
        return;
    /* A client of a lost daemon joins a group that had nobody to lose: it has now. */
    bool late = cause == FRAME_BY_JOIN && !s->changed && is_lost(g, w, who);
    bool changes = s->changed || late;
    if (late)
        add_due(w, DUE_TRANSITION, group);
    struct due *d = add_due(w, changes ? DUE_IN_TRANSITION : DUE_CHANGE, group);
    d->who = who;
    d->cause = cause;
    if (changes)
        add_due(w, DUE_TRANSITION, group);
}

static void expect_join(const struct group_check *g, struct watch *w, const struct entry *e)
{
    struct seat *s = seat_of(w, e->group);
    if (e->who != w->name) {
        if (w->client->notices)
            expect_change(g, w, e->group, e->who, FRAME_BY_JOIN);
        return;
    }
    if (s->member)
        return;
    s->member = true;
    if (w->client->notices)
        add_due(w, DUE_JOINED, e->group)->who = w->name;
}

static void expect_leave(const struct group_check *g, struct watch *w, const struct entry *e)
{
    struct seat *s = seat_of(w, e->group);
    if (e->who != w->name) {
        if (w->client->notices)
            expect_change(g, w, e->group, e->who, FRAME_BY_LEAVE);
        return;
    }
    if (!s->member)
        return;
    s->member = s->changed = s->knows = s->in_transition = false;
    s->count = 0;
    if (w->client->notices)
        add_due(w, DUE_SELF_LEAVE, e->group);
}

static void expect_departure(struct group_check *g, struct watch *w, const struct entry *e)
{
    const unsigned *order = roll_groups_in_order(g->roll);
    if (!w->client->notices || e->who == w->name)
        return;
    for (unsigned i = 0; i < roll_group_count(g->roll); i++) {
        expect_change(g, w, order[i], e->who, FRAME_BY_DISCONNECT);
        if (e->in_part && order[i] == e->group)
            break;
    }
}

static void expect_data(struct watch *w, const struct entry *e)
{
    const unsigned *places = entry_places(e);
    bool due = false;
    if (e->discard && e->who == w->name)
        return;
    for (unsigned i = 0; i < e->place_count && !due; i++)
        due = places[i] % 2 ? places[i] / 2 == w->name : seat_of(w, places[i] / 2)->member;
    if (due)
        add_due(w, DUE_DATA, 0)->entry = w->at - 1;
}

/* -- views --------------------------------------------------------------------------------- */

/* Groups that have members at lost daemons: TRANSITION, in order of their names. */
static void expect_loss(struct group_check *g, struct watch *w, const struct turn *turn)
{
    const unsigned *order = roll_groups_in_order(g->roll);
    w->lost = turn->lost;
    w->transition = turn->id;
    for (unsigned i = 0; i < roll_group_count(g->roll); i++) {
        struct seat *s = seat_of(w, order[i]);
        if (s->member && lists_any_of(g, s, &turn->lost))
            add_due(w, DUE_TRANSITION, order[i]);
    }
}

static void expect_regular(struct group_check *g, struct watch *w, const struct entry *e)
{
    const struct turn *turn = e->turn;
    const unsigned *order = roll_groups_in_order(g->roll);
    w->view = turn->id;
    w->parted = turn->parted;
    w->tag = e->tag;
    w->members = turn->members;
    w->synced = turn->synced;
    for (unsigned i = 0; i < roll_group_count(g->roll); i++) {
        struct seat *s = seat_of(w, order[i]);
        if (!s->member)
            continue;
        if (turn->silent && lists_any_of(g, s, &turn->lost))
            s->changed = true;
        drop_from_list(g, s, &turn->lost);
        if (turn->settles && s->changed && w->client->notices)
            add_due(w, DUE_NETWORK, order[i]);
    }
    w->lost = (struct procset){{0}};
}

static void expect_merged(struct group_check *g, struct watch *w)
{
    const unsigned *order = roll_groups_in_order(g->roll);
    for (unsigned i = 0; i < roll_group_count(g->roll); i++)
        if (seat_of(w, order[i])->member)
            add_due(w, DUE_MERGED, order[i]);
}

void expect_next(struct group_check *g, struct watch *w)
{
    w->due_next = w->due_count = 0;
    if (w->deferred) {
        /* What was put off until sides had told each other comes behind their notices, for it goes
         * by the lists of the merged groups. */
        w->deferred = false;
        expect_loss(g, w, journal_entry(&w->home->journal, w->at - 1)->turn);
        return;
    }
    const struct entry *e = journal_entry(&w->home->journal, w->at++);
    bool notices = w->client->notices;
    switch (e->kind) {
    case ENTRY_DATA:
        expect_data(w, e);
        break;
    case ENTRY_JOIN:
        expect_join(g, w, e);
        break;
    case ENTRY_LEAVE:
        expect_leave(g, w, e);
        break;
    case ENTRY_DEPARTURE:
        expect_departure(g, w, e);
        break;
    case ENTRY_CONTROL:
        break;
    case ENTRY_TRANSITIONAL:
        w->parted = e->turn->parted;
        if (notices && !e->turn->deferred)
            expect_loss(g, w, e->turn);
        break;
    case ENTRY_REGULAR:
        expect_regular(g, w, e);
        break;
    case ENTRY_MERGED:
        w->deferred = notices && e->turn->then;
        if (notices)
            expect_merged(g, w);
        break;
    }
}
