/* SPDX-License-Identifier: MIT */
#include "daemon/io/http.h"

#include <errno.h>
#include <event2/event_struct.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/base/list.h"
#include "daemon/base/memory.h"
#include "daemon/io/clock.h"
#include "daemon/io/host.h"
#include "daemon/io/http_answers.h"

enum {
    CONNECTIONS = 64,
    ASK_US = 5 * USEC_SECOND,   /* to send a request */
    READ_US = 30 * USEC_SECOND, /* to read the answer */
    LINGER_US = USEC_SECOND,    /* till the other end is seen to have it all */
    SHARE = 10,                 /* answers take a tenth of the time */
};

enum stage { ASKS, IN_LINE, READS, LINGERS };

struct visitor {
    struct http *all;
    int fd;
    enum stage stage;
    struct ip from;
    struct event readable, writable, late;
    struct link link; /* among all, the eldest first */
    struct link line; /* IN_LINE */
    struct http_request request;
    size_t len; /* of head */
    char head[HTTP_HEAD_MAX];
    struct text answer;
    size_t written;
};

struct http {
    struct event_base *base;
    struct daemon *daemon;
    struct link visitors, line;
    int count;
    bool own_port; /* there is one, as this process was started: none of those of clients is ours */
    usec next_at;  /* answers are made again */
    struct event turn;
};

static void leave(struct visitor *v)
{
    event_del(&v->readable);
    event_del(&v->writable);
    event_del(&v->late);
    close(v->fd);
    list_remove(&v->link);
    list_remove(&v->line);
    text_fini(&v->answer);
    v->all->count--;
    free(v);
}

static void enter(struct visitor *v, enum stage stage, usec limit)
{
    struct timeval t = {.tv_sec = (time_t)(limit / USEC_SECOND)};
    v->stage = stage;
    event_del(&v->late);
    event_add(&v->late, &t);
}

static void tell(const struct visitor *v, enum why why)
{
    struct event_record e = event_of(EVENT_STATUS_REFUSED, why);
    ip_text(&v->from, e.from);
    daemon_tell(v->all->daemon, &e, clock_now());
}

/* -- answering --------------------------------------------------------------------------------- */

/* All is said; what the other end may still be saying is thrown away, for to close the connection with it
 * unread would take back the answer. */
static void linger(struct visitor *v)
{
    shutdown(v->fd, SHUT_WR);
    event_del(&v->writable);
    event_add(&v->readable, NULL);
    enter(v, LINGERS, LINGER_US);
}

static void write_on(struct visitor *v)
{
    while (v->written < v->answer.len) {
        ssize_t n = send(v->fd, v->answer.bytes + v->written, v->answer.len - v->written,
                         MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN) {
            leave(v);
            return;
        }
        if (n < 0) {
            event_add(&v->writable, NULL);
            return;
        }
        v->written += (size_t)n;
    }
    linger(v);
}

static void begin_answer(struct visitor *v)
{
    event_del(&v->readable);
    enter(v, READS, READ_US);
}

static void answer_error(struct visitor *v, enum http_status status)
{
    begin_answer(v);
    http_answer_error(&v->request, status, &v->answer);
    write_on(v);
}

static enum why why_of(enum http_status status)
{
    return status == HTTP_NO_METHOD                                        ? STATUS_METHOD
           : status == HTTP_HEAD_TOO_LONG || status == HTTP_URI_TOO_LONG ? STATUS_TOO_LONG
                                                                           : STATUS_MALFORMED;
}

/* -- in line ----------------------------------------------------------------------------------- */

/* Those in line are answered one after the other, with nine times as long between as each took. */
static void serve_line(struct http *h)
{
    usec now = clock_now();
    if (now >= h->next_at && !list_empty(&h->line)) {
        struct visitor *v = list_entry(list_take_first(&h->line), struct visitor, line);
        begin_answer(v);
        http_answer(h->daemon, &v->request, &v->from, now, &v->answer);
        h->next_at = clock_now() + (SHARE - 1) * (clock_now() - now);
        write_on(v);
    }
    if (list_empty(&h->line))
        return;
    now = clock_now();
    usec wait = h->next_at > now ? h->next_at - now : 0;
    struct timeval t = {.tv_sec = (time_t)(wait / USEC_SECOND),
                        .tv_usec = (suseconds_t)(wait % USEC_SECOND)};
    event_add(&h->turn, &t);
}

static void on_turn(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    serve_line(context);
}

/* -- who may ask ------------------------------------------------------------------------------- */

static const struct conf *conf_of(const struct http *h)
{
    return daemon_conf(h->daemon);
}

/* The address that it came to. */
static struct ip here(const struct visitor *v)
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof address;
    uint16_t port;
    if (getsockname(v->fd, (struct sockaddr *)&address, &len) != 0)
        return (struct ip){.family = 0};
    return host_ip(&address, &port);
}

static bool is_near(const struct visitor *v)
{
    struct ip to = here(v);
    return ip_is_loopback(&v->from) || ip_equal(&v->from, &to);
}

