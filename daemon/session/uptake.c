/* SPDX-License-Identifier: MIT */
#include "daemon/session/uptake.h"

enum {
    BYTES_LEAST = 16 << 20,     /* that may wait, without MaxSessionBytes ... */
    BYTES_A_MESSAGE = 16 << 10, /* ... and more where MaxSessionMessages is large */
    LITTLE = 1, MUCH = 2, /* sixteenths of that: beyond MUCH messages that may be lost are, until LITTLE is
                           * left */
    PRESS = 10,           /* then others wait, too, if with what is under way it is beyond this ... */
    EASE = 4,             /* ... until so much is left */
    DEALT_OUT = 15,       /* from PRESS up to this is let through bit by bit after its patience */
    DEAL_PART = 20,             /* of the patience: so long that takes */
    LATE_PART = 10,             /* so late others may wait still, if they have not for all of it ... */
    GRACE_PART = 4,             /* ... and so late it is not cut off for messages */
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

bool uptake_stays(const struct uptake *u, const struct outbox *o, const struct conf *conf)
{
    bool judged = u->much || u->over || u->cut;
    return u->watched && o->blocked && !judged && o->messages < conf->max_session_messages / 2 &&
           o->bytes <= sixteenths(conf, LITTLE);
}

/* While it kept up it was not looked at, and patience came back. */
static void watch(struct uptake *u, usec now)
{
    usec calm = now - u->calm_at, back = BACK_TIMES * calm;
    u->watched = true;
    u->since = now;
    u->taken_at = usec_earlier(now, u->taken_at + calm + back);
    u->pressed_us -= usec_earlier(u->pressed_us, back);
    u->look_at = now + STILL_US;
}

static void press(struct uptake *u, bool presses, usec now)
{
    if (u->presses)
        u->pressed_us += now - u->pressed_at;
    u->pressed_at = now;
    u->presses = presses;
}

/* Its patience is over: nobody is held for it, but what is left of its bytes is to last a little. */
static void become_late(struct uptake *u, usec now)
{
    if (!u->late)
        u->late_at = now;
    u->late = true;
}

/* So much may wait by now. */
static uint64_t dealt_out(const struct uptake *u, const struct conf *conf, usec now)
{
    usec whole = patience_of(conf) / DEAL_PART, passed = now - u->late_at;
    uint64_t first = sixteenths(conf, PRESS), last = sixteenths(conf, DEALT_OUT);
    return passed < whole ? first + (last - first) * passed / whole : UINT64_MAX;
}

static bool has_others_wait(const struct uptake *u, const struct outbox *o, const struct conf *conf,
                            uint64_t coming, usec now)
{
    if (u->over || !u->beyond)
        return false;
    return !u->late || o->bytes + coming > dealt_out(u, conf, now);
}

void uptake_on_change(struct uptake *u, const struct outbox *o, const struct conf *conf, uint64_t coming,
                      usec now)
{
    u->cut = u->cut && o->messages > conf->max_session_messages;
    if (keeps_up(o, conf)) {
        press(u, false, now);
        *u = (struct uptake){.taken_at = u->taken_at,
                             .pressed_us = u->pressed_us,
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
    press(u, u->presses, now);
    if (u->pressed_us >= patience_of(conf))
        become_late(u, now);
    press(u, has_others_wait(u, o, conf, coming, now), now);
    u->behind = is_behind(u, o, conf, now);
}

void uptake_on_cut(struct uptake *u, const struct outbox *o, const struct conf *conf)
{
    u->cut = o->messages > conf->max_session_messages;
}

void uptake_on_taken(struct uptake *u, usec now)
{
    u->taken_at = u->pressed_at = now;
    u->pressed_us = 0;
    u->still = u->late = u->over = false;
    if (u->look_at == NEVER)
        u->look_at = now + STILL_US; /* does it go on reading? */
}

void uptake_on_more(struct uptake *u, const struct conf *conf, usec now)
{
    if (u->over && u->look_at == NEVER && patience_of(conf) > 0)
        u->look_at = now + STILL_US; /* does it read again? */
}

/* Others have waited for it for its patience then, or it has had the time to come back from a pause of
 * that length. */
static usec wait_ends(const struct uptake *u, usec patience)
{
    usec late = u->taken_at + patience + patience / LATE_PART;
    return u->presses && !u->late ? usec_earlier(late, u->pressed_at + patience - u->pressed_us) : late;
}

/* When others cease to wait for it, too. */
static usec next_look(const struct uptake *u, const struct conf *conf, usec now)
{
    usec end = wait_ends(u, patience_of(conf));
    if (now >= end || u->late || !u->still)
        return now + STILL_US;
    return usec_earlier(now + patience_of(conf) / LOOKS, end);
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
    if (!u->watched)
        return;
    if (now >= wait_ends(u, patience))
        become_late(u, now);
    u->over = u->over || now >= u->taken_at + patience + patience / GRACE_PART;
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
