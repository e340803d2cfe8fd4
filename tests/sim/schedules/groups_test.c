/* SPDX-License-Identifier: MIT
 *
 * Directed schedules: large groups across changes of view.
 */
#include "tests/sim/schedules/scene.h"

#include <stdio.h>

enum { DAEMONS = 4, MEMBERS = 2400, LISTENERS = 2 }; /* LISTENERS: of each daemon, with notices */

static void join_many(struct scene *s, int proc, int count, bool notices)
{
    struct client_events events = group_check_events(s->groups);
    for (int i = 0; i < count; i++) {
        char name[16];
        snprintf(name, sizeof name, "%c%d", notices ? 'n' : 's', i);
        client_join(client_connect(s->world, proc, name, notices, &events), "crowd");
    }
}

/* 2,400 members and those who hear of them: each notice lists them all, in their sets. */
static void a_group_of_2400_members_is_torn_apart_and_comes_together(void **state)
{
    struct load_options load = {.seed = 1, .groups = 1};
    struct scene s;
    (void)state;
    scene_set(&s, &(struct world_options){.daemons = DAEMONS, .segments = 2}, &load);
    for (int i = 0; i < DAEMONS; i++)
        world_start(s.world, i);
    scene_meet(&s);
    for (int i = 0; i < DAEMONS; i++)
        join_many(&s, i, MEMBERS / DAEMONS, false);
    scene_run(&s, 2 * (usec)USEC_SECOND);
    for (int i = 0; i < DAEMONS; i++)
        join_many(&s, i, LISTENERS, true);
    scene_run(&s, 2 * (usec)USEC_SECOND);
    uint64_t notices = group_check_notices(s.groups);
    world_cut(s.world, "AB|CD");
    scene_run(&s, 3 * (usec)USEC_SECOND);
    world_heal(s.world);
    scene_meet(&s);
    scene_run(&s, (usec)USEC_SECOND);
    /* TRANSITION and NETWORK of the cut, and NETWORK of the merge at least. */
    assert_true(group_check_notices(s.groups) - notices >= 3 * DAEMONS * LISTENERS);
    scene_end(&s);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_group_of_2400_members_is_torn_apart_and_comes_together),
    };
    return cmocka_run_group_tests_name("large groups", tests, NULL, NULL);
}
