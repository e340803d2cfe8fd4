/* SPDX-License-Identifier: MIT
 *
 * Identities of sessions: equal ones are one, and one that learns a name is another.
 */
#include "tests/support/test.h"

#include "daemon/session/identities.h"

static struct identities *all;

static const struct identity *user(uint32_t uid, const uint32_t *gids, size_t count)
{
    struct identity who = {0};
    identity_add_uid(&who, uid, gids, count);
    return identities_take(&all, &who);
}

static const struct identity *address(const char *text)
{
    struct identity who = {0};
    struct ip ip;
    assert_true(ip_parse(&ip, text));
    identity_add_ip(&who, &ip);
    return identities_take(&all, &who);
}

static void who_is_the_same_is_kept_once(void **state)
{
    (void)state;
    static const uint32_t groups[] = {10, 27};
    const struct identity *list[] = {user(1000, groups, 2), user(1000, groups, 2), address("10.0.0.7"),
                                     address("10.0.0.7")};
    assert_ptr_equal(list[0], list[1]);
    assert_ptr_equal(list[2], list[3]);
    assert_true(identity_has_gid(list[0], 27));
    assert_string_equal(identities_text(list[0]), "uid:1000");
    assert_string_equal(identities_text(list[2]), "ip:10.0.0.7");
    for (size_t i = 0; i < COUNT_OF(list); i++)
        identities_release(list[i]);
    assert_null(all);
}

/* A process that has left group 27 must not pass for one that is in it. */
static void any_difference_makes_two(void **state)
{
    (void)state;
    static const uint32_t groups[] = {10, 27};
    const struct identity *list[] = {user(1000, groups, 2), user(1000, groups, 1), user(1000, NULL, 0),
                                     user(1001, groups, 2), address("10.0.0.7"), address("10.0.0.8"),
                                     address("::ffff"),     user(IDENTITY_NOBODY, NULL, 0)};
    for (size_t i = 0; i < COUNT_OF(list); i++)
        for (size_t k = 0; k < i; k++)
            assert_ptr_not_equal(list[i], list[k]);
    for (size_t i = 0; i < COUNT_OF(list); i++)
        identities_release(list[i]);
    assert_null(all);
}

static void a_name_is_learnt_by_one_session_and_not_by_its_like(void **state)
{
    (void)state;
    const struct identity *one = address("10.0.0.7"), *other = address("10.0.0.7"), *third = other;
    assert_true(identities_add_name(&one, KNOWN_USER, "alice"));
    assert_string_equal(identities_text(one), "user:alice");
    assert_true(one->known & KNOWN_IP);
    assert_string_equal(identities_text(other), "ip:10.0.0.7");
    assert_false(identities_add_name(&other, KNOWN_USER, "al\nice"));
    assert_ptr_equal(other, third);
    assert_true(identities_add_name(&other, KNOWN_CERT, "alice"));
    assert_ptr_not_equal(other, one);
    assert_true(identities_add_name(&other, KNOWN_USER, "bob"));
    assert_true(identities_add_name(&one, KNOWN_CERT, "alice"));
    assert_string_equal(identities_text(one), identities_text(other));
    assert_ptr_not_equal(other, one);
    identities_release(one);
    assert_string_equal(other->user, "bob");
    identities_release(other);
    assert_null(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_the_same_is_kept_once),
        cmocka_unit_test(any_difference_makes_two),
        cmocka_unit_test(a_name_is_learnt_by_one_session_and_not_by_its_like),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
