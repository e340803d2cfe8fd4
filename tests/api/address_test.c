/* SPDX-License-Identifier: MIT
 *
 * What SP_connect makes of the text that names a daemon. Nobody listens at the addresses here, so
 * those that are well formed give COULD_NOT_CONNECT.
 */
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "include/sp.h"
#include "tests/support/client.h"
#include "tests/support/daemon.h"
#include "tests/support/port.h"
#include "tests/support/test.h"

static int connect_to(const char *text)
{
    mailbox m;
    char group[MAX_GROUP_NAME];
    int code = SP_connect(text, "me", 0, 0, &m, group);
    assert_int_not_equal(code, ACCEPT_SESSION);
    return code;
}

/* The pattern with a port in place of its P. */
static const char *with_port(const char *pattern, uint16_t port)
{
    static char text[128];
    int before = (int)strcspn(pattern, "P");
    snprintf(text, sizeof text, "%.*s%u%s", before, pattern, port, pattern + before + 1);
    return text;
}

static void an_address_nobody_serves_could_not_be_connected(void **state)
{
    (void)state;
    static const char *const patterns[] = {
        "P", " P", "\t+P  ", "P@127.0.0.1", "P @localhost", "P@127.0.0.1 and more", "P@::1",
    };
    for (size_t i = 0; i < COUNT_OF(patterns); i++)
        assert_int_equal(connect_to(with_port(patterns[i], port_free())), COULD_NOT_CONNECT);
}

static void a_malformed_address_is_illegal(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "   ",
        "x",
        "@localhost",
        "port 4803",
        "4803x",
        "4803:localhost",
        "4803@",
        "4803@ host",
        "-1",
        "65536",
        "70636",
        "4294967297@localhost",
        "4803 x",
        "4803 4803",
        "4803@[::1]",
        "0x12c3",
        "99999999999999999999",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (connect_to(texts[i]) != ILLEGAL_SPREAD)
            fail_msg("\"%s\" is taken for an address", texts[i]);
}

static void more_than_70_bytes_are_illegal(void **state)
{
    (void)state;
    char text[80];
    snprintf(text, sizeof text, "%-70u", port_free());
    assert_int_equal(connect_to(text), COULD_NOT_CONNECT);
    strcat(text, " ");
    assert_int_equal(connect_to(text), ILLEGAL_SPREAD);
}

static void a_daemon_is_reached_by_unix_socket_and_tcp(void **state)
{
    (void)state;
    struct test_daemon d;
    static const char *const patterns[] = {"P", " P ", "P@127.0.0.1", "P  @127.0.0.1 \n"};
    test_daemon_start(&d, NULL);
    for (size_t i = 0; i < COUNT_OF(patterns); i++)
        SP_kill(client_connect(with_port(patterns[i], d.port), NULL, NULL));
    test_daemon_stop(&d);
}

/* Names are the host's: some know localhost by another address only, or not at all. */
static bool localhost_is_here(void)
{
    bool here = false;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
    if (getaddrinfo("localhost", NULL, &hints, &found) != 0)
        return false;
    for (const struct addrinfo *i = found; i; i = i->ai_next) {
        struct sockaddr_in a = {0};
        memcpy(&a, i->ai_addr, sizeof a < i->ai_addrlen ? sizeof a : i->ai_addrlen);
        here |= a.sin_family == AF_INET && a.sin_addr.s_addr == htonl(INADDR_LOOPBACK);
    }
    freeaddrinfo(found);
    return here;
}

static void a_daemon_is_reached_by_name(void **state)
{
    (void)state;
    struct test_daemon d;
    if (!localhost_is_here())
        skip();
    test_daemon_start(&d, NULL);
    SP_kill(client_connect(with_port("P@localhost", d.port), NULL, NULL));
    test_daemon_stop(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_nobody_serves_could_not_be_connected),
        cmocka_unit_test(a_malformed_address_is_illegal),
        cmocka_unit_test(more_than_70_bytes_are_illegal),
        cmocka_unit_test(a_daemon_is_reached_by_unix_socket_and_tcp),
        cmocka_unit_test(a_daemon_is_reached_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
