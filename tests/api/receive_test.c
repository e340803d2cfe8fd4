/* SPDX-License-Identifier: MIT
 *
 * Receiving: what each kind of message tells, and what happens when the buffers are too short.
 * Each story runs for a daemon of either byte order, and for messages that fit the library's window
 * as well as for such as do not.
 */
#include <string.h>
#include <sys/socket.h>

#include "include/sp.h"
#include "tests/support/client.h"
#include "tests/support/fake.h"
#include "tests/support/pipe_front.h"
#include "tests/support/test.h"
#include "tests/support/tls_front.h"

enum { SMALL = 10, LARGE = 100000 };

static const struct way {
    bool swapped;
    int len;
} ways[] = {{false, SMALL}, {true, SMALL}, {false, LARGE}, {true, LARGE}};

static struct fake fake;
static mailbox m;
static struct received r;

static int open_mailbox(void **state)
{
    (void)state;
    fake_open(&fake, false);
    m = fake_mailbox(&fake);
    memset(&r, 0x55, sizeof r);
    return 0;
}

static int close_mailbox(void **state)
{
    (void)state;
    SP_kill(m);
    fake_close(&fake);
    return 0;
}

static void send_message(struct way w, int num_groups)
{
    fake_send(&fake, &(struct fake_frame){.swapped = w.swapped,
                                          .type = AGREED_MESS,
                                          .num_groups = num_groups,
                                          .mess_type = -5,
                                          .len = w.len});
}

static int receive(service type, int max_groups, int max_len)
{
    r.type = type;
    return client_receive_into(m, &r, max_groups, max_len);
}

/* The first bytes of a body that counts up, and nothing changed behind them. */
static void check_body(int len)
{
    for (int i = 0; i < len; i++)
        assert_int_equal((uint8_t)r.body[i], (uint8_t)i);
    assert_int_equal(r.body[len], 0x55);
    memset(r.body, 0x55, sizeof r.body);
}

static void check_groups(int count)
{
    static const char *const names[] = {"#me#fake", "g1", "g2"};
    for (int i = 0; i < count; i++)
        assert_string_equal(r.groups[i], names[i]);
    assert_int_equal(r.groups[count][0], 0x55);
    memset(r.groups, 0x55, sizeof r.groups);
}

static void check_whole(struct way w, int num_groups)
{
    assert_int_equal(receive(0, num_groups, w.len), w.len);
    assert_int_equal(r.type, AGREED_MESS);
    assert_int_equal(r.num_groups, num_groups);
    assert_int_equal(r.endian_mismatch, 0);
    assert_int_equal(r.mess_type, -5);
    assert_string_equal(r.sender, "#you#fake");
    check_groups(num_groups);
    check_body(w.len);
}

/* -- kinds of messages --------------------------------------------------------------------- */

static void data_tells_service_sender_groups_type_and_order(void **state)
{
    (void)state;
    static const struct fake_frame frames[] = {
        {.type = UNRELIABLE_MESS, .num_groups = 1, .mess_type = 0, .len = 0},
        {.type = RELIABLE_MESS, .num_groups = 100, .mess_type = 1, .len = 1},
        {.type = FIFO_MESS, .num_groups = 0, .mess_type = 32767, .len = 5},
        {.type = CAUSAL_MESS | SELF_DISCARD, .num_groups = 2, .mess_type = -32768, .len = 9},
        {.type = SAFE_MESS | 0x70000000, .num_groups = 3, .mess_type = -1, .len = 143000},
    };
    for (unsigned order = 0; order < 4; order++)
        for (size_t i = 0; i < COUNT_OF(frames); i++) {
            struct fake_frame f = frames[i];
            f.swapped = order & 1;
            f.sender_swaps = order & 2;
            fake_send(&fake, &f);
            assert_int_equal(client_receive(m, &r), f.len);
            assert_int_equal(r.type, f.type);
            assert_int_equal(r.num_groups, f.num_groups);
            assert_int_equal(r.mess_type, f.mess_type);
            assert_int_equal(r.endian_mismatch, f.sender_swaps);
            check_body(f.len);
        }
}

static uint32_t turned(uint32_t word, bool swapped)
{
    return swapped ? __builtin_bswap32(word) : word;
}

/* A notice of one set with one member. Where the own set is, is the helpers' business. */
static int notice_body(uint32_t body[14], bool swapped)
{
    const uint32_t front[6] = {0x01020304, 0x05060708, 7, 1, 36, 1};
    memset(body, 0, 14 * sizeof body[0]);
    for (int i = 0; i < 6; i++)
        body[i] = turned(front[i], swapped);
    strcpy((char *)(body + 6), "#me#fake");
    return 56;
}

