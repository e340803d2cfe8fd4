/* SPDX-License-Identifier: MIT
 *
 * user.h - what spuser and sptuser have in common: options, start and end, the commands.
 *
 * The commands are a dialogue that is given one line after the other, so messages
 * can be shown while it waits for the next one. How lines and messages come is
 * the front's matter: spuser has the event loop, sptuser a thread.
 */
#ifndef TOOLS_USER_H
#define TOOLS_USER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "tools/user/inbox.h"

enum { USER_GROUPS = 100 }; /* as many as a message may have */

struct user;

struct user_front {
    const char *program;
    /* The commands r, p, e and d. NULL for a program that does not have them. */
    void (*listen)(struct user *u, bool on);
    /* Invites input with u->prompt. */
    void (*ask)(struct user *u);
};

/* What the next line is. */
enum user_expects {
    USER_COMMAND,
    USER_MESSAGE,  /* one line of text */
    USER_MESSAGES, /* lines up to an empty one */
    USER_SIZE,     /* of a burst's messages */
};

enum user_verdict {
    USER_GOES_ON,
    USER_QUITS,
    USER_FAILED, /* the mailbox, and it has been told */
};

struct user {
    const struct user_front *front;
    const char *address;
    const char *name;
    mailbox mbox;
    atomic_bool leaving; /* the end of the mailbox will be our own doing */
    char private_group[MAX_GROUP_NAME];
    struct inbox inbox;
    const char *_Atomic prompt; /* shown by the receiving thread too */

    enum user_expects expects;
    service service; /* of the message that is being entered */
    char groups[USER_GROUPS][MAX_GROUP_NAME];
    int num_groups;
    char *text; /* of that message */
    size_t text_len, text_size;
    int burst_size;
    unsigned burst_total;
};

/* Reads the options; ends the program with status 2 where one is wrong. */
void user_init(struct user *u, const struct user_front *front, int argc, char **argv);
void user_fini(struct user *u);

/* Connects and greets; the first prompt is the front's to show. False: it could not, and has said
 * so. */
bool user_start(struct user *u);

/* Shows the menu, and expects the first command. */
void user_begin(struct user *u);
/* One line, its newline included where it has one, and a zero byte behind it. */
enum user_verdict user_line(struct user *u, const char *line, size_t len);
/* There are no more lines. */
enum user_verdict user_end_of_input(struct user *u);

/* Receives a message and shows it, framed. */
enum user_verdict user_receive(struct user *u);

/* The last words; returns the exit status. */
int user_bye(enum user_verdict verdict);

/* What front->ask does where nothing else is to be done. */
void user_ask_plainly(struct user *u);

#endif
