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

/* A and B came together, and so did C and D. We are C. */
static int begin(void **state)
{
    struct hearing *h = calloc(1, sizeof *h);
    struct view v = {.tag = TAG, .came_from = {0, 0, 1, 1}};
    for (unsigned i = 0; i < 4; i++)
        procset_add(&v.members, i);
    h->conf = test_conf("ABCD");
    members_init(&h->nobody);
    h->in_force = (struct in_force){h->conf, 2};
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
    assert_false(hear(*state, 'B', "AB", true)); /* A does */
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

/* -- what is said -------------------------------------------------------------------------- */

/* A side's stream in the making, with one thing wrong with it, or none. */
struct saying {
    const char *client;     /* of A, which has it and "y"; B has "z" */
    uint64_t clients;       /* that A is said to have */
    uint64_t groups;        /* that there are said to be */
    size_t shared;          /* of the second group's name with the first's, "ga" */
    const char *rest;       /* of it */
    uint64_t daemons;       /* that have members of the second group: A, or none */
    uint64_t daemon;        /* whose members stand there ... */
    uint64_t members;       /* ... so many ... */
    uint64_t first, step;   /* ... with these ordinals */
    const char *left_over;
};

static const struct saying sound = {.client = "x",
                                    .clients = 2,
                                    .groups = 2,
                                    .shared = 1,
                                    .rest = "b",
                                    .daemons = 1,
                                    .daemon = 0,
                                    .members = 2,
                                    .first = 0,
                                    .step = 1,
                                    .left_over = ""};

/* "ga" has x and z, and has changed; "gb" has x and y. */
static size_t say(const struct saying *s, uint8_t *bytes, size_t size)
{
    struct writer w = writer_of(bytes, size);
    telling_give_count(&w, s->clients);
    telling_give_client(&w, s->client, strlen(s->client));
    telling_give_client(&w, "y", 1);
    telling_give_count(&w, 1);
    telling_give_client(&w, "z", 1);
    telling_give_count(&w, s->groups);
    telling_give_group(&w, &(struct telling_group){.len = 2,
                                                   .rest = "ga",
                                                   .proc = 1,
                                                   .time = 2,
                                                   .index = 3,
                                                   .changed = true,
                                                   .daemons = 2});
    for (uint64_t daemon = 0; daemon < 2; daemon++) {
        telling_give_count(&w, daemon);
        telling_give_count(&w, 1);
        telling_give_count(&w, 0);
    }
    telling_give_group(&w, &(struct telling_group){.shared = s->shared,
                                                   .len = strlen(s->rest),
                                                   .rest = s->rest,
                                                   .daemons = s->daemons});
    if (s->daemons > 0) {
        telling_give_count(&w, s->daemon);
        telling_give_count(&w, s->members);
        telling_give_count(&w, s->first);
        if (s->members > 1)
            telling_give_count(&w, s->step);
    }
    give_bytes(&w, s->left_over, strlen(s->left_over));
    assert_false(w.failed);
    return writer_len(&w);
}

/* A speaks for A and B: these bytes, as message of that number. True: all has been said. */
static bool hear_bytes(struct hearing *h, const uint8_t *bytes, size_t len, uint32_t number,
                       bool last)
{
    int64_t units = INT64_MAX;
    struct telling t = {.tag = TAG, .daemons = {{3}}, .number = number, .last = last};
    struct message m = {.block = block_new(512)};
    struct writer w = writer_of(m.block->bytes, 512);
    telling_give(&w, &t, 4);
    give_bytes(&w, bytes, len);
    m.frame = m.block->bytes;
    m.len = (uint32_t)writer_len(&w);
    bool something = exchange_on_message(h->exchange, &m, 0);
    if (something)
        assert_true(exchange_hear(h->exchange, &units));
    message_unref(&m);
    return something && h->exchange->sides[0]->complete;
}

/* How many groups the side of A and B has when it has said that. */
static size_t groups_heard(const struct saying *s)
{
    void *state;
    uint8_t bytes[400];
    size_t len = say(s, bytes, sizeof bytes);
    begin(&state);
    struct hearing *h = state;
    assert_true(hear_bytes(h, bytes, len, 0, true));
    size_t count = h->exchange->sides[0]->group_count;
    end(&state);
    return count;
}

static void check_heard(const struct side *s)
{
    assert_int_equal(s->group_count, 2);
    assert_int_equal(s->member_count, 4);
    assert_string_equal(s->groups[0].name.text, "ga");
    assert_string_equal(s->groups[1].name.text, "gb");
    assert_int_equal(s->groups[0].id.proc, 1);
    assert_int_equal(s->groups[0].id.time, 2);
    assert_int_equal(s->groups[0].id.index, 3);
    assert_true(s->groups[0].changed);
    assert_false(s->groups[1].changed);
    assert_int_equal(s->groups[1].first, 2);
    assert_int_equal(s->groups[1].count, 2);
    static const struct {
        char name;
        uint16_t daemon;
    } members[] = {{'x', 0}, {'z', 1}, {'x', 0}, {'y', 0}};
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        const struct told_client *c = &s->clients[s->members[i]];
        assert_int_equal(c->name.text[1], members[i].name);
        assert_int_equal(c->daemon, members[i].daemon);
    }
}

