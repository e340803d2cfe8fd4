/* SPDX-License-Identifier: MIT */
#include "include/sp_more.h"

#include <limits.h>
#include <string.h>

#include "libspread/door.h"
#include "libspread/ends.h"

/* Asks about mbox; 0, and there is an answer, or a code of SP_error. */
static int ask(mailbox mbox, enum ask_kind kind, uint8_t policy, struct ask_answer *answer)
{
    char private_group[MAX_GROUP_NAME], to[ADDRESS_TEXT];
    struct connection *c = mailbox_enter(mbox);
    if (!c)
        return ILLEGAL_SESSION;
    struct endpoint endpoint = c->endpoint;
    memcpy(private_group, c->private_group, sizeof private_group);
    mailbox_leave(c);
    address_text(&endpoint.address, to);
    switch (door_ask(&endpoint, private_group, kind, policy, answer)) {
    case DOOR_ANSWERED:
        break;
    case DOOR_OTHER:
        ends_say(SP_NOT_SUPPORTED, "The daemon at %s knows nothing of slow readers", to);
        return SP_NOT_SUPPORTED;
    case DOOR_NOBODY:
    case DOOR_NO_ANSWER:
        ends_say(COULD_NOT_CONNECT, "The daemon at %s could not be asked about %s", to, private_group);
        return COULD_NOT_CONNECT;
    }
    if (answer->done)
        return 0;
    ends_say(ILLEGAL_SESSION, "The daemon at %s knows no session %s of this program", to, private_group);
    return ILLEGAL_SESSION;
}

int SP_set_slow_policy(mailbox mbox, int policy)
{
    struct ask_answer a;
    if (policy < SP_SLOW_HOLD || policy > SP_SLOW_CUT)
        return ILLEGAL_SERVICE;
    return ask(mbox, ASK_POLICY, (uint8_t)policy, &a);
}

int SP_get_dropped(mailbox mbox, unsigned long *dropped)
{
    struct ask_answer a;
    int result = ask(mbox, ASK_DROPPED, 0, &a);
    *dropped = 0;
    if (result == 0)
        *dropped = a.dropped < ULONG_MAX ? (unsigned long)a.dropped : ULONG_MAX;
    return result;
}
