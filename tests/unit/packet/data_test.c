/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <stdlib.h>

#include "daemon/base/memory.h"
#include "daemon/base/random.h"
#include "daemon/packet/data.h"

/* A body in the making, as right or wrong as a test wants it. */
struct draft {
    uint8_t bytes[8192];
    size_t len;
    struct data_header header;
};

static void begin(struct draft *d)
{
    *d = (struct draft){.len = DATA_HEADER, .header = {.tag = 7, .seq = 1}};
}

static void add(struct draft *d, struct part p)
{
    bool whole = p.flags == PART_WHOLE;
    struct writer w = writer_of(d->bytes + d->len, sizeof d->bytes - d->len);
    give_u8(&w, p.service);
    give_u8(&w, p.flags);
    give_u16(&w, p.len);
    if (!whole) {
        give_u32(&w, p.number);
        give_u16(&w, p.fragment);
        give_u16(&w, 0);
    }
    for (unsigned i = 0; i < p.len; i++)
        give_u8(&w, (uint8_t)(p.len + i));
    d->len += data_part_size(whole, p.len);
    d->header.parts++;
}

static bool decodes_at(struct draft *d, size_t len)
{
    struct data_header h;
    data_encode_header(d->bytes, &d->header);
    uint8_t *copy = memory_grow(NULL, len + !len);
    memcpy(copy, d->bytes, len);
    bool decoded = data_decode(&h, copy, len);
    free(copy);
    return decoded;
}

static bool decodes(struct draft *d)
{
    return decodes_at(d, d->len);
}

static bool part_is_legal(struct part p)
{
    static struct draft d;
    begin(&d);
    add(&d, p);
    return decodes(&d);
}

/* Walks over the parts of a body that has decoded: they end where the body ends. */
static void walk(uint8_t *body, size_t len)
{
    size_t at = DATA_HEADER;
    for (unsigned i = 0; i < data_parts(body); i++) {
        struct part p = data_part(body, &at);
        assert_true(at <= len);
        assert_true(p.bytes >= body + DATA_HEADER);
        assert_true(p.bytes + p.len <= body + at);
        assert_true(p.service < SERVICES);
    }
    assert_int_equal(at, len);
}

/* -- the header ---------------------------------------------------------------------------- */

static const struct data_header sample = {
    .tag = 0x1122334455667788,
    .seq = 0x99aabbccddeeff00,
    .hop = 0x0102030405060708,
    .flags = DATA_CONTROL,
    .parts = 1,
};

/* Behind the header: a message of no bytes. */
enum { WITH_PART = DATA_HEADER + DATA_PART };

static void encode_sample(uint8_t bytes[WITH_PART])
{
    data_encode_header(bytes, &sample);
    data_put_part(bytes + DATA_HEADER, &(struct part){SERVICE_AGREED, PART_WHOLE, .bytes = bytes});
}

static void the_header_is_these_28_bytes(void **state)
{
    (void)state;
    static const uint8_t golden[DATA_HEADER] = {
        0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee,
        0xff, 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x01, 0x01, 0x00, 0x00,
    };
    uint8_t bytes[WITH_PART];
    struct data_header back;
    encode_sample(bytes);
    assert_memory_equal(bytes, golden, DATA_HEADER);
    assert_true(data_decode(&back, bytes, WITH_PART));
    assert_int_equal(back.tag, sample.tag);
    assert_int_equal(back.seq, sample.seq);
    assert_int_equal(back.hop, sample.hop);
    assert_int_equal(back.flags, sample.flags);
    assert_int_equal(back.parts, 1);
}

static void a_packet_sent_again_names_its_origin(void **state)
{
    (void)state;
    uint8_t bytes[WITH_PART], again[WITH_PART];
    struct data_header back;
    encode_sample(bytes);
    memcpy(again, bytes, WITH_PART);
    data_mark_resent(again, 0xaabbccddeeff0011, 0x1234);
    assert_true(data_decode(&back, again, WITH_PART));
    assert_int_equal(back.attempt, 0xaabbccddeeff0011);
    assert_int_equal(back.origin, 0x1234);
    assert_int_equal(back.seq, sample.seq);
    assert_int_equal(back.flags, sample.flags);
    data_mark_resent(again, 0x0102030405060708, 0);
    assert_memory_equal(again, bytes, WITH_PART);
}

static void a_packet_without_parts_is_none(void **state)
{
    (void)state;
    static struct draft d;
    begin(&d);
    assert_false(decodes(&d));
    add(&d, (struct part){.service = SERVICE_AGREED, .flags = PART_WHOLE, .len = 8});
    assert_true(decodes(&d));
}

