/* SPDX-License-Identifier: MIT */
#include "include/sp_more.h"

#include <limits.h>
#include <poll.h>
#include <string.h>

#include "libspread/ends.h"
#include "libspread/mailbox.h"
#include "libspread/wire/notice.h"

enum { PIECES_MAX = MAX_CLIENT_SCATTER_ELEMENTS + 3 }; /* groups, body, and what is cut of both */

/* Where the caller wants things, and how much fits there. */
struct wanted {
    service *service_type;
    char *sender;
    int max_groups;
    int *num_groups;
    char (*groups)[MAX_GROUP_NAME];
    int16 *mess_type;
    int *endian_mismatch;
    const scat_element *body;
    size_t num_elements;
};

/* How a message meets what was wanted. */
struct fit {
    uint32_t groups;       /* in the message */
    uint32_t groups_taken; /* of them */
    size_t body;
    size_t body_taken;
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static struct fit fit_of(const struct frame_header *h, const struct wanted *w)
{
    struct fit f = {.groups = (uint32_t)h->num_groups, .body = (size_t)h->data_len};
    f.groups_taken = (uint32_t)least(f.groups, w->max_groups > 0 ? (size_t)w->max_groups : 0);
    for (size_t i = 0; i < w->num_elements && f.body_taken < f.body; i++)
        f.body_taken += least(w->body[i].len, f.body - f.body_taken);
    return f;
}

/* -- one message --------------------------------------------------------------------------- */

static bool is_notice(const struct incoming *in)
{
    return Is_membership_mess(in->header.type);
}

/* What is told of every message, taken or not. */
static void tell_header(const struct wanted *w, const struct incoming *in)
{
    bool other_order;
    int16_t mess_type = frame_mess_type(in->header.hint, &other_order);
    *w->service_type = (service)in->header.type;
    *w->mess_type = is_notice(in) ? 0 : mess_type;
    *w->endian_mismatch = !is_notice(in) && other_order;
    memcpy(w->sender, in->header.sender.text, MAX_GROUP_NAME);
}

/* The message stays, and its needs are told. */
static int tell_needs(const struct wanted *w, const struct fit *f)
{
    bool groups_short = f->groups_taken < f->groups, body_short = f->body_taken < f->body;
    *w->num_groups = groups_short ? -(int)f->groups : 0;
    *w->endian_mismatch = body_short ? -(int)f->body : 0;
    return groups_short ? GROUPS_TOO_SHORT : BUFFER_TOO_SHORT;
}

/* The memory for groups and body, in pieces; NULL for what is cut off. Returns their number, and in
 * *body which is the first of the body. */
static int lay_out(const struct wanted *w, const struct fit *f, struct iovec iov[PIECES_MAX],
                   int *body)
{
    int n = 0;
    size_t left = f->body_taken;
    iov[n++] = (struct iovec){w->groups, (size_t)f->groups_taken * NAME_FIELD};
    if (f->groups_taken < f->groups)
        iov[n++] = (struct iovec){NULL, (size_t)(f->groups - f->groups_taken) * NAME_FIELD};
    *body = n;
    for (size_t i = 0; left > 0; left -= iov[n++].iov_len, i++)
        iov[n] = (struct iovec){w->body[i].buf, least(w->body[i].len, left)};
    if (f->body_taken < f->body)
        iov[n++] = (struct iovec){NULL, f->body - f->body_taken};
    return n;
}

/* Where this connection stands among the members of a notice; -1: not there, or the list is cut. */
static int16_t own_index(const struct connection *c, const struct wanted *w, const struct fit *f)
{
    if (f->groups_taken == f->groups)
        for (uint32_t i = 0; i < f->groups; i++)
            if (strncmp(w->groups[i], c->private_group, MAX_GROUP_NAME) == 0)
                return (int16_t)i;
    return -1;
}

static int take(struct connection *c, const struct wanted *w, const struct incoming *in,
                const struct fit *f)
{
    struct iovec iov[PIECES_MAX], pieces[PIECES_MAX];
    int body, count = lay_out(w, f, pieces, &body);
    memcpy(iov, pieces, (size_t)count * sizeof iov[0]);
    if (!readahead_take(&c->incoming, in, iov, count))
        return connection_fail(c);

    if (is_notice(in) && in->header.swapped)
        notice_swap(pieces + body, f->body_taken);
    if (is_notice(in))
        *w->mess_type = own_index(c, w, f);
    *w->service_type |= (service)in->old_type;
    *w->num_groups = f->groups_taken < f->groups ? -(int)f->groups : (int)f->groups;
    return f->body_taken < f->body ? BUFFER_TOO_SHORT : (int)f->body;
}

static int deliver(struct connection *c, const struct wanted *w, const struct incoming *in)
{
    bool drop = *w->service_type & DROP_RECV;
    if (in->header.num_groups < 0 || in->header.data_len < 0) {
        ends_note(c, SP_END_PROTOCOL);
        connection_fail(c);
        return ILLEGAL_MESSAGE;
    }
    struct fit f = fit_of(&in->header, w);
    tell_header(w, in);
    if (drop || (f.groups_taken == f.groups && f.body_taken == f.body))
        return take(c, w, in, &f);
    readahead_show(&c->incoming, in);
    return tell_needs(w, &f);
}

/* -- waiting ------------------------------------------------------------------------------- */

/* Where another process may hold the mailbox too, closing it must not end the stream, and so cannot
 * wake us: we wait outside the lock, for the closing as well. False: the deadline passed. */
static bool wait_for_input(struct connection *c, usec deadline)
{
    int ms = -1;
    struct pollfd p[2] = {{.fd = c->fd, .events = POLLIN},
                          {.fd = connection_wake_fd(c), .events = POLLIN}};
    if (!time_left(deadline, -1, &ms))
        return false;
    if (mailbox_is_open(c))
        poll(p, 2, ms);
    return true;
}

enum { COME_AGAIN = INT_MIN }; /* neither a length nor a code of the interface */

/* One look, with the receive lock held. waited: not the first of this call. */
static int receive_locked(struct connection *c, const struct wanted *w, bool waited,
                          enum patience patience)
{
    struct incoming in;
    if (!mailbox_is_open(c))
        return waited ? CONNECTION_CLOSED : ILLEGAL_SESSION;
    if (!connection_is_ours(c))
        return ends_say_elsewhere(c);
    if (c->shared->failed)
        return NET_ERROR_ON_SESSION;
    if (c->shared->half_taken)
        return connection_fail(c);
    enum arrival a = readahead_next(&c->incoming, &in, patience);
    if (!mailbox_is_open(c))
        return CONNECTION_CLOSED;
    if (a == NOT_YET)
        return COME_AGAIN;
    return a == ARRIVED ? deliver(c, w, &in) : connection_fail(c);
}

static int receive_once(struct connection *c, const struct wanted *w, bool waited, usec deadline)
{
    enum patience patience = connection_is_alone(c) ? WAIT : PEEK;
    if (deadline == NEVER)
        lock_take(&c->shared->receive_lock);
    else if (!lock_take_until(&c->shared->receive_lock, deadline))
        return SP_TIMED_OUT;
    int result = receive_locked(c, w, waited, deadline == NEVER ? patience : ALL_OF_IT);
    lock_leave(&c->shared->receive_lock);
    return result;
}

static int receive(mailbox mbox, const struct wanted *w, usec deadline)
{
    struct connection *c = mailbox_enter(mbox);
    if (!c)
        return ILLEGAL_SESSION;
    int result = receive_once(c, w, false, deadline);
    while (result == COME_AGAIN)
        result = wait_for_input(c, deadline) ? receive_once(c, w, true, deadline) : SP_TIMED_OUT;
    ends_say_closed(c, result);
    mailbox_leave(c);
    return result;
}

/* -- the calls ----------------------------------------------------------------------------- */

int SP_receive(mailbox mbox, service *service_type, char sender[MAX_GROUP_NAME], int max_groups,
               int *num_groups, char groups[][MAX_GROUP_NAME], int16 *mess_type,
               int *endian_mismatch, int max_mess_len, char *mess)
{
    scat_element body = {.buf = mess, .len = max_mess_len > 0 ? (size_t)max_mess_len : 0};
    struct wanted w = {service_type, sender,          max_groups, num_groups, groups,
                       mess_type,    endian_mismatch, &body,      1};
    return receive(mbox, &w, NEVER);
}

int SP_receive_timeout(mailbox mbox, service *service_type, char sender[MAX_GROUP_NAME],
                       int max_groups, int *num_groups, char groups[][MAX_GROUP_NAME],
                       int16 *mess_type, int *endian_mismatch, int max_mess_len, char *mess,
                       int timeout_ms)
{
    scat_element body = {.buf = mess, .len = max_mess_len > 0 ? (size_t)max_mess_len : 0};
    struct wanted w = {service_type, sender,          max_groups, num_groups, groups,
                       mess_type,    endian_mismatch, &body,      1};
    return receive(mbox, &w, timeout_ms < 0 ? NEVER : clock_now() + (usec)timeout_ms * 1000);
}

int SP_scat_receive(mailbox mbox, service *service_type, char sender[MAX_GROUP_NAME],
                    int max_groups, int *num_groups, char groups[][MAX_GROUP_NAME],
                    int16 *mess_type, int *endian_mismatch, scatter *mess)
{
    struct wanted w = {service_type, sender,          max_groups,     num_groups,        groups,
                       mess_type,    endian_mismatch, mess->elements, mess->num_elements};
    if (mess->num_elements > MAX_CLIENT_SCATTER_ELEMENTS)
        return ILLEGAL_MESSAGE;
    return receive(mbox, &w, NEVER);
}

int SP_poll(mailbox mbox)
{
    struct connection *c = mailbox_enter(mbox);
    if (!c)
        return ILLEGAL_SESSION;
    int waiting =
        connection_is_ours(c) ? readahead_waiting(&c->incoming) : ends_say_elsewhere(c);
    mailbox_leave(c);
    return waiting >= 0 ? waiting : ILLEGAL_SESSION;
}
