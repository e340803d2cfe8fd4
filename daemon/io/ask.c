/* SPDX-License-Identifier: MIT */
#include "daemon/io/ask.h"

#include <errno.h>
#include <event2/event_struct.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/base/memory.h"
#include "daemon/io/clock.h"
#include "daemon/io/host.h"

enum { ANSWER_LIMIT_US = 150000 };

/* A connection under way to one daemon's host. */
struct call {
    struct asker *all;
    struct question question;
    int fd; /* -1: none */
    struct event event;
};

struct asker {
    struct event_base *base;
    struct daemon *daemon;
    struct call calls[PROCS_MAX]; /* one for each daemon at most */
};

struct asker *asker_new(struct event_base *base, struct daemon *daemon)
{
    struct asker *a = memory_new(sizeof *a);
    a->base = base;
    a->daemon = daemon;
    for (int i = 0; i < PROCS_MAX; i++)
        a->calls[i] = (struct call){.all = a, .fd = -1};
    return a;
}

static void hang_up(struct call *c)
{
    if (c->fd < 0)
        return;
    event_del(&c->event);
    close(c->fd);
    c->fd = -1;
}

void asker_free(struct asker *a)
{
    if (!a)
        return;
    for (int i = 0; i < PROCS_MAX; i++)
        hang_up(&a->calls[i]);
    free(a);
}

/* On one machine, where nobody listens at port 40000, a connection to it from port 40000 meets
 * itself half-way and stands. */
static bool meets_itself(int fd)
{
    struct sockaddr_storage here = {0}, there = {0};
    socklen_t here_len = sizeof here, there_len = sizeof there;
    return getsockname(fd, (struct sockaddr *)&here, &here_len) == 0 &&
           getpeername(fd, (struct sockaddr *)&there, &there_len) == 0 &&
           here_len == there_len && memcmp(&here, &there, here_len) == 0;
}

static enum host_answer answer_of(int fd, int error)
{
    if (error == ECONNREFUSED)
        return HOST_REFUSES;
    if (error != 0)
        return HOST_SILENT;
    return meets_itself(fd) ? HOST_REFUSES : HOST_LIVES;
}

/* Of a process that runs late, libevent tells that the limit is over and nothing else, though the
 * answer has long been there. So the socket is asked, whatever is told. */
static int error_of(int fd)
{
    struct sockaddr_storage there = {0};
    int error = 0;
    socklen_t len = sizeof error, there_len = sizeof there;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
        return errno;
    bool stands = getpeername(fd, (struct sockaddr *)&there, &there_len) == 0;
    return error == 0 && !stands ? ETIMEDOUT : error;
}

static void on_result(evutil_socket_t fd, short what, void *context)
{
    struct call *c = context;
    struct question q = c->question;
    (void)what;
    enum host_answer answer = answer_of(fd, error_of(fd));
    hang_up(c);
    daemon_on_answer(c->all->daemon, &q, answer, clock_now());
}

/* HOST_ASKED: the result will come. */
static enum host_answer call(struct call *c, const struct host_question *q)
{
    static const struct timeval limit = {.tv_usec = ANSWER_LIMIT_US};
    struct sockaddr_storage to = {0};
    if (q->port == 0)
        return HOST_SILENT;
    socklen_t len = host_sockaddr(&to, &q->ip, q->port);
    c->fd = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0)
        return HOST_SILENT;
    c->question = q->question;
    event_assign(&c->event, c->all->base, c->fd, EV_WRITE, on_result, c);
    int error = connect(c->fd, (struct sockaddr *)&to, len) == 0 ? 0 : errno;
    if (error == EINPROGRESS && event_add(&c->event, &limit) == 0)
        return HOST_ASKED;
    enum host_answer answer = answer_of(c->fd, error);
    hang_up(c);
    return answer;
}

void asker_step(struct asker *a)
{
    struct host_question q;
    while (daemon_next_question(a->daemon, &q)) {
        struct call *c = &a->calls[q.question.whom];
        hang_up(c);
        enum host_answer answer = call(c, &q);
        if (answer != HOST_ASKED)
            daemon_on_answer(a->daemon, &q.question, answer, clock_now());
    }
}
