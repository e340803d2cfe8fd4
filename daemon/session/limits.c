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

static uint64_t groups_of(const struct tally *t)
{
    return (uint64_t)t->joined + t->joining;
}

enum why limits_on_connect(struct source **all, struct session *s, const struct conf *conf)
{
    struct peer peer = session_peer(s);
    struct source *from = source_take(all, &peer);
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

enum why limits_on_identity(struct source **all, struct session *s, const struct conf *conf)
{
    struct source *who = source_take_identity(all, s->identity);
    if (!who)
        return WHY_NONE;
    if (is_full(who->connections, conf->max_source_connections)) {
        source_release(who);
        return HELLO_CONNECTIONS;
    }
    s->who = who;
    who->connections++;
    who->groups += groups_of(&s->tally);
    who->bytes += s->tally.bytes;
    return WHY_NONE;
}

void limits_on_disconnect(struct session *s)
{
    limits_on_state(s, SESSION_GONE);
    s->source->connections--;
    if (s->who)
        s->who->connections--;
}

static void charge(struct session *s, struct tally now)
{
    struct source *sources[] = {s->source, s->who};
    for (int i = 0; i < 2 && sources[i]; i++) {
        sources[i]->groups += groups_of(&now) - groups_of(&s->tally);
        sources[i]->bytes += now.bytes - s->tally.bytes;
    }
    s->tally = now;
}

void limits_release(struct session *s)
{
    charge(s, (struct tally){0});
    source_release(s->who);
    source_release(s->source);
    s->who = s->source = NULL;
}

/* -- groups -------------------------------------------------------------------------------- */

bool limits_on_join(struct session *s, const struct conf *conf)
{
    if (is_full(s->source->groups, conf->max_source_groups) ||
        (s->who && is_full(s->who->groups, conf->max_source_groups)))
        return false;
    struct tally now = s->tally;
    now.joining++;
    charge(s, now);
    return true;
}

void limits_on_groups(struct session *s, bool joined, uint32_t groups)
{
    struct tally now = s->tally;
    now.joined = groups;
    if (joined && now.joining > 0)
        now.joining--;
    charge(s, now);
}

/* -- bytes --------------------------------------------------------------------------------- */

void limits_on_bytes(struct session *s)
{
    struct tally now = s->tally;
    now.bytes = s->outbox.bytes;
    charge(s, now);
}

static bool has_too_much(const struct session *s, const struct source *from, uint64_t limit)
{
    return from && from->bytes > limit && s->outbox.bytes > limit / from->connections;
}

bool limits_exceed_bytes(const struct session *s, const struct conf *conf)
{
    uint64_t limit = conf->max_source_bytes;
    return limit > 0 && (has_too_much(s, s->source, limit) || has_too_much(s, s->who, limit));
}