static void a_membership_notice_tells_the_own_index_and_is_in_our_order(void **state)
{
    (void)state;
    for (int swapped = 0; swapped <= 1; swapped++) {
        uint32_t sent[14], expected[14];
        struct fake_frame f = {.swapped = swapped,
                               .sender_swaps = swapped,
                               .type = REG_MEMB_MESS | CAUSED_BY_JOIN,
                               .sender = "grp",
                               .num_groups = 3,
                               .len = notice_body(sent, swapped),
                               .body = sent};
        notice_body(expected, false);
        fake_send(&fake, &f);
        assert_int_equal(client_receive(m, &r), 56);
        assert_int_equal(r.type, REG_MEMB_MESS | CAUSED_BY_JOIN);
        assert_string_equal(r.sender, "grp");
        assert_int_equal(r.mess_type, 0);
        assert_int_equal(r.endian_mismatch, 0);
        assert_memory_equal(r.body, expected, 56);
    }
}

static void a_notice_without_us_has_index_minus_1(void **state)
{
    (void)state;
    uint32_t body[14];
    struct fake_frame f = {.type = REG_MEMB_MESS | CAUSED_BY_NETWORK,
                           .sender = "grp",
                           .len = notice_body(body, false),
                           .body = body};
    fake_send(&fake, &f);
    assert_int_equal(client_receive(m, &r), 56);
    assert_int_equal(r.mess_type, -1);
}

static void transitional_and_self_leave_notices_are_in_our_order(void **state)
{
    (void)state;
    for (int swapped = 0; swapped <= 1; swapped++) {
        const uint32_t expected[3] = {0x01020304, 5, 6};
        const uint32_t id[3] = {turned(expected[0], swapped), turned(5, swapped),
                                turned(6, swapped)};
        fake_send(&fake, &(struct fake_frame){.swapped = swapped,
                                              .type = TRANSITION_MESS,
                                              .sender = "grp",
                                              .len = 12,
                                              .body = id});
        fake_send(&fake, &(struct fake_frame){
                             .swapped = swapped, .type = CAUSED_BY_LEAVE, .sender = "grp"});
        assert_int_equal(client_receive(m, &r), 12);
        assert_int_equal(r.type, TRANSITION_MESS);
        assert_int_equal(r.num_groups, 0);
        assert_int_equal(r.mess_type, -1);
        assert_memory_equal(r.body, expected, 12);
        assert_int_equal(receive(0, 0, 0), 0); /* there is nothing to have room for */
        assert_int_equal(r.type, CAUSED_BY_LEAVE);
        assert_true(Is_self_leave(r.type));
        assert_int_equal(r.mess_type, -1);
    }
}

static void a_reject_tells_the_original_type(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        struct fake_frame f = {.swapped = ways[i].swapped,
                               .type = REJECT_MESS,
                               .old_type = FIFO_MESS,
                               .sender = "#me#fake",
                               .num_groups = 2,
                               .mess_type = 0x1234,
                               .len = ways[i].len};
        fake_send(&fake, &f);
        assert_int_equal(receive(0, 0, 0), GROUPS_TOO_SHORT);
        assert_int_equal(r.type, REJECT_MESS);
        assert_int_equal(r.num_groups, -2);
        assert_int_equal(r.endian_mismatch, -f.len);
        assert_int_equal(r.mess_type, 0x1234);
        assert_int_equal(client_receive(m, &r), f.len);
        assert_int_equal(r.type, REJECT_MESS | FIFO_MESS);
        assert_int_equal(r.mess_type, 0x1234);
        assert_int_equal(r.num_groups, 2);
        assert_string_equal(r.groups[0], "#me#fake");
        memset(r.groups, 0x55, sizeof r.groups);
        check_body(f.len);
        assert_int_equal(SP_poll(m), 0);
    }
}

/* -- too short, without DROP_RECV ---------------------------------------------------------- */

