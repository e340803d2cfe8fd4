/* SPDX-License-Identifier: MIT */
#include "daemon/io/loop.h"

#include <event2/event_struct.h>
#include <signal.h>
#include <string.h>

#include "daemon/io/clock.h"
#include "daemon/io/journal.h"
#include "daemon/io/log_output.h"

struct loop {
    struct event_base *base;
    struct daemon *daemon;
    struct clients *clients;
    struct event timer, term, interrupt, hangup;
    uint32_t view_time; /* of the view told last */
    bool stop;
};

static void on_stop(evutil_socket_t signal_number, short what, void *context)
{
    struct loop *l = context;
    (void)what;
    log_event(log_output(), LOG_PRINT, LEVEL_INFO, "stopping on SIG%s",
              sigabbrev_np((int)signal_number));
    l->stop = true;
}

static void on_hangup_signal(evutil_socket_t signal_number, short what, void *context)
{
    (void)signal_number;
    (void)what;
    (void)context;
    log_reopen();
    log_event(log_output(), LOG_PRINT, LEVEL_INFO, "log reopened on SIGHUP");
}

static void on_timer(evutil_socket_t fd, short what, void *context)
{
    (void)fd; /* the end of the turn does the work */
    (void)what;
    (void)context;
}

static void set_timer(struct loop *l, usec now)
{
    usec deadline = daemon_deadline(l->daemon);
    event_del(&l->timer);
    if (deadline == NEVER)
        return;
    usec wait = deadline > now ? deadline - now : 0;
    struct timeval t = {.tv_sec = (time_t)(wait / USEC_SECOND),
                        .tv_usec = (suseconds_t)(wait % USEC_SECOND)};
    event_add(&l->timer, &t);
}

static void end_turn(struct loop *l)
{
    usec now = clock_now();
    if (daemon_deadline(l->daemon) <= now)
        daemon_on_time(l->daemon, now, clock_wall_seconds());
    clients_serve(l->clients);
    const struct view *v = daemon_view(l->daemon);
    if (v->time != l->view_time) {
        l->view_time = v->time;
        journal_view(v, daemon_counters(l->daemon)->messages_ordered);
    }
    set_timer(l, now);
}

static void watch_signal(struct loop *l, struct event *e, int number, event_callback_fn handler)
{
    event_assign(e, l->base, number, EV_SIGNAL | EV_PERSIST, handler, l);
    event_add(e, NULL);
}

int loop_run(struct daemon *daemon, struct listeners *listeners)
{
    struct loop l = {.daemon = daemon, .base = event_base_new()};
    if (!l.base)
        return -1;
    signal(SIGPIPE, SIG_IGN);
    watch_signal(&l, &l.term, SIGTERM, on_stop);
    watch_signal(&l, &l.interrupt, SIGINT, on_stop);
    watch_signal(&l, &l.hangup, SIGHUP, on_hangup_signal);
    event_assign(&l.timer, l.base, -1, 0, on_timer, &l);
    l.clients = clients_new(l.base, daemon);
    listeners_start(listeners, l.base, l.clients, daemon);

    end_turn(&l);
    while (!l.stop && event_base_loop(l.base, EVLOOP_ONCE) >= 0)
        end_turn(&l);

    listeners_close(listeners);
    clients_free(l.clients);
    event_del(&l.timer);
    event_del(&l.term);
    event_del(&l.interrupt);
    event_del(&l.hangup);
    event_base_free(l.base);
    return 0;
}
