/* SPDX-License-Identifier: MIT */
#include "daemon/io/clients.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "daemon/io/clients_inside.h"
#include "daemon/io/clock.h"
#include "daemon/io/journal.h"
#include "daemon/session/sources.h"

enum {
    STRANGERS_US = 250,  /* of a turn, for all who are not in yet, and what the last one of them takes */
    LINE_UP_A_TURN = 200, /* of those that it has no time for */
};

static void watch_no_more(struct client *c)
{
    event_del(&c->read);
    if (c->write)
        event_del(c->write);
}

/* While a thread has its stream nothing can be said to it. */
static void end_greeting(struct client *c)
{
    c->deaf = c->deaf || greeting_is_beside(c->greeting);
    greeting_free(c->greeting);
    c->greeting = NULL;
}

/* All but its connection and its session. */
static void forget_client(struct client *c)
{
    watch_no_more(c);
    free(c->write);
    list_remove(&c->link);
    c->all->count--;
    list_remove(&c->paused);
    list_remove(&c->again);
    list_remove(&c->turn);
    free(c);
}

static void close_client(struct client *c)
{
    if (c->in_journal)
        journal_gone(c->all->daemon, c->session, c->channel.fd);
    watch_no_more(c);
    end_greeting(c);
    channel_close(&c->channel);
    daemon_forget(c->all->daemon, c->session);
    forget_client(c);
}

size_t clients_count(const struct clients *all)
{
    return all->count;
}

void clients_free(struct clients *all)
{
    if (!all)
        return;
    while (!list_empty(&all->list))
        close_client(list_entry(all->list.next, struct client, link));
    event_del(&all->soon);
    greeter_fini(&all->greeter);
    free(all);
}

void clients_use_tls(struct clients *all, SSL_CTX *tls)
{
    greeter_use(&all->greeter, tls);
}

/* -- greeting ------------------------------------------------------------------------------ */

static void refuse(struct client *c, enum why why)
{
    end_greeting(c);
    daemon_refuse(c->all->daemon, c->session, why, clock_now());
    event_add(&c->read, NULL);
}

/* Whose handshake goes on while too many others have begun. */
static void drop_surplus(struct clients *all)
{
    struct greeting *eldest = greeter_surplus(&all->greeter);
    if (eldest)
        refuse(eldest->owner, HELLO_TLS_CROWDED);
}

static void on_greeted(struct client *c)
{
    char name[CERTIFICATE_NAME_MAX + 1];
    end_greeting(c);
    if (!c->channel.tls)
        return;
    tls_stream_name(c->channel.tls, name);
    daemon_on_secured(c->session, name);
}

/* It is no client: it asks for the status. */
static void hand_over(struct client *c)
{
    struct http *http = c->all->http;
    struct ip from = c->session->identity->ip;
    int fd = c->channel.fd;
    end_greeting(c);
    daemon_withdraw(c->all->daemon, c->session);
    forget_client(c);
    http_take(http, fd, &from);
}

/* True: it may be read. */
static bool greet_client(struct client *c)
{
    enum why why;
    bool http = http_serves_clients_port(c->all->http);
    enum greeted g = greet(c->greeting, &c->session->source->shakes, http, &why);
    if (g == GREET_HTTP) {
        hand_over(c);
        return false;
    }
    drop_surplus(c->all);
    if (!channel_flush(&c->channel))
        clients_await_writable(c);
    switch (g) {
    case GREET_OVER:
        on_greeted(c);
        return true;
    case GREET_BESIDE:
        event_del(&c->read);
        break;
    case GREET_LATER:
    case GREET_HTTP: /* is gone */
        break;
    case GREET_FAILED:
        refuse(c, why);
        break;
    case GREET_GONE:
        end_greeting(c);
        daemon_on_hangup(c->all->daemon, c->session, END_CLOSED, 0, clock_now());
        break;
    }
    return false;
}

/* -- reading ------------------------------------------------------------------------------- */

