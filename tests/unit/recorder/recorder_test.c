/* SPDX-License-Identifier: MIT
 *
 * The flight recorder keeps the newest of what happened, in order, through restarts and torn records, and
 * what strangers cause drives out nothing else.
 */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/recorder/recorder.h"

enum { SIZE = RECORDER_LEAST, VOCABULARY = 42 };

static uint8_t block[SIZE];
static struct recorder rec;

static void fresh(void)
{
    recorder_format(block, SIZE, VOCABULARY, "d1");
    recorder_open(&rec, block, SIZE);
}

static void put(enum event_kind kind, enum why why, uint64_t number)
{
    struct event_record e = event_about(kind, 1, number);
    e.why = why;
    recorder_put(&rec, &e, 0, 1000 + number);
}

/* How many there are, from the newest back; each is older than the one before it. */
static int count_back(uint64_t *newest, uint64_t *oldest)
{
    struct recorder_cursor c = recorder_end(&rec);
    struct record r;
    int count = 0;
    uint64_t before = UINT64_MAX;
    for (; recorder_back(&rec, &c, &r); count++) {
        assert_true(r.number < before);
        before = r.number;
        if (count == 0 && newest)
            *newest = r.event.number[0];
        if (oldest)
            *oldest = r.event.number[0];
    }
    return count;
}

static void events_come_back_from_the_newest_whatever_track_they_are_in(void **state)
{
    (void)state;
    uint64_t newest, oldest;
    fresh();
    assert_int_equal(count_back(NULL, NULL), 0);
    put(EVENT_SUSPECT, WHY_NONE, 1);
    put(EVENT_CLOSED, END_CLOSED, 2);
    put(EVENT_CUT_OFF, WHY_NONE, 3);
    put(EVENT_OPENED, WHY_NONE, 4);
    assert_int_equal(count_back(&newest, &oldest), 4);
    assert_int_equal(newest, 4);
    assert_int_equal(oldest, 1);
}

static void the_newest_take_the_place_of_the_oldest_of_their_track_alone(void **state)
{
    (void)state;
    uint64_t newest, oldest;
    fresh();
    put(EVENT_SUSPECT, WHY_NONE, 0);
    for (unsigned i = 1; i <= 5000; i++)
        put(EVENT_CLOSED, END_CLOSED, i);
    int count = count_back(&newest, &oldest);
    assert_int_equal(newest, 5000);
    assert_int_equal(oldest, 0); /* the suspicion is still there */
    assert_in_range(count, 500, 1000);
}

static void a_restart_goes_on_behind_what_is_there(void **state)
{
    (void)state;
    uint64_t newest, oldest;
    for (unsigned before = 1; before <= 1500; before += 123) {
        fresh();
        for (unsigned i = 1; i <= before; i++)
            put(i % 3 ? EVENT_CLOSED : EVENT_SUSPECT, WHY_NONE, i);
        int count = count_back(NULL, NULL);
        assert_int_equal(recorder_look(block, SIZE, VOCABULARY, "d1"), RECORDER_SOUND);
        recorder_open(&rec, block, SIZE);
        assert_int_equal(count_back(&newest, &oldest), count);
        assert_int_equal(newest, before);
        put(EVENT_SUSPECT, WHY_NONE, before + 1);
        count_back(&newest, NULL);
        assert_int_equal(newest, before + 1);
    }
}

/* The process ended in the middle of the newest record, wherever that is. */
static void a_torn_record_costs_itself_alone(void **state)
{
    (void)state;
    for (unsigned cut = 0; cut < RECORD_LEAST; cut += 7) {
        uint64_t newest, oldest;
        fresh();
        for (unsigned i = 1; i <= 20; i++)
            put(EVENT_SUSPECT, WHY_NONE, i);
        uint32_t at = rec.tracks[TRACK_DAEMONS].newest;
        memset(rec.tracks[TRACK_DAEMONS].bytes + at + cut, 0xee, RECORD_LEAST - cut);
        recorder_open(&rec, block, SIZE);
        assert_int_equal(count_back(&newest, &oldest), 19);
        assert_int_equal(newest, 19);
        assert_int_equal(oldest, 1);
        put(EVENT_SUSPECT, WHY_NONE, 21);
        assert_int_equal(count_back(&newest, NULL), 20);
        assert_int_equal(newest, 21);
    }
}

static void a_place_that_was_written_again_ends_reading(void **state)
{
    (void)state;
    struct record r;
    fresh();
    put(EVENT_SUSPECT, WHY_NONE, 1);
    put(EVENT_SUSPECT, WHY_NONE, 2);
    struct recorder_cursor c = recorder_end(&rec);
    assert_true(recorder_back(&rec, &c, &r));
    for (unsigned i = 3; i <= 2000; i++)
        put(EVENT_SUSPECT, WHY_NONE, i);
    assert_false(recorder_back(&rec, &c, &r));
}

