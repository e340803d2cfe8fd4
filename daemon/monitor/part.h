/* SPDX-License-Identifier: MIT
 *
 * part.h - the question for a part of what a daemon knows, and its answer: "events" of the flight
 * recorder, or what the HTTP of a daemon shows as /status/PART. 5.0.1 knows nothing of it.
 *
 * The question
 *   offset size
 *     0    16   part, padded with zeros
 *    16    32   name: whose events, or the group whose members; padded with zeros, "": all
 *    48     4   id: the answer has it again
 *    52     4   which: of events, the tracks (a bit each); else how many things at most
 *    56    24   cursor: zeros at first, then what the last answer said
 *    80         zeros, as many as there may be data, for an answer is at most as long as its question:
 *               nobody can have others sent more than he sends
 * The answer
 *     0    16   part
 *    16     4   id
 *    20     4   enum part_status
 *    24    24   cursor to go on with
 *    48         data
 *
 * Words are in the sender's byte order, as in all packets of monitors, but for cursor and data.
 *
 * Of events the data are a number of four bytes that says which kinds and reasons the daemon knows
 * (events/sentence.h), most significant byte first, and records (recorder/record.h), the newest first. The
 * cursor is where each track goes on, below which number, and PART_ENDS when there are no more.
 * Of all else they are a piece of a text in JSON, which the daemon keeps for a while: the cursor has eight
 * bytes of the page, and three words, most significant byte first: number of the text, where the next
 * piece begins, and the length of the whole. It is the end when they are equal.
 */
#ifndef SPREAD_MONITOR_PART_H
#define SPREAD_MONITOR_PART_H

#include "daemon/monitor/packet.h"
#include "libspread/wire/names.h"

enum {
    PART_NAME = 16,
    PART_CURSOR = 24,
    PART_QUESTION = 80,
    PART_ANSWER = 48,
    PART_DATA = MONITOR_BODY_MAX - PART_ANSWER,
};

enum part_status {
    PART_HERE,
    PART_UNKNOWN, /* there is no such part, or group */
    PART_NOT_NOW, /* too many ask */
    PART_OFF,     /* the daemon has no flight recorder */
    PART_GONE,    /* the text is kept no more: to be asked for anew */
    PART_STATUSES,
};

/* A cursor of events, as bytes. */
enum { PART_TRACKS = 3, PART_VOCABULARY = 4 };
struct part_events {
    uint32_t place[PART_TRACKS];
    uint64_t below;
    enum part_events_state { PART_BEGINS, PART_GOES_ON, PART_ENDS } state;
};

struct part_events part_events_take(const uint8_t cursor[PART_CURSOR]);
void part_events_give(uint8_t cursor[PART_CURSOR], const struct part_events *e);
/* The number that the data of events begin with. */
uint32_t part_vocabulary(const uint8_t data[PART_VOCABULARY]);
void part_vocabulary_put(uint8_t data[PART_VOCABULARY], uint32_t vocabulary);

struct part_question {
    char part[PART_NAME]; /* ends with a NUL */
    struct name name;
    uint32_t id, which;
    uint8_t cursor[PART_CURSOR];
    size_t room; /* for data of the answer */
};

struct part_answer {
    char part[PART_NAME];
    uint32_t id;
    enum part_status status;
    uint8_t next[PART_CURSOR];
    const uint8_t *data; /* lent */
    size_t len;
};

/* A question has room for PART_DATA when it is written. Each returns its length. */
size_t part_question_encode(uint8_t body[MONITOR_BODY_MAX], const struct part_question *q);
size_t part_answer_encode(uint8_t body[MONITOR_BODY_MAX], const struct part_answer *a);

/* False: too short. */
bool part_question_decode(struct part_question *q, struct reader body);
bool part_answer_decode(struct part_answer *a, struct reader body);

/* A cursor of a text in JSON, as bytes. */
struct part_page {
    uint64_t page;
    uint32_t ticket, at, total; /* ticket: the number of the text, 0: a new one */
};

struct part_page part_page_take(const uint8_t cursor[PART_CURSOR]);
void part_page_give(uint8_t cursor[PART_CURSOR], const struct part_page *p);

#endif
