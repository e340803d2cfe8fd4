/* SPDX-License-Identifier: MIT */
#include "tests/sim/flush_check.h"

#include <stdlib.h>

#include "daemon/base/memory.h"
#include "tests/sim/mix.h"
#include "tests/sim/noted.h"
#include "tests/sim/order_check.h"

struct flush_check {
    struct world *world;
    struct noted *views; /* by group and id: hash of the members */
    struct noted *steps; /* by two views and who came along: hash of what was heard in the first */
    uint64_t view_count, message_count;
    struct noted *rings; /* by the id that clients see of one: which it is, 0: two have had it */
    struct procset daemons[PROCS_MAX]; /* in the regular view of each daemon, */
    uint32_t parted[PROCS_MAX];        /* and the time of its latest view that lost or won some */
};

#define BREAK(k, ...) verdict_break(&(k)->world->verdict, __VA_ARGS__)

/* The value of the key: this one, if it is new. */
static uint64_t note(struct noted **table, uint64_t key, uint64_t value)
{
    bool added;
    return note_once(table, key, value, &added)->value;
}

static void on_trace(void *context, const struct process *p, const struct trace_record *t)
{
    struct flush_check *k = context;
    if (t->kind != TRACE_CONF)
        return;
    uint32_t time = (uint32_t)(t->transitional ? t->epoch - 1 : t->epoch);
    note_ring(&k->rings, k->world->conf->daemons[procset_first(&t->members)].id, time, t->tag);
    if (!procset_equal(&k->daemons[p->index], &t->members))
        k->parted[p->index] = time;
    if (!t->transitional)
        k->daemons[p->index] = t->members;
}

struct flush_check *flush_check_new(struct world *w)
{
    struct flush_check *k = memory_new(sizeof *k);
    k->world = w;
    world_observe(w, &(struct observer){.on_trace = on_trace, .context = k});
    return k;
}

void flush_check_free(struct flush_check *k)
{
    notes_free(k->views);
    notes_free(k->steps);
    notes_free(k->rings);
    free(k);
}

static uint64_t hash_names(const struct name *names, uint32_t count)
{
    return hash_bytes((const uint8_t *)names, (size_t)count * sizeof names[0]);
}

static bool is_alone(const struct flush_item *view)
{
    const char *here = strrchr(view->groups[0].text, '#');
    for (uint32_t i = 1; i < view->num_groups; i++)
        if (strcmp(strrchr(view->groups[i].text, '#'), here) != 0)
            return false;
    return true;
}

/* Ids count from the wall clock on: a daemon that was alone before it crashed, and is again, may come
 * to one that it had, which nobody else knows. */
static uint64_t key_of(const struct flush_seat *s, const struct flush_item *view)
{
    struct group_view_id id = view_id_at(view->body, false);
    uint64_t h = hash_bytes((const uint8_t *)s->group.text, NAME_FIELD);
    h = mix(mix(h, (uint64_t)id.proc << 32 | id.time), id.index);
    return is_alone(view) ? mix(h, s->life) : h;
}

/* Whether all who have a view of that id have the same. The id of a group that lost and won nobody counts
 * on, and where daemons have parted it does so on both sides; and see note_ring(). So it is with the
 * notices of daemons: group_notice.c. */
static bool says_something(const struct flush_check *k, const struct flush_seat *s,
                           const struct group_view_id *id)
{
    uint64_t key = (uint64_t)id->proc << 32 | id->time;
    const struct noted *ring;
    HASH_FIND(hh, k->rings, &key, sizeof key, ring);
    return id->time >= k->parted[s->proc] && !(ring && ring->value == 0);
}

/* -- seats --------------------------------------------------------------------------------- */

void flush_stamp_put(uint8_t bytes[FLUSH_STAMP], const struct flush_stamp *s)
{
    put_word(bytes, s->client);
    put_word(bytes + 4, s->count);
    notice_put_id(bytes + 8, &s->view);
}

static struct flush_stamp stamp_of(const uint8_t bytes[FLUSH_STAMP])
{
    return (struct flush_stamp){.client = word_at(bytes),
                                .count = word_at(bytes + 4),
                                .view = view_id_at(bytes + 8, false)};
}

void flush_seat_fini(struct flush_seat *s)
{
    free(s->members);
    *s = (struct flush_seat){.group = s->group, .proc = s->proc, .life = s->life};
}

void flush_check_notice(struct flush_seat *s, uint32_t type, const uint8_t *members, uint32_t count)
{
    if (!(type & FRAME_REGULAR))
        return;
    s->told = hash_bytes(members, (size_t)count * NAME_FIELD);
    s->is_told = true;
}

static bool is_member(const struct flush_seat *s, const struct name *who)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (name_equal(&s->members[i], who))
            return true;
    return false;
}

/* -- views --------------------------------------------------------------------------------- */

/* Who comes from the last view with us: of a network change as it says, else all of it. */
static uint64_t company(const struct flush_item *d)
{
    if (!(d->type & FRAME_BY_NETWORK))
        return 0;
    return hash_names((const struct name *)(d->body + FLUSH_VIEW_NAMES_AT),
                      word_at(d->body + FLUSH_VIEW_COUNT_AT));
}

