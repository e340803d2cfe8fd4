/* SPDX-License-Identifier: MIT
 *
 * flush_user.h - the parts of flush_user: its connection, what it shows, its commands.
 */
#ifndef TOOLS_FLUSH_USER_H
#define TOOLS_FLUSH_USER_H

#include <stdbool.h>

#include "fl.h"
#include "tools/user/inbox.h"

struct flush_user {
    const char *address, *name;
    mailbox mbox;
    char private_group[MAX_GROUP_NAME];
    struct inbox inbox;
    int more; /* messages that wait in the library */
    int burst_size;
    unsigned burst_total;
};

/* What comes of a command. */
enum verdict { GOES_ON, QUITS, FAILED };

/* Shows the menu. */
void show_menu(void);
/* The lines that tell of the message in the inbox, on standard output. */
void show_received(const struct flush_user *u);

/* Reads a line, asks for more where it needs to, and does it. */
enum verdict obey(struct flush_user *u);

#endif
