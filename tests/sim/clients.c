/* SPDX-License-Identifier: MIT */
#include "tests/sim/clients.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "libspread/wire/hello.h"

enum { ACCEPT_FIXED = 5 };

/* -- bytes --------------------------------------------------------------------------------- */

static void append(uint8_t **bytes, size_t *len, size_t *size, const void *more, size_t n)
{
    if (*len + n > *size) {
        *size = 2 * (*len + n);
        *bytes = memory_grow(*bytes, *size);
    }
    memcpy(*bytes + *len, more, n);
    *len += n;
}

static void cut_front(uint8_t *bytes, size_t *len, size_t n)
{
    memmove(bytes, bytes + n, *len - n);
    *len -= n;
}

/* Hands what the client has written to the daemon, as far as it wants to read. */
static void push_output(struct client *c)
{
    struct daemon *d = c->process->daemon;
    size_t done = 0;
    while (c->session && done < c->out_len && daemon_may_read(d, c->session)) {
        struct iovec iov[2];
        int count = daemon_read_room(d, c->session, iov);
        size_t n = 0;
        for (int i = 0; i < count; i++) {
            size_t part = c->out_len - done - n;
            part = part < iov[i].iov_len ? part : iov[i].iov_len;
            memcpy(iov[i].iov_base, c->out + done + n, part);
            n += part;
        }
        done += n;
        daemon_on_read(d, c->session, n, c->process->world->now);
    }
    cut_front(c->out, &c->out_len, done);
}

static void say(struct client *c, const void *bytes, size_t len)
{
    if (!c->session)
        return;
    append(&c->out, &c->out_len, &c->out_size, bytes, len);
}

/* -- receiving ----------------------------------------------------------------------------- */

/* Takes list, verdict on the password and result off the front; true: it is in. */
static bool finish_handshake(struct client *c)
{
    size_t list = c->in_len > 0 ? 1 + (size_t)c->in[0] : 1;
    if (c->logs_in)
        list++;
    if (c->in_len < list + ACCEPT_FIXED || c->in[0] > AUTH_LIST_MAX || c->in[list] != 1)
        return false;
    size_t name_len = c->in[list + 4];
    if (c->in_len < list + ACCEPT_FIXED + name_len)
        return false;
    memset(&c->private_group, 0, sizeof c->private_group);
    memcpy(c->private_group.text, c->in + list + ACCEPT_FIXED, name_len);
    cut_front(c->in, &c->in_len, list + ACCEPT_FIXED + name_len);
    c->open = true;
    if (c->events.on_open)
        c->events.on_open(c->events.context, c);
    return true;
}

static void take_frames(struct client *c)
{
    size_t at = 0;
    if (!c->open && !finish_handshake(c))
        return;
    size_t there = c->in_len - c->unread;
    while (there - at >= FRAME_HEADER) {
        struct heard_frame f;
        frame_decode(&f.header, c->in + at);
        size_t len = FRAME_HEADER + (size_t)frame_payload_len(&f.header);
        if (there - at < len)
            break;
        f.groups = c->in + at + FRAME_HEADER;
        f.body = c->in + at + len - (size_t)f.header.data_len;
        if (c->events.on_frame)
            c->events.on_frame(c->events.context, c, &f);
        at += len;
    }
    cut_front(c->in, &c->in_len, at);
}

/* Bytes that the socket to it takes now. */
static size_t socket_room(const struct client *c)
{
    if (c->pace.in_most == 0)
        return c->reads ? SIZE_MAX : 0;
    return c->unread < c->pace.in_most ? c->pace.in_most - c->unread : 0;
}

/* Writes once; false: the socket took less than it was offered. */
static bool write_once(struct client *c, struct session *s)
{
    struct iovec iov[16];
    int count = outbox_peek(&s->outbox, iov, 16);
    size_t room = socket_room(c), total = 0, offered = 0;
    for (int i = 0; i < count; i++) {
        size_t left = room - total, part = iov[i].iov_len < left ? iov[i].iov_len : left;
        if (part > 0)
            append(&c->in, &c->in_len, &c->in_size, iov[i].iov_base, part);
        total += part;
        offered += iov[i].iov_len;
    }
    if (c->pace.in_most > 0 && c->open)
        c->unread += total;
    daemon_on_written(c->process->daemon, s, total, total < offered, c->process->world->now);
    return total == offered;
}

