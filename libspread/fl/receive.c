/* SPDX-License-Identifier: MIT
 *
 * What is received. Data goes straight into the caller's memory, as of SP_receive, and its marks into
 * ours. What the machine must see first, notices and messages with marks of their own, is taken into
 * memory of our own; what follows from it is delivered out of the news.
 */
#include <stdlib.h>

#include "libspread/ends.h"
#include "libspread/fl/session.h"
#include "libspread/receive.h"

enum {
    TOOK = INT_MIN + 1,        /* a message was taken that is not delivered, or not yet */
    INSIDE_MOST = 128 << 20,   /* bytes that one in memory of our own may have */
};

/* A call that is under way. */
struct hearing {
    const struct wanted *wanted;
    bool drop, block;
    struct flush_item *inside; /* what was taken in; NULL: nothing */
    /* What was taken straight to the caller: */
    bool checked; /* these two decide whether it is delivered */
    struct name group, sender;
};

/* -- straight to the caller ---------------------------------------------------------------- */

/* A message as it lies there. */
struct seen {
    const struct incoming *in;
    uint32_t type; /* of a reject, that of what was rejected, too */
    int16_t mess_type;
    bool other_order;
    uint32_t num_groups;
    size_t len;
    bool subgroup;
    size_t marks_len;
};

static struct seen seen_of(const struct incoming *in)
{
    struct seen s = {.in = in,
                     .type = in->header.type | in->old_type,
                     .num_groups = (uint32_t)in->header.num_groups,
                     .len = (size_t)in->header.data_len};
    s.mess_type = frame_mess_type(in->header.hint, &s.other_order);
    s.subgroup = s.type & FLUSH_SUBGROUP;
    s.marks_len = marks_len_of(s.mess_type, s.type);
    return s;
}

/* Of a message to some, the last group is the one that they are members of. */
static void put_reference(const struct wanted *w, uint32_t at, const struct name *group)
{
    uint32_t most = (uint32_t)w->max_groups;
    if (most > 0)
        memcpy(w->groups[at < most ? at : most - 1], group->text, NAME_FIELD);
}

/* Tells how much of a message there was, all of which has been taken. */
static int tell_taken(const struct wanted *w, const struct fit *f)
{
    bool cut = f->groups_taken < f->groups;
    *w->num_groups = cut ? -(int)f->groups : (int)f->groups;
    if (cut)
        return GROUPS_TOO_SHORT;
    return f->body_taken < f->body ? BUFFER_TOO_SHORT : (int)f->body;
}

/* Takes the message: groups and body where they fit, marks to m. */
static bool take_pieces(struct connection *c, const struct seen *s, const struct wanted *w,
                        const struct fit *f, struct marks *m)
{
    struct iovec iov[PIECES_MAX];
    uint8_t marks[MARKS_MAX];
    int body, count = lay_out(w, f, iov, &body);
    if (s->marks_len > 0)
        iov[count++] = (struct iovec){marks, s->marks_len};
    if (!readahead_take(&c->incoming, s->in, iov, count))
        return false;
    if (s->marks_len > 0)
        marks_read(m, marks, s->other_order);
    return true;
}

/* The same where there is room for no group: that of the message is wanted all the same. */
static bool take_without_groups(struct connection *c, const struct seen *s, struct hearing *h,
                                struct marks *m)
{
    char first[1][MAX_GROUP_NAME] = {""};
    struct wanted w = *h->wanted;
    w.groups = first;
    w.max_groups = 1;
    struct fit f = fit_of(s->num_groups, s->len - s->marks_len, &w);
    bool taken = take_pieces(c, s, &w, &f, m);
    h->group = name_from_field((const uint8_t *)first[0]);
    return taken;
}

static bool take_with_groups(struct connection *c, const struct seen *s, struct hearing *h,
                             struct marks *m)
{
    const struct wanted *w = h->wanted;
    struct fit f = fit_of(s->num_groups, s->len - s->marks_len, w);
    bool taken = take_pieces(c, s, w, &f, m);
    if (taken && s->num_groups > 0)
        h->group = name_from_field((const uint8_t *)w->groups[0]);
    return taken;
}

static int take_straight(struct connection *c, const struct seen *s, struct hearing *h)
{
    const struct wanted *w = h->wanted;
    struct marks m = {.vulnerable = s->mess_type == MARK_DATA, .subgroup = s->subgroup};
    struct fit f = fit_of(s->num_groups + s->subgroup, s->len - s->marks_len, w);
    tell_header(w, s->in);
    h->checked = !(s->type & FRAME_REJECT);
    h->group = (struct name){{0}};
    h->sender = name_from_field((const uint8_t *)s->in->header.sender.text);
    if (!(w->max_groups > 0 ? take_with_groups(c, s, h, &m) : take_without_groups(c, s, h, &m)))
        return connection_fail(c);
    *w->service_type |= (service)s->in->old_type;
    if (m.vulnerable)
        *w->mess_type = m.mess_type;
    if (m.subgroup) {
        h->group = m.group;
        put_reference(w, s->num_groups, &m.group);
    }
    return tell_taken(w, &f);
}

