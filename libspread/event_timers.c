/* SPDX-License-Identifier: MIT */
#include "libspread/event.h"

#include <search.h>
#include <stdlib.h>

typedef void timer_function(int code, void *data);

/* (function, code, data) names a timer; at most one of a name is pending. */
struct timer {
    timer_function *function;
    int code;
    void *data;
    int64_t due;
    uint64_t turn; /* grows with each queueing: equal times run in that order */
    size_t at;     /* place in the heap */
};

static struct {
    struct timer **heap; /* the earliest first; a child of i is at 2i + 1 or 2i + 2 */
    size_t used, size;
    void *by_identity; /* tsearch tree of the same timers */
    uint64_t turns;
} timers;

/* -- the heap ------------------------------------------------------------------------------- */

static bool is_earlier(const struct timer *a, const struct timer *b)
{
    return a->due != b->due ? a->due < b->due : a->turn < b->turn;
}

static void put(struct timer *t, size_t at)
{
    timers.heap[at] = t;
    t->at = at;
}

/* Puts t, for which the place at is free, where its time belongs. */
static void sift(struct timer *t, size_t at)
{
    while (at > 0 && is_earlier(t, timers.heap[(at - 1) / 2])) {
        put(timers.heap[(at - 1) / 2], at);
        at = (at - 1) / 2;
    }
    for (size_t child = 2 * at + 1; child < timers.used; child = 2 * at + 1) {
        if (child + 1 < timers.used && is_earlier(timers.heap[child + 1], timers.heap[child]))
            child++;
        if (!is_earlier(timers.heap[child], t))
            break;
        put(timers.heap[child], at);
        at = child;
    }
    put(t, at);
}

static bool heap_has_room(void)
{
    if (timers.used < timers.size)
        return true;
    size_t size = timers.size ? 2 * timers.size : 16;
    struct timer **heap = reallocarray(timers.heap, size, sizeof *heap);
    if (!heap)
        return false;
    timers.heap = heap;
    timers.size = size;
    return true;
}

static void heap_remove(const struct timer *t)
{
    struct timer *last = timers.heap[--timers.used];
    if (last != t)
        sift(last, t->at);
}

/* -- the tree ------------------------------------------------------------------------------- */

static int compare(uintptr_t a, uintptr_t b)
{
    return (a > b) - (a < b);
}

static int compare_identity(const void *a, const void *b)
{
    const struct timer *x = a, *y = b;
    int order = compare((uintptr_t)x->function, (uintptr_t)y->function);
    if (order == 0)
        order = compare((uintptr_t)x->data, (uintptr_t)y->data);
    if (order == 0)
        order = (x->code > y->code) - (x->code < y->code);
    return order;
}

static struct timer *find(timer_function *function, int code, void *data)
{
    struct timer key = {.function = function, .code = code, .data = data};
    struct timer **found = tfind(&key, &timers.by_identity, compare_identity);
    return found ? *found : NULL;
}

/* Enters a new timer in the tree; NULL when memory is short. */
static struct timer *enter(timer_function *function, int code, void *data)
{
    struct timer *t = malloc(sizeof *t);
    if (!t)
        return NULL;
    *t = (struct timer){.function = function, .code = code, .data = data};
    if (!tsearch(t, &timers.by_identity, compare_identity)) {
        free(t);
        return NULL;
    }
    return t;
}

static void forget(struct timer *t)
{
    heap_remove(t);
    tdelete(t, &timers.by_identity, compare_identity);
    free(t);
}

/* -- the calls ------------------------------------------------------------------------------ */

int E_queue(timer_function *func, int code, void *data, sp_time delta)
{
    struct timer *t = find(func, code, data);
    if (t) {
        heap_remove(t);
    } else {
        t = heap_has_room() ? enter(func, code, data) : NULL;
        if (!t)
            return -1;
    }
    t->due = event_after(event_now(), delta);
    t->turn = timers.turns++;
    sift(t, timers.used++);
    return 0;
}

int E_in_queue(timer_function *func, int code, void *data)
{
    return find(func, code, data) != NULL;
}

int E_dequeue(timer_function *func, int code, void *data)
{
    struct timer *t = find(func, code, data);
    if (!t)
        return -1;
    forget(t);
    return 0;
}

void event_timers_clear(void)
{
    while (timers.used > 0)
        forget(timers.heap[timers.used - 1]);
    free(timers.heap);
    timers.heap = NULL;
    timers.size = 0;
}

bool event_timers_run_one(void)
{
    if (timers.used == 0 || timers.heap[0]->due > event_now())
        return false;
    struct timer t = *timers.heap[0];
    forget(timers.heap[0]); /* before it runs: it may queue itself again */
    t.function(t.code, t.data);
    return true;
}

int64_t event_timers_wait(void)
{
    if (timers.used == 0)
        return EVENT_WAIT_MAX;
    int64_t wait = timers.heap[0]->due - event_now();
    if (wait < 0)
        return 0;
    return wait < EVENT_WAIT_MAX ? wait : EVENT_WAIT_MAX;
}
