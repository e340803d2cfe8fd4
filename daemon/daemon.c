/* SPDX-License-Identifier: MIT */
#include "daemon/daemon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "daemon/base/quiet.h"
#include "daemon/groups/groups.h"
#include "daemon/membership/core.h"
#include "daemon/session/handshake.h"
#include "daemon/session/table.h"

struct daemon {
    struct daemon_parts parts;
    const char *name;
    struct core *core;
    struct groups *groups;
    struct session_table table;
    struct intake *intake;
    struct link ready;
    struct counters counters;
    bool reading; /* what core_has_room said last */
    struct quiet quiet_refused, quiet_malformed, quiet_slow, quiet_ignored;
};

struct daemon *daemon_new(const struct daemon_parts *parts, usec now)
{
    struct daemon *d = memory_new(sizeof *d);
    d->parts = *parts;
    d->name = parts->conf->daemons[parts->self].name;
    d->core = core_new(parts->conf, parts->self, now);
    d->groups = groups_new(parts->conf, parts->self);
    d->intake = intake_new();
    d->reading = true;
    table_init(&d->table, parts->seed);
    list_init(&d->ready);
    return d;
}

const struct counters *daemon_counters(const struct daemon *d)
{
    return &d->counters;
}

uint32_t daemon_session_count(const struct daemon *d)
{
    return d->table.count;
}

size_t daemon_group_count(const struct daemon *d)
{
    return groups_count(d->groups);
}

const struct view *daemon_view(const struct daemon *d)
{
    return core_view(d->core);
}

void daemon_count_quota(struct daemon *d)
{
    d->counters.refused_quota++;
}

/* -- telling ------------------------------------------------------------------------------- */

/* "NAME from PEER: what (reason)", at most once a second of each kind. */
static void tell(struct daemon *d, struct quiet *q, const struct session *s, const char *what,
                 const char *reason, usec now)
{
    char peer[PEER_TEXT], more[64] = "";
    uint64_t left_out;
    if (!quiet_may_speak(q, now, &left_out))
        return;
    if (left_out > 0)
        snprintf(more, sizeof more, "; %llu more since the last such line",
                 (unsigned long long)left_out);
    log_event(d->parts.log, LOG_PRINT, LEVEL_WARNING, "%s from %s: %s (%s)%s",
              s->name[0] ? s->private_group.text : "client", peer_text(&s->peer, peer), what,
              reason, more);
}

/* -- ends of sessions ---------------------------------------------------------------------- */

static void mark_ready(struct daemon *d, struct session *s)
{
    if (list_empty(&s->ready))
        list_append(&d->ready, &s->ready);
}

/* Sends the departure of a session that was open through the order; till then it is a member and
 * its name is taken. */
static void announce_departure(struct daemon *d, struct session *s)
{
    groups_mute(d->groups, &s->private_group);
    core_submit(d->core, request_departure(&s->private_group), RING_SAFE);
    d->counters.messages_in++;
    s->departing = true;
}

/* The connection is over, whatever its state. */
static void end_session(struct daemon *d, struct session *s, const char *reason)
{
    char peer[PEER_TEXT];
    if (s->state == SESSION_GONE)
        return;
    if (!s->end_reason)
        s->end_reason = reason;
    if (session_is_open(s))
        announce_departure(d, s);
    else if (!s->departing)
        table_unname(&d->table, s);
    session_enter(s, SESSION_GONE);
    table_watch(&d->table, s, 0);
    mark_ready(d, s);
    log_event(d->parts.log, LOG_SESSION, LEVEL_INFO,
              "session %s from %s ends: %s; %llu messages received, %llu sent",
              s->private_group.text, peer_text(&s->peer, peer), s->end_reason,
              (unsigned long long)s->received, (unsigned long long)s->sent);
}

/* A departure has been ordered: the name is free, and a connection that waited for it closes. */
static void on_departed(struct daemon *d, const struct name *who)
{
    char connection[PRIVATE_NAME_MAX + 1], daemon[DAEMON_NAME_MAX + 1];
    if (!name_split_private(who, connection, daemon))
        return;
    struct session *s = table_find(&d->table, connection);
    if (!s)
        return;
    d->counters.departures++;
    table_unname(&d->table, s);
    s->departing = false;
    if (!s->owner)
        session_free(s);
    else
        end_session(d, s, "disconnected");
}

void daemon_forget(struct daemon *d, struct session *s)
{
    d->table.count--;
    list_remove(&s->ready);
    s->owner = NULL;
    if (!s->departing)
        session_free(s);
}

/* -- what was ordered ---------------------------------------------------------------------- */

