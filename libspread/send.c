/* SPDX-License-Identifier: MIT */
#include "libspread/send.h"

#include <string.h>

#include "libspread/blocked.h"
#include "libspread/ends.h"

enum { PIECES_MAX = 2 + MAX_CLIENT_SCATTER_ELEMENTS }; /* header, groups, body */

static void encode_header(const struct connection *c, const struct outgoing *o,
                          uint8_t header[FRAME_HEADER])
{
    struct frame_header h = {
        .type = o->type & ~FRAME_ENDIAN_BITS,
        .num_groups = o->num_groups,
        .hint = frame_hint(o->mess_type),
        .data_len = (int32_t)o->body_len,
    };
    memcpy(h.sender.text, c->private_group, sizeof h.sender.text);
    frame_encode(header, &h);
}

static struct iovec piece(const void *base, size_t len)
{
    return (struct iovec){.iov_base = (void *)(uintptr_t)base, .iov_len = len};
}

/* With the send lock held. */
static bool write_pieces(struct connection *c, struct iovec *iov, int count, usec deadline)
{
    struct msghdr m = {.msg_iov = iov, .msg_iovlen = (size_t)count};
    enum written w;
    bool first = true;
    for (; (w = channel_write_now(c->incoming.channel, &m)) == BLOCKED; first = false)
        if (!blocked_wait(c, deadline, first))
            break;
    blocked_end(c);
    return w == ALL_WRITTEN;
}

static int write_frame(struct connection *c, const struct outgoing *o, usec deadline)
{
    uint8_t header[FRAME_HEADER];
    struct iovec iov[PIECES_MAX];
    int count = 0;

    encode_header(c, o, header);
    iov[count++] = piece(header, sizeof header);
    iov[count++] = piece(o->groups, (size_t)o->num_groups * NAME_FIELD);
    for (size_t i = 0; i < o->num_pieces; i++)
        iov[count++] = piece(o->pieces[i].buf, o->pieces[i].len);

    c->shared->half_sent = true;
    if (!write_pieces(c, iov, count, deadline))
        return connection_fail(c);
    c->shared->half_sent = false;
    return 0;
}

static int send_locked(struct connection *c, const struct outgoing *o, usec deadline)
{
    if (!connection_is_ours(c))
        return ends_say_elsewhere(c);
    if (c->shared->failed)
        return NET_ERROR_ON_SESSION;
    if (c->shared->half_sent)
        return connection_fail(c);
    if (o->body_len > (size_t)(FRAME_PAYLOAD_OURS - o->num_groups * NAME_FIELD))
        return MESSAGE_TOO_LONG;
    return write_frame(c, o, deadline);
}

int send_on_mailbox(mailbox mbox, const struct outgoing *o)
{
    struct connection *c = mailbox_enter(mbox);
    if (!c)
        return ILLEGAL_SESSION;
    lock_take(&c->shared->send_lock);
    int result = send_locked(c, o, NEVER);
    lock_leave(&c->shared->send_lock);
    ends_say_closed(c, result);
    mailbox_leave(c);
    return result;
}

bool send_last(struct connection *c, const struct outgoing *o, usec deadline)
{
    if (!lock_take_until(&c->shared->send_lock, deadline))
        return false;
    int result = send_locked(c, o, deadline);
    lock_leave(&c->shared->send_lock);
    return result == 0;
}
