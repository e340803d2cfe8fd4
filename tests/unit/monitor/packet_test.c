/* SPDX-License-Identifier: MIT
 *
 * The bytes: what 5.0.1 was seen to send, taken apart and put together again.
 */
#include <stdlib.h>

#include "daemon/monitor/commands.h"
#include "daemon/monitor/status.h"
#include "tests/support/test.h"
#include "tests/unit/monitor/request.h"

#define D1 1552775919
#define D2 348480928

/* A status query and its answer, recorded: d1 of two daemons, up for 7 s, one client in one group.
 */
static const uint8_t query[REQUEST_HEADER] = {
    0x80, 0x00, 0x00, 0x81, 0xef, 0x7a, 0x8d, 0x5c, 0xef, 0x7a, 0x8d, 0x5c, 0, 0, 0, 0, 0, 0, 0, 0,
    0x8f, 0x19, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xb1, 0xb3, 0x96, 0x1b, 0, 0, 0, 0, 0, 0, 0, 0,
};
static const uint8_t answer[REQUEST_HEADER + MONITOR_STATUS_BODY] = {
    0x80,
    0x00,
    0x00,
    0x81,
    0x00,
    0x00,
    0x00,
    0x00,
    0xef,
    0x7a,
    0x8d,
    0x5c,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0x00,
    0x00,
    0x00,
    0x00,
    0x00,
    0x00,
    0x00,
    0x00,
    0,
    0,
    0,
    0,
    0x60,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    /* body */
    7,
    0,
    0,
    0,
    1,
    0,
    0,
    0,
    1,
    0,
    0,
    0,
    2,
    0,
    0,
    0,
    1,
    0,
    0,
    0,
    3,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    3,
    0,
    0,
    0,
    3,
    0,
    0,
    0,
    3,
    0,
    0,
    0,
    3,
    0,
    0,
    0,
    0x0d,
    0,
    0,
    0,
    0xef,
    0x7a,
    0x8d,
    0x5c,
    0xef,
    0x7a,
    0x8d,
    0x5c,
    0,
    0,
    0,
    0,
    1,
    0,
    2,
    0,
    2,
    0,
    0xa0,
    0,
    0x14,
    0,
    0,
    0,
    0x0f,
    0,
    1,
    0,
    1,
    0,
    5,
    0,
    0,
    0,
    1,
    0,
};

static void check_query(const uint8_t *bytes)
{
    struct monitor_packet p;
    assert_true(monitor_packet_decode(&p, bytes, sizeof query));
    assert_int_equal(p.type, MONITOR_STATUS);
    assert_int_equal(p.transmitter, D1);
    assert_int_equal(p.process, D1);
    assert_int_equal(p.port, 6543);
    assert_int_equal(p.hash, 462861233);
    assert_int_equal(p.body.left, 0);
}

static void check_answer(const uint8_t *bytes)
{
    struct monitor_packet p;
    struct monitor_status s;
    assert_true(monitor_packet_decode(&p, bytes, sizeof answer));
    assert_int_equal(p.type, MONITOR_STATUS);
    assert_int_equal(p.transmitter, 0);
    assert_int_equal(p.process, D1);
    assert_true(monitor_status_decode(&s, p.body));
    assert_int_equal(s.sec, 7);
    assert_int_equal(s.state, 1);
    assert_int_equal(s.gstate, 1);
    assert_int_equal(s.packet_sent, 2);
    assert_int_equal(s.packet_recv, 1);
    assert_int_equal(s.packet_delivered, 3);
    assert_int_equal(s.retrans | s.u_retrans | s.s_retrans | s.b_retrans, 0);
    assert_int_equal(s.aru, 3);
    assert_int_equal(s.my_aru, 3);
    assert_int_equal(s.highest_seq, 3);
    assert_int_equal(s.token_hurry, 3);
    assert_int_equal(s.token_rounds, 13);
    assert_int_equal(s.my_id, D1);
    assert_int_equal(s.leader_id, D1);
    assert_int_equal(s.message_delivered, 0);
    assert_int_equal(s.membership_changes, 1);
    assert_int_equal(s.num_procs, 2);
    assert_int_equal(s.num_segments, 2);
    assert_int_equal(s.window, 160);
    assert_int_equal(s.personal_window, 20);
    assert_int_equal(s.accelerated_ring, 0);
    assert_int_equal(s.accelerated_window, 15);
    assert_int_equal(s.num_sessions, 1);
    assert_int_equal(s.num_groups, 1);
    assert_int_equal(s.major_version, 5);
    assert_int_equal(s.minor_version, 0);
    assert_int_equal(s.patch_version, 1);
}

