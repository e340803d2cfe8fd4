/* SPDX-License-Identifier: MIT
 *
 * Passwords that are hashed in threads: what is right, how many at once, and that the loop is told.
 */
#include "tests/support/test.h"

#include <event2/event.h>
#include <string.h>

#include "daemon/io/hashing.h"

#define HASH "$1$abcdefgh$G//4keteveJp0qb8z2DxG/"

static const struct {
    const char *password, *hash;
    bool right;
} cases[] = {
    {"password", HASH, true}, {"passworD", HASH, false}, {"secret", "abNANd1rDfiNc", true},
    {"", HASH, false},        {"password", "", false},   {"password", "*", false},
    {"*", "*0", false},
};

enum { LOGINS = 49, CASES = sizeof cases / sizeof cases[0] };

/* The daemon, as far as hashing.c knows it. */
static uint32_t asked, wanted, told;
static bool matched[LOGINS + 1];

bool daemon_login_waits(const struct daemon *d)
{
    (void)d;
    return asked < wanted;
}

bool daemon_next_login(struct daemon *d, struct login_question *q)
{
    (void)d;
    *q = (struct login_question){.number = ++asked};
    strcpy(q->password, cases[asked % CASES].password);
    strcpy(q->hash, cases[asked % CASES].hash);
    return true;
}

void daemon_on_login(struct daemon *d, uint32_t number, bool matches, usec now)
{
    (void)d;
    assert_true(now > 0);
    matched[number] = matches;
    told++;
}

static void run(struct event_base *base, struct hashing *h)
{
    while (told < wanted) {
        hashing_step(h);
        assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
    }
}

static int begin(void **state)
{
    (void)state;
    asked = wanted = told = 0;
    return 0;
}

static void each_question_has_its_answer(void **state)
{
    (void)state;
    struct event_base *base = event_base_new();
    struct hashing *h = hashing_new(base, NULL);
    for (wanted = 1; wanted <= LOGINS; wanted *= 7)
        run(base, h);
    wanted = LOGINS;
    run(base, h);
    for (int i = 1; i <= LOGINS; i++)
        assert_int_equal(matched[i], cases[i % CASES].right);
    hashing_free(h);
    event_base_free(base);
}

static void no_more_are_asked_for_than_are_hashed_at_once(void **state)
{
    (void)state;
    struct event_base *base = event_base_new();
    struct hashing *h = hashing_new(base, NULL);
    wanted = LOGINS;
    hashing_step(h);
    assert_in_range(asked, 1, 4);
    uint32_t at_once = asked;
    hashing_step(h);
    assert_in_range(asked, at_once, at_once + 4); /* some may be done */
    hashing_free(h); /* with hashes under way */
    event_base_free(base);
}

static void an_end_without_a_password_is_one_without_threads(void **state)
{
    (void)state;
    struct event_base *base = event_base_new();
    struct hashing *h = hashing_new(base, NULL);
    hashing_step(h);
    hashing_free(h);
    hashing_free(NULL);
    event_base_free(base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_question_has_its_answer, begin),
        cmocka_unit_test_setup(no_more_are_asked_for_than_are_hashed_at_once, begin),
        cmocka_unit_test_setup(an_end_without_a_password_is_one_without_threads, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
