/* SPDX-License-Identifier: MIT */
#include "daemon/session/uptake.h"

enum {
    BYTES_LEAST = 16 << 20,     /* that may wait, without MaxSessionBytes ... */
    BYTES_A_MESSAGE = 16 << 10, /* ... and more where MaxSessionMessages is large */
    LITTLE = 1, MUCH = 2, /* sixteenths of that: beyond MUCH messages that may be lost are, until LITTLE is left */
    PRESS = 10,           /* then others wait, too, if with what is under way it is beyond this ... */
    EASE = 4,             /* ... until so much is left */
    PRESS_LATE = 14,      /* the same as PRESS while its patience has just ended */
    GRACE_PART = 4,             /* of the patience: a reader whose pause is as long comes back late ... */
    AGAIN_PART = 10,            /* ... and so long others wait again meanwhile, at most */
    BACK_TIMES = 4,             /* as much patience comes back as it kept up */
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

static uint64_t sixteenths(const struct conf *conf, unsigned n)
{
    return n * bytes_most(conf) / 16;
}

/* The first answer is one to start from. */
static bool is_still(const struct uptake *u, usec now)
{
    return now >= u->taken_at + STILL_US && now >= u->since + 2 * STILL_US;
}

/* One more message and it would be cut off, if its patience were over. */
static bool is_full(const struct uptake *u, const struct outbox *o, const struct conf *conf)
{
    return o->blocked && (u->still || u->over) && o->messages >= conf->max_session_messages;
}

static bool is_much(const struct uptake *u, const struct outbox *o, const struct conf *conf)
{
    return o->bytes > sixteenths(conf, u->much ? LITTLE : MUCH) || is_full(u, o, conf);
}

static bool is_beyond(const struct uptake *u, const struct outbox *o, const struct conf *conf, uint64_t coming)
{
    bool fills = u->much && o->bytes + coming > sixteenths(conf, PRESS);
    return fills || (u->beyond && o->bytes > sixteenths(conf, EASE)) || is_full(u, o, conf);
}

/* So much has been waiting for some time, and its socket is full still. */
static bool is_behind(const struct uptake *u, const struct outbox *o, const struct conf *conf, usec now)
{
    bool half = o->messages >= conf->max_session_messages / 2 || o->bytes > sixteenths(conf, LITTLE);
    usec wait = usec_earlier(patience_of(conf) / BEHIND_PART, BEHIND_US);
    return u->behind || (half && now >= u->since + wait);
}

/* Between two writes a socket that takes all of the first one is not full, whatever waits. */
static bool keeps_up(const struct outbox *o, const struct conf *conf)
{
    return o->messages == 0 || (!o->blocked && o->bytes <= sixteenths(conf, LITTLE));
}

bool uptake_is_calm(const struct uptake *u, const struct outbox *o, const struct conf *conf)
{
    return !u->watched && !u->cut && keeps_up(o, conf);
}

/* While it kept up it was not looked at, and patience came back. */
static void watch(struct uptake *u, usec now)
{
    usec calm = now - u->calm_at;
    u->watched = true;
    u->since = now;
    u->taken_at = usec_earlier(now, u->taken_at + calm + BACK_TIMES * calm);
    u->look_at = now + STILL_US;
}

void uptake_on_change(struct uptake *u, const struct outbox *o, const struct conf *conf, uint64_t coming,
                      usec now)
{
    u->cut = u->cut && o->messages > conf->max_session_messages;
    if (keeps_up(o, conf)) {
        *u = (struct uptake){.taken_at = u->taken_at,
                             .calm_at = u->watched ? now : u->calm_at,
                             .unread = u->unread,
                             .cut = u->cut};
        return;
    }
    if (!u->watched)
        watch(u, now);
    u->over = u->over || patience_of(conf) == 0;
    u->much = is_much(u, o, conf);
    u->beyond = is_beyond(u, o, conf, coming);
    u->presses = u->beyond && !u->over &&
                 (!u->late || o->bytes + coming > sixteenths(conf, PRESS_LATE));
    if (u->presses && u->late)
        u->again_at = usec_earlier(u->again_at, now);
    u->behind = is_behind(u, o, conf, now);
}

void uptake_on_cut(struct uptake *u, const struct outbox *o, const struct conf *conf)
{
    u->cut = o->messages > conf->max_session_messages;
}

void uptake_on_taken(struct uptake *u, usec now)
{
    u->taken_at = now;
    u->still = u->late = u->over = false;
}

void uptake_on_more(struct uptake *u, const struct conf *conf, usec now)
{
    if (u->over && u->look_at == NEVER && patience_of(conf) > 0)
        u->look_at = now + STILL_US; /* does it read again? */
}

/* When its patience ends, too: nobody is to wait longer. */
static usec next_look(const struct uptake *u, const struct conf *conf, usec now)
{
    usec end = u->taken_at + patience_of(conf);
    if (now >= end || !u->still)
        return now + STILL_US;
    return usec_earlier(now + patience_of(conf) / LOOKS, end);
}

static bool is_over(const struct uptake *u, usec patience, usec now)
{
    usec again = u->again_at == NEVER ? NEVER : u->again_at + patience / AGAIN_PART;
    return now >= usec_earlier(u->taken_at + patience + patience / GRACE_PART, again);
}

bool uptake_asks(struct uptake *u, const struct conf *conf, usec now)
{
    if (!u->watched || now < u->look_at)
        return false;
    u->look_at = patience_of(conf) == 0 ? NEVER : next_look(u, conf, now);
    return u->look_at != NEVER;
}

void uptake_on_unread(struct uptake *u, const struct conf *conf, uint64_t unread, usec now)
{
    usec patience = patience_of(conf);
    if (unread < u->unread)
        uptake_on_taken(u, now);
    else if (is_still(u, now))
        u->still = true;
    u->unread = unread;
    if (!u->watched || now < u->taken_at + patience)
        return;
    if (!u->late)
        u->again_at = NEVER;
    u->late = true;
    u->over = u->over || is_over(u, patience, now);
    if (u->over)
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
