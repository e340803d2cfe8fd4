/* SPDX-License-Identifier: MIT */
#include "daemon/io/batch.h"

#include <errno.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "daemon/base/memory.h"

enum {
    SEGMENTS_MAX = 64,  /* the kernel's limit for one call */
    BYTES_MAX = 65000,
    RUNS_OPEN = 160,    /* addresses that runs are being collected for: all daemons of a ring */
};

struct piece_out {
    struct block *block;
    const uint8_t *bytes;
    uint32_t len;
};

/* Datagrams to one address; all as long as the first, but for the last, which may be shorter. */
struct run {
    struct batch_address to; /* a copy: the caller's table changes with the configuration */
    struct piece_out pieces[SEGMENTS_MAX];
    int count;
    size_t bytes;
    bool closed; /* a shorter one ends it */
};

struct batch {
    int fd;
    bool plain;          /* the kernel does not cut */
    struct run runs[RUNS_OPEN];
    int run_count;
    int at; /* the run that was added to last */
    struct run *waiting; /* runs that the socket did not take, oldest first */
    size_t waiting_next, waiting_count, waiting_size;
    bool wants_memory;
    uint64_t refused;
    int error;
};

struct batch *batch_new(int fd)
{
    struct batch *b = memory_new(sizeof *b);
    b->fd = fd;
    return b;
}

static void drop(struct run *r)
{
    for (int i = 0; i < r->count; i++)
        block_unref(r->pieces[i].block);
    r->count = 0;
}

void batch_free(struct batch *b)
{
    if (!b)
        return;
    for (int i = 0; i < b->run_count; i++)
        drop(&b->runs[i]);
    for (size_t i = b->waiting_next; i < b->waiting_count; i++)
        drop(&b->waiting[i]);
    free(b->waiting);
    free(b);
}

/* -- the calls ----------------------------------------------------------------------------- */

/* Pieces that lie behind each other in memory are one stretch. */
static int stretches(const struct run *r, int first, int count, struct iovec *iov)
{
    int n = 0;
    for (int i = first; i < first + count; i++) {
        const struct piece_out *p = &r->pieces[i];
        struct iovec *last = n > 0 ? &iov[n - 1] : NULL;
        if (last && (const uint8_t *)last->iov_base + last->iov_len == p->bytes)
            last->iov_len += p->len;
        else
            iov[n++] = (struct iovec){.iov_base = (void *)(uintptr_t)p->bytes, .iov_len = p->len};
    }
    return n;
}

static int send_pieces(const struct batch *b, const struct run *r, int first, int count)
{
    struct iovec iov[SEGMENTS_MAX];
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(uint16_t))];
    } control = {0};
    struct msghdr m = {
        .msg_name = (void *)(uintptr_t)&r->to.address,
        .msg_namelen = r->to.len,
        .msg_iov = iov,
        .msg_iovlen = (size_t)stretches(r, first, count, iov),
    };
    if (count > 1) {
        uint16_t each = (uint16_t)r->pieces[first].len;
        m.msg_control = control.bytes;
        m.msg_controllen = sizeof control.bytes;
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = IPPROTO_UDP;
        c->cmsg_type = UDP_SEGMENT;
        c->cmsg_len = CMSG_LEN(sizeof each);
        memcpy(CMSG_DATA(c), &each, sizeof each);
    }
    /* An error that an earlier datagram caused elsewhere is reported by the next call, once. */
    for (int tries = 0;; tries++) {
        if (sendmsg(b->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
            return 0;
        if (errno != EINTR && !(tries == 0 && (errno == ECONNREFUSED || errno == EHOSTUNREACH)))
            return errno;
    }
}

static void take_front(struct run *r, int count)
{
    for (int i = 0; i < count; i++)
        block_unref(r->pieces[i].block);
    r->count -= count;
    memmove(r->pieces, r->pieces + count, (size_t)r->count * sizeof r->pieces[0]);
}

static bool is_full(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS;
}

/* Sends a run; false: the socket is full, what is left stays in it. */
static bool send_run(struct batch *b, struct run *r)
{
    while (r->count > 0) {
        int count = b->plain ? 1 : r->count;
        int error = send_pieces(b, r, 0, count);
        b->wants_memory = error == ENOBUFS;
        if (is_full(error))
            return false;
        if (count > 1 && (error == EIO || error == EINVAL || error == EMSGSIZE ||
                          error == ENOTSUP || error == EOPNOTSUPP)) {
            b->plain = true;
            continue;
        }
        if (error) {
            b->refused += (uint64_t)count;
            b->error = error;
        }
        take_front(r, count);
    }
    return true;
}

/* -- collecting ---------------------------------------------------------------------------- */

static bool is_waiting(const struct batch *b)
{
    return b->waiting_next < b->waiting_count;
}

static void let_wait(struct batch *b, struct run *r)
{
    if (b->waiting_next == b->waiting_count)
        b->waiting_next = b->waiting_count = 0;
    if (b->waiting_count == b->waiting_size) {
        b->waiting_size = b->waiting_size ? 2 * b->waiting_size : 4;
        b->waiting = memory_grow(b->waiting, b->waiting_size * sizeof b->waiting[0]);
    }
    b->waiting[b->waiting_count++] = *r;
    r->count = 0;
}

static void finish_run(struct batch *b, struct run *r)
{
    if (r->count > 0 && (is_waiting(b) || !send_run(b, r)))
        let_wait(b, r);
}

static void finish_all(struct batch *b)
{
    for (int i = 0; i < b->run_count; i++)
        finish_run(b, &b->runs[i]);
    b->run_count = 0;
}

static void begin_run(struct run *r, const struct batch_address *to)
{
    r->to = *to;
    r->count = 0;
    r->bytes = 0;
    r->closed = false;
}

static bool goes_to(const struct run *r, const struct batch_address *to)
{
    return r->to.len == to->len && memcmp(&r->to.address, &to->address, to->len) == 0;
}

/* Each packet goes to the same addresses in the same order, so the run that is looked for is the next
 * one as a rule. */
static struct run *run_to(struct batch *b, const struct batch_address *to)
{
    for (int tries = b->run_count; tries > 0; tries--) {
        b->at = b->at + 1 < b->run_count ? b->at + 1 : 0;
        if (goes_to(&b->runs[b->at], to))
            return &b->runs[b->at];
    }
    if (b->run_count == RUNS_OPEN)
        finish_all(b);
    b->at = b->run_count++;
    begin_run(&b->runs[b->at], to);
    return &b->runs[b->at];
}

static bool fits(const struct run *r, size_t len)
{
    return r->count == 0 || (!r->closed && r->count < SEGMENTS_MAX && r->bytes + len <= BYTES_MAX &&
                             len <= r->pieces[0].len);
}

void batch_add(struct batch *b, const struct batch_address *to, struct block *block,
               const uint8_t *bytes, size_t len)
{
    struct run *r = run_to(b, to);
    if (!fits(r, len)) {
        finish_run(b, r);
        begin_run(r, to);
    }
    r->pieces[r->count++] =
        (struct piece_out){.block = block, .bytes = bytes, .len = (uint32_t)len};
    r->bytes += len;
    r->closed = len < r->pieces[0].len;
}

bool batch_flush(struct batch *b)
{
    while (is_waiting(b)) {
        if (!send_run(b, &b->waiting[b->waiting_next]))
            return false;
        b->waiting_next++;
    }
    finish_all(b);
    return !is_waiting(b);
}

bool batch_wants_memory(const struct batch *b)
{
    return b->wants_memory;
}

uint64_t batch_refused(const struct batch *b, int *error)
{
    *error = b->error;
    return b->refused;
}
