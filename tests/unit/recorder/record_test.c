/* SPDX-License-Identifier: MIT
 *
 * A record of the flight recorder comes back as it was, and what is not whole comes back not at all.
 */
#include "tests/support/test.h"

#include <string.h>

#include "daemon/packet/bytes.h"
#include "daemon/recorder/record.h"

/* Fields, not the holes between them. */
static void assert_same(const struct record *a, const struct record *b)
{
    uint8_t bytes_a[RECORD_MOST], bytes_b[RECORD_MOST];
    size_t len = record_encode(bytes_a, a);
    assert_int_equal(record_encode(bytes_b, b), len);
    assert_memory_equal(bytes_a, bytes_b, len);
}

static struct record full(void)
{
    struct record r = {.number = 0x0102030405060708, .wall_us = 1700000000123456, .left_out = 300, .before = 4096};
    r.event = event_of(EVENT_CLOSED, END_BROKEN);
    r.event.daemon = 3;
    r.event.other = 7;
    memset(r.event.who.text, 'w', sizeof r.event.who.text - 1);
    memset(r.event.whom.text, 'm', sizeof r.event.whom.text - 1);
    memset(r.event.from, 'f', sizeof r.event.from - 1);
    for (int i = 0; i < EVENT_NUMBERS; i++)
        r.event.number[i] = UINT64_MAX - (uint64_t)i;
    procset_add(&r.event.set, 0);
    procset_add(&r.event.set, PROCS_MAX - 1);
    return r;
}

static void a_record_comes_back_as_it_was(void **state)
{
    (void)state;
    uint8_t bytes[RECORD_MOST];
    struct record r = full(), back;
    size_t len = record_encode(bytes, &r);
    assert_true(len > 0 && len <= RECORD_MOST && len % RECORD_STEP == 0);
    assert_int_equal(record_decode(&back, bytes, len), len);
    assert_same(&r, &back);
}

static void a_short_one_takes_little_room(void **state)
{
    (void)state;
    uint8_t bytes[RECORD_MOST];
    struct record r = {.number = 1, .wall_us = 1700000000123456, .before = 0}, back;
    r.event = event_of(EVENT_SLOW, WHY_NONE);
    r.event.number[0] = 611;
    size_t len = record_encode(bytes, &r);
    assert_int_equal(len, RECORD_LEAST);
    assert_int_equal(record_decode(&back, bytes, sizeof bytes), len);
    assert_same(&r, &back);
}

static void no_bit_of_it_can_be_another_one(void **state)
{
    (void)state;
    uint8_t bytes[RECORD_MOST];
    struct record r = full(), back;
    size_t len = record_encode(bytes, &r);
    for (size_t bit = 0; bit < 8 * len; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(record_decode(&back, bytes, len), 0);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void a_torn_one_is_none(void **state)
{
    (void)state;
    uint8_t bytes[RECORD_MOST] = {0};
    struct record r = full(), back;
    size_t len = record_encode(bytes, &r);
    for (size_t cut = 0; cut < len; cut++)
        assert_int_equal(record_decode(&back, bytes, cut), 0);
    memset(bytes + len / 2, 0, len - len / 2);
    assert_int_equal(record_decode(&back, bytes, len), 0);
}

/* Bytes that somebody has made, with a checksum that is right. */
static size_t decode_forged(uint8_t *bytes, size_t len, struct record *back)
{
    be_put(bytes + 4, 4, record_checksum(bytes + 8, len - 8));
    return record_decode(back, bytes, len);
}

static void a_forged_one_names_no_kind_reason_or_number_that_there_is_not(void **state)
{
    (void)state;
    uint8_t bytes[RECORD_MOST];
    struct record r = full(), back;
    size_t len = record_encode(bytes, &r);
    assert_int_equal(decode_forged(bytes, len, &back), len);
    bytes[28] = EVENT_KINDS;
    assert_int_equal(decode_forged(bytes, len, &back), 0);
    bytes[28] = EVENT_CLOSED;
    be_put(bytes + 29, 2, WHYS);
    assert_int_equal(decode_forged(bytes, len, &back), 0);
    be_put(bytes + 29, 2, END_BROKEN);
    bytes[8] = 0x80; /* after it no number could be higher */
    assert_int_equal(decode_forged(bytes, len, &back), 0);
}

static void what_would_move_a_cursor_on_a_terminal_does_not_come_back(void **state)
{
    (void)state;
    uint8_t bytes[RECORD_MOST];
    struct record r = {.number = 1}, back;
    r.event = event_of(EVENT_RELOAD_REFUSED, RELOAD_SOCKETS);
    strcpy(r.event.from, "a\033[2J\n\177b");
    size_t len = record_encode(bytes, &r);
    assert_int_equal(record_decode(&back, bytes, len), len);
    assert_string_equal(back.event.from, "a?[2J??b");
}

/* Whoever looks at a file with another program finds the sum that zip and Ethernet have. */
static void the_checksum_is_the_usual_one_at_any_length(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t sum;
    } table[] = {
        {"", 0},
        {"a", 0xe8b7be43},
        {"abc", 0x352441c2},
        {"abcd", 0xed82cd11},
        {"123456789", 0xcbf43926},
        {"The quick brown fox jumps over the lazy dog", 0x414fa339},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_int_equal(record_checksum((const uint8_t *)table[i].text, strlen(table[i].text)),
                         table[i].sum);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_comes_back_as_it_was),
        cmocka_unit_test(a_short_one_takes_little_room),
        cmocka_unit_test(no_bit_of_it_can_be_another_one),
        cmocka_unit_test(a_torn_one_is_none),
        cmocka_unit_test(a_forged_one_names_no_kind_reason_or_number_that_there_is_not),
        cmocka_unit_test(what_would_move_a_cursor_on_a_terminal_does_not_come_back),
        cmocka_unit_test(the_checksum_is_the_usual_one_at_any_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