static bool too_far_behind(const struct daemon *d, const struct session *s)
{
    const struct conf *conf = d->parts.conf;
    return s->outbox.messages > conf->max_session_messages ||
           (conf->max_session_bytes && s->outbox.bytes > conf->max_session_bytes);
}

/* A session that may write, or that should try once more before it is judged. */
static void note_output(struct daemon *d, struct session *s)
{
    if (!s->outbox.blocked || too_far_behind(d, s))
        mark_ready(d, s);
}

static void deliver(struct daemon *d, const struct delivery *e)
{
    for (size_t i = 0; i < e->session_count; i++) {
        struct session *s = e->sessions[i];
        if (!session_is_open(s))
            continue;
        outbox_push(&s->outbox, &e->message);
        s->sent++;
        note_output(d, s);
    }
    d->counters.deliveries += e->session_count;
    message_unref(&e->message);
}

static void log_view(const struct daemon *d, const struct view *v)
{
    log_event(d->parts.log, LOG_MEMBERSHIP, LEVEL_PRINT, "Membership id is ( %d, %d)",
              (int32_t)v->leader_id, (int32_t)v->time);
}

/* Lets the rooms work until none has anything left to say. */
static void run(struct daemon *d)
{
    struct core_effect e;
    struct delivery delivery;
    while (core_next(d->core, &e)) {
        switch (e.kind) {
        case CORE_DELIVER:
            d->counters.messages_ordered++;
            groups_on_message(d->groups, &e.ordered);
            break;
        case CORE_TRANSITIONAL:
            groups_on_transitional(d->groups, e.view);
            break;
        case CORE_REGULAR:
            groups_on_regular(d->groups, e.view);
            log_view(d, e.view);
            break;
        }
        while (groups_next(d->groups, &delivery)) {
            if (delivery.kind == DELIVERY_DEPARTED)
                on_departed(d, &delivery.who);
            else
                deliver(d, &delivery);
        }
    }
}

/* -- what clients send --------------------------------------------------------------------- */

struct session *daemon_accept(struct daemon *d, const struct peer *peer, void *owner, usec now)
{
    struct session *s = session_new(peer, owner);
    d->table.count++;
    d->counters.accepted++;
    table_watch(&d->table, s, now);
    return s;
}

bool daemon_may_read(struct daemon *d, const struct session *s)
{
    if (!session_is_open(s))
        return true;
    bool room = core_has_room(d->core);
    if (d->reading && !room)
        d->counters.read_pauses++;
    d->reading = room;
    return room;
}

int daemon_read_room(struct daemon *d, struct session *s, struct iovec iov[2])
{
    return intake_room(d->intake, &s->partial, iov);
}

/* Joins and leaves that name no group are let go by, as harmless. */
static bool names_a_group(struct daemon *d, const struct session *s, const struct frame_header *h,
                          const uint8_t *frame, usec now)
{
    if (h->num_groups > 0) {
        struct name group = name_from_field(frame + FRAME_HEADER);
        if (name_is_group(&group))
            return true;
    }
    d->counters.requests_ignored++;
    tell(d, &d->quiet_ignored, s, "join or leave ignored", "illegal group name", now);
    return false;
}

static void send_back(struct daemon *d, struct session *s, const struct message *request)
{
    d->counters.rejects++;
    if (word_at(request->frame) & FRAME_SELF_DISCARD)
        return;
    struct message reject = request_rejected(request);
    outbox_push(&s->outbox, &reject);
    message_unref(&reject);
    note_output(d, s);
}

/* One complete, checked frame of an open session. Its reference stays with the caller. */
static void on_frame(struct daemon *d, struct session *s, const struct frame_header *h,
                     const struct message *m, usec now)
{
    s->received++;
    if (h->type & FRAME_KILL) {
        announce_departure(d, s);
        session_enter(s, SESSION_LEAVING);
        s->end_reason = "disconnected";
        return;
    }
    request_normalize(m->frame, h);
    if ((h->type & (FRAME_JOIN | FRAME_LEAVE)) && !names_a_group(d, s, h, m->frame, now))
        return;
    if (d->parts.permits && !d->parts.permits(d->parts.permits_context, s, m)) {
        send_back(d, s, m);
        return;
    }
    message_ref(m);
    core_submit(d->core, *m, h->type & FRAME_SAFE ? RING_SAFE : RING_AGREED);
    d->counters.messages_in++;
}

static void end_malformed(struct daemon *d, struct session *s, enum request_fault fault, usec now)
{
    const char *reason = request_fault_text(fault);
    d->counters.malformed++;
    tell(d, &d->quiet_malformed, s, "malformed message, session ended", reason, now);
    end_session(d, s, reason);
}

/* Takes a frame off the front of in. Returns its length, 0 if it is not complete (then *needed is
 * its length, if known) or the session was ended. */