static void the_recorded_query_is_understood_in_either_byte_order(void **state)
{
    (void)state;
    uint8_t turned[sizeof query];
    check_query(query);
    memcpy(turned, query, sizeof query);
    request_turn(turned, sizeof turned, 0);
    check_query(turned);
}

static void the_recorded_answer_is_understood_in_either_byte_order(void **state)
{
    (void)state;
    uint8_t turned[sizeof answer];
    check_answer(answer);
    memcpy(turned, answer, sizeof answer);
    request_turn(turned, sizeof turned, 18);
    check_answer(turned);
}

/* Ours is the byte order of this machine; that of the recording was little-endian. */
static void expect_recorded(uint8_t *bytes, size_t len, const uint8_t *recorded,
                            size_t recorded_len, size_t words)
{
    assert_int_equal(len, recorded_len);
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    request_turn(bytes, len, words);
#else
    (void)words;
#endif
    assert_memory_equal(bytes, recorded, len);
}

static void query_and_answer_are_written_as_they_were_recorded(void **state)
{
    (void)state;
    uint8_t bytes[MONITOR_PACKET_MAX], body[MONITOR_STATUS_BODY];
    struct monitor_packet p;
    struct monitor_status s;

    assert_true(monitor_packet_decode(&p, query, sizeof query));
    memset(bytes, 0xee, sizeof bytes);
    expect_recorded(bytes, monitor_packet_encode(bytes, &p), query, sizeof query, 0);

    assert_true(monitor_packet_decode(&p, answer, sizeof answer));
    assert_true(monitor_status_decode(&s, p.body));
    monitor_status_encode(body, &s);
    p.body = reader_of(body, sizeof body);
    memset(bytes, 0xee, sizeof bytes);
    expect_recorded(bytes, monitor_packet_encode(bytes, &p), answer, sizeof answer, 18);
}

static void what_does_not_fit_its_width_is_cut(void **state)
{
    (void)state;
    uint8_t body[MONITOR_STATUS_BODY];
    struct monitor_status s = {.packet_sent = -1, .membership_changes = 0x12345}, back;
    monitor_status_encode(body, &s);
    assert_true(monitor_status_decode(&back, reader_of(body, sizeof body)));
    assert_int_equal(back.packet_sent, -1);
    assert_int_equal(back.membership_changes, 0x2345);
}

static void a_packet_is_as_long_as_it_says_or_it_is_none(void **state)
{
    (void)state;
    uint8_t bytes[REQUEST_MAX];
    static const int16_t body[8] = {0};
    for (int big = 0; big < 2; big++)
        for (int lie = -1; lie <= 1; lie++) {
            struct request r = {.big_endian = big,
                                .type = MONITOR_FLOW,
                                .halves = body,
                                .half_count = 8,
                                .lie = lie};
            struct monitor_packet p;
            size_t len = request_bytes(&r, bytes);
            assert_int_equal(monitor_packet_decode(&p, bytes, len), lie == 0);
            assert_int_equal(monitor_packet_decode(&p, bytes, len - 1), lie == -1);
            for (size_t cut = 0; cut <= REQUEST_HEADER; cut++) {
                uint8_t *exact = malloc(cut + 1); /* so that reading beyond is noticed */
                memcpy(exact, bytes, cut);
                assert_false(monitor_packet_decode(&p, exact, cut));
                free(exact);
            }
        }
}

