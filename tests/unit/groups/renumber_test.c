/* SPDX-License-Identifier: MIT
 *
 * Groups under another configuration, in which the daemons stand in another order.
 */
#include "tests/support/test.h"

#include <stdlib.h>

#include "libspread/wire/frame.h"
#include "tests/support/conf.h"
#include "tests/unit/groups/hall.h"

/* What was A, B, C and D is D, C, B and A now. */
static const uint16_t turned[PROCS_MAX] = {3, 2, 1, 0};

struct stage {
    struct hall *hall;
    struct conf *conf; /* the new one */
};

static void enter(struct hall *h, char d, const char *client, const char *group)
{
    hall_open(h, d, client);
    hall_request(h, d, client, FRAME_JOIN, group, "");
}

/* One group with a client of each daemon, and in the hall of B the new order. */
static int begin(void **state)
{
    static struct stage s;
    s.hall = hall_new();
    s.conf = test_conf("DCBA");
    hall_meet(s.hall, "ABCD");
    enter(s.hall, 'C', "c", "g");
    enter(s.hall, 'A', "a", "g");
    enter(s.hall, 'A', "e", "g");
    enter(s.hall, 'D', "d", "g");
    enter(s.hall, 'B', "b", "g");
    hall_forget(s.hall);
    s.hall->in_force[1] = (struct in_force){s.conf, turned[1]};
    groups_renumber(s.hall->groups[1], turned);
    *state = &s;
    return 0;
}

static int end(void **state)
{
    struct stage *s = *state;
    hall_free(s->hall);
    free(s->conf);
    return 0;
}

/* What a client of another daemon asks for is ordered at B, under the new numbers. */
static void order_at_b(struct hall *h, char d, const char *client, uint32_t type)
{
    struct frame_header f = {
        .type = type, .sender = name_private(client, (char[]){d, 0}), .num_groups = 1};
    struct name name = name_from_text("g");
    struct message m = {.block = block_new(FRAME_HEADER + NAME_FIELD)};
    m.frame = m.block->bytes;
    m.len = FRAME_HEADER + NAME_FIELD;
    frame_encode(m.frame, &f);
    memcpy(m.frame + FRAME_HEADER, name.text, NAME_FIELD);
    groups_on_message(h->groups[1], &m, turned[d - 'A']);
}

static void take_all(struct hall *h)
{
    struct delivery d;
    while (groups_next(h->groups[1], &d))
        message_unref(&d.message);
}

static void members_stand_in_the_new_order(void **state)
{
    struct stage *s = *state;
    assert_string_equal(hall_members(s->hall, 'B', "g"), "d@D c@C b@B a@A e@A ");
}

static void who_joins_finds_its_place_in_it(void **state)
{
    struct stage *s = *state;
    order_at_b(s->hall, 'D', "e", FRAME_JOIN);
    order_at_b(s->hall, 'A', "c", FRAME_JOIN);
    take_all(s->hall);
    assert_string_equal(hall_members(s->hall, 'B', "g"), "d@D e@D c@C b@B a@A c@A e@A ");
}

static void who_goes_is_found_in_it(void **state)
{
    struct stage *s = *state;
    order_at_b(s->hall, 'A', "a", FRAME_LEAVE);
    order_at_b(s->hall, 'D', "d", FRAME_KILL);
    take_all(s->hall);
    assert_string_equal(hall_members(s->hall, 'B', "g"), "c@C b@B e@A ");
}

/* A is daemon 3 now: it is its clients that go with it. */
static void a_daemon_that_is_lost_takes_its_own_clients_along(void **state)
{
    struct stage *s = *state;
    struct view v = {.members = {{0x7}}, .leader_id = 1, .time = 100, .tag = 100};
    groups_on_transitional(s->hall->groups[1], &v);
    groups_on_regular(s->hall->groups[1], &v);
    take_all(s->hall);
    assert_int_equal(groups_state(s->hall->groups[1]), GROUPS_STEADY);
    assert_string_equal(hall_members(s->hall, 'B', "g"), "d@D c@C b@B ");
}

#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_STAGE(members_stand_in_the_new_order),
        ON_STAGE(who_joins_finds_its_place_in_it),
        ON_STAGE(who_goes_is_found_in_it),
        ON_STAGE(a_daemon_that_is_lost_takes_its_own_clients_along),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