static void a_short_receive_takes_nothing_and_tells_the_needs(void **state)
{
    (void)state;
    static const struct {
        int max_groups, short_by, result, num_groups;
        bool body_short;
    } cases[] = {
        {1, 0, GROUPS_TOO_SHORT, -3, false},  {3, 1, BUFFER_TOO_SHORT, 0, true},
        {1, 1, GROUPS_TOO_SHORT, -3, true},   {0, 1, GROUPS_TOO_SHORT, -3, true},
        {-1, 0, GROUPS_TOO_SHORT, -3, false},
    };
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        struct way w = ways[i];
        send_message(w, 3);
        send_message(w, 1);
        for (size_t k = 0; k < 2 * COUNT_OF(cases); k++) { /* as often as one likes */
            size_t c = k % COUNT_OF(cases);
            int room = w.len - cases[c].short_by;
            assert_int_equal(receive(0, cases[c].max_groups, room), cases[c].result);
            assert_int_equal(r.type, AGREED_MESS);
            assert_int_equal(r.num_groups, cases[c].num_groups);
            assert_int_equal(r.endian_mismatch, cases[c].body_short ? -w.len : 0);
            assert_int_equal(r.mess_type, -5);
            assert_string_equal(r.sender, "#you#fake");
            assert_true(client_readable(m, 0));
            check_groups(0);
            check_body(0);
        }
        check_whole(w, 3);
        check_whole(w, 1);
        assert_int_equal(SP_poll(m), 0);
    }
}

static void a_short_receive_of_a_notice_tells_mess_type_0(void **state)
{
    (void)state;
    uint32_t body[14];
    struct fake_frame f = {.type = REG_MEMB_MESS | CAUSED_BY_LEAVE,
                           .sender = "grp",
                           .num_groups = 2,
                           .mess_type = 77,
                           .len = notice_body(body, false),
                           .body = body};
    fake_send(&fake, &f);
    assert_int_equal(receive(0, 1, 55), GROUPS_TOO_SHORT);
    assert_int_equal(r.num_groups, -2);
    assert_int_equal(r.endian_mismatch, -56);
    assert_int_equal(r.mess_type, 0);
    assert_int_equal(receive(0, 2, 56), 56);
}

static void poll_does_not_count_a_header_that_was_shown(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        struct way w = ways[i];
        send_message(w, 3);
        assert_int_equal(SP_poll(m), 48 + 96 + w.len);
        assert_int_equal(receive(0, 0, 0), GROUPS_TOO_SHORT);
        assert_int_equal(SP_poll(m), 96 + w.len);
        assert_int_equal(receive(0, 0, 0), GROUPS_TOO_SHORT);
        assert_int_equal(SP_poll(m), 96 + w.len);
        check_whole(w, 3);
        assert_int_equal(SP_poll(m), 0);
    }
}

static void an_empty_body_without_room_for_the_group_is_too_short(void **state)
{
    (void)state;
    send_message((struct way){false, 0}, 1);
    assert_int_equal(receive(0, 0, 0), GROUPS_TOO_SHORT);
    assert_int_equal(r.num_groups, -1);
    assert_int_equal(r.endian_mismatch, 0);
    assert_int_equal(receive(0, 1, 0), 0);
}

/* -- too short, with DROP_RECV ------------------------------------------------------------- */

static void drop_recv_cuts_what_does_not_fit(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * COUNT_OF(ways); i++) {
        struct way w = ways[i / 2];
        static const struct {
            int max_groups;
            bool body_short;
            int num_groups;
        } cases[] = {{2, false, -3}, {3, true, 3}, {2, true, -3}, {0, true, -3}, {0, false, -3}};
        for (size_t c = 0; c < COUNT_OF(cases); c++) {
            bool cut = cases[c].body_short;
            int room = cut ? 3 : w.len;
            send_message(w, 3);
            send_message(w, 1);
            if (i % 2) /* also where the header is shown already */
                assert_int_equal(receive(0, 0, 0), GROUPS_TOO_SHORT);
            assert_int_equal(receive(DROP_RECV, cases[c].max_groups, room),
                             cut ? BUFFER_TOO_SHORT : w.len);
            assert_int_equal(r.type, AGREED_MESS);
            assert_int_equal(r.num_groups, cases[c].num_groups);
            assert_int_equal(r.endian_mismatch, 0);
            assert_int_equal(r.mess_type, -5);
            check_groups(cases[c].max_groups);
            check_body(room);
            check_whole(w, 1);
        }
    }
}

static void drop_recv_with_room_is_a_plain_receive(void **state)
{
    (void)state;
    send_message(ways[0], 2);
    assert_int_equal(receive(DROP_RECV, 2, SMALL), SMALL);
    assert_int_equal(r.num_groups, 2);
    check_body(SMALL);
}

