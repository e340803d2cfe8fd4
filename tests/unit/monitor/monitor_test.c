/* SPDX-License-Identifier: MIT
 *
 * What is asked of a monitor's packet before it counts: each check failing alone, each command with
 * and without DangerousMonitor, and packets that nobody would send.
 */
#include <stdlib.h>

#include "daemon/base/random.h"
#include "daemon/monitor/monitor.h"
#include "daemon/monitor/peers.h"
#include "tests/support/test.h"
#include "tests/unit/monitor/request.h"

enum { DAEMONS = 3, SELF = 1, HASH = 0x12345678 };

static struct conf conf; /* too large for a stack */

static int prepare(void **state)
{
    (void)state;
    memset(&conf, 0, sizeof conf);
    conf.daemon_count = DAEMONS;
    conf.hash = HASH;
    conf.dangerous_monitor = true;
    for (int i = 0; i < DAEMONS; i++) {
        conf.daemons[i].id = 1000u + (uint32_t)i;
        conf.daemons[i].ip = (struct ip){.family = 4, .bytes = {10, 0, 0, (uint8_t)(i + 1)}};
    }
    return 0;
}

/* A packet with nothing wrong, by a monitor that poses as the first daemon. */
static struct request right(uint32_t type, const int16_t *halves, size_t half_count)
{
    return (struct request){.type = type,
                            .transmitter = 1000,
                            .process = 1002,
                            .sequence = 0xabcd1990,
                            .hash = HASH,
                            .halves = halves,
                            .half_count = half_count};
}

static enum why judge_from(const struct request *r, const struct ip *source,
                                       struct monitor_order *order)
{
    uint8_t bytes[REQUEST_MAX];
    size_t len = request_bytes(r, bytes);
    return monitor_judge(&conf, SELF, bytes, len, source, TRUST_ALL, order);
}

static enum why judge_trusted(const struct request *r, enum monitor_trust trust)
{
    struct monitor_order order;
    uint8_t bytes[REQUEST_MAX];
    size_t len = request_bytes(r, bytes);
    return monitor_judge(&conf, SELF, bytes, len, &conf.daemons[0].ip, trust, &order);
}

static enum why judge(const struct request *r, struct monitor_order *order)
{
    return judge_from(r, &conf.daemons[0].ip, order);
}

static void a_status_query_says_whom_to_answer_and_where(void **state)
{
    (void)state;
    struct monitor_order order;
    struct request r = right(MONITOR_STATUS, NULL, 0);
    for (int big = 0; big < 2; big++) {
        r.big_endian = big;
        assert_int_equal(judge(&r, &order), MONITOR_OBEYED);
        assert_int_equal(order.command, COMMAND_STATUS);
        assert_int_equal(order.report_to, 2);
        assert_int_equal(order.report_port, 0x1990); /* the low half */
    }
}

static void status_takes_a_body_that_has_no_use(void **state)
{
    (void)state;
    struct monitor_order order;
    static const int16_t body[100] = {1};
    struct request r = right(MONITOR_STATUS, body, 100);
    assert_int_equal(judge(&r, &order), MONITOR_OBEYED);
}

static void each_check_fails_alone(void **state)
{
    (void)state;
    static const uint32_t types[] = {MONITOR_STATUS, MONITOR_PARTITION, MONITOR_FLOW,
                                     MONITOR_RELOAD};
    static const int16_t body[8] = {0};
    struct monitor_order order;
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        struct request r = right(types[i], body, 8);
        assert_int_equal(judge(&r, &order), MONITOR_OBEYED);
        r.lie = 1;
        assert_int_equal(judge(&r, &order), MONITOR_NO_LENGTH);
        r.lie = -1;
        assert_int_equal(judge(&r, &order), MONITOR_NO_LENGTH);
        r = right(types[i], body, 8);
        r.hash++;
        assert_int_equal(judge(&r, &order), MONITOR_NO_HASH);
        r = right(types[i], body, 8);
        r.transmitter = 999;
        assert_int_equal(judge(&r, &order), MONITOR_NO_TRANSMITTER);
        r = right(types[i], body, 8);
        assert_int_equal(judge_from(&r, &conf.daemons[2].ip, &order), MONITOR_NO_SOURCE);
        r.process = 999;
        bool needs_process = types[i] == MONITOR_STATUS || types[i] == MONITOR_FLOW;
        assert_int_equal(judge(&r, &order), needs_process ? MONITOR_NO_PROCESS : MONITOR_OBEYED);
    }
    struct request r = right(0x40, body, 8);
    assert_int_equal(judge(&r, &order), MONITOR_NO_COMMAND);
}

