/* SPDX-License-Identifier: MIT */
#include "daemon/session/uptake.h"

enum {
    BYTES_LEAST = 16 << 20,     /* that may wait, without MaxSessionBytes ... */
    BYTES_A_MESSAGE = 16 << 10, /* ... and more where MaxSessionMessages is large */
    PRESS_PART = 8,             /* of the bytes that may wait: beyond it others wait, too ... */
    EASE_PART = 16,             /* ... until no more than this is left */
    LOOKS = 40,                 /* in a patience */
};

static uint64_t bytes_most(const struct conf *conf)
{
    uint64_t most = (uint64_t)conf->max_session_messages * BYTES_A_MESSAGE;
    if (conf->max_session_bytes)
        return conf->max_session_bytes;
    return most > BYTES_LEAST ? most : BYTES_LEAST;
}

/* A tenth more lets one off whose pause is just as long. */
static usec patience_of(const struct conf *conf)
{
    usec patience = conf->slow_reader_patience_ms * (usec)USEC_MS;
    return patience + patience / 10;
}

/* Little waits: whatever it does is of no interest. */
static bool is_easy(const struct outbox *o, const struct conf *conf)
{
    return o->messages <= conf->max_session_messages &&
           o->bytes <= bytes_most(conf) / EASE_PART;
}

void uptake_on_change(struct uptake *u, const struct outbox *o, const struct conf *conf, usec now)
{
    uint64_t most = bytes_most(conf);
    if (is_easy(o, conf)) {
        *u = (struct uptake){.over = u->over && o->blocked};
        return;
    }
    if (!u->watched) {
        u->watched = true;
        u->taken_at = u->look_at = now;
        u->unread = 0;
        u->over |= conf->slow_reader_patience_ms == 0;
    }
    uint64_t mark = u->presses ? most / EASE_PART : most / PRESS_PART;
    u->presses = !u->over && o->bytes > mark;
}

void uptake_on_taken(struct uptake *u, usec now)
{
    u->taken_at = now;
    u->over = false;
}

bool uptake_asks(struct uptake *u, const struct conf *conf, usec now)
{
    if (!u->watched || now < u->look_at)
        return false;
    u->look_at = conf->slow_reader_patience_ms == 0 ? NEVER : now + patience_of(conf) / LOOKS;
    return u->look_at != NEVER;
}

void uptake_on_unread(struct uptake *u, const struct conf *conf, uint64_t unread, usec now)
{
    if (unread < u->unread)
        uptake_on_taken(u, now);
    u->unread = unread;
    if (u->watched && now >= u->taken_at + patience_of(conf))
        u->over = true;
}

bool uptake_exceeds(const struct uptake *u, const struct outbox *o, const struct conf *conf)
{
    return o->bytes > bytes_most(conf) ||
           (u->over && o->messages > conf->max_session_messages);
}
