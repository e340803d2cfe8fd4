/* SPDX-License-Identifier: MIT */
#include "libspread/fl/session.h"

#include <stdlib.h>

static void session_free(struct attachment *a)
{
    struct fl_session *s = (struct fl_session *)a;
    flush_fini(&s->flush);
    lock_fini(&s->receiving);
    lock_fini(&s->state);
    free(s);
}

/* Who held the locks is not in this process. */
static void session_inherit(struct attachment *a)
{
    struct fl_session *s = (struct fl_session *)a;
    lock_init_private(&s->receiving);
    lock_init_private(&s->state);
    s->lost = s->changing;
}

/* -- in and out ---------------------------------------------------------------------------- */

struct fl_session *fl_enter(mailbox mbox)
{
    struct connection *c = mailbox_enter(mbox);
    if (!c)
        return NULL;
    struct fl_session *s = (struct fl_session *)c->attached;
    if (s && !s->lost)
        return s;
    mailbox_leave(c);
    return NULL;
}

int fl_leave(struct fl_session *s, mailbox mbox, int result)
{
    if (result == CONNECTION_CLOSED || result == ILLEGAL_SESSION)
        SP_disconnect(mbox); /* unless another thread has */
    mailbox_leave(s->connection);
    return result;
}

void fl_change(struct fl_session *s)
{
    s->changing = true;
}

void fl_changed(struct fl_session *s)
{
    s->changing = false;
}

int fl_say(struct fl_session *s, mailbox mbox)
{
    struct news *n = &s->flush.news;
    uint8_t id[MARK_ID_LEN];
    if (n->word == SAY_NOTHING)
        return 0;
    notice_put_id(id, &n->id);
    int16 type = n->word == SAY_OK ? MARK_OK : MARK_RECV;
    n->word = SAY_NOTHING;
    int result = SP_multicast(mbox, FIFO_MESS, n->group.text, type, MARK_ID_LEN, (const char *)id);
    return result < 0 ? result : 0;
}

int fl_code(enum flush_answer a)
{
    switch (a) {
    case FLUSH_FINE:
        return 0;
    case FLUSH_NO_MEMBER:
        return ILLEGAL_GROUP;
    case FLUSH_NOT_NOW:
        return ILLEGAL_STATE;
    case FLUSH_NO_RECEIVER:
        return ILLEGAL_RECEIVERS;
    }
    return SP_BUG;
}

/* -- connecting ---------------------------------------------------------------------------- */

/* False: no memory. */
static bool attach(mailbox mbox)
{
    struct connection *c = mailbox_enter(mbox);
    struct fl_session *s = c ? calloc(1, sizeof *s) : NULL;
    if (s) {
        struct name me = name_from_text(c->private_group);
        s->attachment = (struct attachment){session_free, session_inherit};
        s->connection = c;
        lock_init_private(&s->receiving);
        lock_init_private(&s->state);
        flush_init(&s->flush, &me);
        c->attached = &s->attachment;
    }
    if (c)
        mailbox_leave(c);
    return s != NULL;
}

int FL_connect(const char *daemon_name, const char *user_name, int priority, mailbox *mbox,
               char *private_name)
{
    int result = SP_connect(daemon_name, user_name, priority, 1, mbox, private_name);
    if (result != ACCEPT_SESSION)
        return result;
    if (attach(*mbox))
        return ACCEPT_SESSION;
    SP_disconnect(*mbox);
    return COULD_NOT_CONNECT;
}

/* Who is inside comes out now that the mailbox is closed; who comes after that finds none. */
static void await_others(struct fl_session *s)
{
    lock_take(&s->receiving);
    lock_leave(&s->receiving);
    lock_take(&s->state);
    lock_leave(&s->state);
}

int FL_disconnect(mailbox mbox)
{
    struct fl_session *s = fl_enter(mbox);
    if (!s)
        return ILLEGAL_SESSION;
    int result = SP_disconnect(mbox);
    if (result == 0)
        await_others(s);
    mailbox_leave(s->connection);
    return result;
}

/* -- groups -------------------------------------------------------------------------------- */

int FL_join(mailbox mbox, const char *group)
{
    struct fl_session *s = fl_enter(mbox);
    if (!s)
        return ILLEGAL_SESSION;
    struct name name = name_from_text(group);
    lock_take(&s->state);
    int result = flush_join(&s->flush, &name) == FLUSH_FINE ? SP_join(mbox, group) : ILLEGAL_GROUP;
    lock_leave(&s->state);
    return fl_leave(s, mbox, result);
}

int FL_leave(mailbox mbox, const char *group)
{
    struct fl_session *s = fl_enter(mbox);
    if (!s)
        return ILLEGAL_SESSION;
    struct name name = name_from_text(group);
    lock_take(&s->state);
    int result = fl_code(flush_leave(&s->flush, &name));
    if (result == 0)
        result = SP_leave(mbox, name.text);
    lock_leave(&s->state);
    return fl_leave(s, mbox, result);
}

int FL_flush(mailbox mbox, const char *group)
{
    struct fl_session *s = fl_enter(mbox);
    if (!s)
        return ILLEGAL_SESSION;
    struct name name = name_from_text(group);
    lock_take(&s->state);
    fl_change(s);
    int result = fl_code(flush_flush(&s->flush, &name));
    fl_changed(s);
    if (result == 0)
        result = fl_say(s, mbox);
    lock_leave(&s->state);
    return fl_leave(s, mbox, result);
}
