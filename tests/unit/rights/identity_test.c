/* SPDX-License-Identifier: MIT
 *
 * Who a client is: what is known, what proves nothing, and what it is called.
 */
#include "daemon/rights/identity.h"
#include "tests/support/test.h"

static void expect_text(const struct identity *who, const char *expected)
{
    char text[IDENTITY_TEXT];
    assert_string_equal(identity_text(who, text), expected);
}

static void the_strongest_of_what_is_known_is_what_it_is_called(void **state)
{
    (void)state;
    struct identity who = {0};
    struct ip ip;
    assert_true(ip_parse(&ip, "10.0.0.7"));
    expect_text(&who, "null");
    identity_add_ip(&who, &ip);
    expect_text(&who, "ip:10.0.0.7");
    identity_add_uid(&who, 1000, NULL, 0);
    expect_text(&who, "uid:1000");
    assert_true(identity_add_name(&who, KNOWN_USER, "alice"));
    expect_text(&who, "user:alice");
    assert_true(identity_add_name(&who, KNOWN_CERT, "web1.example"));
    expect_text(&who, "cert:web1.example");
    assert_int_equal(who.known, KNOWN_IP | KNOWN_UID | KNOWN_USER | KNOWN_CERT);
    identity_fini(&who);
    expect_text(&who, "null");
}

static void a_user_is_in_the_groups_that_the_system_said(void **state)
{
    (void)state;
    static const uint32_t groups[] = {0, 27};
    struct identity who = {0};
    assert_false(identity_has_gid(&who, 0));
    identity_add_uid(&who, 1000, groups, 2);
    assert_true(identity_has_gid(&who, 0));
    assert_true(identity_has_gid(&who, 27));
    assert_false(identity_has_gid(&who, 1000));
    identity_fini(&who);
}

static void whom_the_system_does_not_know_is_nobody(void **state)
{
    (void)state;
    struct identity who = {0};
    identity_add_uid(&who, IDENTITY_NOBODY, NULL, 0);
    identity_add_ip(&who, &(struct ip){.family = 0});
    expect_text(&who, "null");
    identity_fini(&who);
}

static void names_that_cannot_be_trusted_prove_nothing(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "a\nb", "\33[2J", "\177",
        "a name that goes on for longer than any name of a certificate has ever been allowed to go on"};
    struct identity who = {0};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(identity_add_name(&who, KNOWN_CERT, bad[i]));
        expect_text(&who, "null");
    }
    identity_fini(&who);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_strongest_of_what_is_known_is_what_it_is_called),
        cmocka_unit_test(a_user_is_in_the_groups_that_the_system_said),
        cmocka_unit_test(whom_the_system_does_not_know_is_nobody),
        cmocka_unit_test(names_that_cannot_be_trusted_prove_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
