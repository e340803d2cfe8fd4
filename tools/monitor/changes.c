/* SPDX-License-Identifier: MIT */
#include "tools/monitor/changes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "daemon/events/sentence.h"
#include "daemon/membership/core.h"

enum { TEXT = 1200, LATE_US = USEC_SECOND, LONGEST_US = 600 * USEC_SECOND };
/* Daemons install a view at about the same time: it is among the last ones that were found. */
enum { NEAR = 1000 };

static const struct event_record *event_at(const struct recall *r, size_t i)
{
    return &r->list[i].record.event;
}

static int members(const struct recall *r, size_t view)
{
    return view == SIZE_MAX ? 0 : procset_count(&event_at(r, view)->set);
}

/* -- finding ----------------------------------------------------------------------------------- */

static struct change *find_change(struct change *list, size_t count, const struct event_record *e)
{
    for (size_t i = count; i-- > 0 && count - i < NEAR;)
        if (list[i].leader_id == e->number[0] && list[i].time == e->number[1])
            return &list[i];
    return NULL;
}

size_t changes_find(const struct recall *r, struct change **list)
{
    size_t count = 0, room = 0, last[RECALL_DAEMONS]; /* the VIEW that each had */
    *list = NULL;
    for (int i = 0; i < RECALL_DAEMONS; i++)
        last[i] = SIZE_MAX;
    for (size_t i = 0; i < r->count; i++) {
        const struct event_record *e = event_at(r, i);
        if (e->kind == EVENT_STATE && e->why == WHY_START)
            last[r->list[i].by] = SIZE_MAX; /* another process */
        if (e->kind != EVENT_VIEW)
            continue;
        size_t before = last[r->list[i].by];
        last[r->list[i].by] = i;
        struct change *c = find_change(*list, count, e);
        if (!c) {
            if (count == room) {
                room = room ? 2 * room : 64;
                *list = memory_grow(*list, room * sizeof **list);
            }
            (*list)[count++] = (struct change){e->number[0], e->number[1], i, before, r->list[i].wall_us};
        } else if (members(r, before) > members(r, c->before)) {
            c->event = i;
            c->before = before;
        }
    }
    return count;
}

/* -- who came and went --------------------------------------------------------------------------- */

static const char *name_of(const struct recall *r, int place, char text[NAME_FIELD])
{
    if (place < RECALL_DAEMONS && r->names[place].text[0])
        return r->names[place].text;
    snprintf(text, NAME_FIELD, "daemon %d of the file", place + 1);
    return text;
}

static struct procset came(const struct recall *r, const struct change *c)
{
    return c->before == SIZE_MAX
               ? (struct procset){{0}}
               : procset_minus(&event_at(r, c->event)->set, &event_at(r, c->before)->set);
}

static struct procset went(const struct recall *r, const struct change *c)
{
    return c->before == SIZE_MAX
               ? (struct procset){{0}}
               : procset_minus(&event_at(r, c->before)->set, &event_at(r, c->event)->set);
}

static bool has_name(const struct recall *r, const struct procset *set, const char *name)
{
    char text[NAME_FIELD];
    for procset_each(i, set)
        if (strcmp(name_of(r, i, text), name) == 0)
            return true;
    return false;
}

bool change_concerns(const struct recall *r, const struct change *c, const char *daemon)
{
    struct procset in = came(r, c), out = went(r, c);
    return has_name(r, &in, daemon) || has_name(r, &out, daemon) ||
           strcmp(r->by[r->list[c->event].by].text, daemon) == 0;
}

/* -- what is said of it -------------------------------------------------------------------------- */

static bool is_by(const struct recall *r, size_t i, const char *daemon)
{
    return strcmp(r->by[r->list[i].by].text, daemon) == 0;
}

/* What another says of that daemon between the two views, the first thing that it could have been excluded
 * for; SIZE_MAX: nothing. Who is waited for is not excluded yet. */
static size_t find_cause(const struct recall *r, const struct change *c, const char *daemon)
{
    size_t waited = SIZE_MAX;
    for (size_t i = c->before + 1; i < r->count && r->list[i].wall_us <= r->list[c->event].wall_us; i++) {
        const struct event_record *e = event_at(r, i);
        bool about = strcmp(e->who.text, daemon) == 0 ||
                     (e->kind == EVENT_ONE_WAY && strcmp(e->whom.text, daemon) == 0);
        char text[SENTENCE_TEXT];
        if (!about || e->kind == EVENT_LEFT_BEHIND || is_by(r, i, daemon) || !event_past(e, NULL, text))
            continue;
        if (e->kind != EVENT_PAUSED)
            return i;
        waited = i;
    }
    return waited;
}

