/* SPDX-License-Identifier: MIT
 *
 * journal.h - what one life of a daemon has ordered for its clients, as the trace tells it: their
 * messages, joins, leaves and departures, and the views between them. From it follows what each
 * client of that daemon must hear, which is what group_check.c compares.
 *
 * It also says what a change of view means for groups, from ring.md 8.1 and nothing else: who is
 * lost, whether sides have to tell each other, and when they have.
 */
#ifndef TESTS_SIM_JOURNAL_H
#define TESTS_SIM_JOURNAL_H

#include "daemon/base/trace.h"
#include "libspread/wire/notice.h"
#include "tests/sim/roll.h"

enum entry_kind {
    ENTRY_DATA,
    ENTRY_JOIN,
    ENTRY_LEAVE,
    ENTRY_DEPARTURE,
    ENTRY_CONTROL,      /* sides tell each other */
    ENTRY_TRANSITIONAL,
    ENTRY_REGULAR,
    ENTRY_MERGED,       /* sides have told each other */
};

/* TRANSITIONAL, REGULAR, MERGED: what the change means. */
struct turn {
    struct group_view_id id; /* of the view; index 0 */
    struct procset members;  /* of the view */
    struct procset lost;     /* daemons whose clients go: noted by TRANSITIONAL, gone with REGULAR */
    struct procset synced;   /* REGULAR: daemons that know the same as we do */
    uint32_t parted;         /* time of the latest view, up to this one, that lost or won daemons */
    bool deferred; /* TRANSITIONAL: comes into force when sides have told each other, if they do */
    bool silent;   /* REGULAR: lost go without a TRANSITION, for it was deferred */
    bool settles;  /* REGULAR: nobody new, so groups have their new views at once */
    bool then;     /* MERGED: the TRANSITIONAL that was deferred comes into force, as above */
};

enum { PLACES_INSIDE = 4 };

struct entry {
    enum entry_kind kind;
    uint64_t tag, seq; /* of the ring, and its place there */
    unsigned part;
    unsigned who;      /* client that asked for it, by its number on the roll */
    unsigned group;    /* JOIN, LEAVE; DEPARTURE in part: the last one it is of */
    bool in_part;      /* DEPARTURE: more follow */
    uint32_t client, count; /* DATA: which message of which client */
    bool discard;      /* DATA: not for its sender */
    bool unreliable;   /* DATA: its service */
    uint64_t content;  /* DATA: hash of what stands behind the header */
    unsigned place_count; /* DATA: to whom: group g as 2 g, client c as 2 c + 1 */
    unsigned places_inside[PLACES_INSIDE];
    unsigned *places;  /* if there are more */
    struct turn *turn;
};

enum journal_state { JOURNAL_STEADY, JOURNAL_TRANSITIONAL, JOURNAL_GATHERING, JOURNAL_INTERRUPTED };

struct journal {
    struct roll *roll;
    int self; /* index of the daemon */
    struct entry *entries;
    size_t first; /* number of entries[0]: older ones are forgotten */
    size_t count, size;
    size_t understood; /* number of the first entry that is not */

    enum journal_state state;
    uint64_t tag;     /* of the regular view */
    struct procset view, synced;
    struct turn next; /* the last TRANSITIONAL */
    uint32_t parted;  /* as in a turn */
};

void journal_init(struct journal *j, struct roll *roll, int self);
void journal_fini(struct journal *j);

/* Takes in a record: CONF, DELIVER or MERGED; conf gives view ids. */
void journal_on_trace(struct journal *j, const struct conf *conf, const struct trace_record *t);
/* Works out what the entries so far mean: once the daemon has come to rest, or before a client of it
 * is looked at. It stops before a client's message that stands where only sides may speak: what they
 * come to may not be in its place yet, while groups work; at rest that is G7. */
void journal_understand(struct journal *j);

static inline size_t journal_end(const struct journal *j)
{
    return j->first + j->count;
}

static inline const struct entry *journal_entry(const struct journal *j, size_t number)
{
    return &j->entries[number - j->first];
}

static inline const unsigned *entry_places(const struct entry *e)
{
    return e->places ? e->places : e->places_inside;
}

/* Entries before that number are not needed any more. */
void journal_forget(struct journal *j, size_t number);

#endif
