/* SPDX-License-Identifier: MIT
 *
 * Notices: are they well formed, are they what was due, do their lists, ids and sets follow from what
 * the client had before, and do all who get one get the same?
 */
#include "tests/sim/group_inside.h"

#include <stdlib.h>
#include <string.h>

#include "libspread/wire/frame.h"

/* -- taking apart -------------------------------------------------------------------------- */

static struct group_view_id id_at(const uint8_t *at)
{
    return (struct group_view_id){word_at(at), word_at(at + 4), word_at(at + 8)};
}

static unsigned client_at(struct group_check *g, const uint8_t *field)
{
    struct name n = name_from_field(field);
    return roll_client(g->roll, &n);
}

static bool malformed(struct group_check *g, const struct watch *w, const char *what)
{
    BREAK(g, "G4", "%s got a notice with %s", client_text(g, w->name), what);
    return false;
}

static bool take_sets(struct group_check *g, const struct watch *w, const uint8_t *body, size_t len)
{
    struct heard_notice *n = &g->heard;
    uint32_t own_at = word_at(body + NOTICE_OWN_AT);
    size_t at = NOTICE_FIRST_SET;
    n->set_count = word_at(body + NOTICE_SETS_AT);
    n->set_member_count = 0;
    n->own = SETS_MAX;
    if (n->set_count > SETS_MAX)
        return malformed(g, w, "too many sets");
    for (unsigned i = 0; i < n->set_count; i++) {
        if (at + 4 > len)
            return malformed(g, w, "a body that ends in its sets");
        if (at - NOTICE_FIRST_SET == own_at)
            n->own = i;
        uint32_t count = word_at(body + at);
        at += 4;
        if (count > (len - at) / NAME_FIELD)
            return malformed(g, w, "a set longer than its body");
        n->sets[i] = (struct set){(unsigned)n->set_member_count, count};
        for (uint32_t k = 0; k < count; k++, at += NAME_FIELD) {
            n->set_members = widen_array(n->set_members, n->set_member_count, &g->heard_set_size,
                                   sizeof n->set_members[0]);
            n->set_members[n->set_member_count++] = client_at(g, body + at);
        }
    }
    if (at != len || n->own == SETS_MAX)
        return malformed(g, w, "sets that do not fill its body, or none of its own");
    return true;
}

/* Daemons that a reload has removed stand behind all others until the next view has them no more. */
bool notice_in_order(const struct group_check *g, const unsigned *list, size_t count)
{
    unsigned falls = 0;
    for (size_t i = 1; i < count; i++) {
        int order = roll_compare(g->roll, list[i - 1], list[i]);
        if (order == 0)
            return false;
        falls += order > 0;
    }
    return falls <= (world_has_reloaded(g->world) ? 1u : 0u);
}

static int by_roll(const void *a, const void *b, void *roll)
{
    return roll_compare(roll, *(const unsigned *)a, *(const unsigned *)b);
}

bool notice_take_apart(struct group_check *g, const struct watch *w, const struct heard_frame *f)
{
    struct heard_notice *n = &g->heard;
    size_t len = (size_t)f->header.data_len;
    n->type = f->header.type & FRAME_NOTICES;
    n->group = roll_group(g->roll, &f->header.sender);
    n->count = n->set_count = 0;
    n->id = (struct group_view_id){0};
    g->notice_count++;
    if (n->type == FRAME_BY_LEAVE)
        return len == 0 && f->header.num_groups == 0 ? true : malformed(g, w, "more than it needs");
    if (len < NOTICE_ID_LEN)
        return malformed(g, w, "no group id");
    n->id = id_at(f->body);
    if (n->type == FRAME_TRANSITION)
        return len == NOTICE_ID_LEN && f->header.num_groups == 0
                   ? true
                   : malformed(g, w, "more than it needs");
    for (int32_t i = 0; i < f->header.num_groups; i++) {
        n->list = widen_array(n->list, n->count, &g->heard_size, sizeof n->list[0]);
        n->list[n->count++] = client_at(g, f->groups + (size_t)i * NAME_FIELD);
    }
    if (!notice_in_order(g, n->list, n->count))
        return malformed(g, w, "a list out of order");
    if (world_has_reloaded(g->world))
        qsort_r(n->list, n->count, sizeof n->list[0], by_roll, g->roll);
    if (len < NOTICE_FIRST_SET)
        return malformed(g, w, "no sets");
    return take_sets(g, w, f->body, len);
}

