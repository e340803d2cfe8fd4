/* SPDX-License-Identifier: MIT
 *
 * Sessions: accepted, read, written, ended; what their clients ask for goes into the order.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "daemon/daemon_inside.h"
#include "daemon/packet/data.h"
#include "daemon/session/handshake.h"

void daemon_count_quota(struct daemon *d)
{
    d->counters.refused_quota++;
}

/* -- telling ------------------------------------------------------------------------------- */

/* "" as name: it has none yet. */
static struct event_record about(enum event_kind kind, const struct session *s, enum why why)
{
    struct event_record e = event_of(kind, why);
    e.who = s->private_group;
    auth_peer_text(&s->peer, e.from);
    return e;
}

static void tell(struct daemon *d, enum event_kind kind, const struct session *s, enum why why)
{
    struct event_record e = about(kind, s, why);
    events_tell(d, &e);
}

/* How much waits for s. */
static void tell_waiting(struct daemon *d, enum event_kind kind, const struct session *s)
{
    struct event_record e = about(kind, s, WHY_NONE);
    e.number[0] = s->outbox.messages;
    e.number[1] = s->outbox.bytes;
    e.number[2] = d->parts.conf->max_session_messages;
    events_tell(d, &e);
}

/* -- ends of sessions ---------------------------------------------------------------------- */

static void mark_ready(struct daemon *d, struct session *s)
{
    if (list_empty(&s->ready))
        list_append(&d->ready, &s->ready);
}

void clients_end(struct daemon *d, struct session *s, enum why why, int error)
{
    if (s->state == SESSION_GONE)
        return;
    if (s->end_why == WHY_NONE)
        s->end_why = why;
    if (session_is_open(s))
        ends_note(&d->ends, s, s->end_why);
    if (session_is_open(s))
        departures_begin(d, s);
    else if (!s->departing)
        table_unname(&d->table, s);
    session_enter(s, SESSION_GONE);
    crowd_on_change(&d->crowd, s, d->parts.conf, d->now);
    table_watch(&d->table, s, 0);
    mark_ready(d, s);
    struct event_record e = about(EVENT_CLOSED, s, s->end_why);
    e.number[0] = s->received;
    e.number[1] = s->sent;
    e.number[2] = (uint64_t)error;
    events_tell(d, &e);
}

void daemon_forget(struct daemon *d, struct session *s)
{
    table_remove(&d->table);
    list_remove(&s->ready);
    s->owner = NULL;
    if (s->departing)
        return; /* its name stays taken until its departure is ordered */
    table_unname(&d->table, s);
    session_free(s);
}

/* -- what was ordered ---------------------------------------------------------------------- */

/* A session that may write, or that should try once more before it is judged. */
static void note_output(struct daemon *d, struct session *s)
{
    crowd_on_change(&d->crowd, s, d->parts.conf, d->now);
    if (!s->outbox.blocked || crowd_exceeded(s, d->parts.conf))
        mark_ready(d, s);
}

void clients_deliver(struct daemon *d, const struct delivery *e)
{
    for (size_t i = 0; i < e->session_count; i++) {
        struct session *s = e->sessions[i];
        assert(session_is_open(s)); /* groups know none that is not: see departures_begin */
        outbox_push(&s->outbox, &e->message);
        s->sent++;
        note_output(d, s);
    }
    d->counters.deliveries += e->session_count;
    message_unref(&e->message);
}

/* -- what clients send --------------------------------------------------------------------- */

struct session *daemon_accept(struct daemon *d, const struct peer *peer, void *owner, usec now)
{
    d->now = now;
    struct session *s = session_new(peer, owner);
    d->counters.accepted++;
    table_add(&d->table, s, d->now);
    return s;
}

bool daemon_may_read(struct daemon *d, const struct session *s)
{
    if (!session_is_open(s))
        return true;
    if (crowd_holds(s))
        return false;
    bool room = !d->leaving && core_has_room(d->core);
    if (d->reading && !room)
        d->counters.read_pauses++;
    d->reading = room;
    return room;
}

bool daemon_holds(const struct session *s)
{
    return crowd_holds(s);
}

int daemon_read_room(struct daemon *d, struct session *s, struct iovec iov[2])
{
    return intake_room(d->intake, &s->partial, crowd_read_most(d->parts.conf), iov);
}

