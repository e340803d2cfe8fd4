/* SPDX-License-Identifier: MIT */
#include "daemon/session/crowd.h"

void crowd_init(struct crowd *c)
{
    *c = (struct crowd){.next = NEVER, .look_at = NEVER};
    list_init(&c->held);
    list_init(&c->watched);
}

/* -- receivers ----------------------------------------------------------------------------- */

void crowd_on_change(struct crowd *c, struct session *s, const struct conf *conf, uint64_t coming, usec now)
{
    struct uptake *u = &s->uptake;
    if (session_is_open(s))
        uptake_on_change(u, &s->outbox, conf, coming, now);
    else
        *u = (struct uptake){0};
    if (!u->watched)
        list_remove(&s->watched);
    else if (list_empty(&s->watched))
        list_append(&c->watched, &s->watched);
    if (u->watched)
        c->look_at = usec_earlier(c->look_at, u->look_at);
}

struct session *crowd_next_asked(struct crowd *c, const struct conf *conf, usec now)
{
    if (now < c->look_at)
        return NULL;
    c->look_at = NEVER;
    for (struct link *l = c->watched.next; l != &c->watched; l = l->next) {
        struct session *s = list_entry(l, struct session, watched);
        if (uptake_asks(&s->uptake, conf, now)) {
            c->look_at = now; /* there may be others */
            return s;
        }
        c->look_at = usec_earlier(c->look_at, s->uptake.look_at);
    }
    return NULL;
}

/* -- senders ------------------------------------------------------------------------------- */

void crowd_hold(struct crowd *c, struct session *s, bool passes, usec until)
{
    list_append(&c->held, &s->held);
    s->passes = passes;
    s->deadline = until;
    c->next = usec_earlier(c->next, until);
}

void crowd_let_go(struct crowd *c)
{
    for (struct link *l = c->held.next; l != &c->held; l = l->next) {
        struct session *s = list_entry(l, struct session, held);
        s->deadline = 0;
        s->passes = false;
    }
    if (!list_empty(&c->held))
        c->next = 0;
}

struct session *crowd_take_due(struct crowd *c, usec now)
{
    if (now < c->next)
        return NULL;
    c->next = NEVER;
    for (struct link *l = c->held.next; l != &c->held; l = l->next) {
        struct session *s = list_entry(l, struct session, held);
        if (s->deadline <= now) {
            c->next = 0; /* there may be others */
            list_remove(&s->held);
            return s;
        }
        c->next = usec_earlier(c->next, s->deadline);
    }
    return NULL;
}

usec crowd_deadline(const struct crowd *c, bool room)
{
    return room ? usec_earlier(c->next, c->look_at) : c->look_at;
}
