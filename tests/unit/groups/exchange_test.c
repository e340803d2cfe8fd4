/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <stdlib.h>

#include "daemon/groups/exchange.h"
#include "daemon/groups/tell.h"
#include "daemon/packet/telling.h"
#include "tests/support/conf.h"

enum { TAG = 5 };

struct hearing {
    struct conf *conf;
    struct in_force in_force;
    struct members nobody;
    struct exchange *exchange;
    struct message said;
};

/* A and B came together, and so did C and D. */
static int begin(void **state)
{
    struct hearing *h = calloc(1, sizeof *h);
    struct view v = {.tag = TAG, .came_from = {0, 0, 1, 1}};
    for (unsigned i = 0; i < 4; i++)
        procset_add(&v.members, i);
    h->conf = test_conf("ABCD");
    members_init(&h->nobody);
    h->in_force = (struct in_force){h->conf, 0};
    h->exchange = exchange_new(&h->in_force, &v);
    *state = h;
    return 0;
}

static int end(void **state)
{
    struct hearing *h = *state;
    exchange_free(h->exchange);
    members_fini(&h->nobody);
    free(h->conf);
    free(h);
    return 0;
}

static void keep(void *context, struct message m)
{
    ((struct hearing *)context)->said = m;
}

/* True: all sides are complete. */
static bool take_in(struct exchange *x, const struct message *m, uint16_t origin)
{
    int64_t units = 1;
    if (exchange_on_message(x, m, origin))
        while (!exchange_hear(x, &units))
            units = 1;
    return exchange_is_complete(x);
}

static void say_that_more_comes(struct message *m)
{
    struct reader r = reader_of(m->frame, m->len);
    struct writer w = writer_of(m->frame, m->len);
    struct telling t;
    assert_true(telling_take(&r, &t, 4));
    t.last = false;
    telling_give(&w, &t, 4);
}

/* Daemon of that letter speaks for a side of letters. True: all have spoken. */
static bool hear(struct hearing *h, char speaker, const char *side, bool last)
{
    struct procset daemons = {{0}};
    for (; *side; side++)
        procset_add(&daemons, (unsigned)(*side - 'A'));
    struct teller *t = teller_new(&h->in_force, &h->nobody, &daemons, TAG, keep, h);
    int64_t units = 100;
    assert_true(teller_go_on(t, &units));
    teller_free(t);
    if (!last)
        say_that_more_comes(&h->said);
    bool all = take_in(h->exchange, &h->said, (uint16_t)(speaker - 'A'));
    message_unref(&h->said);
    return all;
}

static void sides_are_complete_when_each_has_spoken(void **state)
{
    assert_false(hear(*state, 'C', "CD", true));
    assert_true(hear(*state, 'A', "AB", true));
}

/* Whoever it is said of would be merged with a table that is not its own. */
static void nobody_speaks_for_daemons_that_it_did_not_come_with(void **state)
{
    assert_false(hear(*state, 'A', "ABCD", true));
    assert_false(hear(*state, 'A', "ABC", true));
    assert_false(hear(*state, 'A', "CD", true));
    assert_false(hear(*state, 'C', "CD", true));
    assert_true(hear(*state, 'A', "AB", true));
}

static void no_daemon_is_of_two_sides_even_while_one_speaks(void **state)
{
    assert_false(hear(*state, 'B', "B", false));
    assert_false(hear(*state, 'A', "AB", true));
    assert_false(hear(*state, 'C', "CD", true));
    assert_false(hear(*state, 'A', "A", true)); /* B has not finished */
}

static void counts_that_the_bytes_cannot_hold_take_no_memory(void **state)
{
    struct hearing *h = *state;
    /* 2^35 - 1 clients of the first daemon, in a stream of eleven bytes. */
    static const uint8_t stream[] = {0xff, 0xff, 0xff, 0xff, 0x7f, 1, 'a', 1, 'b', 1, 'c'};
    struct telling t = {.tag = TAG, .daemons = {{3}}, .last = true};
    struct message m = {.block = block_new(64)};
    struct writer w = writer_of(m.block->bytes, 64);
    telling_give(&w, &t, 4);
    give_bytes(&w, stream, sizeof stream);
    m.frame = m.block->bytes;
    m.len = (uint32_t)writer_len(&w);
    assert_false(take_in(h->exchange, &m, 0));
    assert_int_equal(h->exchange->sides[0]->group_count, 0);
    message_unref(&m);
    assert_true(hear(h, 'C', "CD", true)); /* it counts as one without groups */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sides_are_complete_when_each_has_spoken, begin, end),
        cmocka_unit_test_setup_teardown(nobody_speaks_for_daemons_that_it_did_not_come_with, begin,
                                        end),
        cmocka_unit_test_setup_teardown(no_daemon_is_of_two_sides_even_while_one_speaks, begin, end),
        cmocka_unit_test_setup_teardown(counts_that_the_bytes_cannot_hold_take_no_memory, begin,
                                        end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