static void any_cursor_is_safe(void **state)
{
    (void)state;
    fresh();
    for (unsigned i = 1; i <= 3000; i++)
        put(i % 3 ? EVENT_CLOSED : EVENT_SUSPECT, WHY_NONE, i);
    srand(1);
    for (int i = 0; i < 20000; i++) {
        struct recorder_cursor c = {{(uint32_t)rand(), (uint32_t)rand() % SIZE, (uint32_t)rand() % SIZE & ~7u},
                                    (uint64_t)rand()};
        struct record r;
        for (int steps = 0; recorder_back(&rec, &c, &r); steps++)
            assert_true(steps < 3000);
    }
}

static void what_strangers_cause_is_recorded_once_a_second_with_how_many_more(void **state)
{
    (void)state;
    uint64_t left_out;
    fresh();
    struct event_record e = event_of(EVENT_CONNECT_REFUSED, HELLO_NO_AUTH);
    e.at = USEC_SECOND;
    assert_true(recorder_wants(&rec, &e, &left_out));
    for (int i = 0; i < 1000; i++)
        assert_false(recorder_wants(&rec, &e, &left_out));
    e.at += USEC_SECOND;
    assert_true(recorder_wants(&rec, &e, &left_out));
    assert_int_equal(left_out, 1000);
}

/* Whatever reason a packet is refused for, and whoever it is of. */
static void every_event_has_a_place(void **state)
{
    (void)state;
    uint64_t left_out;
    fresh();
    for (int kind = 0; kind < EVENT_KINDS; kind++)
        for (int why = 0; why < WHYS; why++) {
            struct event_record e = event_of((enum event_kind)kind, (enum why)why);
            bool packet = kind == EVENT_REFUSED || kind == EVENT_UNOPENED;
            if (packet && (why < REFUSED_LENGTH || why > REFUSED_TRIALS))
                continue; /* there is no such event */
            if (recorder_wants(&rec, &e, &left_out))
                recorder_put(&rec, &e, left_out, 1);
        }
    assert_true(count_back(NULL, NULL) > EVENT_KINDS);
}

static void a_block_is_known_by_its_head(void **state)
{
    (void)state;
    static uint8_t other[SIZE];
    fresh();
    assert_int_equal(recorder_look(block, SIZE, VOCABULARY, NULL), RECORDER_SOUND);
    assert_string_equal(recorder_name(block).text, "d1");
    assert_int_equal(recorder_look(block, SIZE, VOCABULARY + 1, NULL), RECORDER_FOREIGN);
    assert_int_equal(recorder_look(block, SIZE, VOCABULARY, "d2"), RECORDER_FOREIGN);
    assert_int_equal(recorder_look(block, SIZE - 8, VOCABULARY, NULL), RECORDER_FOREIGN);
    assert_int_equal(recorder_look(other, SIZE, VOCABULARY, NULL), RECORDER_BLANK);
    assert_int_equal(recorder_look(other, 10, VOCABULARY, NULL), RECORDER_OTHER);
    memcpy(other, "# a text\n", 9);
    assert_int_equal(recorder_look(other, SIZE, VOCABULARY, NULL), RECORDER_OTHER);
}

static const char *letter(const void *letters, int i)
{
    static char text[2];
    text[0] = ((const char *)letters)[i];
    return text;
}

static void it_says_who_is_in_which_place_until_that_is_untrue(void **state)
{
    (void)state;
    fresh();
    assert_string_equal(recorder_place(block, 0).text, "");
    recorder_set_places(block, 3, letter, "abc");
    assert_string_equal(recorder_place(block, 0).text, "a");
    assert_string_equal(recorder_place(block, 2).text, "c");
    assert_string_equal(recorder_place(block, 3).text, "");
    assert_int_equal(recorder_look(block, SIZE, VOCABULARY, "d1"), RECORDER_SOUND);
    block[70] ^= 1; /* somewhere among them */
    assert_string_equal(recorder_place(block, 2).text, "");
    recorder_set_places(block, 0, NULL, NULL);
    assert_string_equal(recorder_place(block, 0).text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_come_back_from_the_newest_whatever_track_they_are_in),
        cmocka_unit_test(the_newest_take_the_place_of_the_oldest_of_their_track_alone),
        cmocka_unit_test(a_restart_goes_on_behind_what_is_there),
        cmocka_unit_test(a_torn_record_costs_itself_alone),
        cmocka_unit_test(a_place_that_was_written_again_ends_reading),
        cmocka_unit_test(any_cursor_is_safe),
        cmocka_unit_test(what_strangers_cause_is_recorded_once_a_second_with_how_many_more),
        cmocka_unit_test(every_event_has_a_place),
        cmocka_unit_test(a_block_is_known_by_its_head),
        cmocka_unit_test(it_says_who_is_in_which_place_until_that_is_untrue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