/* -- into our own memory ------------------------------------------------------------------- */

static int throw_away(struct connection *c, const struct incoming *in)
{
    struct iovec all = {NULL, (size_t)in->header.num_groups * NAME_FIELD + (size_t)in->header.data_len};
    return readahead_take(&c->incoming, in, &all, 1) ? (int)TOOK : connection_fail(c);
}

static int take_inside(struct connection *c, const struct seen *s, struct hearing *h)
{
    bool fits = s->num_groups < INSIDE_MOST / NAME_FIELD && s->len < INSIDE_MOST;
    struct flush_item *d = fits ? flush_item_new(s->num_groups + s->subgroup, s->len) : NULL;
    if (!d) {
        ends_note(c, SP_END_PROTOCOL);
        return connection_fail(c);
    }
    struct iovec iov[2] = {{d->groups, (size_t)s->num_groups * NAME_FIELD}, {d->body, s->len}};
    if (!readahead_take(&c->incoming, s->in, iov, 2)) {
        free(d);
        return connection_fail(c);
    }
    d->type = s->type;
    d->sender = name_from_field((const uint8_t *)s->in->header.sender.text);
    d->mess_type = s->mess_type;
    d->other_order = s->other_order;
    h->inside = d;
    return TOOK;
}

static int take_notice(struct connection *c, const struct seen *s, struct hearing *h)
{
    int result = take_inside(c, s, h);
    if (h->inside && s->in->header.swapped)
        notice_swap(&(struct iovec){h->inside->body, s->len}, s->len);
    return result;
}

/* -- one message --------------------------------------------------------------------------- */

/* Without DROP_RECV what comes must fit, marks and all. The flush layer's own messages are nobody's
 * business. */
static bool must_wait(const struct seen *s, const struct hearing *h, struct fit *f)
{
    *f = fit_of(s->num_groups + s->subgroup, s->len, h->wanted);
    return !h->drop && !fit_is_whole(f);
}

static int look(struct connection *c, const struct incoming *in, void *context)
{
    struct hearing *h = context;
    struct seen s = seen_of(in);
    struct fit f;
    bool notice = Is_membership_mess(in->header.type), reject = s.type & FRAME_REJECT;
    bool own = !notice && (s.mess_type == MARK_OK || s.mess_type == MARK_RECV);
    if (notice)
        s.subgroup = false;
    if (own)
        return reject || s.subgroup || s.len > FRAME_PAYLOAD_MAX ? throw_away(c, in)
                                                                 : take_inside(c, &s, h);
    if (!notice && s.len < s.marks_len)
        return throw_away(c, in);
    if (must_wait(&s, h, &f)) {
        tell_header(h->wanted, in);
        readahead_show(&c->incoming, in);
        return tell_needs(h->wanted, &f);
    }
    if (notice)
        return take_notice(c, &s, h);
    return s.mess_type == MARK_DATA && !reject ? take_inside(c, &s, h) : take_straight(c, &s, h);
}

/* -- what follows -------------------------------------------------------------------------- */

/* The machine is told of what was taken in, and its word is sent. 0, or a code. */
static int learn(struct fl_session *s, mailbox mbox, struct flush_item *d)
{
    bool fine;
    lock_take(&s->state);
    fl_change(s);
    if (Is_membership_mess(d->type)) {
        fine = flush_on_notice(&s->flush, d->type, &d->sender, (const uint8_t *)d->groups,
                               d->num_groups, d->body, d->len);
        free(d);
    } else {
        fine = flush_on_marked(&s->flush, d);
    }
    fl_changed(s);
    int result = fine ? fl_say(s, mbox) : CONNECTION_CLOSED;
    lock_leave(&s->state);
    return result;
}

/* What was laid into the caller's memory is for him. */
static bool is_for_us(const struct fl_session *s, const struct hearing *h)
{
    return !h->checked || flush_fate(&s->flush, &h->group, &h->sender) == FLUSH_DELIVER;
}

/* Copies as much of the body as fits. */
static void put_body(const struct wanted *w, const struct fit *f, const uint8_t *from)
{
    size_t left = f->body_taken;
    for (size_t i = 0; left > 0; i++) {
        size_t len = w->body[i].len < left ? w->body[i].len : left;
        if (len > 0)
            memcpy(w->body[i].buf, from, len);
        from += len;
        left -= len;
    }
}

