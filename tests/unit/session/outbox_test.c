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

/* What is really allocated for it: each block once. */
static uint64_t allocated(const struct outbox *o)
{
    static const struct block *seen[1 << 17];
    const struct piece *pieces = o->pieces ? o->pieces : o->in_place;
    uint64_t bytes = 0;
    size_t count = 0;
    assert_true(o->used <= sizeof seen / sizeof seen[0]);
    for (uint32_t i = 0; i < o->used; i++) {
        const struct block *b = pieces[(o->head + i) & (o->size - 1)].block;
        bool again = false;
        for (size_t k = count > 64 ? count - 64 : 0; k < count; k++)
            again = again || seen[k] == b;
        if (again)
            continue;
        seen[count++] = b;
        bytes += sizeof *b + b->size;
    }
    return bytes;
}

static uint64_t may_be_allocated(const struct outbox *o)
{
    uint64_t waste = o->bytes < OUTBOX_WASTE ? o->bytes : OUTBOX_WASTE;
    return o->bytes + waste + OUTBOX_SLACK + (64 << 10);
}

/* Of size bytes each, one in so many bytes of its slab; ever so many slabs are filled in turns. */
struct stream {
    int size;
    uint32_t slab, one_in, slabs;
};

static void push_stream(struct outbox *o, const struct stream *s, uint64_t bytes)
{
    struct block *slabs[4] = {0};
    uint32_t at[4] = {0};
    for (uint32_t i = 0; o->bytes < bytes; i = (i + 1) % s->slabs) {
        if (!slabs[i] || at[i] + s->one_in > s->slab) {
            block_unref(slabs[i]);
            slabs[i] = block_new(s->slab);
            at[i] = 0;
        }
        struct message m = {.block = slabs[i], .frame = slabs[i]->bytes + at[i]};
        m.len = put_frame(m.frame, s->size, (uint8_t)i);
        at[i] += s->one_in;
        outbox_push(o, &m, 0);
        assert_true(o->held >= o->bytes);
    }
    for (uint32_t i = 0; i < s->slabs; i++)
        block_unref(slabs[i]);
}

/* A reader that takes nothing has 8 MiB waiting, of slabs that hold much else: few of them stay for it,
 * and none when all is written. */
static void a_blocked_outbox_holds_little_more_than_waits(void **state)
{
    static const struct stream streams[] = {
        {0, 256 << 10, 48, 1},      {64, 256 << 10, 112, 3},     {64, 64 << 10, 4 << 10, 1},
        {64, 256 << 10, 8000, 2},   {1000, 64 << 10, 1500, 1},   {1000, 64 << 10, 1500, 4},
        {1000, 64 << 10, 5000, 1},  {1000, 256 << 10, 9000, 3},  {1000, 256 << 10, 128 << 10, 1},
        {8000, 64 << 10, 8100, 2},  {8000, 256 << 10, 30000, 1}, {8000, 256 << 10, 256 << 10, 1},
        {60000, 64 << 10, 64 << 10, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof streams / sizeof streams[0]; i++) {
        struct outbox o;
        outbox_init(&o);
        o.blocked = true;
        for (uint64_t bytes = 100; bytes <= 8 << 20; bytes *= 8) {
            push_stream(&o, &streams[i], bytes);
            assert_in_range(allocated(&o), o.bytes, may_be_allocated(&o));
            assert_true(o.held >= allocated(&o));
        }
        while (o.bytes > 0)
            outbox_written(&o, o.bytes > 100000 ? 100000 : o.bytes);
        assert_int_equal(o.held, 0);
    }
}

/* Copies of small messages lie behind each other, so they are one piece and one block. */
static void copies_share_a_block(void **state)
{
    (void)state;
    struct outbox o;
    outbox_init(&o);
    o.blocked = true;
    push_stream(&o, &(struct stream){64, 256 << 10, 64 << 10, 1}, 100000);
    assert_in_range(o.used, 1, 20);
    assert_in_range(o.messages, 890, 900);
    outbox_clear(&o);
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
        cmocka_unit_test(a_blocked_outbox_holds_little_more_than_waits),
        cmocka_unit_test(copies_share_a_block),
        cmocka_unit_test(any_pushes_and_writes_keep_the_bytes_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
