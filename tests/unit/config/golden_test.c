/* SPDX-License-Identifier: MIT
 *
 * Every file that was shown to 5.0.1 is accepted or refused as it was then, with the same hash,
 * segments, daemons and ids. One test a file.
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

/* As INDEX.tsv has them. */
static char *segments_text(const struct conf *c)
{
    char *text, ip[IP_TEXT];
    size_t size;
    FILE *f = open_memstream(&text, &size);
    for (int i = 0; i < c->segment_count; i++)
        fprintf(f, "%s[%s]:%u x%d", i ? " " : "", ip_text(&c->segments[i].addresses[0], ip),
                c->segments[i].port, c->segments[i].daemon_count);
    fclose(f);
    return text;
}

static char *daemons_text(const struct conf *c)
{
    char *text, ip[IP_TEXT];
    size_t size;
    FILE *f = open_memstream(&text, &size);
    for (int i = 0; i < c->daemon_count; i++)
        fprintf(f, "%s%s=%s#%u", i ? " " : "", c->daemons[i].name, ip_text(&c->daemons[i].ip, ip),
                c->daemons[i].id);
    fclose(f);
    return text;
}

static void check_accepted(const struct golden *g, const struct reading *r)
{
    if (!r->conf)
        fail_msg("refused: %s", r->fatal->text);
    char *segments = segments_text(r->conf), *daemons = daemons_text(r->conf);
    assert_int_equal(r->conf->hash, g->hash);
    if (g->segments[0]) {
        assert_string_equal(segments, g->segments);
        assert_string_equal(daemons, g->daemons);
    }
    free(segments);
    free(daemons);
}

static void golden_file_is_read_as_by_5_0_1(void **state)
{
    const struct golden *g = *state;
    struct reading *r = reading_of_bytes(g->text, g->len);
    if (g->accepted)
        check_accepted(g, r);
    else
        assert_null(r->conf);
    assert_null(reading_flaw(r));
    reading_free(r);
}

int main(void)
{
    static struct CMUnitTest tests[GOLDEN_FILES];
    struct golden *list = golden_load();
    for (int i = 0; i < GOLDEN_FILES; i++)
        tests[i] = (struct CMUnitTest){.name = list[i].name,
                                       .test_func = golden_file_is_read_as_by_5_0_1,
                                       .initial_state = &list[i]};
    int failed = cmocka_run_group_tests_name("golden configurations", tests, NULL, NULL);
    golden_free(list);
    return failed;
}
