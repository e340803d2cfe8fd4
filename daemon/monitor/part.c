/* SPDX-License-Identifier: MIT */
#include "daemon/monitor/part.h"

#include <assert.h>

#include "daemon/packet/bytes.h"

static void put_name(uint8_t body[PART_NAME], const char *part)
{
    memcpy(body, part, strnlen(part, PART_NAME - 1));
}

static void take_name(char part[PART_NAME], struct reader *r)
{
    const uint8_t *bytes = read_bytes(r, PART_NAME);
    memset(part, 0, PART_NAME);
    if (bytes)
        memcpy(part, bytes, strnlen((const char *)bytes, PART_NAME - 1));
}

static void take_cursor(uint8_t cursor[PART_CURSOR], struct reader *r)
{
    const uint8_t *bytes = read_bytes(r, PART_CURSOR);
    if (bytes)
        memcpy(cursor, bytes, PART_CURSOR);
}

size_t part_question_encode(uint8_t body[MONITOR_BODY_MAX], const struct part_question *q)
{
    memset(body, 0, MONITOR_BODY_MAX);
    put_name(body, q->part);
    memcpy(body + 16, q->name.text, NAME_FIELD);
    put_word(body + 48, q->id);
    put_word(body + 52, q->which);
    memcpy(body + 56, q->cursor, PART_CURSOR);
    return MONITOR_BODY_MAX;
}

bool part_question_decode(struct part_question *q, struct reader body)
{
    *q = (struct part_question){.room = body.left < PART_ANSWER ? 0 : body.left - PART_ANSWER};
    take_name(q->part, &body);
    const uint8_t *name = read_bytes(&body, NAME_FIELD);
    if (name)
        q->name = name_from_field(name);
    q->id = read_u32(&body);
    q->which = read_u32(&body);
    take_cursor(q->cursor, &body);
    return !body.failed;
}

size_t part_answer_encode(uint8_t body[MONITOR_BODY_MAX], const struct part_answer *a)
{
    assert(a->len <= PART_DATA);
    memset(body, 0, PART_ANSWER);
    put_name(body, a->part);
    put_word(body + 16, a->id);
    put_word(body + 20, a->status);
    memcpy(body + 24, a->next, PART_CURSOR);
    if (a->len > 0)
        memcpy(body + PART_ANSWER, a->data, a->len);
    return PART_ANSWER + a->len;
}

bool part_answer_decode(struct part_answer *a, struct reader body)
{
    *a = (struct part_answer){.id = 0};
    take_name(a->part, &body);
    a->id = read_u32(&body);
    uint32_t status = read_u32(&body);
    take_cursor(a->next, &body);
    a->status = status < PART_STATUSES ? (enum part_status)status : PART_UNKNOWN;
    a->data = body.at;
    a->len = body.left;
    return !body.failed && status < PART_STATUSES;
}

/* -- cursors ----------------------------------------------------------------------------------- */

struct part_events part_events_take(const uint8_t cursor[PART_CURSOR])
{
    struct reader r = reader_of(cursor, PART_CURSOR);
    struct part_events e;
    for (int t = 0; t < PART_TRACKS; t++)
        e.place[t] = take_u32(&r);
    e.below = take_u64(&r);
    uint32_t state = take_u32(&r);
    e.state = state < PART_ENDS ? (enum part_events_state)state : PART_ENDS;
    return e;
}

void part_events_give(uint8_t cursor[PART_CURSOR], const struct part_events *e)
{
    struct writer w = writer_of(cursor, PART_CURSOR);
    for (int t = 0; t < PART_TRACKS; t++)
        give_u32(&w, e->place[t]);
    give_u64(&w, e->below);
    give_u32(&w, e->state);
}

uint32_t part_vocabulary(const uint8_t data[PART_VOCABULARY])
{
    return (uint32_t)be_at(data, PART_VOCABULARY);
}

void part_vocabulary_put(uint8_t data[PART_VOCABULARY], uint32_t vocabulary)
{
    be_put(data, PART_VOCABULARY, vocabulary);
}

struct part_page part_page_take(const uint8_t cursor[PART_CURSOR])
{
    struct reader r = reader_of(cursor, PART_CURSOR);
    struct part_page p = {.page = take_u64(&r)};
    p.ticket = take_u32(&r);
    p.at = take_u32(&r);
    p.total = take_u32(&r);
    return p;
}

void part_page_give(uint8_t cursor[PART_CURSOR], const struct part_page *p)
{
    struct writer w = writer_of(cursor, PART_CURSOR);
    give_u64(&w, p->page);
    give_u32(&w, p->ticket);
    give_u32(&w, p->at);
    give_u32(&w, p->total);
    give_u32(&w, 0);
}
