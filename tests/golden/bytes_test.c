/* SPDX-License-Identifier: MIT
 *
 * Every recorded frame through our codecs: taken apart and put together again it is the same bytes,
 * and each part of it is what the capture's note says.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libspread/wire/frame.h"
#include "libspread/wire/hello.h"
#include "libspread/wire/notice.h"
#include "tests/golden/captures.h"
#include "tests/support/test.h"

struct fixture {
    struct capture *list;
    size_t count;
};

static int set_up(void **state)
{
    static struct fixture f;
    f.list = captures_load(&f.count);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    captures_free(f->list, f->count);
    return 0;
}

/* Applies check to every event; it must have found enough that it is for. */
static void each(const struct fixture *f, bool (*check)(const struct capture_event *e),
                 size_t at_least)
{
    size_t seen = 0;
    for (size_t i = 0; i < f->count; i++)
        for (size_t j = 0; j < f->list[i].count; j++)
            seen += check(&f->list[i].events[j]);
    assert_true(seen >= at_least);
}

/* Notes of whole frames name the sender field. */
static bool is_frame(const struct capture_event *e)
{
    return e->len >= FRAME_HEADER && strstr(e->note, "sender field") != NULL;
}

/* Number n of a header or body, as the writer wrote it. */
static void turn_word(uint8_t *at)
{
    put_word(at, word_swap(word_at(at)));
}

static bool header_is_the_same_again(const struct capture_event *e)
{
    uint8_t again[FRAME_HEADER];
    if (!is_frame(e))
        return false;
    struct frame_header h;
    frame_decode(&h, e->bytes);
    frame_encode(again, &h);
    if (h.swapped) {
        put_word(again, word_at(again) & ~FRAME_MARK);
        turn_word(again + FRAME_TYPE_AT);
        turn_word(again + FRAME_GROUPS_AT);
        turn_word(again + FRAME_LEN_AT);
    }
    assert_memory_equal(again, e->bytes, FRAME_HEADER);
    assert_int_equal(h.swapped,
                     strstr(e->note, "(big-endian client)") != NULL || (e->bytes[0] & 0x80) == 0);
    if (h.num_groups >= 0 && h.data_len >= 0)
        assert_int_equal(FRAME_HEADER + frame_payload_len(&h), e->len);
    return true;
}

static void every_header_encodes_to_its_own_bytes(void **state)
{
    each(*state, header_is_the_same_again, 258);
}

/* The note says "sender field S; N group(s) ...; ...; data_len L". */
static bool parts_are_as_noted(const struct capture_event *e)
{
    char sender[NAME_FIELD];
    int groups, len;
    if (!is_frame(e))
        return false;
    struct frame_header h;
    frame_decode(&h, e->bytes);
    const char *note = strstr(e->note, "sender field #");
    if (!note)
        note = strstr(e->note, "sender field");
    assert_int_equal(sscanf(note, "sender field %31[^;]; %d group(s)", sender, &groups), 2);
    assert_string_equal(h.sender.text, sender);
    assert_int_equal(h.num_groups, groups);
    assert_int_equal(sscanf(strstr(note, "data_len"), "data_len %d", &len), 1);
    assert_int_equal(h.data_len, len);
    return true;
}

static void every_header_says_what_its_note_says(void **state)
{
    each(*state, parts_are_as_noted, 258);
}

static bool name_fields_are_the_same_again(const struct capture_event *e)
{
    if (!is_frame(e) || e->from_client)
        return false;
    struct frame_header h;
    frame_decode(&h, e->bytes);
    const uint8_t *at = e->bytes + FRAME_HEADER + (h.type & FRAME_REJECT ? FRAME_OLD_TYPE : 0);
    for (int32_t i = 0; i < h.num_groups; i++, at += NAME_FIELD) {
        struct name n = name_from_field(at);
        assert_memory_equal(n.text, at, NAME_FIELD);
    }
    return true;
}

static void every_name_field_of_a_daemon_is_the_same_again(void **state)
{
    each(*state, name_fields_are_the_same_again, 156);
}

