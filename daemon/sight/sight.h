/* SPDX-License-Identifier: MIT
 *
 * sight.h - what a daemon shows of itself, as JSON: plain values that one file gathers (daemon_sight.c),
 * and a writer for each part of them. docs/status.schema.json says what stands in each part.
 *
 *     /status/sessions?limit=2   {"name":"d1","time":1764313000.220000,"sessions":{"total":7,...}}
 *
 * A part is bounded: of sessions, groups and members at most SIGHT_LIMIT are shown at a time. A cursor
 * leads to the next ones: ask with the one that the answer has, from 0 until it is 0 again.
 */
#ifndef SPREAD_SIGHT_SIGHT_H
#define SPREAD_SIGHT_SIGHT_H

#include "daemon/net/ways.h"
#include "daemon/rights/identity.h"
#include "daemon/sight/history.h"
#include "daemon/sight/json.h"
#include "daemon/sight/samples.h"

enum sight_part {
    SIGHT_DAEMON,   /* this one: version, state, how long it is up, its process */
    SIGHT_DAEMONS,  /* all of the configuration: who is in the view, who hears whom, what differs */
    SIGHT_SEGMENTS,
    SIGHT_SESSIONS, /* the slowest, or a page of all */
    SIGHT_GROUPS,   /* a page, each with its first members */
    SIGHT_MEMBERS,  /* of one group */
    SIGHT_VIEWS,    /* the last ones, each with why it came */
    SIGHT_CONFIGURATION,
    SIGHT_SAMPLES,  /* the last ten minutes, a second each */
    SIGHT_PARTS,
};

enum {
    SIGHT_LIMIT = 1000,    /* things a page */
    SIGHT_USUAL = 100,     /* if nobody says how many */
    SIGHT_SLOWEST = 200,   /* sessions that are sorted, at most */
    SIGHT_FIRST = 10,      /* members and groups that are named beside something else */
};

/* "sessions"; NULL: there is no such part. */
const char *sight_part_name(enum sight_part part);
/* SIGHT_PARTS: it is no part's. */
enum sight_part sight_part_of(const char *name);

/* What is asked for. */
struct sight_question {
    enum sight_part part;
    bool pages;        /* sessions: by cursor, not the slowest */
    uint64_t cursor;   /* of sessions, groups, members */
    uint32_t limit;    /* 0: SIGHT_USUAL */
    struct name group; /* of members */
    /* Who asks: of groups it is shown what the policy file lets it see; NULL: it holds a key, or may see
     * all for another reason. */
    const struct identity *asker;
    usec since;        /* samples after that time of this daemon's, as "to" of an answer has it */
};

/* What only the I/O knows of its process; 0: not known. */
struct sight_process {
    uint64_t resident, virtual_size; /* bytes */
    uint64_t descriptors, descriptors_most;
    usec cpu;
    uint64_t started_s; /* since 1970 */
};

/* When the answer is made. */
struct sight_moment {
    usec now;
    uint64_t wall_us; /* since 1970; 0: not known */
};

/* -- parts ----------------------------------------------------------------------------------- */

struct sight_self {
    const char *version, *state, *groups_state;
    uint32_t id, hash;
    usec up;
    bool in_view;
    uint32_t leader_id, view_time;
    uint64_t incarnation;
    uint64_t sessions, open_sessions, groups, clients, members;
    uint32_t backlog; /* messages without a number yet */
    bool reads;       /* there is room for what clients say */
    int window, personal_window, accelerated_window;
    bool sealed;
    uint64_t packets_sent, packets_received, packets_sent_again;
    struct sight_process process;
};

struct sight_daemon {
    const struct conf_daemon *conf;
    const struct conf *all;
    bool self, in_view, leader;
    usec heard;                      /* ago; NEVER: it was not */
    usec ways[WAYS];                 /* likewise, by each way */
    size_t largest;                  /* packet */
    const char *state;               /* that it said last, unless it is in our view; NULL: none */
    bool hears_known;                /* whom it hears is: it said so, or is in our view */
    struct procset hears;
    struct procset bad;              /* of these one does not hear the other, with it */
    uint32_t hash;                   /* of its configuration, where it was refused for it; 0: ours */
    const char *trouble;             /* what was wrong with its packets last; "": nothing */
    usec trouble_ago;
};

struct sight_segment {
    const struct conf *conf;
    const struct conf_segment *segment;
    const struct procset *view;
};

struct sight_session {
    const char *name, *from, *identity, *state;
    bool tls, notices;
    uint32_t waiting;
    uint64_t waiting_bytes;
    usec oldest;      /* how old the oldest of these is at most; NEVER: none waits */
    usec slow;        /* for how long it has been slow; NEVER: it is not */
    bool holds_others, held; /* who sends to it waits; it waits to send */
    usec held_for;
    uint64_t received, delivered, dropped;
    uint64_t memory;
    uint32_t group_count, group_shown;
    const struct name *groups; /* the first of them */
};

struct sight_group {
    const struct name *name;
    uint32_t count, local;
    uint32_t shown;
    const struct name *members; /* the first of those asked for */
    uint32_t view[3];           /* its id: leader, time, index */
};

/* Around parts: {"name":..., "time":...,  and }. */
void sight_begin(struct json *j, const char *name, const struct sight_moment *m);
void sight_end(struct json *j);

void sight_write_self(struct json *j, const struct sight_self *s);
void sight_write_daemon(struct json *j, const struct sight_daemon *d);
void sight_write_segment(struct json *j, const struct sight_segment *s);
void sight_write_session(struct json *j, const struct sight_session *s);
void sight_write_group(struct json *j, const struct sight_group *g);
void sight_write_views(struct json *j, const struct history *h, const struct sight_moment *m);
void sight_write_configuration(struct json *j, const struct conf *conf);
void sight_write_samples(struct json *j, const struct samples *s, usec since);

/* The cursor of a page, as text, for it may be larger than what JavaScript has numbers for. */
void sight_write_cursor(struct json *j, uint64_t cursor);

#endif
