/* SPDX-License-Identifier: MIT
 *
 * load.h - what the clients of the system tests send, and how they choose it.
 *
 * A body says who it is: its number at its sender, its length, and bytes that follow from both. So
 * whoever receives it knows whether it came whole.
 */
#ifndef TESTS_SYSTEM_LOAD_H
#define TESTS_SYSTEM_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "include/sp.h"

enum { LOAD_BODY_MAX = 100000, LOAD_GROUPS_MAX = 16 };

struct load {
    uint64_t state; /* of the random numbers */
    char groups[LOAD_GROUPS_MAX][MAX_GROUP_NAME];
    int group_count; /* the first is everybody's and gets most */
    int longest;     /* body */
};

/* One message to be sent. */
struct parcel {
    service service;
    int group_count;
    char groups[4][MAX_GROUP_NAME];
    uint32_t number;
    int len;
};

/* A number from 0 to below - 1. */
uint32_t load_random(struct load *l, uint32_t below);

/* Reads "all,east,west" into l->groups. */
bool load_set_groups(struct load *l, const char *list);

/* Any service, one to three groups, mostly short but now and then several packets long. */
void load_choose(struct load *l, struct parcel *p, uint32_t number);

/* Sends it; what SP_multigroup_multicast returns. */
int load_send(mailbox m, const struct parcel *p);

/* Whether a body is whole; *number is then that of its sender. */
bool load_is_whole(const char *body, int len, uint32_t *number);

#endif