/* The first of the news, if it fits or may be cut. */
static int give(struct fl_session *s, const struct hearing *h)
{
    const struct wanted *w = h->wanted;
    struct flush_item *d = news_first(&s->flush.news);
    struct fit f = fit_of(d->num_groups, d->len, w);
    *w->service_type = (service)d->type;
    *w->mess_type = d->mess_type;
    *w->endian_mismatch = d->other_order;
    memcpy(w->sender, d->sender.text, MAX_GROUP_NAME);
    if (!h->drop && !fit_is_whole(&f))
        return tell_needs(w, &f);
    if (f.groups_taken > 0)
        memcpy(w->groups, d->groups, (size_t)f.groups_taken * NAME_FIELD);
    if ((d->type & FLUSH_SUBGROUP) && f.groups_taken < f.groups)
        put_reference(w, f.groups, &d->groups[d->num_groups - 1]);
    put_body(w, &f, d->body);
    fl_change(s);
    news_drop(&s->flush.news);
    fl_changed(s);
    return tell_taken(w, &f);
}

static int next(struct fl_session *s, mailbox mbox, struct hearing *h)
{
    while (!news_first(&s->flush.news)) {
        h->inside = NULL;
        int result = receive_on(s->connection, look, h, h->block ? NEVER : 0);
        if (result == SP_TIMED_OUT)
            return WOULD_BLOCK;
        if (h->inside)
            result = learn(s, mbox, h->inside);
        else if (result != TOOK && (result < 0 || is_for_us(s, h)))
            return result;
        if (result < 0 && result != TOOK)
            return result;
    }
    return give(s, h);
}

static int receive(mailbox mbox, const struct wanted *w, int *more)
{
    struct fl_session *s = fl_enter(mbox);
    if (!s)
        return ILLEGAL_SESSION;
    struct hearing h = {.wanted = w,
                        .drop = *w->service_type & DROP_RECV,
                        .block = !(*w->service_type & DONT_BLOCK)};
    if (w->max_groups < 0)
        return fl_leave(s, mbox, ILLEGAL_PARAM);
    if (h.block)
        lock_take(&s->receiving);
    else if (!lock_take_until(&s->receiving, 0))
        return fl_leave(s, mbox, WOULD_BLOCK);
    int result = next(s, mbox, &h);
    if (result >= 0)
        *more = (int)s->flush.news.count;
    lock_leave(&s->receiving);
    return fl_leave(s, mbox, result);
}

/* -- the calls ----------------------------------------------------------------------------- */

int FL_receive(mailbox mbox, service *service_type, char sender[MAX_GROUP_NAME], int max_groups,
               int *num_groups, char groups[][MAX_GROUP_NAME], int16 *mess_type,
               int *endian_mismatch, int max_mess_len, char *mess, int *more_messes)
{
    scat_element body = {.buf = mess, .len = max_mess_len > 0 ? (size_t)max_mess_len : 0};
    struct wanted w = {service_type, sender,          max_groups, num_groups, groups,
                       mess_type,    endian_mismatch, &body,      1};
    return receive(mbox, &w, more_messes);
}

int FL_scat_receive(mailbox mbox, service *service_type, char sender[MAX_GROUP_NAME],
                    int max_groups, int *num_groups, char groups[][MAX_GROUP_NAME],
                    int16 *mess_type, int *endian_mismatch, scatter *scat_mess, int *more_messes)
{
    struct wanted w = {service_type, sender,          max_groups,          num_groups, groups,
                       mess_type,    endian_mismatch, scat_mess->elements, scat_mess->num_elements};
    if (scat_mess->num_elements > MAX_CLIENT_SCATTER_ELEMENTS)
        return ILLEGAL_MESSAGE;
    return receive(mbox, &w, more_messes);
}

int FL_more_msgs(mailbox mbox)
{
    struct fl_session *s = fl_enter(mbox);
    if (!s)
        return ILLEGAL_SESSION;
    return fl_leave(s, mbox, (int)s->flush.news.count);
}

int FL_poll(mailbox mbox)
{
    struct fl_session *s = fl_enter(mbox);
    if (!s)
        return ILLEGAL_SESSION;
    int waiting = SP_poll(mbox);
    size_t inside = s->flush.news.bytes;
    if (waiting >= 0)
        waiting = inside < (size_t)(INT_MAX - waiting) ? waiting + (int)inside : INT_MAX;
    return fl_leave(s, mbox, waiting);
}
