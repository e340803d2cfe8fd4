/* SPDX-License-Identifier: MIT */
#include "tools/monitor/lines.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "daemon/io/clock.h"

static const char *newline(const struct lines *l)
{
    return memchr(l->bytes + l->taken, '\n', l->len - l->taken);
}

static void fill(struct lines *l)
{
    memmove(l->bytes, l->bytes + l->taken, l->len - l->taken);
    l->len -= l->taken;
    l->taken = 0;
    ssize_t n = read(STDIN_FILENO, l->bytes + l->len, sizeof l->bytes - 1 - l->len);
    if (n > 0)
        l->len += (size_t)n;
    else if (n == 0 || (errno != EINTR && errno != EAGAIN))
        l->closed = true;
}

static int milliseconds_until(usec until)
{
    usec now = clock_now(), most = 3600 * (usec)USEC_SECOND;
    if (until == NEVER)
        return -1;
    return until > now ? (int)(usec_earlier(until - now + USEC_MS - 1, most) / USEC_MS) : 0;
}

void lines_wait(struct lines *l, int fd, usec until)
{
    struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
    bool has_line = newline(l) || l->closed;
    fds[1].fd = has_line ? -1 : STDIN_FILENO;
    if (poll(fds, 2, has_line ? 0 : milliseconds_until(until)) > 0 && fds[1].revents)
        fill(l);
}

const char *lines_next(struct lines *l)
{
    const char *end = newline(l);
    char *line = l->bytes + l->taken;
    bool full = l->taken == 0 && l->len == sizeof l->bytes - 1;
    l->ended = !end && l->closed && l->len == l->taken;
    if (l->ended || (!end && !l->closed && !full))
        return NULL;
    size_t len = end ? (size_t)(end - line) : l->len - l->taken;
    l->taken += len + (end ? 1 : 0);
    line[len] = '\0';
    return line;
}