static void leave_view(struct flush_check *k, const struct flush_seat *s, const struct name *me,
                       const struct flush_item *d, const struct group_view_id *next)
{
    uint64_t key = mix(mix(s->key, key_of(s, d)), company(d));
    if (says_something(k, s, next) && note(&k->steps, key, s->heard) != s->heard)
        BREAK(k, "F3", "%s has not received in view %u of %s what others have that went on to %u",
              me->text, s->view.index, s->group.text, next->index);
    if (s->sent != s->returned)
        BREAK(k, "F4", "%s has sent %u messages in view %u of %s, and %u came back", me->text,
              s->sent, s->view.index, s->group.text, s->returned);
}

static void on_view(struct flush_check *k, struct flush_seat *s, const struct name *me,
                    const struct flush_item *d)
{
    struct group_view_id id = view_id_at(d->body, false);
    uint64_t members = hash_names(d->groups, d->num_groups);
    k->view_count++;
    if (s->in_view)
        leave_view(k, s, me, d, &id);
    uint64_t key = key_of(s, d);
    if (says_something(k, s, &id) && note(&k->views, key, members) != members)
        BREAK(k, "F1", "view %u of %s has other members at %s than elsewhere", id.index,
              s->group.text, me->text);
    if (d->mess_type < 0 || (uint32_t)d->mess_type >= d->num_groups ||
        !name_equal(&d->groups[d->mess_type], me))
        BREAK(k, "F1", "%s is not where view %u of %s says", me->text, id.index, s->group.text);
    uint64_t told = s->told;
    bool is_told = s->is_told;
    flush_seat_fini(s);
    s->members = memory_new(((size_t)d->num_groups + 1) * sizeof s->members[0]);
    memcpy(s->members, d->groups, (size_t)d->num_groups * sizeof s->members[0]);
    s->count = d->num_groups;
    s->in_view = true;
    s->view = id;
    s->key = key;
    s->told = told;
    s->is_told = is_told;
}

/* -- data ---------------------------------------------------------------------------------- */

static void on_data(struct flush_check *k, struct flush_seat *s, const struct name *me,
                    uint32_t client, const struct flush_item *d)
{
    if (d->len < FLUSH_STAMP) {
        BREAK(k, "F2", "%s gets a message that nobody has sent", me->text);
        return;
    }
    struct flush_stamp stamp = stamp_of(d->body);
    k->message_count++;
    if (!s->in_view || !view_id_equal(&stamp.view, &s->view))
        BREAK(k, "F2", "%s gets message %u of client %u in view %u of %s, and it was sent in %u",
              me->text, stamp.count, stamp.client, s->in_view ? s->view.index : 0, s->group.text,
              stamp.view.index);
    else if (!is_member(s, &d->sender))
        BREAK(k, "F2", "%s gets a message of %s, who is not in view %u of %s", me->text,
              d->sender.text, s->view.index, s->group.text);
    s->heard = mix(s->heard, (uint64_t)stamp.client << 32 | stamp.count);
    s->returned += stamp.client == client;
}

void flush_check_delivery(struct flush_check *k, struct flush_seat *s, const struct name *me,
                          uint32_t client, const struct flush_item *d)
{
    if (d->type & FRAME_REGULAR)
        on_view(k, s, me, d);
    else if (d->type & FRAME_SERVICES)
        on_data(k, s, me, client, d);
    else if (d->type & FRAME_BY_LEAVE)
        flush_seat_fini(s);
}

/* -- the rest ------------------------------------------------------------------------------ */

void flush_check_answer(struct flush_check *k, const struct flush_seat *s, const struct name *me,
                        enum flush_answer a)
{
    enum flush_answer wanted = s->flushed ? FLUSH_NOT_NOW : FLUSH_FINE;
    if (s->in_view && a != wanted && a != FLUSH_NO_MEMBER)
        BREAK(k, "F5", "%s %s send to %s in view %u", me->text,
              a == FLUSH_FINE ? "has flushed and may" : "has not flushed and may not",
              s->group.text, s->view.index);
}

void flush_check_rest(struct flush_check *k, const struct flush_seat *s, const struct name *me,
                      const struct flush_group *g)
{
    static const char *const phases[] = {"STEADY", "AUTHORIZE", "AGREE", "VERIFY"};
    if (g->phase != FLUSH_STEADY || !s->in_view) {
        uint32_t waits = g->target ? g->target->id.index : 0;
        BREAK(k, "F6", "%s is in %s of %s for ever, in view %u, with %u to come; %u of %u agree",
              me->text, phases[g->phase], s->group.text, s->in_view ? s->view.index : 0, waits,
              g->target ? g->target->crew->agreed : 0, g->target ? g->target->crew->count : 0);
    } else if (s->is_told && hash_names(s->members, s->count) != s->told) {
        BREAK(k, "F6", "%s is in view %u of %s, whose members are not those of the daemons",
              me->text, s->view.index, s->group.text);
    }
}

uint64_t flush_check_views(const struct flush_check *k)
{
    return k->view_count;
}

uint64_t flush_check_messages(const struct flush_check *k)
{
    return k->message_count;
}
