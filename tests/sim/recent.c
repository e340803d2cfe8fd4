/* SPDX-License-Identifier: MIT */
#include "tests/sim/recent.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "daemon/events/sentence.h"
#include "daemon/packet/data.h"

enum { KEPT = 4096 };

enum happening { SENT, EVENT, CONF, NUMBERED, DELIVERED, STABLE, MERGED, STARTED, ENDED, NOTED };

struct line {
    usec at;
    enum happening what;
    int proc;
    unsigned start;
    union {
        struct {
            int to, copies;
            uint8_t type, flags;
            size_t len;
            usec arrives;
        } sent;
        struct event_record event;
        struct {
            uint64_t tag, seq, epoch;
            struct procset members;
            unsigned part;
            uint8_t service;
            bool transitional, control;
            uint16_t origin;
        } trace;
        char note[80];
    };
};

struct recent {
    const struct world *world;
    struct line lines[KEPT];
    size_t count; /* over all */
};

static struct line *add(struct recent *r, enum happening what, int proc, unsigned start)
{
    struct line *l = &r->lines[r->count++ % KEPT];
    l->at = r->world->now;
    l->what = what;
    l->proc = proc;
    l->start = start;
    return l;
}

/* -- keeping ------------------------------------------------------------------------------- */

static void on_start(void *context, const struct process *p)
{
    add(context, STARTED, p->index, p->start);
}

static void on_end(void *context, const struct process *p)
{
    add(context, ENDED, p->index, p->start);
}

static void on_passage(void *context, const struct passage *d)
{
    struct line *l = add(context, SENT, d->from, 0);
    l->sent.to = d->to;
    l->sent.copies = d->copies;
    l->sent.type = d->header->type;
    l->sent.flags = d->header->flags;
    l->sent.len = d->len;
    l->sent.arrives = d->at;
}

static void on_trace(void *context, const struct process *p, const struct trace_record *t)
{
    static const enum happening whats[] = {
        [TRACE_CONF] = CONF,     [TRACE_SEND] = NUMBERED, [TRACE_DELIVER] = DELIVERED,
        [TRACE_STABLE] = STABLE, [TRACE_MERGED] = MERGED};
    struct line *l = add(context, whats[t->kind], p->index, p->start);
    l->trace.tag = t->tag;
    l->trace.seq = t->seq;
    l->trace.epoch = t->epoch;
    l->trace.members = t->members;
    l->trace.part = t->part;
    l->trace.service = t->service;
    l->trace.transitional = t->transitional;
    l->trace.control = t->control;
    l->trace.origin = t->origin;
}

static void on_event(void *context, const struct process *p, const struct event_record *e)
{
    if (e->kind != EVENT_VIEW) /* CONF says it with its ring */
        add(context, EVENT, p->index, p->start)->event = *e;
}

static void on_note(void *context, const char *text)
{
    struct line *l = add(context, NOTED, -1, 0);
    snprintf(l->note, sizeof l->note, "%s", text);
}

struct recent *recent_new(struct world *w)
{
    struct recent *r = memory_new(sizeof *r);
    struct observer observer = {.on_start = on_start, .on_trace = on_trace, .on_event = on_event,
                                .on_end = on_end, .on_passage = on_passage, .on_note = on_note, .context = r};
    r->world = w;
    world_observe(w, &observer);
    return r;
}

void recent_free(struct recent *r)
{
    free(r);
}

/* -- writing ------------------------------------------------------------------------------- */

static void print_members(const struct procset *s, FILE *to)
{
    const char *before = "{";
    for procset_each(i, s) {
        fprintf(to, "%sd%d", before, i + 1);
        before = " ";
    }
    fprintf(to, "}");
}

static void print_sent(const struct line *l, FILE *to)
{
    fprintf(to, "d%d -> d%d  %s%s %zu bytes", l->proc + 1, l->sent.to + 1,
            packet_type_name(l->sent.type), l->sent.flags & PACKET_ACKREQ ? " (asks)" : "",
            l->sent.len);
    if (l->sent.copies == 0)
        fprintf(to, ", lost");
    else
        fprintf(to, ", arrives %.3f%s", (double)l->sent.arrives / 1000,
                l->sent.copies > 1 ? " and again" : "");
}

static void print_trace(const struct line *l, FILE *to)
{
    unsigned long long tag = l->trace.tag, seq = l->trace.seq;
    const char *kind = l->trace.control ? "control " : l->trace.service == SERVICE_SAFE ? "SAFE "
                                                                                        : "";
    switch (l->what) {
    case CONF:
        fprintf(to, "%s view of ring %llx ", l->trace.transitional ? "transitional" : "regular",
                tag);
        print_members(&l->trace.members, to);
        break;
    case NUMBERED:
        fprintf(to, "numbers %s%llu.%u in ring %llx", kind, seq, l->trace.part, tag);
        break;
    case DELIVERED:
        fprintf(to, "delivers %s%llu.%u of d%u%s", kind, seq, l->trace.part, l->trace.origin + 1,
                l->trace.transitional ? ", in transition" : "");
        break;
    case STABLE:
        fprintf(to, "takes all up to %llu for stable", seq);
        break;
    default:
        fprintf(to, "has all sides together at %llu.%u", seq, l->trace.part);
        break;
    }
}

static void print_line(const struct line *l, FILE *to)
{
    char text[SENTENCE_TEXT];
    fprintf(to, "%10.3f  ", (double)l->at / 1000);
    if (l->what != SENT && l->what != NOTED)
        fprintf(to, "d%d.%u ", l->proc + 1, l->start);
    switch (l->what) {
    case SENT:
        print_sent(l, to);
        break;
    case EVENT:
        fprintf(to, "%s", event_sentence(&l->event, NULL, text));
        break;
    case STARTED:
        fprintf(to, "starts");
        break;
    case ENDED:
        fprintf(to, "ends");
        break;
    case NOTED:
        fprintf(to, "%s", l->note);
        break;
    default:
        print_trace(l, to);
        break;
    }
    fprintf(to, "\n");
}

void recent_print(const struct recent *r, size_t lines, FILE *to)
{
    size_t kept = r->count < KEPT ? r->count : (size_t)KEPT;
    size_t first = r->count - (lines < kept ? lines : kept);
    for (size_t i = first; i < r->count; i++)
        print_line(&r->lines[i % KEPT], to);
}
