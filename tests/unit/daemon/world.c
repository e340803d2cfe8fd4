/* SPDX-License-Identifier: MIT */
#include "tests/unit/daemon/world.h"

#include <stdio.h>

#include "daemon/base/memory.h"

static void keep_line(void *context, enum log_level level, const char *line)
{
    struct world *w = context;
    if (level >= LEVEL_WARNING && level != LEVEL_PRINT)
        snprintf(w->last_log, sizeof w->last_log, "%s", line);
    if (level == LEVEL_PRINT)
        snprintf(w->last_print, sizeof w->last_print, "%s", line);
}

static struct conf *conf_of(int daemon_count, const char *allowed_auth)
{
    struct conf *c = memory_new(sizeof *c);
    c->segment_count = 1;
    c->segments[0] = (struct conf_segment){.port = 4803, .daemon_count = daemon_count};
    c->daemon_count = daemon_count;
    for (int i = 0; i < daemon_count; i++) {
        snprintf(c->daemons[i].name, sizeof c->daemons[i].name, "d%d", i + 1);
        c->daemons[i].id = 100 + (uint32_t)i;
    }
    c->max_session_messages = 1000;
    c->timeouts = (struct conf_timeouts){1250, 500, 250, 250, 625, 500, 1250, 1250, 30000};
    c->window = 160;
    c->personal_window = 20;
    c->accelerated_window = 15;
    c->auth_written = true;
    snprintf(c->allowed_auth, sizeof c->allowed_auth, "%s", allowed_auth);
    return c;
}

struct world *world_new(int daemon_count, const char *allowed_auth)
{
    struct daemon_parts parts = {0};
    struct world *w = memory_new(sizeof *w);
    w->now = 1000000;
    w->conf = conf_of(daemon_count, allowed_auth);
    w->auth = auth_policy_new(w->conf);
    w->log = (struct log){.types = ~0u, .level = LEVEL_DEBUG, .sink = keep_line, .context = w};
    parts.conf = w->conf;
    parts.auth = w->auth;
    parts.log = &w->log;
    parts.seed = 7;
    w->daemon = daemon_new(&parts, w->now);
    world_pass(w, 0);
    return w;
}

static bool no_account(bool group, const char *name, uint32_t *id)
{
    (void)group;
    (void)name;
    *id = 0;
    return false;
}

struct rights *world_rights(const char *policy)
{
    struct conf_source source = {.file = "policy", .text = policy, .len = strlen(policy)};
    struct rights *r = rights_parse(&source, no_account);
    assert_non_null(r);
    return r;
}

struct world *world_new_guarded(const char *policy)
{
    struct world *w = world_new(1, "NULL");
    w->auth->rights = world_rights(policy);
    return w;
}

void world_free(struct world *w)
{
    daemon_free(w->daemon);
    auth_policy_free(w->auth);
    free(w->conf);
    free(w);
}

void world_reload(struct world *w, struct auth_policy *next)
{
    daemon_reload(w->daemon, w->conf, 0, next, NULL);
    assert_true(daemon_take_over(w->daemon, w->now));
    auth_policy_free(w->auth);
    w->auth = next;
    world_turn(w);
}

static void take_output(struct peer_end *p)
{
    struct world *w = p->world;
    struct outbox *o = &p->session->outbox;
    while (p->reads && !outbox_empty(o)) {
        struct iovec iov[4];
        int count = outbox_peek(o, iov, 4);
        size_t total = 0;
        for (int i = 0; i < count; i++) {
            if (p->len + iov[i].iov_len > p->room) {
                p->room = 2 * (p->len + iov[i].iov_len);
                p->bytes = memory_grow(p->bytes, p->room);
            }
            memcpy(p->bytes + p->len, iov[i].iov_base, iov[i].iov_len);
            p->len += iov[i].iov_len;
            total += iov[i].iov_len;
        }
        daemon_on_written(w->daemon, p->session, total, false, w->now);
    }
    if (!outbox_empty(o))
        daemon_on_written(w->daemon, p->session, 0, true, w->now);
}

/* Nobody else is there. */
static void drop_datagrams(struct world *w)
{
    struct datagram_out out;
    while (daemon_next_datagram(w->daemon, &out))
        block_unref(out.block);
}

void world_turn(struct world *w)
{
    struct session *s;
    while ((s = daemon_next_ready(w->daemon))) {
        struct peer_end *p = s->owner;
        if (daemon_asks(s))
            daemon_on_unread(w->daemon, s, p->unread, w->now);
        if (s->state != SESSION_GONE)
            take_output(p);
        if (s->state == SESSION_GONE) {
            daemon_forget(w->daemon, s);
            p->session = NULL;
            p->closed = true;
        }
    }
}

