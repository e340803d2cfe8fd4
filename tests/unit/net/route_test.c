/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/random.h"
#include "daemon/net/route.h"
#include "tests/support/conf.h"

/* Where a packet goes as a text: letters are daemons, "*" our segment. */
static const char *where(const char *segments, char self, enum destination_kind kind,
                         const char *to, bool token_port)
{
    static char text[PROCS_MAX + 1];
    static struct routes out;
    struct conf *conf = test_conf(segments);
    struct destination d = {.kind = kind};
    for (const char *c = to; *c; c++) {
        procset_add(&d.set, (unsigned)(*c - 'A'));
        d.proc = (uint16_t)(*c - 'A');
    }
    route(conf, (uint16_t)(self - 'A'), &d, token_port, &out);
    for (int i = 0; i < out.count; i++)
        text[i] = out.list[i].segment ? '*' : (char)('A' + out.list[i].proc);
    text[out.count] = '\0';
    free(conf);
    return text;
}

static void a_packet_for_one_goes_to_its_own_address(void **state)
{
    (void)state;
    assert_string_equal(where("AB|C", 'A', TO_PROC, "B", false), "B");
    assert_string_equal(where("AB|C", 'A', TO_PROC, "C", true), "C");
}

static void a_ring_of_one_segment_is_reached_with_one_datagram(void **state)
{
    (void)state;
    assert_string_equal(where("ABC", 'B', TO_RING, "AC", false), "*");
    assert_string_equal(where("ABC", 'B', TO_RING, "C", false), "C");
    assert_string_equal(where("ABC", 'B', TO_SEGMENT, "", false), "*");
    assert_string_equal(where("ABC", 'B', TO_RING, "", false), "");
}

static void each_other_segment_gets_one_datagram_at_its_first_member(void **state)
{
    (void)state;
    assert_string_equal(where("AB|CD|EF", 'A', TO_RING, "BCDEF", false), "BCE");
    assert_string_equal(where("ABC|DE|F", 'A', TO_RING, "BCEF", false), "*EF");
    assert_string_equal(where("A|B|C", 'B', TO_RING, "AC", false), "AC");
}

static void a_set_elsewhere_is_served_one_by_one(void **state)
{
    (void)state;
    assert_string_equal(where("ABC|DE", 'A', TO_SET, "BCDE", false), "*DE");
    assert_string_equal(where("ABC|DE", 'A', TO_SET, "BE", false), "BE");
}

static void control_goes_to_each_for_nobody_hears_it_at_a_segments_address(void **state)
{
    (void)state;
    assert_string_equal(where("ABC|DE", 'A', TO_SET, "BCDE", true), "BCDE");
}

static void nobody_sends_to_itself(void **state)
{
    (void)state;
    assert_string_equal(where("AB|C", 'A', TO_SET, "ABC", true), "BC");
    assert_string_equal(where("AB|C", 'A', TO_RING, "ABC", false), "BC");
}

static bool passes_on(const struct conf *conf, uint16_t self, uint16_t sender,
                      enum packet_type type, uint8_t flags, bool own_address)
{
    struct received p = {.header = {.type = (uint8_t)type, .flags = flags, .sender = sender},
                         .own_address = own_address};
    return route_relays(conf, self, &p);
}

static void only_data_from_elsewhere_that_came_to_us_alone_is_passed_on(void **state)
{
    struct conf *conf = test_conf("AB|CD|E");
    (void)state;
    assert_true(passes_on(conf, 2, 0, PACKET_DATA, PACKET_SEGFWD, true));
    assert_false(passes_on(conf, 2, 0, PACKET_DATA, PACKET_SEGFWD, false));
    assert_false(passes_on(conf, 2, 0, PACKET_DATA, 0, true));
    assert_false(passes_on(conf, 2, 0, PACKET_RDATA, PACKET_SEGFWD, true));
    assert_false(passes_on(conf, 2, 3, PACKET_DATA, PACKET_SEGFWD, true));
    assert_false(
        passes_on(conf, 4, 0, PACKET_DATA, PACKET_SEGFWD, true)); /* nobody else is there */
    free(conf);
}

/* Datagrams for daemons are delivered, those for segments heard by all in them, and heads pass on:
 * whatever the ring, each member has the packet in the end, and from outside a segment exactly one
 * datagram comes in. */
static void every_member_of_any_ring_gets_each_packet_and_each_site_once(void **state)
{
    static const char *const shapes[] = {"ABCDEF", "AB|CD|EF", "A|B|C|D|E|F", "A|BCDE|F",
                                         "ABC|D|EF"};
    static struct routes out;
    struct random r = {3};
    (void)state;
    for (int round = 0; round < 2000; round++) {
        struct conf *conf = test_conf(shapes[random_below(&r, COUNT_OF(shapes))]);
        uint16_t self = (uint16_t)random_below(&r, 6);
        struct destination to = {.kind = TO_RING};
        to.set.bits[0] = random_below(&r, 64);
        procset_remove(&to.set, self);
        struct procset got = {{0}};
        int crossings[CONF_SEGMENTS_MAX] = {0};

        route(conf, self, &to, false, &out);
        for (int i = 0; i < out.count; i++) {
            const struct route *o = &out.list[i];
            int segment = conf->daemons[o->segment ? self : o->proc].segment;
            bool spreads =
                o->segment || passes_on(conf, o->proc, self, PACKET_DATA, PACKET_SEGFWD, true);
            crossings[segment] += segment != conf->daemons[self].segment;
            for (int k = 0; k < conf->daemon_count; k++)
                if ((spreads && conf->daemons[k].segment == segment) ||
                    (!o->segment && k == o->proc))
                    procset_add(&got, (unsigned)k);
        }
        assert_true(procset_within(&to.set, &got));
        for (int k = 0; k < conf->segment_count; k++)
            assert_in_range(crossings[k], 0, 1);
        free(conf);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_packet_for_one_goes_to_its_own_address),
        cmocka_unit_test(a_ring_of_one_segment_is_reached_with_one_datagram),
        cmocka_unit_test(each_other_segment_gets_one_datagram_at_its_first_member),
        cmocka_unit_test(a_set_elsewhere_is_served_one_by_one),
        cmocka_unit_test(control_goes_to_each_for_nobody_hears_it_at_a_segments_address),
        cmocka_unit_test(nobody_sends_to_itself),
        cmocka_unit_test(only_data_from_elsewhere_that_came_to_us_alone_is_passed_on),
        cmocka_unit_test(every_member_of_any_ring_gets_each_packet_and_each_site_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
