/* SPDX-License-Identifier: MIT
 *
 * The sets of notices: who came together, and in which order they stand.
 */
#include "tests/sim/group_inside.h"

int notice_set_of(const struct heard_notice *n, unsigned who)
{
    for (unsigned i = 0; i < n->set_count; i++)
        for (unsigned k = 0; k < n->sets[i].count; k++)
            if (n->set_members[n->sets[i].first + k] == who)
                return (int)i;
    return -1;
}

void sets_break(struct group_check *g, const struct watch *w, const char *what)
{
    BREAK(g, "G5", "%s in %s: %s", client_text(g, w->name), group_text(g, g->heard.group), what);
}

/* The one set of JOIN, LEAVE and DISCONNECT holds the member concerned. */
void sets_check_lone(struct group_check *g, const struct watch *w, const struct due *d)
{
    const struct heard_notice *n = &g->heard;
    if (n->set_count != 1 || n->sets[0].count != 1 || n->set_members[0] != d->who)
        sets_break(g, w, "the set does not hold whom the notice is about");
}

/* The list is what comes of merging the sets: each of its members is the next of one of them, for all
 * stand in the same order. */
static bool are_merged(const struct heard_notice *n)
{
    size_t taken[SETS_MAX] = {0};
    for (size_t i = 0; i < n->count; i++) {
        unsigned s = 0;
        while (s < n->set_count && (taken[s] == n->sets[s].count ||
                                    n->set_members[n->sets[s].first + taken[s]] != n->list[i]))
            s++;
        if (s == n->set_count)
            return false;
        taken[s]++;
    }
    return true;
}

/* The sets are a partition of the list, each in its order, and the receiver's own is marked. */
void sets_check_partition(struct group_check *g, const struct watch *w)
{
    const struct heard_notice *n = &g->heard;
    for (unsigned i = 0; i < n->set_count; i++)
        if (!notice_in_order(g, n->set_members + n->sets[i].first, n->sets[i].count))
            sets_break(g, w, "a set out of order");
    if (n->set_member_count != n->count)
        sets_break(g, w, "sets that do not have as many members as the list");
    if (!are_merged(n))
        sets_break(g, w, "a member without a set");
    if (notice_set_of(n, w->name) != (int)n->own)
        sets_break(g, w, "the wrong set is marked");
}

/* Whose members are in it. */
static struct procset daemons_of_set(const struct group_check *g, const struct set *s)
{
    struct procset daemons = {{0}};
    for (size_t k = 0; k < s->count; k++)
        procset_add(&daemons, (unsigned)roll_daemon(g->roll, g->heard.set_members[s->first + k]));
    return daemons;
}

/* Of those who came together all that have members have them in set mine, and nobody else has. */
static bool is_one_side(const struct procset *together, const struct procset *of, unsigned mine,
                        unsigned sets)
{
    for (unsigned i = 0; i < sets; i++) {
        struct procset others = procset_minus(&of[i], together);
        bool fits = i == mine ? procset_empty(&others) : procset_equal(&others, &of[i]);
        if (!fits)
            return false;
    }
    return true;
}

/* Whose daemon came with this one's, as far as the checks know: by what each knew when it installed
 * the view. */
void sets_check_came_together(struct group_check *g, const struct watch *w)
{
    const struct heard_notice *n = &g->heard;
    const struct view_note *v = view_note_of(g, w->tag);
    struct procset of[SETS_MAX];
    for (unsigned i = 0; i < n->set_count; i++)
        of[i] = daemons_of_set(g, &n->sets[i]);
    for (unsigned i = 0; i < n->set_count; i++)
        for procset_each(a, &of[i])
            if (!procset_empty(&v->synced[a]) && !is_one_side(&v->synced[a], of, i, n->set_count)) {
                sets_break(g, w, "sets are not those who came together");
                return;
            }
}

static uint64_t side_key(const struct heard_notice *n, unsigned set)
{
    return mix(notice_id_key(n->group, &n->id), n->set_members[n->sets[set].first] + 1);
}

/* The daemon of an id is a number with a sign. */
static bool is_later(uint64_t id, uint64_t than)
{
    int32_t proc = (int32_t)(id >> 32), other = (int32_t)(than >> 32);
    return proc != other ? proc > other : (uint32_t)id > (uint32_t)than;
}

void sets_check_order(struct group_check *g, const struct watch *w,
                      const struct group_view_id *before)
{
    const struct heard_notice *n = &g->heard;
    uint64_t own = (uint64_t)before->proc << 32 | before->time;
    bool added;
    note_once(&g->sides, side_key(n, n->own), own, &added);
    for (unsigned i = 0; i < n->set_count; i++) {
        uint64_t key = side_key(n, i);
        const struct noted *other;
        HASH_FIND(hh, g->sides, &key, sizeof key, other);
        if (!other || i == n->own)
            continue;
        if (i < n->own ? is_later(other->value, own) : is_later(own, other->value))
            sets_break(g, w, "sides out of the order of their ids");
    }
}

/* While daemons are lost: who is here, each lost daemon by itself, and the joiner alone. */
void sets_check_in_transition(struct group_check *g, const struct watch *w, unsigned joiner,
                              bool joined)
{
    const struct heard_notice *n = &g->heard;
    int last_daemon = -1;
    unsigned last = n->set_count;
    if (joined) {
        last--;
        if (notice_set_of(n, joiner) != (int)last || n->sets[last].count != 1)
            sets_break(g, w, "the joiner does not stand alone in the last set");
    }
    for (unsigned i = 0; i < last; i++)
        for (unsigned k = 0; k < n->sets[i].count; k++) {
            int daemon = roll_daemon(g->roll, n->set_members[n->sets[i].first + k]);
            bool lost = procset_has(&w->lost, (unsigned)daemon);
            if (k > 0 && lost && daemon != last_daemon)
                sets_break(g, w, "two lost daemons in one set");
            if (k == 0 && lost && i > 0 && last_daemon >= 0 && daemon <= last_daemon &&
                !world_has_reloaded(g->world))
                sets_break(g, w, "lost daemons out of order");
            if (!lost && i > 0)
                sets_break(g, w, "who is not lost does not stand in the first set");
            if (lost)
                last_daemon = daemon;
        }
}
