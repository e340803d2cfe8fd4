/* SPDX-License-Identifier: MIT
 *
 * SP_set_slow_policy and SP_get_dropped: what is done for a mailbox that is not read, by a real daemon,
 * and what comes of it where the daemon does not know them.
 */
#include <string.h>

#include "include/sp_more.h"
#include "libspread/wire/ask.h"
#include "tests/support/client.h"
#include "tests/support/daemon.h"
#include "tests/support/fake.h"
#include "tests/support/test.h"
#include "tests/support/tls_front.h"

enum { NOBODY = 1000000, SIZE = 1000, MESSAGES = 20000, LAST = 7 };

static struct received r;

static unsigned long dropped(mailbox m)
{
    unsigned long count;
    assert_int_equal(SP_get_dropped(m, &count), 0);
    return count;
}

/* Sends more than waits for anybody, each with its number, and the last one AGREED. */
static void send_numbers(mailbox m)
{
    char body[SIZE] = {0};
    for (int i = 1; i <= MESSAGES; i++) {
        bool last = i == MESSAGES;
        memcpy(body, &i, sizeof i);
        assert_int_equal(SP_multicast(m, last ? AGREED_MESS : UNRELIABLE_MESS, "quotes",
                                      last ? LAST : 0, SIZE, body), SIZE);
    }
}

/* Reads up to the last one. Returns how many there were; *ordered: of them AGREED ones. */
static unsigned long read_numbers(mailbox m, unsigned long *ordered)
{
    unsigned long count = 0;
    int before = 0, number;
    *ordered = 0;
    do {
        assert_int_equal(client_receive(m, &r), SIZE);
        memcpy(&number, r.body, sizeof number);
        assert_true(number > before);
        before = number;
        count++;
        *ordered += Is_agreed_mess(r.type) != 0;
    } while (r.mess_type != LAST);
    return count;
}

static void what_is_dropped_is_counted_and_nothing_that_is_ordered_is(void **state)
{
    (void)state;
    struct test_daemon d;
    test_daemon_start(&d, "SlowReaderPatience = 20000");
    for (int tcp = 0; tcp <= 1; tcp++) {
        unsigned long ordered;
        mailbox slow = client_connect(tcp ? d.tcp : d.local, "slow", NULL);
        mailbox other = client_connect(d.local, "other", NULL);
        client_join(slow, "quotes");
        assert_int_equal(SP_set_slow_policy(slow, SP_SLOW_DROP), 0);
        assert_int_equal(dropped(slow), 0);
        send_numbers(other);
        unsigned long came = read_numbers(slow, &ordered);
        assert_int_equal(ordered, 1);
        assert_in_range(came, 100, MESSAGES - 1000);
        assert_int_equal(came + dropped(slow), MESSAGES);
        assert_int_equal(SP_disconnect(slow), 0);
        assert_int_equal(SP_disconnect(other), 0);
    }
    test_daemon_stop(&d);
}

static void who_asks_to_be_cut_off_is(void **state)
{
    (void)state;
    struct test_daemon d;
    char body[SIZE] = {0};
    sp_end end;
    test_daemon_start(&d, "SlowReaderPatience = 60000");
    mailbox slow = client_connect(d.local, "slow", NULL);
    mailbox other = client_connect(d.local, "other", NULL);
    client_join(slow, "quotes");
    assert_int_equal(SP_set_slow_policy(slow, SP_SLOW_CUT), 0);
    for (int i = 0; i < MESSAGES; i++) /* nobody waits: with hold this would take a minute */
        assert_int_equal(SP_multicast(other, AGREED_MESS, "quotes", 0, SIZE, body), SIZE);
    while (r.type = 0, client_receive_into(slow, &r, CLIENT_GROUPS, CLIENT_BODY) >= 0)
        ;
    client_last_end(slow, &end);
    assert_int_equal(end.reason, SP_END_SLOW);
    SP_kill(slow);
    SP_disconnect(other);
    test_daemon_stop(&d);
}

