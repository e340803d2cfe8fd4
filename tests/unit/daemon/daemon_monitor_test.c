/* SPDX-License-Identifier: MIT
 *
 * What a daemon does for a monitor: the report, field by field, and the commands; what it says of
 * them in the log.
 */
#include "daemon/daemon.h"
#include "daemon/membership/core.h"
#include "daemon/monitor/commands.h"
#include "daemon/monitor/envelope.h"
#include "daemon/monitor/status.h"
#include "daemon/packet/header.h"
#include "tests/support/test.h"
#include "tests/unit/daemon/world.h"
#include "tests/unit/monitor/request.h"

#define PERMIT "; DangerousMonitor = true permits it"

enum { PORT = 6543, HASH = 77 };

/* d1 of count daemons, in two segments where there are several. A monitor runs beside d2, if there
 * is one. */
static struct world *monitored(int count)
{
    struct world *w = world_new(count, "NULL");
    w->conf->hash = HASH;
    w->conf->dangerous_monitor = true;
    for (int i = 0; i < count; i++)
        w->conf->daemons[i].ip = (struct ip){.family = 4, .bytes = {10, 0, 0, (uint8_t)(i + 1)}};
    return w;
}

static void send_to_port(struct world *w, const struct request *r, bool token_port)
{
    uint8_t bytes[REQUEST_MAX];
    struct datagram_in in = {.bytes = bytes,
                             .len = request_bytes(r, bytes),
                             .source = w->conf->daemons[w->conf->daemon_count > 1].ip,
                             .source_port = 40000,
                             .token_port = token_port,
                             .own_address = true};
    daemon_on_datagram(w->daemon, &in, w->now);
}

static void send(struct world *w, uint32_t type, const int16_t *halves, size_t half_count)
{
    uint32_t beside = w->conf->daemons[w->conf->daemon_count > 1].id;
    struct request r = {.type = type,
                        .transmitter = beside,
                        .process = beside,
                        .sequence = PORT,
                        .hash = HASH,
                        .halves = halves,
                        .half_count = half_count};
    send_to_port(w, &r, false);
}

static struct monitor_status expect_report(struct world *w)
{
    struct monitor_reply reply;
    struct monitor_packet p;
    struct monitor_status s = {0};
    assert_true(daemon_next_reply(w->daemon, &reply));
    assert_int_equal(reply.port, PORT);
    assert_true(ip_equal(&reply.to, &w->conf->daemons[w->conf->daemon_count > 1].ip));
    assert_int_equal(reply.len, MONITOR_HEADER + MONITOR_STATUS_BODY);
    assert_true(monitor_packet_decode(&p, reply.bytes, reply.len));
    assert_int_equal(p.type, MONITOR_STATUS);
    assert_int_equal(p.process, 100);
    assert_true(monitor_status_decode(&s, p.body));
    return s;
}

static struct monitor_status status(struct world *w)
{
    struct monitor_reply none;
    send(w, MONITOR_STATUS, NULL, 0);
    struct monitor_status s = expect_report(w);
    assert_false(daemon_next_reply(w->daemon, &none));
    return s;
}

static void the_hash_is_a_header_that_says_whose_it_is(void **state)
{
    (void)state;
    struct world *w = monitored(2);
    struct monitor_reply reply;
    struct monitor_packet p;
    struct request other = {.type = MONITOR_HASH,
                            .transmitter = w->conf->daemons[1].id,
                            .sequence = PORT,
                            .hash = HASH + 1};
    send_to_port(w, &other, false);
    assert_true(daemon_next_reply(w->daemon, &reply));
    assert_int_equal(reply.port, PORT);
    assert_true(ip_equal(&reply.to, &w->conf->daemons[1].ip));
    assert_int_equal(reply.len, MONITOR_HEADER); /* no more than the question had */
    assert_true(monitor_packet_decode(&p, reply.bytes, reply.len));
    assert_int_equal(p.type, MONITOR_HASH);
    assert_int_equal(p.process, 100);
    assert_int_equal(p.hash, HASH);
    assert_false(daemon_next_reply(w->daemon, &reply));
    world_free(w);
}

