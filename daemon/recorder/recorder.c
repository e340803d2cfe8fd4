/* SPDX-License-Identifier: MIT */
#include "daemon/recorder/recorder.h"

#include "daemon/packet/bytes.h"

enum {
    VERSION = 1,
    NAME_AT = 24,
    SUM_AT = NAME_AT + NAME_FIELD,
    PLACES_SUM_AT = SUM_AT + 4,
    PLACES_AT = PLACES_SUM_AT + 4,
    PLACE = DAEMON_NAME_MAX + 1,
    PLACES_LEN = 2 + RECORDER_PLACES * PLACE,
};

_Static_assert((int)PLACES_AT + (int)PLACES_LEN <= (int)RECORDER_HEAD, "the places fit into the head");

static const char magic[8] = {'S', 'P', 'F', 'L', 'I', 'G', 'H', 'T'};

/* -- the head -------------------------------------------------------------------------------- */

struct name recorder_name(const uint8_t *bytes)
{
    return name_from_field(bytes + NAME_AT);
}

enum recorder_state recorder_look(const uint8_t *bytes, uint64_t size, uint32_t vocabulary,
                                  const char *name)
{
    static const uint8_t zeros[sizeof magic];
    struct reader r = reader_of(bytes, size < RECORDER_HEAD ? 0 : SUM_AT + 4);
    const uint8_t *begin = read_bytes(&r, sizeof magic);
    if (begin && memcmp(begin, zeros, sizeof magic) == 0)
        return RECORDER_BLANK;
    if (!begin || memcmp(begin, magic, sizeof magic) != 0)
        return RECORDER_OTHER;
    bool known = take_u32(&r) == VERSION && take_u32(&r) == vocabulary && take_u64(&r) == size;
    read_bytes(&r, NAME_FIELD);
    bool sound = known && take_u32(&r) == record_checksum(bytes, SUM_AT);
    struct name own = recorder_name(bytes);
    bool ours = !name || strncmp(own.text, name, NAME_FIELD - 1) == 0;
    return sound && ours && size >= RECORDER_LEAST && size <= RECORDER_MOST ? RECORDER_SOUND
                                                                            : RECORDER_FOREIGN;
}

void recorder_format(uint8_t *bytes, uint64_t size, uint32_t vocabulary, const char *name)
{
    struct name own = name_from_text(name);
    memset(bytes, 0, (size_t)size);
    struct writer w = writer_of(bytes, RECORDER_HEAD);
    give_bytes(&w, magic, sizeof magic);
    give_u32(&w, VERSION);
    give_u32(&w, vocabulary);
    give_u64(&w, size);
    give_bytes(&w, own.text, NAME_FIELD);
    give_u32(&w, record_checksum(bytes, SUM_AT));
}

void recorder_set_places(uint8_t *bytes, int count, const char *(*name)(const void *context, int i),
                         const void *context)
{
    uint8_t *at = bytes + PLACES_AT;
    memset(at, 0, PLACES_LEN);
    be_put(at, 2, (uint64_t)count);
    for (int i = 0; i < count && i < RECORDER_PLACES; i++) {
        const char *text = name(context, i);
        memcpy(at + 2 + PLACE * i, text, strnlen(text, PLACE - 1));
    }
    be_put(bytes + PLACES_SUM_AT, 4, record_checksum(at, PLACES_LEN));
}

struct name recorder_place(const uint8_t *bytes, int i)
{
    const uint8_t *at = bytes + PLACES_AT;
    struct name name = {{0}};
    bool sound = be_at(bytes + PLACES_SUM_AT, 4) == record_checksum(at, PLACES_LEN);
    if (sound && i < RECORDER_PLACES && (uint64_t)i < be_at(at, 2))
        memcpy(name.text, at + 2 + PLACE * i, PLACE - 1);
    return name;
}

void recorder_open(struct recorder *r, uint8_t *bytes, uint64_t size)
{
    uint32_t quarter = (uint32_t)((size - RECORDER_HEAD) / 4) / RECORD_STEP * RECORD_STEP;
    uint32_t sizes[TRACKS] = {quarter, quarter, 2 * quarter};
    uint8_t *at = bytes + RECORDER_HEAD;
    *r = (struct recorder){.number = 0};
    for (int t = 0; t < TRACKS; t++) {
        uint64_t highest = track_open(&r->tracks[t], at, sizes[t]);
        if (highest > r->number)
            r->number = highest;
        at += sizes[t];
    }
}

