/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <stdlib.h>

#include "daemon/base/memory.h"
#include "daemon/base/random.h"
#include "daemon/packet/control.h"
#include "daemon/packet/split.h"

enum { ROOM = 26, EACH = ROOM - SPLIT_PREFIX, PROCS = 3 };
enum { PATIENCE = 1000 };

/* A message cut into pieces. */
struct cut {
    struct packet_header header;
    unsigned count;
    uint8_t pieces[SPLIT_PIECES_MAX][ROOM];
    size_t lens[SPLIT_PIECES_MAX];
    uint8_t body[SPLIT_PIECES_MAX * EACH];
    size_t len;
};

static void cut(struct cut *c, uint16_t sender, uint32_t id, size_t len)
{
    *c = (struct cut){.header = {.type = PACKET_COMMIT, .sender = sender, .incarnation = 99},
                      .len = len};
    for (size_t i = 0; i < len; i++)
        c->body[i] = (uint8_t)(id * 31 + i * 7);
    c->count = split_pieces(len, ROOM);
    for (unsigned i = 0; i < c->count; i++)
        c->lens[i] = split_piece(c->pieces[i], ROOM, id, i, c->count, c->body, len);
}

/* Hands a piece in, from memory of exactly its length. True: it completes a message. */
static bool take_bytes(struct split_inbox *in, struct packet_header h, const uint8_t *piece,
                       size_t len, usec now, const uint8_t **body, size_t *body_len)
{
    uint8_t *copy = memory_grow(NULL, len + !len);
    memcpy(copy, piece, len);
    h.body_len = (uint16_t)len;
    bool complete = split_take(in, &h, copy, PATIENCE, now, body, body_len);
    free(copy);
    return complete;
}

static bool take_at(struct split_inbox *in, const struct cut *c, unsigned i, usec now)
{
    const uint8_t *body;
    size_t len;
    bool complete = take_bytes(in, c->header, c->pieces[i], c->lens[i], now, &body, &len);
    if (complete) {
        assert_int_equal(len, c->len);
        assert_memory_equal(body, c->body, len);
    }
    return complete;
}

static bool take_piece(struct split_inbox *in, const struct cut *c, unsigned i)
{
    return take_at(in, c, i, 0);
}

/* -- cutting ------------------------------------------------------------------------------- */

static void what_fits_is_not_cut(void **state)
{
    (void)state;
    assert_int_equal(split_pieces(0, ROOM), 1);
    assert_int_equal(split_pieces(ROOM, ROOM), 1);
    assert_int_equal(split_pieces(ROOM + 1, ROOM), 2);
}

static void a_body_takes_as_many_pieces_as_it_must(void **state)
{
    (void)state;
    assert_int_equal(split_pieces(2 * EACH, ROOM), 2);
    assert_int_equal(split_pieces(2 * EACH + 1, ROOM), 3);
    assert_int_equal(split_pieces(64 * EACH, ROOM), 64);
    assert_int_equal(split_pieces(64 * EACH + 1, ROOM), 0);
    assert_int_equal(split_pieces(SIZE_MAX / 2, ROOM), 0);
}

static void a_piece_says_which_it_is(void **state)
{
    (void)state;
    static const uint8_t golden[] = {0x11, 0x22, 0x33, 0x44, 1, 2, 'u', 'v'};
    uint8_t piece[ROOM];
    size_t len = split_piece(piece, ROOM, 0x11223344, 1, 2,
                             (const uint8_t *)"abcdefghijklmnopqrstuv", EACH + 2);
    assert_int_equal(len, sizeof golden);
    assert_memory_equal(piece, golden, len);
}

/* -- putting together ---------------------------------------------------------------------- */

static void pieces_in_any_order_make_the_message(void **state)
{
    (void)state;
    static struct cut c;
    struct split_inbox *in = split_inbox_new(PROCS);
    struct random r = {3};
    for (uint32_t run = 0; run < 300; run++) {
        unsigned order[SPLIT_PIECES_MAX];
        cut(&c, 1, run, ROOM + 1 + random_below(&r, 63 * EACH - ROOM));
        for (unsigned i = 0; i < c.count; i++) {
            unsigned k = random_below(&r, i + 1);
            order[i] = order[k];
            order[k] = i;
        }
        for (unsigned i = 0; i < c.count; i++)
            assert_int_equal(take_piece(in, &c, order[i]), i == c.count - 1);
    }
    split_inbox_free(in);
}

static void a_message_of_64_pieces_fits(void **state)
{
    (void)state;
    static struct cut c;
    struct split_inbox *in = split_inbox_new(PROCS);
    cut(&c, 0, 1, SPLIT_PIECES_MAX * EACH);
    assert_int_equal(c.count, SPLIT_PIECES_MAX);
    for (unsigned i = SPLIT_PIECES_MAX; i-- > 0;)
        assert_int_equal(take_piece(in, &c, i), i == 0);
    split_inbox_free(in);
}