/* A refused client may still be talking: its bytes are thrown away until it hangs up. */
static void drain(struct client *c)
{
    if (!channel_drain(&c->channel))
        daemon_on_hangup(c->all->daemon, c->session, END_REFUSED, 0, clock_now());
}

/* The handshake may be over, and the session with it. */
static void note_opened(struct client *c)
{
    if (!c->session->opened || c->in_journal)
        return;
    c->in_journal = true;
    journal_connected(c->all->daemon, c->session, c->channel.fd);
}

/* Nothing is learned from a time in which somebody else may have had the processor. */
static void learn_share(struct client *c, size_t n, bool all_of_it, usec took)
{
    long before = c->all->preemptions;
    if (took > SHARE_US && (c->all->preemptions = clock_preemptions()) != before)
        return;
    share_learn(&c->share, n, all_of_it, took);
}

static void read_input(struct client *c)
{
    struct daemon *d = c->all->daemon;
    struct iovec iov[2];
    usec begin = clock_now();
    int count = share_trim(&c->share, iov, daemon_read_room(d, c->session, iov));
    ssize_t n = channel_read(&c->channel, iov, count);
    if (channel_has_more(&c->channel))
        clients_come_again(c);
    if (n > 0) {
        daemon_on_read(d, c->session, (size_t)n, clock_now());
        learn_share(c, (size_t)n, (size_t)n == share_room(iov, count), clock_now() - begin);
        note_opened(c);
    } else if (n == 0)
        daemon_on_hangup(d, c->session, END_CLOSED, 0, clock_now());
    else if (errno != EAGAIN && errno != EINTR)
        daemon_on_hangup(d, c->session, END_BROKEN, errno, clock_now());
}

/* In the list that it is in already it keeps its place. */
static void rest(struct client *c)
{
    bool held = daemon_holds(c->session);
    if (c->held != held || list_empty(&c->paused))
        list_append(held ? &c->all->held : &c->all->paused, &c->paused);
    c->held = held;
}

static void read_no_more(struct client *c)
{
    if (!channel_hush(&c->channel))
        event_del(&c->read);
}

static void read_client(struct client *c)
{
    if (c->session->state == SESSION_REFUSED) {
        drain(c);
    } else if (c->greeting && !greet_client(c)) {
        return;
    } else if (!session_listens(c->session)) {
        read_no_more(c);
    } else if (daemon_may_read(c->all->daemon, c->session)) {
        read_input(c);
    } else {
        read_no_more(c);
        rest(c);
    }
}

/* Where bytes go through memory its socket tells of room there in the same way. */
static void come_up(struct client *c)
{
    bool more = c->channel.pipes && c->session->state != SESSION_GONE && !outbox_empty(&c->session->outbox);
    read_client(c);
    if (more && c->session->state != SESSION_GONE)
        clients_write(c);
}

static void on_readable(evutil_socket_t fd, short what, void *context)
{
    struct client *c = context;
    (void)fd;
    (void)what;
    if (c->session->opened)
        come_up(c);
    else if (list_empty(&c->turn))
        list_append(&c->all->coming, &c->turn);
}

/* Those that have come while these are read wait for another turn. */
static void on_soon(evutil_socket_t fd, short what, void *context)
{
    struct clients *all = context;
    struct link now;
    list_init(&now);
    for (struct link *l; (l = list_take_first(&all->again));)
        list_append(&now, l);
    for (struct link *l; (l = list_take_first(&now));)
        on_readable(fd, what, list_entry(l, struct client, again));
}

/* -- those who are not in -------------------------------------------------------------------- */

/* A socket that has something to say is told of in each turn, which takes time, too. So those that the
 * turn has no time for are not watched until it is theirs; of many at once some, for that takes time as
 * well. The others will be told of again, if not all that they said has been taken out of the socket. */
static void line_up(struct clients *all)
{
    int count = 0;
    for (struct link *l; (l = list_take_first(&all->coming));) {
        struct client *c = list_entry(l, struct client, turn);
        if (++count > LINE_UP_A_TURN && !channel_has_more(&c->channel))
            continue;
        event_del(&c->read);
        list_append(&all->line, &c->turn);
    }
}