static size_t take_frame(struct daemon *d, struct session *s, const struct input *in,
                         size_t *needed, usec now)
{
    if (in->len < FRAME_HEADER)
        return 0;
    struct frame_header h = frame_decode(in->at);
    enum request_fault fault = request_check(&h, &s->private_group);
    if (fault != REQUEST_OK) {
        end_malformed(d, s, fault, now);
        return 0;
    }
    size_t len = FRAME_HEADER + (size_t)frame_payload_len(&h);
    if (in->len < len) {
        *needed = len;
        return 0;
    }
    struct message m = {.block = in->block, .frame = in->at, .len = (uint32_t)len};
    on_frame(d, s, &h, &m, now);
    return len;
}

static void on_opened(struct daemon *d, struct session *s)
{
    char peer[PEER_TEXT];
    d->counters.opened++;
    groups_open(d->groups, &s->private_group, s, s->notices);
    log_event(d->parts.log, LOG_SESSION, LEVEL_INFO, "session %s from %s opens",
              s->private_group.text, peer_text(&s->peer, peer));
}

static size_t take_handshake(struct daemon *d, struct session *s, const struct input *in, usec now)
{
    enum session_state before = s->state;
    size_t used = handshake_step(&d->table, s, d->parts.auth, d->name, in->at, in->len);
    if (s->state != before)
        table_watch(&d->table, s, now);
    if (s->state == SESSION_REFUSED) {
        d->counters.refused_hello++;
        tell(d, &d->quiet_refused, s, "connection refused", s->end_reason, now);
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
static size_t take_all(struct daemon *d, struct session *s, struct input in, size_t *needed,
                       usec now)
{
    size_t taken = 0;
    while (in.len > 0 && session_listens(s)) {
        size_t used = session_is_open(s) ? take_frame(d, s, &in, needed, now)
                                         : take_handshake(d, s, &in, now);
        if (used == 0)
            break;
        in.at += used;
        in.len -= used;
        taken += used;
    }
    return session_listens(s) ? taken : taken + in.len;
}

void daemon_on_read(struct daemon *d, struct session *s, size_t len, usec now)
{
    struct input large;
    size_t needed = 0;

    if (intake_on_read(d->intake, &s->partial, len, &large)) {
        take_frame(d, s, &large, &needed, now);
        block_unref(large.block);
    }
    size_t taken = take_all(d, s, intake_rest(d->intake), &needed, now);
    intake_done(d->intake, &s->partial, taken, needed);
    run(d);
}

void daemon_on_hangup(struct daemon *d, struct session *s, const char *why, usec now)
{
    (void)now;
    end_session(d, s, why);
    run(d);
}

void daemon_on_written(struct daemon *d, struct session *s, size_t len, bool blocked, usec now)
{
    outbox_written(&s->outbox, len);
    s->outbox.blocked = blocked;
    if (!session_is_open(s) || !too_far_behind(d, s))
        return;
    char reason[96];
    snprintf(reason, sizeof reason, "%u messages, %llu bytes wait; MaxSessionMessages is %u",
             s->outbox.messages, (unsigned long long)s->outbox.bytes,
             d->parts.conf->max_session_messages);
    d->counters.slow_readers++;
    tell(d, &d->quiet_slow, s, "does not read, session ended", reason, now);
    end_session(d, s, "did not read fast enough");
    run(d);
}

/* -- time ---------------------------------------------------------------------------------- */

static void end_overdue(struct daemon *d, usec now)
{
    struct session *s;
    while ((s = table_take_overdue(&d->table, now))) {
        if (s->state != SESSION_REFUSED) {
            d->counters.handshake_timeouts++;
            tell(d, &d->quiet_refused, s, "connection closed",
                 s->state == SESSION_HELLO ? "no connect request in time"
                                           : "authentication not finished in time",
                 now);
        }
        end_session(d, s, "too slow");
    }
}

void daemon_on_time(struct daemon *d, usec now, uint64_t wall_s)
{
    end_overdue(d, now);
    core_on_time(d->core, now, wall_s);
    run(d);
}

usec daemon_deadline(const struct daemon *d)
{
    return usec_earlier(core_deadline(d->core), table_deadline(&d->table));
}

struct session *daemon_next_ready(struct daemon *d)
{
    struct link *l = list_take_first(&d->ready);
    return l ? list_entry(l, struct session, ready) : NULL;
}

void daemon_free(struct daemon *d)
{
    if (!d)
        return;
    struct session *s, *next;
    HASH_ITER(by_name, d->table.by_name, s, next) {
        HASH_DELETE(by_name, d->table.by_name, s);
        session_free(s);
    }
    groups_free(d->groups);
    core_free(d->core);
    intake_free(d->intake);
    free(d);
}