static void before_the_first_view_status_names_no_leader(void **state)
{
    (void)state;
    struct world *w = monitored(2);
    struct monitor_status s = status(w);
    assert_int_equal(s.sec, 0);
    assert_int_not_equal(s.state, 1);
    assert_int_equal(s.gstate, 1);
    assert_int_equal(s.my_id, 100);
    assert_int_equal(s.leader_id, 0);
    assert_int_equal(s.num_procs, 0);
    assert_int_equal(s.num_segments, 0);
    assert_int_equal(s.membership_changes, 0);
    assert_int_equal(s.window, 160);
    assert_int_equal(s.personal_window, 20);
    assert_int_equal(s.accelerated_ring, 0);
    assert_int_equal(s.accelerated_window, 15);
    assert_int_equal(s.major_version, 5);
    assert_int_equal(s.minor_version, 0);
    assert_int_equal(s.patch_version, 1);
    world_free(w);
}

static void status_counts_what_clients_do(void **state)
{
    (void)state;
    struct world *w = monitored(1);
    struct peer_end *a = world_join_as(w, "a");
    peer_request(a, "a", FRAME_JOIN, "g");
    peer_request(a, "a", FRAME_JOIN, "h");
    for (int i = 0; i < 3; i++)
        peer_cast(a, "a", FRAME_AGREED, "g", "x");
    world_pass(w, 9999);
    struct peer_end *silent = world_connect(w);
    struct monitor_status s = status(w);
    assert_int_equal(s.sec, 9);
    assert_int_equal(s.state, 1);
    assert_int_equal(s.leader_id, 100);
    assert_int_equal(s.num_procs, 1);
    assert_int_equal(s.num_segments, 1);
    assert_int_equal(s.membership_changes, 1);
    assert_int_equal(s.message_delivered, 3); /* joins are none */
    assert_int_equal(s.num_sessions, 2);      /* one of them has not said a word */
    assert_int_equal(s.num_groups, 2);
    assert_int_equal(s.aru, s.my_aru);
    assert_int_equal(s.aru, s.highest_seq);
    assert_int_equal(s.retrans, 0);
    peer_free(silent);
    peer_free(a);
    world_free(w);
}

static void a_daemon_alone_counts_rounds_like_an_idle_ring_and_one_for_each_turn_of_messages(void **state)
{
    (void)state;
    struct world *w = monitored(1);
    struct peer_end *a = world_join_as(w, "a");
    world_pass(w, 10000);
    int32_t before = status(w).token_rounds;
    assert_true(before > 0);
    world_pass(w, 10000);
    int32_t after = status(w).token_rounds;
    assert_true(after >= before + 20); /* two a second, HurryTimeout being 500 */
    peer_cast(a, "a", FRAME_AGREED, "g", "x");
    assert_int_equal(status(w).token_rounds, after + 1);
    peer_free(a);
    world_free(w);
}

static void the_report_goes_to_the_daemon_that_is_named_as_process(void **state)
{
    (void)state;
    struct world *w = monitored(3);
    struct request r = {.type = MONITOR_STATUS,
                        .transmitter = 101,
                        .process = 102,
                        .sequence = 0x00031990,
                        .hash = HASH};
    struct monitor_reply reply;
    send_to_port(w, &r, false);
    assert_true(daemon_next_reply(w->daemon, &reply));
    assert_true(ip_equal(&reply.to, &w->conf->daemons[2].ip));
    assert_int_equal(reply.port, 0x1990);
    r.sequence = 0x10000; /* no port */
    send_to_port(w, &r, false);
    assert_false(daemon_next_reply(w->daemon, &reply));
    world_free(w);
}

static void reports_come_in_the_order_of_the_queries_and_too_many_are_dropped(void **state)
{
    (void)state;
    struct world *w = monitored(2);
    struct monitor_reply reply;
    struct request r = {.type = MONITOR_STATUS, .transmitter = 101, .process = 101, .hash = HASH};
    uint32_t asked = 1, answered = 1;
    for (; asked <= 40; asked++) {
        r.sequence = asked;
        send_to_port(w, &r, false);
    }
    for (; answered <= 20; answered++) {
        assert_true(daemon_next_reply(w->daemon, &reply));
        assert_int_equal(reply.port, answered);
    }
    for (; asked <= 1000; asked++) {
        r.sequence = asked;
        send_to_port(w, &r, false);
    }
    uint64_t dropped = daemon_counters(w->daemon)->replies_dropped;
    for (; daemon_next_reply(w->daemon, &reply); answered++)
        assert_int_equal(reply.port, answered);
    assert_true(dropped > 0);
    assert_int_equal(answered - 1 + dropped, 1000);
    world_free(w);
}

