/* SPDX-License-Identifier: MIT
 *
 * users.h - the file of users and their hashes, spread.access_pword, while it is being changed.
 *
 * Lines of other users, comments and blank lines stay as they are. Whoever changes the file has it for
 * itself meanwhile, and it is put in place whole or not at all: a daemon that reads it at any time
 * reads the old one or the new one.
 */
#ifndef SPREAD_TOOLS_PASSWD_USERS_H
#define SPREAD_TOOLS_PASSWD_USERS_H

#include <stdbool.h>
#include <stddef.h>

enum { USERS_NAME_MAX = 32 }; /* bytes of a name: what the protocol carries */

struct users;

enum users_use {
    USERS_READ,
    USERS_CHANGE, /* nobody else changes it meanwhile */
    USERS_MAKE,   /* likewise, and it is made if it is not there */
};

/* NULL, having said why on standard error. */
struct users *users_open(const char *path, enum users_use use);
void users_close(struct users *u);

/* A name that can stand in the file and in a request: not empty, not too long, no colon, no control
 * character, no blank or # where a line would lose it. */
bool users_name_is_legal(const char *name);

bool users_have(const struct users *u, const char *name);
/* In place of the hashes that it had, or behind the others. */
void users_set(struct users *u, const char *name, const char *hash);
void users_remove(struct users *u, const char *name);
/* Calls visit for each, in the order of the file. */
void users_each(const struct users *u, void (*visit)(const char *name, const char *hash));

/* Puts it in place: mode 0600, of the owner it had. False, having said why. */
bool users_write(const struct users *u);

#endif
