/* SPDX-License-Identifier: MIT
 *
 * What the log says of daemons that are not let in or not heard: who it is, what to look at, and not
 * for ever once a second.
 */
#include "daemon/daemon_inside.h"
#include "daemon/daemon_sight.h"
#include "daemon/packet/header.h"
#include "tests/unit/daemon/world.h"

enum { HASH = 77, OTHER_HASH = 78, HOUR_S = 3600 };

/* d1 of three daemons, one segment at a multicast address. */
static struct world *lan(void)
{
    struct world *w = world_new(3, "NULL");
    w->conf->hash = HASH;
    w->conf->segments[0].addresses[0] = (struct ip){.family = 4, .bytes = {239, 1, 2, 3}};
    w->conf->segments[0].address_count = 1;
    for (int i = 0; i < 3; i++)
        w->conf->daemons[i].ip = (struct ip){.family = 4, .bytes = {10, 0, 0, (uint8_t)(i + 1)}};
    return w;
}

/* A packet from 10.0.0.last; true if that is told in the log. */
static bool hear(struct world *w, uint8_t last, uint32_t hash)
{
    uint8_t bytes[PACKET_HEADER];
    struct packet_header h = {.version = PACKET_VERSION,
                              .type = PACKET_PROBE,
                              .sender = (uint16_t)(last - 1),
                              .hash = hash,
                              .incarnation = 5};
    struct datagram_in in = {.bytes = bytes,
                             .len = sizeof bytes,
                             .source = {.family = 4, .bytes = {10, 0, 0, last}},
                             .own_address = true,
                             .token_port = true};
    packet_header_encode(bytes, &h);
    w->last_log[0] = '\0';
    daemon_on_datagram(w->daemon, &in, w->now);
    return w->last_log[0] != '\0';
}

static void a_daemon_with_another_configuration_is_named(void **state)
{
    (void)state;
    struct world *w = lan();
    assert_true(hear(w, 2, OTHER_HASH));
    assert_string_equal(w->last_log,
                        "packet from 10.0.0.2 (daemon d2) ignored: another configuration (hash 78, "
                        "ours 77); give all hosts the same file, and reload");
    assert_true(hear(w, 3, OTHER_HASH)); /* each by itself */
    assert_non_null(strstr(w->last_log, "10.0.0.3 (daemon d3)"));
    assert_true(hear(w, 9, OTHER_HASH));
    assert_non_null(strstr(w->last_log, "10.0.0.9 (a stranger)"));
    w->conf->daemons[1].ip = w->conf->daemons[2].ip;
    w->now += 10 * USEC_SECOND;
    assert_true(hear(w, 3, OTHER_HASH));
    assert_non_null(strstr(w->last_log, "10.0.0.3 (daemon d2, one of 2 at that address)"));
    world_free(w);
}

static void it_is_told_less_and_less_often_and_anew_after_a_silence(void **state)
{
    (void)state;
    struct world *w = lan();
    int minute = 0, hour = 0;
    for (int s = 0; s < 24 * HOUR_S; s++, w->now += USEC_SECOND) {
        bool told = hear(w, 2, OTHER_HASH);
        minute += told && s < 60;
        hour += told && s >= 23 * HOUR_S;
    }
    assert_in_range(minute, 2, 7);
    assert_in_range(hour, 0, 1);
    w->now += 3 * HOUR_S * (usec)USEC_SECOND;
    assert_true(hear(w, 2, OTHER_HASH));
    w->now += USEC_SECOND;
    assert_true(hear(w, 2, OTHER_HASH));
    world_free(w);
}

