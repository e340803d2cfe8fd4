/* SPDX-License-Identifier: MIT */
#include "tests/sim/journal.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "libspread/wire/frame.h"
#include "tests/sim/order_check.h"

void journal_init(struct journal *j, struct roll *roll, int self)
{
    *j = (struct journal){.roll = roll, .self = self};
    j->view = j->synced = procset_of((unsigned)self);
}

static void drop(struct entry *e)
{
    free(e->places);
    free(e->turn);
}

void journal_fini(struct journal *j)
{
    for (size_t i = 0; i < j->count; i++)
        drop(&j->entries[i]);
    free(j->entries);
    j->entries = NULL;
    j->count = 0;
}

void journal_forget(struct journal *j, size_t number)
{
    size_t n = number - j->first;
    for (size_t i = 0; i < n; i++)
        drop(&j->entries[i]);
    memmove(j->entries, j->entries + n, (j->count - n) * sizeof j->entries[0]);
    j->first = number;
    j->count -= n;
}

/* Makes room for an entry before index at. */
static struct entry *insert(struct journal *j, size_t at)
{
    if (j->count == j->size) {
        j->size = j->size ? 2 * j->size : 64;
        j->entries = memory_grow(j->entries, j->size * sizeof j->entries[0]);
    }
    memmove(j->entries + at + 1, j->entries + at, (j->count - at) * sizeof j->entries[0]);
    j->count++;
    j->entries[at] = (struct entry){0};
    return &j->entries[at];
}

/* -- messages ------------------------------------------------------------------------------ */

static void note_places(struct journal *j, struct entry *e, const uint8_t *frame)
{
    uint32_t count = word_at(frame + FRAME_GROUPS_AT);
    unsigned *places = e->places_inside;
    if (count > PLACES_INSIDE)
        places = e->places = memory_new(count * sizeof *places);
    for (uint32_t i = 0; i < count; i++) {
        struct name n = name_from_field(frame + FRAME_HEADER + (size_t)i * NAME_FIELD);
        places[i] = name_is_private(&n) ? 2 * roll_client(j->roll, &n) + 1
                                        : 2 * roll_group(j->roll, &n);
    }
    e->place_count = count;
}

static void note_group(struct journal *j, struct entry *e, const uint8_t *frame)
{
    struct name group = name_from_field(frame + FRAME_HEADER);
    e->group = roll_group(j->roll, &group);
}

static void note_message(struct journal *j, struct entry *e, const struct trace_record *t)
{
    const uint8_t *frame = t->bytes;
    uint32_t type = word_at(frame);
    struct name sender = name_from_field(frame + FRAME_SENDER_AT);
    e->who = roll_client(j->roll, &sender);
    if (type & FRAME_SERVICES) {
        e->kind = ENTRY_DATA;
        e->discard = type & FRAME_SELF_DISCARD;
        e->unreliable = type & FRAME_UNRELIABLE;
        message_id(t, &e->client, &e->count);
        note_places(j, e, frame);
        e->content = hash_bytes(frame + FRAME_HEADER, t->len - FRAME_HEADER);
    } else if (type & FRAME_KILL) {
        e->kind = ENTRY_DEPARTURE;
        e->in_part = word_at(frame + FRAME_GROUPS_AT) > 0;
        if (e->in_part)
            note_group(j, e, frame);
    } else {
        e->kind = type & FRAME_JOIN ? ENTRY_JOIN : ENTRY_LEAVE;
        note_group(j, e, frame);
    }
}

static void on_deliver(struct journal *j, const struct trace_record *t)
{
    struct entry *e = insert(j, j->count);
    if (t->control)
        e->kind = ENTRY_CONTROL;
    else
        note_message(j, e, t);
    e->tag = t->tag;
    e->seq = t->seq;
    e->part = t->part;
}

/* -- views --------------------------------------------------------------------------------- */

