/* SPDX-License-Identifier: MIT */
#include "libspread/stream.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

usec clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (usec)t.tv_sec * 1000000 + (usec)t.tv_nsec / 1000;
}

bool time_left(usec deadline, int most, int *ms)
{
    usec now = clock_now();
    *ms = most;
    if (deadline == NEVER)
        return true;
    if (now >= deadline)
        return false;
    usec left = (deadline - now + 999) / 1000;
    if (most < 0 || left < (usec)most)
        *ms = left < INT_MAX ? (int)left : INT_MAX;
    return true;
}

bool stream_wait(int fd, short events, usec deadline)
{
    struct pollfd p = {.fd = fd, .events = events};
    struct timespec left, *limit = NULL;
    int n;
    do {
        if (deadline != NEVER) {
            usec now = clock_now();
            if (now >= deadline)
                return false;
            left.tv_sec = (time_t)((deadline - now) / 1000000);
            left.tv_nsec = (long)((deadline - now) % 1000000) * 1000;
            limit = &left;
        }
        n = ppoll(&p, 1, limit, NULL);
    } while (n == 0 || (n < 0 && errno == EINTR));
    return n > 0;
}

/* Takes n bytes, which were moved, off the front of the pieces. */
static void advance(struct msghdr *m, size_t n)
{
    while (m->msg_iovlen > 0 && n >= m->msg_iov->iov_len) {
        n -= m->msg_iov->iov_len;
        m->msg_iov++;
        m->msg_iovlen--;
    }
    if (n > 0) {
        m->msg_iov->iov_base = (char *)m->msg_iov->iov_base + n;
        m->msg_iov->iov_len -= n;
    }
}

/* After a call that moved nothing: true if it is worth another try. */
static bool try_again(int fd, short events, usec deadline)
{
    if (errno == EINTR)
        return true;
    return errno == EAGAIN && stream_wait(fd, events, deadline);
}

static bool read_all(int fd, struct msghdr *m, int flags, usec deadline)
{
    flags |= deadline == NEVER ? MSG_WAITALL : MSG_DONTWAIT;
    advance(m, 0);
    while (m->msg_iovlen > 0) {
        ssize_t n = recvmsg(fd, m, flags);
        if (n == 0 || (n < 0 && !try_again(fd, POLLIN, deadline)))
            return false;
        advance(m, n > 0 ? (size_t)n : 0);
    }
    return true;
}

bool stream_read(int fd, void *bytes, size_t len, usec deadline)
{
    struct iovec iov = {.iov_base = bytes, .iov_len = len};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
    return read_all(fd, &m, 0, deadline);
}

bool stream_discard(int fd, size_t len, void *waste, size_t size)
{
    while (len > 0) {
        struct iovec iov = {.iov_base = waste, .iov_len = len < size ? len : size};
        struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
        len -= iov.iov_len;
        if (!read_all(fd, &m, MSG_TRUNC, NEVER)) /* which spares TCP the copying */
            return false;
    }
    return true;
}

bool stream_read_pieces(int fd, struct iovec *iov, int count)
{
    char waste[4096];
    for (int i = 0, end; i < count; i = end) {
        end = i;
        if (!iov[i].iov_base) {
            if (!stream_discard(fd, iov[end++].iov_len, waste, sizeof waste))
                return false;
            continue;
        }
        while (end < count && iov[end].iov_base)
            end++;
        struct msghdr m = {.msg_iov = iov + i, .msg_iovlen = (size_t)(end - i)};
        if (!read_all(fd, &m, 0, NEVER))
            return false;
    }
    return true;
}

enum written stream_write_now(int fd, struct msghdr *m)
{
    advance(m, 0);
    while (m->msg_iovlen > 0) {
        ssize_t n = sendmsg(fd, m, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EINTR)
            return errno == EAGAIN ? BLOCKED : BROKEN;
        advance(m, n > 0 ? (size_t)n : 0);
    }
    return ALL_WRITTEN;
}

bool stream_write(int fd, const void *bytes, size_t len, usec deadline)
{
    struct iovec iov = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = len};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
    enum written w;
    while ((w = stream_write_now(fd, &m)) == BLOCKED)
        if (!stream_wait(fd, POLLOUT, deadline))
            break;
    return w == ALL_WRITTEN;
}