static void a_side_is_heard_as_it_spoke_wherever_its_words_are_cut(void **state)
{
    (void)state;
    uint8_t bytes[400];
    size_t len = say(&sound, bytes, sizeof bytes);
    for (size_t cut = 0; cut <= len; cut++) {
        void *at;
        begin(&at);
        struct hearing *h = at;
        assert_false(hear_bytes(h, bytes, cut, 0, false));
        assert_true(hear_bytes(h, bytes + cut, len - cut, 1, true));
        check_heard(h->exchange->sides[0]);
        end(&at);
    }
}

static void what_has_come_is_taken_apart_while_the_rest_is_on_its_way(void **state)
{
    struct hearing *h = *state;
    const struct side *s = NULL;
    uint8_t bytes[400];
    size_t len = say(&sound, bytes, sizeof bytes);
    /* In messages of a byte: what has no end is tried again when there is twice as much. */
    for (size_t i = 0; i < len; i++) {
        assert_int_equal(hear_bytes(h, bytes + i, 1, (uint32_t)i, i == len - 1), i == len - 1);
        s = h->exchange->sides[0];
        if (i == len / 2)
            assert_int_equal(s->client_count, 3);
        if (i == len - 2)
            assert_int_equal(s->group_count, 1);
    }
    check_heard(s);
}

/* Its daemons know; and whether it makes sense is for the others to find. */
static void what_our_own_side_says_is_not_taken_apart(void **state)
{
    struct hearing *h = *state;
    uint8_t bytes[400];
    size_t len = say(&sound, bytes, sizeof bytes);
    h->in_force.self = 1;
    assert_false(hear_bytes(h, bytes, len, 0, false));
    assert_true(hear_bytes(h, bytes, 3, 1, true));
    const struct side *s = h->exchange->sides[0];
    assert_int_equal(s->group_count + s->client_count, 0);
    assert_int_equal(s->said, len + 3); /* by which all judge whether it is too much */
    assert_true(hear(h, 'C', "CD", true));
}

static void a_side_that_is_cut_short_counts_as_one_without_groups(void **state)
{
    (void)state;
    uint8_t bytes[400];
    size_t len = say(&sound, bytes, sizeof bytes);
    for (size_t short_of = 0; short_of < len; short_of++) {
        void *at;
        begin(&at);
        struct hearing *h = at;
        assert_true(hear_bytes(h, bytes, short_of, 0, true));
        assert_int_equal(h->exchange->sides[0]->group_count, 0);
        end(&at);
    }
}

static void messages_are_taken_in_by_their_numbers_and_in_their_view(void **state)
{
    struct hearing *h = *state;
    uint8_t bytes[400];
    size_t len = say(&sound, bytes, sizeof bytes);
    assert_false(hear_bytes(h, bytes, len, 1, true)); /* the first was 0 */
    assert_false(hear_bytes(h, bytes, 5, 0, false));
    assert_false(hear_bytes(h, bytes, 5, 0, false)); /* once more */
    h->exchange->view.tag++;
    assert_false(hear_bytes(h, bytes + 5, len - 5, 1, true));
    h->exchange->view.tag--;
    assert_true(hear_bytes(h, bytes + 5, len - 5, 1, true));
    check_heard(h->exchange->sides[0]);
    assert_false(hear_bytes(h, bytes, len, 2, true)); /* it has said all */
    check_heard(h->exchange->sides[0]);
}