static void the_token_port_takes_nothing_of_monitors(void **state)
{
    (void)state;
    struct world *w = monitored(2);
    struct monitor_reply reply;
    struct request r = {
        .type = MONITOR_STATUS, .transmitter = 101, .process = 101, .sequence = PORT, .hash = HASH};
    send_to_port(w, &r, true);
    assert_false(daemon_next_reply(w->daemon, &reply));
    assert_int_equal(counters_refused(daemon_counters(w->daemon)), 1);
    world_free(w);
}

/* -- daemons of 5.0.1 ---------------------------------------------------------------------- */

/* As a daemon of 5.0.1 in the place of d2 would send it: its header with a type of its own. */
static struct request of_other_spread(const struct world *w, bool big_endian)
{
    static const int16_t body[8] = {0};
    return (struct request){.big_endian = big_endian,
                            .type = 0x00010000,
                            .transmitter = w->conf->daemons[1].id,
                            .process = w->conf->daemons[1].id,
                            .sequence = 12,
                            .hash = HASH,
                            .halves = body,
                            .half_count = 8};
}

static void packets_of_another_spread_are_told_from_those_of_monitors(void **state)
{
    (void)state;
    struct world *w = monitored(2);
    for (int i = 0; i < 4; i++) {
        struct request r = of_other_spread(w, i & 1);
        w->last_log[0] = '\0';
        send_to_port(w, &r, i & 2);
        w->now += 100 * USEC_SECOND;
        assert_non_null(strstr(w->last_log, "another Spread, such as 5.0.1"));
        assert_non_null(strstr(w->last_log, "10.0.0.2"));
        assert_non_null(strstr(w->last_log, "daemon d2"));
    }
    assert_int_equal(daemon_counters(w->daemon)->events[EVENT_OTHER_SPREAD], 4);
    assert_int_equal(counters_monitor_refused(daemon_counters(w->daemon)), 0);
    world_free(w);
}

/* Such as its tokens are, whose length stands elsewhere, or under another configuration. */
static void they_are_known_by_who_sends_them(void **state)
{
    (void)state;
    struct world *w = monitored(2);
    struct request r = of_other_spread(w, false);
    r.lie = 12;
    send_to_port(w, &r, true);
    assert_int_equal(daemon_counters(w->daemon)->events[EVENT_OTHER_SPREAD], 1);
    r.lie = 0;
    r.hash++;
    send_to_port(w, &r, false);
    assert_int_equal(daemon_counters(w->daemon)->events[EVENT_OTHER_SPREAD], 2);
    r.transmitter = w->conf->daemons[0].id; /* from the address of d2 */
    send_to_port(w, &r, false);
    send_to_port(w, &r, true);
    r.transmitter = 4711;
    send_to_port(w, &r, false);
    send_to_port(w, &r, true);
    assert_int_equal(daemon_counters(w->daemon)->events[EVENT_OTHER_SPREAD], 2);
    assert_int_equal(counters_monitor_refused(daemon_counters(w->daemon)), 2);
    world_free(w);
}

static void they_are_told_less_and_less_often(void **state)
{
    (void)state;
    struct world *w = monitored(2);
    int lines = 0;
    for (int i = 0; i < 3600; i++, w->now += USEC_SECOND) {
        struct request r = of_other_spread(w, false);
        w->last_log[0] = '\0';
        send_to_port(w, &r, false);
        lines += w->last_log[0] != '\0';
    }
    assert_in_range(lines, 2, 16);
    assert_int_equal(daemon_counters(w->daemon)->events[EVENT_OTHER_SPREAD], 3600);
    world_free(w);
}

/* -- commands ------------------------------------------------------------------------------ */