/* Of one without a bound all or nothing is read. */
static size_t unread(const struct client *c)
{
    return c->pace.in_most > 0 ? c->unread : !c->reads;
}

static void take_output(struct client *c, struct session *s)
{
    while (s->state != SESSION_GONE && !outbox_empty(&s->outbox))
        if (!write_once(c, s))
            return;
}

static void closed(struct client *c)
{
    c->session = NULL;
    c->catches_up = false;
    c->out_len = c->in_len = c->unread = 0;
    void (*tell)(void *, struct client *) = c->open ? c->events.on_close : c->events.on_refused;
    if (tell)
        tell(c->events.context, c);
    c->open = false;
}

static void serve_one(struct process *p, struct session *s)
{
    struct client *c = s->owner;
    if (daemon_asks(s))
        daemon_on_unread(p->daemon, s, unread(c), p->world->now);
    if (s->state != SESSION_GONE)
        take_output(c, s);
    if (s->state == SESSION_GONE) {
        daemon_forget(p->daemon, s);
        closed(c);
    } else {
        take_frames(c);
    }
}

/* Those that are closed are not asked any more. */
static void put_aside(struct process *p)
{
    struct client **link = &p->clients;
    while (*link) {
        struct client *c = *link;
        if (c->session) {
            link = &c->next;
            continue;
        }
        *link = c->next;
        c->next = p->past_clients;
        p->past_clients = c;
    }
}

void clients_serve(struct process *p)
{
    struct session *s;
    for (bool again = true; again;) {
        bool some_closed = false;
        again = false;
        while ((s = daemon_next_ready(p->daemon))) {
            again = true;
            some_closed |= s->state == SESSION_GONE;
            serve_one(p, s);
        }
        if (some_closed)
            put_aside(p);
        for (struct client *c = p->clients; c; c = c->next) {
            if (c->catches_up) {
                c->catches_up = false;
                take_output(c, c->session);
                take_frames(c);
                again = true;
            }
            if (c->session && c->out_len > 0 && daemon_may_read(p->daemon, c->session)) {
                push_output(c);
                again = true;
            }
        }
    }
}

/* -- life ---------------------------------------------------------------------------------- */

/* A connection that has said nothing yet. */
static struct client *socket_from(const struct peer *peer, struct process *p)
{
    struct client *c = memory_new(sizeof *c);
    c->process = p;
    c->reads = true;
    c->took_at = p->world->now;
    c->next = p->clients;
    p->clients = c;
    c->session = daemon_accept(p->daemon, peer, c, p->world->now);
    return c;
}

static struct client *socket_to(struct process *p)
{
    static const struct peer peer = {.local = true};
    return socket_from(&peer, p);
}

struct client *client_connect(struct world *w, int proc, const char *name, bool notices,
                              const struct client_events *events)
{
    return client_connect_as(w, proc, name, notices, events, NULL);
}

/* credentials: NULL, of a process of root's; or those of PWORD, of a stranger. */
static struct client *come(struct world *w, int proc, const char *name, bool notices,
                           const struct client_events *events, void *mind,
                           const uint8_t credentials[AUTH_PWORD_LEN])
{
    struct process *p = &w->processes[proc];
    static const struct peer stranger = {.ip = {.family = 4, .bytes = {192, 0, 2, 1}}, .port = 7, .tls = true};
    struct client *c = credentials ? socket_from(&stranger, p) : socket_to(p);
    uint8_t hello[HELLO_MAX], choice[AUTH_CHOICE] = {0};
    c->number = c->id = ++w->client_count;
    c->notices = notices;
    c->mind = mind;
    if (events)
        c->events = *events;
    strncpy(c->name, name, sizeof c->name - 1);
    strcpy((char *)choice, credentials ? "PWORD" : "NULL");
    say(c, hello, hello_encode(hello, name, false, notices));
    say(c, choice, sizeof choice);
    c->logs_in = credentials != NULL;
    if (credentials)
        say(c, credentials, AUTH_PWORD_LEN);
    return c;
}

