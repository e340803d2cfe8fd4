/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <string.h>

#include "daemon/base/block.h"
#include "daemon/base/random.h"

static void fill(struct block *b, uint8_t with)
{
    memset(b->bytes, with, b->size);
}

static void a_block_lives_until_its_last_reference_goes(void **state)
{
    (void)state;
    struct block *b = block_new(100);
    assert_int_equal(b->refs, 1);
    assert_int_equal(b->size, 100);
    assert_ptr_equal(block_ref(b), b);
    block_unref(b);
    assert_int_equal(b->refs, 1);
    fill(b, 0xab);
    block_unref(b);
    block_unref(NULL);
}

static void a_pool_gives_the_same_block_again(void **state)
{
    (void)state;
    struct block_pool *pool = block_pool_new(4096, 2);
    struct block *first = block_take(pool);
    assert_int_equal(first->size, 4096);
    block_unref(first);
    struct block *again = block_take(pool);
    assert_ptr_equal(again, first);
    assert_int_equal(again->refs, 1);
    assert_int_equal(again->size, 4096);
    block_unref(again);
    block_pool_free(pool);
}

static void a_block_in_use_is_not_given_out_again(void **state)
{
    (void)state;
    struct block_pool *pool = block_pool_new(64, 4);
    struct block *held = block_ref(block_take(pool));
    block_unref(held);
    fill(held, 1);
    struct block *other = block_take(pool);
    assert_ptr_not_equal(other, held);
    fill(other, 2);
    for (uint32_t i = 0; i < held->size; i++)
        assert_int_equal(held->bytes[i], 1);
    block_unref(other);
    block_unref(held);
    block_pool_free(pool);
}

/* What lies idle beyond the limit goes back to the heap: the address sanitizer sees what does not.
 */
static void a_pool_keeps_no_more_than_it_may(void **state)
{
    (void)state;
    enum { TAKEN = 5, KEPT = 2 };
    struct block_pool *pool = block_pool_new(64, KEPT);
    struct block *all[TAKEN], *kept[KEPT];
    for (int i = 0; i < TAKEN; i++)
        all[i] = block_take(pool);
    for (int i = 0; i < TAKEN; i++)
        block_unref(all[i]);
    for (int i = 0; i < KEPT; i++)
        kept[i] = block_take(pool);
    assert_ptr_equal(kept[0], all[1]); /* the last one kept comes first */
    assert_ptr_equal(kept[1], all[0]);
    for (int i = 0; i < KEPT; i++)
        block_unref(kept[i]);
    block_pool_free(pool);
}

static void a_pool_that_keeps_nothing_still_gives(void **state)
{
    (void)state;
    struct block_pool *pool = block_pool_new(64, 0);
    for (int i = 0; i < 3; i++) {
        struct block *b = block_take(pool);
        fill(b, 3);
        block_unref(b);
    }
    block_pool_free(pool);
}

static void blocks_outlive_their_pool(void **state)
{
    (void)state;
    struct block_pool *pool = block_pool_new(64, 4);
    struct block *idle = block_take(pool), *one = block_take(pool), *two = block_take(pool);
    block_unref(idle);
    block_pool_free(pool);
    fill(one, 1);
    block_unref(one);
    fill(two, 2);
    block_ref(two);
    block_unref(two);
    block_unref(two);
    block_pool_free(NULL);
}

/* Any order of taking and giving back, the pool being freed somewhere in it. */
static void any_order_of_taking_and_releasing_is_clean(void **state)
{
    (void)state;
    struct random r = {9};
    for (int run = 0; run < 200; run++) {
        struct block *held[16];
        size_t count = 0;
        struct block_pool *pool = block_pool_new(32, random_below(&r, 4));
        for (int step = 0; step < 100; step++) {
            if (count < COUNT_OF(held) && random_below(&r, 2)) {
                held[count] = block_take(pool);
                fill(held[count++], (uint8_t)step);
            } else if (count > 0) {
                size_t i = random_below(&r, (uint32_t)count);
                for (uint32_t k = 1; k < held[i]->size; k++)
                    assert_int_equal(held[i]->bytes[k], held[i]->bytes[0]);
                block_unref(held[i]);
                held[i] = held[--count];
            }
        }
        block_pool_free(pool);
        while (count > 0)
            block_unref(held[--count]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_lives_until_its_last_reference_goes),
        cmocka_unit_test(a_pool_gives_the_same_block_again),
        cmocka_unit_test(a_block_in_use_is_not_given_out_again),
        cmocka_unit_test(a_pool_keeps_no_more_than_it_may),
        cmocka_unit_test(a_pool_that_keeps_nothing_still_gives),
        cmocka_unit_test(blocks_outlive_their_pool),
        cmocka_unit_test(any_order_of_taking_and_releasing_is_clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
