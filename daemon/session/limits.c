/* SPDX-License-Identifier: MIT */
#include "daemon/session/limits.h"

#include "daemon/session/sources.h"

/* -- connections --------------------------------------------------------------------------- */

static bool is_full(uint64_t have, uint32_t limit)
{
    return limit > 0 && have >= limit;
}

static bool greets(enum session_state state)
{
    return state < SESSION_OPEN;
}

enum why limits_on_connect(struct source **all, struct session *s, const struct conf *conf)
{
    struct source *from = source_take(all, &s->peer);
    enum why why = WHY_NONE;
    if (is_full(from->connections - from->refused, conf->max_source_connections))
        why = HELLO_CONNECTIONS;
    else if (is_full(from->handshakes, conf->max_source_handshakes))
        why = HELLO_HANDSHAKES;
    s->source = from;
    from->connections++;
    from->handshakes++;
    return why;
}

void limits_on_state(struct session *s, enum session_state to)
{
    struct source *from = s->source;
    if (!from)
        return;
    from->handshakes -= greets(s->state) && !greets(to);
    from->refused += to == SESSION_REFUSED;
    from->refused -= s->state == SESSION_REFUSED && to != SESSION_REFUSED;
}

void limits_on_disconnect(struct session *s)
{
    limits_on_state(s, SESSION_GONE);
    s->source->connections--;
}

static void charge(uint64_t *sum, uint64_t *tally, uint64_t amount)
{
    *sum = *sum - *tally + amount;
    *tally = amount;
}

void limits_release(struct session *s)
{
    if (!s->source)
        return;
    charge(&s->source->groups, &s->tally.groups, 0);
    charge(&s->source->bytes, &s->tally.bytes, 0);
    source_release(s->source);
    s->source = NULL;
}

/* -- groups -------------------------------------------------------------------------------- */

static void charge_groups(struct session *s)
{
    charge(&s->source->groups, &s->tally.groups, (uint64_t)s->tally.joined + s->tally.joining);
}

bool limits_on_join(struct session *s, const struct conf *conf)
{
    if (is_full(s->source->groups, conf->max_source_groups))
        return false;
    s->tally.joining++;
    charge_groups(s);
    return true;
}

void limits_on_groups(struct session *s, bool joined, uint32_t groups)
{
    s->tally.joined = groups;
    if (joined && s->tally.joining > 0)
        s->tally.joining--;
    charge_groups(s);
}

/* -- bytes --------------------------------------------------------------------------------- */

void limits_on_bytes(struct session *s)
{
    charge(&s->source->bytes, &s->tally.bytes, s->outbox.bytes);
}

bool limits_exceed_bytes(const struct session *s, const struct conf *conf)
{
    const struct source *from = s->source;
    uint64_t limit = conf->max_source_bytes;
    return limit > 0 && from->bytes > limit && s->outbox.bytes > limit / from->connections;
}
