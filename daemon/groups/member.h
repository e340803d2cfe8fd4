/* SPDX-License-Identifier: MIT
 *
 * member.h - clients and the groups they are in: the tables behind groups.h.
 *
 * A group exists while it has members. Its member list is kept sorted, as
 * contiguous name fields, so that a notice copies it as it stands: by daemon as
 * configured, then by the bytes of the name.
 */
#ifndef SPREAD_GROUPS_MEMBER_H
#define SPREAD_GROUPS_MEMBER_H

#include "daemon/base/list.h"
#include "daemon/base/procset.h"
#include "daemon/groups/agreed.h"
#include "daemon/groups/name_table.h"
#include "libspread/wire/names.h"
#include "libspread/wire/notice.h"

struct group;

struct client {
    struct name name; /* "#connection#daemon" */
    uint16_t daemon;  /* index of its daemon */
    bool local;       /* of this daemon */
    bool notices;     /* local: wants membership notices */
    void *session;    /* local and reachable, else NULL */
    uint64_t stamp;   /* number of the last message routed to it: once each */
    struct group **groups; /* those it is in, by name ... */
    uint32_t group_count, group_size;
    uint32_t group_gap;    /* ... and before them room for so many more */
    uint32_t ordinal;      /* scratch of the state exchange */
    struct link of_daemon; /* among those of its daemon */
};

struct group {
    struct name name;
    struct group_view_id id;
    struct link changed; /* among those that have lost daemons, so that a NETWORK notice is due */
    uint32_t member_count, member_size;
    struct name *names;      /* sorted: daemon index, then name */
    struct client **members; /* the client of each name */
    struct client **locals;  /* those of this daemon, who want notices first, else in no order */
    uint32_t local_count, local_size;
    uint64_t pressed_stamp; /* pressing.h: the last answer, and what it was an answer to */
    uint8_t pressed;
    uint32_t listeners;      /* local ones who want notices: of 50,000 members, it may be, none */
    struct agreed agreed;
    void *merging; /* scratch of the state exchange: what others say of it */
    struct link all; /* among all groups */
};

struct members {
    struct name_table clients, groups;
    struct link all;     /* groups, in the order they were founded: for who goes through them */
    struct group *last;  /* that was asked for: messages to one group come in runs; NULL: it is gone */
    uint64_t total;      /* members of all groups together */
    struct link changed; /* groups, in no order */
    struct link of_daemon[PROCS_MAX];
};

void members_init(struct members *m);
void members_fini(struct members *m);

struct client *members_client(const struct members *m, const struct name *who);
struct client *members_add_client(struct members *m, const struct name *who, uint16_t daemon);
/* Forgets a client that is in no group. */
void members_drop_client(struct members *m, struct client *c);

struct group *members_group(struct members *m, const struct name *name);
struct group *members_add_group(struct members *m, const struct name *name);
/* A group that will be asked for or founded soon: name_table.h. */
void members_foresee(const struct members *m, const struct name *name);
/* Forgets a group that has no member. */
void members_drop_group(struct members *m, struct group *g);

static inline bool group_has_changed(const struct group *g)
{
    return !list_empty(&g->changed);
}
/* From now on it has changed. */
void group_mark(struct members *m, struct group *g);
/* Takes one of the changed groups: it has not any more. NULL: there is none. */
struct group *members_take_changed(struct members *m);

/* What it takes to change a group, in units of work (groups.h). */
uint32_t group_units(const struct group *g);

/* Puts c into g; false if it is there already. */
bool group_add(struct members *m, struct group *g, struct client *c);
/* Takes c out of g; false if it was not there. */
bool group_remove(struct members *m, struct group *g, struct client *c);
/* The same for g alone: c still has g among its groups, until client_forget_first. */
bool group_remove_member(struct members *m, struct group *g, struct client *c);
/* Takes the first count groups off the list of c. */
void client_forget_first(struct client *c, uint32_t count);
/* How many of the groups of c stand up to that name. */
uint32_t client_groups_up_to(const struct client *c, const struct name *name);

/* Puts in those of list that are not in yet, and sorts list on the way: one pass over the members. */
void group_add_all(struct members *m, struct group *g, struct client **list, uint32_t count);
/* The daemons of the members have other indices. */
void group_sort_members(struct group *g);
/* Takes out the clients of those daemons, none of them ours, likewise. They still have g among their
 * groups. */
void group_drop_daemons(struct members *m, struct group *g, const struct procset *daemons);

/* True if c is a member of g: by the client's list, which is the shorter one as a rule. */
bool client_is_in(const struct client *c, const struct group *g);

#endif
