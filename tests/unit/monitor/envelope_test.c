/* SPDX-License-Identifier: MIT
 *
 * Sealed packets of monitors: what goes in comes out, and nothing else does; a command counts once, and
 * only for some seconds; what a daemon tells of the others.
 */
#include "daemon/monitor/envelope.h"

#include <stdlib.h>

#include "daemon/monitor/freshness.h"
#include "daemon/monitor/peers.h"
#include "tests/support/test.h"

static const struct keyring ring = {
    .keys = {{.id = 7, .algorithm = SEAL_AES_256_GCM, .secret = {1}},
             {.id = 9, .algorithm = SEAL_CHACHA20_POLY1305, .secret = {2}}},
    .count = 2,
};

static const struct envelope question = {
    .from = FROM_MONITOR,
    .life = 0x1122334455667788,
    .number = 3,
    .moment = {4, 5},
    .question = {6, 7},
    .packet = (const uint8_t *)"what is asked",
    .len = 13,
};

static enum why opens(struct envelope *e, const uint8_t *bytes, size_t len, uint8_t room[ENVELOPE_ROOM])
{
    uint8_t *exact = malloc(len); /* so that a sanitizer sees what is read beyond it */
    if (len)
        memcpy(exact, bytes, len);
    enum why why = envelope_open(e, FROM_MONITOR, &ring, exact, len, room);
    free(exact);
    return why;
}

static void what_is_sealed_is_opened_as_it_was(void **state)
{
    uint8_t bytes[ENVELOPE_MAX], room[ENVELOPE_ROOM];
    struct envelope e;
    (void)state;
    for (int k = 0; k < ring.count; k++) {
        size_t len = envelope_seal(&question, &ring.keys[k], bytes);
        assert_true(envelope_is(bytes, len));
        assert_int_equal(opens(&e, bytes, len, room), MONITOR_OBEYED);
        assert_int_equal(e.key_id, ring.keys[k].id);
        assert_int_equal(e.life, question.life);
        assert_int_equal(e.number, 3);
        assert_int_equal(e.moment.life, 4);
        assert_int_equal(e.moment.at, 5);
        assert_int_equal(e.question.life, 6);
        assert_int_equal(e.question.number, 7);
        assert_int_equal(e.len, question.len);
        assert_memory_equal(e.packet, question.packet, question.len);
    }
}

static void the_largest_packet_has_room(void **state)
{
    static uint8_t packet[MONITOR_PACKET_MAX], bytes[ENVELOPE_MAX], room[ENVELOPE_ROOM];
    struct envelope e = question;
    (void)state;
    e.packet = packet;
    e.len = sizeof packet;
    assert_int_equal(envelope_seal(&e, &ring.keys[0], bytes), ENVELOPE_MAX);
    assert_int_equal(opens(&e, bytes, ENVELOPE_MAX, room), MONITOR_OBEYED);
    assert_int_equal(e.len, MONITOR_PACKET_MAX);
}

static void no_bit_of_it_may_be_another_one(void **state)
{
    uint8_t bytes[ENVELOPE_MAX], room[ENVELOPE_ROOM];
    struct envelope e;
    size_t len = envelope_seal(&question, &ring.keys[0], bytes);
    (void)state;
    for (size_t bit = 0; bit < 8 * len; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_not_equal(opens(&e, bytes, len, room), MONITOR_OBEYED);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t shorter = 0; shorter < len; shorter++)
        assert_int_not_equal(opens(&e, bytes, shorter, room), MONITOR_OBEYED);
}

static void what_is_wrong_is_told_apart(void **state)
{
    uint8_t bytes[ENVELOPE_MAX], room[ENVELOPE_ROOM];
    struct seal_key other = ring.keys[0];
    struct keyring none = {.count = 0};
    struct envelope e;
    (void)state;
    other.secret[31] = 1;
    size_t len = envelope_seal(&question, &other, bytes);
    assert_int_equal(opens(&e, bytes, len, room), MONITOR_NO_SEAL);
    other.id = 8;
    len = envelope_seal(&question, &other, bytes);
    assert_int_equal(opens(&e, bytes, len, room), MONITOR_NO_KEY);
    len = envelope_seal(&question, &ring.keys[0], bytes);
    assert_int_equal(envelope_open(&e, FROM_MONITOR, &none, bytes, len, room), MONITOR_NO_KEY);
    assert_int_equal(envelope_open(&e, FROM_DAEMON, &ring, bytes, len, room), MONITOR_NO_LENGTH);
    bytes[4] = FROM_DAEMON; /* which has another key */
    assert_int_equal(envelope_open(&e, FROM_DAEMON, &ring, bytes, len, room), MONITOR_NO_SEAL);
}

/* -- once, and for some seconds ------------------------------------------------------------------- */

