/* SPDX-License-Identifier: MIT */
#include "include/sp.h"

#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "libspread/ends.h"
#include "libspread/send.h"
#include "libspread/stream.h"

enum { GOODBYE_US = 1000000 }; /* how long SP_disconnect waits for the daemon to hear it out */

/* True if the daemon may not have read all that was sent. A Unix socket knows; over TCP only the
 * daemon's system tells what it has. */
static bool may_be_unread(const struct connection *c)
{
    int fd = c->fd, domain, bytes;
    socklen_t len = sizeof domain;
    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) < 0 || domain != AF_UNIX)
        return true;
    if (pipes_are_shared(&c->pipes))
        return pipes_hold_unread(&c->pipes);
    return ioctl(fd, TIOCOUTQ, &bytes) < 0 || bytes > 0;
}

/* Throws away what comes, until the stream or the time ends. */
static void drain(int fd, usec end)
{
    char waste[4096];
    ssize_t n;
    do
        n = recv(fd, waste, sizeof waste, MSG_DONTWAIT | MSG_TRUNC);
    while ((n > 0 && clock_now() < end) || (n < 0 && errno == EINTR) ||
           (n < 0 && errno == EAGAIN && stream_wait(fd, POLLIN, end)));
}

/* A socket that is closed while input waits in it tells the peer that the connection broke, and
 * what the peer has not read may be lost with it. So we take what comes until the daemon, having
 * read our goodbye, closes. Somebody who is receiving leaves when the next message comes. */
static void linger(struct connection *c, usec end)
{
    if (!lock_take_until(&c->shared->receive_lock, end))
        return;
    c->shared->half_taken = true; /* nobody, in no process, finds the next message any more */
    drain(c->fd, end);
    lock_leave(&c->shared->receive_lock);
}

int SP_disconnect(mailbox mbox)
{
    struct connection *c = mailbox_close(mbox);
    if (!c)
        return ILLEGAL_SESSION;
    if (!connection_is_ours(c)) {
        int code = ends_say_elsewhere(c);
        mailbox_leave(c);
        return code;
    }
    ends_note(c, SP_END_CLOSED);
    usec end = clock_now() + GOODBYE_US;
    bool unread = may_be_unread(c);
    struct outgoing goodbye = {.type = FRAME_KILL, .num_groups = 1, .groups = c->private_group};
    if (send_last(c, &goodbye, end) && unread)
        linger(c, end);
    shutdown(c->fd, SHUT_RDWR);
    mailbox_leave(c);
    return 0;
}

void SP_kill(mailbox mbox)
{
    struct connection *c = mailbox_close(mbox);
    if (!c)
        return;
    ends_note(c, SP_END_CLOSED);
    if (connection_is_alone(c) || (c->tls && connection_is_ours(c)))
        shutdown(c->fd, SHUT_RDWR);
    else
        connection_wake(c); /* the stream goes on elsewhere */
    mailbox_leave(c);
}
