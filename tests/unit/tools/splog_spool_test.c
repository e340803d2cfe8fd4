/* SPDX-License-Identifier: MIT */
#include "tools/splog/spool.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/test.h"

static void add(struct spool *s, const char *line)
{
    assert_true(spool_add(s, line, strlen(line)));
}

static void assert_batch(const struct batch *b, uint64_t first, const char *text)
{
    assert_int_equal(b->first, first);
    assert_int_equal(b->len, strlen(text));
    assert_memory_equal(b->text, text, b->len);
}

static void lines_gather_in_a_batch_until_it_is_sent(void **state)
{
    (void)state;
    struct spool s;
    spool_init(&s, 1000);
    add(&s, "a");
    add(&s, "");
    assert_int_equal(spool_unsent(&s), 0);
    assert_batch(spool_send(&s), 0, "a\n\n");
    assert_int_equal(s.in_flight, 1);
    assert_int_equal(spool_unsent(&s), 2);
    add(&s, "c");
    assert_batch(spool_send(&s), 2, "c\n");
    assert_null(s.unsent);
    assert_int_equal(spool_unsent(&s), 3);
    assert_int_equal(spool_base(&s), 0);
    spool_fini(&s);
}

static void settled_batches_go(void **state)
{
    (void)state;
    struct spool s;
    spool_init(&s, 1000);
    for (int i = 0; i < 3; i++) {
        add(&s, "xx");
        add(&s, "yy");
        spool_send(&s);
    }
    assert_false(spool_settle(&s, 1)); /* half a batch */
    assert_true(spool_settle(&s, 4));
    assert_int_equal(spool_base(&s), 4);
    assert_int_equal(s.in_flight, 1);
    assert_false(spool_settle(&s, 4));
    assert_false(spool_settle(&s, 2));
    assert_true(spool_settle(&s, 6));
    assert_true(spool_empty(&s));
    assert_int_equal(s.bytes, 0);
    assert_int_equal(spool_base(&s), 6);
    assert_false(spool_settle(&s, 1000)); /* of lines that do not exist yet */
    add(&s, "next");
    assert_int_equal(spool_base(&s), 6);
    spool_fini(&s);
}

static void after_a_rewind_the_same_batches_are_sent_again(void **state)
{
    (void)state;
    struct spool s;
    spool_init(&s, 1000);
    add(&s, "a");
    spool_send(&s);
    add(&s, "b");
    spool_send(&s);
    spool_rewind(&s);
    assert_int_equal(s.in_flight, 0);
    assert_int_equal(spool_unsent(&s), 0);
    add(&s, "c"); /* not into a batch that was sent before */
    assert_batch(spool_send(&s), 0, "a\n");
    assert_batch(spool_send(&s), 1, "b\n");
    assert_batch(spool_send(&s), 2, "c\n");
    spool_fini(&s);
}

static void what_is_settled_after_a_rewind_is_not_sent_again(void **state)
{
    (void)state;
    struct spool s;
    spool_init(&s, 1000);
    for (int i = 0; i < 3; i++) {
        add(&s, "x");
        spool_send(&s);
    }
    spool_rewind(&s);
    spool_send(&s);
    assert_true(spool_settle(&s, 2)); /* the late news of the first sending */
    assert_int_equal(s.in_flight, 0);
    assert_batch(spool_send(&s), 2, "x\n");
    assert_int_equal(s.in_flight, 1);
    spool_fini(&s);
}

static void a_full_spool_refuses(void **state)
{
    (void)state;
    struct spool s;
    spool_init(&s, 10);
    add(&s, "1234");
    add(&s, "5678");
    assert_false(spool_add(&s, "", 0));
    assert_int_equal(s.next, 2);
    spool_send(&s);
    spool_settle(&s, 2);
    add(&s, "more than ten bytes"); /* fits into an empty one */
    assert_false(spool_add(&s, "", 0));
    spool_fini(&s);
}

static void long_lines_have_batches_of_their_own(void **state)
{
    (void)state;
    struct spool s;
    char *line = calloc(1, 143000);
    spool_init(&s, 1 << 20);
    add(&s, "short");
    assert_true(spool_add(&s, line, 143000));
    add(&s, "short");
    assert_int_equal(spool_send(&s)->len, 6);
    assert_int_equal(spool_send(&s)->len, 143001);
    assert_int_equal(spool_send(&s)->len, 6);
    spool_fini(&s);
    free(line);
}

static void batches_keep_their_size(void **state)
{
    (void)state;
    struct spool s;
    uint64_t next = 0;
    spool_init(&s, 10 << 20);
    for (int i = 0; i < 20000; i++)
        add(&s, "a line of a log, as long as they are");
    while (s.unsent) {
        const struct batch *b = spool_send(&s);
        assert_int_equal(b->first, next);
        assert_in_range(b->len, 1, BATCH_BYTES);
        assert_int_equal(b->len, b->count * 37);
        next += b->count;
    }
    assert_int_equal(next, 20000);
    assert_true(s.in_flight < 15);
    spool_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_gather_in_a_batch_until_it_is_sent),
        cmocka_unit_test(settled_batches_go),
        cmocka_unit_test(after_a_rewind_the_same_batches_are_sent_again),
        cmocka_unit_test(what_is_settled_after_a_rewind_is_not_sent_again),
        cmocka_unit_test(a_full_spool_refuses),
        cmocka_unit_test(long_lines_have_batches_of_their_own),
        cmocka_unit_test(batches_keep_their_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
