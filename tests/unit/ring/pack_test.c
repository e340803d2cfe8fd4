/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/random.h"
#include "daemon/ring/assembly.h"
#include "daemon/ring/pack.h"

enum { ROOM = 2400, LONGEST = 9000 };

static uint8_t text[LONGEST];

static void add(struct lane_queue *l, uint32_t len, uint8_t service)
{
    struct message m = {.block = block_new(len), .len = len};
    m.frame = m.block->bytes;
    memcpy(m.frame, text, len);
    lane_add(l, m, service);
}

/* A packet of the lane, in memory of just its length; it decodes. */
static uint8_t *next_packet(struct packer *p, struct lane_queue *l, size_t at_least,
                            struct data_header *h, size_t *len)
{
    static uint8_t room[ROOM];
    *h = (struct data_header){.seq = 1};
    *len = packer_fill(p, l, room, ROOM, at_least, h);
    assert_in_range(*len, DATA_HEADER, ROOM);
    data_encode_header(room, h);
    uint8_t *body = malloc(*len);
    memcpy(body, room, *len);
    struct data_header back;
    assert_true(data_decode(&back, body, *len));
    assert_int_equal(back.parts, h->parts);
    return body;
}

static void small_messages_share_a_packet(void **state)
{
    struct packer p = {0};
    struct lane_queue l = {0};
    struct data_header h;
    size_t len;
    (void)state;
    for (int i = 0; i < 5; i++)
        add(&l, 100, i == 3 ? SERVICE_SAFE : SERVICE_AGREED);
    free(next_packet(&p, &l, 0, &h, &len));
    assert_int_equal(h.parts, 5);
    assert_int_equal(p.end_count, 5);
    assert_int_equal(len, DATA_HEADER + 5 * (DATA_PART + 100));
    assert_true(lane_empty(&l));
    packer_fini(&p);
    lane_fini(&l);
}

static void a_packet_has_as_many_parts_as_can_be_counted_at_most(void **state)
{
    struct packer p = {0};
    struct lane_queue l = {0};
    struct data_header h;
    size_t len;
    (void)state;
    for (int i = 0; i < DATA_PARTS_MAX + 5; i++)
        add(&l, 1, SERVICE_AGREED);
    free(next_packet(&p, &l, ROOM, &h, &len));
    assert_int_equal(h.parts, DATA_PARTS_MAX);
    assert_int_equal(len, DATA_HEADER + 8 * DATA_PARTS_MAX); /* no part is left for padding */
    assert_int_equal(l.used, 5);
    packer_fini(&p);
    lane_fini(&l);
}

static void a_packet_is_padded_where_that_is_asked_for(void **state)
{
    struct packer p = {0};
    struct lane_queue l = {0};
    struct data_header h;
    size_t len;
    (void)state;
    add(&l, 10, SERVICE_AGREED);
    free(next_packet(&p, &l, 600, &h, &len));
    assert_int_equal(len, 600);
    assert_int_equal(h.parts, 2);
    packer_fini(&p);
    lane_fini(&l);
}

/* Whatever is queued, in whatever room: it comes out again in order, once, as it went in. */
static void what_is_packed_comes_out_again(void **state)
{
    static struct assemblies all;
    struct random r = {5};
    struct packer p = {0};
    struct lane_queue l = {0};
    uint32_t lens[64];
    (void)state;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)random_next(&r);
    for (int round = 0; round < 300; round++) {
        uint32_t count = 1 + random_below(&r, COUNT_OF(lens)), got = 0;
        uint32_t limit = round % 2 ? LONGEST : 300;
        for (uint32_t i = 0; i < count; i++)
            add(&l, lens[i] = 1 + random_below(&r, limit), SERVICE_AGREED);
        while (!lane_empty(&l)) {
            struct data_header h;
            size_t len, at = DATA_HEADER;
            uint8_t *body = next_packet(&p, &l, random_below(&r, ROOM / 4) * 4, &h, &len);
            for (unsigned i = 0; i < h.parts; i++) {
                struct part part = data_part(body, &at);
                struct message m = {.frame = part.bytes, .len = part.len};
                if (part.service == SERVICE_PADDING ||
                    (part.flags != PART_WHOLE && !assembly_add(&all, 0, false, &part, &m)))
                    continue;
                assert_int_equal(m.len, lens[got++]);
                assert_memory_equal(m.frame, text, m.len);
                message_unref(&m);
            }
            free(body);
        }
        assert_int_equal(got, count);
        assert_int_equal(l.bytes, 0);
    }
    assemblies_drop(&all);
    packer_fini(&p);
    lane_fini(&l);
}

static void a_message_sent_in_part_starts_over_in_the_next_ring(void **state)
{
    struct packer p = {0};
    struct lane_queue l = {0};
    struct data_header h;
    size_t len, at = DATA_HEADER;
    (void)state;
    add(&l, 5000, SERVICE_AGREED);
    free(next_packet(&p, &l, 0, &h, &len));
    assert_true(l.bytes < 5000);
    lane_restart(&l);
    assert_int_equal(l.bytes, 5000);
    uint8_t *body = next_packet(&p, &l, 0, &h, &len);
    struct part part = data_part(body, &at);
    assert_int_equal(part.flags, PART_FIRST);
    assert_int_equal(part.fragment, 0);
    free(body);
    packer_fini(&p);
    lane_fini(&l);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_messages_share_a_packet),
        cmocka_unit_test(a_packet_has_as_many_parts_as_can_be_counted_at_most),
        cmocka_unit_test(a_packet_is_padded_where_that_is_asked_for),
        cmocka_unit_test(what_is_packed_comes_out_again),
        cmocka_unit_test(a_message_sent_in_part_starts_over_in_the_next_ring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
