/* SPDX-License-Identifier: MIT
 *
 * inbox.h - one received message, however many groups and bytes it has.
 */
#ifndef TOOLS_INBOX_H
#define TOOLS_INBOX_H

#include "sp.h"

struct inbox {
    service type;
    char sender[MAX_GROUP_NAME];
    int num_groups;
    char (*groups)[MAX_GROUP_NAME]; /* grows as needed, as does body */
    int groups_size;
    int16 mess_type;
    int endian_mismatch;
    char *body;
    int body_size;
    int len; /* of the body */
};

void inbox_init(struct inbox *in);
void inbox_fini(struct inbox *in);

/* For a message with so many groups and bytes at least. */
void inbox_make_room(struct inbox *in, int groups, int bytes);

/* Waits for the next message and takes it whole. Returns the length of its body, or what
 * SP_receive says when it fails. */
int inbox_receive(struct inbox *in, mailbox mbox);

#endif
