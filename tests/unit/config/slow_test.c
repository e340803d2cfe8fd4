/* SPDX-License-Identifier: MIT
 *
 * What the lines of SlowReaders say of a client and of a message.
 */
#include "tests/support/test.h"

#include <string.h>

#include "daemon/config/slow.h"
#include "libspread/wire/names.h"

static const struct slow_lines lines = {
    .list = {{SLOW_OF_NAME, SLOW_HOLD, "rec*"},
             {SLOW_OF_PWORD, SLOW_CUT, "ticker"},
             {SLOW_OF_NAME, SLOW_DROP, "tick*"},
             {SLOW_OF_UID, SLOW_DROP, "10??"},
             {SLOW_OF_CERT, SLOW_CUT, "*.feeds"},
             {SLOW_OF_GROUP, SLOW_HOLD, "quotes.audit"},
             {SLOW_OF_GROUP, SLOW_DROP, "quotes.*"},
             {SLOW_OF_GROUP, SLOW_CUT, "#view#*"}},
    .count = 8,
};

/* NULL: it has none. */
static struct slow_client client(const char *name, const char *user, const char *uid, const char *cert)
{
    return (struct slow_client){.is = {[SLOW_OF_NAME] = name,
                                       [SLOW_OF_PWORD] = user,
                                       [SLOW_OF_UID] = uid,
                                       [SLOW_OF_CERT] = cert}};
}

static enum slow_policy of_client(const struct slow_lines *l, struct slow_client c)
{
    enum slow_policy p = SLOW_POLICIES;
    bool said = slow_policy_of_client(l, &c, &p);
    assert_int_equal(said, p != SLOW_POLICIES);
    return p;
}

static void the_first_line_that_fits_a_client_counts(void **state)
{
    (void)state;
    assert_int_equal(of_client(&lines, client("rec7", "ticker", NULL, NULL)), SLOW_HOLD);
    assert_int_equal(of_client(&lines, client("tick7", "ticker", NULL, NULL)), SLOW_CUT);
    assert_int_equal(of_client(&lines, client("tick7", NULL, NULL, NULL)), SLOW_DROP);
    assert_int_equal(of_client(&lines, client("quotes.x", "rec", NULL, NULL)), SLOW_POLICIES);
}

static void a_process_and_a_certificate_are_who_it_is_too(void **state)
{
    (void)state;
    assert_int_equal(of_client(&lines, client("x", NULL, "1001", NULL)), SLOW_DROP);
    assert_int_equal(of_client(&lines, client("x", NULL, "100", NULL)), SLOW_POLICIES);
    assert_int_equal(of_client(&lines, client("x", NULL, NULL, "a.feeds")), SLOW_CUT);
    assert_int_equal(of_client(&lines, client("a.feeds", "1001", "0", "ticker")), SLOW_POLICIES);
}

/* "*" is about users: who came in without a password is none. */
static void who_has_no_user_fits_no_pattern_of_users(void **state)
{
    (void)state;
    static const struct slow_lines all = {.list = {{SLOW_OF_PWORD, SLOW_CUT, "*"}}, .count = 1};
    assert_int_equal(of_client(&all, client("x", NULL, "0", "x")), SLOW_POLICIES);
    assert_int_equal(of_client(&all, client("x", "y", NULL, NULL)), SLOW_CUT);
}

static enum slow_policy of_groups(const struct slow_lines *l, const char *const *names, uint32_t count)
{
    uint8_t fields[4 * NAME_FIELD];
    for (uint32_t i = 0; i < count; i++) {
        struct name name = name_from_text(names[i]);
        memcpy(fields + i * NAME_FIELD, name.text, NAME_FIELD);
    }
    return slow_policy_of_groups(l, fields, count);
}

static void a_message_is_treated_as_the_mildest_of_its_groups(void **state)
{
    (void)state;
    static const char *const drop[] = {"quotes.bund"}, *const hold[] = {"quotes.audit"};
    static const char *const cut[] = {"#view#d1"}, *const both[] = {"#view#d1", "quotes.bund"};
    static const char *const other[] = {"quotes.bund", "news"}, *const rec[] = {"rec1"};
    assert_int_equal(of_groups(&lines, drop, 1), SLOW_DROP);
    assert_int_equal(of_groups(&lines, hold, 1), SLOW_HOLD);
    assert_int_equal(of_groups(&lines, cut, 1), SLOW_CUT);
    assert_int_equal(of_groups(&lines, both, 2), SLOW_DROP);
    assert_int_equal(of_groups(&lines, other, 2), SLOW_HOLD);
    assert_int_equal(of_groups(&lines, rec, 1), SLOW_HOLD);
    assert_int_equal(of_groups(&lines, NULL, 0), SLOW_HOLD);
    assert_int_equal(of_groups(&(struct slow_lines){.count = 0}, drop, 1), SLOW_HOLD);
}

static void names_of_policies_and_subjects_are_read_as_they_are_written(void **state)
{
    (void)state;
    for (int i = 0; i < SLOW_POLICIES; i++) {
        enum slow_policy p;
        const char *text = slow_policy_name((enum slow_policy)i);
        assert_true(slow_policy_named(text, strlen(text), &p) && p == (enum slow_policy)i);
        assert_false(slow_policy_named(text, strlen(text) - 1, &p));
    }
    for (int i = 0; i < SLOW_SUBJECTS; i++) {
        enum slow_subject s;
        const char *text = slow_subject_name((enum slow_subject)i);
        assert_true(slow_subject_named(text, strlen(text), &s) && s == (enum slow_subject)i);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_line_that_fits_a_client_counts),
        cmocka_unit_test(a_process_and_a_certificate_are_who_it_is_too),
        cmocka_unit_test(who_has_no_user_fits_no_pattern_of_users),
        cmocka_unit_test(a_message_is_treated_as_the_mildest_of_its_groups),
        cmocka_unit_test(names_of_policies_and_subjects_are_read_as_they_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
