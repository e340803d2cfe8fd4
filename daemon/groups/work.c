/* SPDX-License-Identifier: MIT
 *
 * Work of a change of view that may be too much for a turn: steps that are done one after the other,
 * each as far as the units of the turn go.
 */
#include <assert.h>

#include "daemon/groups/inside.h"

void work_then(struct groups *g, work_step *step)
{
    struct work *w = &g->work;
    assert(w->count < STEPS_MAX);
    w->steps[(w->first + w->count++) % STEPS_MAX] = step;
}

void work_go_on(struct groups *g)
{
    struct work *w = &g->work;
    pressing_void(&g->pressing);
    while (w->count > 0 && w->units > 0) {
        if (w->steps[w->first](g))
            continue;
        w->first = (w->first + 1) % STEPS_MAX;
        w->count--;
    }
}

bool groups_are_behind(const struct groups *g)
{
    return g->work.count > 0 || g->work.units <= 0;
}

void groups_on_turn(struct groups *g)
{
    g->work.units = g->slice;
    work_go_on(g);
}

/* -- what several steps need --------------------------------------------------------------- */

bool work_sort(struct groups *g)
{
    return !sorting_sort(&g->work.sorting, &g->work.units);
}

bool work_may_go_on(struct groups *g)
{
    if (g->work.units <= 0)
        return false;
    g->work.units--;
    return true;
}

void work_costs(struct groups *g, uint32_t units)
{
    g->work.units -= units;
}

bool work_tells(struct groups *g, struct group *group)
{
    work_costs(g, group_units(group));
    if (!anybody_to_tell(g, group))
        return false;
    sorting_add(&g->work.sorting, group);
    return true;
}
