/* SPDX-License-Identifier: MIT
 *
 * Authentication methods: which sets are taken, what is sent of them, how their functions are run.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "include/sp.h"
#include "tests/support/client.h"
#include "tests/support/daemon.h"
#include "tests/support/fake.h"
#include "tests/support/test.h"

/* A daemon that offers A, B, C and NULL, notes what it hears, and accepts. */
static char choice[90];

static void accept_any(int peer, void *data)
{
    uint8_t request[15];
    (void)data;
    memset(choice, 0x55, sizeof choice);
    fake_read_request(peer, request);
    fake_write(peer, "\015A B C NULL XY", 14);
    if (recv(peer, choice, sizeof choice, MSG_WAITALL) == sizeof choice)
        send(peer, "\001\005\000\001\010#me#fake", 13, MSG_NOSIGNAL); /* if it is still there */
}

static int connect_to_fake(void)
{
    struct fake f;
    mailbox m;
    char group[MAX_GROUP_NAME];
    fake_open(&f, false);
    fake_run(&f, accept_any, NULL);
    int code = SP_connect(f.address, "me", 0, 0, &m, group);
    fake_wait(&f);
    if (code == ACCEPT_SESSION)
        SP_kill(m);
    fake_close(&f);
    return code;
}

static char trail[16];

/* Notes that it ran, with its letter; a capital succeeds. */
static int note(int fd, void *data)
{
    const char *letter = data;
    assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    strncat(trail, letter, 1);
    return *letter >= 'A' && *letter <= 'Z' ? 5 : 0;
}

static int register_methods(int n, const char *a, const char *b, const char *c, char *letters)
{
    const char *names[4] = {a, b, c, "D"};
    int (*functions[4])(int, void *) = {note, note, note, note};
    void *data[4] = {letters, letters + 1, letters + 2, letters};
    trail[0] = '\0';
    return SP_set_auth_methods(n, names, functions, data);
}

static int back_to_default(void **state)
{
    (void)state;
    char letter[] = "Y";
    assert_int_equal(SP_set_auth_method("NULL", note, letter), 1);
    return 0;
}

static void the_default_method_is_null(void **state)
{
    (void)state;
    assert_int_equal(connect_to_fake(), ACCEPT_SESSION);
    assert_memory_equal(choice, "NULL\0\0\0\0\0\0", 10);
}

static void methods_are_named_in_slots_and_run_in_order(void **state)
{
    (void)state;
    char expected[90] = {0};
    strcpy(expected, "C");
    strcpy(expected + 30, "XY");
    strcpy(expected + 60, "A");
    assert_int_equal(register_methods(3, "C", "XY", "A", (char[]){"PQR"}), 1);
    assert_int_equal(connect_to_fake(), ACCEPT_SESSION);
    assert_memory_equal(choice, expected, sizeof choice);
    assert_string_equal(trail, "PQR");
}

static void all_functions_run_and_one_failure_refuses(void **state)
{
    (void)state;
    static char letters[][4] = {"pQR", "PqR", "PQr", "pqr"};
    for (size_t i = 0; i < COUNT_OF(letters); i++) {
        assert_int_equal(register_methods(3, "A", "B", "C", letters[i]), 1);
        assert_int_equal(connect_to_fake(), REJECT_AUTH);
        assert_string_equal(trail, letters[i]);
        assert_string_equal(choice, "A");
    }
}

static void every_method_must_be_offered_or_nothing_is_sent(void **state)
{
    (void)state;
    assert_int_equal(register_methods(3, "A", "B", "X", (char[]){"PQR"}), 1);
    assert_int_equal(connect_to_fake(), REJECT_AUTH);
    assert_string_equal(trail, "");
    assert_int_not_equal(choice[0], 'A');
}

static void no_method_at_all_is_refused_by_the_daemon(void **state)
{
    (void)state;
    struct test_daemon d;
    mailbox m;
    char group[MAX_GROUP_NAME];
    test_daemon_start(&d, NULL);
    assert_int_equal(register_methods(0, NULL, NULL, NULL, (char[]){"PQR"}), 1);
    assert_int_equal(SP_connect(d.local, "me", 0, 0, &m, group), REJECT_AUTH);
    assert_int_equal(register_methods(1, "NULL", NULL, NULL, (char[]){"PQR"}), 1);
    assert_int_equal(SP_connect(d.local, "me", 0, 0, &m, group), ACCEPT_SESSION);
    SP_kill(m);
    assert_int_equal(register_methods(1, "IP", NULL, NULL, (char[]){"PQR"}), 1);
    assert_int_equal(SP_connect(d.local, "me", 0, 0, &m, group), REJECT_AUTH);
    test_daemon_stop(&d);
}

