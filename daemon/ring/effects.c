/* SPDX-License-Identifier: MIT */
#include "daemon/ring/effects.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/base/memory.h"

static void drop(struct event *event)
{
    if (event->kind == EVENT_DELIVER)
        message_unref(&event->ordered.message);
    else if (event->kind == EVENT_NOTE)
        free(event->note);
    else if (event->kind != EVENT_LEFT)
        free(event->view);
}

void effects_fini(struct effects *e)
{
    for (size_t i = e->next; i < e->count; i++)
        drop(&e->queue[i]);
    free(e->queue);
    free(e->lent);
    *e = (struct effects){0};
}

static struct event *add(struct effects *e, enum event_kind kind)
{
    if (e->count == e->size) {
        e->size = e->size ? 2 * e->size : 64;
        e->queue = memory_grow(e->queue, e->size * sizeof(e->queue[0]));
    }
    struct event *event = &e->queue[e->count++];
    event->kind = kind;
    return event;
}

void effects_deliver(struct effects *e, const struct ordered *o)
{
    add(e, EVENT_DELIVER)->ordered = *o;
}

void effects_view(struct effects *e, enum event_kind kind, const struct view *v)
{
    struct view *copy = memory_new(sizeof *copy);
    *copy = *v;
    add(e, kind)->view = copy;
}

void effects_note(struct effects *e, enum note_kind kind, unsigned who, unsigned other,
                  const char *detail, ...)
{
    va_list args;
    struct note *note = memory_new(sizeof *note);
    note->kind = kind;
    note->who = (uint16_t)who;
    note->other = (uint16_t)other;
    va_start(args, detail);
    vsnprintf(note->detail, sizeof note->detail, detail, args);
    va_end(args);
    add(e, EVENT_NOTE)->note = note;
}

void effects_left(struct effects *e)
{
    add(e, EVENT_LEFT);
}

bool effects_next(struct effects *e, struct event *event)
{
    free(e->lent);
    e->lent = NULL;
    if (e->next == e->count) {
        e->next = e->count = 0;
        return false;
    }
    *event = e->queue[e->next++];
    if (event->kind == EVENT_NOTE)
        e->lent = event->note;
    else if (event->kind == EVENT_TRANSITIONAL || event->kind == EVENT_REGULAR)
        e->lent = event->view;
    return true;
}
