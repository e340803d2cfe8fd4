/* SPDX-License-Identifier: MIT */
#include "tools/splog/link.h"

#include <poll.h>
#include <stdlib.h>

#include "tools/splog/splog.h"

enum {
    CONNECT_LIMIT_SEC = 2, /* meanwhile nothing else happens here */
    WAIT_MIN_MS = 50,
    WAIT_MAX_MS = 4000,
};

static void connect_again(int code, void *data);

static void on_readable(int fd, int code, void *data)
{
    struct link *l = data;
    (void)fd;
    (void)code;
    l->on_readable(l->owner);
}

static void on_room(int fd, int code, void *data)
{
    struct link *l = data;
    (void)code;
    E_detach_fd(fd, WRITE_FD);
    l->watching_room = false;
    l->on_room(l->owner);
}

/* Says what is wrong, once as long as it is the same. The wait is spread by a quarter either way,
 * for hundreds may have lost the same daemon. */
static void try_later(struct link *l, int error, const char *what)
{
    long wait = l->wait_ms + (random() % (l->wait_ms / 2 + 1)) - l->wait_ms / 4;
    if (error != l->told)
        say("%s %s: %s (%d); trying again", what, l->address, SP_strerror(error), error);
    l->told = error;
    l->wait_ms = 2 * l->wait_ms < WAIT_MAX_MS ? 2 * l->wait_ms : WAIT_MAX_MS;
    E_queue(connect_again, 0, l, (sp_time){.sec = wait / 1000, .usec = wait % 1000 * 1000});
}

static void connect_now(struct link *l)
{
    mailbox mbox;
    int result = SP_connect_timeout(l->address, l->name, 0, 0, &mbox, l->private_group,
                                    (sp_time){.sec = CONNECT_LIMIT_SEC});
    if (result != ACCEPT_SESSION) {
        try_later(l, result, "cannot connect to");
        return;
    }
    if (l->told != 0)
        say("connected to %s", l->address);
    l->told = 0;
    l->mbox = mbox;
    E_attach_fd(mbox, READ_FD, on_readable, 0, l, HIGH_PRIORITY);
    l->on_up(l->owner);
}

static void connect_again(int code, void *data)
{
    (void)code;
    connect_now(data);
}

static void let_go(struct link *l)
{
    E_detach_fd(l->mbox, READ_FD);
    E_detach_fd(l->mbox, WRITE_FD);
    l->watching_room = false;
    l->mbox = -1;
}

void link_start(struct link *l)
{
    l->mbox = -1;
    l->told = 0;
    l->wait_ms = WAIT_MIN_MS;
    l->watching_room = false;
    connect_now(l);
}

void link_failed(struct link *l, int code)
{
    mailbox mbox = l->mbox;
    let_go(l);
    SP_disconnect(mbox);
    try_later(l, code, "lost");
}

static bool can_take_more(mailbox mbox)
{
    struct pollfd p = {.fd = mbox, .events = POLLOUT};
    return poll(&p, 1, 0) == 1; /* also where the connection has failed: sending will tell */
}

void link_end(struct link *l)
{
    mailbox mbox = l->mbox;
    E_dequeue(connect_again, 0, l);
    if (mbox < 0)
        return;
    let_go(l);
    if (can_take_more(mbox))
        SP_disconnect(mbox);
    else
        SP_kill(mbox);
}

bool link_has_room(struct link *l)
{
    if (can_take_more(l->mbox))
        return true;
    if (!l->watching_room)
        E_attach_fd(l->mbox, WRITE_FD, on_room, 0, l, HIGH_PRIORITY);
    l->watching_room = true;
    return false;
}

void link_proved(struct link *l)
{
    l->wait_ms = WAIT_MIN_MS;
}
