/* SPDX-License-Identifier: MIT
 *
 * client.h - the everyday calls of a client, for tests: each fails the test if it does not succeed.
 */
#ifndef SPREAD_TEST_CLIENT_H
#define SPREAD_TEST_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "include/sp.h"
#include "include/sp_more.h"

enum { CLIENT_GROUPS = 128, CLIENT_BODY = 150000 };

/* One message, as SP_receive told of it. */
struct received {
    int result;
    service type;
    char sender[MAX_GROUP_NAME];
    int num_groups;
    char groups[CLIENT_GROUPS][MAX_GROUP_NAME];
    int16 mess_type;
    int endian_mismatch;
    char body[CLIENT_BODY];
};

/* Connects with membership notices; group, if not NULL, gets the private group. */
mailbox client_connect(const char *daemon, const char *name, char *group);

/* Joins and takes the notice that says so. */
void client_join(mailbox m, const char *group);

/* Waits for a message and takes it whole. Returns its length. */
int client_receive(mailbox m, struct received *r);
/* The same with limits of one's own; returns what SP_receive does. r->type must be set. */
int client_receive_into(mailbox m, struct received *r, int max_groups, int max_len);

/* True if a call of poll finds it readable now, or within so many milliseconds. */
bool client_readable(mailbox m, int wait_ms);

/* True if a call of select finds it readable now. */
bool client_selectable(mailbox m);

/* What SP_error writes to standard output. */
void client_error_text(int error, char *text, size_t size);

/* Why it ended. A daemon that has not answered in time, on a machine that is too busy, is asked again. */
void client_last_end(mailbox m, sp_end *end);

/* So many descriptors, or as many as this process may have if that is less. */
int client_room_for(int descriptors);

#endif
