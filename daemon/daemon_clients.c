/* SPDX-License-Identifier: MIT
 *
 * Sessions: accepted, read, written, ended; what their clients ask for goes into the order.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/daemon_clients.h"
#include "daemon/packet/data.h"
#include "daemon/session/access.h"
#include "daemon/session/handshake.h"
#include "daemon/session/limits.h"

enum {
    HELLO_READ = 4096,  /* bytes at a time of who is not in yet */
    OVERDUE_A_TURN = 32, /* whose time to come in is over */
};

/* -- telling ------------------------------------------------------------------------------- */

static void tell(struct clients_room *c, enum event_kind kind, const struct session *s,
                 enum why why)
{
    struct event_record e = session_event(kind, s, why);
    events_tell(c->shared, &e);
}

/* -- ends of sessions ---------------------------------------------------------------------- */

void clients_end(struct clients_room *c, struct session *s, enum why why, int error)
{
    if (s->state == SESSION_GONE)
        return;
    if (s->end_why == WHY_NONE)
        s->end_why = why;
    if (session_is_open(s))
        ends_note(&c->ends, s, s->end_why);
    if (session_is_open(s))
        departures_begin(c, s);
    else if (!s->departing)
        table_unname(&c->table, s);
    session_enter(s, SESSION_GONE);
    pressure_on_change(c, s);
    table_watch(&c->table, s, 0);
    clients_mark_ready(c, s);
    struct event_record e = session_event(EVENT_CLOSED, s, s->end_why);
    e.number[0] = s->received;
    e.number[1] = s->sent;
    e.number[2] = (uint64_t)error;
    events_tell(c->shared, &e);
}

void clients_refuse(struct clients_room *c, struct session *s, enum why why)
{
    if (s->state != SESSION_HELLO)
        return;
    s->end_why = why;
    session_enter(s, SESSION_REFUSED);
    table_watch(&c->table, s, c->shared->now);
    tell(c, EVENT_CONNECT_REFUSED, s, why);
    clients_mark_ready(c, s);
}

void clients_forget(struct clients_room *c, struct session *s)
{
    table_remove(&c->table, s);
    list_remove(&s->ready);
    s->owner = NULL;
    if (s->departing)
        return; /* its name stays taken until its departure is ordered */
    table_unname(&c->table, s);
    session_free(s);
}

void clients_withdraw(struct clients_room *c, struct session *s)
{
    session_enter(s, SESSION_GONE);
    table_watch(&c->table, s, 0);
    clients_forget(c, s);
}

/* -- coming in ------------------------------------------------------------------------------- */

static void on_opened(struct clients_room *c, struct session *s)
{
    s->opened = true;
    groups_open(c->shared->groups, &s->private_group, s, s->notices);
    tell(c, EVENT_OPENED, s, WHY_NONE);
}

/* A session that was in that state has gone through a step of the handshake. */
static void after_step(struct clients_room *c, struct session *s, enum session_state before)
{
    if (s->state != before || s->login)
        table_watch(&c->table, s, c->shared->now);
    if (s->state == SESSION_REFUSED) {
        tell(c, EVENT_CONNECT_REFUSED, s, s->end_why);
        table_unname(&c->table, s);
    } else if (session_is_open(s)) {
        on_opened(c, s);
    }
    if (!outbox_empty(&s->outbox))
        clients_mark_ready(c, s);
}

struct session *clients_accept(struct clients_room *c, const struct peer *peer, void *owner)
{
    struct session *s = session_new(&c->table.identities, peer, owner);
    c->shared->counters.accepted++;
    enum why why = table_add(&c->table, s, shared_conf(c->shared), c->shared->now);
    if (why != WHY_NONE) {
        handshake_on_limit(s, why);
        table_watch(&c->table, s, c->shared->now);
        tell(c, EVENT_CONNECT_REFUSED, s, why);
        clients_mark_ready(c, s);
    }
    return s;
}

/* -- what clients send --------------------------------------------------------------------- */

/* Who was held and may go on now goes before those that are read anew, or it might find no room
 * for ever. */
void clients_update_reading(struct clients_room *c)
{
    bool room = !c->shared->leaving && core_has_room(c->shared->core) &&
                !crowd_is_due(&c->crowd, c->shared->now);
    if (c->reading && !room)
        c->shared->counters.read_pauses++;
    c->reading = room;
}

bool clients_may_read(const struct clients_room *c, const struct session *s)
{
    return session_is_open(s) ? !crowd_holds(s) && c->reading : !session_is_checked(s);
}

