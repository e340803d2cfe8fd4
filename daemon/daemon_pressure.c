/* SPDX-License-Identifier: MIT
 *
 * Receivers that do not keep up, and who has to wait for them: told to the other daemons, heard from
 * them, forgotten when nothing is heard of them any more.
 *
 * A daemon says of its own clients when one begins to press and when it ceases to, and says it again
 * while it presses: so daemons that came later know, too, and what one that died has said is over soon.
 */
#include <string.h>

#include "daemon/daemon_clients.h"
#include "daemon/packet/data.h"
#include "daemon/packet/pressure.h"
#include "daemon/session/limits.h"
#include "daemon/session/policy.h"

enum {
    AGAIN_US = 400 * USEC_MS,     /* while a client of ours presses, the others are told */
    HEARD_FOR_US = 1 * USEC_SECOND, /* what they say of theirs counts */
};

static void tell_others(struct clients_room *c, const struct session *s)
{
    struct pressure p = {.waits = s->waits};
    struct message m = {.block = block_new(PRESSURE_MAX)};
    struct writer w = writer_of(m.block->bytes, PRESSURE_MAX);
    memcpy(p.connection, s->name, sizeof p.connection);
    pressure_give(&w, &p);
    m.frame = m.block->bytes;
    m.len = (uint32_t)writer_len(&w);
    core_submit(c->shared->core, LANE_CONTROL, m, SERVICE_AGREED, c->shared->now);
}

static struct event_record event_of_output(enum event_kind kind, const struct session *s)
{
    struct event_record e = session_event(kind, s, WHY_NONE);
    e.number[0] = s->outbox.messages;
    e.number[1] = s->outbox.bytes;
    return e;
}

struct event_record pressure_event(const struct clients_room *c, enum event_kind kind,
                                   const struct session *s, usec since)
{
    struct event_record e = event_of_output(kind, s);
    uint32_t groups = groups_of_client(c->shared->groups, &s->private_group, &e.whom);
    e.number[2] = (c->shared->now - since) / USEC_MS;
    e.number[3] = groups == 1 ? 0 : groups; /* one has a name */
    return e;
}

/* Once a pause: it is behind from some time after it has stopped until its socket is full no more. */
static void tell_behind(struct clients_room *c, struct session *s, usec since)
{
    bool begins = s->uptake.behind;
    struct event_record e = pressure_event(c, begins ? EVENT_BEHIND : EVENT_CAUGHT_UP, s, since);
    if (!begins) {
        e.number[4] = s->dropped - s->dropped_told;
        s->dropped_told = s->dropped;
    }
    events_tell(c->shared, &e);
}

/* Other messages than before are to wait for it. */
static void press(struct clients_room *c, struct session *s, uint8_t waits)
{
    bool did = s->waits != 0;
    s->waits = waits;
    if (groups_press(c->shared->groups, &s->private_group, waits, NEVER))
        crowd_let_go(&c->crowd);
    if (waits)
        c->pressed_again_at = usec_earlier(c->pressed_again_at, c->shared->now + AGAIN_US);
    tell_others(c, s);
    if (session_is_open(s) && did != (waits != 0)) {
        struct event_record e = event_of_output(waits ? EVENT_CROWDED : EVENT_KEEPS_UP, s);
        events_tell(c->shared, &e);
    }
}

void pressure_on_change(struct clients_room *c, struct session *s)
{
    const struct conf *conf = shared_conf(c->shared);
    bool was_behind = s->uptake.behind;
    usec since = s->uptake.since;
    limits_on_bytes(s);
    crowd_on_change(&c->crowd, s, conf, core_under_way(c->shared->core), c->shared->now);
    if (s->uptake.behind != was_behind && session_is_open(s))
        tell_behind(c, s, was_behind ? since : s->uptake.since);
    uint8_t waits = s->uptake.presses ? policy_waits(s, conf) : 0;
    if (waits != s->waits)
        press(c, s, waits);
}

bool pressure_exceeds(const struct clients_room *c, const struct session *s)
{
    return uptake_exceeds(&s->uptake, &s->outbox, shared_conf(c->shared)) ||
           limits_exceed_bytes(s, shared_conf(c->shared));
}

/* Whoever takes what it is offered is judged once a turn, when it was offered all (clients_on_written),
 * and not for each of a hundred messages. */
void pressure_on_output(struct clients_room *c, struct session *s)
{
    const struct conf *conf = shared_conf(c->shared);
    if (uptake_is_calm(&s->uptake, &s->outbox, conf)) {
        clients_mark_ready(c, s);
        return;
    }
    if (uptake_stays(&s->uptake, &s->outbox, conf)) {
        limits_on_bytes(s);
    } else {
        uptake_on_more(&s->uptake, conf, c->shared->now);
        pressure_on_change(c, s);
    }
    if (!s->outbox.blocked || pressure_exceeds(c, s))
        clients_mark_ready(c, s);
}

void pressure_hear(struct clients_room *c, const struct name *who, uint8_t waits)
{
    if (groups_press(c->shared->groups, who, waits, c->shared->now + HEARD_FOR_US))
        crowd_let_go(&c->crowd);
}

static void say_again(struct clients_room *c)
{
    c->pressed_again_at = NEVER;
    for (struct link *l = c->crowd.watched.next; l != &c->crowd.watched; l = l->next) {
        const struct session *s = list_entry(l, struct session, watched);
        if (!s->waits)
            continue;
        c->pressed_again_at = c->shared->now + AGAIN_US;
        tell_others(c, s);
    }
}

void pressure_on_time(struct clients_room *c)
{
    for (struct session *s; (s = crowd_next_asked(&c->crowd, shared_conf(c->shared), c->shared->now));) {
        s->asked = true;
        clients_mark_ready(c, s);
    }
    if (c->shared->now >= c->pressed_again_at)
        say_again(c);
    if (groups_ease(c->shared->groups, c->shared->now))
        crowd_let_go(&c->crowd);
}

usec pressure_deadline(const struct clients_room *c)
{
    usec crowd = crowd_deadline(&c->crowd, core_has_room(c->shared->core));
    return usec_earlier(c->pressed_again_at, usec_earlier(crowd, groups_ease_at(c->shared->groups)));
}

bool pressure_holds(struct clients_room *c, struct session *s, const struct frame_header *h,
                    const uint8_t *frame)
{
    usec now = c->shared->now, patience = shared_conf(c->shared)->slow_reader_patience_ms * (usec)USEC_MS;
    bool waits = !c->shared->leaving && !(h->type & FRAME_KILL) && !s->passes &&
                 groups_are_pressed(c->shared->groups, h->type, frame, (uint32_t)h->num_groups);
    s->passes = false;
    if (waits && s->held_since == 0)
        s->held_since = now;
    /* It may have been let go meanwhile, and have found another that presses: that counts, too. */
    if (!waits || now - s->held_since >= patience) {
        s->held_since = 0;
        return false;
    }
    crowd_hold(&c->crowd, s, true, s->held_since + patience);
    c->shared->counters.holds++;
    return true;
}
