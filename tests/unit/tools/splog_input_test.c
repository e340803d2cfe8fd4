/* SPDX-License-Identifier: MIT */
#include "tools/splog/input.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/test.h"
#include "tools/splog/message.h"

struct source {
    struct input input;
    int in, out;
};

static void open_source(struct source *s)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    s->in = ends[0];
    s->out = ends[1];
    input_init(&s->input);
}

static void close_source(struct source *s)
{
    input_fini(&s->input);
    close(s->in);
}

/* Gives the bytes to the input, which reads as it would in the loop. */
static void give(struct source *s, const char *bytes, size_t len)
{
    assert_int_equal(write(s->out, bytes, len), len);
    input_read(&s->input, s->in);
}

static void end(struct source *s)
{
    close(s->out);
    input_read(&s->input, s->in);
    assert_true(s->input.ended);
}

static void expect(struct source *s, const char *text)
{
    const char *line;
    size_t len;
    assert_true(input_line(&s->input, &line, &len));
    assert_int_equal(len, strlen(text));
    assert_memory_equal(line, text, len);
    input_taken(&s->input, len);
}

static void expect_none(struct source *s)
{
    const char *line;
    size_t len;
    assert_false(input_line(&s->input, &line, &len));
}

static void lines_come_one_by_one_without_their_newline(void **state)
{
    (void)state;
    struct source s;
    open_source(&s);
    give(&s, "one\n\nthree\n", 11);
    expect(&s, "one");
    expect(&s, "");
    expect(&s, "three");
    expect_none(&s);
    end(&s);
    expect_none(&s);
    close_source(&s);
}

static void a_line_may_come_in_pieces(void **state)
{
    (void)state;
    struct source s;
    open_source(&s);
    give(&s, "a\nb", 3);
    expect(&s, "a");
    expect_none(&s);
    give(&s, "c", 1);
    expect_none(&s);
    give(&s, "d\ne", 3);
    expect(&s, "bcd");
    expect_none(&s);
    end(&s);
    expect(&s, "e"); /* without newline, at the end */
    expect_none(&s);
    assert_int_equal(s.input.broken, 0);
    close_source(&s);
}

static void a_line_stays_the_next_one_until_it_is_taken(void **state)
{
    (void)state;
    struct source s;
    const char *line;
    size_t len;
    open_source(&s);
    give(&s, "one\ntwo\n", 8);
    for (int i = 0; i < 3; i++)
        assert_true(input_line(&s.input, &line, &len));
    expect(&s, "one");
    expect(&s, "two");
    close(s.out);
    close_source(&s);
}

/* Puts len bytes and the rest into the pipe, and checks the lengths of the lines that come. */
static void check_long(size_t len, const char *rest, const size_t *lengths, uint64_t broken)
{
    struct source s;
    const char *line;
    size_t here;
    char *bytes = malloc(len);
    memset(bytes, 'x', len);
    open_source(&s);
    assert_true(fcntl(s.out, F_SETPIPE_SZ, 1 << 20) > 0);
    assert_int_equal(write(s.out, bytes, len), len);
    assert_int_equal(write(s.out, rest, strlen(rest)), strlen(rest));
    close(s.out);
    while (!s.input.ended) {
        input_read(&s.input, s.in);
        while (input_line(&s.input, &line, &here)) {
            assert_int_equal(here, *lengths++);
            input_taken(&s.input, here);
        }
    }
    assert_int_equal(*lengths, 0);
    assert_int_equal(s.input.broken, broken);
    free(bytes);
    close_source(&s);
}

static void a_line_as_long_as_possible_is_not_broken(void **state)
{
    (void)state;
    check_long(LINE_MAX_BYTES, "\n", (const size_t[]){LINE_MAX_BYTES, 0}, 0);
    check_long(LINE_MAX_BYTES, "\nxy\n", (const size_t[]){LINE_MAX_BYTES, 2, 0}, 0);
    check_long(LINE_MAX_BYTES, "", (const size_t[]){LINE_MAX_BYTES, 0}, 0);
}

static void a_longer_line_is_broken(void **state)
{
    (void)state;
    check_long(LINE_MAX_BYTES + 1, "\n", (const size_t[]){LINE_MAX_BYTES, 1, 0}, 1);
    check_long(LINE_MAX_BYTES + 1, "", (const size_t[]){LINE_MAX_BYTES, 1, 0}, 1);
    check_long(2 * LINE_MAX_BYTES + 5, "\n", (const size_t[]){LINE_MAX_BYTES, LINE_MAX_BYTES, 5, 0},
               2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_one_by_one_without_their_newline),
        cmocka_unit_test(a_line_may_come_in_pieces),
        cmocka_unit_test(a_line_stays_the_next_one_until_it_is_taken),
        cmocka_unit_test(a_line_as_long_as_possible_is_not_broken),
        cmocka_unit_test(a_longer_line_is_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
