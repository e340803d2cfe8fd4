/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <string.h>

#include "daemon/base/pattern.h"

static void what_fits_what(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *text;
        bool fits;
    } cases[] = {
        {"quotes", "quotes", true},       {"quotes", "quote", false},   {"quotes", "quotess", false},
        {"quotes.*", "quotes.bund", true}, {"quotes.*", "quotes.", true}, {"quotes.*", "quotes", false},
        {"*", "", true},                  {"*", "anything", true},      {"", "", true},
        {"", "a", false},                 {"?", "a", true},             {"?", "", false},
        {"?", "ab", false},               {"a?c", "abc", true},         {"*.log", "a.log.log", true},
        {"*.log", "a.log.x", false},      {"a*b*c", "a--b--b--c", true}, {"a*b*c", "a--c--b", false},
        {"**", "x", true},                {"*?", "", false},            {"*?", "x", true},
        {"Q*", "quotes", false},          {"[a]", "a", false},          {"[a]", "[a]", true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (pattern_fits(cases[i].pattern, cases[i].text) != cases[i].fits)
            fail_msg("%s and %s", cases[i].pattern, cases[i].text);
}

/* Stars do not make it try everything: 20 of them against 31 bytes would be for ever. */
static void many_stars_take_no_time(void **state)
{
    (void)state;
    char pattern[64] = "", text[64] = "";
    for (int i = 0; i < 30; i++)
        strcat(pattern, i % 2 ? "a" : "*");
    strcat(pattern, "b");
    memset(text, 'a', sizeof text - 1);
    assert_false(pattern_fits(pattern, text));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fits_what),
        cmocka_unit_test(many_stars_take_no_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
