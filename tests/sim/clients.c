/* SPDX-License-Identifier: MIT */
#include "tests/sim/clients.h"

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

/* Takes list and result off the front; true: it is in. */
static bool finish_handshake(struct client *c)
{
    size_t list = c->in_len > 0 ? 1 + (size_t)c->in[0] : 1;
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
    while (c->in_len - at >= FRAME_HEADER) {
        struct heard_frame f = {.header = frame_decode(c->in + at)};
        size_t len = FRAME_HEADER + (size_t)frame_payload_len(&f.header);
        if (c->in_len - at < len)
            break;
        f.groups = c->in + at + FRAME_HEADER;
        f.body = c->in + at + len - (size_t)f.header.data_len;
        if (c->events.on_frame)
            c->events.on_frame(c->events.context, c, &f);
        at += len;
    }
    cut_front(c->in, &c->in_len, at);
}

static void take_output(struct client *c, struct session *s)
{
    struct daemon *d = c->process->daemon;
    usec now = c->process->world->now;
    while (c->reads && !outbox_empty(&s->outbox)) {
        struct iovec iov[16];
        int count = outbox_peek(&s->outbox, iov, 16);
        size_t total = 0;
        for (int i = 0; i < count; i++) {
            append(&c->in, &c->in_len, &c->in_size, iov[i].iov_base, iov[i].iov_len);
            total += iov[i].iov_len;
        }
        daemon_on_written(d, s, total, false, now);
    }
    if (!outbox_empty(&s->outbox))
        daemon_on_written(d, s, 0, true, now);
}

static void closed(struct client *c)
{
    c->session = NULL;
    c->out_len = c->in_len = 0;
    if (c->open && c->events.on_close)
        c->events.on_close(c->events.context, c);
    c->open = false;
}

void clients_serve(struct process *p)
{
    struct session *s;
    for (bool again = true; again;) {
        again = false;
        while ((s = daemon_next_ready(p->daemon))) {
            struct client *c = s->owner;
            again = true;
            if (s->state != SESSION_GONE)
                take_output(c, s);
            if (s->state == SESSION_GONE) {
                daemon_forget(p->daemon, s);
                closed(c);
            } else {
                take_frames(c);
            }
        }
        for (struct client *c = p->clients; c; c = c->next)
            if (c->session && c->out_len > 0 && daemon_may_read(p->daemon, c->session)) {
                push_output(c);
                again = true;
            }
    }
}

/* -- life ---------------------------------------------------------------------------------- */

struct client *client_connect(struct world *w, int proc, const char *name,
                              const struct client_events *events)
{
    struct process *p = &w->processes[proc];
    struct client *c = memory_new(sizeof *c);
    struct peer peer = {.local = true};
    uint8_t hello[HELLO_MAX], choice[AUTH_CHOICE] = "NULL";
    c->process = p;
    c->number = ++w->client_count;
    c->reads = true;
    c->next = p->clients;
    p->clients = c;
    if (events)
        c->events = *events;
    strncpy(c->name, name, sizeof c->name - 1);
    c->session = daemon_accept(p->daemon, &peer, c, w->now);
    say(c, hello, hello_encode(hello, name, false, true));
    say(c, choice, sizeof choice);
    world_after_call(w, proc);
    return c;
}

static void finish(struct client *c)
{
    if (c->process->daemon && !c->process->paused)
        world_after_call(c->process->world, c->process->index);
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
    request(c, FRAME_KILL, c->private_group.text);
}

void client_break(struct client *c)
{
    if (!c->session || c->process->paused)
        return;
    daemon_on_hangup(c->process->daemon, c->session, "broken", c->process->world->now);
    finish(c);
}

void client_cast(struct client *c, uint32_t service, const char *const *groups, int group_count,
                 size_t len)
{
    struct frame_header h = {.type = service, .sender = c->private_group,
                             .num_groups = group_count, .hint = frame_hint(0),
                             .data_len = (int32_t)len};
    size_t total = FRAME_HEADER + (size_t)group_count * NAME_FIELD + len;
    uint8_t *frame = memory_new(total), *at = frame + FRAME_HEADER;
    frame_encode(frame, &h);
    for (int i = 0; i < group_count; i++, at += NAME_FIELD) {
        struct name field = field_of(groups[i]);
        memcpy(at, field.text, NAME_FIELD);
    }
    put_word(at, c->number);
    put_word(at + 4, ++c->sent);
    for (size_t i = 8; i < len; i++)
        at[i] = (uint8_t)(i + c->sent);
    say(c, frame, total);
    free(frame);
    finish(c);
}

void clients_lose_daemon(struct process *p)
{
    for (struct client *c = p->clients; c; c = c->next) {
        if (!c->session)
            continue;
        daemon_forget(p->daemon, c->session);
        closed(c);
    }
}

void clients_free(struct process *p)
{
    while (p->clients) {
        struct client *c = p->clients;
        p->clients = c->next;
        free(c->in);
        free(c->out);
        free(c);
    }
}
