/* SPDX-License-Identifier: MIT */
#include "daemon/ring/effects.h"

#include <stdlib.h>

#include "daemon/base/memory.h"

static void drop(struct effect *effect)
{
    if (effect->kind == EFFECT_DELIVER)
        message_unref(&effect->ordered.message);
    else if (effect->kind == EFFECT_EVENT)
        free(effect->event);
    else if (effect->kind != EFFECT_LEFT)
        free(effect->view);
}

void effects_fini(struct effects *e)
{
    for (size_t i = e->next; i < e->count; i++)
        drop(&e->queue[i]);
    free(e->queue);
    free(e->lent);
    *e = (struct effects){0};
}

static struct effect *add(struct effects *e, enum effect_kind kind)
{
    if (e->count == e->size) {
        e->size = e->size ? 2 * e->size : 64;
        e->queue = memory_grow(e->queue, e->size * sizeof(e->queue[0]));
    }
    struct effect *effect = &e->queue[e->count++];
    effect->kind = kind;
    return effect;
}

void effects_deliver(struct effects *e, const struct ordered *o)
{
    add(e, EFFECT_DELIVER)->ordered = *o;
}

void effects_view(struct effects *e, enum effect_kind kind, const struct view *v)
{
    struct view *copy = memory_new(sizeof *copy);
    *copy = *v;
    add(e, kind)->view = copy;
}

void effects_tell(struct effects *e, const struct event_record *record)
{
    struct event_record *copy = memory_new(sizeof *copy);
    *copy = *record;
    add(e, EFFECT_EVENT)->event = copy;
}

void effects_left(struct effects *e)
{
    add(e, EFFECT_LEFT);
}

bool effects_next(struct effects *e, struct effect *effect)
{
    free(e->lent);
    e->lent = NULL;
    if (e->next == e->count) {
        e->next = e->count = 0;
        return false;
    }
    *effect = e->queue[e->next++];
    if (effect->kind == EFFECT_EVENT)
        e->lent = effect->event;
    else if (effect->kind == EFFECT_TRANSITIONAL || effect->kind == EFFECT_REGULAR)
        e->lent = effect->view;
    return true;
}