/* The earlier of two reasons is the one that is given. */
static void checks_come_in_the_order_of_old(void **state)
{
    (void)state;
    struct monitor_order order;
    struct request r = right(MONITOR_STATUS, NULL, 0);
    r.process = 999;
    assert_int_equal(judge_from(&r, &conf.daemons[2].ip, &order), MONITOR_NO_SOURCE);
    r.transmitter = 999;
    assert_int_equal(judge_from(&r, &conf.daemons[2].ip, &order), MONITOR_NO_TRANSMITTER);
    r.hash = 0;
    assert_int_equal(judge_from(&r, &conf.daemons[2].ip, &order), MONITOR_NO_HASH);
    r.lie = 2;
    assert_int_equal(judge_from(&r, &conf.daemons[2].ip, &order), MONITOR_NO_LENGTH);
    assert_int_equal(
        monitor_judge(&conf, SELF, (const uint8_t *)"", 0, &conf.daemons[0].ip, TRUST_ALL, &order),
        MONITOR_NO_LENGTH);
}

static void of_several_commands_the_strongest_counts(void **state)
{
    (void)state;
    static const int16_t body[8] = {0};
    struct monitor_order order;
    struct request r = right(0x7f0fff7f, body, 8); /* every bit that is no mark */
    static const enum monitor_command expected[] = {COMMAND_PARTITION, COMMAND_STATUS, COMMAND_FLOW,
                                                    COMMAND_RELOAD, COMMAND_HASH};
    static const uint32_t bits[] = {MONITOR_PARTITION, MONITOR_STATUS, MONITOR_FLOW,
                                    MONITOR_RELOAD, MONITOR_HASH};
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        assert_int_equal(judge(&r, &order), MONITOR_OBEYED);
        assert_int_equal(order.command, expected[i]);
        r.type &= ~bits[i];
    }
}

/* Whoever looks for the daemon with the wrong file has another one. What else is asked of a packet is
 * asked of this one, and the answer goes to where it came from. */
static void the_hash_is_told_to_one_with_another_configuration(void **state)
{
    (void)state;
    struct monitor_order order;
    struct request r = right(MONITOR_HASH, NULL, 0);
    r.hash++;
    r.process = 1; /* no daemon of ours */
    assert_int_equal(judge(&r, &order), MONITOR_OBEYED);
    assert_int_equal(order.command, COMMAND_HASH);
    assert_int_equal(order.report_to, 0);
    assert_int_equal(order.report_port, 0x1990);
    assert_int_equal(judge_from(&r, &conf.daemons[2].ip, &order), MONITOR_NO_SOURCE);
    r.type |= MONITOR_STATUS;
    assert_int_equal(judge(&r, &order), MONITOR_NO_HASH);
    r.type = MONITOR_HASH;
    r.transmitter = 1;
    assert_int_equal(judge(&r, &order), MONITOR_NO_TRANSMITTER);
    r.transmitter = 1000;
    memcpy(conf.daemon_key_file, "key", 4);
    assert_int_equal(judge(&r, &order), MONITOR_OBEYED);
}

static void dangerous_commands_need_DangerousMonitor(void **state)
{
    (void)state;
    static const int16_t zeros[8] = {0}, ours[3] = {0, -1, 0};
    struct monitor_order order;
    struct request partition = right(MONITOR_PARTITION, zeros, 8);
    struct request terminate = right(MONITOR_PARTITION, ours, 3);
    struct request flow = right(MONITOR_FLOW, zeros, 8), cut = right(MONITOR_FLOW, zeros, 7);
    struct request status = right(MONITOR_STATUS, NULL, 0), reload = right(MONITOR_RELOAD, NULL, 0);
    conf.dangerous_monitor = false;
    assert_int_equal(judge(&partition, &order), MONITOR_NOT_DANGEROUS);
    assert_int_equal(order.command, COMMAND_PARTITION);
    assert_int_equal(judge(&terminate, &order), MONITOR_NOT_DANGEROUS);
    assert_int_equal(order.command, COMMAND_TERMINATE);
    assert_int_equal(judge(&flow, &order), MONITOR_NOT_DANGEROUS);
    assert_int_equal(judge(&cut, &order), MONITOR_NOT_DANGEROUS);
    assert_int_equal(judge(&status, &order), MONITOR_OBEYED);
    assert_int_equal(judge(&reload, &order), MONITOR_OBEYED);
    assert_int_equal(order.command, COMMAND_RELOAD);
}

