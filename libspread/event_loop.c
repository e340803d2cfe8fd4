/* SPDX-License-Identifier: MIT */
#include "libspread/event.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Without a wake-up descriptor (none was to be had) a wait is cut into pieces of this length. */
#define WAIT_UNWOKEN ((int64_t)100000)

/* How a signal handler ends a wait that has not begun yet: it sets the request and writes to the
 * eventfd, which the wait watches. Atomic, for the handler may run in another thread. */
static struct {
    atomic_bool requested;
    atomic_int wake_fd; /* -1: none */
    pid_t owner;        /* the process that made it */
} leaving = {.wake_fd = -1};

int E_init(void)
{
    event_timers_clear();
    event_fds_clear();
    return 0;
}

void E_exit_events(void)
{
    leaving.requested = true;
}

void E_exit_events_async_safe(void)
{
    int saved = errno;
    uint64_t one = 1;
    leaving.requested = true;
    if (leaving.wake_fd >= 0) {
        ssize_t written = write(leaving.wake_fd, &one, sizeof one);
        (void)written; /* where the counter is full it is readable as well */
    }
    errno = saved;
}

/* wake_fd has ended a wait; it is made ready for the next one. */
static void on_woken(int wake_fd)
{
    uint64_t count;
    if (read(wake_fd, &count, sizeof count) < 0 && errno == EBADF)
        leaving.wake_fd = -1; /* closed by the application, with all that it knew nothing of */
}

/* The wake-up descriptor of this process. One that came through fork() is the parent's too, which
 * could read what our handler wrote; a child that runs the loop makes its own. It leaves the other
 * open: by now the number may be another file's. */
static int own_wake_fd(void)
{
    pid_t self = getpid();
    if (leaving.wake_fd < 0 || leaving.owner != self) {
        leaving.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        leaving.owner = self;
    }
    return leaving.wake_fd;
}

static void run_due_timers(void)
{
    while (!leaving.requested && event_timers_run_one())
        ;
}

/* Serves the whole snapshot of a level; false if it was empty. */
static bool serve_all(int priority)
{
    bool any = false;
    while (!leaving.requested && event_fds_serve(priority))
        any = true;
    return any;
}

static void look(void)
{
    int fd =
        own_wake_fd(); /* before the request is asked for: from here on a signal ends the wait */
    int64_t wait = leaving.requested ? 0 : event_timers_wait();
    if (fd < 0 && wait > WAIT_UNWOKEN)
        wait = WAIT_UNWOKEN;
    if (event_fds_look(fd, wait))
        on_woken(fd);
}

void E_handle_events(void)
{
    bool backlog = true; /* what was ready before we came goes before the timers */

    leaving.requested = false;
    while (!leaving.requested) {
        if (!backlog)
            run_due_timers();
        look();
        bool urgent = serve_all(HIGH_PRIORITY) || serve_all(MEDIUM_PRIORITY);
        if (!leaving.requested && event_fds_threshold() == LOW_PRIORITY)
            event_fds_serve(LOW_PRIORITY);
        if (!urgent)
            backlog = false;
    }
}
