/* SPDX-License-Identifier: MIT
 *
 * ends.h - how mailboxes ended and connects failed, for SP_last_end and SP_error.
 *
 * What is known when it happens is noted: of the last ENDS_KEPT mailboxes of this process, also when
 * they are closed, and of the last connect of each thread. What only the daemon knows is asked when
 * the program asks, not before (last_end.c).
 */
#ifndef SPREAD_ENDS_H
#define SPREAD_ENDS_H

#include "include/sp_more.h"
#include "libspread/mailbox.h"

enum { ENDS_KEPT = 64 };

/* An end as it was noted. */
struct ended_mailbox {
    mailbox mbox; /* -1: none */
    enum sp_end_reason reason;
    struct endpoint endpoint;
    char private_group[MAX_GROUP_NAME];
};

/* The first end of a connection counts; c is of an open mailbox. */
void ends_note(struct connection *c, enum sp_end_reason reason);
/* The last one of that mailbox. False: none is known. */
bool ends_find(mailbox mbox, struct ended_mailbox *found);

/* A call of this thread fails with that code: what SP_error says of it. */
void ends_say(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The code of a call for a connection by TLS that another process has gone on with. */
int ends_say_elsewhere(struct connection *c);
/* If the result of a call for c is CONNECTION_CLOSED: says so. */
void ends_say_closed(const struct connection *c, int result);
/* What was said of that code last in this thread; NULL: nothing. */
const char *ends_said(int code);

/* How the last connect of this thread ended. */
void ends_note_connect(enum sp_end_reason reason, int code);
void ends_of_connect(sp_end *end);

#endif
