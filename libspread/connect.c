/* SPDX-License-Identifier: MIT */
#include "include/sp.h"

#include <string.h>

#include "libspread/blocked.h"
#include "libspread/dial.h"
#include "libspread/handshake.h"
#include "libspread/mailbox.h"
#include "libspread/sigpipe.h"

/* A duration in microseconds; 0 for one below zero, which is over before it begins, NEVER for none.
 * False: its fields contradict each other. */
static bool duration_of(sp_time t, usec *duration)
{
    if (t.usec <= -1000000 || t.usec >= 1000000 || (t.sec > 0 && t.usec < 0) ||
        (t.sec < 0 && t.usec > 0))
        return false;
    if (t.sec == 0 && t.usec == 0)
        *duration = NEVER;
    else if (t.sec < 0 || t.usec < 0)
        *duration = 0;
    else if ((usec)t.sec >= NEVER / 1000000)
        *duration = NEVER;
    else
        *duration = (usec)t.sec * 1000000 + (usec)t.usec;
    return true;
}

static int code_of(enum dial_result r)
{
    switch (r) {
    case DIAL_CONNECTED:
        return ACCEPT_SESSION;
    case DIAL_UNKNOWN_HOST:
        return ILLEGAL_SPREAD;
    case DIAL_TOO_LATE:
        return CONNECTION_CLOSED;
    case DIAL_REFUSED:
        break;
    }
    return COULD_NOT_CONNECT;
}

/* Connects c, which is nobody's yet, and makes it a mailbox. */
static int open_session(struct connection *c, const struct address *address, struct handshake *h,
                        usec time_left, mailbox *mbox)
{
    usec deadline;
    int code = code_of(dial(address, time_left, &c->fd, &deadline));
    if (code != ACCEPT_SESSION)
        return code;
    code = handshake_run(h, c->fd, deadline);
    if (code != ACCEPT_SESSION)
        return code;
    memcpy(c->private_group, h->private_group, sizeof c->private_group);
    readahead_init(&c->incoming, c->fd, c->shared, c->born);
    c->keep_most = keep_default();
    *mbox = c->fd;
    return mailbox_open(c) ? ACCEPT_SESSION : COULD_NOT_CONNECT;
}

int SP_connect_timeout(const char *spread_name, const char *private_name, int priority,
                       int group_membership, mailbox *mbox, char *private_group, sp_time time_out)
{
    struct address address;
    usec time_left;
    mailbox opened;
    struct handshake h = {.private_name = private_name ? private_name : "",
                          .priority = priority > 0,
                          .membership = group_membership != 0};
    sigpipe_settle();
    if (!duration_of(time_out, &time_left))
        return ILLEGAL_TIME;
    if (!address_parse(&address, spread_name))
        return ILLEGAL_SPREAD;
    struct connection *c = connection_new();
    if (!c)
        return COULD_NOT_CONNECT;
    int code = open_session(c, &address, &h, time_left, &opened);
    if (code != ACCEPT_SESSION) {
        connection_free(c);
        return code;
    }
    *mbox = opened;
    memcpy(private_group, h.private_group, sizeof h.private_group);
    return ACCEPT_SESSION;
}

int SP_connect(const char *spread_name, const char *private_name, int priority,
               int group_membership, mailbox *mbox, char *private_group)
{
    static const sp_time no_limit = {0, 0};
    return SP_connect_timeout(spread_name, private_name, priority, group_membership, mbox,
                              private_group, no_limit);
}
