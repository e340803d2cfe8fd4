/* SPDX-License-Identifier: MIT
 *
 * auth.h - the methods of authentication this process offers to daemons.
 */
#ifndef SPREAD_AUTH_H
#define SPREAD_AUTH_H

#include <stdbool.h>
#include <stddef.h>

#include "libspread/channel.h"
#include "libspread/wire/hello.h"

struct auth_methods {
    int count;
    char name[AUTH_SLOTS][AUTH_NAME]; /* zero-padded, as they stand in the choice */
    int (*run[AUTH_SLOTS])(int fd, void *data);
    void *data[AUTH_SLOTS];
};

/* Those registered now: one connect uses one snapshot. */
struct auth_methods auth_registered(void);

/* True if each of the methods is among the words of the daemon's list. */
bool auth_all_offered(const struct auth_methods *m, const char *list, size_t len);

/* Runs every method, also after one that failed. True: all succeeded. */
bool auth_run(const struct auth_methods *m, struct channel c);

#endif