static void a_notice_with_a_cut_list_has_index_minus_1(void **state)
{
    (void)state;
    for (int swapped = 0; swapped <= 1; swapped++) {
        uint32_t sent[14], expected[14];
        struct fake_frame f = {.swapped = swapped,
                               .type = REG_MEMB_MESS | CAUSED_BY_JOIN,
                               .sender = "grp",
                               .num_groups = 2,
                               .len = notice_body(sent, swapped),
                               .body = sent};
        notice_body(expected, false);
        fake_send(&fake, &f);
        assert_int_equal(receive(DROP_RECV, 1, 1000), 56);
        assert_int_equal(r.mess_type, -1);
        assert_int_equal(r.num_groups, -2);
        assert_memory_equal(r.body, expected, 56);
        fake_send(&fake, &f);
        assert_int_equal(receive(DROP_RECV, 2, 22), BUFFER_TOO_SHORT);
        assert_int_equal(r.mess_type, 0);
        assert_memory_equal(r.body, expected, 20); /* whole words are in our order all the same */
    }
}

/* -- scatter ------------------------------------------------------------------------------- */

static int receive_scattered(service type, scatter *s)
{
    r.type = type;
    return SP_scat_receive(m, &r.type, r.sender, CLIENT_GROUPS, &r.num_groups, r.groups,
                           &r.mess_type, &r.endian_mismatch, s);
}

/* Elements of the given lengths, one after the other in r.body, with null for the empty ones. */
static void lay_out(scatter *s, const size_t *lens, size_t count)
{
    char *at = r.body;
    s->num_elements = count;
    for (size_t i = 0; i < count; at += lens[i++])
        s->elements[i] = (scat_element){lens[i] > 0 ? at : NULL, lens[i]};
}

static void a_body_fills_the_elements_in_order_and_skips_empty_ones(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        static const size_t lens[] = {0, 0, 3, 0, 0, 1, 2, 0, 99994, 0, 500, 0};
        scatter s, before;
        lay_out(&s, lens, COUNT_OF(lens));
        before = s;
        send_message(ways[i], 1);
        assert_int_equal(receive_scattered(0, &s), ways[i].len);
        check_body(ways[i].len);
        assert_memory_equal(&s, &before, sizeof s.num_elements + 12 * sizeof s.elements[0]);
    }
}

static void capacity_is_the_sum_of_the_elements(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        size_t lens[MAX_CLIENT_SCATTER_ELEMENTS];
        scatter s;
        for (size_t k = 0; k < COUNT_OF(lens); k++)
            lens[k] = (size_t)ways[i].len / 10 * (k % 10 == 9);
        lay_out(&s, lens, COUNT_OF(lens));
        send_message(ways[i], 1);
        s.elements[99].len--;
        assert_int_equal(receive_scattered(0, &s), BUFFER_TOO_SHORT);
        assert_int_equal(r.endian_mismatch, -ways[i].len);
        s.elements[99].len++;
        assert_int_equal(receive_scattered(0, &s), ways[i].len);
        check_body(ways[i].len);
        send_message(ways[i], 1);
        s.num_elements = 10;
        assert_int_equal(receive_scattered(DROP_RECV, &s), BUFFER_TOO_SHORT);
        check_body(ways[i].len / 10);
    }
}

static void elements_may_be_larger_than_any_message(void **state)
{
    (void)state;
    scatter s = {.num_elements = 2, .elements = {{r.body, SIZE_MAX}, {r.body, SIZE_MAX}}};
    send_message(ways[0], 1);
    assert_int_equal(receive_scattered(0, &s), SMALL);
    check_body(SMALL);
}

static void more_than_100_elements_are_no_scatter(void **state)
{
    (void)state;
    scatter s = {.num_elements = MAX_CLIENT_SCATTER_ELEMENTS + 1};
    send_message(ways[0], 1);
    assert_int_equal(receive_scattered(0, &s), ILLEGAL_MESSAGE);
    check_whole(ways[0], 1);
}

static void a_notice_in_pieces_of_any_size_is_in_our_order(void **state)
{
    (void)state;
    static const size_t lens[] = {1, 2, 4, 0, 6, 8, 3, 1, 31};
    uint32_t sent[14], expected[14];
    scatter s;
    notice_body(expected, false);
    fake_send(&fake, &(struct fake_frame){.swapped = true,
                                          .type = REG_MEMB_MESS | CAUSED_BY_JOIN,
                                          .sender = "grp",
                                          .num_groups = 1,
                                          .len = notice_body(sent, true),
                                          .body = sent});
    lay_out(&s, lens, COUNT_OF(lens));
    assert_int_equal(receive_scattered(0, &s), 56);
    assert_memory_equal(r.body, expected, 56);
}

/* -- the end ------------------------------------------------------------------------------- */