static void with_daemon_keys_what_changes_something_comes_sealed_and_fresh(void **state)
{
    (void)state;
    static const int16_t zeros[8] = {0};
    static const uint32_t changes[] = {MONITOR_PARTITION, MONITOR_FLOW, MONITOR_RELOAD};
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        struct request r = right(changes[i], zeros, 8);
        assert_int_equal(judge_trusted(&r, TRUST_ALL), MONITOR_OBEYED);
        assert_int_equal(judge_trusted(&r, TRUST_OPEN), MONITOR_NOT_SEALED);
        assert_int_equal(judge_trusted(&r, TRUST_STALE), MONITOR_NOT_FRESH);
        assert_int_equal(judge_trusted(&r, TRUST_AGAIN), MONITOR_AGAIN);
        assert_int_equal(judge_trusted(&r, TRUST_SEALED), MONITOR_OBEYED);
    }
    conf.dangerous_monitor = false; /* a key is not all that it takes */
    struct request flow = right(MONITOR_FLOW, zeros, 8);
    assert_int_equal(judge_trusted(&flow, TRUST_SEALED), MONITOR_NOT_DANGEROUS);
}

static void with_daemon_keys_a_setting_says_whether_status_is_told_to_all(void **state)
{
    (void)state;
    static const int16_t zeros[256] = {0};
    static const enum monitor_trust sealed[] = {TRUST_ALL, TRUST_STALE, TRUST_AGAIN, TRUST_SEALED};
    struct request status = right(MONITOR_STATUS, NULL, 0), peers = right(MONITOR_PEERS, zeros, 256);
    struct request hash = right(MONITOR_HASH, NULL, 0);
    for (int open = 0; open < 2; open++) {
        enum why wanted = open ? MONITOR_OBEYED : MONITOR_NOT_SEALED;
        conf.open_monitor_status = open;
        assert_int_equal(judge_trusted(&status, TRUST_OPEN), wanted);
        assert_int_equal(judge_trusted(&peers, TRUST_OPEN), wanted);
        assert_int_equal(judge_trusted(&hash, TRUST_OPEN), MONITOR_OBEYED); /* on every packet */
        for (size_t i = 0; i < COUNT_OF(sealed); i++) {
            assert_int_equal(judge_trusted(&status, sealed[i]), MONITOR_OBEYED);
            assert_int_equal(judge_trusted(&peers, sealed[i]), MONITOR_OBEYED);
        }
    }
}

static void who_asks_for_peers_sends_as_much_as_he_gets(void **state)
{
    (void)state;
    static const int16_t zeros[256] = {0};
    size_t halves = monitor_peers_len(DAEMONS) / 2;
    struct request enough = right(MONITOR_PEERS, zeros, halves);
    struct request little = right(MONITOR_PEERS, zeros, halves - 1);
    assert_int_equal(judge_trusted(&enough, TRUST_ALL), MONITOR_OBEYED);
    assert_int_equal(judge_trusted(&little, TRUST_ALL), MONITOR_TOO_SHORT);
}

static void a_partition_needs_an_entry_for_every_daemon(void **state)
{
    (void)state;
    static const int16_t body[128] = {7, -2, 0, 1};
    struct monitor_order order;
    for (size_t count = 0; count <= 128; count++) {
        struct request r = right(MONITOR_PARTITION, body, count);
        r.big_endian = count % 2;
        assert_int_equal(judge(&r, &order), count < DAEMONS ? MONITOR_TOO_SHORT : MONITOR_OBEYED);
    }
    assert_int_equal(order.command, COMMAND_PARTITION);
    assert_memory_equal(order.component, body, DAEMONS * sizeof body[0]);
}

static void only_our_own_entry_terminates_us(void **state)
{
    (void)state;
    struct monitor_order order;
    int16_t body[DAEMONS] = {-1, 0, -1};
    struct request r = right(MONITOR_PARTITION, body, DAEMONS);
    assert_int_equal(judge(&r, &order), MONITOR_OBEYED);
    assert_int_equal(order.command, COMMAND_PARTITION);
    body[SELF] = -1;
    assert_int_equal(judge(&r, &order), MONITOR_OBEYED);
    assert_int_equal(order.command, COMMAND_TERMINATE);
}

static void flow_control_is_our_pair_and_the_window_behind_the_pairs(void **state)
{
    (void)state;
    static const int16_t body[256] = {1, 2, 30, 40, 5, 6, 700, 8};
    struct monitor_order order;
    for (size_t count = 0; count <= 256; count++) {
        struct request r = right(MONITOR_FLOW, body, count);
        r.big_endian = count % 2;
        if (count < 2 * (DAEMONS + 1)) {
            assert_int_equal(judge(&r, &order), MONITOR_TOO_SHORT);
            continue;
        }
        assert_int_equal(judge(&r, &order), MONITOR_OBEYED);
        assert_int_equal(order.command, COMMAND_FLOW);
        assert_int_equal(order.personal, 30);
        assert_int_equal(order.accelerated, 40);
        assert_int_equal(order.window, 700);
    }
}