static void a_short_status_is_none(void **state)
{
    (void)state;
    struct monitor_status s;
    uint8_t body[MONITOR_STATUS_BODY] = {0};
    for (size_t len = 0; len < sizeof body; len++)
        assert_false(monitor_status_decode(&s, reader_of(body, len)));
    assert_true(monitor_status_decode(&s, reader_of(body, sizeof body)));
}

static void a_partition_comes_back_as_it_was_and_has_the_size_of_old(void **state)
{
    (void)state;
    uint8_t body[MONITOR_BODY_MAX];
    int16_t sent[PROCS_MAX], got[PROCS_MAX];
    for (int i = 0; i < PROCS_MAX; i++)
        sent[i] = (int16_t)(i - 2);
    for (int procs = 1; procs <= PROCS_MAX; procs += 127) {
        assert_int_equal(monitor_partition_encode(body, sent, procs), 256);
        assert_true(monitor_partition_decode(got, reader_of(body, 256), procs));
        assert_memory_equal(got, sent, (size_t)procs * 2);
        assert_true(monitor_partition_decode(got, reader_of(body, (size_t)procs * 2), procs));
        assert_false(monitor_partition_decode(got, reader_of(body, (size_t)procs * 2 - 1), procs));
    }
}

static struct monitor_flow some_flow(void)
{
    struct monitor_flow f = {.window = 1000};
    for (int i = 0; i < PROCS_MAX; i++)
        f.shares[i] = (struct monitor_share){(int16_t)(i + 1), (int16_t)-i};
    return f;
}

static void expect_flow(const uint8_t *body, size_t len, int procs, int window)
{
    struct monitor_flow got, sent = some_flow();
    assert_true(monitor_flow_decode(&got, reader_of(body, len), procs));
    assert_int_equal(got.window, window);
    assert_memory_equal(got.shares, sent.shares, (size_t)procs * sizeof sent.shares[0]);
}

static void flow_control_comes_back_as_it_was_and_has_the_size_of_old(void **state)
{
    (void)state;
    uint8_t body[MONITOR_BODY_MAX];
    struct monitor_flow sent = some_flow(), got;
    assert_int_equal(monitor_flow_encode(body, &sent, 3), 512);
    expect_flow(body, 512, 3, 1000);
    expect_flow(body, 16, 3, 1000);
    for (size_t len = 0; len < 16; len++)
        assert_false(monitor_flow_decode(&got, reader_of(body, len), 3));
    assert_int_equal(monitor_flow_encode(body, &sent, 127), 512);
    expect_flow(body, 512, 127, 1000);
}

static void with_128_daemons_the_window_of_an_old_monitor_is_kept(void **state)
{
    (void)state;
    uint8_t body[MONITOR_BODY_MAX];
    struct monitor_flow sent = some_flow(), got;
    assert_int_equal(monitor_flow_encode(body, &sent, 128), 516);
    expect_flow(body, 516, 128, 1000);
    expect_flow(body, 512, 128, MONITOR_KEEP);
    assert_false(monitor_flow_decode(&got, reader_of(body, 514), 128));
    assert_false(monitor_flow_decode(&got, reader_of(body, 511), 128));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_recorded_query_is_understood_in_either_byte_order),
        cmocka_unit_test(the_recorded_answer_is_understood_in_either_byte_order),
        cmocka_unit_test(query_and_answer_are_written_as_they_were_recorded),
        cmocka_unit_test(what_does_not_fit_its_width_is_cut),
        cmocka_unit_test(a_packet_is_as_long_as_it_says_or_it_is_none),
        cmocka_unit_test(a_short_status_is_none),
        cmocka_unit_test(a_partition_comes_back_as_it_was_and_has_the_size_of_old),
        cmocka_unit_test(flow_control_comes_back_as_it_was_and_has_the_size_of_old),
        cmocka_unit_test(with_128_daemons_the_window_of_an_old_monitor_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
