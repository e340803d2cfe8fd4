/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/seal/known.h"
#include "daemon/seal/seal.h"
#include "daemon/seal/trials.h"
#include "tests/support/conf.h"

enum { BODY = 40, LEN = PACKET_HEADER + BODY, SEALED = LEN + PACKET_TAG, A_LIFE = 100, B_LIFE = 200 };

/* A and B of "AB|CD"; A sends. */
static struct conf *conf;
static struct in_force at_a, at_b;
static struct seal *a, *b;
static uint64_t counter;
static uint8_t sealed[SEALED];

static struct keyring keyring_of(const char *ids, int sending)
{
    struct keyring ring = {.count = (int)strlen(ids), .sending = sending};
    for (int k = 0; k < ring.count; k++) {
        uint8_t id = (uint8_t)(ids[k] - '0');
        ring.keys[k] = (struct seal_key){id, id % 2 ? SEAL_AES_256_GCM : SEAL_CHACHA20_POLY1305, {id}};
    }
    return ring;
}

static void give_keys(struct seal *s, const char *ids, int sending)
{
    struct keyring ring = keyring_of(ids, sending);
    seal_take_keys(s, &ring);
}

static int begin(void **state)
{
    (void)state;
    conf = test_conf("AB|CD");
    at_a = (struct in_force){conf, 0};
    at_b = (struct in_force){conf, 1};
    a = seal_new(&at_a, A_LIFE);
    b = seal_new(&at_b, B_LIFE);
    give_keys(a, "1", 0);
    give_keys(b, "1", 0);
    counter = 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    seal_free(a);
    seal_free(b);
    free(conf);
    return 0;
}

static void packet_of(uint64_t life, uint64_t number, uint8_t packet[LEN])
{
    struct packet_header h = {.version = PACKET_VERSION,
                              .type = PACKET_TOKEN,
                              .sender = 0,
                              .receiver = NO_PROC,
                              .incarnation = life,
                              .counter = number,
                              .body_len = BODY};
    packet_header_encode(packet, &h);
    for (int i = 0; i < BODY; i++)
        packet[PACKET_HEADER + i] = (uint8_t)i;
}

static void seal_by(struct seal *s, uint64_t life, uint64_t number)
{
    uint8_t packet[LEN];
    packet_of(life, number, packet);
    struct sealed out = seal_packet(s, packet, LEN);
    assert_int_equal(out.len, SEALED);
    memcpy(sealed, out.bytes, SEALED);
    block_unref(out.block);
}

/* The next packet of A, in sealed. */
static void seal_next(void)
{
    seal_by(a, A_LIFE, ++counter);
}

/* In place, and what opens has stayed where it was. */
static enum why open_believing(uint64_t believed, usec now)
{
    uint8_t datagram[SEALED];
    struct received p = {0};
    memcpy(datagram, sealed, SEALED);
    if (!packet_header_decode(&p.header, datagram, SEALED))
        return REFUSED_LENGTH;
    enum why why = seal_open(b, &p, datagram, false, believed, now);
    if (why == ADMITTED) {
        assert_ptr_equal(p.body, datagram + PACKET_HEADER);
        for (int i = 0; i < BODY; i++)
            assert_int_equal(p.body[i], i);
    }
    assert_null(p.block);
    return why;
}

static enum why open_it(void)
{
    return open_believing(A_LIFE, 0);
}

static void what_a_member_seals_opens_once(void **state)
{
    (void)state;
    for (int i = 0; i < 5000; i++) {
        seal_next();
        assert_int_equal(open_it(), ADMITTED);
        assert_int_equal(open_it(), REFUSED_REPLAY);
    }
    assert_int_equal(seal_last_key(b, 0), 1);
}

/* Others are to get it sealed, so its body goes elsewhere, each to a place of its own. */
static void what_is_relayed_stays_as_it_came(void **state)
{
    (void)state;
    struct received p[2] = {{.block = NULL}};
    for (int i = 0; i < 2; i++) {
        uint8_t datagram[SEALED];
        seal_next();
        memcpy(datagram, sealed, SEALED);
        assert_true(packet_header_decode(&p[i].header, datagram, SEALED));
        assert_int_equal(seal_open(b, &p[i], datagram, true, A_LIFE, 0), ADMITTED);
        assert_memory_equal(datagram, sealed, SEALED);
        block_ref(p[i].block);
    }
    for (int i = 0; i < 2; i++) {
        for (int k = 0; k < BODY; k++)
            assert_int_equal(p[i].body[k], k);
        block_unref(p[i].block);
    }
}

static void nothing_of_the_body_is_to_be_seen(void **state)
{
    (void)state;
    uint8_t packet[LEN];
    packet_of(A_LIFE, 1, packet);
    seal_next();
    for (int i = 0; i + 4 <= BODY; i++)
        for (int k = PACKET_HEADER; k + 4 <= SEALED; k++)
            assert_memory_not_equal(packet + PACKET_HEADER + i, sealed + k, 4);
}