/* -- in -------------------------------------------------------------------------------------- */

static enum recorder_track track_of(enum event_kind kind)
{
    switch (kind) {
    case EVENT_DOUBT:
    case EVENT_REFUSED:
    case EVENT_UNOPENED:
    case EVENT_OTHER_SPREAD:
    case EVENT_UNSOUND:
    case EVENT_CONNECT_REFUSED:
    case EVENT_CONNECT_LATE:
    case EVENT_MALFORMED:
    case EVENT_CUT_OFF:
    case EVENT_TOO_MUCH:
    case EVENT_REJECTED:
    case EVENT_TAKEN_FROM_GROUP:
    case EVENT_MONITOR_IGNORED:
    case EVENT_MONITOR_REFUSED:
        return TRACK_TROUBLE;
    case EVENT_OPENED:
    case EVENT_CLOSED:
    case EVENT_CROWDED:
    case EVENT_KEEPS_UP:
    case EVENT_BEHIND:
    case EVENT_CAUGHT_UP:
        return TRACK_SESSIONS;
    default:
        return TRACK_DAEMONS;
    }
}

static struct quiet *of_packet(struct recorder *r, const struct event_record *e)
{
    return &r->of_packet[e->why - REFUSED_LENGTH][e->daemon < FIRST_GHOST ? e->daemon : FIRST_GHOST];
}

bool recorder_wants(struct recorder *r, const struct event_record *e, uint64_t *left_out)
{
    *left_out = 0;
    switch (e->kind) {
    case EVENT_MONITOR_OBEYED: /* questions mostly; commands have events of their own */
        return false;
    case EVENT_REFUSED:
    case EVENT_UNOPENED:
        if (e->why == REFUSED_SELF || e->why == REFUSED_PARTITION || e->why == REFUSED_REPLAY)
            return false; /* networks do so, and a monitor wanted it */
        return quiet_backs_off(of_packet(r, e), e->at, left_out);
    case EVENT_OTHER_SPREAD:
        return quiet_backs_off(&r->of_kind[e->kind], e->at, left_out);
    case EVENT_MONITOR_IGNORED:
    case EVENT_MONITOR_REFUSED:
        return e->why != MONITOR_AGAIN && quiet_may_speak(&r->of_reason[e->why], e->at, left_out);
    case EVENT_DOUBT:
    case EVENT_CONNECT_REFUSED:
    case EVENT_CONNECT_LATE:
    case EVENT_MALFORMED:
    case EVENT_REJECTED:
        return quiet_may_speak(&r->of_reason[e->why], e->at, left_out);
    case EVENT_UNSOUND:
        return quiet_may_speak(&r->of_kind[e->kind], e->at, left_out);
    default:
        return true;
    }
}

void recorder_put(struct recorder *r, const struct event_record *e, uint64_t left_out, uint64_t wall_us)
{
    struct record record = {
        .number = ++r->number, .wall_us = wall_us, .left_out = left_out, .event = *e};
    track_put(&r->tracks[track_of(e->kind)], &record);
}

/* -- back ------------------------------------------------------------------------------------ */

struct recorder_cursor recorder_end(const struct recorder *r)
{
    struct recorder_cursor c = {.below = UINT64_MAX};
    for (int t = 0; t < TRACKS; t++)
        c.place[t] = r->tracks[t].newest;
    return c;
}

bool recorder_back(const struct recorder *r, struct recorder_cursor *c, struct record *out)
{
    struct record next[TRACKS];
    int newest = -1;
    for (int t = 0; t < TRACKS; t++) {
        if (!track_read(&r->tracks[t], c->place[t], c->below, &next[t]))
            c->place[t] = RECORD_NONE;
        else if (newest < 0 || next[t].number > next[newest].number)
            newest = t;
    }
    if (newest < 0)
        return false;
    *out = next[newest];
    c->place[newest] = out->before;
    c->below = out->number;
    return true;
}
