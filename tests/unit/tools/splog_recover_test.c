/* SPDX-License-Identifier: MIT */
#include "tools/splog/recover.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/test.h"

/* A collector's files, before and after its death. */
struct world {
    char file[64], journal_path[80];
    struct output output;
    struct journal *journal;
    struct streams streams;
};

static const struct id A = {{'a'}}, B = {{'b'}};

static void start(struct world *w)
{
    output_open(&w->output, w->file);
    w->journal = journal_open(w->journal_path);
    streams_init(&w->streams, w->journal);
    recover(&w->streams, &w->output);
    output_end_line(&w->output);
}

static void stop(struct world *w)
{
    streams_fini(&w->streams);
    journal_close(w->journal);
    output_close(&w->output);
}

static void begin(struct world *w)
{
    strcpy(w->file, "/tmp/splog-recover-XXXXXX");
    close(mkstemp(w->file));
    snprintf(w->journal_path, sizeof w->journal_path, "%s.splog", w->file);
    start(w);
    streams_hear(&w->streams, &A, 0);
    streams_hear(&w->streams, &B, 0);
}

static void end(struct world *w)
{
    stop(w);
    unlink(w->file);
    unlink(w->journal_path);
}

/* Lines of a stream arrive and wait to be written. */
static void arrive(struct world *w, const struct id *id, const char *text, uint32_t count)
{
    struct stream *s = streams_find(&w->streams, id);
    size_t len = strlen(text);
    memcpy(output_tail(&w->output), text, len);
    output_add(&w->output, id, s->next, count, len);
    s->next += count;
    streams_set_due(&w->streams, s);
}

static void write_all(struct world *w)
{
    struct stream *s;
    assert_true(output_write(&w->output, w->journal, false));
    TAILQ_FOREACH(s, &w->streams.due, in_due)
    journal_set(w->journal, s->slot, s->next);
}

/* Dies when so many bytes of what waits were written: the journal knows the rest was to come. */
static void die_in_write(struct world *w, size_t bytes)
{
    assert_true(output_write(&w->output, w->journal, false));
    struct stat st;
    assert_int_equal(stat(w->file, &st), 0);
    const struct intent *i = journal_intent(w->journal, 1, &st);
    assert_int_equal(truncate(w->file, (off_t)(i->offset + bytes)), 0);
    stop(w);
}

static void assert_file(const struct world *w, const char *text)
{
    char bytes[256] = "";
    FILE *f = fopen(w->file, "r");
    size_t len = fread(bytes, 1, sizeof bytes - 1, f);
    fclose(f);
    assert_int_equal(len, strlen(text));
    assert_string_equal(bytes, text);
}

static uint64_t next_of(struct world *w, const struct id *id)
{
    return streams_find(&w->streams, id)->next;
}

/* Before the write: "old\n" of A. In it: 2 lines of A, 1 of B, 2 of A. */
static void at_whatever_byte_it_died_whole_lines_count_and_a_torn_one_goes(void **state)
{
    (void)state;
    static const char text[] = "a1\na2\nb0\na3\na4\n";
    for (size_t bytes = 0; bytes < sizeof text; bytes++) {
        struct world w;
        char expected[64];
        size_t whole = bytes - bytes % 3;
        begin(&w);
        arrive(&w, &A, "old\n", 1);
        write_all(&w);
        arrive(&w, &A, "a1\na2\n", 2);
        arrive(&w, &B, "b0\n", 1);
        arrive(&w, &A, "a3\na4\n", 2);
        die_in_write(&w, bytes);

        start(&w);
        snprintf(expected, sizeof expected, "old\n%.*s", (int)whole, text);
        assert_file(&w, expected);
        assert_int_equal(next_of(&w, &A),
                         1 + (whole >= 3) + (whole >= 6) + (whole >= 12) + (whole >= 15));
        assert_int_equal(next_of(&w, &B), whole >= 9);
        stop(&w);
        start(&w); /* to recover twice changes nothing */
        assert_file(&w, expected);
        end(&w);
    }
}

/* Killed between the write and the notes of it in the journal, twice in a row. */
static void what_was_written_counts_though_it_was_not_noted(void **state)
{
    (void)state;
    struct world w;
    begin(&w);
    arrive(&w, &A, "a0\n", 1);
    assert_true(output_write(&w.output, w.journal, false));
    arrive(&w, &B, "b0\nb1\n", 2);
    assert_true(output_write(&w.output, w.journal, false));
    stop(&w);
    start(&w);
    assert_int_equal(next_of(&w, &A), 1);
    assert_int_equal(next_of(&w, &B), 2);
    assert_file(&w, "a0\nb0\nb1\n");
    end(&w);
}

/* Of A's lines the second was cut off. The next life writes B's in their place, and is killed, too: the file
 * is now longer than A's lines would have made it, which does not mean that they are there. */
static void what_was_cut_off_does_not_count_when_it_dies_again(void **state)
{
    (void)state;
    struct world w;
    begin(&w);
    arrive(&w, &A, "a0\na1\n", 2);
    die_in_write(&w, 4);
    start(&w);
    assert_file(&w, "a0\n");
    arrive(&w, &B, "b0\nb1\n", 2);
    die_in_write(&w, 6);
    start(&w);
    assert_file(&w, "a0\nb0\nb1\n");
    assert_int_equal(next_of(&w, &A), 1);
    assert_int_equal(next_of(&w, &B), 2);
    end(&w);
}

static void a_file_that_was_moved_away_is_left_alone(void **state)
{
    (void)state;
    struct world w;
    begin(&w);
    arrive(&w, &A, "a0\n", 1);
    write_all(&w);
    arrive(&w, &A, "a1\n", 1);
    die_in_write(&w, 1);
    unlink(w.file);
    start(&w); /* a new file of the name */
    assert_int_equal(next_of(&w, &A), 1);
    assert_file(&w, "");
    end(&w);
}

static void a_file_that_was_emptied_has_nothing_to_recover(void **state)
{
    (void)state;
    struct world w;
    begin(&w);
    arrive(&w, &A, "a0\na1\n", 2);
    write_all(&w);
    stop(&w);
    assert_int_equal(truncate(w.file, 0), 0);
    start(&w);
    assert_int_equal(next_of(&w, &A), 2); /* noted: they were written once */
    assert_file(&w, "");
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_whatever_byte_it_died_whole_lines_count_and_a_torn_one_goes),
        cmocka_unit_test(what_was_written_counts_though_it_was_not_noted),
        cmocka_unit_test(what_was_cut_off_does_not_count_when_it_dies_again),
        cmocka_unit_test(a_file_that_was_moved_away_is_left_alone),
        cmocka_unit_test(a_file_that_was_emptied_has_nothing_to_recover),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
