/* SPDX-License-Identifier: MIT */
#include "tests/unit/groups/hall.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "daemon/groups/agreement.h"
#include "libspread/wire/frame.h"
#include "tests/support/conf.h"

static unsigned index_of(char letter)
{
    return (unsigned)(letter - 'A');
}

static struct name private_name(char d, const char *client)
{
    return name_private(client, (char[]){d, '\0'});
}

static void take_all(struct hall *h, unsigned d);

struct hall *hall_new_slow(uint32_t slice)
{
    struct hall *h = memory_new(sizeof *h);
    h->conf = test_conf("ABCD");
    for (unsigned i = 0; i < HALL_DAEMONS; i++) {
        h->in_force[i] = (struct in_force){h->conf, (uint16_t)i};
        h->groups[i] = groups_new(&h->in_force[i], slice, NULL);
        h->view[i].members = procset_of(i);
    }
    for (char d = 'A'; d < 'A' + HALL_DAEMONS; d++)
        hall_meet(h, (char[]){d, '\0'});
    return h;
}

struct hall *hall_new(void)
{
    return hall_new_slow(GROUPS_SLICE);
}

void hall_free(struct hall *h)
{
    for (unsigned i = 0; i < HALL_DAEMONS; i++)
        groups_free(h->groups[i]);
    for (int i = 0; i < h->queued; i++)
        message_unref(&h->queue[i]);
    free(h->conf);
    free(h);
}

static void open_client(struct hall *h, char d, const char *client, bool notices)
{
    static char session;
    struct name who = private_name(d, client);
    groups_open(h->groups[index_of(d)], &who, &session, notices);
}

void hall_open(struct hall *h, char d, const char *client)
{
    open_client(h, d, client, true);
}

void hall_open_silent(struct hall *h, char d, const char *client)
{
    open_client(h, d, client, false);
}

static struct procset set_of(const char *letters)
{
    struct procset s = {{0}};
    for (; *letters; letters++)
        procset_add(&s, index_of(*letters));
    return s;
}

void hall_request(struct hall *h, char d, const char *client, uint32_t type, const char *group,
                  const char *body)
{
    hall_request_at(h, "ABCD", d, client, type, group, body);
}

void hall_request_at(struct hall *h, const char *daemons, char d, const char *client, uint32_t type,
                     const char *group, const char *body)
{
    size_t len = strlen(body);
    struct frame_header f = {
        .type = type, .sender = private_name(d, client), .num_groups = 1, .data_len = (int32_t)len};
    struct name name = name_from_text(group);
    struct message m = {.block = block_new(FRAME_HEADER + NAME_FIELD + len)};
    m.frame = m.block->bytes;
    m.len = (uint32_t)(FRAME_HEADER + NAME_FIELD + len);
    frame_encode(m.frame, &f);
    memcpy(m.frame + FRAME_HEADER, name.text, NAME_FIELD);
    memcpy(m.frame + FRAME_HEADER + NAME_FIELD, body, len);
    struct procset all = h->view[index_of(d)].members, at = set_of(daemons);
    for
        procset_each(i, &all)
        {
            if (!procset_has(&at, (unsigned)i))
                continue;
            message_ref(&m);
            groups_on_message(h->groups[i], &m, (uint16_t)index_of(d));
            take_all(h, (unsigned)i);
        }
    message_unref(&m);
}

/* -- what comes out ------------------------------------------------------------------------ */

static char cause_of(uint32_t type)
{
    static const struct {
        uint32_t bit;
        char letter;
    } causes[] = {{FRAME_TRANSITION, 'T'},
                  {FRAME_BY_JOIN, 'J'},
                  {FRAME_BY_DISCONNECT, 'D'},
                  {FRAME_BY_NETWORK, 'N'},
                  {FRAME_BY_LEAVE, 'L'}};
    if ((type & FRAME_BY_LEAVE) && !(type & FRAME_REGULAR))
        return 'S';
    for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++)
        if (type & causes[i].bit)
            return causes[i].letter;
    return '?';
}

