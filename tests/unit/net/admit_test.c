/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/net/admit.h"
#include "tests/support/conf.h"

enum { OURS = 0x1111, THEIRS = 0x2222 };

/* We are A of "AB|CD"; what comes is a packet of B unless a test says otherwise. */
struct incoming {
    struct packet_header header;
    uint16_t source; /* whose address it comes from */
    size_t len;
};

static struct conf *conf;

static int begin(void **state)
{
    (void)state;
    conf = test_conf("AB|CD");
    conf->hash = 77;
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(conf);
    return 0;
}

static struct incoming from_b(void)
{
    return (struct incoming){.header = {.version = PACKET_VERSION,
                                        .type = PACKET_DATA,
                                        .sender = 1,
                                        .receiver = NO_PROC,
                                        .hash = 77,
                                        .incarnation = THEIRS,
                                        .body_len = 4},
                             .source = 1,
                             .len = PACKET_HEADER + 4};
}

static enum why judge(const struct incoming *in)
{
    struct admit a = {.conf = conf, .self = 0, .incarnation = OURS};
    struct received p = {.own_address = true};
    uint8_t *bytes = calloc(1, PACKET_HEADER + 4 + PACKET_TAG);
    packet_header_encode(bytes, &in->header);
    enum why result = admit(&a, bytes, in->len, &conf->daemons[in->source].ip, &p);
    free(bytes);
    return result;
}

static void what_is_right_in_every_respect_is_admitted(void **state)
{
    (void)state;
    struct incoming in = from_b();
    assert_int_equal(judge(&in), ADMITTED);
    in.header.receiver = 0;
    assert_int_equal(judge(&in), ADMITTED);
    for (uint8_t type = PACKET_DATA; type < PACKET_TYPES; type++) {
        in.header.type = type;
        assert_int_equal(judge(&in), ADMITTED);
    }
}

static void a_length_that_disagrees_is_refused_before_anything_else(void **state)
{
    (void)state;
    struct incoming in = from_b();
    in.header.version = 9;
    for (in.len = 0; in.len < PACKET_HEADER + 4; in.len++)
        assert_int_equal(judge(&in), REFUSED_LENGTH);
    in.len = PACKET_HEADER + 5;
    assert_int_equal(judge(&in), REFUSED_LENGTH);
}

static void each_wrong_field_has_its_reason(void **state)
{
    (void)state;
    static const struct {
        struct packet_header wrong;
        enum why reason;
    } cases[] = {
        {{.version = PACKET_VERSION + 1, .type = 1, .sender = 1, .hash = 77}, REFUSED_VERSION},
        {{.version = PACKET_VERSION, .type = 0, .sender = 1, .hash = 77}, REFUSED_TYPE},
        {{.version = PACKET_VERSION, .type = PACKET_TYPES, .sender = 1, .hash = 77}, REFUSED_TYPE},
        {{.version = PACKET_VERSION, .type = 1, .sender = 1, .hash = 78}, REFUSED_HASH},
        {{.version = PACKET_VERSION, .type = 1, .sender = 4, .hash = 77}, REFUSED_SENDER},
        {{.version = PACKET_VERSION, .type = 1, .sender = NO_PROC, .hash = 77}, REFUSED_SENDER},
        {{.version = PACKET_VERSION, .type = 1, .sender = 0, .hash = 77, .incarnation = OURS},
         REFUSED_SELF},
        {{.version = PACKET_VERSION, .type = 1, .sender = 0, .hash = 77, .incarnation = THEIRS},
         REFUSED_TWIN},
        {{.version = PACKET_VERSION, .type = 1, .sender = 2, .hash = 77}, REFUSED_SOURCE},
        {{.version = PACKET_VERSION, .type = 1, .sender = 1, .receiver = 2, .hash = 77},
         REFUSED_RECEIVER},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct incoming in = {.header = cases[i].wrong, .source = 1, .len = PACKET_HEADER};
        in.len += in.header.key_id ? PACKET_TAG : 0;
        assert_int_equal(judge(&in), cases[i].reason);
    }
}

static void only_a_packet_to_be_passed_on_may_come_from_a_neighbours_address(void **state)
{
    (void)state;
    struct incoming in = from_b(); /* B's address, and it says that C has sent it */
    in.header.sender = 2;
    assert_int_equal(judge(&in), REFUSED_SOURCE);
    in.header.flags = PACKET_SEGFWD;
    assert_int_equal(judge(&in), ADMITTED);
    in.source = 3; /* D, which is no neighbour of ours */
    assert_int_equal(judge(&in), REFUSED_SOURCE);
    in.header.sender = 1; /* nobody passes on what comes from our own segment */
    in.source = 0;
    assert_int_equal(judge(&in), REFUSED_SOURCE);
}

#define WITH_CONF(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        WITH_CONF(what_is_right_in_every_respect_is_admitted),
        WITH_CONF(a_length_that_disagrees_is_refused_before_anything_else),
        WITH_CONF(each_wrong_field_has_its_reason),
        WITH_CONF(only_a_packet_to_be_passed_on_may_come_from_a_neighbours_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