/* -- is it what is due? -------------------------------------------------------------------- */

static bool is_network(const struct heard_notice *n)
{
    return n->type == (FRAME_REGULAR | FRAME_BY_NETWORK);
}

bool notice_fits(const struct group_check *g, const struct watch *w, const struct due *d)
{
    const struct heard_notice *n = &g->heard;
    (void)w;
    if (n->group != d->group)
        return false;
    switch (d->kind) {
    case DUE_DATA:
        return false;
    case DUE_JOINED:
        return n->type == (FRAME_REGULAR | FRAME_BY_JOIN) || is_network(n);
    case DUE_SELF_LEAVE:
        return n->type == FRAME_BY_LEAVE;
    case DUE_CHANGE:
        return n->type == (FRAME_REGULAR | d->cause);
    case DUE_IN_TRANSITION:
    case DUE_NETWORK:
    case DUE_MERGED:
        return is_network(n);
    case DUE_TRANSITION:
        return n->type == FRAME_TRANSITION;
    }
    return false;
}

/* -- ids ----------------------------------------------------------------------------------- */

static bool same_view(const struct group_view_id *a, const struct group_view_id *b)
{
    return a->proc == b->proc && a->time == b->time;
}

static bool same_id(const struct group_view_id *a, const struct group_view_id *b)
{
    return same_view(a, b) && a->index == b->index;
}

uint64_t notice_id_key(unsigned group, const struct group_view_id *id)
{
    return mix(mix(group, (uint64_t)id->proc << 32 | id->time), id->index);
}

/* A view id that two different views have had (ring.md 10.3), or in which the group was born twice
 * (semantics 3.2), says nothing. */
static bool says_something(const struct group_check *g, unsigned group,
                           const struct group_view_id *id)
{
    struct group_view_id born = {id->proc, id->time, 0};
    uint64_t key = notice_id_key(group, &born), view = (uint64_t)id->proc << 32 | id->time;
    const struct noted *n;
    HASH_FIND(hh, g->births, &key, sizeof key, n);
    if (n && n->value > 1)
        return false;
    HASH_FIND(hh, g->view_ids, &view, sizeof view, n);
    return !n || n->value != 0;
}

static void note_birth(struct group_check *g, const struct heard_notice *n)
{
    struct group_view_id born = {n->id.proc, n->id.time, 0};
    bool added;
    if (n->type == (FRAME_REGULAR | FRAME_BY_JOIN) && n->id.index == 1 && n->count == 1) {
        struct noted *birth = note_once(&g->births, notice_id_key(n->group, &born), 1, &added);
        birth->value += !added;
    }
}

static void check_id(struct group_check *g, const struct watch *w, const struct due *d,
                     const struct seat *s)
{
    const struct heard_notice *n = &g->heard;
    struct group_view_id expected = s->id;
    switch (d->kind) {
    case DUE_CHANGE:
    case DUE_IN_TRANSITION:
        expected.index++;
        break;
    case DUE_TRANSITION:
        break;
    case DUE_NETWORK:
    case DUE_MERGED:
        expected = w->view;
        expected.index = 1;
        if (s->knows && !same_view(&s->last, &w->view) && s->last.time >= w->view.time)
            BREAK(g, "G3", "%s in %s: a view of time %u after one of %u", client_text(g, w->name),
                  group_text(g, d->group), w->view.time, s->last.time);
        break;
    default:
        return;
    }
    if (!same_id(&expected, &n->id))
        BREAK(g, "G3", "%s in %s: id %x.%u.%u where %x.%u.%u is due", client_text(g, w->name),
              group_text(g, d->group), n->id.proc, n->id.time, n->id.index, expected.proc,
              expected.time, expected.index);
}