bool clients_hold(const struct session *s)
{
    return crowd_holds(s) || session_is_checked(s);
}

int clients_read_room(struct clients_room *c, struct session *s, struct iovec iov[2])
{
    return intake_room(c->intake, &s->partial, session_is_open(s) ? INTAKE_SLAB : HELLO_READ, iov);
}

static void send_back(struct clients_room *c, struct session *s, const struct message *request,
                      enum why why, const struct name *group)
{
    struct event_record e = session_event(EVENT_REJECTED, s, why);
    e.whom = *group;
    events_tell(c->shared, &e);
    if (word_at(request->frame) & FRAME_SELF_DISCARD)
        return;
    struct message reject = request_rejected(request);
    outbox_push(&s->outbox, &reject, c->shared->now);
    message_unref(&reject);
    pressure_on_output(c, s);
}

/* One complete, checked frame of an open session. Its reference stays with the caller. */
static void on_frame(struct clients_room *c, struct session *s, const struct frame_header *h,
                     const struct message *m)
{
    s->received++;
    if (h->type & FRAME_KILL) {
        departures_begin(c, s);
        session_enter(s, SESSION_LEAVING);
        pressure_on_change(c, s);
        s->end_why = END_DISCONNECTED;
        return;
    }
    request_normalize(m->frame, h);
    struct name group = {{0}};
    enum why fault = request_names_a_group(h, m->frame) ? access_check(s, h, m->frame, &group)
                                                        : REQUEST_NO_NAME;
    if (fault == REQUEST_OK && (h->type & FRAME_JOIN) && !limits_on_join(s, shared_conf(c->shared)))
        fault = REQUEST_GROUPS_MOST;
    if (fault != REQUEST_OK) {
        send_back(c, s, m, fault, &group);
        return;
    }
    message_ref(m);
    c->shared->counters.bytes_in += m->len;
    shared_submit(c->shared, *m, h->type & FRAME_SAFE ? SERVICE_SAFE : SERVICE_AGREED);
    c->shared->counters.messages_in++;
}

static void end_malformed(struct clients_room *c, struct session *s, enum why fault)
{
    tell(c, EVENT_MALFORMED, s, fault);
    clients_end(c, s, fault, 0);
}

/* Takes a frame off the front of in. Returns its length, 0 if it is not complete (then *needed is
 * its length, if known), has to wait, or the session was ended. A large one is not set aside a
 * second time: it goes on, and its sender waits behind it. */
static size_t take_frame(struct clients_room *c, struct session *s, const struct input *in,
                         size_t *needed)
{
    if (in->len < FRAME_HEADER)
        return 0;
    struct frame_header h;
    frame_decode(&h, in->at);
    enum why fault = request_check(&h, &s->private_group);
    if (fault != REQUEST_OK) {
        end_malformed(c, s, fault);
        return 0;
    }
    size_t len = FRAME_HEADER + (size_t)frame_payload_len(&h);
    if (in->len < len) {
        *needed = len;
        return 0;
    }
    if (pressure_holds(c, s, &h, in->at) && len < INTAKE_LARGE)
        return 0;
    struct message m = {.block = in->block, .frame = in->at, .len = (uint32_t)len};
    on_frame(c, s, &h, &m);
    return len;
}

static struct handshake handshake_of(struct clients_room *c)
{
    return (struct handshake){.table = &c->table,
                              .logins = &c->logins,
                              .policy = c->shared->auth,
                              .daemon_name = shared_me(c->shared)->name,
                              .conf = shared_conf(c->shared)};
}

static size_t take_handshake(struct clients_room *c, struct session *s, const struct input *in)
{
    enum session_state before = s->state;
    if (before == SESSION_HELLO && ask_begins(in->at, in->len) &&
        handshake_lacks(s, c->shared->auth) == WHY_NONE)
        return questions_take(c, s, in);
    if (s->login)
        return 0;
    struct handshake h = handshake_of(c);
    size_t used = handshake_step(&h, s, in->at, in->len);
    explicit_bzero(in->at, used); /* there may be a password in it */
    after_step(c, s, before);
    return s->state == SESSION_REFUSED ? in->len : used; /* what else it says is of no interest */
}

/* Takes everything complete off the front of in; returns how much that was. */
static size_t take_all(struct clients_room *c, struct session *s, struct input in, size_t *needed)
{
    size_t taken = 0;
    while (in.len > 0 && session_listens(s) && !crowd_holds(s)) {
        size_t used = session_is_open(s) ? take_frame(c, s, &in, needed)
                                         : take_handshake(c, s, &in);
        if (used == 0)
            break;
        in.at += used;
        in.len -= used;
        taken += used;
    }
    return session_listens(s) ? taken : taken + in.len;
}