/* A packet of d2's, which is none that d1 can use; returns whether it got past the partition. */
static bool is_heard(struct world *w)
{
    uint8_t bytes[PACKET_HEADER];
    struct packet_header h = {.version = PACKET_VERSION,
                              .type = PACKET_PROBE,
                              .sender = 1,
                              .receiver = 0,
                              .hash = HASH,
                              .incarnation = 5};
    struct datagram_in in = {.bytes = bytes,
                             .len = sizeof bytes,
                             .source = w->conf->daemons[1].ip,
                             .own_address = true,
                             .token_port = true};
    uint64_t before = daemon_counters(w->daemon)->datagrams_in;
    packet_header_encode(bytes, &h);
    daemon_on_datagram(w->daemon, &in, w->now);
    return daemon_counters(w->daemon)->datagrams_in > before;
}

static void a_partition_lasts_a_minute_after_the_last_word(void **state)
{
    (void)state;
    static const int16_t cut[128] = {0, 1};
    struct world *w = monitored(2);
    assert_true(is_heard(w));
    send(w, MONITOR_PARTITION, cut, 128);
    assert_string_equal(w->last_print,
                        "monitor at 10.0.0.2: partition for 60 s: heard are only d1");
    assert_false(is_heard(w));
    assert_int_equal(status(w).my_id, 100); /* monitors are heard all the same */
    world_pass(w, 40000);
    send(w, MONITOR_PARTITION, cut, 2);
    world_pass(w, 59000);
    assert_false(is_heard(w));
    world_pass(w, 1001);
    assert_true(is_heard(w));
    world_free(w);
}

static void a_partition_is_ended_by_equal_components(void **state)
{
    (void)state;
    static const int16_t cut[2] = {0, 1}, healed[2] = {0, 0};
    struct world *w = monitored(2);
    send(w, MONITOR_PARTITION, cut, 2);
    send(w, MONITOR_PARTITION, healed, 2);
    assert_string_equal(w->last_print, "monitor at 10.0.0.2: partition ended");
    assert_true(is_heard(w));
    world_free(w);
}

static void flow_control_sets_what_it_does_not_keep(void **state)
{
    (void)state;
    static const int16_t all[8] = {5, 4, 9, 9, 50, 0}, one[8] = {-1, -1, 9, 9, 7, 0};
    static const int16_t bad[8] = {-2, 1, 9, 9, 7, 0};
    struct world *w = monitored(2);
    send(w, MONITOR_FLOW, all, 6);
    assert_string_equal(w->last_print, "monitor at 10.0.0.2: flow control: window 50, personal "
                                       "window 5, accelerated window 4");
    send(w, MONITOR_FLOW, one, 6);
    struct monitor_status s = status(w);
    assert_int_equal(s.window, 7);
    assert_int_equal(s.personal_window, 5);
    assert_int_equal(s.accelerated_window, 4);
    send(w, MONITOR_FLOW, bad, 6);
    assert_string_equal(w->last_print, "monitor at 10.0.0.2: flow control refused: a negative "
                                       "window other than -1; take a window of at least 0, or -1 to keep it");
    send(w, MONITOR_FLOW, all, 5);
    assert_string_equal(w->last_print, "monitor at 10.0.0.2: flow control refused: too short for "
                                       "the number of daemons; give spmonitor the file that the daemons have");
    assert_int_equal(status(w).window, 7);
    assert_int_equal(counters_monitor_refused(daemon_counters(w->daemon)), 2);
    world_free(w);
}

static void terminate_is_a_graceful_stop(void **state)
{
    (void)state;
    static const int16_t ours[2] = {-1, 0}, other[2] = {0, -1};
    struct world *w = monitored(2);
    send(w, MONITOR_PARTITION, other, 2);
    assert_false(daemon_is_leaving(w->daemon));
    send(w, MONITOR_PARTITION, ours, 2);
    send(w, MONITOR_PARTITION, ours, 2); /* as monitors do */
    assert_true(daemon_is_leaving(w->daemon));
    assert_string_equal(w->last_print, "monitor at 10.0.0.2: terminate: leaving");
    world_pass(w, 2000);
    assert_true(daemon_has_left(w->daemon));
    world_free(w);
}

static void a_reload_is_handed_on_once_and_only_while_operational(void **state)
{
    (void)state;
    struct world *w = monitored(2);
    assert_false(daemon_take_reload(w->daemon));
    send(w, MONITOR_RELOAD, NULL, 0);
    send(w, MONITOR_RELOAD, NULL, 0);
    assert_string_equal(w->last_print, "monitor at 10.0.0.2: reload");
    assert_false(daemon_take_reload(w->daemon)); /* nobody has answered yet */
    world_pass(w, 5000);
    assert_int_equal(status(w).state, 1);
    assert_true(daemon_take_reload(w->daemon));
    assert_false(daemon_take_reload(w->daemon));
    world_free(w);
}

