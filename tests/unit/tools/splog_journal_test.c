/* SPDX-License-Identifier: MIT */
#include "tools/splog/journal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/child.h"
#include "tests/support/test.h"
#include "tools/splog/streams.h"

static char path[64];

static int fresh_path(void **state)
{
    (void)state;
    strcpy(path, "/tmp/splog-journal-XXXXXX");
    int fd = mkstemp(path);
    unlink(path);
    return close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

static struct id id_of(uint32_t n)
{
    struct id id = {{1}};
    memcpy(id.bytes + 4, &n, sizeof n);
    return id;
}

static void a_journal_keeps_its_collector(void **state)
{
    (void)state;
    struct journal *j = journal_open(path);
    struct id who = *journal_collector(j);
    journal_close(j);
    j = journal_open(path);
    assert_true(id_equal(journal_collector(j), &who));
    journal_close(j);
}

static void streams_outlive_the_process(void **state)
{
    (void)state;
    struct journal *j = journal_open(path);
    struct streams t;
    struct id a = id_of(1), b = id_of(2), c = id_of(3);
    streams_init(&t, j);
    streams_hear(&t, &a, 10);
    streams_hear(&t, &b, 20);
    streams_hear(&t, &c, 30);
    journal_set(j, streams_find(&t, &b)->slot, 25);
    streams_forget(&t, streams_find(&t, &c));
    streams_fini(&t);
    journal_close(j);

    j = journal_open(path);
    streams_init(&t, j);
    assert_int_equal(streams_find(&t, &a)->next, 10);
    assert_int_equal(streams_find(&t, &b)->next, 25);
    assert_null(streams_find(&t, &c));
    streams_fini(&t);
    journal_close(j);
}

static void a_journal_grows_and_reuses_what_is_free(void **state)
{
    (void)state;
    enum { MANY = 5000 };
    struct journal *j = journal_open(path);
    uint32_t slots[MANY];
    for (uint32_t i = 0; i < MANY; i++) {
        struct id id = id_of(i);
        slots[i] = journal_enter(j, &id, i);
    }
    uint32_t size = journal_slots(j);
    assert_true(size >= MANY && size < 2 * MANY);
    for (uint32_t i = 0; i < MANY; i += 2)
        journal_clear(j, slots[i]);
    for (uint32_t i = 0; i < MANY / 2; i++) {
        struct id id = id_of(MANY + i);
        assert_true(journal_enter(j, &id, 7) < MANY);
    }
    assert_int_equal(journal_slots(j), size);
    journal_close(j);

    j = journal_open(path);
    assert_int_equal(journal_slots(j), size);
    for (uint32_t i = 1; i < MANY; i += 2) {
        struct id id, expected = id_of(i);
        uint64_t next;
        assert_true(journal_get(j, slots[i], &id, &next));
        assert_true(id_equal(&id, &expected));
        assert_int_equal(next, i);
    }
    journal_close(j);
}

static void too_many_streams_push_out_the_one_heard_of_longest_ago(void **state)
{
    (void)state;
    struct streams t;
    struct id first = id_of(0), second = id_of(1), waiting = id_of(2), third = id_of(3);
    streams_init(&t, NULL);
    for (uint32_t i = 0; i < STREAMS_MAX; i++) {
        struct id id = id_of(i);
        streams_hear(&t, &id, 0);
    }
    streams_hear(&t, &first, 0);                     /* heard of again: no longer the oldest */
    streams_set_due(&t, streams_find(&t, &waiting)); /* its lines are not written yet */
    for (uint32_t i = 0; i < 2; i++) {
        struct id id = id_of(STREAMS_MAX + i);
        streams_hear(&t, &id, 0);
    }
    assert_non_null(streams_find(&t, &first));
    assert_null(streams_find(&t, &second));
    assert_non_null(streams_find(&t, &waiting));
    assert_null(streams_find(&t, &third));
    streams_fini(&t);
}

static void a_stream_that_has_ended_is_still_known_for_a_while(void **state)
{
    (void)state;
    struct streams t;
    struct id first = id_of(0), second = id_of(1);
    streams_init(&t, NULL);
    for (uint32_t i = 0; i < STREAMS_ENDED_MAX; i++) {
        struct id id = id_of(i);
        streams_end(&t, streams_hear(&t, &id, i));
        streams_end(&t, streams_find(&t, &id)); /* said twice */
    }
    assert_int_equal(streams_hear(&t, &second, 0)->next, 1); /* late news: old, and known as such */
    assert_non_null(streams_find(&t, &first));
    struct id another = id_of(STREAMS_ENDED_MAX);
    streams_end(&t, streams_hear(&t, &another, 0));
    assert_null(streams_find(&t, &first));
    assert_non_null(streams_find(&t, &second));
    streams_fini(&t);
}

/* -- intents ---------------------------------------------------------------------------------- */

static const struct piece PIECES[2] = {{.stream = {{1}}, .first = 5, .count = 2, .len = 8},
                                       {.stream = {{2}}, .first = 9, .count = 1, .len = 4}};

static void the_last_two_intents_for_a_file_are_kept(void **state)
{
    (void)state;
    struct journal *j = journal_open(path);
    struct stat file = {.st_dev = 3, .st_ino = 4, .st_size = 100}, other = file;
    other.st_ino = 5;
    assert_null(journal_intent(j, 0, &file));
    assert_null(journal_intent(j, 1, &file));
    for (int i = 0; i < 5; i++) {
        file.st_size = 100 + i;
        journal_intend(j, &file, PIECES, 2);
    }
    journal_close(j);

    j = journal_open(path);
    assert_int_equal(journal_intent(j, 0, &file)->offset, 103);
    assert_int_equal(journal_intent(j, 1, &file)->offset, 104);
    assert_int_equal(journal_intent(j, 1, &file)->count, 2);
    assert_memory_equal(journal_intent(j, 1, &file)->pieces, PIECES, sizeof PIECES);
    assert_null(journal_intent(j, 1, &other));
    journal_intend(j, &file, PIECES, 1);
    assert_int_equal(journal_intent(j, 0, &file)->count, 2);
    assert_int_equal(journal_intent(j, 1, &file)->count, 1);
    journal_close(j);
}

/* Wherever the process was killed while it wrote the newer one. */
static void an_interrupted_intent_leaves_the_one_before(void **state)
{
    (void)state;
    struct stat file = {.st_dev = 3, .st_ino = 4, .st_size = 100};
    struct journal *j = journal_open(path);
    journal_intend(j, &file, PIECES, 2);
    file.st_size = 112;
    journal_intend(j, &file, PIECES, 2);
    off_t at = (const uint8_t *)journal_intent(j, 1, &file) - (const uint8_t *)journal_collector(j);
    journal_close(j);

    int fd = open(path, O_RDWR);
    uint8_t byte;
    at += 8 + (off_t)offsetof(struct intent, pieces); /* of the collector; of the first piece */
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);

    j = journal_open(path);
    assert_int_equal(journal_intent(j, 1, &file)->offset, 100);
    assert_null(journal_intent(j, 0, &file));
    journal_close(j);
}

