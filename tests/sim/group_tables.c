/* SPDX-License-Identifier: MIT
 *
 * The daemons' own tables: equal where they must be equal, and equal to what clients know.
 */
#include "tests/sim/group_inside.h"

#include "daemon/groups/groups.h"

struct view_note *view_note_of(struct group_check *g, uint64_t tag)
{
    struct view_note *v;
    HASH_FIND(hh, g->views, &tag, sizeof tag, v);
    if (!v) {
        v = memory_new(sizeof *v);
        v->tag = tag;
        HASH_ADD(hh, g->views, tag, sizeof v->tag, v);
    }
    return v;
}

/* -- records ------------------------------------------------------------------------------- */

/* Two views of one id leave what is said by that id in doubt. */
static void note_view_id(struct group_check *g, const struct trace_record *t)
{
    uint32_t proc = g->world->conf->daemons[procset_first(&t->members)].id;
    uint32_t time = (uint32_t)(t->transitional ? t->epoch - 1 : t->epoch);
    note_ring(&g->view_ids, proc, time, t->tag);
}

/* G9: all daemons of a view finish at one place. */
static void note_merged(struct group_check *g, const struct life_of_daemon *l,
                        const struct trace_record *t)
{
    struct view_note *v = view_note_of(g, t->tag);
    if (v->merged && (v->seq != t->seq || v->part != t->part))
        BREAK(g, "G9", "d%d has all sides together at %llu.%u, another had at %llu.%u",
              l->process->index + 1, (unsigned long long)t->seq, t->part,
              (unsigned long long)v->seq, v->part);
    v->merged = true;
    v->seq = t->seq;
    v->part = t->part;
}

void tables_on_trace(struct group_check *g, struct life_of_daemon *l, const struct trace_record *t)
{
    if (t->kind == TRACE_CONF)
        note_view_id(g, t);
    if (t->kind == TRACE_MERGED)
        note_merged(g, l, t);
}

/* -- G1 ------------------------------------------------------------------------------------ */

static void hash_group(void *context, const struct name *group, const struct group_view_id *id,
                       const struct name *names, size_t count)
{
    uint64_t *h = context;
    *h = mix(*h, hash_bytes((const uint8_t *)group->text, NAME_FIELD));
    *h = mix(*h, (uint64_t)id->proc << 32 | id->time);
    *h = mix(*h, id->index);
    *h = mix(*h, hash_bytes((const uint8_t *)names, count * NAME_FIELD));
}

static const struct groups *groups_of(const struct life_of_daemon *l)
{
    return daemon_groups(l->process->daemon);
}

/* What the new entries have done to the table; false: nothing. *place tells after which of them. */
static bool is_touched(struct life_of_daemon *l, const struct entry **place)
{
    const struct journal *j = &l->journal;
    bool touched = false;
    for (size_t i = l->looked > j->first ? l->looked : j->first; i < journal_end(j); i++) {
        const struct entry *e = journal_entry(j, i);
        switch (e->kind) {
        case ENTRY_REGULAR: {
            l->view = e->turn->id;
            l->parted = e->turn->parted;
            break;
        }
        case ENTRY_TRANSITIONAL:
            l->parted = e->turn->parted;
            continue;
        case ENTRY_DATA:
        case ENTRY_CONTROL:
            continue;
        case ENTRY_MERGED:
            l->compare_lists = true;
            break;
        default:
            break;
        }
        *place = e;
        touched = true;
    }
    return touched;
}

static void note_synced(struct group_check *g, const struct life_of_daemon *l)
{
    const struct journal *j = &l->journal;
    for (size_t i = l->looked > j->first ? l->looked : j->first; i < journal_end(j); i++) {
        const struct entry *e = journal_entry(j, i);
        if (e->kind == ENTRY_REGULAR)
            view_note_of(g, e->tag)->synced[j->self] = e->turn->synced;
    }
}

/* -- lists of clients against tables --------------------------------------------------------- */

struct comparison {
    struct group_check *g;
    struct watch *watch;
};