struct client *client_connect_as(struct world *w, int proc, const char *name, bool notices,
                                 const struct client_events *events, void *mind)
{
    struct client *c = come(w, proc, name, notices, events, mind, NULL);
    process_finish(c->process);
    return c;
}

struct client *client_log_in(struct world *w, int proc, const char *name, const char *user,
                             const char *password, const struct client_events *events, void *mind)
{
    uint8_t credentials[AUTH_PWORD_LEN] = {0};
    memcpy(credentials, user, strnlen(user, AUTH_USER));
    memcpy(credentials + AUTH_USER, password, strnlen(password, AUTH_PASSWORD));
    struct client *c = come(w, proc, name, true, events, mind, credentials);
    c->id |= CLIENT_MAY_BE_REFUSED;
    process_finish(c->process);
    return c;
}

static void finish(struct client *c)
{
    if (c->process->daemon && !c->process->paused)
        process_finish(c->process);
}

static struct name field_of(const char *text)
{
    return name_from_text(text);
}

static void request(struct client *c, uint32_t type, const char *group)
{
    struct frame_header h = {.type = type, .sender = c->private_group, .num_groups = 1,
                             .hint = frame_hint(0)};
    uint8_t frame[FRAME_HEADER + NAME_FIELD];
    struct name field = field_of(group);
    frame_encode(frame, &h);
    memcpy(frame + FRAME_HEADER, field.text, NAME_FIELD);
    say(c, frame, sizeof frame);
    finish(c);
}

void client_join(struct client *c, const char *group)
{
    request(c, FRAME_JOIN, group);
}

void client_leave(struct client *c, const char *group)
{
    request(c, FRAME_LEAVE, group);
}

void client_kill(struct client *c)
{
    c->leaving = true;
    request(c, FRAME_KILL, c->private_group.text);
}

void client_break(struct client *c)
{
    if (!c->session || c->process->paused)
        return;
    c->leaving = true;
    daemon_on_hangup(c->process->daemon, c->session, END_BROKEN, 0, c->process->world->now);
    finish(c);
}

void client_read(struct client *c, bool reads)
{
    c->reads = reads;
    c->catches_up = reads && c->session;
    if (c->catches_up)
        finish(c);
}

bool client_ask(struct client *c, enum ask_kind kind, uint8_t policy, struct ask_answer *answer)
{
    struct process *p = c->process;
    struct ask question = {.kind = kind, .policy = policy};
    uint8_t bytes[ASK_MAX];
    if (!c->open || !p->daemon || p->paused)
        return false;
    memcpy(question.name, c->name, sizeof question.name);
    struct client *asker = socket_to(p);
    say(asker, bytes, ask_encode(bytes, &question));
    process_finish(p);
    bool answered = asker->in_len == ask_answer_len(kind) && ask_answered(asker->in, kind, answer);
    client_break(asker);
    if (answered && answer->done && kind == ASK_POLICY)
        c->asked_for[policy] = true;
    return answered && answer->done;
}

/* -- pace ---------------------------------------------------------------------------------- */

bool client_is_served(const struct client *c)
{
    if (!c->reads || c->leaving || c->catches_up)
        return false;
    return c->pace.in_most == 0 || (c->unread == 0 && c->session && outbox_empty(&c->session->outbox));
}

/* A Unix socket is writable again only when three quarters of what lies there have been read. */
static bool is_writable(const struct client *c)
{
    return c->unread <= c->pace.in_most / 4;
}

static void take_bytes(struct client *c, size_t most)
{
    size_t n = most < c->unread ? most : c->unread;
    c->took_at = c->process->world->now;
    if (n == 0)
        return;
    c->unread -= n;
    take_frames(c);
    if (is_writable(c) && c->session && !outbox_empty(&c->session->outbox)) {
        c->catches_up = true;
        finish(c);
    }
}