static bool hint_is_the_same_again(const struct capture_event *e)
{
    bool other_order;
    int mess_type;
    if (!is_frame(e))
        return false;
    struct frame_header h;
    frame_decode(&h, e->bytes);
    if (frame_hint_bits(h.hint) & FRAME_HINT_UNUSED)
        return false; /* that of malformed_hint_bits */
    int16_t got = frame_mess_type(h.hint, &other_order);
    uint32_t again = frame_hint(got);
    if (other_order)
        again = word_swap(again & ~FRAME_MARK);
    assert_int_equal(again, h.hint);
    if (sscanf(e->note, "mess_type %d", &mess_type) == 1)
        assert_int_equal(got, mess_type);
    return true;
}

static void every_hint_is_made_of_its_mess_type(void **state)
{
    each(*state, hint_is_the_same_again, 257);
}

/* Turned over and back a notice's body is the same, and every count in it agrees with its length.
 */
static bool body_survives_turning(const struct capture_event *e)
{
    if (!is_frame(e))
        return false;
    struct frame_header h;
    frame_decode(&h, e->bytes);
    if (!(h.type & FRAME_REGULAR))
        return false;
    size_t len = (size_t)h.data_len;
    uint8_t *body = malloc(len);
    assert_non_null(body);
    memcpy(body, e->bytes + e->len - len, len);
    uint32_t sets = word_at(body + NOTICE_SETS_AT), members = 0;
    const uint8_t *at = body + NOTICE_FIRST_SET;
    for (uint32_t i = 0; i < sets; i++) {
        members += word_at(at);
        at += 4 + word_at(at) * NAME_FIELD;
    }
    assert_ptr_equal(at, body + len);
    assert_int_equal(notice_body_len(sets, members), len);

    turn_word(body + NOTICE_ID_AT);
    turn_word(body + NOTICE_ID_AT + 4);
    turn_word(body + NOTICE_ID_AT + 8);
    turn_word(body + NOTICE_SETS_AT);
    turn_word(body + NOTICE_OWN_AT);
    for (uint8_t *set = body + NOTICE_FIRST_SET; set < body + len;) {
        uint32_t count = word_at(set);
        turn_word(set);
        set += 4 + count * NAME_FIELD;
    }
    const struct iovec piece = {.iov_base = body, .iov_len = len};
    assert_true(notice_swap(&piece, len));
    assert_memory_equal(body, e->bytes + e->len - len, len);
    free(body);
    return true;
}

static void every_notice_of_the_other_byte_order_would_be_understood(void **state)
{
    each(*state, body_survives_turning, 67);
}

/* -- connecting ---------------------------------------------------------------------------- */

static bool is_request(const struct capture_event *e)
{
    return e->from_client && e->len > 0 &&
           (strncmp(e->note, "connect request", 15) == 0 ||
            strncmp(e->note, "second connection", 17) == 0);
}

static bool request_is_understood(const struct capture_event *e)
{
    struct hello h;
    uint8_t again[HELLO_MAX];
    size_t used = 0;
    if (!is_request(e))
        return false;
    if (hello_decode(&h, e->bytes, e->len, &used) != HELLO_OK)
        return false; /* the captures of refusals */
    assert_int_equal(used, e->len);
    if (h.major != 5)
        return true;
    size_t len = hello_encode(again, h.name, e->bytes[3] & HELLO_PRIORITY, h.membership);
    assert_int_equal(len, e->len);
    assert_memory_equal(again, e->bytes, len);
    return true;
}

static void every_connect_request_is_understood_and_made_again(void **state)
{
    each(*state, request_is_understood, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_header_encodes_to_its_own_bytes),
        cmocka_unit_test(every_header_says_what_its_note_says),
        cmocka_unit_test(every_name_field_of_a_daemon_is_the_same_again),
        cmocka_unit_test(every_hint_is_made_of_its_mess_type),
        cmocka_unit_test(every_notice_of_the_other_byte_order_would_be_understood),
        cmocka_unit_test(every_connect_request_is_understood_and_made_again),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