static void there_is_no_packet_0(void **state)
{
    (void)state;
    static struct draft d;
    begin(&d);
    add(&d, (struct part){.service = SERVICE_AGREED, .flags = PART_WHOLE, .len = 8});
    d.header.seq = 0;
    assert_false(decodes(&d));
    d.header.seq = UINT64_MAX;
    assert_true(decodes(&d));
}

static void a_flag_that_means_nothing_is_refused(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < 8; bit++) {
        static struct draft d;
        begin(&d);
        d.header.flags = (uint8_t)(1u << bit);
        add(&d, (struct part){.service = SERVICE_SAFE, .flags = PART_WHOLE, .len = 3});
        assert_int_equal(decodes(&d), (d.header.flags & DATA_FLAGS) != 0);
    }
}

/* -- parts --------------------------------------------------------------------------------- */

static void whole_messages_stand_one_behind_the_other(void **state)
{
    (void)state;
    static struct draft d;
    begin(&d);
    for (uint16_t len = 0; len < 6; len++)
        add(&d, (struct part){.service = SERVICE_AGREED, .flags = PART_WHOLE, .len = len});
    assert_true(decodes(&d));
    assert_int_equal(d.len, DATA_HEADER + 4 + 4 * 8 + 12);
    size_t at = DATA_HEADER;
    for (uint16_t len = 0; len < 6; len++) {
        struct part p = data_part(d.bytes, &at);
        assert_int_equal(p.service, SERVICE_AGREED);
        assert_int_equal(p.flags, PART_WHOLE);
        assert_int_equal(p.len, len);
        for (uint16_t i = 0; i < len; i++)
            assert_int_equal(p.bytes[i], len + i);
    }
    assert_int_equal(at, d.len);
}

static void a_fragment_names_its_message_and_its_place_in_it(void **state)
{
    (void)state;
    static struct draft d;
    begin(&d);
    add(&d, (struct part){SERVICE_SAFE, PART_FIRST, 5, 0, 0xdeadbeef, NULL});
    add(&d, (struct part){SERVICE_SAFE, 0, 4, 1, 0xdeadbeef, NULL});
    add(&d, (struct part){SERVICE_SAFE, PART_LAST, 1, UINT16_MAX, 0xdeadbeef, NULL});
    assert_true(decodes(&d));
    size_t at = DATA_HEADER;
    struct part first = data_part(d.bytes, &at), middle = data_part(d.bytes, &at),
                last = data_part(d.bytes, &at);
    assert_int_equal(first.flags, PART_FIRST);
    assert_int_equal(first.number, 0xdeadbeef);
    assert_int_equal(first.len, 5);
    assert_int_equal(first.bytes[4], 9);
    assert_int_equal(middle.flags, 0);
    assert_int_equal(middle.fragment, 1);
    assert_int_equal(last.flags, PART_LAST);
    assert_int_equal(last.fragment, UINT16_MAX);
    assert_int_equal(at, d.len);
}

static void only_the_first_fragment_is_number_0(void **state)
{
    (void)state;
    assert_true(part_is_legal((struct part){SERVICE_AGREED, PART_FIRST, 4, 0, 1, NULL}));
    assert_false(part_is_legal((struct part){SERVICE_AGREED, PART_FIRST, 4, 1, 1, NULL}));
    assert_true(part_is_legal((struct part){SERVICE_AGREED, PART_LAST, 4, 1, 1, NULL}));
    assert_false(part_is_legal((struct part){SERVICE_AGREED, PART_LAST, 4, 0, 1, NULL}));
    assert_false(part_is_legal((struct part){SERVICE_AGREED, 0, 4, 0, 1, NULL}));
}

static void padding_is_a_whole_part_of_no_service(void **state)
{
    (void)state;
    assert_true(part_is_legal((struct part){SERVICE_PADDING, PART_WHOLE, 0, 0, 0, NULL}));
    assert_true(part_is_legal((struct part){SERVICE_PADDING, PART_WHOLE, 100, 0, 0, NULL}));
    assert_false(part_is_legal((struct part){SERVICE_PADDING, PART_FIRST, 100, 0, 0, NULL}));
    assert_false(part_is_legal((struct part){SERVICE_PADDING, PART_LAST, 100, 1, 0, NULL}));
}

static void what_no_part_can_be_is_refused(void **state)
{
    (void)state;
    assert_false(part_is_legal((struct part){SERVICES, PART_WHOLE, 4, 0, 0, NULL}));
    assert_false(part_is_legal((struct part){UINT8_MAX, PART_WHOLE, 4, 0, 0, NULL}));
    assert_false(part_is_legal((struct part){SERVICE_AGREED, 4, 4, 1, 0, NULL}));
    assert_false(part_is_legal((struct part){SERVICE_AGREED, 0x83, 4, 0, 0, NULL}));
}

