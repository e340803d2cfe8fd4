/* SPDX-License-Identifier: MIT
 *
 * The protocol between daemons, byte for byte. Whoever has to change a line here has made a new
 * version of the protocol: PACKET_VERSION goes up with it.
 */
#include "tests/support/test.h"
#include "tests/unit/packet/codec.h"

/* Ten daemons: a set takes two bytes. Words are such that every byte of a field is its own. */
enum { PROCS = 10 };

/* clang-format off */
/* The parts that several packets have: as initialisers, and as their bytes. */
#define A_RING {.epoch = 0x0102030405060708, .leader = 0x090a, .nonce = 0x0b0c0d0e}
#define RING "0102030405060708 090a 0b0c0d0e "
#define AN_OLD_RING {.epoch = 0x1112131415161718, .leader = 0x191a, .nonce = 0x1b1c1d1e}
#define OLD_RING "1112131415161718 191a 1b1c1d1e "

/* Daemons 1 and 9. */
#define ROSTER_OF_TWO {.in = {{1 << 1 | 1 << 9}}, .inc = {[1] = 0x21222324, [9] = 0x31323334}}
#define TWO "0002 0001 21222324 0009 31323334 "
#define SET_OF_SOME {{1 << 0 | 1 << 7 | 1 << 8}}
#define SOME "81 01 "

/* Numbers 0x4142434445464749 to ...53, of which the first, ninth and tenth. */
#define A_MAP {.from = 0x4142434445464748, .count = 11, .bits = {0x01, 0x03}}
#define MAP "4142434445464748 0000000b 0103 "

#define AN_ALIVE                                                                                   \
    {.state = 3,                                                                                   \
     .ring = A_RING,                                                                               \
     .promised = 0x5152535455565758,                                                               \
     .saying = 0x61626364,                                                                         \
     .heard = ROSTER_OF_TWO,                                                                       \
     .heard_sayings = {[1] = 0x65666768, [9] = 0x696a6b6c},                                        \
     .suspects = SET_OF_SOME}
#define ALIVE_BODY "03 " RING "5152535455565758 61626364 " TWO "65666768 696a6b6c " SOME
/* clang-format on */

struct line {
    enum packet_type type;
    union control message;
    const char *bytes; /* in hex, blanks mean nothing */
};

static const struct line lines[] = {
    {PACKET_TOKEN,
     {.token = {.ring = A_RING,
                .hop = 0x7172737475767778,
                .round = 0x81828384,
                .flags = TOKEN_HELD | TOKEN_RESTED,
                .seq = 0x9192939495969798,
                .aru = 0x9192939495960000,
                .aru_setter = 0x0009,
                .window = 0xb1b2,
                .personal = 0xb3b4,
                .sent = 0xc1c2c3c4,
                .backlog = 0xd1d2d3d4,
                .request_count = 2,
                .requests = {{.from = 0x9192939495969798 - 0x01020304,
                              .count = 0xe1e2,
                              .requester = 9,
                              .tries = 0xe3},
                             {.from = 0x9192939495969798, .count = 1, .requester = 0}}}},
     RING "7172737475767778 81828384 0005 9192939495969798 9192939495960000 0009 b1b2 "
          "b3b4 c1c2c3c4 d1d2d3d4 0002 01020304 e1e2 0009 e3 00 00000000 0001 0000 00 00"},
    {PACKET_TOKACK,
     {.tokack = {.tag = 0x0102030405060708, .hop = 0x1112131415161718}},
     "0102030405060708 1112131415161718"},
    {PACKET_HURRY,
     {.hurry = {.tag = 0x0102030405060708}},
     "0102030405060708"},
    {PACKET_SUSPECT,
     {.suspect = {.ring = A_RING, .index = 9, .inc = 0x21222324, .reason = SUSPECT_UNREACHABLE}},
     RING "0009 21222324 01"},
    {PACKET_LEAVE, {.leave = {.ring = A_RING}}, RING},
    {PACKET_ALIVE, {.alive = AN_ALIVE}, ALIVE_BODY},
    {PACKET_JOIN,
     {.join = {.alive = AN_ALIVE,
               .kind = JOIN_RING,
               .engaged = 8,
               .members = ROSTER_OF_TWO,
               .sayings = {[1] = 0x71727374, [9] = 0x81828384},
               .bad_count = 2,
               .bad = {{0, 5}, {3, 9}}}},
     ALIVE_BODY "01 0008 " TWO "71727374 81828384 02 0000 0005 0003 0009"},
    {PACKET_REFER, {.refer = {.to = 7}}, "0007"},
    {PACKET_PROBE, {.probe = {.ring = A_RING, .leader = 7}}, RING "0007"},
    {PACKET_PREPARE,
     {.prepare = {.prep = 0x7172737475767778, .members = ROSTER_OF_TWO}},
     "7172737475767778 " TWO},
    {PACKET_READY,
     {.ready = {.prep = 0x7172737475767778,
                .saying = 0x81828384,
                .promised = 0x9192939495969798,
                .heard = ROSTER_OF_TWO}},
     "7172737475767778 81828384 9192939495969798 " TWO},
    {PACKET_HOPCHK, {.hopchk = {.tag = 0x7172737475767778}}, "7172737475767778"},
    {PACKET_PROPOSE,
     {.propose = {.ring = A_RING,
                  .supersedes = AN_OLD_RING,
                  .members = ROSTER_OF_TWO,
                  .echo = ECHO_TOKEN,
                  .tag = 0x7172737475767778,
                  .echoed = 0x81828384}},
     RING OLD_RING TWO "01 7172737475767778 81828384"},
    {PACKET_ACCEPT,
     {.accept = {.ring = A_RING,
                 .nonce = 0x71727374,
                 .old_ring = AN_OLD_RING,
                 .aru = 0x4142434445464748,
                 .high = 0x4142434445464753,
                 .stable = 0x4142434445464700,
                 .have = A_MAP,
                 .obligations = SET_OF_SOME,
                 .promised = 0x8182838485868788,
                 .capacity = 0x91929394,
                 .packet_size = 0xa1a2}},
     RING "71727374 " OLD_RING "4142434445464748 4142434445464753 4142434445464700 " MAP SOME
          "8182838485868788 91929394 a1a2"},
    {PACKET_REFUSE,
     {.refuse = {.ring = A_RING,
                 .reason = REFUSE_LEAVING,
                 .promised = 0x8182838485868788,
                 .busy = AN_OLD_RING}},
     RING "03 8182838485868788 " OLD_RING},
    {PACKET_COMMIT,
     {.commit = {.ring = A_RING,
                 .nonce = 0x71727374,
                 .members = ROSTER_OF_TWO,
                 .ordinal = {[1] = 0x81, [9] = 0x82},
                 .packet_size = 0x9192,
                 .capacity = 0xa1a2a3a4,
                 .old_ring = AN_OLD_RING,
                 .together = {{1 << 9}},
                 .stable = 0xb1b2b3b4b5b6b7b8,
                 .present = A_MAP,
                 .obligations = SET_OF_SOME,
                 .resend = {.from = 0x4142434445464748, .count = 11, .bits = {0x00, 0x04}}}},
     RING "71727374 " TWO "81 82 9192 a1a2a3a4 " OLD_RING "00 02 b1b2b3b4b5b6b7b8 " MAP SOME
          "4142434445464748 0000000b 0004"},
    {PACKET_RNACK, {.rnack = {.ring = A_RING, .attempt = 0x71, .missing = A_MAP}}, RING "71 " MAP},
    {PACKET_RECOVERED,
     {.recovered = {.ring = A_RING, .nonce = 0x71727374, .predecessor = true}},
     RING "71727374 01"},
    {PACKET_INSTALL, {.form_ring = {.ring = A_RING}}, RING},
    {PACKET_ABORT, {.form_ring = {.ring = A_RING}}, RING},
};