static void an_unacceptable_set_changes_nothing(void **state)
{
    (void)state;
    const char name_30[] = "123456789012345678901234567890";
    char letters[] = "PQR";
    assert_int_equal(register_methods(1, "B", NULL, NULL, letters), 1);
    assert_int_equal(register_methods(-1, "A", "A", "A", letters), 0);
    assert_int_equal(register_methods(4, "A", "A", "A", letters), 0);
    assert_int_equal(register_methods(2, "A", name_30, "A", letters), 0);
    assert_int_equal(register_methods(2, "A", NULL, NULL, letters), 0);
    assert_int_equal(SP_set_auth_method("A", NULL, letters), 0);
    assert_int_equal(SP_set_auth_method(NULL, note, letters), 0);
    assert_int_equal(SP_set_auth_method(name_30, note, letters), 0);
    assert_int_equal(connect_to_fake(), ACCEPT_SESSION);
    assert_string_equal(choice, "B");
    assert_int_equal(SP_set_auth_method(name_30 + 1, note, letters), 1); /* 29 bytes */
}

enum { CONNECT_MS = 500 };

/* -- an exchange on the socket --------------------------------------------------------------- */

static void check_password(int peer, void *data)
{
    uint8_t request[15], password[40];
    (void)data;
    fake_read_request(peer, request);
    fake_write(peer, "\006PWORD ", 7);
    fake_read(peer, choice, sizeof choice);
    fake_read(peer, password, sizeof password);
    if (memcmp(password, "secret", 7) == 0)
        fake_write(peer, "\001\001\005\000\001\010#me#fake", 14);
    else
        fake_write(peer, "\000", 1);
}

/* Plain blocking calls, as functions for versions before 5.0 were written. */
static int send_password(int fd, void *data)
{
    char password[40] = {0}, answer;
    strcpy(password, data);
    return write(fd, password, sizeof password) == sizeof password && read(fd, &answer, 1) == 1 &&
           answer == 1;
}

static void a_function_may_speak_with_the_daemon_by_blocking_calls(void **state)
{
    (void)state;
    static char words[][8] = {"secret", "guess"};
    for (int i = 0; i < 4; i++) {
        struct fake f;
        mailbox m;
        char group[MAX_GROUP_NAME];
        sp_time limit = {i < 2 ? 0 : 10, 0};
        assert_int_equal(SP_set_auth_method("PWORD", send_password, words[i % 2]), 1);
        fake_open(&f, i % 2);
        fake_run(&f, check_password, NULL);
        assert_int_equal(SP_connect_timeout(f.address, "me", 0, 0, &m, group, limit),
                         i % 2 ? REJECT_AUTH : ACCEPT_SESSION);
        fake_wait(&f);
        if (i % 2 == 0)
            SP_kill(m);
        fake_close(&f);
    }
}

static long now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static atomic_bool took_its_time;
static long took_ms;

/* Longer than the whole connect may take. */
static int take_your_time(int fd, void *data)
{
    const struct timespec *t = data;
    long begun = now_ms();
    (void)fd;
    nanosleep(t, NULL);
    took_ms = now_ms() - begun;
    took_its_time = true;
    return 1;
}

/* The result comes a moment later still, so that the library has to wait for it. */
static void accept_after_that(int peer, void *data)
{
    uint8_t request[15];
    (void)data;
    fake_read_request(peer, request);
    fake_write(peer, "\002A ", 3);
    fake_read(peer, choice, sizeof choice);
    while (!took_its_time)
        poll(NULL, 0, 1);
    poll(NULL, 0, 20);
    send(peer, "\001\005\000\001\010#me#fake", 13, MSG_NOSIGNAL); /* if it is still there */
}

/* How it ends, and what all but the function has taken. */
static int connect_with_a_slow_function(long *rest_ms)
{
    struct timespec t = {0, 1000000L * (CONNECT_MS + 100)};
    struct fake f;
    mailbox m;
    char group[MAX_GROUP_NAME];
    took_its_time = false;
    assert_int_equal(SP_set_auth_method("A", take_your_time, &t), 1);
    fake_open(&f, false);
    fake_run(&f, accept_after_that, NULL);
    long begun = now_ms();
    int code = SP_connect_timeout(f.address, "me", 0, 0, &m, group, (sp_time){0, 1000L * CONNECT_MS});
    *rest_ms = now_ms() - begun - took_ms;
    fake_wait(&f);
    if (code == ACCEPT_SESSION)
        SP_kill(m);
    fake_close(&f);
    return code;
}

/* Again where the rest took too long, on a machine that has other things to do. */
static void the_time_functions_take_does_not_count(void **state)
{
    (void)state;
    long rest_ms = CONNECT_MS;
    int code = CONNECTION_CLOSED;
    for (int i = 0; i < 20 && code != ACCEPT_SESSION && rest_ms >= CONNECT_MS; i++)
        code = connect_with_a_slow_function(&rest_ms);
    assert_int_equal(code, ACCEPT_SESSION);
}

#define STORY(name) cmocka_unit_test_setup(name, back_to_default)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_method_is_null),
        STORY(methods_are_named_in_slots_and_run_in_order),
        STORY(all_functions_run_and_one_failure_refuses),
        STORY(every_method_must_be_offered_or_nothing_is_sent),
        STORY(no_method_at_all_is_refused_by_the_daemon),
        STORY(an_unacceptable_set_changes_nothing),
        STORY(a_function_may_speak_with_the_daemon_by_blocking_calls),
        STORY(the_time_functions_take_does_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