/* A page from elsewhere whose name was made to resolve to this machine does not get through. */
static bool is_own_name(const struct visitor *v)
{
    const char *host = v->request.host;
    const struct in_force *f = daemon_in_force(v->all->daemon);
    const struct conf_daemon *me = &f->conf->daemons[f->self];
    char bare[HTTP_HOST_MAX + 1], name[256] = "";
    struct ip ip, to = here(v);
    size_t len = strlen(host);
    if (host[0] == '\0' || strcmp(host, "localhost") == 0 || strcasecmp(host, me->name) == 0)
        return true; /* without one it is no browser: it is of HTTP/1.0 */
    if (gethostname(name, sizeof name - 1) == 0 && strcasecmp(host, name) == 0)
        return true;
    memcpy(bare, host, len + 1);
    if (host[0] == '[') {
        bare[len - 1] = '\0';
        memmove(bare, bare + 1, len - 1);
    }
    return ip_parse(&ip, bare) && (ip_is_loopback(&ip) || ip_equal(&ip, &to) || ip_equal(&ip, &me->ip));
}

static enum why judge(const struct visitor *v)
{
    if (conf_of(v->all)->status_access == CONF_STATUS_PUBLIC)
        return WHY_NONE;
    if (conf_of(v->all)->status_access == CONF_STATUS_OFF || !is_near(v))
        return STATUS_STRANGER;
    return is_own_name(v) ? WHY_NONE : STATUS_HOST;
}

/* -- asking ------------------------------------------------------------------------------------ */

static void on_request(struct visitor *v)
{
    enum http_status status = http_head_parse(&v->request, v->head, v->len);
    if (status == HTTP_INCOMPLETE)
        return;
    if (status != HTTP_OK) {
        tell(v, why_of(status));
        answer_error(v, status);
        return;
    }
    enum why why = judge(v);
    if (why != WHY_NONE) {
        tell(v, why);
        answer_error(v, why == STATUS_HOST ? HTTP_MISDIRECTED : HTTP_FORBIDDEN);
        return;
    }
    event_del(&v->readable);
    v->stage = IN_LINE;
    list_append(&v->all->line, &v->line);
    serve_line(v->all);
}

static void on_readable(evutil_socket_t fd, short what, void *context)
{
    struct visitor *v = context;
    char waste[4096];
    (void)what;
    bool asks = v->stage == ASKS;
    ssize_t n = asks ? recv(fd, v->head + v->len, sizeof v->head - v->len, MSG_DONTWAIT)
                     : recv(fd, waste, sizeof waste, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        leave(v);
        return;
    }
    if (!asks)
        return;
    v->len += (size_t)n;
    on_request(v);
}

static void on_writable(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    write_on(context);
}

static void on_late(evutil_socket_t fd, short what, void *context)
{
    struct visitor *v = context;
    (void)fd;
    (void)what;
    if (v->stage != LINGERS)
        tell(v, STATUS_LATE);
    if (v->stage == ASKS && v->len > 0)
        answer_error(v, HTTP_LATE);
    else
        leave(v);
}

/* -- all --------------------------------------------------------------------------------------- */

struct http *http_new(struct event_base *base, struct daemon *daemon)
{
    struct http *h = memory_new(sizeof *h);
    h->base = base;
    h->daemon = daemon;
    h->own_port = daemon_conf(daemon)->monitor_port != 0;
    list_init(&h->visitors);
    list_init(&h->line);
    event_assign(&h->turn, base, -1, 0, on_turn, h);
    return h;
}

void http_free(struct http *h)
{
    if (!h)
        return;
    while (!list_empty(&h->visitors))
        leave(list_entry(h->visitors.next, struct visitor, link));
    event_del(&h->turn);
    free(h);
}

bool http_serves_clients_port(const struct http *h)
{
    return conf_of(h)->status_access != CONF_STATUS_OFF && !h->own_port;
}

/* Who gives way: the eldest that is still to ask, or has got its answer; or, if all are being answered,
 * the eldest of all, which had the time to read. */
static struct visitor *surplus(const struct http *h)
{
    for (struct link *l = h->visitors.next; l != &h->visitors; l = l->next) {
        struct visitor *v = list_entry(l, struct visitor, link);
        if (v->stage == ASKS || v->stage == LINGERS)
            return v;
    }
    return list_entry(h->visitors.next, struct visitor, link);
}

static void make_room(struct http *h)
{
    if (h->count < CONNECTIONS)
        return;
    struct visitor *v = surplus(h);
    if (v->stage != LINGERS)
        tell(v, STATUS_CROWDED);
    leave(v);
}

void http_take(struct http *h, int fd, const struct ip *from)
{
    make_room(h);
    struct visitor *v = memory_new(sizeof *v);
    v->all = h;
    v->fd = fd;
    v->from = *from;
    h->count++;
    list_init(&v->link);
    list_init(&v->line);
    list_append(&h->visitors, &v->link);
    event_assign(&v->readable, h->base, fd, EV_READ | EV_PERSIST, on_readable, v);
    event_assign(&v->writable, h->base, fd, EV_WRITE, on_writable, v);
    event_assign(&v->late, h->base, -1, 0, on_late, v);
    event_add(&v->readable, NULL);
    enter(v, ASKS, ASK_US);
}