/* Whatever bit it is, and nobody learns anything by it: the next genuine packet opens, and so does
 * that one if it comes as it was. */
static void no_bit_may_change(void **state)
{
    (void)state;
    seal_next();
    assert_int_equal(open_it(), ADMITTED);
    for (int bit = 0; bit < 8 * SEALED; bit++) {
        seal_next();
        sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (!packet_is_ours(sealed, SEALED) || be_at(sealed + 6, 2) >= CONF_DAEMONS_MAX)
            continue; /* net/admit.h looks at these */
        assert_int_not_equal(open_it(), ADMITTED);
        sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(open_it(), ADMITTED);
    }
}

/* With a number far ahead, it would make all that follow count as seen. */
static void what_is_forged_moves_no_window(void **state)
{
    (void)state;
    seal_next();
    assert_int_equal(open_it(), ADMITTED);
    seal_next();
    be_put(sealed + 20, 8, UINT64_MAX);
    assert_int_equal(open_it(), REFUSED_TAG);
    seal_next();
    assert_int_equal(open_it(), ADMITTED);
}

static void a_key_counts_as_long_as_it_is_in_the_file(void **state)
{
    (void)state;
    give_keys(a, "12", 1);
    seal_next();
    assert_int_equal(open_it(), REFUSED_KEY); /* B knows 1 alone */
    give_keys(b, "12", 0);
    assert_int_equal(open_it(), ADMITTED);
    give_keys(b, "2", 0);
    seal_next();
    assert_int_equal(open_it(), ADMITTED);
    give_keys(a, "12", 0);
    seal_next();
    assert_int_equal(open_it(), REFUSED_KEY); /* B has dropped 1 */
    give_keys(b, "31", 0);
    assert_int_equal(open_it(), ADMITTED);
    assert_int_equal(seal_last_key(b, 0), 1);
}

static void what_has_come_stays_known_when_keys_change(void **state)
{
    (void)state;
    seal_next();
    assert_int_equal(open_it(), ADMITTED);
    give_keys(b, "21", 0);
    assert_int_equal(open_it(), REFUSED_REPLAY);
    give_keys(b, "1", 0);
    assert_int_equal(open_it(), REFUSED_REPLAY);
}

static void another_key_of_the_same_id_opens_nothing(void **state)
{
    (void)state;
    struct keyring other = keyring_of("1", 0);
    other.keys[0].secret[20] = 9;
    seal_take_keys(b, &other);
    seal_next();
    assert_int_equal(open_it(), REFUSED_TAG);
}

static void without_keys_what_is_sealed_cannot_be_read(void **state)
{
    (void)state;
    struct keyring none = {.count = 0};
    seal_take_keys(b, &none);
    assert_false(seal_is_on(b));
    seal_next();
    assert_int_equal(open_it(), REFUSED_SEALED);
}

static enum why open_open_packet(void)
{
    uint8_t packet[LEN];
    struct received p = {0};
    packet_of(A_LIFE, ++counter, packet);
    assert_true(packet_header_decode(&p.header, packet, LEN));
    enum why why = seal_open(b, &p, packet, false, A_LIFE, 0);
    if (why == ADMITTED)
        assert_ptr_equal(p.body, packet + PACKET_HEADER);
    return why;
}

/* All accept and send open packets, then all send sealed ones, then nobody accepts open ones. */
static void keys_can_be_introduced_step_by_step(void **state)
{
    (void)state;
    struct keyring none = {.count = 0};
    assert_int_equal(open_open_packet(), REFUSED_OPEN);
    conf->accept_open_packets = conf->send_open_packets = true;
    assert_false(seal_is_on(b));
    assert_int_equal(open_open_packet(), ADMITTED);
    conf->send_open_packets = false;
    assert_true(seal_is_on(b));
    assert_int_equal(open_open_packet(), ADMITTED);
    seal_next();
    assert_int_equal(open_it(), ADMITTED);
    conf->accept_open_packets = false;
    assert_int_equal(open_open_packet(), REFUSED_OPEN);
    seal_take_keys(b, &none);
    assert_int_equal(open_open_packet(), ADMITTED);
}

/* Somebody has recorded packets of many lives of A. B has known more of them than it keeps. */
static void the_life_that_is_believed_in_is_not_forgotten_for_others(void **state)
{
    (void)state;
    uint8_t of_now[SEALED];
    seal_next();
    memcpy(of_now, sealed, SEALED);
    assert_int_equal(open_it(), ADMITTED);
    for (uint64_t life = 1000; life < 1000 + 3 * KNOWN_LIVES; life++) {
        struct seal *before = seal_new(&at_a, life);
        give_keys(before, "1", 0);
        seal_by(before, life, 1);
        assert_int_equal(open_it(), ADMITTED); /* it is genuine; the core judges lives */
        assert_int_equal(open_it(), REFUSED_REPLAY);
        seal_free(before);
    }
    memcpy(sealed, of_now, SEALED);
    assert_int_equal(open_it(), REFUSED_REPLAY);
}