static void negative_counts_fail_the_mailbox(void **state)
{
    (void)state;
    for (int swapped = 0; swapped <= 1; swapped++)
        for (int which = 0; which <= 1; which++) {
            struct fake_frame f = {.swapped = swapped, .type = FIFO_MESS};
            uint8_t bytes[64];
            size_t len = fake_encode(&f, bytes);
            const uint32_t negative = turned(0xfffffff0, swapped);
            memcpy(bytes + (which ? 36 : 44), &negative, 4);
            fake_write(fake.peer, bytes, len);
            assert_int_equal(receive(0, 10, 10), ILLEGAL_MESSAGE);
            assert_int_equal(receive(0, 10, 10), NET_ERROR_ON_SESSION);
            assert_int_equal(SP_join(m, "g"), NET_ERROR_ON_SESSION);
            SP_kill(m);
            m = fake_mailbox(&fake);
        }
}

static void messages_before_the_end_are_received_and_then_it_is_closed(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        send_message(ways[i], 2);
        send_message(ways[i], 3);
        fake_hang_up(&fake);
        check_whole(ways[i], 2);
        check_whole(ways[i], 3);
        assert_int_equal(receive(0, 3, SMALL), CONNECTION_CLOSED);
        r.num_groups = 12345;
        assert_int_equal(receive(0, 3, SMALL), NET_ERROR_ON_SESSION);
        assert_int_equal(r.num_groups, 12345);
        assert_int_equal(r.type, 0);
        assert_int_equal(SP_multicast(m, FIFO_MESS, "g", 0, 0, NULL), NET_ERROR_ON_SESSION);
        assert_int_equal(SP_join(m, "g"), NET_ERROR_ON_SESSION);
        assert_int_equal(SP_leave(m, "g"), NET_ERROR_ON_SESSION);
        assert_int_equal(SP_poll(m), 0);
        assert_int_equal(SP_disconnect(m), 0);
        assert_int_equal(SP_disconnect(m), ILLEGAL_SESSION);
        m = fake_mailbox(&fake);
    }
}

static void a_message_cut_anywhere_closes_the_connection(void **state)
{
    (void)state;
    struct fake_frame f = {.type = REJECT_MESS, .old_type = FIFO_MESS, .num_groups = 1, .len = 5};
    uint8_t bytes[128];
    size_t len = fake_encode(&f, bytes);
    for (size_t n = 0; n < len; n++) {
        fake_write(fake.peer, bytes, n);
        fake_hang_up(&fake);
        assert_int_equal(receive(0, 10, 10), CONNECTION_CLOSED);
        assert_int_equal(receive(0, 10, 10), NET_ERROR_ON_SESSION);
        SP_kill(m);
        m = fake_mailbox(&fake);
    }
}

static void unread_messages_of_a_failed_mailbox_stay_unread(void **state)
{
    (void)state;
    tls_front_skip(); /* a Unix socket that is half shut */
    pipes_front_skip();
    send_message(ways[0], 1);
    send_message(ways[0], 1);
    check_whole(ways[0], 1);
    shutdown(fake.peer, SHUT_RD);
    assert_int_equal(SP_join(m, "g"), CONNECTION_CLOSED);
    assert_int_equal(SP_poll(m), 48 + 32 + SMALL);
    assert_int_equal(receive(0, 3, SMALL), NET_ERROR_ON_SESSION);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, open_mailbox, close_mailbox)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(data_tells_service_sender_groups_type_and_order),
        STORY(a_membership_notice_tells_the_own_index_and_is_in_our_order),
        STORY(a_notice_without_us_has_index_minus_1),
        STORY(transitional_and_self_leave_notices_are_in_our_order),
        STORY(a_reject_tells_the_original_type),
        STORY(a_short_receive_takes_nothing_and_tells_the_needs),
        STORY(a_short_receive_of_a_notice_tells_mess_type_0),
        STORY(poll_does_not_count_a_header_that_was_shown),
        STORY(an_empty_body_without_room_for_the_group_is_too_short),
        STORY(drop_recv_cuts_what_does_not_fit),
        STORY(drop_recv_with_room_is_a_plain_receive),
        STORY(a_notice_with_a_cut_list_has_index_minus_1),
        STORY(a_body_fills_the_elements_in_order_and_skips_empty_ones),
        STORY(capacity_is_the_sum_of_the_elements),
        STORY(elements_may_be_larger_than_any_message),
        STORY(more_than_100_elements_are_no_scatter),
        STORY(a_notice_in_pieces_of_any_size_is_in_our_order),
        STORY(negative_counts_fail_the_mailbox),
        STORY(messages_before_the_end_are_received_and_then_it_is_closed),
        STORY(a_message_cut_anywhere_closes_the_connection),
        STORY(unread_messages_of_a_failed_mailbox_stay_unread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