static void the_reserved_half_of_a_fragment_is_zero(void **state)
{
    (void)state;
    static struct draft d;
    begin(&d);
    add(&d, (struct part){SERVICE_AGREED, PART_FIRST, 4, 0, 1, NULL});
    d.bytes[DATA_HEADER + 11] = 1;
    assert_false(decodes(&d));
}

static void a_packet_holds_255_parts(void **state)
{
    (void)state;
    static struct draft d;
    begin(&d);
    for (int i = 0; i < DATA_PARTS_MAX; i++)
        add(&d, (struct part){.service = SERVICE_AGREED, .flags = PART_WHOLE, .len = 1});
    assert_true(decodes(&d));
    walk(d.bytes, d.len);
}

static void a_packet_has_as_many_parts_as_it_says(void **state)
{
    (void)state;
    static struct draft d;
    begin(&d);
    for (int i = 0; i < 3; i++)
        add(&d, (struct part){.service = SERVICE_AGREED, .flags = PART_WHOLE, .len = 9});
    d.header.parts = 2;
    assert_false(decodes(&d));
    d.header.parts = 4;
    assert_false(decodes(&d));
    d.header.parts = 3;
    assert_true(decodes(&d));
}

static void a_part_ends_inside_its_packet(void **state)
{
    (void)state;
    static struct draft d;
    begin(&d);
    add(&d, (struct part){.service = SERVICE_AGREED, .flags = PART_WHOLE, .len = 8});
    be_put(d.bytes + DATA_HEADER + 2, 2, 9);
    assert_false(decodes(&d));
    be_put(d.bytes + DATA_HEADER + 2, 2, UINT16_MAX);
    assert_false(decodes(&d));
    be_put(d.bytes + DATA_HEADER + 2, 2, 7); /* one more byte of padding then */
    assert_true(decodes(&d));
}

/* -- writing ------------------------------------------------------------------------------- */

/* Puts parts of those lengths and flags between marks, which stay. */
static void what_is_written_decodes_as_it_was_and_fills_just_its_room(void **state)
{
    (void)state;
    static uint8_t text[] = "0123456789";
    for (uint8_t flags = 0; flags <= PART_WHOLE; flags++)
        for (uint16_t len = 0; len <= 10; len++) {
            struct part back, p = {.service = SERVICE_SAFE,
                                   .flags = flags,
                                   .len = len,
                                   .fragment = flags & PART_FIRST ? 0 : 0x0102,
                                   .number = flags == PART_WHOLE ? 0 : 0x03040506,
                                   .bytes = text};
            size_t size = data_part_size(flags == PART_WHOLE, len), at = DATA_HEADER;
            struct data_header h = {.tag = 7, .seq = 1, .parts = 1};
            uint8_t *body = memory_grow(NULL, DATA_HEADER + size);
            memset(body, 0xee, DATA_HEADER + size);
            assert_int_equal(data_put_part(body + DATA_HEADER, &p), size);
            data_encode_header(body, &h);
            assert_true(data_decode(&h, body, DATA_HEADER + size));
            back = data_part(body, &at);
            assert_int_equal(back.service, p.service);
            assert_int_equal(back.flags, p.flags);
            assert_int_equal(back.len, len);
            assert_int_equal(back.fragment, flags == PART_WHOLE ? 0 : p.fragment);
            assert_int_equal(back.number, p.number);
            assert_memory_equal(back.bytes, text, len);
            for (uint8_t *b = back.bytes + len; b < body + DATA_HEADER + size; b++)
                assert_int_equal(*b, 0);
            free(body);
        }
}

static void a_part_is_these_bytes(void **state)
{
    (void)state;
    static uint8_t text[] = "abcde", bytes[20];
    static const uint8_t whole[] = {2, 3, 0, 5, 'a', 'b', 'c', 'd', 'e', 0, 0, 0};
    static const uint8_t fragment[] = {1, 2, 0,   5,   0x11, 0x12, 0x13, 0x14, 0x21, 0x22,
                                       0, 0, 'a', 'b', 'c',  'd',  'e',  0,    0,    0};
    struct part p = {.service = SERVICE_SAFE, .flags = PART_WHOLE, .len = 5, .bytes = text};
    assert_int_equal(data_put_part(bytes, &p), sizeof whole);
    assert_memory_equal(bytes, whole, sizeof whole);
    p = (struct part){SERVICE_AGREED, PART_LAST, 5, 0x2122, 0x11121314, text};
    assert_int_equal(data_put_part(bytes, &p), sizeof fragment);
    assert_memory_equal(bytes, fragment, sizeof fragment);
}

