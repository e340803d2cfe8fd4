/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/session/auth.h"

static bool ip_passes(const struct auth_policy *p, const char *address)
{
    struct peer peer = {0};
    assert_true(ip_parse(&peer.ip, address));
    return auth_check_ip(p, &peer);
}

static void rules_cover_addresses_networks_and_the_unix_socket(void **state)
{
    (void)state;
    struct auth_policy p = {0};
    struct peer unix_peer = {.local = true};
    assert_false(auth_check_ip(&p, &unix_peer));
    assert_false(ip_passes(&p, "127.0.0.1")); /* no file: nobody */

    assert_int_equal(auth_read_rules(&p, "# who\r\n\n10.0.0.7\n192.168.4.0/22\nlocal\nfd00::/8\n"), 0);
    assert_true(ip_passes(&p, "10.0.0.7"));
    assert_false(ip_passes(&p, "10.0.0.8"));
    assert_true(ip_passes(&p, "192.168.7.255"));
    assert_false(ip_passes(&p, "192.168.8.0"));
    assert_true(ip_passes(&p, "127.9.9.9"));
    assert_true(ip_passes(&p, "fd12::1"));
    assert_false(ip_passes(&p, "fe80::1"));
    assert_false(auth_check_ip(&p, &unix_peer));

    assert_int_equal(auth_read_rules(&p, "unix\n0.0.0.0/0"), 0);
    assert_true(auth_check_ip(&p, &unix_peer));
    assert_true(ip_passes(&p, "8.8.8.8"));
    assert_false(ip_passes(&p, "fd12::1"));
    free(p.rules);
}

static void a_malformed_rule_is_named_and_changes_nothing(void **state)
{
    (void)state;
    struct auth_policy p = {0};
    static const char *const bad[] = {"10.0.0.1/33", "10.0.0.1/8", "10.0.0.0/x", "10.0.0.0/",
                                      "host.example", "10.0.0", "unix-socket"};
    assert_int_equal(auth_read_rules(&p, "unix\n"), 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[64] = "local\n";
        strcat(text, bad[i]);
        assert_int_equal(auth_read_rules(&p, text), 2);
        assert_int_equal(p.rule_count, 1);
    }
    free(p.rules);
}

static int plan_of(const struct auth_policy *p, const char *a, const char *b, const char *c,
                   enum auth_method plan[AUTH_RUNS_MAX])
{
    uint8_t choice[AUTH_CHOICE] = {0};
    memcpy(choice, a, strlen(a));
    memcpy(choice + AUTH_NAME, b, strlen(b));
    memcpy(choice + 2 * AUTH_NAME, c, strlen(c));
    return auth_plan(p, choice, plan);
}

static void required_methods_run_after_those_that_were_named(void **state)
{
    (void)state;
    struct auth_policy p = {.allowed = AUTH_NULL | AUTH_IP, .required = AUTH_IP | AUTH_PWORD};
    enum auth_method plan[AUTH_RUNS_MAX];
    char list[AUTH_LIST_MAX];
    assert_int_equal(auth_offer(&p, list), 8);
    assert_memory_equal(list, "NULL IP ", 8);
    assert_int_equal(plan_of(&p, "NULL", "", "", plan), 3);
    assert_int_equal(plan[1], AUTH_IP);
    assert_int_equal(plan[2], AUTH_PWORD);
    assert_int_equal(plan_of(&p, "NULL", "NULL", "IP", plan), 4);
    assert_int_equal(plan_of(&p, "PWORD", "", "", plan), 0); /* required, but not to be chosen */
    assert_int_equal(plan_of(&p, "null", "", "", plan), 0);
    assert_int_equal(plan_of(&p, "", "NULL", "", plan), 0);
    assert_int_equal(plan_of(&p, "NULL", "nonsense", "", plan), 0);
}

static struct auth_policy *policy(const char *rules, const char *users)
{
    static const struct conf conf = {.auth_written = true, .allowed_auth = "IP PWORD"};
    struct auth_policy *p = auth_policy_new(&conf);
    assert_int_equal(auth_read_rules(p, rules), 0);
    assert_int_equal(auth_read_users(p, users), 0);
    return p;
}

static void policies_are_equal_if_they_let_in_the_same(void **state)
{
    (void)state;
    static const char *const other[][2] = {{"10.0.0.0/9\n", "u:abJnggxhB/yWI\n"},
                                           {"10.0.0.0/8\nunix\n", "u:abJnggxhB/yWI\n"},
                                           {"10.0.0.0/8\n", "u:abJnggxhB/yWJ\n"},
                                           {"10.0.0.0/8\n", ""}};
    struct auth_policy *p = policy("10.0.0.0/8\n", "u:abJnggxhB/yWI\n");
    struct auth_policy *same = policy("# remark\n\n10.0.0.0/8\n", "u:abJnggxhB/yWI\n");
    assert_true(auth_policy_equal(p, same));
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
        struct auth_policy *q = policy(other[i][0], other[i][1]);
        assert_false(auth_policy_equal(p, q));
        auth_policy_free(q);
    }
    same->required = AUTH_IP;
    assert_false(auth_policy_equal(p, same));
    auth_policy_free(same);
    auth_policy_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_cover_addresses_networks_and_the_unix_socket),
        cmocka_unit_test(a_malformed_rule_is_named_and_changes_nothing),
        cmocka_unit_test(required_methods_run_after_those_that_were_named),
        cmocka_unit_test(policies_are_equal_if_they_let_in_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