/* Anybody can send packets of lives that never were. A trial takes 5 us. */
static void lives_that_are_not_known_are_tried_so_often_in_a_second(void **state)
{
    (void)state;
    int tried = 0;
    usec now = 50;
    for (uint64_t life = 1000; life < 1000 + 3 * TRIALS_SECOND; life++) {
        seal_next();
        be_put(sealed + 12, 8, life);
        enum why why = open_believing(A_LIFE, now);
        assert_true(why == REFUSED_TAG || why == REFUSED_TRIALS);
        tried += why == REFUSED_TAG;
    }
    assert_in_range(tried, TRIALS_SECOND, TRIALS_SECOND + 1);
    be_put(sealed + 12, 8, 5);
    assert_int_equal(open_believing(A_LIFE, now), REFUSED_TRIALS);
    assert_int_equal(open_believing(A_LIFE, now + USEC_SECOND / TRIALS_SECOND + 1), REFUSED_TAG);
}

static void known_lives_go_on_while_others_are_tried(void **state)
{
    (void)state;
    seal_next();
    assert_int_equal(open_it(), ADMITTED);
    lives_that_are_not_known_are_tried_so_often_in_a_second(state);
    seal_next();
    assert_int_equal(open_it(), ADMITTED);
}

/* A has become D in the file, or is not in it for a while. */
static void what_is_known_of_a_daemon_goes_by_its_name(void **state)
{
    (void)state;
    struct conf *other = test_conf("AB|CD");
    seal_next();
    assert_int_equal(open_it(), ADMITTED);
    strcpy(other->daemons[0].name, "other");
    at_b.conf = other;
    seal_on_renumbered(b);
    assert_int_equal(seal_last_key(b, 0), 0);
    assert_int_equal(open_it(), REFUSED_TAG);
    strcpy(other->daemons[0].name, conf->daemons[3].name);
    strcpy(other->daemons[3].name, conf->daemons[0].name);
    seal_on_renumbered(b);
    assert_int_equal(seal_last_key(b, 3), 1);
    at_b.conf = conf;
    seal_on_renumbered(b);
    assert_int_equal(open_it(), REFUSED_REPLAY);
    free(other);
}

static void no_more_daemons_are_known_than_there_is_room_for(void **state)
{
    (void)state;
    struct conf *other = test_conf("AB|CD");
    at_b.conf = other;
    for (int i = 0; i < 3 * KNOWN_DAEMONS; i++) {
        snprintf(other->daemons[2].name, CONF_DAEMON_NAME, "d%d", i);
        seal_on_renumbered(b);
        assert_int_equal(seal_last_key(b, 2), 0);
        if (i == 0) {
            seal_next();
            assert_int_equal(open_it(), ADMITTED);
        }
    }
    assert_int_equal(seal_last_key(b, 0), 1); /* it was in the file all the time */
    free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_a_member_seals_opens_once, begin, end),
        cmocka_unit_test_setup_teardown(what_is_relayed_stays_as_it_came, begin, end),
        cmocka_unit_test_setup_teardown(nothing_of_the_body_is_to_be_seen, begin, end),
        cmocka_unit_test_setup_teardown(no_bit_may_change, begin, end),
        cmocka_unit_test_setup_teardown(what_is_forged_moves_no_window, begin, end),
        cmocka_unit_test_setup_teardown(a_key_counts_as_long_as_it_is_in_the_file, begin, end),
        cmocka_unit_test_setup_teardown(what_has_come_stays_known_when_keys_change, begin, end),
        cmocka_unit_test_setup_teardown(another_key_of_the_same_id_opens_nothing, begin, end),
        cmocka_unit_test_setup_teardown(without_keys_what_is_sealed_cannot_be_read, begin, end),
        cmocka_unit_test_setup_teardown(keys_can_be_introduced_step_by_step, begin, end),
        cmocka_unit_test_setup_teardown(the_life_that_is_believed_in_is_not_forgotten_for_others,
                                        begin, end),
        cmocka_unit_test_setup_teardown(lives_that_are_not_known_are_tried_so_often_in_a_second,
                                        begin, end),
        cmocka_unit_test_setup_teardown(known_lives_go_on_while_others_are_tried, begin, end),
        cmocka_unit_test_setup_teardown(what_is_known_of_a_daemon_goes_by_its_name, begin, end),
        cmocka_unit_test_setup_teardown(no_more_daemons_are_known_than_there_is_room_for, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
