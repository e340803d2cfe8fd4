/* SPDX-License-Identifier: MIT
 *
 * Damaged files: each is refused for one reason or keeps every promise, and nothing is read
 * outside of it (reading_flaw).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/config/golden.h"
#include "tests/unit/config/reading.h"

enum { LARGE = 1000, STRIDE = 29 }; /* of large files, every STRIDEth place */

static void check(const struct golden *g, const char *text, size_t len, size_t at)
{
    struct reading *r = reading_of_bytes(text, len);
    const char *flaw = reading_flaw(r);
    if (flaw)
        fail_msg("%s, damaged at byte %zu: %s", g->name, at, flaw);
    reading_free(r);
}

static size_t step(const struct golden *g)
{
    return g->len > LARGE ? STRIDE : 1;
}

static void every_beginning_of_a_file_is_read_or_refused(void **state)
{
    const struct golden *list = *state;
    for (const struct golden *g = list; g < list + GOLDEN_FILES; g++)
        for (size_t len = 0; len < g->len; len += step(g))
            check(g, g->text, len, len);
}

static void every_changed_byte_is_read_or_refused(void **state)
{
    const struct golden *list = *state;
    static const char other[] = {'\0', '\n', ' ', '"', '{', '}', ';', '[', ':', '9', '%', '\xff'};
    for (const struct golden *g = list; g < list + GOLDEN_FILES; g++) {
        for (size_t at = 0; at < g->len; at += step(g)) {
            char was = g->text[at];
            for (size_t i = 0; i < sizeof other; i++) {
                g->text[at] = other[i];
                check(g, g->text, g->len, at);
            }
            g->text[at] = was;
        }
    }
}

static void every_missing_byte_is_read_or_refused(void **state)
{
    const struct golden *list = *state;
    char text[16384];
    for (const struct golden *g = list; g < list + GOLDEN_FILES; g++) {
        for (size_t at = 0; at < g->len; at += step(g)) {
            memcpy(text, g->text, at);
            memcpy(text + at, g->text + at + 1, g->len - at - 1);
            check(g, text, g->len - 1, at);
        }
    }
}

static void one_byte_a_million_times_is_refused_in_short_time(void **state)
{
    (void)state;
    enum { MILLION = 1000000 };
    static const char bytes[] = "\"'{}[]=:;!#%.1aD\n \v\xff";
    char *text = malloc(MILLION);
    for (size_t i = 0; i < sizeof bytes; i++) {
        memset(text, bytes[i], MILLION);
        struct reading *r = reading_of_bytes(text, MILLION);
        assert_null(r->conf);
        assert_null(reading_flaw(r));
        reading_free(r);
    }
    free(text);
}

static int load(void **state)
{
    *state = golden_load();
    return 0;
}

static int unload(void **state)
{
    golden_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_beginning_of_a_file_is_read_or_refused),
        cmocka_unit_test(every_changed_byte_is_read_or_refused),
        cmocka_unit_test(every_missing_byte_is_read_or_refused),
        cmocka_unit_test(one_byte_a_million_times_is_refused_in_short_time),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
