/* SPDX-License-Identifier: MIT
 *
 * bridge - carries the messages of a group between two rings that know nothing of each other.
 *
 * usage: bridge ADDRESSES-HERE ADDRESSES-THERE NAME GROUP
 *
 * For sites that one ring is too small for, or that are too far apart for a token: each has a ring of
 * its own, and a bridge joins the group in both.
 *
 *   Carried     what is sent to the group in one ring is sent to it in the other, once, by the same
 *               service and with the same type; the sender that members see there is the bridge.
 *   Order       in each ring all members have one order. What comes over the bridge keeps the order
 *               that it had, but has its place among the messages of the other ring there: two rings
 *               are two orders. SAFE is safe in the ring where a message is.
 *   No echo     the bridge asks its daemons not to give it what it has sent itself (SELF_DISCARD). So
 *               bridges may make a chain or a star of rings, a tree; in a circle messages would go
 *               round for ever.
 *   Losses      while a side is lost nothing is taken from the other, whose daemon keeps what waits, as
 *               much as it keeps for any client. What was under way when a daemon died, or the bridge,
 *               may be lost. Who cannot bear that lets the ends tell each other again, as counter.c.
 *   Membership  is not carried: who is in the group there is seen only there.
 */
#include <poll.h>
#include <sp_more.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { GROUPS = 100, BODY = 144000, AT_ONCE = 100 };

static const char *group;
static sp_redial *sides[2];

/* Takes one message from a side to the other. False: there is none, or a side is lost. */
static bool carry(sp_redial *from, sp_redial *to)
{
    static char names[GROUPS][MAX_GROUP_NAME], body[BODY];
    char sender[MAX_GROUP_NAME];
    service kind = 0;
    int16 type;
    int count, swapped;
    int len = SP_redial_receive(from, &kind, sender, GROUPS, &count, names, &type, &swapped, BODY, body, 0);
    if (len < 0) {
        if (len != SP_TIMED_OUT)
            SP_error(len);
        return false;
    }
    if (!Is_regular_mess(kind))
        return true;
    service how = (kind & REGULAR_MESS) | SELF_DISCARD;
    len = SP_multicast(SP_redial_mailbox(to), how, group, type, len, body);
    if (len < 0)
        SP_error(len);
    return len >= 0;
}

/* A side that is lost is asked too, for that is how it comes back. */
static void serve(sp_redial *from, sp_redial *to)
{
    bool may_carry = SP_redial_mailbox(to) >= 0 || SP_redial_mailbox(from) < 0;
    for (int i = 0; may_carry && i < AT_ONCE && carry(from, to); i++)
        ;
}

/* Where nothing can be sent to, nothing is read for. */
static void wait_for_messages(void)
{
    mailbox m[2] = {SP_redial_mailbox(sides[0]), SP_redial_mailbox(sides[1])};
    bool whole = m[0] >= 0 && m[1] >= 0;
    struct pollfd wait[] = {{.fd = whole ? m[0] : -1, .events = POLLIN},
                            {.fd = whole ? m[1] : -1, .events = POLLIN}};
    poll(wait, 2, whole ? -1 : 100);
}

static void open_side(int i, const char *addresses, const char *name)
{
    int error = SP_redial_open(&sides[i], addresses, name, 0);
    if (error == ACCEPT_SESSION)
        error = SP_redial_join(sides[i], group);
    if (error < 0) {
        SP_error(error);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return 2;
    group = argv[4];
    open_side(0, argv[1], argv[3]);
    open_side(1, argv[2], argv[3]);
    puts("open");
    fflush(stdout);
    for (;;) {
        wait_for_messages();
        serve(sides[0], sides[1]);
        serve(sides[1], sides[0]);
    }
}