static void note(const struct delivery *d, char *text, size_t size)
{
    struct frame_header f;
    frame_decode(&f, d->message.frame);
    const uint8_t *body = d->message.frame + FRAME_HEADER + (size_t)f.num_groups * NAME_FIELD;
    char cause = cause_of(f.type);
    if (f.type & FRAME_SERVICES)
        snprintf(text, size, "m%.*s ", (int)f.data_len, (const char *)body);
    else if (cause == 'T' || cause == 'S')
        snprintf(text, size, "%c%s ", cause, f.sender.text);
    else if (cause == 'N')
        snprintf(text, size, "N%s%d/%u ", f.sender.text, f.num_groups,
                 word_at(body + NOTICE_SETS_AT));
    else
        snprintf(text, size, "%c%s%d ", cause, f.sender.text, f.num_groups);
}

static const uint8_t *note_set(const uint8_t *at, char *text, size_t size)
{
    uint32_t count = word_at(at);
    at += 4;
    for (uint32_t i = 0; i < count; i++, at += NAME_FIELD) {
        struct name n = name_from_field(at);
        snprintf(text + strlen(text), size - strlen(text), "%s%.*s", i ? " " : "",
                 (int)(strchr(n.text + 1, '#') - n.text - 1), n.text + 1);
    }
    return at;
}

static void note_sets(const struct delivery *d, char *text, size_t size)
{
    struct frame_header f;
    frame_decode(&f, d->message.frame);
    const uint8_t *body = d->message.frame + FRAME_HEADER + (size_t)f.num_groups * NAME_FIELD;
    const uint8_t *first = body + NOTICE_FIRST_SET, *at = first;
    uint32_t sets = word_at(body + NOTICE_SETS_AT), own = 0;
    snprintf(text, size, "%s ", f.sender.text);
    for (uint32_t i = 0; i < sets; i++) {
        own = word_at(body + NOTICE_OWN_AT) == (uint32_t)(at - first) ? i : own;
        snprintf(text + strlen(text), size - strlen(text), "%s", i ? "/" : "");
        at = note_set(at, text, size);
    }
    snprintf(text + strlen(text), size - strlen(text), " %u ", own);
}

static void append(char *all, const char *text, size_t times)
{
    for (size_t i = 0; i < times; i++)
        if (strlen(all) + strlen(text) < HALL_TEXT)
            strcat(all, text);
}

static void tell(struct hall *h, unsigned d, const struct delivery *out)
{
    char text[256] = "";
    note(out, text, sizeof text);
    append(h->told[d], text, out->session_count);
    struct frame_header f;
    frame_decode(&f, out->message.frame);
    if (cause_of(f.type) != 'N')
        return;
    note_sets(out, text, sizeof text);
    append(h->sets[d], text, out->session_count);
}

static void tell_disagreement(struct hall *h, unsigned d)
{
    const struct disagreement *x = groups_disagreement(h->groups[d]);
    char text[128];
    snprintf(text, sizeof text, "!%c%s %s %u %u %u ", 'A' + x->daemon,
             x->why == DISAGREE_LAST ? " last" : "", x->group.text, (unsigned)x->from,
             (unsigned)x->here, (unsigned)x->there);
    append(h->told[d], text, 1);
}

static void take_now(struct hall *h, unsigned d)
{
    struct delivery out;
    while (groups_next(h->groups[d], &out)) {
        switch (out.kind) {
        case DELIVERY_MESSAGE:
            tell(h, d, &out);
            message_unref(&out.message);
            break;
        case DELIVERY_CONTROL:
            h->queue_from[h->queued] = (uint16_t)d;
            h->queue[h->queued++] = out.message;
            break;
        case DELIVERY_OPEN_LANE:
            h->open[d] = true;
            break;
        case DELIVERY_MERGED:
            h->merged[d]++;
            break;
        case DELIVERY_DISAGREEMENT:
            tell_disagreement(h, d);
            break;
        case DELIVERY_DEPARTED:
        case DELIVERY_PARTED:
        case DELIVERY_PRESSURE:
            break;
        }
    }
}

