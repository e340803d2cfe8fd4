/* SPDX-License-Identifier: MIT
 *
 * The texts of return codes.
 */
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "include/sp.h"
#include "tests/support/client.h"
#include "tests/support/test.h"

enum { LAST = ILLEGAL_TIME };

static bool is_code(int error)
{
    return error < 0 && error >= LAST && error != -10;
}

static void every_code_has_a_line_of_its_own_and_the_rest_share_one(void **state)
{
    (void)state;
    const char *unknown = SP_strerror(0);
    static const int others[] = {1, -10, LAST - 1, -24, -28, INT_MIN, INT_MAX};
    for (size_t i = 0; i < COUNT_OF(others); i++)
        assert_string_equal(SP_strerror(others[i]), unknown);
    for (int a = LAST; a < 0; a++) {
        assert_null(strchr(SP_strerror(a), '\n'));
        for (int b = LAST; b < a; b++)
            if (is_code(a) && is_code(b))
                assert_string_not_equal(SP_strerror(a), SP_strerror(b));
        if (is_code(a))
            assert_string_not_equal(SP_strerror(a), unknown);
    }
}

static void sp_error_writes_number_and_text_to_standard_output(void **state)
{
    (void)state;
    static const int errors[] = {ILLEGAL_SESSION, REJECT_AUTH, 7};
    for (size_t i = 0; i < COUNT_OF(errors); i++) {
        char text[256], expected[256];
        client_error_text(errors[i], text, sizeof text);
        snprintf(expected, sizeof expected, "SP_error: (%d) %s\n", errors[i],
                 SP_strerror(errors[i]));
        assert_string_equal(text, expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_a_line_of_its_own_and_the_rest_share_one),
        cmocka_unit_test(sp_error_writes_number_and_text_to_standard_output),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
