/* SPDX-License-Identifier: MIT
 *
 * member.h - clients and the groups they are in: the tables behind groups.h.
 *
 * A group exists while it has members. Its member list is kept sorted, as
 * contiguous name fields, so that a notice copies it as it stands.
 */
#ifndef SPREAD_GROUPS_MEMBER_H
#define SPREAD_GROUPS_MEMBER_H

#include "daemon/base/memory.h"

#include <uthash.h>

#include "daemon/base/list.h"
#include "daemon/base/procset.h"
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
    struct group **groups; /* those it is in, by name */
    uint32_t group_count, group_size;
    uint32_t ordinal;      /* scratch of the state exchange */
    struct link of_daemon; /* among those of its daemon */
    UT_hash_handle hh;
};

struct group {
    struct name name;
    struct group_view_id id;
    bool changed; /* it has lost or gained daemons: a NETWORK notice is due */
    uint32_t member_count, member_size;
    struct name *names;      /* sorted: daemon index, then name */
    struct client **members; /* the client of each name */
    struct client **locals;  /* those of this daemon, in no order */
    uint32_t local_count, local_size;
    void *merging; /* scratch of the state exchange: what others say of it */
    UT_hash_handle hh;
};

struct members {
    struct client *clients;
    struct group *groups;
    struct link of_daemon[PROCS_MAX];
};

void members_init(struct members *m);
void members_fini(struct members *m);

struct client *members_client(struct members *m, const struct name *who);
struct client *members_add_client(struct members *m, const struct name *who, uint16_t daemon);
/* Forgets a client that is in no group. */
void members_drop_client(struct members *m, struct client *c);

struct group *members_group(struct members *m, const struct name *name);
struct group *members_add_group(struct members *m, const struct name *name);
/* Forgets a group that has no member. */
void members_drop_group(struct members *m, struct group *g);

/* The order of member lists: by daemon as configured, then by the bytes of the name. */
int client_compare(const struct client *a, const struct client *b);

/* Puts c into g; false if it is there already. */
bool group_add(struct group *g, struct client *c);
/* Takes c out of g; false if it was not there. */
bool group_remove(struct group *g, struct client *c);

/* True if c is a member of g: by the client's list, which is the shorter one as a rule. */
bool client_is_in(const struct client *c, const struct group *g);

/* Byte order of names. */
void groups_sort(struct group **list, size_t count);
/* Groups in byte order of their names, in an array of its own to be freed; only those that wanted
 * says yes to. */
struct group **members_sorted(const struct members *m, bool (*wanted)(const struct group *g),
                              size_t *count);

#endif
