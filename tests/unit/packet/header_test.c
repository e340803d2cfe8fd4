/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include "daemon/packet/header.h"

static const struct packet_header sample = {
    .version = PACKET_VERSION,
    .type = PACKET_TOKEN,
    .flags = PACKET_ACKREQ | PACKET_FRAG,
    .key_id = 0x2a,
    .sender = 0x1234,
    .receiver = 0x5678,
    .hash = 0x9abcdef0,
    .incarnation = 0x1122334455667788,
    .counter = 0x99aabbccddeeff00,
    .body_len = 0x0203,
};

/* The same, byte for byte: nobody changes this without a new version. */
static const uint8_t golden[PACKET_HEADER] = {
    0x53, 0x52, 2,    3,    0x05, 0x2a, 0x12, 0x34, 0x9a, 0xbc, 0xde, 0xf0, 0x11, 0x22, 0x33, 0x44,
    0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0x00, 0x02, 0x03, 0x56, 0x78,
};

/* Whether a datagram of len bytes with that body length and key decodes. */
static bool decodes(size_t len, uint16_t body_len, uint8_t key_id)
{
    static uint8_t bytes[PACKET_MAX + 1];
    struct packet_header h = {.body_len = body_len, .key_id = key_id}, back;
    packet_header_encode(bytes, &h);
    return packet_header_decode(&back, bytes, len);
}

static void the_header_is_these_32_bytes(void **state)
{
    (void)state;
    uint8_t bytes[PACKET_HEADER];
    packet_header_encode(bytes, &sample);
    assert_memory_equal(bytes, golden, PACKET_HEADER);
}

static void every_field_comes_back(void **state)
{
    (void)state;
    uint8_t bytes[PACKET_HEADER + 0x0203 + PACKET_TAG] = {0};
    struct packet_header back;
    memcpy(bytes, golden, PACKET_HEADER);
    assert_true(packet_header_decode(&back, bytes, sizeof bytes));
    assert_int_equal(back.version, sample.version);
    assert_int_equal(back.type, sample.type);
    assert_int_equal(back.flags, sample.flags);
    assert_int_equal(back.key_id, sample.key_id);
    assert_int_equal(back.sender, sample.sender);
    assert_int_equal(back.receiver, sample.receiver);
    assert_int_equal(back.hash, sample.hash);
    assert_int_equal(back.incarnation, sample.incarnation);
    assert_int_equal(back.counter, sample.counter);
    assert_int_equal(back.body_len, sample.body_len);
}

static void a_datagram_is_as_long_as_its_header_says(void **state)
{
    (void)state;
    assert_true(decodes(PACKET_HEADER, 0, 0));
    assert_true(decodes(PACKET_HEADER + 100, 100, 0));
    assert_false(decodes(PACKET_HEADER + 99, 100, 0));
    assert_false(decodes(PACKET_HEADER + 101, 100, 0));
    assert_true(decodes(PACKET_MAX, PACKET_MAX - PACKET_HEADER, 0));
    for (size_t len = 0; len < PACKET_HEADER; len++)
        assert_false(decodes(len, 0, 0));
}

static void a_sealed_datagram_has_its_tag_behind_the_body(void **state)
{
    (void)state;
    assert_true(decodes(PACKET_HEADER + 100 + PACKET_TAG, 100, 1));
    assert_false(decodes(PACKET_HEADER + 100, 100, 1));
    assert_false(decodes(PACKET_HEADER + 100 + PACKET_TAG, 100, 0));
    assert_true(decodes(PACKET_HEADER + PACKET_TAG, 0, 255));
    assert_false(decodes(PACKET_HEADER, 0, 255));
}

/* The system gives back what it could not deliver: the header, and of the body what it has. */
static void a_header_is_read_from_a_packet_that_was_cut_off_behind_it(void **state)
{
    (void)state;
    uint8_t bytes[PACKET_HEADER + 3] = {0};
    struct packet_header back;
    memcpy(bytes, golden, PACKET_HEADER);
    assert_false(packet_header_decode(&back, bytes, sizeof bytes));
    for (size_t len = PACKET_HEADER; len <= sizeof bytes; len++) {
        memset(&back, 0, sizeof back);
        assert_true(packet_header_decode_cut(&back, bytes, len));
        assert_int_equal(back.incarnation, sample.incarnation);
        assert_int_equal(back.counter, sample.counter);
    }
    for (size_t len = 0; len < PACKET_HEADER; len++)
        assert_false(packet_header_decode_cut(&back, bytes, len));
    bytes[1]++; /* of somebody else */
    assert_false(packet_header_decode_cut(&back, bytes, sizeof bytes));
}

static void our_packets_are_told_by_two_bytes(void **state)
{
    (void)state;
    static const uint8_t ours[] = {0x53, 0x52}, other[] = {0x53, 0x53}, monitor[] = {0x80, 0x52};
    assert_true(packet_is_ours(ours, 2));
    assert_true(packet_is_ours(golden, sizeof golden));
    assert_false(packet_is_ours(ours, 1));
    assert_false(packet_is_ours(ours, 0));
    assert_false(packet_is_ours(other, 2));
    assert_false(packet_is_ours(monitor, 2));
}

static void each_type_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (unsigned i = 1; i < PACKET_TYPES; i++) {
        assert_string_not_equal(packet_type_name(i), "?");
        for (unsigned k = 1; k < i; k++)
            assert_string_not_equal(packet_type_name(i), packet_type_name(k));
    }
    assert_string_equal(packet_type_name(0), "?");
    assert_string_equal(packet_type_name(PACKET_TYPES), "?");
    assert_string_equal(packet_type_name(255), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_header_is_these_32_bytes),
        cmocka_unit_test(every_field_comes_back),
        cmocka_unit_test(a_datagram_is_as_long_as_its_header_says),
        cmocka_unit_test(a_sealed_datagram_has_its_tag_behind_the_body),
        cmocka_unit_test(a_header_is_read_from_a_packet_that_was_cut_off_behind_it),
        cmocka_unit_test(our_packets_are_told_by_two_bytes),
        cmocka_unit_test(each_type_has_a_name_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
