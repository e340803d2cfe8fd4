/* SPDX-License-Identifier: MIT */
#include "libspread/receive.h"

#include <poll.h>
#include <string.h>

#include "include/sp_more.h"
#include "libspread/ends.h"
#include "libspread/wire/notice.h"

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

struct fit fit_of(uint32_t groups, size_t body, const struct wanted *w)
{
    struct fit f = {.groups = groups, .body = body};
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

void tell_header(const struct wanted *w, const struct incoming *in)
{
    bool other_order;
    int16_t mess_type = frame_mess_type(in->header.hint, &other_order);
    *w->service_type = (service)in->header.type;
    *w->mess_type = is_notice(in) ? 0 : mess_type;
    *w->endian_mismatch = !is_notice(in) && other_order;
    memcpy(w->sender, in->header.sender.text, MAX_GROUP_NAME);
}

int tell_needs(const struct wanted *w, const struct fit *f)
{
    bool groups_short = f->groups_taken < f->groups, body_short = f->body_taken < f->body;
    *w->num_groups = groups_short ? -(int)f->groups : 0;
    *w->endian_mismatch = body_short ? -(int)f->body : 0;
    return groups_short ? GROUPS_TOO_SHORT : BUFFER_TOO_SHORT;
}

int lay_out(const struct wanted *w, const struct fit *f, struct iovec iov[PIECES_MAX], int *body)
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

static int take_message(struct connection *c, const struct wanted *w, const struct incoming *in,
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

/* What SP_receive makes of a message. */
static int deliver(struct connection *c, const struct incoming *in, void *context)
{
    const struct wanted *w = context;
    bool drop = *w->service_type & DROP_RECV;
    struct fit f = fit_of((uint32_t)in->header.num_groups, (size_t)in->header.data_len, w);
    tell_header(w, in);
    if (drop || fit_is_whole(&f))
        return take_message(c, w, in, &f);
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

/* A message of which nobody can say how long it is. */
static int fail_nonsense(struct connection *c)
{
    ends_note(c, SP_END_PROTOCOL);
    connection_fail(c);
    return ILLEGAL_MESSAGE;
}

/* A call that is under way. */
struct call {
    message_taker *take;
    void *context;
    usec deadline;
};

/* One look, with the receive lock held. waited: not the first of this call. */
static int receive_locked(struct connection *c, const struct call *call, bool waited,
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
    readahead_follow(&c->incoming, c->keep_most);
    enum arrival a = readahead_next(&c->incoming, &in, patience);
    if (!mailbox_is_open(c))
        return CONNECTION_CLOSED;
    if (a == NOT_YET)
        return COME_AGAIN;
    if (a != ARRIVED)
        return connection_fail(c);
    if (in.header.num_groups < 0 || in.header.data_len < 0)
        return fail_nonsense(c);
    return call->take(c, &in, call->context);
}

static int receive_once(struct connection *c, const struct call *call, bool waited)
{
    enum patience patience = connection_is_alone(c) ? WAIT : PEEK;
    if (call->deadline == NEVER)
        lock_take(&c->shared->receive_lock);
    else if (!lock_take_until(&c->shared->receive_lock, call->deadline))
        return SP_TIMED_OUT;
    int result = receive_locked(c, call, waited, call->deadline == NEVER ? patience : ALL_OF_IT);
    lock_leave(&c->shared->receive_lock);
    return result;
}

int receive_on(struct connection *c, message_taker *take, void *context, usec deadline)
{
    struct call call = {take, context, deadline};
    int result = receive_once(c, &call, false);
    while (result == COME_AGAIN)
        result = wait_for_input(c, deadline) ? receive_once(c, &call, true) : SP_TIMED_OUT;
    ends_say_closed(c, result);
    return result;
}

static int receive(mailbox mbox, struct wanted *w, usec deadline)
{
    struct connection *c = mailbox_enter(mbox);
    if (!c)
        return ILLEGAL_SESSION;
    int result = receive_on(c, deliver, w, deadline);
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
