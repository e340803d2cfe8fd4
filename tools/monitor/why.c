/* SPDX-License-Identifier: MIT */
#include "tools/monitor/why.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/events/sentence.h"
#include "daemon/io/clock.h"
#include "daemon/recorder/recorder.h"
#include "tools/monitor/batch.h"
#include "tools/monitor/changes.h"
#include "tools/monitor/gather.h"

enum {
    EPISODE_US = 60 * USEC_SECOND, /* changes of view that follow on each other so fast are one story */
    EPISODE_MOST = 20,
    BEFORE_US = 2 * USEC_SECOND,
    RECORDS_MOST = 20000, /* of each daemon */
};

#define DAY_US (24 * 3600 * (uint64_t)USEC_SECOND)

enum subject { OF_LAST, OF_VIEW, OF_DAEMON, OF_SESSION };

struct question {
    enum subject subject;
    const char *word;
    const struct conf *conf; /* NULL: from files */
    bool json;
};

/* -- what is asked for --------------------------------------------------------------------------- */

static bool is_number(const char *word)
{
    return word[0] != '\0' && word[strspn(word, "0123456789")] == '\0';
}

static bool is_daemon(const struct recall *r, const char *word)
{
    for (int i = 0; i < RECALL_DAEMONS; i++)
        if (strcmp(r->names[i].text, word) == 0 || strcmp(r->by[i].text, word) == 0)
            return true;
    return false;
}

static enum subject subject_of(const struct recall *r, const char *word)
{
    if (!word || strcmp(word, "last") == 0)
        return OF_LAST;
    if (word[0] && is_daemon(r, word))
        return OF_DAEMON;
    return is_number(word) ? OF_VIEW : OF_SESSION;
}

/* -- single events ------------------------------------------------------------------------------- */

static void tell_event(const struct recall *r, const struct recalled *one, const struct conf *conf,
                       struct story *s)
{
    const struct record *record = &one->record;
    char text[SENTENCE_TEXT], more[64] = "";
    if (record->left_out > 0)
        snprintf(more, sizeof more, "; %llu more like it since the one before",
                 (unsigned long long)record->left_out);
    story_add(s, one->wall_us, r->by[one->by].text, "%s%s", event_sentence(&record->event, conf, text), more);
}

/* What moves a daemon from state to state is told by what comes of it. */
static bool is_inner(enum event_kind kind)
{
    return kind == EVENT_STATE || kind == EVENT_VIEW;
}

static bool is_session_event(enum event_kind kind)
{
    return kind >= EVENT_CONNECT_REFUSED && kind <= EVENT_TAKEN_FROM_GROUP;
}

static bool is_named(const struct name *who, const char *word)
{
    size_t len = strlen(word);
    return strcmp(who->text, word) == 0 ||
           (who->text[0] == '#' && strncmp(who->text + 1, word, len) == 0 && who->text[1 + len] == '#');
}

static bool is_asked(const struct question *q, const struct recall *r, const struct recalled *one)
{
    const struct event_record *e = &one->record.event;
    if (q->subject == OF_SESSION)
        return is_session_event(e->kind) && is_named(&e->who, q->word);
    return !is_inner(e->kind) && !is_session_event(e->kind) &&
           (strcmp(r->by[one->by].text, q->word) == 0 || strcmp(e->who.text, q->word) == 0 ||
            strcmp(e->whom.text, q->word) == 0);
}

/* -- stories ------------------------------------------------------------------------------------- */

/* What daemons recorded of themselves between those times. */
static void tell_between(const struct question *q, const struct recall *r, uint64_t from, uint64_t to,
                         struct story *s)
{
    for (size_t i = 0; i < r->count; i++) {
        enum event_kind kind = r->list[i].record.event.kind;
        if (r->list[i].wall_us >= from && r->list[i].wall_us <= to && !is_inner(kind) && !is_session_event(kind))
            tell_event(r, &r->list[i], q->conf, s);
    }
}

/* From the change before, if that was not long ago, to a while after it. */
static void tell_changes(const struct question *q, const struct recall *r, const struct change *first,
                         const struct change *last, struct story *s)
{
    uint64_t from = first->wall_us - EPISODE_US;
    if (first->before != SIZE_MAX && r->list[first->before].wall_us > from)
        from = r->list[first->before].wall_us;
    tell_between(q, r, from, last->wall_us + BEFORE_US, s);
    for (const struct change *c = first; c <= last; c++)
        change_tell(r, c, s);
}

