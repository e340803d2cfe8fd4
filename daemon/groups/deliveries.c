/* SPDX-License-Identifier: MIT
 *
 * What goes from the groups to the daemon: messages and notices with the local sessions that they
 * are for, in order, until groups_next takes them.
 */
#include "daemon/base/memory.h"
#include "daemon/groups/inside.h"

struct pending *start_delivery(struct groups *g, enum delivery_kind kind, struct message m)
{
    if (g->pending_count == g->pending_size) {
        g->pending_size = g->pending_size ? 2 * g->pending_size : 16;
        g->pending = memory_grow(g->pending, g->pending_size * sizeof(g->pending[0]));
    }
    struct pending *p = &g->pending[g->pending_count++];
    *p = (struct pending){.kind = kind, .message = m, .first = g->session_count};
    return p;
}

void add_session(struct groups *g, void *session)
{
    if (g->session_count == g->session_size) {
        g->session_size = g->session_size ? 2 * g->session_size : 64;
        g->sessions = memory_grow(g->sessions, g->session_size * sizeof(g->sessions[0]));
    }
    g->sessions[g->session_count++] = session;
    g->pending[g->pending_count - 1].count++;
}

bool groups_next(struct groups *g, struct delivery *d)
{
    if (g->pending_next == g->pending_count) {
        g->pending_next = g->pending_count = g->session_count = 0;
        return false;
    }
    const struct pending *p = &g->pending[g->pending_next++];
    *d = (struct delivery){
        .kind = p->kind,
        .message = p->message,
        .sessions = p->count > 0 ? g->sessions + p->first : NULL,
        .session_count = p->count,
        .who = p->who,
        .waits = p->waits,
    };
    return true;
}

bool anybody_to_tell(const struct groups *g, const struct group *group)
{
    for (uint32_t i = 0; i < group->listeners; i++)
        if (is_told(g, group, group->locals[i]))
            return true;
    return false;
}

void add_those_told(struct groups *g, const struct group *group)
{
    for (uint32_t i = 0; i < group->listeners; i++) {
        const struct client *c = group->locals[i];
        if (is_told(g, group, c))
            add_session(g, c->session);
    }
}

void tell_all_but(struct groups *g, const struct group *group, struct message m,
                  const struct client *but)
{
    start_delivery(g, DELIVERY_MESSAGE, m);
    for (uint32_t i = 0; i < group->listeners; i++) {
        const struct client *c = group->locals[i];
        if (c != but && is_told(g, group, c))
            add_session(g, c->session);
    }
}