static void without_DangerousMonitor_commands_are_refused_and_logged(void **state)
{
    (void)state;
    static const int16_t cut[8] = {0, 1}, ours[8] = {-1, 0}, stop[8] = {0};
    struct world *w = monitored(2);
    w->conf->dangerous_monitor = false;
    w->log.types = 0; /* they are logged whatever is shown */
    w->log.level = LEVEL_FATAL;
    send(w, MONITOR_PARTITION, cut, 8);
    assert_string_equal(w->last_print,
                        "monitor at 10.0.0.2: partition refused: DangerousMonitor is off" PERMIT);
    send(w, MONITOR_PARTITION, ours, 8);
    assert_string_equal(w->last_print,
                        "monitor at 10.0.0.2: terminate refused: DangerousMonitor is off" PERMIT);
    send(w, MONITOR_FLOW, stop, 8);
    assert_string_equal(w->last_print,
                        "monitor at 10.0.0.2: flow control refused: DangerousMonitor is off" PERMIT);
    assert_true(is_heard(w));
    assert_false(daemon_is_leaving(w->daemon));
    assert_int_equal(status(w).window, 160);
    world_free(w);
}

static void refusals_are_counted_where_they_are_too_many_to_log(void **state)
{
    (void)state;
    static const int16_t stop[8] = {0};
    struct world *w = monitored(2);
    w->conf->dangerous_monitor = false;
    for (int i = 0; i < 5; i++)
        send(w, MONITOR_FLOW, stop, 8);
    world_pass(w, 1001);
    send(w, MONITOR_FLOW, stop, 8);
    assert_string_equal(w->last_print,
                        "monitor at 10.0.0.2: flow control refused: DangerousMonitor "
                        "is off" PERMIT "; 4 more since the last such line");
    assert_int_equal(counters_monitor_refused(daemon_counters(w->daemon)), 6);
    world_free(w);
}

static void a_monitor_of_another_configuration_is_told_of_in_the_log(void **state)
{
    (void)state;
    struct world *w = monitored(2);
    struct request r = {.type = MONITOR_STATUS,
                        .transmitter = 101,
                        .process = 101,
                        .sequence = PORT,
                        .hash = HASH + 1};
    struct monitor_reply reply;
    send_to_port(w, &r, false);
    assert_false(daemon_next_reply(w->daemon, &reply));
    assert_string_equal(w->last_log,
                        "monitor's packet from 10.0.0.2 ignored: another configuration "
                        "(our hash is 77); give spmonitor the file that the daemons have");
    world_free(w);
}

/* -- with keys ----------------------------------------------------------------------------------- */

static const struct keyring keys = {.keys = {{.id = 3, .secret = {9}}}, .count = 1};

/* A packet of the monitor's with its parts; the answer, if there is one, is opened. */
static struct envelope send_sealed(struct world *w, uint32_t type, uint64_t number, struct moment moment,
                                   uint8_t sealed[ENVELOPE_MAX], size_t *len)
{
    static const int16_t windows[] = {30, 10, 40, 0};
    static uint8_t room[ENVELOPE_ROOM];
    uint8_t bytes[REQUEST_MAX];
    struct monitor_reply reply;
    bool flow = type == MONITOR_FLOW;
    struct request r = {.type = type,
                        .transmitter = w->conf->daemons[0].id,
                        .process = w->conf->daemons[0].id,
                        .sequence = PORT,
                        .hash = HASH,
                        .halves = flow ? windows : NULL,
                        .half_count = flow ? COUNT_OF(windows) : 0};
    struct envelope e = {.from = FROM_MONITOR, .life = 8, .number = number, .moment = moment, .packet = bytes};
    e.len = request_bytes(&r, bytes);
    *len = envelope_seal(&e, &keys.keys[0], sealed);
    struct datagram_in in = {.bytes = sealed, .len = *len, .source = w->conf->daemons[0].ip};
    daemon_on_datagram(w->daemon, &in, w->now);
    e = (struct envelope){.len = 0};
    if (daemon_next_reply(w->daemon, &reply))
        assert_int_equal(envelope_open(&e, FROM_DAEMON, &keys, reply.bytes, reply.len, room), MONITOR_OBEYED);
    return e;
}