static void send_back(struct daemon *d, struct session *s, const struct message *request,
                      enum why why)
{
    tell(d, EVENT_REJECTED, s, why);
    if (word_at(request->frame) & FRAME_SELF_DISCARD)
        return;
    struct message reject = request_rejected(request);
    outbox_push(&s->outbox, &reject);
    message_unref(&reject);
    note_output(d, s);
}

/* One complete, checked frame of an open session. Its reference stays with the caller. */
static void on_frame(struct daemon *d, struct session *s, const struct frame_header *h,
                     const struct message *m)
{
    s->received++;
    if (h->type & FRAME_KILL) {
        departures_begin(d, s);
        session_enter(s, SESSION_LEAVING);
        crowd_on_change(&d->crowd, s, d->parts.conf, d->now);
        s->end_why = END_DISCONNECTED;
        return;
    }
    request_normalize(m->frame, h);
    if (!request_names_a_group(h, m->frame)) {
        send_back(d, s, m, REQUEST_NO_NAME);
        return;
    }
    if (d->parts.permits && !d->parts.permits(d->parts.permits_context, s, m)) {
        send_back(d, s, m, REQUEST_DENIED);
        return;
    }
    message_ref(m);
    core_submit(d->core, LANE_CLIENTS, *m, h->type & FRAME_SAFE ? SERVICE_SAFE : SERVICE_AGREED,
                d->now);
    d->counters.messages_in++;
}

static void end_malformed(struct daemon *d, struct session *s, enum why fault)
{
    tell(d, EVENT_MALFORMED, s, fault);
    clients_end(d, s, fault, 0);
}

/* True if s may not go on with this frame now, being held: it reaches receivers that are crowded. */
static bool must_wait(struct daemon *d, struct session *s, const struct frame_header *h,
                      const uint8_t *frame, size_t len)
{
    if (!crowd_matters(&d->crowd, d->now) || d->leaving || h->type & FRAME_KILL)
        return false;
    size_t count;
    void *const *receivers =
        groups_audience(d->groups, h->type, frame, (uint32_t)h->num_groups, &count);
    return !crowd_admits(&d->crowd, s, receivers, count, len, d->now);
}

/* Takes a frame off the front of in. Returns its length, 0 if it is not complete (then *needed is
 * its length, if known), has to wait, or the session was ended. A large one is not set aside a
 * second time: it goes on, and its sender waits behind it. */
static size_t take_frame(struct daemon *d, struct session *s, const struct input *in,
                         size_t *needed)
{
    if (in->len < FRAME_HEADER)
        return 0;
    struct frame_header h = frame_decode(in->at);
    enum why fault = request_check(&h, &s->private_group);
    if (fault != REQUEST_OK) {
        end_malformed(d, s, fault);
        return 0;
    }
    size_t len = FRAME_HEADER + (size_t)frame_payload_len(&h);
    if (in->len < len) {
        *needed = len;
        return 0;
    }
    if (must_wait(d, s, &h, in->at, len)) {
        if (len < INTAKE_LARGE)
            return 0;
        s->turn_us = 0;
    }
    struct message m = {.block = in->block, .frame = in->at, .len = (uint32_t)len};
    on_frame(d, s, &h, &m);
    return len;
}

static void on_opened(struct daemon *d, struct session *s)
{
    s->opened = true;
    groups_open(d->groups, &s->private_group, s, s->notices);
    tell(d, EVENT_OPENED, s, WHY_NONE);
}

/* Somebody asks why his session ended, and gets an answer instead of a session. */
static size_t take_question(struct daemon *d, struct session *s, const struct input *in)
{
    struct ask question;
    uint8_t answer[ASK_ANSWER];
    enum ask_verdict verdict = ask_decode(&question, in->at, in->len);
    if (verdict == ASK_MORE)
        return 0;
    enum ended reason =
        verdict == ASK_OK ? ends_find(&d->ends, &question, &s->peer) : ENDED_UNKNOWN;
    ask_answer(answer, reason, (uint32_t)((d->now - d->started_at) / USEC_SECOND));
    outbox_push_bytes(&s->outbox, answer, sizeof answer);
    session_enter(s, SESSION_REFUSED);
    table_watch(&d->table, s, d->now);
    mark_ready(d, s);
    return in->len;
}