/* 64 pieces of 1,041 bytes would be more than a body can be, 64 of 1,040 would not. */
static void pieces_of_more_than_a_body_are_not_kept(void **state)
{
    (void)state;
    struct split_inbox *in = split_inbox_new(PROCS);
    struct packet_header h = {.type = PACKET_COMMIT, .incarnation = 1};
    uint8_t piece[SPLIT_PREFIX + 1041] = {[5] = SPLIT_PIECES_MAX};
    const uint8_t *body;
    size_t len;
    for (uint8_t i = 0; i < SPLIT_PIECES_MAX; i++) {
        piece[4] = i;
        assert_false(take_bytes(in, h, piece, sizeof piece, 0, &body, &len));
    }
    for (uint8_t i = 0; i < SPLIT_PIECES_MAX; i++) {
        bool last = i == SPLIT_PIECES_MAX - 1;
        piece[4] = i;
        size_t n = sizeof piece - (last ? 1000 : 1);
        assert_int_equal(take_bytes(in, h, piece, n, 0, &body, &len), last);
    }
    assert_int_equal(len, 63 * 1040 + 41);
    split_inbox_free(in);
}

static void a_piece_that_comes_twice_counts_once(void **state)
{
    (void)state;
    static struct cut c;
    struct split_inbox *in = split_inbox_new(PROCS);
    cut(&c, 1, 1, 3 * EACH);
    assert_false(take_piece(in, &c, 0));
    assert_false(take_piece(in, &c, 0));
    assert_false(take_piece(in, &c, 2));
    assert_false(take_piece(in, &c, 0));
    assert_true(take_piece(in, &c, 1));
    split_inbox_free(in);
}

static void two_messages_of_a_sender_may_interleave(void **state)
{
    (void)state;
    static struct cut a, b;
    struct split_inbox *in = split_inbox_new(PROCS);
    cut(&a, 1, 1, 3 * EACH);
    cut(&b, 1, 2, 3 * EACH);
    assert_false(take_piece(in, &a, 0));
    assert_false(take_piece(in, &b, 0));
    assert_false(take_piece(in, &a, 1));
    assert_false(take_piece(in, &b, 1));
    assert_true(take_piece(in, &a, 2));
    assert_true(take_piece(in, &b, 2));
    split_inbox_free(in);
}

static void a_third_message_puts_the_oldest_out(void **state)
{
    (void)state;
    static struct cut a, b, c;
    struct split_inbox *in = split_inbox_new(PROCS);
    cut(&a, 1, 1, 2 * EACH);
    cut(&b, 1, 2, 2 * EACH);
    cut(&c, 1, 3, 2 * EACH);
    assert_false(take_at(in, &b, 0, 10));
    assert_false(take_at(in, &a, 0, 11));
    assert_false(take_at(in, &c, 0, 12)); /* b goes */
    assert_true(take_at(in, &a, 1, 13));
    assert_true(take_at(in, &c, 1, 13));
    assert_false(take_at(in, &b, 1, 13)); /* and has to begin anew */
    assert_true(take_at(in, &b, 0, 13));
    split_inbox_free(in);
}

static void senders_do_not_stand_in_each_others_way(void **state)
{
    (void)state;
    static struct cut all[PROCS];
    struct split_inbox *in = split_inbox_new(PROCS);
    for (uint16_t p = 0; p < PROCS; p++)
        cut(&all[p], p, 7, (2 + (size_t)p) * EACH);
    for (unsigned p = 0; p < PROCS; p++)
        assert_false(take_piece(in, &all[p], 0));
    for (unsigned p = 0; p < PROCS; p++)
        for (unsigned i = 1; i < all[p].count; i++)
            assert_int_equal(take_piece(in, &all[p], i), i + 1 == all[p].count);
    split_inbox_free(in);
}

static void another_life_of_the_sender_is_another_sender(void **state)
{
    (void)state;
    static struct cut old, new;
    struct split_inbox *in = split_inbox_new(PROCS);
    cut(&old, 1, 1, 2 * EACH);
    new = old;
    new.header.incarnation = 100;
    assert_false(take_piece(in, &old, 0));
    assert_false(take_piece(in, &new, 1));
    assert_true(take_piece(in, &new, 0));
    assert_true(take_piece(in, &old, 1));
    split_inbox_free(in);
}

static void an_incomplete_message_is_kept_for_a_while_only(void **state)
{
    (void)state;
    static struct cut c;
    struct split_inbox *in = split_inbox_new(PROCS);
    cut(&c, 1, 1, 2 * EACH);
    assert_false(take_at(in, &c, 0, 5));
    assert_true(take_at(in, &c, 1, 5 + PATIENCE - 1));
    assert_false(take_at(in, &c, 0, 5));
    assert_false(take_at(in, &c, 1, 5 + PATIENCE)); /* the first half is gone */
    assert_true(take_at(in, &c, 0, 5 + PATIENCE));
    split_inbox_free(in);
}

