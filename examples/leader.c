/* SPDX-License-Identifier: MIT
 *
 * leader - one member of many does what one at a time may do.
 *
 * usage: leader ADDRESSES NAME MEMBERS       says "NAME leads" and "NAME leads no more"
 *
 * The leader is the first in the list of the view. That list is the same at all of its members, so nobody
 * needs to be asked or told. What is left to see to is that the old one has stopped before the new one
 * begins, and that is what the flush layer (fl.h) is for: a view comes only when all of its members have
 * agreed to it by FL_flush. Whoever leads stops first and agrees then; so when the next leader sees the
 * view, nobody else of it leads.
 *
 * When the network parts, each side has a first of its list. MEMBERS says how many there are in all; a
 * side leads only with more than half of them. The leader on the other side stops when it is told that
 * somebody is lost, which may be a moment after the others have gone on without it: who must be sure
 * even then gives numbers to what leaders do, as lock.c does.
 */
#include <fl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROUP "leader"
enum { MEMBERS = 200, BODY = 20000 };

static const char *called;
static bool leads;

static void lead(bool now)
{
    if (leads != now)
        printf("%s leads%s\n", called, now ? "" : " no more");
    leads = now;
}

/* Takes the next of the addresses, for ever, until one takes us. */
static mailbox connect_to_one(const char *addresses)
{
    mailbox mbox;
    char me[MAX_GROUP_NAME], list[500];
    for (char *next = NULL;; next = strtok(NULL, " ")) {
        if (next == NULL) {
            poll(NULL, 0, 100);
            snprintf(list, sizeof list, "%s", addresses);
            next = strtok(list, " ");
        }
        if (next != NULL && FL_connect(next, called, 0, &mbox, me) == ACCEPT_SESSION) {
            if (FL_join(mbox, GROUP) == 0)
                return mbox;
            FL_disconnect(mbox);
        }
    }
}

/* Until the connection is lost. */
static void take_part(mailbox mbox, int members_in_all)
{
    static char names[MEMBERS][MAX_GROUP_NAME], body[BODY];
    char from[MAX_GROUP_NAME];
    int16 place;
    int count, swapped, more, len;
    for (;;) {
        service kind = 0;
        len = FL_receive(mbox, &kind, from, MEMBERS, &count, names, &place, &swapped, BODY, body, &more);
        if (len < 0)
            break;
        if (Is_flush_req_mess(kind)) {
            lead(false);
            FL_flush(mbox, GROUP);
        } else if (Is_transition_mess(kind)) {
            lead(false);
        } else if (Is_reg_memb_mess(kind)) {
            lead(place == 0 && 2 * count > members_in_all);
        }
    }
    lead(false);
    if (len != CONNECTION_CLOSED && len != ILLEGAL_SESSION) { /* these have closed it */
        FL_error(len);
        FL_disconnect(mbox);
    }
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    called = argv[2];
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (;;)
        take_part(connect_to_one(argv[1]), atoi(argv[3]));
}