/* -- lists --------------------------------------------------------------------------------- */

static void check_list(struct group_check *g, const struct watch *w, const struct due *d,
                       const struct seat *s)
{
    const struct heard_notice *n = &g->heard;
    bool equal = s->count == n->count &&
                 (n->count == 0 || memcmp(s->list, n->list, n->count * sizeof s->list[0]) == 0);
    if (!equal)
        BREAK(g, "G4", "%s in %s: a list of %zu members where another of %zu is due",
              client_text(g, w->name), group_text(g, d->group), n->count, s->count);
}

static void take_over_list(struct seat *s, const struct heard_notice *n)
{
    s->list = widen_array(s->list, n->count, &s->size, sizeof s->list[0]);
    memcpy(s->list, n->list, n->count * sizeof s->list[0]);
    s->count = n->count;
}

static bool heard_lists(const struct heard_notice *n, unsigned who)
{
    for (size_t i = 0; i < n->count; i++)
        if (n->list[i] == who)
            return true;
    return false;
}

/* -- what all get alike -------------------------------------------------------------------- */

static uint64_t content_of(const struct heard_notice *n)
{
    uint64_t h = n->count;
    for (size_t i = 0; i < n->count; i++)
        h = mix(h, n->list[i]);
    for (unsigned i = 0; i < n->set_count; i++)
        h = mix(h, n->sets[i].count);
    for (size_t i = 0; i < n->set_member_count; i++)
        h = mix(h, n->set_members[i]);
    return h;
}

/* The id of a group that lost and won nobody counts on, and where daemons have parted it does so on
 * both sides: there it says something no more. */
static bool counts_on_apart(const struct watch *w, const struct group_view_id *id)
{
    return id->time < w->parted;
}

static void check_same_everywhere(struct group_check *g, const struct watch *w)
{
    const struct heard_notice *n = &g->heard;
    bool added;
    if (!says_something(g, n->group, &n->id) || counts_on_apart(w, &n->id))
        return;
    const struct noted *first =
        note_once(&g->notices, notice_id_key(n->group, &n->id), content_of(n), &added);
    if (!added && first->value != content_of(n))
        BREAK(g, "G2", "%s in %s: id %x.%u.%u stood for another list or other sets before",
              client_text(g, w->name), group_text(g, n->group), n->id.proc, n->id.time,
              n->id.index);
}

/* All who get a notice, those of one set if it has several, have had the same since the last one. */
static void check_same_messages(struct group_check *g, const struct watch *w, const struct seat *s,
                                bool by_set)
{
    const struct heard_notice *n = &g->heard;
    uint64_t key = notice_id_key(n->group, &n->id);
    uint64_t had = mix(mix(s->heard, s->heard_after), s->in_transition);
    bool added;
    if (!s->knows || !says_something(g, n->group, &n->id) ||
        !says_something(g, n->group, &s->last) || counts_on_apart(w, &n->id))
        return;
    if (by_set)
        key = mix(key, n->set_members[n->sets[n->own].first] + 1);
    had = mix(had, notice_id_key(n->group, &s->last));
    const struct noted *first = note_once(&g->sets, key, had, &added);
    if (!added && first->value != had)
        BREAK(g, "G6", "%s in %s has not had the messages that another of its set has had",
              client_text(g, w->name), group_text(g, n->group));
}

/* -- acceptance ---------------------------------------------------------------------------- */

static void begin_view(struct seat *s, const struct heard_notice *n)
{
    s->id = s->last = n->id;
    s->knows = true;
    s->in_transition = false;
    s->heard = s->heard_after = 0;
}

