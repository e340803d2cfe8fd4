/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/random.h"
#include "daemon/ring/assembly.h"
#include "libspread/wire/frame.h"

static struct assemblies all;

static bool add(unsigned origin, uint32_t number, uint16_t fragment, uint8_t flags,
                const char *text, struct message *m)
{
    struct part p = {.flags = (uint8_t)(flags | (fragment == 0 ? PART_FIRST : 0)),
                     .number = number,
                     .fragment = fragment,
                     .bytes = (uint8_t *)(uintptr_t)text,
                     .len = (uint16_t)strlen(text)};
    return assembly_add(&all, origin, false, &p, m);
}

static void check_message(const struct message *m, const char *text)
{
    assert_int_equal(m->len, strlen(text));
    assert_memory_equal(m->frame, text, m->len);
    message_unref(m);
}

static int forget(void **state)
{
    (void)state;
    assemblies_drop(&all);
    return 0;
}

static void fragments_in_a_row_are_a_message(void **state)
{
    struct message m;
    (void)state;
    assert_false(add(0, 1, 0, 0, "one ", &m));
    assert_false(add(0, 1, 1, 0, "", &m));
    assert_true(add(0, 1, 2, PART_LAST, "message", &m));
    check_message(&m, "one message");
}

static void messages_of_different_origins_do_not_mix(void **state)
{
    struct message m;
    (void)state;
    assert_false(add(0, 1, 0, 0, "a", &m));
    assert_false(add(PROCS_MAX - 1, 1, 0, 0, "x", &m));
    assert_true(add(0, 1, 1, PART_LAST, "b", &m));
    check_message(&m, "ab");
    assert_true(add(PROCS_MAX - 1, 1, 1, PART_LAST, "y", &m));
    check_message(&m, "xy");
}

static void a_fragment_out_of_turn_ends_what_was_begun(void **state)
{
    struct message m;
    (void)state;
    assert_false(add(2, 1, 0, 0, "a", &m));
    assert_false(add(2, 1, 2, PART_LAST, "c", &m)); /* one is missing */
    assert_false(add(2, 1, 1, PART_LAST, "b", &m)); /* it comes too late */
    assert_false(add(2, 2, 0, 0, "a", &m));
    assert_false(add(2, 3, 1, PART_LAST, "b", &m)); /* of another message */
    assert_false(add(2, 2, 1, PART_LAST, "b", &m));
    assert_false(add(4, 9, 1, PART_LAST, "b", &m)); /* nothing was begun at all */
}

static void a_first_fragment_begins_anew(void **state)
{
    struct message m;
    (void)state;
    assert_false(add(0, 1, 0, 0, "old", &m));
    assert_false(add(0, 1, 0, 0, "new", &m));
    assert_true(add(0, 1, 1, PART_LAST, "er", &m));
    check_message(&m, "newer");
}

static void what_was_begun_can_be_dropped(void **state)
{
    struct message m;
    (void)state;
    assert_false(add(0, 1, 0, 0, "a", &m));
    assemblies_drop(&all);
    assert_false(add(0, 1, 1, PART_LAST, "b", &m));
}

static void a_message_may_be_as_long_as_the_limit_and_no_longer(void **state)
{
    enum { PIECE = 1 << 14, PIECES = ASSEMBLY_MAX / PIECE };
    static uint8_t bytes[PIECE];
    struct message m;
    (void)state;
    for (uint16_t more = 0; more < 2; more++) {
        struct part p = {.number = 7, .bytes = bytes};
        bool done = false;
        for (uint16_t i = 0; i < PIECES + more; i++) {
            p.fragment = i;
            p.len = i < PIECES ? PIECE : 1;
            p.flags =
                (uint8_t)((i == 0 ? PART_FIRST : 0) | (i == PIECES + more - 1 ? PART_LAST : 0));
            done = assembly_add(&all, 3, false, &p, &m);
        }
        assert_int_equal(done, more == 0);
        if (done) {
            assert_int_equal(m.len, ASSEMBLY_MAX);
            message_unref(&m);
        }
        assert_null(all.of[3].block);
    }
}

