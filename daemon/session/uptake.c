/* SPDX-License-Identifier: MIT */
#include "daemon/session/uptake.h"

enum {
    BYTES_LEAST = 16 << 20,     /* that may wait, without MaxSessionBytes ... */
    BYTES_A_MESSAGE = 16 << 10, /* ... and more where MaxSessionMessages is large */
    PRESS_PART = 8,             /* of the bytes that may wait: beyond it others wait, too ... */
    EASE_PART = 16,             /* ... until no more than this is left */
    GRACE_PART = 4,             /* of the patience: a reader whose pause is as long comes back late */
    STILL_US = 2 * USEC_MS,     /* who has taken nothing for so long does not read now */
    STRICT_BELOW = 1000,        /* messages: who allows fewer than 5.0.1 does means it */
    LOOKS = 40,                 /* in a patience */
    BEHIND_US = 100 * USEC_MS,  /* who is behind for so long is told of ... */
    BEHIND_PART = 10,           /* ... or for that part of the patience, if it is less */
};

static uint64_t bytes_most(const struct conf *conf)
{
    uint64_t most = (uint64_t)conf->max_session_messages * BYTES_A_MESSAGE;
    if (conf->max_session_bytes)
        return conf->max_session_bytes;
    return most > BYTES_LEAST ? most : BYTES_LEAST;
}

static usec patience_of(const struct conf *conf)
{
    usec patience = conf->slow_reader_patience_ms * (usec)USEC_MS;
    return conf->max_session_messages < STRICT_BELOW ? 0 : patience;
}

static bool is_still(const struct uptake *u, usec now)
{
    return now >= u->taken_at + STILL_US;
}

/* One more message and it would be cut off, if its patience were over; or much waits. */
static bool is_beyond(const struct uptake *u, const struct outbox *o, const struct conf *conf)
{
    uint64_t mark = bytes_most(conf) / (u->beyond ? EASE_PART : PRESS_PART);
    bool full = o->blocked && (u->still || u->over) && o->messages >= conf->max_session_messages;
    return o->bytes > mark || full;
}

/* Half of that has been waiting for some time, and its socket is full still. */
static bool is_behind(const struct uptake *u, const struct outbox *o, const struct conf *conf, usec now)
{
    bool half = o->messages >= conf->max_session_messages / 2 || o->bytes > bytes_most(conf) / EASE_PART;
    usec wait = usec_earlier(patience_of(conf) / BEHIND_PART, BEHIND_US);
    return u->behind || (half && now >= u->since + wait);
}

/* Between two writes a socket that takes all of the first one is not full, whatever waits. */
static bool keeps_up(const struct outbox *o, const struct conf *conf)
{
    return o->messages == 0 || (!o->blocked && o->bytes <= bytes_most(conf) / EASE_PART);
}

bool uptake_is_calm(const struct uptake *u, const struct outbox *o, const struct conf *conf)
{
    return !u->watched && !u->cut && keeps_up(o, conf);
}

void uptake_on_change(struct uptake *u, const struct outbox *o, const struct conf *conf, usec now)
{
    u->cut = u->cut && o->messages > conf->max_session_messages;
    if (keeps_up(o, conf)) {
        *u = (struct uptake){.taken_at = u->taken_at, .cut = u->cut};
        return;
    }
    if (!u->watched) {
        *u = (struct uptake){.watched = true,
                             .cut = u->cut,
                             .since = now,
                             .taken_at = u->taken_at,
                             .look_at = now + STILL_US,
                             .unread = UINT64_MAX}; /* the first answer is one to start from */
        u->over = patience_of(conf) == 0;
    }
    u->beyond = is_beyond(u, o, conf);
    u->presses = u->beyond && !u->over;
    u->behind = is_behind(u, o, conf, now);
}

void uptake_on_cut(struct uptake *u, const struct outbox *o, const struct conf *conf)
{
    u->cut = o->messages > conf->max_session_messages;
}

void uptake_on_taken(struct uptake *u, usec now)
{
    u->taken_at = now;
    u->still = u->over = false;
}

void uptake_on_more(struct uptake *u, const struct conf *conf, usec now)
{
    if (u->over && u->look_at == NEVER && patience_of(conf) > 0)
        u->look_at = now + STILL_US; /* does it read again? */
}

bool uptake_asks(struct uptake *u, const struct conf *conf, usec now)
{
    if (!u->watched || now < u->look_at)
        return false;
    if (patience_of(conf) == 0)
        u->look_at = NEVER;
    else
        u->look_at = now + (u->still ? patience_of(conf) / LOOKS : (usec)STILL_US);
    return u->look_at != NEVER;
}

void uptake_on_unread(struct uptake *u, const struct conf *conf, uint64_t unread, usec now)
{
    if (unread < u->unread)
        uptake_on_taken(u, now);
    else if (is_still(u, now))
        u->still = true;
    u->unread = unread;
    usec patience = patience_of(conf);
    if (!u->watched || now < u->taken_at + patience + patience / GRACE_PART)
        return;
    u->over = true;
    u->look_at = NEVER; /* until something comes for it */
}

bool uptake_exceeds(const struct uptake *u, const struct outbox *o, const struct conf *conf)
{
    return o->bytes > bytes_most(conf) ||
           ((u->over || u->cut) && o->messages > conf->max_session_messages);
}

bool uptake_may_be_asked(const struct uptake *u, const struct outbox *o, const struct conf *conf)
{
    return u->over && !u->cut && patience_of(conf) > 0 && o->bytes <= bytes_most(conf);
}
