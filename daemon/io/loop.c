/* SPDX-License-Identifier: MIT */
#include "daemon/io/loop.h"

#include <event2/event_struct.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>

#include "daemon/groups/groups.h"
#include "daemon/daemon_sight.h"
#include "daemon/io/ask.h"
#include "daemon/io/clock.h"
#include "daemon/io/hashing.h"
#include "daemon/io/journal.h"
#include "daemon/io/log_output.h"
#include "daemon/io/notify.h"
#include "daemon/io/standing.h"
#include "daemon/io/udp.h"

/* A graceful stop takes this long at most, whatever the others do. */
enum {
    STOP_LIMIT_US = 2 * USEC_SECOND,
    LOOK_US = 250 * USEC_MS,
    PASSES = 16,
    MANY = 10000, /* groups */
    FEW = 1000,
    CLIENT = 10, /* and a connection, which with TLS has tens of KiB, counts as so many */
};

struct loop {
    struct event_base *base;
    struct daemon *daemon;
    struct clients *clients;
    struct http *http;
    struct udp *udp;
    struct asker *asker;
    struct hashing *hashing;
    struct reloader *reloader;
    struct notify *notify;
    struct event timer, term, interrupt, hangup;
    uint32_t view_time; /* of the view told last */
    const struct conf *told; /* how the daemon stands in it has been said; NULL: not yet */
    bool told_refused; /* and that it has refused a reload */
    usec planned;       /* when the timer is due */
    usec looked;        /* when what is due was looked for last */
    size_t held_then;   /* the most groups and connections since memory was given back */
    usec give_at;       /* when it is given back for those few that went; NEVER: none did */
    usec stop_at;       /* NEVER: nobody, no monitor either, has told us to stop */
};

static void on_stop(evutil_socket_t signal_number, short what, void *context)
{
    struct loop *l = context;
    (void)what;
    if (l->stop_at != NEVER)
        return;
    log_event(log_output(), LOG_PRINT, LEVEL_INFO, "stopping on SIG%s",
              sigabbrev_np((int)signal_number));
    l->stop_at = clock_now() + STOP_LIMIT_US;
    daemon_leave(l->daemon, clock_now());
}

static void on_hangup_signal(evutil_socket_t signal_number, short what, void *context)
{
    struct loop *l = context;
    (void)signal_number;
    (void)what;
    if (log_reopen())
        log_event(log_output(), LOG_PRINT, LEVEL_INFO, "log reopened on SIGHUP");
    reloader_ask(l->reloader);
}

/* What libevent would write to standard error otherwise. */
static void on_words(int severity, const char *text)
{
    log_event(log_output(), LOG_EVENTS | LOG_PRINT,
              severity == EVENT_LOG_ERR ? LEVEL_FATAL : LEVEL_WARNING, "libevent: %s", text);
}

static void on_timer(evutil_socket_t fd, short what, void *context)
{
    (void)fd; /* the end of the turn does the work */
    (void)what;
    (void)context;
}

/* Where it matters the daemon looks at the clock four times a second: by how much it is late then is how it
 * learns that it did not run. Its next deadline may be a second away, and as long a pause be over by then.
 * From the last look on, not from the end of the turn: the pause may fall into the rest of it. */
static usec next_look(const struct loop *l)
{
    return daemon_needs_looks(l->daemon) ? l->looked + LOOK_US : NEVER;
}

static void set_timer(struct loop *l, usec now)
{
    usec leaving = usec_earlier(reloader_deadline(l->reloader), l->stop_at);
    usec own = usec_earlier(usec_earlier(leaving, l->give_at), notify_deadline(l->notify));
    l->planned = usec_earlier(usec_earlier(daemon_deadline(l->daemon), own), next_look(l));
    event_del(&l->timer);
    if (l->planned == NEVER)
        return;
    usec wait = l->planned > now ? l->planned - now : 0;
    struct timeval t = {.tv_sec = (time_t)(wait / USEC_SECOND),
                        .tv_usec = (suseconds_t)(wait % USEC_SECOND)};
    event_add(&l->timer, &t);
}

/* Runs what is due, all input being in. That input may have set every deadline anew, and yet the
 * daemon is told how late the one it was to be woken for has become: so it knows of its pauses. */
static void run_due(struct loop *l)
{
    usec now = l->looked = clock_now();
    usec lag = l->planned < now ? now - l->planned : 0;
    for (int i = 0; i < PASSES && (lag > 0 || daemon_deadline(l->daemon) <= now); i++) {
        daemon_on_time(l->daemon, now, lag, clock_wall_seconds());
        if (daemon_is_behind(l->daemon))
            return;
        now = clock_now();
        lag = now > l->looked + LOOK_US ? now - l->looked - LOOK_US : 0; /* meanwhile */
        l->looked = now;
    }
}

/* Of many groups or connections that are gone, the allocator keeps what it had for them as long as
 * anything behind it is in use: here it is told to give it back, some at a time, for of a million it
 * takes long. The last 9,999 of 200,000 are no such many, so of fewer it is told once a second. */