static struct world *keyed(void)
{
    struct world *w = monitored(1);
    daemon_reload(w->daemon, w->conf, 0, w->auth, &keys);
    assert_true(daemon_take_over(w->daemon, w->now));
    return w;
}

static void a_sealed_command_counts_with_a_moment_of_now_and_once(void **state)
{
    (void)state;
    struct world *w = keyed();
    uint8_t sealed[ENVELOPE_MAX];
    size_t len;
    struct envelope answer = send_sealed(w, MONITOR_STATUS, 1, (struct moment){0}, sealed, &len);
    assert_int_equal(answer.question.life, 8);
    assert_int_equal(answer.question.number, 1);
    assert_int_equal(answer.len, MONITOR_HEADER + MONITOR_STATUS_BODY);
    struct ring_windows before = core_windows(daemon_core(w->daemon));
    send_sealed(w, MONITOR_FLOW, 2, (struct moment){0}, sealed, &len);
    send_sealed(w, MONITOR_FLOW, 3, (struct moment){answer.moment.life + 1, answer.moment.at}, sealed, &len);
    assert_int_equal(core_windows(daemon_core(w->daemon)).window, before.window);
    send_sealed(w, MONITOR_FLOW, 4, answer.moment, sealed, &len);
    assert_int_equal(core_windows(daemon_core(w->daemon)).window, 40);

    struct ring_windows other = {before.window, MONITOR_KEEP, MONITOR_KEEP};
    struct datagram_in in = {.bytes = sealed, .len = len, .source = w->conf->daemons[0].ip};
    for (int i = 0; i < 30; i++) { /* recorded, and sent again for half a minute */
        core_set_windows((struct core *)(uintptr_t)daemon_core(w->daemon), &other);
        daemon_on_datagram(w->daemon, &in, w->now += USEC_SECOND);
        assert_int_equal(core_windows(daemon_core(w->daemon)).window, before.window);
    }
    world_free(w);
}

static void sealed_questions_are_bounded(void **state)
{
    (void)state;
    struct world *w = keyed();
    uint8_t sealed[ENVELOPE_MAX];
    size_t len;
    int answers = 0;
    for (uint64_t n = 1; n <= 10000; n++)
        answers += send_sealed(w, MONITOR_HASH, n, (struct moment){0}, sealed, &len).len > 0;
    assert_in_range(answers, 1000, 3000);
    w->now += 2 * USEC_SECOND;
    assert_true(send_sealed(w, MONITOR_HASH, 20000, (struct moment){0}, sealed, &len).len > 0);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hash_is_a_header_that_says_whose_it_is),
        cmocka_unit_test(before_the_first_view_status_names_no_leader),
        cmocka_unit_test(status_counts_what_clients_do),
        cmocka_unit_test(
            a_daemon_alone_counts_rounds_like_an_idle_ring_and_one_for_each_turn_of_messages),
        cmocka_unit_test(the_report_goes_to_the_daemon_that_is_named_as_process),
        cmocka_unit_test(reports_come_in_the_order_of_the_queries_and_too_many_are_dropped),
        cmocka_unit_test(the_token_port_takes_nothing_of_monitors),
        cmocka_unit_test(packets_of_another_spread_are_told_from_those_of_monitors),
        cmocka_unit_test(they_are_known_by_who_sends_them),
        cmocka_unit_test(they_are_told_less_and_less_often),
        cmocka_unit_test(a_partition_lasts_a_minute_after_the_last_word),
        cmocka_unit_test(a_partition_is_ended_by_equal_components),
        cmocka_unit_test(flow_control_sets_what_it_does_not_keep),
        cmocka_unit_test(terminate_is_a_graceful_stop),
        cmocka_unit_test(a_reload_is_handed_on_once_and_only_while_operational),
        cmocka_unit_test(without_DangerousMonitor_commands_are_refused_and_logged),
        cmocka_unit_test(refusals_are_counted_where_they_are_too_many_to_log),
        cmocka_unit_test(a_monitor_of_another_configuration_is_told_of_in_the_log),
        cmocka_unit_test(a_sealed_command_counts_with_a_moment_of_now_and_once),
        cmocka_unit_test(sealed_questions_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
