/* SPDX-License-Identifier: MIT */
#include "libspread/readahead.h"

#include <errno.h>
#include <string.h>

#include "libspread/buffers.h"
#include "libspread/stream.h"

enum { FOLLOW_US = 10000 }; /* a hundredth of the usual patience of a daemon */

void readahead_init(struct readahead *r, struct channel channel, struct shared *shared,
                    unsigned born)
{
    *r = (struct readahead){.channel = channel, .shared = shared, .born = born};
}

void readahead_fini(struct readahead *r)
{
    readahead_drop(r);
    store_drop(&r->store);
}

void readahead_drop(struct readahead *r)
{
    uint8_t *bytes = r->in_place ? NULL : r->bytes;
    r->bytes = NULL; /* first: a fork in between must not find it in two places */
    r->len = 0;
    r->in_place = false;
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
    frame_decode(&in->header, bytes);
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
        n = channel_peek(r->channel, to, size, wait);
    while (n < 0 && errno == EINTR);
    *len = n > 0 ? (uint32_t)n : 0;
    if (n < 0 && errno == EAGAIN)
        return NOT_YET;
    return n > 0 ? ARRIVED : ENDED;
}

/* The window is where the bytes are. False: they are in the kernel, if any. */
static bool look_in_place(struct readahead *r)
{
    uint32_t len;
    const uint8_t *bytes = channel_look(r->channel, &len);
    if (r->in_place || bytes)
        readahead_drop(r);
    if (!bytes)
        return false;
    r->len = len;
    r->bytes = (uint8_t *)(uintptr_t)bytes;
    r->in_place = true;
    r->from = r->shared->taken;
    return true;
}

/* Makes the window anew; where there is no memory for one, it stays empty. */
static enum arrival look(struct readahead *r, bool wait)
{
    uint8_t first;
    uint32_t len;
    r->len = 0;
    if (look_in_place(r))
        return ARRIVED;
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
    if (r->bytes && !r->in_place ? !channel_discard(r->channel, len, r->bytes, BUFFER_BYTES)
                 : !channel_discard(r->channel, len, small, sizeof small))
        return false;
    s->taken += len;
    s->ahead = 0;
    s->half_taken = false;
    readahead_drop(r);
    return true;
}

static uint8_t *put_stored(struct readahead *r, struct iovec *piece)
{
    struct shared *s = r->shared;
    size_t n = piece->iov_len < s->stored ? piece->iov_len : (size_t)s->stored;
    if (n > 0)
        store_take(&r->store, s->taken - s->stored, piece->iov_base, n);
    s->stored -= (uint32_t)n;
    r->drawn += n;
    piece->iov_len -= n;
    return piece->iov_base ? (uint8_t *)piece->iov_base + n : NULL;
}

/* Fills the pieces with what comes next: out of the store, then out of the kernel. */
static bool draw(struct readahead *r, struct iovec *iov, int count)
{
    size_t rest = 0;
    for (int i = 0; i < count; i++) {
        iov[i].iov_base = put_stored(r, &iov[i]);
        rest += iov[i].iov_len;
    }
    if (!channel_read_pieces(r->channel, iov, count))
        return false;
    r->shared->taken += rest;
    return true;
}

/* -- keeping ------------------------------------------------------------------------------- */

/* Bytes in the kernel that were not handed out, as far as it says. */
static size_t in_kernel(const struct readahead *r)
{
    int n = channel_waiting(r->channel);
    uint32_t gone = (uint32_t)r->shared->ahead;
    return n > 0 && (uint32_t)n > gone ? (uint32_t)n - gone : 0;
}

/* With the process lock held: moves len bytes of the kernel's to the store, or as many of them as
 * one piece of memory takes. Returns how many. */
static size_t move_piece(struct readahead *r, size_t len)
{
    struct shared *s = r->shared;
    size_t room;
    if (r->born != process_forks() || (s->ahead > 0 && !commit(r)))
        return 0;
    uint8_t *to = store_room(&r->store, s->taken, &room);
    if (!to)
        return 0;
    s->half_taken = true;
    ssize_t n = channel_take_now(r->channel, to, len < room ? len : room);
    if (n > 0) {
        store_added(&r->store, (size_t)n);
        s->taken += (size_t)n;
        s->stored += (uint32_t)n;
    }
    s->half_taken = false;
    return n > 0 ? (size_t)n : 0;
}

static size_t move_to_store(struct readahead *r, size_t len)
{
    size_t moved = 0, n = 1;
    while (moved < len && n > 0) {
        process_lock(); /* no fork in between */
        n = move_piece(r, len - moved);
        process_unlock();
        moved += n;
    }
    return moved;
}

bool readahead_keep(struct readahead *r, size_t limit)
{
    const struct shared *s = r->shared;
    size_t here = in_kernel(r), room = limit > s->stored ? limit - s->stored : 0;
    if (here < 2 || room == 0 || s->half_taken)
        return false;
    return move_to_store(r, here - 1 < room ? here - 1 : room) > 0;
}

void readahead_follow(struct readahead *r, size_t limit)
{
    size_t stored = r->shared->stored;
    if (stored == 0)
        return;
    usec now = clock_now();
    if (now < r->follow_at)
        return;
    size_t most = stored + r->drawn / 2;
    r->follow_at = now + FOLLOW_US;
    r->drawn = 0;
    readahead_keep(r, most < limit ? most : limit);
}