static void pieces_of_any_size_come_together_again(void **state)
{
    enum { LONGEST = 100000, ROUNDS = 200 };
    static uint8_t text[LONGEST];
    struct random r = {2};
    struct message m;
    (void)state;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)random_next(&r);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        uint32_t len = random_below(&r, LONGEST) + 1, at = 0;
        struct part p = {.number = round, .flags = PART_FIRST};
        bool done = false;
        for (; !done; p.fragment++) {
            uint32_t piece = random_below(&r, 9000);
            p.len = (uint16_t)(piece < len - at ? piece : len - at);
            p.bytes = text + at;
            at += p.len;
            p.flags = (uint8_t)((p.fragment == 0 ? PART_FIRST : 0) | (at == len ? PART_LAST : 0));
            if (p.flags == PART_WHOLE)
                break; /* no fragment at all */
            done = assembly_add(&all, 1, round % 2, &p, &m);
            assert_int_equal(done, at == len);
        }
        if (!done)
            continue;
        assert_int_equal(m.len, len);
        assert_memory_equal(m.frame, text, len);
        message_unref(&m);
    }
}

/* A client's message of len bytes that says it has says, in pieces. */
static struct message framed_message(uint32_t says, uint32_t len, uint32_t piece)
{
    static uint8_t frame[ASSEMBLY_MAX];
    struct frame_header h = {.type = FRAME_FIFO, .data_len = (int32_t)(says - FRAME_HEADER)};
    struct message m = {0};
    frame_encode(frame, &h);
    for (uint32_t at = 0; at < len; at += piece) {
        uint32_t rest = len - at;
        struct part p = {.number = 1, .fragment = (uint16_t)(at / piece), .bytes = frame + at};
        p.len = (uint16_t)(rest < piece ? rest : piece);
        p.flags = (uint8_t)((at == 0 ? PART_FIRST : 0) | (rest <= piece ? PART_LAST : 0));
        assert_int_equal(assembly_add(&all, 5, true, &p, &m), rest <= piece);
    }
    assert_int_equal(m.len, len);
    assert_memory_equal(m.frame, frame, len);
    return m;
}

/* They may wait in outboxes for long: once each had 16 KiB, whatever its length. */
static void a_clients_message_has_a_block_that_fits(void **state)
{
    static const uint32_t lengths[] = {60, 112, 1048, 8048, 100048}, pieces[] = {4, 20, 700, 1400, 8900};
    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
        for (size_t k = 0; k < sizeof pieces / sizeof pieces[0]; k++) {
            if (pieces[k] >= lengths[i])
                continue;
            struct message m = framed_message(lengths[i], lengths[i], pieces[k]);
            assert_int_equal(m.block->size, lengths[i]);
            message_unref(&m);
        }
}

static void what_a_message_says_of_its_length_is_not_trusted(void **state)
{
    (void)state;
    struct message m = framed_message(50, 200000, 1400); /* more comes: twice as much each time */
    assert_in_range(m.block->size, 200000, 400000);
    message_unref(&m);
    m = framed_message(INT32_MAX, 200, 100);
    assert_in_range(m.block->size, 200, ASSEMBLY_MAX);
    message_unref(&m);
}

#define WITH_ASSEMBLIES(test) cmocka_unit_test_teardown(test, forget)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        WITH_ASSEMBLIES(fragments_in_a_row_are_a_message),
        WITH_ASSEMBLIES(messages_of_different_origins_do_not_mix),
        WITH_ASSEMBLIES(a_fragment_out_of_turn_ends_what_was_begun),
        WITH_ASSEMBLIES(a_first_fragment_begins_anew),
        WITH_ASSEMBLIES(what_was_begun_can_be_dropped),
        WITH_ASSEMBLIES(a_message_may_be_as_long_as_the_limit_and_no_longer),
        WITH_ASSEMBLIES(pieces_of_any_size_come_together_again),
        WITH_ASSEMBLIES(a_clients_message_has_a_block_that_fits),
        WITH_ASSEMBLIES(what_a_message_says_of_its_length_is_not_trusted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