static bool pauses(const struct client *c, usec now)
{
    const struct client_pace *p = &c->pace;
    return p->pauses_for > 0 &&
           (now - c->pace_begun) % (p->reads_for + p->pauses_for) >= p->reads_for;
}

static void take_some(struct world *w, void *context)
{
    struct client *c = context;
    if (!c->session || c->pace.in_most == 0)
        return;
    if (c->reads && !pauses(c, w->now))
        take_bytes(c, c->pace.take);
    world_call(w, w->now + c->pace.every, take_some, c);
}

void client_set_pace(struct client *c, const struct client_pace *pace)
{
    struct world *w = c->process->world;
    bool had = c->pace.in_most > 0;
    c->pace = *pace;
    c->pace_begun = w->now;
    if (!had && pace->in_most > 0)
        world_call(w, w->now + pace->every, take_some, c);
    if (had && pace->in_most == 0 && c->session) {
        c->unread = 0;
        client_read(c, true);
    }
}

/* Sends a frame of which body_len bytes are the message, the last MESSAGE_ID of them its id. */
static void cast(struct client *c, struct frame_header *h, const char *const *groups,
                 const uint8_t *body)
{
    size_t groups_len = (size_t)h->num_groups * NAME_FIELD, body_len = (size_t)h->data_len;
    uint8_t *frame = memory_new(FRAME_HEADER + groups_len + body_len), *at = frame + FRAME_HEADER;
    frame_encode(frame, h);
    for (int i = 0; i < h->num_groups; i++, at += NAME_FIELD) {
        struct name field = field_of(groups[i]);
        memcpy(at, field.text, NAME_FIELD);
    }
    memcpy(at, body, body_len);
    put_word(at + body_len - MESSAGE_ID, c->id);
    put_word(at + body_len - 4, ++c->sent);
    say(c, frame, FRAME_HEADER + groups_len + body_len);
    free(frame);
    finish(c);
}

void client_cast(struct client *c, uint32_t service, const char *const *groups, int group_count,
                 size_t len)
{
    struct frame_header h = {.type = service, .sender = c->private_group,
                             .num_groups = group_count, .hint = frame_hint(0),
                             .data_len = (int32_t)len};
    uint8_t *body = memory_new(len);
    for (size_t i = 0; i < len; i++)
        body[i] = (uint8_t)(i + c->sent);
    cast(c, &h, groups, body);
    free(body);
}

void client_say(struct client *c, uint32_t service, int16_t type, const char *const *groups,
                int group_count, const char *text)
{
    uint8_t body[256] = {0};
    size_t len = strlen(text) + 1 + MESSAGE_ID;
    struct frame_header h = {.type = service, .sender = c->private_group,
                             .num_groups = group_count, .hint = frame_hint(type),
                             .data_len = (int32_t)len};
    memcpy(body, text, strlen(text));
    cast(c, &h, groups, body);
}

void client_post(struct client *c, uint32_t service, int16_t type, const char *group,
                 const void *bytes, size_t len)
{
    uint8_t body[256] = {0};
    struct frame_header h = {.type = service, .sender = c->private_group, .num_groups = 1,
                             .hint = frame_hint(type), .data_len = (int32_t)(len + MESSAGE_ID)};
    assert(len + MESSAGE_ID <= sizeof body);
    memcpy(body, bytes, len);
    cast(c, &h, &group, body);
}

void clients_lose_daemon(struct process *p)
{
    for (struct client *c = p->clients; c; c = c->next) {
        if (!c->session)
            continue;
        daemon_forget(p->daemon, c->session);
        closed(c);
    }
    put_aside(p);
}

static void free_list(struct client *c)
{
    while (c) {
        struct client *next = c->next;
        free(c->in);
        free(c->out);
        free(c);
        c = next;
    }
}

void clients_free(struct process *p)
{
    free_list(p->clients);
    free_list(p->past_clients);
    p->clients = p->past_clients = NULL;
}
