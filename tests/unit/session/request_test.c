/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/session/request.h"

static struct message frame_of(uint8_t *bytes, uint32_t type, int groups, const char *body)
{
    struct frame_header h = {.type = type,
                             .sender = name_private("alice", "d1"),
                             .num_groups = groups,
                             .hint = frame_hint(0x1234),
                             .data_len = (int32_t)strlen(body)};
    frame_encode(bytes, &h);
    for (int i = 0; i < groups; i++) {
        memset(bytes + FRAME_HEADER + i * NAME_FIELD, 0, NAME_FIELD);
        bytes[FRAME_HEADER + i * NAME_FIELD] = (uint8_t)('a' + i % 26);
    }
    memcpy(bytes + FRAME_HEADER + groups * NAME_FIELD, body, strlen(body));
    return (struct message){.frame = bytes,
                            .len = (uint32_t)(FRAME_HEADER + (size_t)groups * NAME_FIELD +
                                              strlen(body))};
}

static void a_refused_message_comes_back_with_its_old_type(void **state)
{
    (void)state;
    uint8_t bytes[512];
    struct message m = frame_of(bytes, FRAME_FIFO | 0x10000000, 2, "data!");
    struct message r = request_rejected(&m);
    struct frame_header h;
    frame_decode(&h, r.frame);
    assert_int_equal(r.len, FRAME_HEADER + 4 + 3 * NAME_FIELD + 5);
    assert_int_equal(h.type, FRAME_REJECT);
    assert_int_equal(h.num_groups, 3);
    assert_int_equal(h.data_len, 5);
    assert_int_equal(h.hint, frame_hint(0x1234));
    assert_int_equal(word_at(r.frame + FRAME_HEADER), FRAME_FIFO | 0x10000000 | FRAME_MARK);
    assert_string_equal((char *)r.frame + FRAME_HEADER + 4, "a");
    assert_string_equal((char *)r.frame + FRAME_HEADER + 4 + 2 * NAME_FIELD, "#alice#d1");
    assert_memory_equal(r.frame + r.len - 5, "data!", 5);
    message_unref(&r);
}

static void another_daemon_s_join_is_sound_if_the_group_can_be_one(void **state)
{
    (void)state;
    static const struct {
        const char *group;
        bool sound;
    } cases[] = {{"g", true}, {"a b", true}, {"\xe4", true}, {"", false}, {"#alice#d1", false},
                 {"a#b", false}, {"a\033b", false}, {"\x7f", false}};
    static const uint32_t requests[] = {FRAME_JOIN, FRAME_LEAVE, FRAME_AGREED};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t k = 0; k < 3; k++) {
            uint8_t bytes[512];
            struct message m = frame_of(bytes, requests[k], 1, "");
            struct name group = name_from_text(cases[i].group);
            memcpy(bytes + FRAME_HEADER, group.text, NAME_FIELD);
            assert_int_equal(request_is_sound(&m, "d1"),
                             cases[i].sound || requests[k] == FRAME_AGREED);
        }
}

static void a_refused_join_or_leave_goes_by_its_cause(void **state)
{
    (void)state;
    uint8_t bytes[512];
    struct message m = frame_of(bytes, FRAME_JOIN, 1, "");
    struct message r = request_rejected(&m);
    assert_int_equal(word_at(r.frame + FRAME_HEADER), FRAME_BY_JOIN | FRAME_MARK);
    message_unref(&r);
    m = frame_of(bytes, FRAME_LEAVE, 1, "");
    r = request_rejected(&m);
    assert_int_equal(word_at(r.frame + FRAME_HEADER), FRAME_BY_LEAVE | FRAME_MARK);
    message_unref(&r);
}

static void with_100_groups_the_last_makes_room_for_the_sender(void **state)
{
    (void)state;
    static uint8_t bytes[FRAME_HEADER + 100 * NAME_FIELD + 8];
    struct message m = frame_of(bytes, FRAME_SAFE, 100, "x");
    struct message r = request_rejected(&m);
    struct frame_header h;
    frame_decode(&h, r.frame);
    assert_int_equal(h.num_groups, 100);
    assert_string_equal((char *)r.frame + FRAME_HEADER + 4 + 99 * NAME_FIELD, "#alice#d1");
    assert_int_equal(r.frame[r.len - 1], 'x');
    message_unref(&r);
}

static void a_frame_in_the_other_order_is_turned_but_for_hint_and_body(void **state)
{
    (void)state;
    uint8_t bytes[512], expected[512];
    frame_of(bytes, FRAME_AGREED, 1, "body");
    memcpy(expected, bytes, sizeof expected);
    put_word(bytes, word_swap(FRAME_AGREED | (FRAME_MARK ^ FRAME_ENDIAN_BITS)));
    put_word(bytes + FRAME_GROUPS_AT, word_swap(1));
    put_word(bytes + FRAME_LEN_AT, word_swap(4));
    bytes[FRAME_SENDER_AT + 31] = 'j'; /* padding that means nothing */
    struct frame_header h;
    frame_decode(&h, bytes);
    request_normalize(bytes, &h);
    assert_memory_equal(bytes, expected, FRAME_HEADER + NAME_FIELD + 4);
}

static void groups_and_body_have_what_the_library_of_5_0_1_lets_through(void **state)
{
    (void)state;
    struct name own = name_private("alice", "d1");
    for (int groups = 0; groups <= 100; groups++) {
        struct frame_header h = {.type = FRAME_FIFO,
                                 .sender = own,
                                 .num_groups = groups,
                                 .hint = FRAME_MARK,
                                 .data_len = 144000 - 32 * groups};
        assert_int_equal(request_check(&h, &own), REQUEST_OK);
        h.data_len++;
        assert_int_equal(request_check(&h, &own), REQUEST_TOO_BIG);
    }
}

static void bits_without_a_meaning_pass(void **state)
{
    (void)state;
    struct name own = name_private("alice", "d1");
    uint32_t harmless[] = {0x4000,     0x8000,     0x00100000, 0x00200000, 0x00800000, 0x01000000,
                           0x02000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000};
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++) {
        struct frame_header h = {
            .type = FRAME_SAFE | harmless[i], .sender = own, .hint = FRAME_MARK};
        assert_int_equal(request_check(&h, &own), REQUEST_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refused_message_comes_back_with_its_old_type),
        cmocka_unit_test(another_daemon_s_join_is_sound_if_the_group_can_be_one),
        cmocka_unit_test(a_refused_join_or_leave_goes_by_its_cause),
        cmocka_unit_test(with_100_groups_the_last_makes_room_for_the_sender),
        cmocka_unit_test(a_frame_in_the_other_order_is_turned_but_for_hint_and_body),
        cmocka_unit_test(groups_and_body_have_what_the_library_of_5_0_1_lets_through),
        cmocka_unit_test(bits_without_a_meaning_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