/* It did not run at that time; SIZE_MAX: it does not say so. */
static size_t find_pause(const struct recall *r, uint64_t at, const char *daemon)
{
    for (size_t i = 0; i < r->count && r->list[i].wall_us <= at + LONGEST_US; i++) {
        const struct event_record *e = event_at(r, i);
        uint64_t end = r->list[i].wall_us, length = e->number[0] * USEC_MS;
        if (e->kind == EVENT_SLOW && is_by(r, i, daemon) && end + LATE_US >= at &&
            end <= at + length + LATE_US)
            return i;
    }
    return SIZE_MAX;
}

/* The next start of that daemon from then on, or SIZE_MAX. */
static size_t find_start(const struct recall *r, uint64_t from, const char *daemon)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->list[i].wall_us >= from && is_by(r, i, daemon) && event_at(r, i)->kind == EVENT_STATE &&
            event_at(r, i)->why == WHY_START)
            return i;
    return SIZE_MAX;
}

/* Why the ring before was left, where nobody says more. */
static enum why find_reason(const struct recall *r, const struct change *c)
{
    for (size_t i = c->event; i-- > c->before + 1;)
        if (r->list[i].by == r->list[c->event].by && event_at(r, i)->kind == EVENT_STATE &&
            event_at(r, i)->number[0] == CORE_OPER)
            return event_at(r, i)->why;
    return WHY_NONE;
}

static bool is_teller(const struct recall *r, const char *daemon)
{
    for (int i = 0; i < r->tellers; i++)
        if (strcmp(r->by[i].text, daemon) == 0)
            return true;
    return false;
}

/* What that daemon says of itself: "; it says that it did not run for 611 ms". */
static const char *own_side(const struct recall *r, uint64_t at, const char *daemon, char text[TEXT])
{
    char past[SENTENCE_TEXT], time[STORY_TIME];
    size_t pause = find_pause(r, at, daemon), start = find_start(r, at, daemon);
    text[0] = '\0';
    if (pause != SIZE_MAX)
        snprintf(text, TEXT, "; it says that %s", event_past(event_at(r, pause), NULL, past));
    else if (start != SIZE_MAX)
        snprintf(text, TEXT, "; it was started again at %s", story_time(r->list[start].wall_us, time));
    else if (!is_teller(r, daemon))
        snprintf(text, TEXT, "; its own side is not known");
    return text;
}

static void tell_went(const struct recall *r, const struct change *c, const char *daemon, struct story *s)
{
    char past[SENTENCE_TEXT], side[TEXT], time[STORY_TIME];
    size_t cause = find_cause(r, c, daemon);
    if (cause == SIZE_MAX) {
        enum why why = find_reason(r, c);
        story_add(s, c->wall_us, "", "%s was excluded at %s by %s: %s%s", daemon, story_time(c->wall_us, time),
                  event_at(r, c->event)->who.text,
                  why == WHY_NONE ? "no reason is recorded" : why_text(why),
                  own_side(r, c->wall_us, daemon, side));
        return;
    }
    const struct event_record *e = event_at(r, cause);
    uint64_t at = r->list[cause].wall_us;
    bool left = e->kind == EVENT_LEAVES;
    story_add(s, c->wall_us, "", "%s %s at %s%s%s: %s%s", daemon, left ? "left" : "was excluded",
              story_time(at, time), left ? "" : " by ", left ? "" : r->by[r->list[cause].by].text,
              event_past(e, NULL, past), own_side(r, at, daemon, side));
}

static void tell_came(const struct recall *r, const struct change *c, const char *daemon, struct story *s)
{
    char time[STORY_TIME];
    size_t start = find_start(r, r->list[c->before].wall_us, daemon);
    if (start != SIZE_MAX && r->list[start].wall_us <= c->wall_us)
        story_add(s, c->wall_us, "", "%s came in; it was started at %s", daemon,
                  story_time(r->list[start].wall_us, time));
    else
        story_add(s, c->wall_us, "", "%s came in", daemon);
}

static void tell_view(const struct recall *r, const struct change *c, struct story *s)
{
    const struct event_record *e = event_at(r, c->event);
    char text[TEXT] = "", name[NAME_FIELD];
    size_t len = 0;
    for procset_each(i, &e->set)
        if (len < sizeof text)
            len += (size_t)snprintf(text + len, sizeof text - len, " %s", name_of(r, i, name));
    story_add(s, c->wall_us, "", "a view of %llu daemon%s came, number %llu, led by %s:%s",
              (unsigned long long)e->number[2], e->number[2] == 1 ? "" : "s", (unsigned long long)c->time,
              e->who.text[0] ? e->who.text : "?", text);
}

void change_tell(const struct recall *r, const struct change *c, struct story *s)
{
    struct procset in = came(r, c), out = went(r, c);
    char name[NAME_FIELD];
    tell_view(r, c, s);
    for procset_each(i, &out)
        tell_went(r, c, name_of(r, i, name), s);
    for procset_each(i, &in)
        tell_came(r, c, name_of(r, i, name), s);
}
