/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/base/random.h"
#include "daemon/session/intake.h"

/* A made-up protocol: 4 bytes of length, then as many bytes, each the low byte of its position in
 * the client's stream. */
struct stream {
    struct partial partial;
    uint8_t *bytes;
    size_t len, sent;
    size_t checked; /* bytes of complete units seen */
};

static struct stream stream_of(struct random *r, size_t units)
{
    struct stream s = {.bytes = malloc(units * 60000)};
    for (size_t i = 0; i < units; i++) {
        uint32_t n = random_below(r, random_below(r, 4) ? 300 : 50000);
        memcpy(s.bytes + s.len, &n, 4);
        for (uint32_t k = 0; k < n; k++)
            s.bytes[s.len + 4 + k] = (uint8_t)(s.len + k);
        s.len += 4 + n;
    }
    return s;
}

static void check_unit(struct stream *s, const uint8_t *at, size_t len)
{
    assert_true(s->checked + len <= s->len);
    assert_memory_equal(at, s->bytes + s->checked, len);
    s->checked += len;
}

/* Takes units off in; returns how many bytes, and what the next unit needs. */
static size_t take_units(struct stream *s, struct input in, size_t *needed)
{
    size_t taken = 0;
    while (in.len - taken >= 4) {
        uint32_t n;
        memcpy(&n, in.at + taken, 4);
        if (in.len - taken < 4 + n) {
            *needed = 4 + n;
            break;
        }
        check_unit(s, in.at + taken, 4 + n);
        taken += 4 + n;
    }
    return taken;
}

static void read_some(struct intake *in, struct stream *s, size_t most)
{
    struct iovec iov[2];
    int count = intake_room(in, &s->partial, INTAKE_SLAB, iov);
    size_t n = 0, needed = 0;
    assert_true(iov[count - 1].iov_len >= INTAKE_ROOM);
    for (int i = 0; i < count; i++) {
        size_t part = iov[i].iov_len;
        if (part > most - n)
            part = most - n;
        if (part > s->len - s->sent)
            part = s->len - s->sent;
        memcpy(iov[i].iov_base, s->bytes + s->sent, part);
        s->sent += part;
        n += part;
    }
    struct input large;
    if (intake_on_read(in, &s->partial, n, false, &large)) {
        check_unit(s, large.at, large.len);
        block_unref(large.block);
    }
    size_t taken = take_units(s, intake_rest(in), &needed);
    intake_done(in, &s->partial, taken, needed);
}

static void streams_that_interleave_in_any_pieces_come_out_whole(void **state)
{
    (void)state;
    struct random r = {7};
    struct intake *in = intake_new();
    for (int run = 0; run < 40; run++) {
        struct stream s[3];
        for (int i = 0; i < 3; i++)
            s[i] = stream_of(&r, 30);
        for (int left = 1; left;) {
            left = 0;
            for (int i = 0; i < 3; i++) {
                if (s[i].sent < s[i].len)
                    read_some(in, &s[i], 1 + random_below(&r, random_below(&r, 2) ? 50 : 100000));
                left |= s[i].sent < s[i].len;
            }
        }
        for (int i = 0; i < 3; i++) {
            assert_int_equal(s[i].checked, s[i].len);
            assert_null(s[i].partial.block); /* an idle client holds nothing */
            free(s[i].bytes);
        }
    }
    intake_free(in);
}

static void referenced_bytes_stay_as_they_are(void **state)
{
    (void)state;
    struct intake *in = intake_new();
    struct partial p = {0};
    struct iovec iov[2];
    struct input large;
    intake_room(in, &p, INTAKE_SLAB, iov);
    memcpy(iov[0].iov_base, "first", 5);
    intake_on_read(in, &p, 5, false, &large);
    struct input kept = intake_rest(in);
    block_ref(kept.block);
    intake_done(in, &p, 5, 0);
    for (int i = 0; i < 20; i++) {
        intake_room(in, &p, INTAKE_SLAB, iov);
        memset(iov[0].iov_base, 'x', iov[0].iov_len);
        intake_on_read(in, &p, iov[0].iov_len, false, &large);
        intake_done(in, &p, iov[0].iov_len, 0);
    }
    assert_memory_equal(kept.at, "first", 5);
    block_unref(kept.block);
    intake_free(in);
}

static void half_a_password_is_wiped_and_half_a_message_is_not(void **state)
{
    (void)state;
    for (int secret = 0; secret < 2; secret++) {
        struct intake *in = intake_new();
        struct partial p = {0};
        struct iovec iov[2];
        struct input large;
        intake_room(in, &p, INTAKE_SLAB, iov);
        memcpy(iov[0].iov_base, "half", 4);
        intake_on_read(in, &p, 4, secret, &large);
        intake_done(in, &p, 0, 0);
        struct block *aside = block_ref(p.block);
        intake_room(in, &p, INTAKE_SLAB, iov);
        intake_on_read(in, &p, 0, secret, &large);
        assert_memory_equal(intake_rest(in).at, "half", 4);
        assert_memory_equal(aside->bytes, secret ? "\0\0\0\0" : "half", 4);
        block_unref(aside);
        intake_done(in, &p, 4, 0);
        intake_free(in);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_that_interleave_in_any_pieces_come_out_whole),
        cmocka_unit_test(referenced_bytes_stay_as_they_are),
        cmocka_unit_test(half_a_password_is_wiped_and_half_a_message_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
