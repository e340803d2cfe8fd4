/* SPDX-License-Identifier: MIT
 *
 * What clients ask on connections that are no sessions: libspread/wire/ask.h.
 */
#include "daemon/daemon_clients.h"

/* The asker's other connection, which is a session; NULL: there is none that is his. */
static struct session *session_in_question(const struct clients_room *c, const struct ask *question,
                                           const struct peer *asker)
{
    struct session *s = table_find(&c->table, question->name);
    if (!s || !session_is_open(s))
        return NULL;
    const struct peer peer = session_peer(s);
    return ends_may_know(&peer, question, asker) ? s : NULL;
}

static struct ask_answer answer(struct clients_room *c, const struct ask *question,
                                const struct peer *asker)
{
    const struct shared *d = c->shared;
    struct ask_answer a = {.kind = question->kind};
    struct session *s = session_in_question(c, question, asker);
    if (question->kind == ASK_END) {
        a.reason = ends_find(&c->ends, question, asker);
        a.seconds = (uint32_t)((d->now - d->started_at) / USEC_SECOND);
        return a;
    }
    a.done = s != NULL;
    a.dropped = s ? s->dropped : 0;
    if (s && question->kind == ASK_POLICY) {
        s->wish = (enum slow_policy)question->policy;
        pressure_on_change(c, s);
    }
    return a;
}

size_t questions_take(struct clients_room *c, struct session *s, const struct input *in)
{
    struct ask question;
    uint8_t bytes[ASK_ANSWER_MAX];
    enum ask_verdict verdict = ask_decode(&question, in->at, in->len);
    if (verdict == ASK_MORE)
        return 0;
    const struct peer asker = session_peer(s);
    struct ask_answer a = {.kind = question.kind, .reason = ENDED_UNKNOWN};
    if (verdict == ASK_OK)
        a = answer(c, &question, &asker);
    outbox_push_bytes(&s->outbox, bytes, ask_answer(bytes, &a));
    session_enter(s, SESSION_REFUSED);
    table_watch(&c->table, s, c->shared->now);
    clients_mark_ready(c, s);
    return in->len;
}
