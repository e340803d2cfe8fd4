/* SPDX-License-Identifier: MIT */
#include "include/sp_more.h"

#include <stdio.h>

#include "libspread/dial.h"
#include "libspread/door.h"
#include "libspread/ends.h"

enum { SECOND_US = 1000000 };

static const char *const sentences[] = {
    [SP_END_NONE] = "is open",
    [SP_END_CLOSED] = "was closed by this program",
    [SP_END_STOPPED] = "ended with its daemon, which has stopped or was started anew",
    [SP_END_SLOW] = "was cut off: this program did not read what waited for it",
    [SP_END_PROTOCOL] = "was ended, for what one side sent was no message",
    [SP_END_NETWORK] = "broke: the network, or the host of the daemon",
    [SP_END_OTHER_PROCESS] = "was gone on with by another process, and with TLS only one can",
    [SP_END_REVOKED] = "was cut off: the rules of its daemon have changed, and do not let this program in",
    [SP_END_UNKNOWN] = "ended, and its daemon does not tell why",
};

/* -- asking the daemon --------------------------------------------------------------------- */

/* Its uptime is told in whole seconds. */
static bool started_since(uint32_t seconds, usec since)
{
    return ((usec)seconds + 1) * SECOND_US < clock_now() - since;
}

static enum sp_end_reason ask_daemon(const struct ended_mailbox *e)
{
    struct ask_answer a;
    switch (door_ask(&e->endpoint, e->private_group, ASK_END, 0, &a)) {
    case DOOR_ANSWERED:
        break;
    case DOOR_OTHER:
        return SP_END_UNKNOWN;
    case DOOR_NOBODY:
        return SP_END_STOPPED;
    case DOOR_NO_ANSWER:
        return SP_END_NETWORK;
    }
    switch (a.reason) {
    case ENDED_SLOW:
        return SP_END_SLOW;
    case ENDED_PROTOCOL:
        return SP_END_PROTOCOL;
    case ENDED_BROKEN:
        return SP_END_NETWORK;
    case ENDED_REVOKED:
        return SP_END_REVOKED;
    case ENDED_UNKNOWN:
        break;
    }
    return started_since(a.seconds, e->endpoint.since) ? SP_END_STOPPED : SP_END_UNKNOWN;
}

/* -- the call ------------------------------------------------------------------------------ */

/* False for an open mailbox that has not failed. Another process may have seen it fail. */
static bool has_ended(mailbox mbox)
{
    struct connection *c = mailbox_enter(mbox);
    if (!c)
        return true;
    bool ours = connection_is_ours(c), failed = !ours || c->shared->failed;
    if (!ours)
        ends_note(c, SP_END_OTHER_PROCESS);
    else if (failed)
        ends_note(c, SP_END_UNKNOWN);
    mailbox_leave(c);
    return failed;
}

int SP_last_end(mailbox mbox, sp_end *end)
{
    struct ended_mailbox e;
    char to[ADDRESS_TEXT];
    *end = (sp_end){.reason = SP_END_NONE};
    if (mbox < 0) {
        ends_of_connect(end);
        return 0;
    }
    if (!has_ended(mbox)) {
        snprintf(end->text, sizeof end->text, "The connection %s", sentences[SP_END_NONE]);
        return 0;
    }
    if (!ends_find(mbox, &e))
        return ILLEGAL_SESSION;
    end->reason = (int)(e.reason == SP_END_UNKNOWN ? ask_daemon(&e) : e.reason);
    snprintf(end->text, sizeof end->text, "The connection of %s to %s %s", e.private_group,
             address_text(&e.endpoint.address, to), sentences[end->reason]);
    return 0;
}