/* A thread has done its part of a handshake: what comes of it waits for the others. */
static void on_step(void *owner)
{
    struct client *c = owner;
    list_append(&c->all->line, &c->turn);
}

void clients_greet(struct clients *all)
{
    struct link *l;
    usec end = list_empty(&all->line) && list_empty(&all->coming) ? 0 : clock_now() + STRANGERS_US;
    while (end > 0 && clock_now() < end) {
        bool waited = (l = list_take_first(&all->line)) != NULL;
        if (!waited && !(l = list_take_first(&all->coming)))
            break;
        struct client *c = list_entry(l, struct client, turn);
        if (waited)
            event_add(&c->read, NULL);
        read_client(c);
    }
    line_up(all);
    if (!list_empty(&all->line))
        clients_turn_again(all);
    greeter_step(&all->greeter);
}

/* Who was left out is read before any that was not: events come in the order in which sockets were watched
 * last, so one might miss its turn every time. True: some were, and more may be to be written. */
static bool resume_paused(struct clients *all)
{
    bool some = false;
    while (!list_empty(&all->paused)) {
        struct client *c = list_entry(all->paused.next, struct client, paused);
        if (daemon_may_read(all->daemon, c->session)) {
            list_remove(&c->paused);
            event_add(&c->read, NULL);
            come_up(c);
            some = true;
        } else if (daemon_holds(c->session)) {
            rest(c);
        } else {
            break;
        }
    }
    return some;
}

/* -- turns ---------------------------------------------------------------------------------- */

/* It has been let in, and told so: until then it would not look for memory that is offered. */
static void may_share(struct client *c)
{
    c->may_share = true;
    c->channel.supply = &c->all->pipes;
}

static void serve_ready(struct clients *all)
{
    struct session *s;
    while ((s = daemon_next_ready(all->daemon))) {
        struct client *c = s->owner;
        note_opened(c);
        if (daemon_asks(s))
            daemon_on_unread(all->daemon, s, channel_unread(&c->channel, s->local), clock_now());
        if (s->state != SESSION_GONE)
            clients_write(c);
        if (s->opened && s->local && !c->may_share)
            may_share(c);
        if (s->state == SESSION_GONE)
            close_client(c);
        else if (!list_empty(&c->paused))
            rest(c);
    }
}

void clients_serve(struct clients *all)
{
    const struct conf *conf = daemon_conf(all->daemon);
    all->pipes.most = conf->shared_mailboxes;
    all->pipes.after = conf->shared_mailbox_after;
    do
        serve_ready(all);
    while (resume_paused(all));
}

struct clients *clients_new(struct event_base *base, struct daemon *daemon, SSL_CTX *tls,
                            struct http *http)
{
    struct clients *all = memory_new(sizeof *all);
    all->base = base;
    all->daemon = daemon;
    all->http = http;
    greeter_init(&all->greeter, base, tls, on_step);
    event_assign(&all->soon, base, -1, 0, on_soon, all);
    list_init(&all->list);
    list_init(&all->again);
    list_init(&all->coming);
    list_init(&all->line);
    list_init(&all->paused);
    list_init(&all->held);
    return all;
}

void clients_add(struct clients *all, int fd, const struct peer *peer)
{
    struct client *c = memory_new(sizeof *c);
    c->all = all;
    c->channel.fd = fd;
    if (!peer->local) /* else the system knows who is at the other end, and nobody in between */
        c->greeting = greeting_new(&all->greeter, c, &c->channel);
    share_init(&c->share);
    list_init(&c->link);
    list_init(&c->paused);
    list_init(&c->again);
    list_init(&c->turn);
    list_append(&all->list, &c->link);
    all->count++;
    event_assign(&c->read, all->base, fd, EV_READ | EV_PERSIST, on_readable, c);
    event_add(&c->read, NULL);
    c->session = daemon_accept(all->daemon, peer, c, clock_now());
}