static void on_conf(struct journal *j, const struct conf *conf, const struct trace_record *t)
{
    struct entry *e = insert(j, j->count);
    e->kind = t->transitional ? ENTRY_TRANSITIONAL : ENTRY_REGULAR;
    e->tag = t->tag;
    e->turn = memory_new(sizeof *e->turn);
    e->turn->members = t->members;
    e->turn->id.proc = conf->daemons[procset_first(&t->members)].id;
    e->turn->id.time = (uint32_t)(t->transitional ? t->epoch - 1 : t->epoch);
}

/* The record comes when groups have worked, the others when the ring has: so its place is looked
 * for, right behind the message that completed the sides. */
static void on_merged(struct journal *j, const struct trace_record *t)
{
    size_t at = j->count;
    while (at > 0) {
        const struct entry *before = &j->entries[at - 1];
        if (before->kind == ENTRY_CONTROL && before->tag == t->tag && before->seq == t->seq &&
            before->part == t->part)
            break;
        at--;
    }
    struct entry *e = insert(j, at);
    /* Other messages of the control lane may stand behind it, which have been gone over already. */
    if (j->understood > j->first + at)
        j->understood = j->first + at;
    e->kind = ENTRY_MERGED;
    e->tag = t->tag;
    e->seq = t->seq;
    e->part = t->part;
    e->turn = memory_new(sizeof *e->turn);
}

void journal_on_trace(struct journal *j, const struct conf *conf, const struct trace_record *t)
{
    switch (t->kind) {
    case TRACE_CONF:
        on_conf(j, conf, t);
        break;
    case TRACE_DELIVER:
        on_deliver(j, t);
        break;
    case TRACE_MERGED:
        on_merged(j, t);
        break;
    case TRACE_SEND:
    case TRACE_STABLE:
        break;
    }
}

/* -- what it means ------------------------------------------------------------------------- */

static void understand_transitional(struct journal *j, struct turn *turn)
{
    turn->deferred = j->state == JOURNAL_GATHERING;
    turn->lost = procset_minus(&j->view, &turn->members);
    if (!procset_empty(&turn->lost))
        j->parted = turn->id.time;
    turn->parted = j->parted;
    j->state = turn->deferred ? JOURNAL_INTERRUPTED : JOURNAL_TRANSITIONAL;
    j->next = *turn;
}

static void understand_regular(struct journal *j, struct turn *turn, uint64_t tag)
{
    turn->silent = j->state == JOURNAL_INTERRUPTED;
    turn->lost = turn->silent ? procset_minus(&j->synced, &j->next.members) : j->next.lost;
    j->synced = procset_both(&j->synced, &j->next.members);
    j->view = turn->members;
    j->tag = tag;
    turn->synced = j->synced;
    turn->settles = procset_equal(&j->synced, &j->view);
    if (!turn->settles || (turn->silent && !procset_empty(&turn->lost)))
        j->parted = turn->id.time;
    turn->parted = j->parted;
    j->state = turn->settles ? JOURNAL_STEADY : JOURNAL_GATHERING;
}

static void understand_merged(struct journal *j, struct turn *turn)
{
    bool then = j->state == JOURNAL_INTERRUPTED;
    j->synced = j->view;
    if (then)
        *turn = j->next;
    turn->then = then;
    turn->deferred = false;
    if (!then)
        turn->members = j->view;
    j->state = then ? JOURNAL_TRANSITIONAL : JOURNAL_STEADY;
}

void journal_understand(struct journal *j)
{
    for (; j->understood < journal_end(j); j->understood++) {
        struct entry *e = &j->entries[j->understood - j->first];
        switch (e->kind) {
        case ENTRY_TRANSITIONAL:
            understand_transitional(j, e->turn);
            break;
        case ENTRY_REGULAR:
            understand_regular(j, e->turn, e->tag);
            break;
        case ENTRY_MERGED:
            understand_merged(j, e->turn);
            break;
        case ENTRY_CONTROL:
            break;
        default: /* what completes the sides stands before it as soon as groups have worked */
            if ((j->state == JOURNAL_GATHERING || j->state == JOURNAL_INTERRUPTED) &&
                e->tag == j->tag)
                return;
            break;
        }
    }
}