static size_t from_hex(const char *text, uint8_t *bytes)
{
    static const char digits[] = "0123456789abcdef";
    size_t nibbles = 0;
    for (; *text; text++) {
        const char *digit = strchr(digits, *text);
        if (!digit)
            continue;
        unsigned v = (unsigned)(digit - digits);
        bytes[nibbles / 2] = (uint8_t)(nibbles % 2 ? bytes[nibbles / 2] | v : v << 4);
        nibbles++;
    }
    assert_int_equal(nibbles % 2, 0);
    return nibbles / 2;
}

static void each_packet_is_these_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        static uint8_t expected[BODY_MAX], bytes[BODY_MAX];
        size_t len = from_hex(lines[i].bytes, expected);
        size_t got = codec_encode(lines[i].type, &lines[i].message, PROCS, bytes, sizeof bytes);
        if (got != len || memcmp(bytes, expected, len) != 0)
            fail_msg("%s is no longer what it was", packet_type_name(lines[i].type));
    }
}

static void these_bytes_are_each_packet(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        static uint8_t expected[BODY_MAX], bytes[BODY_MAX];
        static union control m;
        size_t len = from_hex(lines[i].bytes, expected);
        if (!codec_decode(lines[i].type, &m, PROCS, expected, len))
            fail_msg("%s does not decode any more", packet_type_name(lines[i].type));
        assert_int_equal(codec_encode(lines[i].type, &m, PROCS, bytes, sizeof bytes), len);
        assert_memory_equal(bytes, expected, len);
    }
}

static void every_type_stands_in_the_table(void **state)
{
    (void)state;
    bool seen[PACKET_TYPES] = {false};
    for (size_t i = 0; i < COUNT_OF(lines); i++)
        seen[lines[i].type] = true;
    for (unsigned type = CODEC_FIRST; type < CODEC_END; type++)
        assert_true(seen[type]);
}

static void types_keep_their_numbers(void **state)
{
    (void)state;
    static const char *const names[] = {
        "?",      "DATA",   "RDATA",  "TOKEN", "TOKACK",    "HURRY",   "SUSPECT", "LEAVE",
        "ALIVE",  "JOIN",   "REFER",  "PROBE", "PREPARE",   "READY",   "HOPCHK",  "PROPOSE",
        "ACCEPT", "REFUSE", "COMMIT", "RNACK", "RECOVERED", "INSTALL", "ABORT",
    };
    assert_int_equal(COUNT_OF(names), PACKET_TYPES);
    for (unsigned i = 0; i < PACKET_TYPES; i++)
        assert_string_equal(packet_type_name(i), names[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_packet_is_these_bytes),
        cmocka_unit_test(these_bytes_are_each_packet),
        cmocka_unit_test(every_type_stands_in_the_table),
        cmocka_unit_test(types_keep_their_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