void clients_on_read(struct clients_room *c, struct session *s, size_t len)
{
    struct input large;
    size_t needed = 0;

    if (intake_on_read(c->intake, &s->partial, len, !s->opened, &large)) {
        take_frame(c, s, &large, &needed);
        block_unref(large.block);
    }
    struct input rest = intake_rest(c->intake);
    size_t taken = take_all(c, s, rest, &needed);
    intake_done(c->intake, &s->partial, taken, needed);
    if (!s->opened)
        explicit_bzero(rest.at, rest.len); /* half a password, maybe, and no message */
}

/* Takes up what was set aside. */
static void take_up(struct clients_room *c, struct session *s)
{
    struct iovec none[2];
    intake_room(c->intake, &s->partial, 0, none);
    clients_on_read(c, s, 0);
}

void clients_go_on(struct clients_room *c, struct session *s)
{
    if (!s->partial.total)
        take_up(c, s);
    if (!crowd_holds(s))
        clients_mark_ready(c, s); /* it may be read again */
}

void clients_on_membership(struct clients_room *c, const struct name *who, bool joined)
{
    struct session *s = table_find_private(&c->table, who, shared_me(c->shared)->name);
    struct name one;
    if (s)
        limits_on_groups(s, joined, groups_of_client(c->shared->groups, who, &one));
}

/* -- passwords ----------------------------------------------------------------------------- */

bool clients_next_login(struct clients_room *c, struct login_question *q)
{
    return logins_next(&c->logins, c->shared->auth, q);
}

void clients_on_login(struct clients_room *c, uint32_t number, bool matches)
{
    enum why fault;
    struct session *s = logins_answer(&c->logins, c->shared->auth, number, matches, &fault);
    if (!s)
        return;
    struct handshake h = handshake_of(c);
    handshake_on_login(&h, s, fault);
    after_step(c, s, SESSION_METHOD);
    clients_mark_ready(c, s); /* it may be read again */
    take_up(c, s);
}

void clients_on_policy(struct clients_room *c)
{
    logins_on_policy(&c->logins);
}

/* -- time ---------------------------------------------------------------------------------- */

/* Of a crowd that has come at once, the time is over at once: the rest of it is ended in the next turns. */
void clients_end_overdue(struct clients_room *c)
{
    struct session *s;
    for (int i = 0; i < OVERDUE_A_TURN && (s = table_take_overdue(&c->table, c->shared->now)); i++) {
        if (s->login) {
            handshake_on_no_login(s);
            after_step(c, s, SESSION_METHOD);
            continue;
        }
        bool refused = s->state == SESSION_REFUSED; /* it did not take the reject byte */
        enum why why = s->state == SESSION_HELLO ? HELLO_NOT_IN_TIME : HELLO_AUTH_NOT_DONE;
        if (!refused)
            tell(c, EVENT_CONNECT_LATE, s, why);
        clients_end(c, s, refused ? END_REFUSED : why, 0);
    }
}

bool clients_are_overdue(const struct clients_room *c)
{
    return table_deadline(&c->table) <= c->shared->now;
}

usec clients_deadline(const struct clients_room *c)
{
    return usec_earlier(table_deadline(&c->table), pressure_deadline(c));
}

struct session *clients_take_due(struct clients_room *c)
{
    if (c->shared->leaving)
        return crowd_take_due(&c->crowd, NEVER);
    return core_has_room(c->shared->core) ? crowd_take_due(&c->crowd, c->shared->now) : NULL;
}

struct session *clients_take_ready(struct clients_room *c)
{
    struct link *l = list_take_first(&c->ready);
    return l ? list_entry(l, struct session, ready) : NULL;
}

/* -- all ------------------------------------------------------------------------------------- */

void clients_init(struct clients_room *c, struct shared *shared, uint64_t seed)
{
    c->shared = shared;
    c->intake = intake_new();
    c->reading = true;
    table_init(&c->table, seed);
    logins_init(&c->logins);
    list_init(&c->ready);
    list_init(&c->judgements);
    crowd_init(&c->crowd);
    c->pressed_again_at = NEVER;
    list_init(&c->departures.waiting);
}

void clients_fini(struct clients_room *c)
{
    struct session *s, *next;
    HASH_ITER(by_name, c->table.by_name, s, next) {
        HASH_DELETE(by_name, c->table.by_name, s);
        session_free(s);
    }
    intake_free(c->intake);
}