enum { LIFE = 77 };

static enum monitor_trust take(struct freshness *f, uint64_t number, uint64_t at, usec now)
{
    struct envelope e = {.life = 5, .number = number, .moment = {LIFE, at}};
    return freshness_take(f, &e, LIFE, now);
}

static void a_command_counts_once_and_for_some_seconds(void **state)
{
    struct freshness f = {.next = 0};
    const usec at = 100 * (usec)USEC_SECOND;
    (void)state;
    assert_int_equal(take(&f, 1, at, at), TRUST_SEALED);
    assert_int_equal(take(&f, 1, at, at), TRUST_AGAIN);
    assert_int_equal(take(&f, 1, at, at + FRESH_US), TRUST_AGAIN);
    assert_int_equal(take(&f, 1, at, at + FRESH_US + 1), TRUST_STALE);
    assert_int_equal(take(&f, 2, at, at + FRESH_US), TRUST_SEALED);
    assert_int_equal(take(&f, 3, at + 1, at), TRUST_STALE); /* to come */
    struct envelope of_another = {.life = 5, .number = 4, .moment = {LIFE + 1, at}};
    assert_int_equal(freshness_take(&f, &of_another, LIFE, at), TRUST_STALE);
    struct envelope without = {.life = 5, .number = 4};
    assert_int_equal(freshness_take(&f, &without, LIFE, at), TRUST_STALE);
}

static void none_is_forgotten_while_it_could_come_again(void **state)
{
    struct freshness f = {.next = 0};
    const usec at = 100 * (usec)USEC_SECOND;
    (void)state;
    for (uint64_t i = 1; i <= FRESH_COMMANDS; i++)
        assert_int_equal(take(&f, i, at, at), TRUST_SEALED);
    assert_int_equal(take(&f, FRESH_COMMANDS + 1, at, at + FRESH_US), TRUST_STALE);
    for (uint64_t i = 1; i <= FRESH_COMMANDS; i++)
        assert_int_equal(take(&f, i, at, at + FRESH_US), TRUST_AGAIN);
    usec later = at + 2 * FRESH_US;
    assert_int_equal(take(&f, FRESH_COMMANDS + 1, later, later), TRUST_SEALED);
}

/* -- what a daemon tells of the others ------------------------------------------------------------ */

static void peers_are_told_as_they_are(void **state)
{
    static struct monitor_peers all, again;
    uint8_t body[MONITOR_BODY_MAX];
    (void)state;
    all = (struct monitor_peers){.unopened = {0, 1, 2, 3, 4, 5, 6}};
    for (int i = 0; i < MONITOR_ENTRIES; i++)
        all.peers[i] = (struct peer_report){.key_id = (uint8_t)i,
                                            .trouble_key = (uint8_t)(255 - i),
                                            .trouble = (enum peer_trouble)(i % TROUBLES),
                                            .heard_s = (uint16_t)(i * 300),
                                            .trouble_s = (uint16_t)(PEERS_NEVER - i)};
    monitor_peers_encode(body, &all, MONITOR_ENTRIES);
    size_t len = monitor_peers_len(MONITOR_ENTRIES);
    assert_int_equal(len, MONITOR_BODY_MAX);
    assert_true(monitor_peers_decode(&again, reader_of(body, len), MONITOR_ENTRIES));
    assert_memory_equal(again.unopened, all.unopened, sizeof all.unopened);
    for (int i = 0; i < MONITOR_ENTRIES; i++) {
        assert_int_equal(again.peers[i].key_id, all.peers[i].key_id);
        assert_int_equal(again.peers[i].trouble_key, all.peers[i].trouble_key);
        assert_int_equal(again.peers[i].trouble, all.peers[i].trouble);
        assert_int_equal(again.peers[i].heard_s, all.peers[i].heard_s);
        assert_int_equal(again.peers[i].trouble_s, all.peers[i].trouble_s);
    }
    assert_false(monitor_peers_decode(&again, reader_of(body, len - 1), MONITOR_ENTRIES));
    body[24 + 1] = TROUBLES;
    assert_false(monitor_peers_decode(&again, reader_of(body, len), MONITOR_ENTRIES));
    for (int t = 0; t < TROUBLES; t++)
        assert_true(peer_trouble_text((enum peer_trouble)t)[0] != '\0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_sealed_is_opened_as_it_was),
        cmocka_unit_test(the_largest_packet_has_room),
        cmocka_unit_test(no_bit_of_it_may_be_another_one),
        cmocka_unit_test(what_is_wrong_is_told_apart),
        cmocka_unit_test(a_command_counts_once_and_for_some_seconds),
        cmocka_unit_test(none_is_forgotten_while_it_could_come_again),
        cmocka_unit_test(peers_are_told_as_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