static void tell_last(const struct question *q, const struct recall *r, const struct change *list,
                      size_t count, struct story *s)
{
    size_t first = count - 1;
    while (first > 0 && count - first < EPISODE_MOST &&
           list[first].wall_us - list[first - 1].wall_us < EPISODE_US)
        first--;
    tell_changes(q, r, &list[first], &list[count - 1], s);
}

static void tell_view(const struct question *q, const struct recall *r, const struct change *list,
                      size_t count, struct story *s)
{
    uint64_t number = strtoull(q->word, NULL, 10);
    for (size_t i = 0; i < count; i++)
        if (list[i].time == number || (uint32_t)list[i].leader_id == number)
            tell_changes(q, r, &list[i], &list[i], s);
}

static void tell_subject(const struct question *q, const struct recall *r, const struct change *list,
                         size_t count, struct story *s)
{
    for (size_t i = 0; i < r->count; i++)
        if (is_asked(q, r, &r->list[i]))
            tell_event(r, &r->list[i], q->conf, s);
    for (size_t i = 0; q->subject == OF_DAEMON && i < count; i++)
        if (change_concerns(r, &list[i], q->word))
            change_tell(r, &list[i], s);
}

static void answer(struct question *q, struct recall *r)
{
    struct story s = {.list = NULL};
    struct change *list;
    recall_sort(r);
    size_t count = changes_find(r, &list);
    if (q->subject == OF_LAST && count > 0)
        tell_last(q, r, list, count, &s);
    else if (q->subject == OF_VIEW)
        tell_view(q, r, list, count, &s);
    else if (q->subject != OF_LAST)
        tell_subject(q, r, list, count, &s);
    if (s.count == 0 && !q->json)
        printf("nothing is recorded of %s\n", q->subject == OF_LAST ? "any view" : q->word);
    else
        story_print(&s, q->json);
    free(list);
    story_fini(&s);
}

/* -- where it is from ------------------------------------------------------------------------------ */

int why_files(const struct options *o)
{
    struct recall *r = recall_new();
    char why[RECALL_WHY];
    bool whole = true;
    for (int i = 0; i < o->record_count; i++) {
        bool read = recall_read_file(r, o->records[i], why);
        if (!read)
            fprintf(stderr, "spmonitor: %s\n", why);
        whole = whole && read;
    }
    const char *word = o->count > 1 ? o->words[1] : NULL;
    struct question q = {.subject = subject_of(r, word), .word = word, .json = o->given & OPTION_JSON};
    if (whole)
        answer(&q, r);
    recall_free(r);
    return whole ? BATCH_DONE : BATCH_WRONG;
}

static void say_missing(const struct gather *g, const struct procset *who)
{
    const struct conf *conf = g->station->conf;
    for procset_each(i, who) {
        const char *name = conf->daemons[i].name;
        if (procset_has(&g->other, (unsigned)i))
            fprintf(stderr, "spmonitor: %s is of another version: its own spmonitor knows its words\n", name);
        else if (procset_has(&g->refused, (unsigned)i))
            fprintf(stderr, "spmonitor: %s has no flight recorder: FlightRecorder is off there\n", name);
        else if (!procset_has(&g->done, (unsigned)i))
            fprintf(stderr,
                    "spmonitor: %s does not answer, so its own side is missing; where it ran, its file can be "
                    "read: spmonitor why --file PATH\n",
                    name);
    }
}

int why_ask(const struct station *s, usec limit, const char *subject, bool json)
{
    struct recall *r = recall_new();
    struct procset all = {{0}};
    struct gather g;
    for (int i = 0; i < s->conf->daemon_count; i++) {
        procset_add(&all, (unsigned)i);
        r->names[i] = name_from_text(s->conf->daemons[i].name);
    }
    struct question q = {
        .subject = subject_of(r, subject), .word = subject, .conf = s->conf, .json = json};
    bool session = q.subject == OF_SESSION;
    uint32_t tracks = session ? 0 : q.subject == OF_DAEMON ? 1u << TRACK_DAEMONS | 1u << TRACK_TROUBLE : 1u << TRACK_DAEMONS;
    gather_init(&g, s, limit);
    gather_events(&g, &all, session ? subject : "", tracks, RECORDS_MOST, clock_wall() - DAY_US, r);
    if (!procset_empty(&g.heard))
        answer(&q, r);
    say_missing(&g, &all);
    recall_free(r);
    return procset_empty(&g.heard) ? BATCH_UNANSWERED : BATCH_DONE;
}
