/* SPDX-License-Identifier: MIT
 *
 * record.h - what a client did and received, a line each, for order.py to judge.
 *
 *   TIME C private-name                              connected: all before is another life
 *   TIME X code                                      the connection is lost
 *   TIME J group, TIME L group                       asks to join, to leave
 *   TIME S number service groups                     is about to send
 *   TIME M sender number service groups              received a message
 *   TIME V group cause id own changed members sets own-set   a regular notice
 *   TIME T group id                                  a transitional one
 *   TIME E group                                     its own leave
 *   TIME Z -                                         all that was ever sent has been received
 *
 * TIME is in ms since 1970. Lists have commas between their members, sets bars between them, and
 * "-" stands for nothing.
 */
#ifndef TESTS_SYSTEM_RECORD_H
#define TESTS_SYSTEM_RECORD_H

#include <stdio.h>

#include "tests/system/load.h"

enum { RECORD_MEMBERS_MAX = 4096, RECORD_BODY_MAX = 1 << 20 };

/* One message or notice, as SP_receive told of it. */
struct taken {
    service type;
    char sender[MAX_GROUP_NAME];
    int group_count;
    char groups[RECORD_MEMBERS_MAX][MAX_GROUP_NAME];
    int16 kind; /* of a notice: the place of the receiver in the list */
    int len;
    char body[RECORD_BODY_MAX];
};

void record_word(FILE *f, char letter, const char *word);
void record_sent(FILE *f, const struct parcel *p);
void record_received(FILE *f, const struct taken *t, uint32_t number);
void record_notice(FILE *f, const struct taken *t);

#endif
