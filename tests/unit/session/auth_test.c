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

/* A client that comes over the Unix socket and of which the system says nothing. */
static const struct peer door = {.local = true, .uid = IDENTITY_NOBODY};
static const struct identity nobody;

static int plan_of(const struct auth_policy *p, const char *a, const char *b, const char *c,
                   uint8_t plan[AUTH_RUNS_MAX])
{
    uint8_t choice[AUTH_CHOICE] = {0};
    memcpy(choice, a, strlen(a));
    memcpy(choice + AUTH_NAME, b, strlen(b));
    memcpy(choice + 2 * AUTH_NAME, c, strlen(c));
    return auth_plan(p, &door, &nobody, choice, plan);
}

static void required_methods_run_after_those_that_were_named(void **state)
{
    (void)state;
    struct auth_policy p = {.allowed = AUTH_NULL | AUTH_IP, .required = AUTH_IP | AUTH_PWORD};
    uint8_t plan[AUTH_RUNS_MAX];
    char list[AUTH_LIST_MAX];
    assert_int_equal(auth_offer(&p, &door, &nobody, list), 8);
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

/* -- whom the system or TLS knows ------------------------------------------------------------- */

static const uint32_t groups[] = {100, 27};
static const struct peer local = {.local = true, .uid = 1000, .gids = groups, .gid_count = 2};
static const struct peer tcp = {.ip = {.family = 4, .bytes = {10, 0, 0, 7}}};
static const struct peer sealed = {.ip = {.family = 4, .bytes = {10, 0, 0, 7}}, .tls = true};

static void expect_offer(const struct auth_policy *p, const struct peer *peer, const char *list)
{
    char offer[AUTH_LIST_MAX + 1];
    struct identity who = auth_identity(peer);
    size_t len = auth_offer(p, peer, &who, offer);
    offer[len] = '\0';
    assert_string_equal(offer, list);
    identity_fini(&who);
}

static void who_is_known_without_a_word_is_offered_null(void **state)
{
    (void)state;
    struct auth_policy p = {.allowed = AUTH_UID};
    uint8_t plan[AUTH_RUNS_MAX];
    uint8_t choice[AUTH_CHOICE] = "NULL";
    struct identity who = auth_identity(&local);
    expect_offer(&p, &local, "NULL ");
    expect_offer(&p, &door, ""); /* the system does not say who it is */
    expect_offer(&p, &tcp, "");
    assert_int_equal(auth_no_offer(&p, &tcp), HELLO_NOT_KNOWN);
    assert_int_equal(auth_plan(&p, &local, &who, choice, plan), 1);
    assert_int_equal(plan[0], AUTH_UID);
    assert_true(auth_passes(&p, AUTH_UID, &local, &who));
    assert_false(auth_passes(&p, AUTH_CERT, &local, &who));
    assert_int_equal(auth_plan(&p, &tcp, &nobody, choice, plan), 0);
    identity_fini(&who);

    p.allowed = AUTH_UID | AUTH_IP;
    expect_offer(&p, &tcp, "IP ");
    expect_offer(&p, &local, "NULL IP ");
}

static void a_certificate_is_passed_likewise(void **state)
{
    (void)state;
    struct auth_policy p = {.allowed = AUTH_CERT};
    struct identity who = auth_identity(&sealed);
    uint8_t plan[AUTH_RUNS_MAX];
    uint8_t choice[AUTH_CHOICE] = "NULL";
    char list[AUTH_LIST_MAX];
    assert_int_equal(auth_offer(&p, &sealed, &who, list), 0);
    assert_true(identity_add_name(&who, KNOWN_CERT, "web1.example"));
    assert_int_equal(auth_offer(&p, &sealed, &who, list), 5);
    assert_int_equal(auth_plan(&p, &sealed, &who, choice, plan), 1);
    assert_int_equal(plan[0], AUTH_CERT);
    assert_true(auth_passes(&p, AUTH_CERT, &sealed, &who));
    identity_fini(&who);
}

static void nobody_names_uid_or_cert(void **state)
{
    (void)state;
    struct auth_policy p = {.allowed = AUTH_NULL | AUTH_UID | AUTH_CERT};
    uint8_t plan[AUTH_RUNS_MAX];
    uint8_t uid[AUTH_CHOICE] = "UID", cert[AUTH_CHOICE] = "CERT";
    struct identity who = auth_identity(&local);
    expect_offer(&p, &local, "NULL ");
    assert_int_equal(auth_plan(&p, &local, &who, uid, plan), 0);
    assert_int_equal(auth_plan(&p, &local, &who, cert, plan), 0);
    identity_fini(&who);
}

static void a_password_is_not_asked_for_where_others_can_read_it(void **state)
{
    (void)state;
    struct auth_policy p = {.allowed = AUTH_NULL | AUTH_PWORD};
    expect_offer(&p, &tcp, "NULL ");
    expect_offer(&p, &sealed, "NULL PWORD ");
    expect_offer(&p, &local, "NULL PWORD ");
    p.required = AUTH_PWORD; /* so nothing that a client at TCP says would let it in */
    expect_offer(&p, &tcp, "");
    assert_int_equal(auth_no_offer(&p, &tcp), HELLO_IN_CLEAR);
    p.passwords_in_clear = true;
    expect_offer(&p, &tcp, "NULL PWORD ");
}

static void an_old_version_is_no_way_round_what_is_required(void **state)
{
    (void)state;
    static const struct auth_rule rule = {.network = {.family = 4, .bytes = {10}}, .prefix_len = 8};
    static const struct peer other = {.ip = {.family = 4, .bytes = {192, 0, 2, 7}}};
    struct identity who = auth_identity(&local);
    struct auth_policy p = {.allowed = AUTH_NULL, .rules = (struct auth_rule *)(uintptr_t)&rule,
                            .rule_count = 1};
    assert_int_equal(auth_old_client(&p, &other, &nobody), AUTH_NULL);
    p.required = AUTH_IP;
    assert_int_equal(auth_old_client(&p, &other, &nobody), 0);
    assert_int_equal(auth_old_client(&p, &tcp, &nobody), AUTH_NULL | AUTH_IP);
    p.required = AUTH_PWORD;
    assert_int_equal(auth_old_client(&p, &tcp, &nobody), 0);
    p.required = AUTH_UID;
    assert_int_equal(auth_old_client(&p, &tcp, &nobody), 0);
    assert_int_equal(auth_old_client(&p, &local, &who), AUTH_NULL | AUTH_UID);
    p.allowed = AUTH_UID;
    p.required = 0;
    assert_int_equal(auth_old_client(&p, &local, &who), AUTH_UID);
    assert_int_equal(auth_old_client(&p, &door, &nobody), 0);
    identity_fini(&who);
}

/* -- passwords -------------------------------------------------------------------------------- */

#define OF_SECRET "$2b$04$KBCwKxOzLha2MUDgW0PjXe/hE/UCO9qF89dOydoHjSwxcHev5LRn."

/* The user by whose hash a password of that user would be judged. */
static const struct auth_user *judged_by(const struct auth_policy *p, const char *user)
{
    uint8_t credentials[AUTH_PWORD_LEN] = {0};
    size_t at = 0;
    memcpy(credentials, user, strlen(user));
    return auth_find_user(p, credentials, &at) ? &p->users[at] : NULL;
}

static bool is_weak(const struct auth_policy *p, const char *user)
{
    uint8_t credentials[AUTH_PWORD_LEN] = {0};
    memcpy(credentials, user, strlen(user));
    return auth_is_weak(p, credentials);
}

/* DES, extended DES, MD5, SHA-256 with the rounds of old, and what is no hash at all. */
static void old_hashes_let_nobody_in(void **state)
{
    (void)state;
    static const char *const old[] = {
        "abNANd1rDfiNc", "_J9..CCCCXBrJUJV154M", "$1$abcdefgh$irWbblnpmw.5z7wgBnprh0",
        "$5$abcdefgh$XbpFGwGgxPFsiU4hI5XKQhwV3wYkZjwgr/QdhVaqKG4", "secretsecretsecret"};
    for (size_t i = 0; i < sizeof old / sizeof old[0]; i++) {
        char text[128] = "ann:";
        strcat(text, old[i]);
        struct auth_policy *p = policy("", text);
        assert_true(p->users[0].weak);
        assert_true(is_weak(p, "ann"));
        assert_null(judged_by(p, "ann"));
        auth_policy_free(p);
    }
    struct auth_policy *p = policy("", "bob:abNANd1rDfiNc\nann:" OF_SECRET "\nbob:" OF_SECRET "\n");
    assert_false(is_weak(p, "ann"));
    assert_string_equal(judged_by(p, "ann")->hash, OF_SECRET);
    assert_ptr_equal(judged_by(p, "bob"), &p->users[2]); /* has one of today as well */
    assert_null(judged_by(p, "an"));
    assert_null(judged_by(p, ""));
    auth_policy_free(p);
}

/* -- what is revoked -------------------------------------------------------------------------- */

#define OTHER "$2b$04$KBCwKxOzLha2MUDgW0PjXe/hE/UCO9qF89dOydoHjSwxcHev5LR0."

static void what_let_a_client_in_is_asked_again(void **state)
{
    (void)state;
    struct auth_policy *p = policy("10.0.0.0/8\n", "ann:" OTHER "\nann:" OF_SECRET "\n");
    struct identity ann = auth_identity(&sealed), bob = auth_identity(&sealed);
    uint64_t mark = auth_mark(OF_SECRET);
    identity_add_name(&ann, KNOWN_USER, "ann");
    identity_add_name(&bob, KNOWN_USER, "bob");
    assert_true(auth_lets_in(p, AUTH_PWORD, mark, &sealed, &ann));
    assert_false(auth_lets_in(p, AUTH_PWORD, mark, &sealed, &bob)); /* is gone */
    assert_true(auth_lets_in(p, AUTH_IP, 0, &tcp, &nobody));
    assert_false(auth_lets_in(p, AUTH_NULL, 0, &tcp, &nobody));    /* is not allowed */
    assert_false(auth_lets_in(p, AUTH_PWORD, mark, &tcp, &ann));   /* may not cross in clear */
    assert_false(auth_lets_in(p, 0, mark, &sealed, &ann));

    p->required = AUTH_PWORD;
    assert_false(auth_lets_in(p, AUTH_IP, 0, &sealed, &nobody));
    p->required = AUTH_IP; /* what needs no word is simply asked */
    assert_true(auth_lets_in(p, AUTH_PWORD, mark, &sealed, &ann));
    assert_int_equal(auth_read_rules(p, "192.0.2.1\n"), 0);
    assert_false(auth_lets_in(p, AUTH_PWORD, mark, &sealed, &ann));
    assert_false(auth_lets_in(p, AUTH_IP, 0, &tcp, &nobody));

    p->required = 0;
    p->user_count = 1; /* the other password is left */
    assert_false(auth_lets_in(p, AUTH_PWORD, mark, &sealed, &ann));
    assert_true(auth_lets_in(p, AUTH_PWORD, auth_mark(OTHER), &sealed, &ann));
    p->users[0].weak = true;
    assert_false(auth_lets_in(p, AUTH_PWORD, auth_mark(OTHER), &sealed, &ann));
    auth_policy_free(p);
    identity_fini(&ann);
    identity_fini(&bob);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_cover_addresses_networks_and_the_unix_socket),
        cmocka_unit_test(a_malformed_rule_is_named_and_changes_nothing),
        cmocka_unit_test(required_methods_run_after_those_that_were_named),
        cmocka_unit_test(policies_are_equal_if_they_let_in_the_same),
        cmocka_unit_test(who_is_known_without_a_word_is_offered_null),
        cmocka_unit_test(a_certificate_is_passed_likewise),
        cmocka_unit_test(nobody_names_uid_or_cert),
        cmocka_unit_test(a_password_is_not_asked_for_where_others_can_read_it),
        cmocka_unit_test(an_old_version_is_no_way_round_what_is_required),
        cmocka_unit_test(old_hashes_let_nobody_in),
        cmocka_unit_test(what_let_a_client_in_is_asked_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
