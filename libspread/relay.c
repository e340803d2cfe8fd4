/* SPDX-License-Identifier: MIT */
#include "libspread/relay.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libspread/tls.h"

/* Before glibc 2.34 a library of their own has them, which a program may be without. */
#pragma weak pthread_create
#pragma weak pthread_join

enum { SOME = 4096 };

/* From the functions to the daemon. False: they have ended. */
static bool move_out(struct relay *r)
{
    char bytes[SOME];
    ssize_t n = recv(r->ours, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    return n > 0 && channel_write(r->channel, bytes, (size_t)n, NEVER);
}

/* And back, as far as the pair takes it. False: the connection has ended. */
static bool move_in(struct relay *r)
{
    char bytes[SOME];
    ssize_t n = channel_take_now(r->channel, bytes, sizeof bytes);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    return n > 0 && send(r->ours, bytes, (size_t)n, MSG_NOSIGNAL) == n;
}

static void *run(void *context)
{
    struct relay *r = context;
    struct pollfd p[2] = {{.fd = r->ours, .events = POLLIN},
                          {.fd = r->channel.fd, .events = POLLIN}};
    for (;;) {
        /* What came with the answer to the choice is in memory already. */
        if (p[1].fd >= 0 && !move_in(r)) {
            p[1].fd = -1;
            shutdown(r->ours, SHUT_WR);
        }
        poll(p, 2, -1);
        if (p[0].revents && !move_out(r))
            return NULL;
    }
}

/* Signals are for the threads of the program. */
static bool start_thread(struct relay *r)
{
    sigset_t all, before;
    if (!pthread_create || !pthread_join)
        return false;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&r->thread, NULL, run, r);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error == 0;
}

bool relay_begin(struct relay *r, struct channel c)
{
    int pair[2];
    *r = (struct relay){.channel = c, .theirs = c.fd, .ours = -1};
    if (!c.tls)
        return true;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return false;
    r->theirs = pair[0];
    r->ours = pair[1];
    if (start_thread(r))
        return true;
    close(pair[0]);
    close(pair[1]);
    return false;
}

void relay_end(struct relay *r)
{
    char bytes[SOME];
    ssize_t n;
    if (r->ours < 0)
        return;
    shutdown(r->theirs, SHUT_WR);
    pthread_join(r->thread, NULL);
    shutdown(r->ours, SHUT_WR);
    n = recv(r->theirs, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n > 0)
        tls_put_back(r->channel.tls, bytes, (size_t)n);
    close(r->theirs);
    close(r->ours);
}