/* What a turn did not finish goes on in the next ones. */
static void take_all(struct hall *h, unsigned d)
{
    take_now(h, d);
    for (h->turns[d] = 0; groups_are_behind(h->groups[d]); h->turns[d]++) {
        groups_on_turn(h->groups[d]);
        take_now(h, d);
    }
}

/* -- views --------------------------------------------------------------------------------- */

void hall_transitional(struct hall *h, const char *members)
{
    struct procset in = set_of(members);
    h->views += 2;
    for
        procset_each(i, &in)
        {
            struct view v = {.members = procset_both(&in, &h->view[i].members),
                             .time = h->views - 1};
            v.leader_id = h->conf->daemons[procset_first(&v.members)].id;
            groups_on_transitional(h->groups[i], &v);
            h->open[i] = false;
            take_all(h, (unsigned)i);
        }
}

void hall_regular(struct hall *h, const char *members)
{
    struct procset in = set_of(members);
    struct view v = {.members = in, .time = h->views, .tag = h->views};
    v.leader_id = h->conf->daemons[procset_first(&in)].id;
    for
        procset_each(i, &in) v.came_from[i] = (uint8_t)procset_first(&h->view[i].members);
    for
        procset_each(i, &in)
        {
            groups_on_regular(h->groups[i], &v);
            take_all(h, (unsigned)i);
        }
    for
        procset_each(i, &in) h->view[i] = v;
}

void hall_order(struct hall *h, int n)
{
    for (; n > 0 && h->queued > 0; n--) {
        struct message m = h->queue[0];
        uint16_t from = h->queue_from[0];
        h->queued--;
        memmove(h->queue, h->queue + 1, (size_t)h->queued * sizeof h->queue[0]);
        memmove(h->queue_from, h->queue_from + 1, (size_t)h->queued * sizeof h->queue_from[0]);
        struct procset all = h->view[from].members;
        for
            procset_each(i, &all)
            {
                message_ref(&m);
                groups_on_control(h->groups[i], &m, from);
                take_all(h, (unsigned)i);
            }
        message_unref(&m);
    }
}

void hall_speak(struct hall *h, usec now)
{
    for (unsigned i = 0; i < HALL_DAEMONS; i++) {
        groups_speak(h->groups[i], now);
        take_all(h, i);
    }
    while (h->queued > 0)
        hall_order(h, 1);
}

void hall_meet(struct hall *h, const char *members)
{
    hall_transitional(h, members);
    hall_regular(h, members);
    while (h->queued > 0)
        hall_order(h, 1);
}

/* -- questions ----------------------------------------------------------------------------- */

struct search {
    const char *group;
    struct group_view_id id;
    char text[1 << 17];
};

static void visit(void *context, const struct name *group, const struct group_view_id *id,
                  const struct name *names, size_t count)
{
    struct search *s = context;
    size_t len = 0;
    if (strcmp(group->text, s->group) != 0)
        return;
    s->id = *id;
    for (size_t i = 0; i < count && len < sizeof s->text - 2 * NAME_FIELD; i++) {
        const char *daemon = strrchr(names[i].text, '#');
        len += (size_t)snprintf(s->text + len, sizeof s->text - len, "%.*s@%s ",
                                (int)(daemon - names[i].text - 1), names[i].text + 1, daemon + 1);
    }
}

const char *hall_members(const struct hall *h, char d, const char *group)
{
    static struct search s;
    s = (struct search){.group = group};
    groups_each(h->groups[index_of(d)], visit, &s);
    return s.text;
}

struct group_view_id hall_id(const struct hall *h, char d, const char *group)
{
    static struct search s;
    s = (struct search){.group = group};
    groups_each(h->groups[index_of(d)], visit, &s);
    return s.id;
}

void hall_forget(struct hall *h)
{
    for (unsigned i = 0; i < HALL_DAEMONS; i++)
        h->told[i][0] = h->sets[i][0] = '\0';
}