/* So many groups are heard of a stream that is sound but for that. */
#define CHECK_WITH(change, groups_of_it)                                                           \
    do {                                                                                           \
        struct saying wrong = sound;                                                               \
        wrong.change;                                                                              \
        assert_int_equal(groups_heard(&wrong), groups_of_it);                                      \
    } while (0)

static void names_are_legal_and_as_long_as_names_may_be(void **state)
{
    (void)state;
    assert_int_equal(groups_heard(&sound), 2);
    CHECK_WITH(client = "0123456789", 2);
    CHECK_WITH(client = "0123456789a", 0);
    CHECK_WITH(client = "a#", 0);
    CHECK_WITH(rest = "123456789012345678901234567890", 0); /* not behind "ga" */
    CHECK_WITH(rest = "b23456789012345678901234567890", 2);
    CHECK_WITH(rest = "b234567890123456789012345678901", 0);
    CHECK_WITH(shared = 3, 0);
    CHECK_WITH(shared = 2, 2);
    struct saying private = sound;
    private.shared = 0;
    private.rest = "#x#A"; /* before "ga", and no name of a group */
    assert_int_equal(groups_heard(&private), 0);
    private.rest = "h#x";
    assert_int_equal(groups_heard(&private), 0);
    private.rest = "h";
    assert_int_equal(groups_heard(&private), 2);
}

static void groups_come_in_the_order_of_their_names_and_have_members(void **state)
{
    (void)state;
    CHECK_WITH(rest = "a", 0); /* the same again */
    CHECK_WITH(rest = "A", 0);
    CHECK_WITH(daemons = 0, 0);
    CHECK_WITH(members = 0, 0);
}

static void members_are_clients_of_the_side_in_the_order_of_their_ordinals(void **state)
{
    (void)state;
    CHECK_WITH(daemon = 2, 0); /* C is of another side */
    CHECK_WITH(daemon = PROCS_MAX, 0);
    CHECK_WITH(daemon = UINT32_MAX, 0);
    CHECK_WITH(members = 3, 0); /* A has two clients */
    CHECK_WITH(members = 1, 2);
    CHECK_WITH(step = 0, 0);
    CHECK_WITH(step = 2, 0);
    struct saying second = sound;
    second.members = 1;
    second.first = 1;
    assert_int_equal(groups_heard(&second), 2);
    second.first = 2;
    assert_int_equal(groups_heard(&second), 0);
}

static void counts_are_those_of_what_follows(void **state)
{
    (void)state;
    CHECK_WITH(clients = 1, 0);
    CHECK_WITH(clients = 3, 0);
    CHECK_WITH(groups = 1, 0); /* and something is left over */
    CHECK_WITH(groups = 3, 0);
    CHECK_WITH(groups = UINT32_MAX, 0);
    CHECK_WITH(left_over = "x", 0);
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
        cmocka_unit_test(a_side_is_heard_as_it_spoke_wherever_its_words_are_cut),
        cmocka_unit_test_setup_teardown(what_has_come_is_taken_apart_while_the_rest_is_on_its_way,
                                        begin, end),
        cmocka_unit_test_setup_teardown(what_our_own_side_says_is_not_taken_apart, begin, end),
        cmocka_unit_test(a_side_that_is_cut_short_counts_as_one_without_groups),
        cmocka_unit_test_setup_teardown(messages_are_taken_in_by_their_numbers_and_in_their_view,
                                        begin, end),
        cmocka_unit_test(names_are_legal_and_as_long_as_names_may_be),
        cmocka_unit_test(groups_come_in_the_order_of_their_names_and_have_members),
        cmocka_unit_test(members_are_clients_of_the_side_in_the_order_of_their_ordinals),
        cmocka_unit_test(counts_are_those_of_what_follows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
