/* SPDX-License-Identifier: MIT */
#include "libspread/readahead.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "libspread/buffers.h"
#include "libspread/stream.h"

void readahead_init(struct readahead *r, int fd, struct shared *shared)
{
    *r = (struct readahead){.fd = fd, .shared = shared};
}

void readahead_drop(struct readahead *r)
{
    uint8_t *bytes = r->bytes;
    r->bytes = NULL; /* first: a fork in between must not find it in two places */
    r->len = 0;
    buffer_give(bytes);
}

/* -- looking ------------------------------------------------------------------------------- */

static uint32_t front_len(uint32_t type)
{
    return FRAME_HEADER + (type & FRAME_REJECT ? (uint32_t)FRAME_OLD_TYPE : 0);
}

/* The front of a message, if len bytes hold it. */
static bool see_front(struct incoming *in, const uint8_t *bytes, size_t len)
{
    if (len < FRAME_HEADER)
        return false;
    in->header = frame_decode(bytes);
    in->front = front_len(in->header.type);
    in->old_type = 0;
    in->rest = NULL;
    if (len < in->front)
        return false;
    if (in->header.type & FRAME_REJECT) {
        uint32_t word = word_at(bytes + FRAME_HEADER);
        in->old_type = (in->header.swapped ? word_swap(word) : word) & ~FRAME_ENDIAN_BITS;
    }
    return true;
}

/* A whole message, or one whose counts are nonsense. */
static bool see_whole(struct incoming *in, const uint8_t *bytes, size_t len)
{
    if (!see_front(in, bytes, len))
        return false;
    in->rest = bytes + in->front;
    return in->header.num_groups < 0 || in->header.data_len < 0 ||
           FRAME_HEADER + frame_payload_len(&in->header) <= len;
}

/* The same at the place up to which the window has been handed out. */
static bool see_next(const struct readahead *r, struct incoming *in)
{
    uint32_t ahead = (uint32_t)r->shared->ahead;
    return r->bytes && r->from == r->shared->taken && ahead < r->len &&
           see_whole(in, r->bytes + ahead, r->len - ahead);
}

/* Copies the front of what the kernel has; *len is how much that was. */
static enum arrival peek(const struct readahead *r, uint8_t *to, size_t size, bool wait,
                         uint32_t *len)
{
    ssize_t n;
    do
        n = recv(r->fd, to, size, MSG_PEEK | (wait ? 0 : MSG_DONTWAIT));
    while (n < 0 && errno == EINTR);
    *len = n > 0 ? (uint32_t)n : 0;
    if (n < 0 && errno == EAGAIN)
        return NOT_YET;
    return n > 0 ? ARRIVED : ENDED;
}

/* Makes the window anew; where there is no memory for one, it stays empty. */
static enum arrival look(struct readahead *r, bool wait)
{
    uint8_t first;
    uint32_t len;
    r->len = 0;
    if (!r->bytes)
        r->bytes = buffer_take();
    if (!r->bytes)
        return peek(r, &first, 1, wait, &len);
    enum arrival a = peek(r, r->bytes, BUFFER_BYTES, wait, &r->len);
    r->from = r->shared->taken;
    return a;
}

/* -- taking -------------------------------------------------------------------------------- */

/* Takes from the kernel what was handed out of the window, which is thrown away with it. */
static bool commit(struct readahead *r)
{
    struct shared *s = r->shared;
    uint8_t small[4096]; /* another process handed it out: no window of ours */
    uint32_t len = (uint32_t)s->ahead;
    s->half_taken = true;
    if (r->bytes ? !stream_discard(r->fd, len, r->bytes, BUFFER_BYTES)
                 : !stream_discard(r->fd, len, small, sizeof small))
        return false;
    s->taken += len;
    s->ahead = 0;
    s->half_taken = false;
    readahead_drop(r);
    return true;
}

/* Reads the front of the next message and nothing more. */
static bool keep_front(struct readahead *r)
{
    struct shared *s = r->shared;
    s->half_taken = true;
    if (!stream_read(r->fd, s->kept, FRAME_HEADER, NEVER))
        return false;
    uint32_t front = front_len(frame_decode(s->kept).type);
    if (!stream_read(r->fd, s->kept + FRAME_HEADER, front - FRAME_HEADER, NEVER))
        return false;
    s->taken += front;
    s->kept_len = (uint8_t)front;
    s->half_taken = false;
    return true;
}

enum arrival readahead_next(struct readahead *r, struct incoming *in, bool wait)
{
    struct shared *s = r->shared;
    if (s->kept_len == 0) {
        if (see_next(r, in))
            return ARRIVED;
        if (s->ahead > 0 && !commit(r))
            return ENDED;
        enum arrival a = look(r, wait);
        if (a == ARRIVED && see_next(r, in))
            return ARRIVED;
        readahead_drop(r);
        if (a != ARRIVED)
            return a;
        if (!keep_front(r))
            return ENDED;
    }
    return see_front(in, s->kept, s->kept_len) ? ARRIVED : ENDED;
}

void readahead_show(struct readahead *r, const struct incoming *in)
{
    r->shared->shown = in->rest ? in->front : 0;
}

static void copy_pieces(const struct iovec *iov, int count, const uint8_t *from)
{
    for (int i = 0; i < count; i++) {
        if (iov[i].iov_base && iov[i].iov_len > 0)
            memcpy(iov[i].iov_base, from, iov[i].iov_len);
        from += iov[i].iov_len;
    }
}

/* Groups and body lie in the window. */
static bool take_seen(struct readahead *r, const struct incoming *in, struct iovec *iov, int count)
{
    struct incoming behind;
    copy_pieces(iov, count, in->rest);
    r->shared->shown = 0;
    r->shared->ahead += FRAME_HEADER + frame_payload_len(&in->header);
    return see_next(r, &behind) || commit(r);
}

/* The front is kept, the rest is in the kernel. */
static bool take_exactly(struct readahead *r, const struct incoming *in, struct iovec *iov,
                         int count)
{
    struct shared *s = r->shared;
    s->half_taken = true;
    if (!stream_read_pieces(r->fd, iov, count))
        return false;
    s->taken += FRAME_HEADER + frame_payload_len(&in->header) - in->front;
    s->kept_len = 0;
    s->half_taken = false;
    return true;
}

bool readahead_take(struct readahead *r, const struct incoming *in, struct iovec *iov, int count)
{
    return in->rest ? take_seen(r, in, iov, count) : take_exactly(r, in, iov, count);
}

/* -- counting ------------------------------------------------------------------------------ */

int readahead_waiting(const struct readahead *r)
{
    const struct shared *s = r->shared;
    int in_kernel, gone, tries = 100;
    uint64_t taken;
    do { /* again if somebody took meanwhile; who stopped in the middle of it holds up nobody */
        taken = s->taken;
        gone = (int)(s->ahead + s->shown);
        if (ioctl(r->fd, FIONREAD, &in_kernel) < 0)
            return -1;
    } while ((s->half_taken || s->taken != taken) && --tries > 0);
    return in_kernel > gone ? in_kernel - gone : 0;
}