static void what_is_no_mailbox_or_no_policy_is_refused(void **state)
{
    (void)state;
    struct test_daemon d;
    unsigned long count = 7;
    test_daemon_start(&d, NULL);
    mailbox m = client_connect(d.local, "m", NULL);
    assert_int_equal(SP_set_slow_policy(m, -1), ILLEGAL_SERVICE);
    assert_int_equal(SP_set_slow_policy(m, 3), ILLEGAL_SERVICE);
    assert_int_equal(SP_set_slow_policy(NOBODY, SP_SLOW_CUT), ILLEGAL_SESSION);
    assert_int_equal(SP_get_dropped(NOBODY, &count), ILLEGAL_SESSION);
    assert_int_equal(count, 0);
    SP_disconnect(m);
    assert_int_equal(SP_set_slow_policy(m, SP_SLOW_CUT), ILLEGAL_SESSION);
    test_daemon_stop(&d);
}

static void without_a_daemon_nobody_is_asked(void **state)
{
    (void)state;
    struct test_daemon d;
    char text[512];
    test_daemon_start(&d, NULL);
    mailbox m = client_connect(d.tcp, "m", NULL);
    test_daemon_stop(&d);
    assert_int_equal(SP_set_slow_policy(m, SP_SLOW_DROP), COULD_NOT_CONNECT);
    client_error_text(COULD_NOT_CONNECT, text, sizeof text);
    assert_non_null(strstr(text, d.tcp));
    SP_kill(m);
}

/* -- what answers in place of a daemon of ours --------------------------------------------- */

static void answer_as_5_0_1(int peer, void *data)
{
    uint8_t question[2];
    fake_read(peer, question, sizeof question);
    *(uint8_t *)data = question[1];
    if (question[0] == 0)
        fake_write(peer, "\xf9", 1);
}

static void answer_that_it_is_nobodys(int peer, void *data)
{
    uint8_t question[5 + 2 + 1];
    (void)data;
    fake_read(peer, question, sizeof question);
    if (memcmp(question, "\0P\0\0\2me\1", sizeof question) == 0)
        fake_write(peer, "P\0", 2);
}

static void a_daemon_of_5_0_1_does_not_know_them_and_the_mailbox_goes_on(void **state)
{
    (void)state;
    struct fake f;
    unsigned long count;
    uint8_t asked = 0;
    char text[512];
    fake_open(&f, false);
    mailbox m = fake_mailbox(&f);
    fake_run(&f, answer_as_5_0_1, &asked);
    assert_int_equal(SP_set_slow_policy(m, SP_SLOW_DROP), SP_NOT_SUPPORTED);
    fake_wait(&f);
    assert_int_equal(asked, 'P');
    client_error_text(SP_NOT_SUPPORTED, text, sizeof text);
    assert_non_null(strstr(text, f.address));
    fake_run(&f, answer_as_5_0_1, &asked);
    assert_int_equal(SP_get_dropped(m, &count), SP_NOT_SUPPORTED);
    fake_wait(&f);
    assert_int_equal(asked, 'D');
    assert_int_equal(count, 0);
    SP_kill(m);
    fake_close(&f);
}

static void a_daemon_that_knows_no_such_session_says_so(void **state)
{
    (void)state;
    struct fake f;
    char text[512];
    tls_front_skip(); /* the question would have a port */
    fake_open(&f, false);
    mailbox m = fake_mailbox(&f);
    fake_run(&f, answer_that_it_is_nobodys, NULL);
    assert_int_equal(SP_set_slow_policy(m, SP_SLOW_DROP), ILLEGAL_SESSION);
    fake_wait(&f);
    client_error_text(ILLEGAL_SESSION, text, sizeof text);
    assert_non_null(strstr(text, "#me#fake"));
    SP_kill(m);
    fake_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_dropped_is_counted_and_nothing_that_is_ordered_is),
        cmocka_unit_test(who_asks_to_be_cut_off_is),
        cmocka_unit_test(what_is_no_mailbox_or_no_policy_is_refused),
        cmocka_unit_test(without_a_daemon_nobody_is_asked),
        cmocka_unit_test(a_daemon_of_5_0_1_does_not_know_them_and_the_mailbox_goes_on),
        cmocka_unit_test(a_daemon_that_knows_no_such_session_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