static void give_memory_back(struct loop *l, usec now)
{
    size_t held = groups_count(daemon_groups(l->daemon)) + CLIENT * clients_count(l->clients);
    if (held > l->held_then)
        l->held_then = held;
    size_t gone = l->held_then - held;
    if (gone >= FEW && l->give_at == NEVER)
        l->give_at = now + USEC_SECOND;
    if (gone < MANY && now < l->give_at)
        return;
    l->held_then = held;
    l->give_at = gone < MANY ? NEVER : now + USEC_SECOND;
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

/* A monitor or a reload may have told the daemon to leave. */
static void look_for_stop(struct loop *l)
{
    if (l->stop_at == NEVER && daemon_is_leaving(l->daemon))
        l->stop_at = clock_now() + STOP_LIMIT_US;
}

/* Whoever connects from now on meets the certificate of the configuration in force. */
static void follow_tls(struct loop *l)
{
    SSL_CTX *tls;
    if (reloader_take_tls(l->reloader, &tls))
        clients_use_tls(l->clients, tls);
}

/* Once a second at most, and never for its own sake: who is idle has nothing to show. */
static void sample(struct loop *l, usec now)
{
    if (daemon_samples_due(l->daemon, now))
        daemon_sample(l->daemon, now, clock_wall());
}

/* Of a reload that begins and ends in one turn both are told. */
static void step_reload(struct loop *l)
{
    usec now = clock_now();
    notify_reloading(l->notify, reloader_is_busy(l->reloader), now);
    reloader_step(l->reloader);
    notify_reloading(l->notify, reloader_is_busy(l->reloader), now);
}

/* What somebody may wait for is told when it is done, at the end of the turn. */
static void tell_manager(struct loop *l, usec now)
{
    char text[STANDING_TEXT];
    bool refused = reloader_has_refused(l->reloader);
    if (l->told != daemon_conf(l->daemon) || l->told_refused != refused) {
        l->told = daemon_conf(l->daemon);
        l->told_refused = refused;
        standing_text(l->daemon, refused, text);
        notify_status(l->notify, text);
    }
    if (l->stop_at != NEVER)
        notify_stopping(l->notify);
    notify_step(l->notify, now);
}

/* In this order: what others sent is in before anybody is found silent; the token goes on before
 * clients are written to; those who are in before those who are not. */
static void end_turn(struct loop *l)
{
    udp_receive(l->udp);
    run_due(l);
    asker_step(l->asker);
    hashing_step(l->hashing);
    udp_flush(l->udp);
    clients_serve(l->clients);
    udp_flush(l->udp);
    clients_greet(l->clients);
    step_reload(l);
    clients_serve(l->clients); /* those whom it has ended, and those who were greeted */
    follow_tls(l);
    udp_flush(l->udp);
    look_for_stop(l);
    usec now = clock_now();
    give_memory_back(l, now);
    sample(l, now);
    if (daemon_view(l->daemon)->time != l->view_time) {
        l->view_time = daemon_view(l->daemon)->time;
        journal_view(l->daemon);
        l->told = NULL;
    }
    tell_manager(l, now);
    set_timer(l, now);
}

static bool is_over(const struct loop *l)
{
    return l->stop_at != NEVER && (daemon_has_left(l->daemon) || clock_now() >= l->stop_at);
}

static void watch_signal(struct loop *l, struct event *e, int number, event_callback_fn handler)
{
    event_assign(e, l->base, number, EV_SIGNAL | EV_PERSIST, handler, l);
    event_add(e, NULL);
}

/* The signals that end a process which does not handle them, and that we handle. */
static sigset_t handled(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    return set;
}

void loop_hold_signals(void)
{
    sigset_t set = handled();
    sigprocmask(SIG_BLOCK, &set, NULL);
}

static void let_signals_in(void)
{
    sigset_t set = handled();
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

int loop_run(struct daemon *daemon, struct listeners *listeners, struct udp *udp,
             struct reloader *reloader, struct notify *notify, const char *ready)
{
    event_set_log_callback(on_words);
    struct loop l = {.daemon = daemon,
                     .udp = udp,
                     .reloader = reloader,
                     .notify = notify,
                     .base = event_base_new(),
                     .planned = NEVER,
                     .give_at = NEVER,
                     .stop_at = NEVER};
    if (!l.base) {
        log_event(log_output(), LOG_EXIT, LEVEL_FATAL, "spreadd: libevent cannot be started");
        return -1;
    }
    watch_signal(&l, &l.term, SIGTERM, on_stop);
    watch_signal(&l, &l.interrupt, SIGINT, on_stop);
    watch_signal(&l, &l.hangup, SIGHUP, on_hangup_signal);
    let_signals_in();
    event_assign(&l.timer, l.base, -1, 0, on_timer, &l);
    SSL_CTX *tls = NULL;
    reloader_take_tls(reloader, &tls);
    l.http = http_new(l.base, daemon);
    l.clients = clients_new(l.base, daemon, tls, l.http);
    listeners_start(listeners, l.base, l.clients, l.http, daemon);
    udp_start(udp, l.base, daemon);
    l.asker = asker_new(l.base, daemon);
    l.hashing = hashing_new(l.base, daemon);
    log_event(log_output(), LOG_PRINT, LEVEL_INFO, "%s", ready);
    log_let_go();
    notify_ready(notify);

    end_turn(&l);
    while (!is_over(&l) && event_base_loop(l.base, EVLOOP_ONCE) >= 0)
        end_turn(&l);

    listeners_close(listeners);
    asker_free(l.asker);
    hashing_free(l.hashing);
    udp_close(udp);
    clients_free(l.clients);
    http_free(l.http);
    event_del(&l.timer);
    event_del(&l.term);
    event_del(&l.interrupt);
    event_del(&l.hangup);
    event_base_free(l.base);
    return 0;
}
