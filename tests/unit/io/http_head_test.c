/* SPDX-License-Identifier: MIT
 *
 * Heads of HTTP requests: what is one, what is not, and how it may be cut into pieces.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/io/http_head.h"
#include "tests/support/test.h"

static enum http_status parse(struct http_request *r, const char *head)
{
    return http_head_parse(r, head, strlen(head));
}

static void a_request_is_taken_apart(void **state)
{
    struct http_request r;
    (void)state;
    assert_int_equal(parse(&r, "GET /status/groups?limit=2&x HTTP/1.1\r\nHost: D1.Example:4803\r\n"
                               "Accept: */*\r\n\r\n"), HTTP_OK);
    assert_false(r.head_only);
    assert_string_equal(r.path, "/status/groups");
    assert_string_equal(r.query, "limit=2&x");
    assert_string_equal(r.host, "d1.example");
    assert_int_equal(parse(&r, "HEAD / HTTP/1.0\n\n"), HTTP_OK);
    assert_true(r.head_only);
    assert_string_equal(r.host, "");
    assert_int_equal(parse(&r, "GET http://a.b:1/x?y HTTP/1.1\r\nHost: c\r\n\r\n"), HTTP_OK);
    assert_string_equal(r.path, "/x");
    assert_string_equal(r.host, "a.b");
    assert_int_equal(parse(&r, "GET / HTTP/1.1\r\nhost:\t[::1]:80 \r\n\r\n"), HTTP_OK);
    assert_string_equal(r.host, "[::1]");
    assert_int_equal(parse(&r, "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"), HTTP_OK);
}

static void every_part_of_one_is_incomplete(void **state)
{
    static const char whole[] = "GET /metrics?a=b HTTP/1.1\r\nHost: localhost\r\nX: y\r\n\r\n";
    struct http_request r;
    (void)state;
    for (size_t len = 0; len < sizeof whole - 1; len++)
        assert_int_equal(http_head_parse(&r, whole, len), HTTP_INCOMPLETE);
    assert_int_equal(http_head_parse(&r, whole, sizeof whole - 1), HTTP_OK);
}

static void what_is_wrong_is_said(void **state)
{
    static const struct {
        const char *head;
        enum http_status status;
    } cases[] = {
        {"POST / HTTP/1.1\r\nHost: x\r\n\r\n", HTTP_NO_METHOD},
        {"get / HTTP/1.1\r\nHost: x\r\n\r\n", HTTP_NO_METHOD},
        {"GET / HTTP/1.1\r\n\r\n", HTTP_BAD}, /* no Host */
        {"GET / HTTP/1.1\r\nHost:\r\n\r\n", HTTP_BAD},
        {"GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", HTTP_BAD},
        {"GET / HTTP/1.1\r\nHost: x y\r\n\r\n", HTTP_BAD},
        {"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", HTTP_BAD},
        {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n", HTTP_BAD},
        {"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", HTTP_BAD},
        {"GET / HTTP/1.1\r\nHost : x\r\n\r\n", HTTP_BAD},
        {"GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n", HTTP_BAD},
        {"GET / HTTP/1.1\r\nnonsense\r\n\r\n", HTTP_BAD},
        {"GET / HTTP/1.1\r\nHost: x\x01\r\n\r\n", HTTP_BAD},
        {"GET / HTTP/1.1\r\nHost: x\rX: y\r\n\r\n", HTTP_BAD},
        {"GET  / HTTP/1.1\r\nHost: x\r\n\r\n", HTTP_BAD},
        {"GET /\r\n\r\n", HTTP_BAD},
        {"GET x HTTP/1.1\r\nHost: x\r\n\r\n", HTTP_BAD},
        {"GET * HTTP/1.1\r\nHost: x\r\n\r\n", HTTP_BAD},
        {"GET http:///x HTTP/1.1\r\nHost: x\r\n\r\n", HTTP_BAD},
        {"GET http://u@h/x HTTP/1.1\r\nHost: x\r\n\r\n", HTTP_BAD},
        {"GET / HTTP/2.0\r\nHost: x\r\n\r\n", HTTP_VERSION},
        {"GET / HTTPS1.1\r\nHost: x\r\n\r\n", HTTP_BAD},
        {"\r\n\r\n", HTTP_BAD},
    };
    struct http_request r;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (parse(&r, cases[i].head) != cases[i].status)
            fail_msg("%s: %d", cases[i].head, (int)parse(&r, cases[i].head));
}

static void what_is_long_is_refused(void **state)
{
    char head[HTTP_HEAD_MAX + 1];
    struct http_request r;
    (void)state;
    memset(head, 'x', sizeof head);
    memcpy(head, "GET /", 5);
    assert_int_equal(http_head_parse(&r, head, HTTP_HEAD_MAX - 1), HTTP_INCOMPLETE);
    assert_int_equal(http_head_parse(&r, head, HTTP_HEAD_MAX), HTTP_HEAD_TOO_LONG);
    memcpy(head + 400, " HTTP/1.1\r\nHost: x\r\n\r\n", 23);
    assert_int_equal(http_head_parse(&r, head, 422), HTTP_URI_TOO_LONG);
    head[5] = '?';
    assert_int_equal(http_head_parse(&r, head, 422), HTTP_URI_TOO_LONG);
}

static void a_query_is_decoded(void **state)
{
    struct http_request r = {.query = "a=1&group=caf%E9+x%26&b=%4&c=%zz&d=%00&e=&long=123456789&g"};
    char value[10];
    (void)state;
    assert_true(http_query(&r, "a", value, sizeof value));
    assert_string_equal(value, "1");
    assert_true(http_query(&r, "group", value, sizeof value));
    assert_string_equal(value, "caf\xe9 x&");
    assert_true(http_query(&r, "e", value, sizeof value));
    assert_string_equal(value, "");
    assert_true(http_query(&r, "long", value, sizeof value));
    assert_false(http_query(&r, "long", value, 9));
    static const char *const bad[] = {"b", "c", "d", "g", "grou", "x"};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(http_query(&r, bad[i], value, sizeof value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_taken_apart),
        cmocka_unit_test(every_part_of_one_is_incomplete),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(what_is_long_is_refused),
        cmocka_unit_test(a_query_is_decoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
