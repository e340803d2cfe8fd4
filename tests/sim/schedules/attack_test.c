/* SPDX-License-Identifier: MIT
 *
 * Daemons with a key, and somebody who has none, hears all they send, has recorded it for as long as
 * he likes, and sends what he can make of it.
 */
#include "tests/sim/schedules/scene.h"

#include "tests/sim/attacker.h"

enum { DEEDS_US = 100 }; /* between two of them: 10,000 a second */

static void hash_record(void *context, const struct process *p, const struct trace_record *t)
{
    uint64_t *h = context;
    const uint64_t parts[] = {p->world->now, (uint64_t)p->index << 32 | p->start, (uint64_t)t->kind,
                              t->tag,        t->seq << 16 | t->part,              t->members.bits[0]};
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        *h = (*h ^ parts[i]) * 0x100000001b3u;
}

/* Returns the attacker; NULL: there is none, for how is NO_ATTACK. */
enum attack { NO_ATTACK, REPEATS, CARRIES };

static struct attacker *begin(struct scene *s, int daemons, enum attack how, uint64_t *hash)
{
    struct world_options world = {.seed = 3, .daemons = daemons, .segments = 2, .sealed = true};
    struct load_options load = scene_load();
    scene_set(s, &world, &load);
    world_observe(s->world, &(struct observer){.on_trace = hash_record, .context = hash});
    struct attacker *a = how ? attacker_new(s->world, 7, DEEDS_US, how == CARRIES) : NULL;
    for (int i = 0; i < daemons; i++)
        world_start(s->world, i);
    scene_meet(s);
    return a;
}

/* All that is delivered and each view, with its time: a number. */
static uint64_t story(enum attack how)
{
    struct scene s;
    uint64_t hash = 1;
    struct attacker *a = begin(&s, 3, how, &hash);
    scene_run(&s, 5 * USEC_SECOND);
    if (how)
        assert_true(counters_refused(daemon_counters(s.world->processes[0].daemon)) > 10000);
    scene_end(&s);
    attacker_free(a);
    return hash;
}

/* Where the network brings everything, what he sends has all come before, or is forged. */
static void what_he_sends_changes_nothing(void **state)
{
    (void)state;
    assert_true(story(NO_ATTACK) == story(REPEATS));
}

/* d2 dies and comes back, again and again: packets of its earlier lives are sent all the time, to
 * those who remember these lives and to those who have begun anew themselves. */
static uint32_t views_while_daemons_come_back(enum attack how)
{
    struct scene s;
    uint64_t hash = 1;
    struct attacker *a = begin(&s, 4, how, &hash);
    scene_run(&s, USEC_SECOND);
    for (int i = 0; i < 4; i++) {
        world_crash(s.world, 1 + i % 2);
        scene_run(&s, 3 * USEC_SECOND);
        world_start(s.world, 1 + i % 2);
        scene_meet(&s);
        scene_run(&s, 3 * USEC_SECOND);
    }
    uint32_t views = scene_views(&s);
    scene_end(&s);
    attacker_free(a);
    return views;
}

static void nobody_is_left_out_for_what_he_sends(void **state)
{
    (void)state;
    assert_int_equal(views_while_daemons_come_back(CARRIES), views_while_daemons_come_back(NO_ATTACK));
}

/* While two cannot hear each other he plays their packets from before to both. */
static void a_cut_ring_does_not_come_together_by_old_packets(void **state)
{
    struct scene s;
    uint64_t hash = 1;
    struct procset ab = scene_first(2), cd = scene_first(4);
    (void)state;
    cd = procset_minus(&cd, &ab);
    struct attacker *a = begin(&s, 4, REPEATS, &hash);
    scene_run(&s, USEC_SECOND);
    world_cut(s.world, "AB|CD");
    assert_true(world_settle(s.world, &ab, 5 * USEC_SECOND));
    assert_true(world_settle(s.world, &cd, 5 * USEC_SECOND));
    uint32_t views = scene_views(&s);
    scene_run(&s, 20 * USEC_SECOND);
    assert_int_equal(scene_views(&s), views);
    world_heal(s.world);
    scene_meet(&s);
    scene_end(&s);
    attacker_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_he_sends_changes_nothing),
        cmocka_unit_test(nobody_is_left_out_for_what_he_sends),
        cmocka_unit_test(a_cut_ring_does_not_come_together_by_old_packets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
