/* SPDX-License-Identifier: MIT */
#include "daemon/session/crowd.h"

#include "libspread/wire/frame.h"

enum {
    MESSAGE_US = 10,           /* the pace: a third faster than 5.0.1 */
    PAUSE_MOST_US = 20000,     /* whatever has been taken up */
    READ_LEAST = 8 << 10,      /* bytes; a system call has to be worth it */
    SMALLEST = FRAME_HEADER + NAME_FIELD,
};

static bool exceeds(const struct session *s, const struct conf *conf, unsigned share)
{
    const struct outbox *o = &s->outbox;
    return o->messages > conf->max_session_messages / share ||
           (conf->max_session_bytes && o->bytes > conf->max_session_bytes / share);
}

bool crowd_exceeded(const struct session *s, const struct conf *conf)
{
    return exceeds(s, conf, 1);
}

void crowd_on_change(struct crowd *c, struct session *s, const struct conf *conf)
{
    bool crowded = session_is_open(s) && exceeds(s, conf, 2);
    if (crowded && !s->crowded)
        c->sessions++;
    else if (!crowded && s->crowded)
        c->sessions--;
    s->crowded = crowded;
    if (c->sessions == 0)
        c->read_at = 0;
}

void crowd_on_taken(struct crowd *c, uint32_t messages, usec now)
{
    usec pause = (usec)messages * MESSAGE_US;
    if (c->sessions > 0 && messages > 0)
        c->read_at = now + (pause < PAUSE_MOST_US ? pause : PAUSE_MOST_US);
}

void crowd_on_time(struct crowd *c, usec now)
{
    if (c->read_at <= now)
        c->read_at = 0;
}

usec crowd_deadline(const struct crowd *c)
{
    return c->read_at ? c->read_at : NEVER;
}

size_t crowd_read_most(const struct conf *conf)
{
    size_t most = (size_t)conf->max_session_messages / 2 * SMALLEST;
    if (most < READ_LEAST)
        return READ_LEAST;
    return most < INTAKE_SLAB ? most : INTAKE_SLAB;
}
