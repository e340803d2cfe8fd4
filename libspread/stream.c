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

void stream_advance(struct msghdr *m, size_t n)
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
