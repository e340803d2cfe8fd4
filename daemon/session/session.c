/* SPDX-License-Identifier: MIT */
#include "daemon/session/session.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/session/limits.h"
#include "daemon/session/logins.h"

struct session *session_new(struct identities **identities, const struct peer *peer, void *owner)
{
    struct session *s = memory_new(sizeof *s);
    struct identity who = auth_identity(peer);
    s->state = SESSION_HELLO;
    s->identity = identities_take(identities, &who);
    s->port = peer->port;
    s->local = peer->local;
    s->tls = peer->tls;
    s->owner = owner;
    s->deadline = NEVER;
    outbox_init(&s->outbox);
    list_init(&s->ready);
    list_init(&s->waiting);
    list_init(&s->watched);
    list_init(&s->held);
    list_init(&s->going);
    return s;
}

void session_free(struct session *s)
{
    if (!s)
        return;
    logins_drop(s);
    list_remove(&s->ready);
    list_remove(&s->waiting);
    list_remove(&s->watched);
    list_remove(&s->held);
    list_remove(&s->going);
    outbox_clear(&s->outbox);
    intake_clear(&s->partial);
    identities_release(s->identity);
    limits_release(s);
    free(s);
}

void session_enter(struct session *s, enum session_state state)
{
    assert(state > s->state || (state == s->state && state == SESSION_METHOD));
    limits_on_state(s, state);
    s->state = state;
    if (state == SESSION_LEAVING || state == SESSION_GONE) {
        session_drop_output(s);
        intake_clear(&s->partial);
        list_remove(&s->held);
        logins_drop(s);
    }
}

void session_drop_output(struct session *s)
{
    s->unsent += s->outbox.messages;
    outbox_clear(&s->outbox);
}

/* Without printf, which would take longest of all that an event costs, and each client that comes or goes is
 * one. */
static void add(char *text, size_t size, const char *more)
{
    size_t len = strlen(text), n = strnlen(more, size - 1 - len);
    memcpy(text + len, more, n);
    text[len + n] = '\0';
}

struct event_record session_event(enum event_kind kind, const struct session *s, enum why why)
{
    struct event_record e = event_of(kind, why);
    e.who = s->private_group;
    struct peer peer = session_peer(s);
    auth_peer_text(&peer, e.from);
    if (s->identity->known & ~(unsigned)KNOWN_IP) {
        add(e.from, sizeof e.from, " as ");
        add(e.from, sizeof e.from, identities_text(s->identity));
    }
    return e;
}
