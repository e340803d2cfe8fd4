/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/base/random.h"
#include "daemon/session/outbox.h"
#include "libspread/wire/frame.h"

/* A frame with a body of body_len bytes, each of them fill. */
static uint32_t put_frame(uint8_t *at, int body_len, uint8_t fill)
{
    struct frame_header h = {.type = FRAME_FIFO, .hint = FRAME_MARK, .data_len = body_len};
    frame_encode(at, &h);
    memset(at + FRAME_HEADER, fill, (size_t)body_len);
    return FRAME_HEADER + (uint32_t)body_len;
}

static struct message own_block(int body_len, uint8_t fill)
{
    struct block *b = block_new(FRAME_HEADER + (size_t)body_len);
    return (struct message){.block = b, .frame = b->bytes, .len = put_frame(b->bytes, body_len, fill)};
}

static void neighbours_in_a_block_are_one_piece(void **state)
{
    (void)state;
    struct outbox o;
    struct iovec iov[8];
    struct block *slab = block_new(4096);
    uint32_t at = 0;
    outbox_init(&o);
    for (int i = 0; i < 3; i++) {
        struct message m = {.block = slab, .frame = slab->bytes + at};
        m.len = put_frame(m.frame, 10, (uint8_t)i);
        at += m.len;
        outbox_push(&o, &m, 0);
    }
    assert_int_equal(outbox_peek(&o, iov, 8), 1);
    assert_int_equal(iov[0].iov_len, 3 * 58);
    assert_int_equal(o.messages, 3);
    outbox_written(&o, 58 + 5); /* one message and a part of the second */
    assert_int_equal(o.messages, 2);
    assert_int_equal(o.bytes, 2 * 58 - 5);
    assert_int_equal(outbox_peek(&o, iov, 8), 1);
    assert_ptr_equal(iov[0].iov_base, slab->bytes + 58 + 5);
    outbox_written(&o, o.bytes);
    assert_true(outbox_empty(&o));
    assert_int_equal(o.messages, 0);
    assert_int_equal(slab->refs, 1);
    block_unref(slab);
}

static void handshake_bytes_are_not_messages(void **state)
{
    (void)state;
    struct outbox o;
    struct iovec iov[4];
    struct message m = own_block(3, 'x');
    outbox_init(&o);
    outbox_push_bytes(&o, "hello", 5);
    outbox_push(&o, &m, 0);
    message_unref(&m);
    assert_int_equal(o.messages, 1);
    outbox_written(&o, 2);
    assert_int_equal(outbox_peek(&o, iov, 4), 2);
    assert_memory_equal(iov[0].iov_base, "llo", 3);
    outbox_written(&o, 3 + 51);
    assert_true(outbox_empty(&o));
}

static void a_blocked_outbox_copies_small_parts_of_large_blocks(void **state)
{
    (void)state;
    struct outbox o;
    struct block *slab = block_new(100000);
    struct message m = {.block = slab, .frame = slab->bytes};
    m.len = put_frame(slab->bytes, 10, 'x');
    outbox_init(&o);
    o.blocked = true;
    outbox_push(&o, &m, 0);
    assert_int_equal(slab->refs, 1); /* not held */
    struct message large = {.block = slab, .frame = slab->bytes};
    large.len = put_frame(slab->bytes, 50000, 'y');
    outbox_push(&o, &large, 0);
    assert_int_equal(slab->refs, 2); /* too much to copy */
    outbox_clear(&o);
    assert_int_equal(slab->refs, 1);
    block_unref(slab);
}

/* Whatever is pushed and however it is written, the bytes come out in order, once. */
static void any_pushes_and_writes_keep_the_bytes_in_order(void **state)
{
    (void)state;
    struct random r = {42};
    for (int run = 0; run < 300; run++) {
        struct outbox o;
        struct block *slab = block_new(1 << 16);
        uint8_t *expected = malloc(1 << 20), *got = malloc(1 << 20);
        size_t pushed = 0, written = 0;
        uint32_t at = 0, messages = 0;
        outbox_init(&o);
        for (int step = 0; step < 200; step++) {
            o.blocked = random_below(&r, 3) == 0;
            if (random_below(&r, 2)) {
                int len = (int)random_below(&r, 200);
                struct message m;
                if (random_below(&r, 3) && at + 300 < slab->size) {
                    m = (struct message){.block = block_ref(slab), .frame = slab->bytes + at};
                    m.len = put_frame(m.frame, len, (uint8_t)step);
                    at += m.len;
                } else {
                    m = own_block(len, (uint8_t)step);
                }
                memcpy(expected + pushed, m.frame, m.len);
                pushed += m.len;
                messages++;
                outbox_push(&o, &m, 0);
                message_unref(&m);
            } else if (!outbox_empty(&o)) {
                struct iovec iov[3];
                size_t here = 0;
                int n = outbox_peek(&o, iov, 3);
                for (int i = 0; i < n; i++) {
                    memcpy(got + written + here, iov[i].iov_base, iov[i].iov_len);
                    here += iov[i].iov_len;
                }
                size_t take = random_below(&r, (uint32_t)here + 1);
                written += take;
                outbox_written(&o, take);
            }
            assert_int_equal(o.bytes, pushed - written);
            assert_true(o.messages <= messages);
        }
        assert_memory_equal(expected, got, written);
        outbox_clear(&o);
        assert_int_equal(slab->refs, 1);
        block_unref(slab);
        free(expected);
        free(got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_in_a_block_are_one_piece),
        cmocka_unit_test(handshake_bytes_are_not_messages),
        cmocka_unit_test(a_blocked_outbox_copies_small_parts_of_large_blocks),
        cmocka_unit_test(any_pushes_and_writes_keep_the_bytes_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
