/* SPDX-License-Identifier: MIT
 *
 * What the service manager is told. The test is the manager, and reads when it likes.
 */
#include "daemon/io/notify.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/test.h"

static int manager;
static char name[64];
static struct notify *n;

/* A name without a file, of this process alone. */
static int set_up(void **state)
{
    (void)state;
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    snprintf(name, sizeof name, "@spread-notify-test-%d", getpid());
    memcpy(a.sun_path + 1, name + 1, strlen(name) - 1);
    manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setenv("NOTIFY_SOCKET", name, 1);
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    return bind(manager, (const struct sockaddr *)&a,
                (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name)));
}

static int tear_down(void **state)
{
    (void)state;
    notify_close(n);
    n = NULL;
    return close(manager);
}

/* The messages that lie there, one after the other, with a blank for the end of each line. */
static const char *heard(void)
{
    static char all[4096];
    size_t len = 0;
    for (;;) {
        ssize_t got = recv(manager, all + len, sizeof all - 1 - len, 0);
        if (got < 0)
            break;
        len += (size_t)got;
    }
    all[len] = '\0';
    for (char *c = all; *c; c++)
        if (*c == '\n')
            *c = ' ';
    return all;
}

static void it_tells_what_happens_in_this_order(void **state)
{
    (void)state;
    n = notify_open();
    assert_int_equal(notify_deadline(n), NEVER);
    notify_ready(n);
    notify_status(n, "alone");
    assert_true(notify_deadline(n) <= 5);
    assert_string_equal(heard(), "");
    notify_step(n, 5);
    assert_string_equal(heard(), "READY=1 STATUS=alone ");
    notify_reloading(n, true, 1234567);
    notify_step(n, 8);
    assert_string_equal(heard(), "RELOADING=1 MONOTONIC_USEC=1234567 ");
    notify_reloading(n, true, 9);
    notify_step(n, 9);
    assert_string_equal(heard(), "");
    notify_reloading(n, false, 10);
    notify_step(n, 10);
    assert_string_equal(heard(), "READY=1 ");
    notify_stopping(n);
    notify_stopping(n);
    notify_step(n, 11);
    notify_status(n, "gone");
    notify_reloading(n, true, 12);
    notify_step(n, 12);
    assert_string_equal(heard(), "STOPPING=1 ");
    assert_int_equal(notify_deadline(n), NEVER);
}

static void a_reload_within_a_turn_is_told_of_once(void **state)
{
    (void)state;
    n = notify_open();
    notify_ready(n);
    notify_reloading(n, true, 3);
    notify_reloading(n, false, 4);
    notify_step(n, 5);
    assert_string_equal(heard(), "RELOADING=1 MONOTONIC_USEC=3 READY=1 ");
}

static void it_shows_that_the_loop_turns_twice_in_the_time_given(void **state)
{
    (void)state;
    setenv("WATCHDOG_USEC", "3000000", 1);
    n = notify_open();
    notify_step(n, 100);
    assert_string_equal(heard(), "WATCHDOG=1 ");
    assert_int_equal(notify_deadline(n), 1500100);
    notify_step(n, 1500099);
    assert_string_equal(heard(), "");
    notify_step(n, 1500100);
    assert_string_equal(heard(), "WATCHDOG=1 ");
    notify_step(n, 9000000); /* it had stood: no more of them than one */
    assert_string_equal(heard(), "WATCHDOG=1 ");
    assert_int_equal(notify_deadline(n), 10500000);
}

static void a_watchdog_of_another_process_or_without_a_time_is_none(void **state)
{
    static const char *const times[] = {"", "0", "1", "-5", "x", "30s", "99999999999999999999999"};
    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        setenv("WATCHDOG_USEC", times[i], 1);
        n = notify_open();
        assert_int_equal(notify_deadline(n), NEVER);
        notify_close(n);
    }
    setenv("WATCHDOG_USEC", "3000000", 1);
    setenv("WATCHDOG_PID", "1", 1);
    n = notify_open();
    assert_int_equal(notify_deadline(n), NEVER);
}

/* Until the manager reads, whatever is said waits here, and of each kind the last is said. */
static void it_never_waits_for_a_manager_that_does_not_read(void **state)
{
    char text[32];
    int said = 0;
    usec now = 1000000;
    (void)state;
    n = notify_open();
    while (notify_deadline(n) == NEVER && said < 100000) {
        snprintf(text, sizeof text, "%d", said++);
        notify_status(n, text);
        notify_step(n, now);
    }
    assert_true(notify_deadline(n) > now && notify_deadline(n) < now + USEC_SECOND);
    notify_ready(n);
    notify_status(n, "last");
    notify_step(n, ++now);
    assert_null(strstr(heard(), "last"));
    notify_step(n, now + USEC_SECOND);
    assert_string_equal(heard(), "READY=1 STATUS=last ");
    assert_int_equal(notify_deadline(n), NEVER);
}

static void a_manager_that_has_gone_is_told_no_more(void **state)
{
    (void)state;
    setenv("WATCHDOG_USEC", "3000000", 1);
    n = notify_open();
    assert_int_equal(shutdown(manager, SHUT_RDWR), 0);
    close(manager);
    notify_ready(n);
    notify_step(n, 1);
    assert_int_equal(notify_deadline(n), NEVER);
    notify_status(n, "still here");
    notify_step(n, 2);
    assert_int_equal(notify_deadline(n), NEVER);
    assert_int_equal(set_up(state), 0); /* for tear_down */
}

static void nobody_is_told_where_nobody_asks(void **state)
{
    static const char *const places[] = {NULL, "", "@", "/", "relative", "vsock:2:1234",
                                         "/nowhere/at/all", "@spread-notify-test-nobody"};
    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (places[i])
            setenv("NOTIFY_SOCKET", places[i], 1);
        else
            unsetenv("NOTIFY_SOCKET");
        n = notify_open();
        notify_ready(n);
        notify_reloading(n, true, 1);
        notify_step(n, 1);
        notify_stopping(n);
        assert_int_equal(notify_deadline(n), NEVER);
        notify_close(n);
    }
    n = NULL;
}

static void a_text_that_is_too_long_is_cut(void **state)
{
    static char text[5000];
    (void)state;
    memset(text, 'x', sizeof text - 1);
    n = notify_open();
    notify_status(n, text);
    notify_step(n, 1);
    size_t len = strlen(heard());
    assert_true(len > 200 && len < 512);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_tells_what_happens_in_this_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_reload_within_a_turn_is_told_of_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_shows_that_the_loop_turns_twice_in_the_time_given,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_watchdog_of_another_process_or_without_a_time_is_none,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_never_waits_for_a_manager_that_does_not_read, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_manager_that_has_gone_is_told_no_more, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_is_told_where_nobody_asks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_text_that_is_too_long_is_cut, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