static void compare_with_seat(void *context, const struct name *group,
                              const struct group_view_id *id, const struct name *names,
                              size_t count)
{
    const struct comparison *c = context;
    const struct seat *s = seat_of(c->watch, roll_group(c->g->roll, group));
    bool equal = s->count == count;
    (void)id;
    if (!s->member || !s->knows)
        return;
    for (size_t i = 0; i < count && equal; i++)
        equal = s->list[i] == roll_client(c->g->roll, &names[i]);
    if (!equal)
        BREAK(c->g, "G4", "%s knows %zu members of %s, its daemon lists %zu others",
              client_text(c->g, c->watch->name), s->count, group->text, count);
}

void tables_compare(struct group_check *g, struct life_of_daemon *l)
{
    const struct entry *place = NULL;
    uint64_t h = 0;
    bool added;
    note_synced(g, l);
    if (!is_touched(l, &place) || l->journal.state != JOURNAL_STEADY || l->process->ending)
        return;
    /* Another configuration has another order of members, at once. */
    const struct version *version = process_version(l->process);
    bool same_order = l->version == version || !l->version;
    l->version = version;
    groups_each(groups_of(l), hash_group, &h);
    uint64_t key = mix(mix(place->tag, place->seq << 8 | place->part), place->kind >= ENTRY_REGULAR);
    key = mix(key, version->conf->hash);
    const struct noted *first = note_once(&g->tables, key, h, &added);
    if (!added && first->value != h)
        BREAK(g, "G1", "d%d has another table at %llu.%u than a daemon before it",
              l->process->index + 1, (unsigned long long)place->seq, place->part);
    if (!l->compare_lists || !same_order)
        return;
    l->compare_lists = false;
    for (struct watch *w = l->watches; w; w = w->next) {
        struct comparison c = {.g = g, .watch = w};
        bool has_all = w->at == journal_end(&l->journal) && w->due_next == w->due_count;
        if (!w->gone && w->client->notices && has_all)
            groups_each(groups_of(l), compare_with_seat, &c);
    }
}

/* -- G10 ----------------------------------------------------------------------------------- */

/* Of one daemon: how many members it lists, and how many of them are there. */
struct census {
    struct group_check *g;
    const struct procset *set;
    int daemon;
    size_t listed;
};

/* The client is connected to a daemon of the set and knows itself a member. */
static bool is_there(const struct census *c, unsigned who, unsigned group)
{
    for procset_each(i, c->set) {
        const struct process *p = &c->g->world->processes[i];
        for (struct watch *w = c->g->lives[p->life]->watches; w; w = w->next)
            if (w->name == who && !w->gone && w->client->session)
                return seat_of(w, group)->member;
    }
    return false;
}

static void check_members(void *context, const struct name *group, const struct group_view_id *id,
                          const struct name *names, size_t count)
{
    struct census *c = context;
    unsigned number = roll_group(c->g->roll, group);
    (void)id;
    for (size_t i = 0; i < count; i++)
        if (!is_there(c, roll_client(c->g->roll, &names[i]), number))
            BREAK(c->g, "G10", "d%d lists %s in %s, who is not there", c->daemon + 1,
                  names[i].text, group->text);
    c->listed += count;
}

static size_t count_members(struct group_check *g, const struct procset *set)
{
    size_t count = 0;
    for procset_each(i, set) {
        const struct process *p = &g->world->processes[i];
        for (struct watch *w = g->lives[p->life]->watches; w; w = w->next)
            for (size_t k = 0; !w->gone && w->client->session && k < w->seat_size; k++)
                count += w->seats[k].member;
    }
    return count;
}

void tables_check_rest(struct group_check *g, const struct procset *set)
{
    size_t members = count_members(g, set);
    for procset_each(i, set) {
        const struct process *p = &g->world->processes[i];
        struct census c = {.g = g, .set = set, .daemon = i};
        groups_each(daemon_groups(p->daemon), check_members, &c);
        if (!g->world->verdict.broken && c.listed != members)
            BREAK(g, "G10", "d%d lists %zu members, but %zu are there", i + 1, c.listed, members);
    }
}