/* -- messages ------------------------------------------------------------------------------ */

/* Looks whether the stream has ended where nothing more of it is here. */
static enum arrival await_more(const struct readahead *r)
{
    uint8_t byte;
    uint32_t len;
    return peek(r, &byte, 1, false, &len);
}

/* Bytes of the front that are not kept, as far as those that are tell. */
static size_t front_missing(const struct shared *s)
{
    struct frame_header h;
    if (s->kept_len < FRAME_HEADER)
        return FRAME_HEADER - s->kept_len;
    frame_decode(&h, s->kept);
    return front_len(h.type) - s->kept_len;
}

/* Keeps the front of the next message and nothing more. */
static enum arrival keep_front(struct readahead *r, enum patience patience)
{
    struct shared *s = r->shared;
    s->shown = 0;
    for (size_t len; (len = front_missing(s)) > 0;) {
        size_t here = patience == WAIT ? len : s->stored + in_kernel(r);
        if (here == 0)
            return await_more(r) == ENDED ? ENDED : NOT_YET;
        if (patience == ALL_OF_IT && here < len)
            len = here;
        struct iovec iov = {.iov_base = s->kept + s->kept_len, .iov_len = len};
        s->half_taken = true;
        if (!draw(r, &iov, 1))
            return ENDED;
        s->kept_len = (uint8_t)(s->kept_len + len);
        s->half_taken = false;
    }
    return ARRIVED;
}

/* The front is kept. True if the rest is here, or cannot come to be here before it is asked for;
 * what is here of it is stored, so that the descriptor is readable when more comes. */
static bool has_rest(struct readahead *r, const struct incoming *in)
{
    if (in->header.num_groups < 0 || in->header.data_len < 0)
        return true;
    uint64_t rest = FRAME_HEADER + frame_payload_len(&in->header) - in->front;
    size_t here = in_kernel(r);
    if (rest > FRAME_MAX)
        return true; /* no daemon sends such; it must not cost memory */
    return r->shared->stored + here >= rest || move_to_store(r, here) < here;
}

/* The next message in the window, where nothing is stored or kept. ARRIVED with no rest: it is to
 * be read exactly. */
static enum arrival look_at_next(struct readahead *r, struct incoming *in, bool wait)
{
    in->rest = NULL;
    if (see_next(r, in))
        return ARRIVED;
    if (r->shared->ahead > 0 && !commit(r))
        return ENDED;
    enum arrival a = look(r, wait);
    if (a == ARRIVED && see_next(r, in))
        return ARRIVED;
    in->rest = NULL;
    readahead_drop(r);
    return a;
}

enum arrival readahead_next(struct readahead *r, struct incoming *in, enum patience patience)
{
    struct shared *s = r->shared;
    if (s->kept_len == 0 && s->stored == 0) {
        enum arrival a = look_at_next(r, in, patience == WAIT);
        if (a != ARRIVED || in->rest)
            return a;
    }
    enum arrival a = keep_front(r, patience);
    if (a != ARRIVED || !see_front(in, s->kept, s->kept_len))
        return a == ARRIVED ? ENDED : a;
    if (patience == ALL_OF_IT && !has_rest(r, in))
        return await_more(r) == ENDED ? ENDED : NOT_YET;
    return ARRIVED;
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

/* So much more was handed out. The lock is held, so nobody else writes here; who only counts what waits
 * (readahead_waiting) needs no order among the two, and a message need not pay for it. */
static void hand_out(struct shared *s, uint32_t len)
{
    uint32_t ahead = (uint32_t)atomic_load_explicit(&s->ahead, memory_order_relaxed);
    atomic_store_explicit(&s->ahead, ahead + len, memory_order_release);
    atomic_store_explicit(&s->shown, 0, memory_order_release);
}

/* Groups and body lie in the window. */
static bool take_seen(struct readahead *r, const struct incoming *in, struct iovec *iov, int count)
{
    struct incoming behind;
    copy_pieces(iov, count, in->rest);
    hand_out(r->shared, (uint32_t)(FRAME_HEADER + frame_payload_len(&in->header)));
    return see_next(r, &behind) || commit(r);
}

/* The front is kept, the rest is in the store or the kernel. */
static bool take_exactly(struct readahead *r, struct iovec *iov, int count)
{
    struct shared *s = r->shared;
    s->half_taken = true;
    if (!draw(r, iov, count))
        return false;
    s->kept_len = 0;
    s->half_taken = false;
    return true;
}

bool readahead_take(struct readahead *r, const struct incoming *in, struct iovec *iov, int count)
{
    return in->rest ? take_seen(r, in, iov, count) : take_exactly(r, iov, count);
}

/* -- counting ------------------------------------------------------------------------------ */

int readahead_waiting(const struct readahead *r)
{
    const struct shared *s = r->shared;
    int waiting, tries = 100;
    uint64_t taken, stored;
    do { /* again if somebody took meanwhile; who stopped in the middle of it holds up nobody */
        int gone = (int)(s->ahead + s->shown);
        taken = s->taken;
        stored = s->stored;
        int kernel = channel_waiting(r->channel);
        if (kernel < 0)
            return -1;
        waiting = kernel + (int)stored - gone;
    } while ((s->half_taken || s->taken != taken || s->stored != stored) && --tries > 0);
    return waiting > 0 ? waiting : 0;
}
