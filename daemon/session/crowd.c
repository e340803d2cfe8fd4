/* SPDX-License-Identifier: MIT */
#include "daemon/session/crowd.h"

#include "libspread/wire/frame.h"

enum {
    MESSAGE_US = 10,        /* the pace: a third faster than 5.0.1 ... */
    BYTES_A_US = 256,       /* ... and what large messages take besides */
    TURN_US = 100,          /* what a sender gets at a time */
    KEPT_US = 2000,         /* time not used that is kept: more than a timer is late */
    START_MOST_US = 20000,  /* the first wait, however much waits already */
    SESSION_BYTES_EACH = 64 << 10, /* without MaxSessionBytes: for each message that may wait ... */
    SESSION_BYTES_LEAST = 16 << 20, /* ... and in any case */
    READ_LEAST = 8 << 10,   /* bytes; a system call has to be worth it */
    SMALLEST = FRAME_HEADER + NAME_FIELD,
};

void crowd_init(struct crowd *c)
{
    *c = (struct crowd){.next = NEVER};
    list_init(&c->held);
}

/* -- limits -------------------------------------------------------------------------------- */

static uint64_t bytes_most(const struct conf *conf)
{
    if (conf->max_session_bytes)
        return conf->max_session_bytes;
    uint64_t most = (uint64_t)conf->max_session_messages * SESSION_BYTES_EACH;
    return most > SESSION_BYTES_LEAST ? most : SESSION_BYTES_LEAST;
}

bool crowd_exceeded(const struct session *s, const struct conf *conf)
{
    const struct outbox *o = &s->outbox;
    return o->messages > conf->max_session_messages || o->bytes > bytes_most(conf);
}

static usec cost_of(uint64_t messages, uint64_t bytes)
{
    return (usec)(messages * MESSAGE_US + bytes / BYTES_A_US);
}

/* What waits beyond half the limits, as time at the pace; 0: it is no more than half. */
static usec beyond_half(const struct session *s, const struct conf *conf)
{
    const struct outbox *o = &s->outbox;
    uint64_t messages = conf->max_session_messages / 2, bytes = bytes_most(conf) / 2;
    return cost_of(o->messages > messages ? o->messages - messages : 0,
                   o->bytes > bytes ? o->bytes - bytes : 0);
}

/* -- receivers ----------------------------------------------------------------------------- */

static void let_go_of(struct crowd *c, const struct session *crowded)
{
    for (struct link *l = c->held.next; l != &c->held; l = l->next) {
        struct session *s = list_entry(l, struct session, held);
        if (s->held_for == crowded)
            s->held_until = 0;
    }
    if (!list_empty(&c->held))
        c->next = 0;
}

void crowd_on_change(struct crowd *c, struct session *s, const struct conf *conf, usec now)
{
    /* With a large limit a receiver that takes nothing is slowed down for so long and no longer. */
    usec beyond = session_is_open(s) ? beyond_half(s, conf) : 0;
    bool crowded = beyond > 0 && beyond <= CROWD_HOLD_MOST_US;
    if (crowded)
        c->fresh_until = now + CROWD_FRESH_US;
    if (crowded == s->crowded)
        return;
    s->crowded = crowded;
    if (crowded) {
        c->sessions++;
        s->next_turn = now + (beyond < START_MOST_US ? beyond : START_MOST_US);
    } else {
        c->sessions--;
        let_go_of(c, s);
    }
}

/* -- senders ------------------------------------------------------------------------------- */

void crowd_hold(struct crowd *c, struct session *s, usec until)
{
    list_append(&c->held, &s->held);
    s->held_until = until;
    c->next = usec_earlier(c->next, until);
}

/* Gives the next turn at every crowded receiver away. Returns when it begins: where the wait is
 * longest, which is *longest; 0: nobody is crowded. */
static usec book_turn(void *const *receivers, size_t count, usec turn, usec now,
                      const struct session **longest)
{
    usec begin = 0;
    for (size_t i = 0; i < count; i++) {
        struct session *r = receivers[i];
        if (!r->crowded)
            continue;
        if (r->next_turn + KEPT_US < now)
            r->next_turn = now - KEPT_US;
        if (begin < r->next_turn) {
            begin = r->next_turn;
            *longest = r;
        }
        r->next_turn += turn;
    }
    return begin;
}

bool crowd_admits(struct crowd *c, struct session *s, void *const *receivers, size_t count,
                  size_t len, usec now)
{
    usec cost = cost_of(1, len);
    if (s->turn_us < cost) {
        usec turn = cost > TURN_US ? cost : TURN_US;
        usec begin = book_turn(receivers, count, turn, now, &s->held_for);
        if (begin == 0)
            return true;
        s->turn_us = turn;
        if (begin > now) {
            usec latest = now + CROWD_HOLD_MOST_US;
            crowd_hold(c, s, begin < latest ? begin : latest);
            return false;
        }
    }
    s->turn_us -= cost;
    return true;
}

struct session *crowd_take_due(struct crowd *c, usec now)
{
    if (now < c->next)
        return NULL;
    c->next = NEVER;
    for (struct link *l = c->held.next; l != &c->held; l = l->next) {
        struct session *s = list_entry(l, struct session, held);
        if (s->held_until <= now) {
            c->next = 0; /* there may be others */
            list_remove(&s->held);
            s->held_for = NULL;
            if (s->held_until == 0)
                s->turn_us = 0; /* it was booked with one who is crowded no longer */
            return s;
        }
        c->next = usec_earlier(c->next, s->held_until);
    }
    return NULL;
}

size_t crowd_read_most(const struct conf *conf)
{
    size_t most = (size_t)conf->max_session_messages / 2 * SMALLEST;
    if (most < READ_LEAST)
        return READ_LEAST;
    return most < INTAKE_SLAB ? most : INTAKE_SLAB;
}