static void what_contradicts_the_first_piece_is_dropped(void **state)
{
    (void)state;
    static struct cut two, three, other_type;
    struct split_inbox *in = split_inbox_new(PROCS);
    cut(&two, 1, 1, 2 * EACH);
    cut(&three, 1, 1, 3 * EACH);
    other_type = two;
    other_type.header.type = PACKET_JOIN;
    assert_false(take_piece(in, &two, 0));
    assert_false(take_piece(in, &three, 1));
    assert_false(take_piece(in, &three, 2));
    assert_false(take_piece(in, &other_type, 1));
    assert_true(take_piece(in, &two, 1));
    split_inbox_free(in);
}

static void what_is_no_piece_is_dropped(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[8];
        size_t len;
    } wrong[] = {
        {{0, 0, 0, 1, 0, 0, 'x'}, 7},   /* of none */
        {{0, 0, 0, 1, 1, 1, 'x'}, 7},   /* second of one */
        {{0, 0, 0, 1, 64, 64, 'x'}, 7}, /* behind the last */
        {{0, 0, 0, 1, 0, 65, 'x'}, 7},  /* of too many */
        {{0, 0, 0, 1, 255, 255, 'x'}, 7},
        {{0, 0, 0, 1, 0, 2}, 6}, /* empty */
        {{0, 0, 0, 1, 0}, 5},
        {{0}, 0},
    };
    struct split_inbox *in = split_inbox_new(PROCS);
    struct packet_header h = {.type = PACKET_COMMIT, .sender = 2, .incarnation = 1};
    const uint8_t *body;
    size_t len;
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_false(take_bytes(in, h, wrong[i].bytes, wrong[i].len, 0, &body, &len));
    split_inbox_free(in);
}

static void a_message_of_one_piece_is_complete_at_once(void **state)
{
    (void)state;
    static const uint8_t piece[] = {0, 0, 0, 1, 0, 1, 'a', 'b'};
    struct split_inbox *in = split_inbox_new(PROCS);
    struct packet_header h = {.type = PACKET_COMMIT, .sender = 2, .incarnation = 1};
    const uint8_t *body;
    size_t len;
    assert_true(take_bytes(in, h, piece, sizeof piece, 0, &body, &len));
    assert_int_equal(len, 2);
    assert_memory_equal(body, "ab", 2);
    split_inbox_free(in);
}

static void whatever_comes_memory_is_kept_in_order(void **state)
{
    (void)state;
    struct split_inbox *in = split_inbox_new(PROCS);
    struct random r = {17};
    for (int i = 0; i < 20000; i++) {
        uint8_t piece[ROOM] = {0,
                               0,
                               0,
                               (uint8_t)random_below(&r, 3),
                               (uint8_t)random_below(&r, 5),
                               (uint8_t)random_below(&r, 6)};
        struct packet_header h = {.type = (uint8_t)(PACKET_COMMIT - random_below(&r, 2)),
                                  .sender = (uint16_t)random_below(&r, PROCS),
                                  .incarnation = random_below(&r, 2)};
        const uint8_t *body;
        size_t len, piece_len = random_below(&r, ROOM + 1);
        if (take_bytes(in, h, piece, piece_len, (usec)i * 10, &body, &len))
            assert_in_range(len, 1, 5 * EACH);
    }
    split_inbox_free(in);
    split_inbox_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fits_is_not_cut),
        cmocka_unit_test(a_body_takes_as_many_pieces_as_it_must),
        cmocka_unit_test(a_piece_says_which_it_is),
        cmocka_unit_test(pieces_in_any_order_make_the_message),
        cmocka_unit_test(a_message_of_64_pieces_fits),
        cmocka_unit_test(pieces_of_more_than_a_body_are_not_kept),
        cmocka_unit_test(a_piece_that_comes_twice_counts_once),
        cmocka_unit_test(two_messages_of_a_sender_may_interleave),
        cmocka_unit_test(a_third_message_puts_the_oldest_out),
        cmocka_unit_test(senders_do_not_stand_in_each_others_way),
        cmocka_unit_test(another_life_of_the_sender_is_another_sender),
        cmocka_unit_test(an_incomplete_message_is_kept_for_a_while_only),
        cmocka_unit_test(what_contradicts_the_first_piece_is_dropped),
        cmocka_unit_test(what_is_no_piece_is_dropped),
        cmocka_unit_test(a_message_of_one_piece_is_complete_at_once),
        cmocka_unit_test(whatever_comes_memory_is_kept_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