static void a_daemon_that_hears_nobody_says_so_once(void **state)
{
    (void)state;
    struct world *w = lan();
    int told = 0;
    for (int s = 0; s < 120; s++) {
        w->last_log[0] = '\0';
        world_pass(w, 1000);
        told += strstr(w->last_log, "has been heard") != NULL;
        if (told == 1 && strstr(w->last_log, "has been heard"))
            assert_string_equal(
                w->last_log,
                "none of the other 2 daemons of the configuration has been heard since the start: "
                "if any of them runs, look at UDP ports 4803 and 4804 and the multicast address "
                "239.1.2.3 of segment 1, and whether packets of 1472 bytes pass");
        assert_true(s >= 5 || !told); /* it has not waited for long enough before */
    }
    assert_int_equal(told, 1);
    assert_true(daemon_is_lone(w->daemon));
    hear(w, 2, OTHER_HASH); /* which it does not believe */
    assert_true(daemon_is_lone(w->daemon));
    hear(w, 2, HASH);
    world_pass(w, 3600000);
    assert_false(daemon_is_lone(w->daemon)); /* once is enough */
    world_free(w);
}

static void a_daemon_that_has_heard_somebody_or_is_to_be_alone_does_not(void **state)
{
    (void)state;
    struct world *w = lan(), *alone = world_new(1, "NULL");
    hear(w, 2, HASH);
    for (int s = 0; s < 120; s++) {
        world_pass(w, 1000);
        world_pass(alone, 1000);
        assert_null(strstr(w->last_log, "has been heard"));
        assert_null(strstr(alone->last_log, "has been heard"));
        assert_false(daemon_is_lone(w->daemon) || daemon_is_lone(alone->daemon));
    }
    world_free(w);
    world_free(alone);
}

static void tell(struct world *w, enum event_kind kind, uint16_t who, uint16_t other)
{
    struct event_record e = event_about(kind, who, 0);
    e.other = other;
    events_tell(&w->daemon->shared, &e);
}

static void who_does_not_answer_has_been_silent_for_so_long(void **state)
{
    (void)state;
    struct world *w = lan();
    tell(w, EVENT_SUSPECT, 1, NO_PROC);
    assert_string_equal(w->last_log,
                        "daemon d2 does not answer; look whether it runs, and at the network between");
    hear(w, 2, HASH);
    world_pass(w, 1250);
    hear(w, 3, HASH);
    tell(w, EVENT_SUSPECT, 1, NO_PROC);
    assert_string_equal(w->last_log,
                        "daemon d2 does not answer: nothing has come from it for 1250 ms; look whether it "
                        "runs, and at the network between");
    world_free(w);
}

static void a_pair_that_does_not_hear_each_other_comes_with_what_to_look_at(void **state)
{
    (void)state;
    struct world *w = lan();
    hear(w, 2, HASH); /* to the token port */
    tell(w, EVENT_ONE_WAY, 1, 0);
    assert_non_null(strstr(w->last_log, "daemons d2 and d1 do not hear each other both ways"));
    assert_non_null(strstr(w->last_log, "only what goes to the second port: it may be that"));
    assert_non_null(strstr(w->last_log, "(the largest had 32 bytes)"));
    assert_non_null(strstr(w->last_log, "look at UDP ports 4803 and 4804 and the multicast address "
                                        "239.1.2.3 of segment 1"));
    tell(w, EVENT_ONE_WAY, 2, 0);
    assert_non_null(strstr(w->last_log, "from d3 came here in the last minute nothing"));
    tell(w, EVENT_ONE_WAY, 1, 2); /* of two others nothing is known here */
    assert_null(strstr(w->last_log, "came here"));
    tell(w, EVENT_ONE_WAY, 1, FIRST_GHOST); /* a reload has just removed it */
    assert_non_null(strstr(w->last_log, "look at the network"));
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_daemon_with_another_configuration_is_named),
        cmocka_unit_test(it_is_told_less_and_less_often_and_anew_after_a_silence),
        cmocka_unit_test(a_daemon_that_hears_nobody_says_so_once),
        cmocka_unit_test(a_daemon_that_has_heard_somebody_or_is_to_be_alone_does_not),
        cmocka_unit_test(who_does_not_answer_has_been_silent_for_so_long),
        cmocka_unit_test(a_pair_that_does_not_hear_each_other_comes_with_what_to_look_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
