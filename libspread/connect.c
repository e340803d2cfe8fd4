/* SPDX-License-Identifier: MIT */
#include "include/sp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "libspread/blocked.h"
#include "libspread/dial.h"
#include "libspread/ends.h"
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

/* -- failures ------------------------------------------------------------------------------ */

/* The code, noted with a sentence that has the address. */
static int fail(enum sp_end_reason reason, int code, const char *to, const char *why)
{
    ends_say(code, "Could not connect to %s: %s", to, why);
    ends_note_connect(reason, code);
    return code;
}

static int fail_to_dial(enum dial_result r, const char *to, const struct dialled *d)
{
    switch (r) {
    case DIAL_NOT_TRUSTED:
        return fail(SP_END_UNTRUSTED, COULD_NOT_CONNECT, to, d->why);
    case DIAL_NOT_ADMITTED:
        return fail(SP_END_REFUSED, REJECT_AUTH, to, d->why);
    case DIAL_UNKNOWN_HOST:
        return fail(SP_END_ADDRESS, ILLEGAL_SPREAD, to, "the host is not known");
    case DIAL_TOO_LATE:
        return fail(SP_END_TIMEOUT, CONNECTION_CLOSED, to, "the time was over before it answered");
    case DIAL_CONNECTED:
    case DIAL_REFUSED:
        break;
    }
    if (d->error == ECONNREFUSED || d->error == ENOENT)
        return fail(SP_END_STOPPED, COULD_NOT_CONNECT, to, "no daemon serves that address");
    return fail(SP_END_NETWORK, COULD_NOT_CONNECT, to, strerror(d->error));
}

/* The daemon, or what answers in its place, was reached. */
static int fail_to_enter(int code, const char *to, usec deadline, struct tls *tls)
{
    char why[TLS_WHY] = "";
    if (code == CONNECTION_CLOSED && tls)
        tls_complaint(tls, why); /* TLS 1.3 tells only now what it thinks of our certificate */
    if (why[0])
        return fail(SP_END_REFUSED, REJECT_AUTH, to, why);
    if (code != CONNECTION_CLOSED)
        return fail(SP_END_REFUSED, code, to, SP_strerror(code));
    if (clock_now() >= deadline)
        return fail(SP_END_TIMEOUT, code, to, "the time was over before it let us in");
    return fail(SP_END_NETWORK, code, to, "the connection was closed before we were let in");
}

static int fail_for_memory(const char *to)
{
    return fail(SP_END_UNKNOWN, COULD_NOT_CONNECT, to, "there is no memory");
}

/* -- connecting ---------------------------------------------------------------------------- */

static uint16_t local_port(int fd)
{
    struct sockaddr_storage a = {0};
    socklen_t len = sizeof a;
    if (getsockname(fd, (struct sockaddr *)&a, &len) < 0)
        return 0;
    if (a.ss_family == AF_INET)
        return ntohs(((const struct sockaddr_in *)&a)->sin_port);
    return a.ss_family == AF_INET6 ? ntohs(((const struct sockaddr_in6 *)&a)->sin6_port) : 0;
}

/* Connects c, which is nobody's yet, and makes it a mailbox. */
static int open_session(struct connection *c, struct handshake *h, usec time_left, mailbox *mbox)
{
    const struct address *address = &c->endpoint.address;
    struct dialled d;
    enum dial_result r = dial(address, time_left, &d);
    char to[ADDRESS_TEXT];
    address_text(address, to);
    if (r != DIAL_CONNECTED)
        return fail_to_dial(r, to, &d);
    c->fd = d.channel.fd;
    c->tls = d.channel.tls;
    int code = handshake_run(h, d.channel, &d.deadline);
    if (code != ACCEPT_SESSION)
        return fail_to_enter(code, to, d.deadline, c->tls);
    if (c->tls)
        tls_share(c->tls, c->shared);
    memcpy(c->private_group, h->private_group, sizeof c->private_group);
    c->endpoint.since = clock_now();
    c->endpoint.port = address->host[0] ? local_port(c->fd) : 0;
    if (!address->host[0]) {
        c->pipes.fd = c->fd;
        d.channel.pipes = &c->pipes;
    }
    readahead_init(&c->incoming, d.channel, c->shared, c->born);
    c->keep_most = keep_default();
    *mbox = c->fd;
    return mailbox_open(c) ? ACCEPT_SESSION : fail_for_memory(to);
}

int SP_connect_timeout(const char *spread_name, const char *private_name, int priority,
                       int group_membership, mailbox *mbox, char *private_group, sp_time time_out)
{
    struct address address;
    usec time_left;
    mailbox opened = -1;
    struct handshake h = {.private_name = private_name ? private_name : "",
                          .priority = priority > 0,
                          .membership = group_membership != 0};
    sigpipe_settle();
    if (!duration_of(time_out, &time_left))
        return fail(SP_END_UNKNOWN, ILLEGAL_TIME, spread_name ? spread_name : "", "the time is no duration");
    if (!address_parse(&address, spread_name))
        return fail(SP_END_ADDRESS, ILLEGAL_SPREAD, spread_name, "that is not PORT, PORT@HOST or tls:PORT@HOST");
    struct connection *c = connection_new();
    if (!c)
        return fail_for_memory(spread_name);
    c->endpoint.address = address;
    int code = open_session(c, &h, time_left, &opened);
    if (code != ACCEPT_SESSION) {
        connection_free(c);
        return code;
    }
    ends_note_connect(SP_END_NONE, ACCEPT_SESSION);
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