static void a_window_is_kept_or_at_least_zero(void **state)
{
    (void)state;
    static const int16_t good[] = {-1, 0, 1, 32767}, bad[] = {-2, -32768};
    static const size_t places[] = {2, 3, 6}; /* our personal, accelerated; the window */
    struct monitor_order order;
    for (size_t p = 0; p < COUNT_OF(places); p++) {
        int16_t body[8] = {-7, -7, 1, 1, -7, -7, 1, -7}; /* those of others are not our business */
        struct request r = right(MONITOR_FLOW, body, 8);
        for (size_t i = 0; i < COUNT_OF(good); i++) {
            body[places[p]] = good[i];
            assert_int_equal(judge(&r, &order), MONITOR_OBEYED);
        }
        for (size_t i = 0; i < COUNT_OF(bad); i++) {
            body[places[p]] = bad[i];
            assert_int_equal(judge(&r, &order), MONITOR_OUT_OF_RANGE);
            assert_int_equal(order.command, COMMAND_FLOW);
        }
    }
}

static void a_monitor_of_ipv6_is_known_by_its_address_too(void **state)
{
    (void)state;
    struct monitor_order order;
    struct ip own, other;
    assert_true(ip_parse(&own, "fe80::1%lo") && ip_parse(&other, "fe80::2"));
    conf.daemons[0].ip = own;
    struct request r = right(MONITOR_STATUS, NULL, 0);
    assert_int_equal(judge_from(&r, &own, &order), MONITOR_OBEYED);
    assert_int_equal(judge_from(&r, &other, &order), MONITOR_NO_SOURCE);
}

/* Whatever is done to good packets, what is obeyed keeps its promises. */
static void mutated_packets_never_break_a_promise(void **state)
{
    (void)state;
    static const uint32_t types[] = {MONITOR_STATUS, MONITOR_PARTITION, MONITOR_FLOW,
                                     MONITOR_RELOAD};
    static const int16_t body[128] = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9};
    struct random random = {20011};
    int obeyed = 0;
    for (int i = 0; i < 200000; i++) {
        uint8_t bytes[REQUEST_MAX];
        struct request r = right(types[random_below(&random, 4)], body, random_below(&random, 129));
        r.big_endian = random_below(&random, 2);
        size_t len = request_bytes(&r, bytes);
        for (uint32_t flips = random_below(&random, 4); flips > 0; flips--)
            bytes[random_below(&random, (uint32_t)len)] ^=
                (uint8_t)(1u << random_below(&random, 8));
        if (random_below(&random, 4) == 0)
            len = random_below(&random, (uint32_t)len + 1);
        uint8_t *exact = malloc(len + 1);
        memcpy(exact, bytes, len);
        struct monitor_order order;
        enum why v =
            monitor_judge(&conf, SELF, exact, len, &conf.daemons[0].ip, TRUST_ALL, &order);
        free(exact);
        assert_true(v < WHYS && order.command < COMMANDS);
        assert_true(why_text(v)[0] && monitor_command_text(order.command)[0]);
        if (v != MONITOR_OBEYED)
            continue;
        obeyed++;
        assert_true(order.command != COMMAND_NONE);
        if (order.command == COMMAND_STATUS)
            assert_true(order.report_to < DAEMONS);
        if (order.command == COMMAND_FLOW)
            assert_true(order.window >= -1 && order.personal >= -1 && order.accelerated >= -1);
        if (order.command == COMMAND_PARTITION)
            assert_int_not_equal(order.component[SELF], -1);
    }
    assert_in_range(obeyed, 20000, 180000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_status_query_says_whom_to_answer_and_where, prepare),
        cmocka_unit_test_setup(status_takes_a_body_that_has_no_use, prepare),
        cmocka_unit_test_setup(each_check_fails_alone, prepare),
        cmocka_unit_test_setup(checks_come_in_the_order_of_old, prepare),
        cmocka_unit_test_setup(of_several_commands_the_strongest_counts, prepare),
        cmocka_unit_test_setup(the_hash_is_told_to_one_with_another_configuration, prepare),
        cmocka_unit_test_setup(dangerous_commands_need_DangerousMonitor, prepare),
        cmocka_unit_test_setup(with_daemon_keys_what_changes_something_comes_sealed_and_fresh, prepare),
        cmocka_unit_test_setup(with_daemon_keys_a_setting_says_whether_status_is_told_to_all, prepare),
        cmocka_unit_test_setup(who_asks_for_peers_sends_as_much_as_he_gets, prepare),
        cmocka_unit_test_setup(a_partition_needs_an_entry_for_every_daemon, prepare),
        cmocka_unit_test_setup(only_our_own_entry_terminates_us, prepare),
        cmocka_unit_test_setup(flow_control_is_our_pair_and_the_window_behind_the_pairs, prepare),
        cmocka_unit_test_setup(a_window_is_kept_or_at_least_zero, prepare),
        cmocka_unit_test_setup(a_monitor_of_ipv6_is_known_by_its_address_too, prepare),
        cmocka_unit_test_setup(mutated_packets_never_break_a_promise, prepare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
