/* SPDX-License-Identifier: MIT */
#include "daemon/session/session.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/session/limits.h"
#include "daemon/session/logins.h"

struct session *session_new(const struct peer *peer, void *owner)
{
    struct session *s = memory_new(sizeof *s);
    s->state = SESSION_HELLO;
    s->peer = *peer;
    s->identity = auth_identity(peer);
    s->peer.gids = NULL; /* lent until now */
    s->peer.gid_count = 0;
    s->owner = owner;
    s->deadline = NEVER;
    outbox_init(&s->outbox);
    list_init(&s->ready);
    list_init(&s->waiting);
    list_init(&s->watched);
    list_init(&s->held);
    list_init(&s->going);
    list_init(&s->judged);
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
    list_remove(&s->judged);
    outbox_clear(&s->outbox);
    intake_clear(&s->partial);
    identity_fini(&s->identity);
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

struct event_record session_event(enum event_kind kind, const struct session *s, enum why why)
{
    struct event_record e = event_of(kind, why);
    e.who = s->private_group;
    auth_peer_text(&s->peer, e.from);
    if (s->identity.known & ~(unsigned)KNOWN_IP) {
        char text[IDENTITY_TEXT];
        size_t len = strlen(e.from);
        snprintf(e.from + len, sizeof e.from - len, " as %s", identity_text(&s->identity, text));
    }
    return e;
}
