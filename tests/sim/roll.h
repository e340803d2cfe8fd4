/* SPDX-License-Identifier: MIT
 *
 * roll.h - small numbers for names: groups and private names, each from 0 up, so that who checks
 * compares numbers instead of names.
 */
#ifndef TESTS_SIM_ROLL_H
#define TESTS_SIM_ROLL_H

#include <stddef.h>

#include "daemon/config/conf.h"
#include "libspread/wire/names.h"

struct roll;

struct roll *roll_new(const struct conf *conf);
void roll_free(struct roll *r);

unsigned roll_group(struct roll *r, const struct name *group);
unsigned roll_client(struct roll *r, const struct name *private_name);
unsigned roll_group_count(const struct roll *r);

const struct name *roll_group_name(const struct roll *r, unsigned group);
const struct name *roll_client_name(const struct roll *r, unsigned client);
/* Index of a client's daemon; -1: no such daemon. */
int roll_daemon(const struct roll *r, unsigned client);
/* How two clients stand in a list of members: below 0, the first comes first. */
int roll_compare(const struct roll *r, unsigned a, unsigned b);
/* Groups in byte order of their names. */
const unsigned *roll_groups_in_order(struct roll *r);

#endif