void world_pass(struct world *w, usec ms)
{
    usec until = w->now + ms * USEC_MS;
    daemon_on_time(w->daemon, w->now, 0, 1700000000);
    for (usec next; (next = daemon_deadline(w->daemon)) <= until;) {
        w->now = next > w->now ? next : w->now;
        daemon_on_time(w->daemon, w->now, 0, 1700000000);
        world_turn(w);
    }
    w->now = until;
    drop_datagrams(w);
    world_turn(w);
}

struct peer_end *world_connect_from(struct world *w, const struct peer *peer)
{
    struct peer_end *p = memory_new(sizeof *p);
    p->world = w;
    p->reads = true;
    p->session = daemon_accept(w->daemon, peer, p, w->now);
    return p;
}

struct peer_end *world_connect(struct world *w)
{
    static const struct peer local = {.local = true};
    return world_connect_from(w, &local);
}

struct peer_end *world_join_as(struct world *w, const char *name)
{
    uint8_t hello[HELLO_MAX], choice[AUTH_CHOICE] = "NULL";
    struct peer_end *p = world_connect(w);
    peer_send(p, hello, hello_encode(hello, name, false, true));
    peer_send(p, choice, sizeof choice);
    p->taken = p->len; /* list and result */
    assert_true(p->session && session_is_open(p->session));
    return p;
}

void peer_free(struct peer_end *p)
{
    if (p->session)
        peer_hang_up(p);
    free(p->bytes);
    free(p);
}

void peer_send(struct peer_end *p, const void *bytes, size_t len)
{
    const uint8_t *from = bytes;
    while (len > 0 && p->session) {
        if (daemon_holds(p->session)) {
            world_pass(p->world, 1);
            continue;
        }
        struct iovec iov[2];
        int count = daemon_read_room(p->world->daemon, p->session, iov);
        size_t n = 0;
        for (int i = 0; i < count; i++) {
            size_t part = len - n < iov[i].iov_len ? len - n : iov[i].iov_len;
            memcpy(iov[i].iov_base, from + n, part);
            n += part;
        }
        from += n;
        len -= n;
        daemon_on_read(p->world->daemon, p->session, n, p->world->now);
        world_turn(p->world);
    }
}

void peer_hang_up(struct peer_end *p)
{
    daemon_on_hangup(p->world->daemon, p->session, END_CLOSED, 0, p->world->now);
    world_turn(p->world);
}

static void send_frame(struct peer_end *p, const char *name, uint32_t type, const char *group,
                       const char *body)
{
    size_t body_len = strlen(body);
    struct frame_header h = {.type = type,
                             .sender = name_private(name, "d1"),
                             .num_groups = 1,
                             .hint = frame_hint(0),
                             .data_len = (int32_t)body_len};
    uint8_t *frame = memory_new(FRAME_HEADER + NAME_FIELD + body_len);
    struct name field = name_from_text(group);
    frame_encode(frame, &h);
    memcpy(frame + FRAME_HEADER, field.text, NAME_FIELD);
    memcpy(frame + FRAME_HEADER + NAME_FIELD, body, body_len);
    peer_send(p, frame, FRAME_HEADER + NAME_FIELD + body_len);
    free(frame);
}

void peer_request(struct peer_end *p, const char *name, uint32_t type, const char *group)
{
    send_frame(p, name, type, group, "");
}

void peer_cast(struct peer_end *p, const char *name, uint32_t service, const char *group,
               const char *body)
{
    send_frame(p, name, service, group, body);
}

void expect_bytes(struct peer_end *p, const void *bytes, size_t len)
{
    assert_true(p->len - p->taken >= len);
    assert_memory_equal(p->bytes + p->taken, bytes, len);
    p->taken += len;
}

struct frame_header expect_frame(struct peer_end *p, const uint8_t **body)
{
    assert_true(p->len - p->taken >= FRAME_HEADER);
    struct frame_header h;
    frame_decode(&h, p->bytes + p->taken);
    size_t len = FRAME_HEADER + (size_t)frame_payload_len(&h);
    assert_true(p->len - p->taken >= len);
    *body = p->bytes + p->taken + len - (size_t)h.data_len;
    p->taken += len;
    return h;
}

void expect_data(struct peer_end *p, const char *sender, const char *body)
{
    const uint8_t *got;
    struct frame_header h = expect_frame(p, &got);
    assert_true(h.type & FRAME_SERVICES);
    assert_string_equal(h.sender.text, sender);
    assert_int_equal(h.data_len, strlen(body));
    assert_memory_equal(got, body, strlen(body));
}

void expect_notice(struct peer_end *p, const char *group, uint32_t type, int members)
{
    const uint8_t *body;
    struct frame_header h = expect_frame(p, &body);
    assert_int_equal(h.type, type);
    assert_string_equal(h.sender.text, group);
    assert_int_equal(h.num_groups, members);
}

void expect_nothing(const struct peer_end *p)
{
    assert_int_equal(p->len, p->taken);
}

void expect_closed(const struct peer_end *p)
{
    assert_true(p->closed);
}