static void accept_joined(struct group_check *g, struct watch *w, const struct due *d,
                          struct seat *s)
{
    const struct heard_notice *n = &g->heard;
    struct due then = {.kind = DUE_TRANSITION, .group = d->group};
    bool lost = false;
    for (size_t i = 0; i < n->count; i++)
        lost |= procset_has(&w->lost, (unsigned)roll_daemon(g->roll, n->list[i]));
    if (!heard_lists(n, w->name))
        BREAK(g, "G4", "%s is not in the list of its own join", client_text(g, w->name));
    if (lost != is_network(n))
        BREAK(g, "G4", "%s joins %s by the wrong kind of notice", client_text(g, w->name),
              group_text(g, d->group));
    take_over_list(s, n);
    s->changed = is_network(n);
    if (!s->changed) {
        sets_check_lone(g, w, d);
        return;
    }
    sets_check_partition(g, w);
    sets_check_in_transition(g, w, w->name, true);
    w->due = widen_array(w->due, w->due_count, &w->due_size, sizeof w->due[0]);
    w->due[w->due_count++] = then;
}

static void accept_change(struct group_check *g, struct watch *w, const struct due *d,
                          struct seat *s)
{
    bool joined = d->cause == FRAME_BY_JOIN;
    if (joined)
        seat_add(g, s, d->who);
    else
        seat_remove(s, d->who);
    check_list(g, w, d, s);
    if (d->kind == DUE_CHANGE) {
        sets_check_lone(g, w, d);
        return;
    }
    sets_check_partition(g, w);
    sets_check_in_transition(g, w, d->who, joined);
}

static void accept_merged(struct group_check *g, struct watch *w, const struct due *d,
                          struct seat *s)
{
    const struct heard_notice *n = &g->heard;
    struct seat before = *s;
    const struct set *own = &n->sets[n->own];
    sets_check_partition(g, w);
    sets_check_came_together(g, w);
    if (s->knows && says_something(g, n->group, &n->id))
        sets_check_order(g, w, &s->id);
    if (own->count != before.count ||
        memcmp(n->set_members + own->first, before.list, own->count * sizeof before.list[0]) != 0)
        BREAK(g, "G4", "%s in %s: its own set is not who was here before", client_text(g, w->name),
              group_text(g, d->group));
    if (!s->changed && n->set_count < 2)
        BREAK(g, "G4", "%s in %s: NETWORK without a change", client_text(g, w->name),
              group_text(g, d->group));
    take_over_list(s, n);
}

static void accept_transition(struct watch *w, struct seat *s)
{
    s->changed = s->in_transition = true;
    s->id = w->transition;
    s->id.index = 1;
}

void notice_accept(struct group_check *g, struct watch *w, const struct due *due)
{
    const struct due d = *due; /* more may become due meanwhile */
    const struct heard_notice *n = &g->heard;
    struct seat *s = seat_of(w, d.group);
    check_id(g, w, &d, s);
    switch (d.kind) {
    case DUE_DATA:
    case DUE_SELF_LEAVE:
        return;
    case DUE_TRANSITION:
        /* Behind a NETWORK of the transition itself the id goes on, else it is the lost view's. */
        if (!same_view(&s->id, &w->transition))
            accept_transition(w, s);
        s->changed = s->in_transition = true;
        return;
    case DUE_JOINED:
        note_birth(g, n);
        accept_joined(g, w, &d, s);
        break;
    case DUE_CHANGE:
    case DUE_IN_TRANSITION:
        accept_change(g, w, &d, s);
        check_same_messages(g, w, s, false);
        break;
    case DUE_NETWORK:
        check_list(g, w, &d, s);
        sets_check_partition(g, w);
        check_same_messages(g, w, s, true);
        if (n->set_count != 1)
            sets_break(g, w, "more than one set where nobody came");
        s->changed = false;
        break;
    case DUE_MERGED:
        accept_merged(g, w, &d, s);
        check_same_messages(g, w, s, true);
        s->changed = false;
        break;
    }
    check_same_everywhere(g, w);
    begin_view(s, n);
}
