/* SPDX-License-Identifier: MIT
 *
 * Of what is shown, clients and groups: those of which there may be a million.
 */
#include "daemon/daemon_sight_inside.h"

/* -- who may see which groups ---------------------------------------------------------------- */

/* What the policy lets that one do; NULL: there is none, or it may all. */
const struct grant *sight_grant(const struct daemon *d, const struct identity *asker)
{
    struct rights *rights = d->shared.auth->rights;
    return rights && asker ? rights_grant(rights, asker) : NULL;
}

static bool may_be_seen(const struct grant *grant, const struct name *group)
{
    return !grant || grant_line(grant, MAY_SEE, group) > 0;
}

/* -- sessions -------------------------------------------------------------------------------- */

static const char *session_state_name(enum session_state s)
{
    static const char *const names[] = {
        [SESSION_HELLO] = "hello",     [SESSION_CHOICE] = "choice",   [SESSION_METHOD] = "method",
        [SESSION_OPEN] = "open",       [SESSION_LEAVING] = "leaving", [SESSION_REFUSED] = "refused",
        [SESSION_GONE] = "gone",
    };
    return names[s];
}

/* What is kept for it, but for blocks that it shares with others: they count as what waits in them. */
static uint64_t memory_of(const struct session *s)
{
    uint64_t pieces = s->outbox.pieces ? s->outbox.size * sizeof(struct piece) : 0;
    return sizeof *s + pieces + s->outbox.bytes + s->partial.total;
}

struct sight_session sight_session(const struct daemon *d, const struct session *s, usec now,
                                   struct session_texts *t)
{
    bool held = !list_empty(&s->held);
    const struct peer peer = session_peer(s);
    struct sight_session one = {
        .name = s->private_group.text,
        .from = auth_peer_text(&peer, t->from),
        .identity = identities_text(s->identity),
        .state = session_state_name(s->state),
        .tls = s->tls,
        .notices = s->notices,
        .waiting = s->outbox.messages,
        .waiting_bytes = s->outbox.bytes,
        .oldest = sight_ago(outbox_oldest(&s->outbox), now),
        .slow = s->uptake.watched ? sight_ago(s->uptake.since, now) : NEVER,
        .holds_others = s->uptake.presses,
        .held = held,
        .held_for = sight_ago(s->held_since, now),
        .received = s->received,
        .delivered = s->sent - s->outbox.messages,
        .dropped = s->dropped,
        .memory = memory_of(s),
        .groups = t->groups,
    };
    one.group_count =
        groups_of_client_list(d->shared.groups, &s->private_group, t->groups, SIGHT_FIRST);
    one.group_shown = one.group_count < SIGHT_FIRST ? one.group_count : SIGHT_FIRST;
    return one;
}

static void keep_seen(const struct grant *grant, struct sight_session *s, struct name *groups)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < s->group_shown; i++)
        if (may_be_seen(grant, &groups[i]))
            groups[kept++] = groups[i];
    s->group_shown = kept;
}

static void show_session(void *context, const void *session)
{
    struct showing *w = context;
    struct session_texts texts;
    struct sight_session one = sight_session(w->d, session, w->now, &texts);
    keep_seen(w->grant, &one, texts.groups);
    sight_write_session(w->json, &one);
}

static uint32_t limit_of(const struct sight_question *q)
{
    uint32_t limit = q->limit ? q->limit : SIGHT_USUAL;
    return limit < SIGHT_LIMIT ? limit : SIGHT_LIMIT;
}

void sight_sessions(struct showing *w)
{
    const struct session *slowest[SIGHT_SLOWEST];
    const struct session_table *table = &w->d->clients.table;
    uint32_t limit = limit_of(w->question);
    uint64_t next = 0;
    json_object(w->json, sight_part_name(SIGHT_SESSIONS));
    json_number(w->json, "total", table_named(table));
    json_list(w->json, "list");
    if (w->question->pages) {
        next = table_scan(table, w->question->cursor, limit, show_session, w);
    } else {
        uint32_t count = table_slowest(table, slowest, limit < SIGHT_SLOWEST ? limit : SIGHT_SLOWEST);
        for (uint32_t i = 0; i < count; i++)
            show_session(w, slowest[i]);
    }
    json_end_list(w->json);
    sight_write_cursor(w->json, next);
    json_end_object(w->json);
}

/* -- groups ---------------------------------------------------------------------------------- */

static struct sight_group group_of(const struct group_seen *seen, uint32_t from, uint32_t most)
{
    uint32_t left = from < seen->count ? seen->count - from : 0;
    return (struct sight_group){
        .name = seen->name,
        .count = seen->count,
        .local = seen->local,
        .shown = left < most ? left : most,
        .members = seen->members + (seen->count - left),
        .view = {seen->id->proc, seen->id->time, seen->id->index},
    };
}

static void show_group(void *context, const struct group_seen *seen)
{
    struct showing *w = context;
    struct sight_group g = group_of(seen, 0, SIGHT_FIRST);
    if (may_be_seen(w->grant, seen->name))
        sight_write_group(w->json, &g);
}

void sight_groups(struct showing *w)
{
    const struct groups *groups = w->d->shared.groups;
    json_object(w->json, sight_part_name(SIGHT_GROUPS));
    json_number(w->json, "total", groups_count(groups));
    json_list(w->json, "list");
    uint64_t next =
        groups_scan(groups, w->question->cursor, limit_of(w->question), show_group, w);
    json_end_list(w->json);
    sight_write_cursor(w->json, next);
    json_end_object(w->json);
}

/* The cursor is a place in the list, as it stands at that moment. */
static void show_members(void *context, const struct group_seen *seen)
{
    struct showing *w = context;
    uint64_t from = w->question->cursor < seen->count ? w->question->cursor : seen->count;
    struct sight_group g = group_of(seen, (uint32_t)from, limit_of(w->question));
    json_object(w->json, sight_part_name(SIGHT_MEMBERS));
    json_list(w->json, "list");
    sight_write_group(w->json, &g);
    json_end_list(w->json);
    sight_write_cursor(w->json, from + g.shown < seen->count ? from + g.shown : 0);
    json_end_object(w->json);
}

bool sight_has_group(const struct showing *w)
{
    const struct name *group = &w->question->group;
    return groups_has(w->d->shared.groups, group) && may_be_seen(w->grant, group);
}

void sight_members(struct showing *w)
{
    groups_see(w->d->shared.groups, &w->question->group, show_members, w);
}
