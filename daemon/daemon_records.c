/* SPDX-License-Identifier: MIT
 *
 * What the flight recorder has, for a monitor that asks piece by piece: each question is answered from its
 * cursor alone, so nothing is kept between two, and looks at so many records at most.
 */
#include <string.h>

#include "daemon/daemon_monitor.h"
#include "daemon/events/sentence.h"
#include "daemon/recorder/recorder.h"

enum { LOOKED_AT = 200 };

_Static_assert((int)PART_TRACKS == (int)TRACKS, "a cursor has a place for each track");

/* Whatever it says is safe. */
static struct recorder_cursor begin_at(const struct shared *d, const struct part_question *q,
                                       const struct part_events *from)
{
    struct recorder_cursor c = {.below = from->below};
    memcpy(c.place, from->place, sizeof c.place);
    if (from->state == PART_BEGINS)
        c = recorder_end(d->recorder);
    for (int t = 0; t < TRACKS; t++)
        if (q->which && !(q->which >> t & 1))
            c.place[t] = RECORD_NONE;
    return c;
}

/* "alice" is any "#alice#d1". */
static bool is_called(const struct name *who, const struct name *name)
{
    size_t len = strlen(name->text);
    return name_equal(who, name) ||
           (who->text[0] == '#' && strncmp(who->text + 1, name->text, len) == 0 && who->text[len + 1] == '#');
}

static bool is_of(const struct event_record *e, const struct name *name)
{
    return !name->text[0] || is_called(&e->who, name) || is_called(&e->whom, name);
}

/* As many records as there is room for; returns where the next ones are. */
static struct part_events gather(const struct shared *d, const struct part_question *q, uint8_t *data,
                                 size_t room, size_t *len)
{
    struct part_events from = part_events_take(q->cursor);
    struct recorder_cursor c = begin_at(d, q, &from), next;
    struct record r;
    uint8_t bytes[RECORD_MOST];
    from.state = from.state == PART_ENDS ? PART_ENDS : PART_GOES_ON;
    for (int i = 0; i < LOOKED_AT && from.state == PART_GOES_ON; i++) {
        next = c;
        if (!recorder_back(d->recorder, &next, &r)) {
            from.state = PART_ENDS;
        } else if (is_of(&r.event, &q->name)) {
            size_t more = record_encode(bytes, &r);
            if (more > room - *len)
                break;
            memcpy(data + *len, bytes, more);
            *len += more;
        }
        c = next;
    }
    memcpy(from.place, c.place, sizeof from.place);
    from.below = c.below;
    return from;
}

void records_answer(const struct shared *d, const struct part_question *q, uint8_t data[PART_DATA],
                    struct part_answer *a)
{
    size_t room = q->room < PART_DATA ? q->room : PART_DATA;
    if (!d->recorder || room < PART_VOCABULARY) {
        a->status = PART_OFF;
        return;
    }
    part_vocabulary_put(data, event_vocabulary());
    a->status = PART_HERE;
    a->data = data;
    a->len = PART_VOCABULARY;
    struct part_events next = gather(d, q, data, room, &a->len);
    part_events_give(a->next, &next);
}