/* A packet of which only the header is full, and then padding up to len. */
static void padding_fills_whatever_has_room_for_its_head(void **state)
{
    (void)state;
    for (size_t len = DATA_HEADER; len <= DATA_HEADER + 40; len += 4) {
        static uint8_t body[DATA_HEADER + 40];
        struct data_header h = {.tag = 7, .seq = 1, .parts = 1};
        assert_int_equal(data_can_pad(DATA_HEADER, len), len >= DATA_HEADER + DATA_PART);
        if (!data_can_pad(DATA_HEADER, len))
            continue;
        memset(body, 0xee, sizeof body);
        data_put_padding(body, DATA_HEADER, len);
        data_encode_header(body, &h);
        assert_true(data_decode(&h, body, len));
        size_t at = DATA_HEADER;
        assert_int_equal(data_part(body, &at).service, SERVICE_PADDING);
        assert_int_equal(at, len);
        for (size_t i = DATA_HEADER + DATA_PART; i < len; i++)
            assert_int_equal(body[i], 0);
    }
}

static void a_fragment_takes_what_is_left_in_words_of_four(void **state)
{
    (void)state;
    for (size_t space = 0; space < 100; space++) {
        size_t n = data_fragment_room(space);
        assert_int_equal(n % 4, 0);
        assert_true(n == 0 || data_part_size(false, n) <= space);
        assert_true(data_part_size(false, n + 4) > space);
    }
}

/* -- anything ------------------------------------------------------------------------------ */

static void random_draft(struct draft *d, struct random *r)
{
    begin(d);
    int parts = 1 + (int)random_below(r, 12);
    for (int i = 0; i < parts; i++) {
        struct part p = {.service = (uint8_t)random_below(r, SERVICES),
                         .flags = PART_WHOLE,
                         .len = (uint16_t)random_below(r, 80)};
        if (p.service != SERVICE_PADDING && random_below(r, 2)) {
            p.flags = (uint8_t)random_below(r, PART_WHOLE);
            p.fragment = p.flags & PART_FIRST ? 0 : (uint16_t)(1 + random_below(r, UINT16_MAX));
            p.number = (uint32_t)random_next(r);
        }
        add(d, p);
    }
}

static void no_packet_decodes_without_its_end_or_with_more(void **state)
{
    (void)state;
    static struct draft d;
    struct random r = {11};
    for (int run = 0; run < 100; run++) {
        random_draft(&d, &r);
        assert_true(decodes(&d));
        walk(d.bytes, d.len);
        for (size_t len = 0; len < d.len; len++)
            assert_false(decodes_at(&d, len));
        for (size_t more = 1; more <= 16; more++)
            assert_false(decodes_at(&d, d.len + more));
    }
}

static void a_flipped_bit_never_leads_out_of_the_packet(void **state)
{
    (void)state;
    static struct draft d;
    struct random r = {12};
    for (int run = 0; run < 60; run++) {
        random_draft(&d, &r);
        data_encode_header(d.bytes, &d.header);
        for (size_t bit = 0; bit < 8 * d.len; bit++) {
            struct data_header h;
            uint8_t *wrong = memory_grow(NULL, d.len);
            memcpy(wrong, d.bytes, d.len);
            wrong[bit / 8] ^= (uint8_t)(1 << bit % 8);
            if (data_decode(&h, wrong, d.len))
                walk(wrong, d.len);
            free(wrong);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_header_is_these_28_bytes),
        cmocka_unit_test(a_packet_sent_again_names_its_origin),
        cmocka_unit_test(a_packet_without_parts_is_none),
        cmocka_unit_test(there_is_no_packet_0),
        cmocka_unit_test(a_flag_that_means_nothing_is_refused),
        cmocka_unit_test(whole_messages_stand_one_behind_the_other),
        cmocka_unit_test(a_fragment_names_its_message_and_its_place_in_it),
        cmocka_unit_test(only_the_first_fragment_is_number_0),
        cmocka_unit_test(padding_is_a_whole_part_of_no_service),
        cmocka_unit_test(what_no_part_can_be_is_refused),
        cmocka_unit_test(the_reserved_half_of_a_fragment_is_zero),
        cmocka_unit_test(a_packet_holds_255_parts),
        cmocka_unit_test(a_packet_has_as_many_parts_as_it_says),
        cmocka_unit_test(a_part_ends_inside_its_packet),
        cmocka_unit_test(what_is_written_decodes_as_it_was_and_fills_just_its_room),
        cmocka_unit_test(a_part_is_these_bytes),
        cmocka_unit_test(padding_fills_whatever_has_room_for_its_head),
        cmocka_unit_test(a_fragment_takes_what_is_left_in_words_of_four),
        cmocka_unit_test(no_packet_decodes_without_its_end_or_with_more),
        cmocka_unit_test(a_flipped_bit_never_leads_out_of_the_packet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