/* -- files that are none ----------------------------------------------------------------------- */

static int status_of_opening(void)
{
    int status;
    pid_t child = child_fork();
    if (child == 0) {
        fclose(stderr);
        journal_open(path);
        _exit(0);
    }
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void one_journal_has_one_user(void **state)
{
    (void)state;
    struct journal *j = journal_open(path);
    assert_int_equal(status_of_opening(), 1);
    journal_close(j);
    assert_int_equal(status_of_opening(), 0);
}

static void other_files_are_refused_and_left_alone(void **state)
{
    (void)state;
    static const char text[] = "something else";
    struct stat st;
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    assert_int_equal(write(fd, text, sizeof text), sizeof text);
    assert_int_equal(status_of_opening(), 1);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, sizeof text);
    assert_int_equal(ftruncate(fd, 3 << 20), 0); /* long enough to be one */
    assert_int_equal(status_of_opening(), 1);
    close(fd);
}

static void a_journal_that_was_never_finished_is_begun_again(void **state)
{
    (void)state;
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    assert_int_equal(ftruncate(fd, 5000), 0);
    close(fd);
    struct journal *j = journal_open(path);
    struct id id = id_of(1);
    journal_enter(j, &id, 1);
    journal_close(j);
    assert_int_equal(status_of_opening(), 0);
}

#define on_a_fresh_path(test) cmocka_unit_test_setup_teardown(test, fresh_path, remove_file)

int main(void)
{
    const struct CMUnitTest tests[] = {
        on_a_fresh_path(a_journal_keeps_its_collector),
        on_a_fresh_path(streams_outlive_the_process),
        on_a_fresh_path(a_journal_grows_and_reuses_what_is_free),
        cmocka_unit_test(too_many_streams_push_out_the_one_heard_of_longest_ago),
        cmocka_unit_test(a_stream_that_has_ended_is_still_known_for_a_while),
        on_a_fresh_path(the_last_two_intents_for_a_file_are_kept),
        on_a_fresh_path(an_interrupted_intent_leaves_the_one_before),
        on_a_fresh_path(one_journal_has_one_user),
        on_a_fresh_path(other_files_are_refused_and_left_alone),
        on_a_fresh_path(a_journal_that_was_never_finished_is_begun_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