static size_t take_handshake(struct daemon *d, struct session *s, const struct input *in)
{
    enum session_state before = s->state;
    if (before == SESSION_HELLO && ask_begins(in->at, in->len))
        return take_question(d, s, in);
    size_t used = handshake_step(&d->table, s, d->parts.auth, d->name, in->at, in->len);
    if (s->state != before)
        table_watch(&d->table, s, d->now);
    if (s->state == SESSION_REFUSED) {
        tell(d, EVENT_CONNECT_REFUSED, s, s->end_why);
        table_unname(&d->table, s);
        used = in->len; /* what else it says is of no interest */
    } else if (session_is_open(s)) {
        on_opened(d, s);
    }
    if (!outbox_empty(&s->outbox))
        mark_ready(d, s);
    return used;
}

/* Takes everything complete off the front of in; returns how much that was. */
static size_t take_all(struct daemon *d, struct session *s, struct input in, size_t *needed)
{
    size_t taken = 0;
    while (in.len > 0 && session_listens(s) && !crowd_holds(s)) {
        size_t used = session_is_open(s) ? take_frame(d, s, &in, needed)
                                         : take_handshake(d, s, &in);
        if (used == 0)
            break;
        in.at += used;
        in.len -= used;
        taken += used;
    }
    return session_listens(s) ? taken : taken + in.len;
}

void clients_on_read(struct daemon *d, struct session *s, size_t len)
{
    struct input large;
    size_t needed = 0;

    if (intake_on_read(d->intake, &s->partial, len, &large)) {
        take_frame(d, s, &large, &needed);
        block_unref(large.block);
    }
    size_t taken = take_all(d, s, intake_rest(d->intake), &needed);
    intake_done(d->intake, &s->partial, taken, needed);
}

bool clients_go_on(struct daemon *d, struct session *s)
{
    struct iovec none[2];
    size_t needed = 0;
    if (!d->leaving && !core_has_room(d->core)) {
        crowd_hold(&d->crowd, s, d->now + USEC_MS);
        return false;
    }
    if (!s->partial.total) {
        intake_room(d->intake, &s->partial, 0, none);
        intake_on_read(d->intake, &s->partial, 0, NULL);
        size_t taken = take_all(d, s, intake_rest(d->intake), &needed);
        intake_done(d->intake, &s->partial, taken, needed);
    }
    if (!crowd_holds(s))
        mark_ready(d, s); /* it may be read again */
    return true;
}

bool clients_on_written(struct daemon *d, struct session *s, size_t len, bool blocked)
{
    outbox_written(&s->outbox, len);
    s->outbox.blocked = blocked;
    crowd_on_change(&d->crowd, s, d->parts.conf, d->now);
    /* Whose socket still takes what is offered may have any number waiting. */
    if (!blocked || !session_is_open(s) || !crowd_exceeded(s, d->parts.conf))
        return false;
    tell_waiting(d, EVENT_CUT_OFF, s);
    clients_end(d, s, END_TOO_SLOW, 0);
    return true;
}

void clients_on_deaf(struct daemon *d, struct session *s)
{
    session_drop_output(s);
    crowd_on_change(&d->crowd, s, d->parts.conf, d->now);
}

/* -- time ---------------------------------------------------------------------------------- */

void clients_end_overdue(struct daemon *d)
{
    struct session *s;
    while ((s = table_take_overdue(&d->table, d->now))) {
        bool refused = s->state == SESSION_REFUSED; /* it did not take the reject byte */
        enum why why = s->state == SESSION_HELLO ? HELLO_NOT_IN_TIME : HELLO_AUTH_NOT_DONE;
        if (!refused)
            tell(d, EVENT_CONNECT_LATE, s, why);
        clients_end(d, s, refused ? END_REFUSED : why, 0);
    }
}

struct session *daemon_next_ready(struct daemon *d)
{
    struct link *l = list_take_first(&d->ready);
    return l ? list_entry(l, struct session, ready) : NULL;
}

void clients_free_all(struct daemon *d)
{
    struct session *s, *next;
    HASH_ITER(by_name, d->table.by_name, s, next) {
        HASH_DELETE(by_name, d->table.by_name, s);
        session_free(s);
    }
}
