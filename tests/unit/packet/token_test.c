/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include "daemon/packet/token.h"

enum { PROCS = 10 };

static struct token plain(void)
{
    return (struct token){
        .ring = {.epoch = 9, .nonce = 8, .leader = 1},
        .hop = 7,
        .round = 6,
        .seq = 1000,
        .aru = 990,
        .aru_setter = 3,
        .window = 160,
        .personal = 20,
    };
}

/* The token as another member would read it. */
static bool passes(const struct token *t, struct token *back)
{
    uint8_t bytes[TOKEN_MAX];
    size_t len = token_encode(bytes, t);
    return token_decode(back, bytes, len, PROCS);
}

static bool is_legal(const struct token *t)
{
    struct token back;
    return passes(t, &back);
}

static bool request_is_legal(struct token_request q)
{
    struct token t = plain();
    t.request_count = 1;
    t.requests[0] = q;
    return is_legal(&t);
}

static void every_field_comes_back(void **state)
{
    (void)state;
    struct token back, t = {
                           .ring = {.epoch = UINT64_MAX, .nonce = UINT32_MAX, .leader = UINT16_MAX},
                           .hop = UINT64_MAX,
                           .round = UINT32_MAX,
                           .flags = TOKEN_FLAGS,
                           .seq = UINT64_MAX,
                           .aru = UINT64_MAX,
                           .aru_setter = NO_PROC,
                           .window = UINT16_MAX,
                           .personal = UINT16_MAX - 1,
                           .sent = UINT32_MAX - 2,
                           .backlog = UINT32_MAX - 3,
                           .request_count = 1,
                           .requests = {{.from = UINT64_MAX - UINT32_MAX,
                                         .count = UINT16_MAX,
                                         .requester = 9,
                                         .tries = UINT8_MAX}},
                       };
    assert_true(passes(&t, &back));
    assert_true(ring_id_equal(&back.ring, &t.ring));
    assert_int_equal(back.hop, t.hop);
    assert_int_equal(back.round, t.round);
    assert_int_equal(back.flags, t.flags);
    assert_int_equal(back.seq, t.seq);
    assert_int_equal(back.aru, t.aru);
    assert_int_equal(back.aru_setter, t.aru_setter);
    assert_int_equal(back.window, t.window);
    assert_int_equal(back.personal, t.personal);
    assert_int_equal(back.sent, t.sent);
    assert_int_equal(back.backlog, t.backlog);
    assert_int_equal(back.request_count, 1);
    assert_int_equal(back.requests[0].from, t.requests[0].from);
    assert_int_equal(back.requests[0].count, t.requests[0].count);
    assert_int_equal(back.requests[0].requester, t.requests[0].requester);
    assert_int_equal(back.requests[0].tries, t.requests[0].tries);
}

static void a_token_carries_64_requests_and_no_more(void **state)
{
    (void)state;
    struct token back, t = plain();
    uint8_t bytes[TOKEN_MAX + TOKEN_REQUEST] = {0};
    t.request_count = TOKEN_REQUESTS_MAX;
    for (int i = 0; i < TOKEN_REQUESTS_MAX; i++)
        t.requests[i] = (struct token_request){.from = 991, .count = 10, .requester = 5};
    assert_int_equal(token_encode(bytes, &t), TOKEN_MAX);
    assert_true(token_decode(&back, bytes, TOKEN_MAX, PROCS));
    assert_int_equal(back.request_count, TOKEN_REQUESTS_MAX);

    memcpy(bytes + TOKEN_MAX, bytes + TOKEN_FIXED, TOKEN_REQUEST);
    be_put(bytes + TOKEN_FIXED - 2, 2, TOKEN_REQUESTS_MAX + 1);
    assert_false(token_decode(&back, bytes, sizeof bytes, PROCS));
}

static void a_request_is_for_numbers_that_were_given_out(void **state)
{
    (void)state;
    assert_true(request_is_legal((struct token_request){.from = 1000, .count = 1}));
    assert_false(request_is_legal((struct token_request){.from = 1000, .count = 2}));
    assert_false(request_is_legal((struct token_request){.from = 1001, .count = 1}));
    assert_true(request_is_legal((struct token_request){.from = 1, .count = 1000}));
    assert_false(request_is_legal((struct token_request){.from = 1, .count = 1001}));
    assert_false(request_is_legal((struct token_request){.from = 0, .count = 1}));
    assert_false(request_is_legal((struct token_request){.from = 991, .count = 0}));
}

static void a_request_has_a_requester(void **state)
{
    (void)state;
    assert_true(request_is_legal((struct token_request){.from = 991, .count = 1, .requester = 9}));
    assert_false(
        request_is_legal((struct token_request){.from = 991, .count = 1, .requester = 10}));
    assert_false(
        request_is_legal((struct token_request){.from = 991, .count = 1, .requester = NO_PROC}));
}

static void nothing_can_be_asked_for_in_a_ring_without_packets(void **state)
{
    (void)state;
    struct token t = plain();
    t.seq = t.aru = 0;
    assert_true(is_legal(&t));
    t.request_count = 1;
    t.requests[0] = (struct token_request){.from = 0, .count = 1};
    assert_false(is_legal(&t));
}

static void aru_never_overtakes_seq(void **state)
{
    (void)state;
    struct token t = plain();
    t.aru = 1000;
    assert_true(is_legal(&t));
    t.aru = 1001;
    assert_false(is_legal(&t));
}

static void aru_was_set_by_a_daemon_or_by_nobody(void **state)
{
    (void)state;
    struct token t = plain();
    t.aru_setter = 9;
    assert_true(is_legal(&t));
    t.aru_setter = 10;
    assert_false(is_legal(&t));
    t.aru_setter = NO_PROC - 1;
    assert_false(is_legal(&t));
    t.aru_setter = NO_PROC;
    assert_true(is_legal(&t));
}

static void a_flag_that_means_nothing_is_refused(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < 16; bit++) {
        struct token t = plain();
        t.flags = (uint16_t)(1u << bit);
        assert_int_equal(is_legal(&t), (t.flags & TOKEN_FLAGS) != 0);
    }
}

static void the_byte_behind_a_request_is_zero(void **state)
{
    (void)state;
    struct token back, t = plain();
    uint8_t bytes[TOKEN_MAX];
    t.request_count = 1;
    t.requests[0] = (struct token_request){.from = 991, .count = 1};
    size_t len = token_encode(bytes, &t);
    bytes[len - 1] = 1;
    assert_false(token_decode(&back, bytes, len, PROCS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_comes_back),
        cmocka_unit_test(a_token_carries_64_requests_and_no_more),
        cmocka_unit_test(a_request_is_for_numbers_that_were_given_out),
        cmocka_unit_test(a_request_has_a_requester),
        cmocka_unit_test(nothing_can_be_asked_for_in_a_ring_without_packets),
        cmocka_unit_test(aru_never_overtakes_seq),
        cmocka_unit_test(aru_was_set_by_a_daemon_or_by_nobody),
        cmocka_unit_test(a_flag_that_means_nothing_is_refused),
        cmocka_unit_test(the_byte_behind_a_request_is_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
