/* SPDX-License-Identifier: MIT
 *
 * What goes to clients: it waits in their outboxes, and who does not take it is judged.
 */
#include <assert.h>

#include "daemon/daemon_clients.h"
#include "daemon/session/limits.h"
#include "daemon/session/policy.h"

/* -- what was ordered ---------------------------------------------------------------------- */

/* So much waits for it that what is to be done depends on the policy. */
static bool is_in_question(const struct clients_room *c, const struct session *s)
{
    return s->uptake.much || s->outbox.messages >= shared_conf(c->shared)->max_session_messages;
}

/* False: m is left out for s, as is its policy with messages that may be lost. */
static bool push(struct clients_room *c, struct session *s, const struct message *m)
{
    const struct conf *conf = shared_conf(c->shared);
    enum slow_policy policy = SLOW_HOLD;
    if (is_in_question(c, s))
        policy = policy_for(s, conf, policy_of_groups(conf, m->frame));
    if (policy == SLOW_DROP && s->uptake.much && word_at(m->frame + FRAME_TYPE_AT) & FRAME_UNRELIABLE) {
        s->dropped++;
        c->shared->counters.dropped++;
        return false;
    }
    outbox_push(&s->outbox, m, c->shared->now);
    c->shared->counters.bytes_out += m->len;
    s->sent++;
    if (policy == SLOW_CUT)
        uptake_on_cut(&s->uptake, &s->outbox, conf);
    return true;
}

void clients_deliver(struct clients_room *c, const struct delivery *e)
{
    for (size_t i = 0; i < e->session_count; i++) {
        struct session *s = e->sessions[i];
        assert(session_is_open(s)); /* groups know none that is not: see departures_begin */
        c->shared->counters.deliveries += push(c, s, &e->message);
        pressure_on_output(c, s);
    }
    message_unref(&e->message);
}

/* -- what waits for clients ---------------------------------------------------------------- */

static bool is_too_much(const struct clients_room *c, const struct session *s)
{
    return s->outbox.blocked && session_is_open(s) && pressure_exceeds(c, s);
}

static void cut_off(struct clients_room *c, struct session *s)
{
    const struct conf *conf = shared_conf(c->shared);
    bool slow = uptake_exceeds(&s->uptake, &s->outbox, conf);
    struct event_record e = pressure_event(c, slow ? EVENT_CUT_OFF : EVENT_TOO_MUCH, s, s->uptake.since);
    e.number[4] = slow ? conf->max_session_messages : conf->max_source_bytes;
    events_tell(c->shared, &e);
    clients_end(c, s, slow ? END_TOO_SLOW : END_TOO_MUCH, 0);
}

bool clients_on_written(struct clients_room *c, struct session *s, size_t len, bool blocked)
{
    outbox_written(&s->outbox, len);
    s->outbox.blocked = blocked;
    if (len > 0 && s->local) /* else kernels between may have taken it */
        uptake_on_taken(&s->uptake, c->shared->now);
    pressure_on_change(c, s);
    /* Whose socket still takes what is offered may have any number waiting; and who has begun to read
     * again is given its patience back, so that is asked before. */
    if (!is_too_much(c, s))
        return false;
    if (uptake_may_be_asked(&s->uptake, &s->outbox, shared_conf(c->shared)) &&
        !limits_exceed_bytes(s, shared_conf(c->shared))) {
        s->asked = true;
        clients_mark_ready(c, s);
        return false;
    }
    cut_off(c, s);
    return true;
}

void clients_on_unread(struct clients_room *c, struct session *s, uint64_t unread)
{
    s->asked = false;
    uptake_on_unread(&s->uptake, shared_conf(c->shared), unread, c->shared->now);
    pressure_on_change(c, s);
    if (is_too_much(c, s))
        cut_off(c, s);
}

void clients_on_deaf(struct clients_room *c, struct session *s)
{
    session_drop_output(s);
    pressure_on_change(c, s);
}
