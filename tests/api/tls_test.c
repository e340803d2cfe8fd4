/* SPDX-License-Identifier: MIT
 *
 * tls:PORT@HOST: whom the library believes and whom not, and which of two processes has a mailbox.
 * That calls work over TLS as they do without, the other tests see, run with SPREAD_TEST_TLS.
 */
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "include/sp_more.h"
#include "tests/support/child.h"
#include "tests/support/client.h"
#include "tests/support/daemon.h"
#include "tests/support/fake.h"
#include "tests/support/test.h"
#include "tests/support/tls_front.h"

static struct fake fake;
static struct received r;

static int begin(void **state)
{
    (void)state;
    assert_true(SP_set_tls(NULL, NULL, NULL, NULL));
    tls_show(TLS_USUAL);
    fake_open(&fake, true);
    return 0;
}

static int end(void **state)
{
    (void)state;
    fake_close(&fake);
    return 0;
}

/* -- trust ----------------------------------------------------------------------------------- */

static void expect_entry(const char *host)
{
    assert_true(SP_set_tls(NULL, NULL, NULL, host));
    SP_kill(fake_mailbox(&fake));
}

static void nothing(int peer, void *data)
{
    (void)peer;
    (void)data;
}

static void expect_failure(int code, enum sp_end_reason reason, const char *why)
{
    mailbox m;
    char group[MAX_GROUP_NAME];
    sp_end e;
    fake_run(&fake, nothing, NULL);
    assert_int_equal(SP_connect(fake.address, "me", 0, 1, &m, group), code);
    fake_wait(&fake);
    assert_int_equal(SP_last_end(-1, &e), 0);
    if (e.reason != (int)reason || !strstr(e.text, why))
        fail_msg("reason %d: %s", e.reason, e.text);
}

static void expect_distrust(const char *why)
{
    expect_failure(COULD_NOT_CONNECT, SP_END_UNTRUSTED, why);
}

static void an_authority_that_is_not_known_is_not_believed(void **state)
{
    (void)state;
    expect_entry(NULL);
    tls_show(TLS_STRANGER);
    expect_distrust("self-signed certificate");
    tls_show(TLS_USUAL);
    expect_entry(NULL);
}

static void a_certificate_that_has_expired_is_not_believed(void **state)
{
    (void)state;
    tls_show(TLS_EXPIRED);
    expect_distrust("certificate has expired");
}

static void a_certificate_has_to_be_of_the_host_that_was_asked_for(void **state)
{
    (void)state;
    tls_show(TLS_ELSEWHERE);
    expect_distrust("IP address mismatch");
    expect_entry("elsewhere.example");
    expect_entry("*");
    assert_true(SP_set_tls(NULL, NULL, NULL, "localhost"));
    expect_distrust("hostname mismatch");
}

static void files_that_cannot_be_used_are_named(void **state)
{
    (void)state;
    assert_true(SP_set_tls("/none/ca.pem", NULL, NULL, NULL));
    expect_distrust("/none/ca.pem");
    assert_true(SP_set_tls(NULL, "/none/cert.pem", NULL, NULL));
    expect_distrust("/none/cert.pem");
}

static void *answer_otherwise(void *context)
{
    char waste[512];
    int fd = accept(*(int *)context, NULL, NULL);
    send(fd, "\367 what is it that you say?", 20, MSG_NOSIGNAL);
    shutdown(fd, SHUT_WR);
    while (recv(fd, waste, sizeof waste, 0) > 0)
        ;
    close(fd);
    return NULL;
}

static void a_daemon_without_tls_is_said_to_have_none(void **state)
{
    (void)state;
    pthread_t thread;
    mailbox m;
    char group[MAX_GROUP_NAME];
    sp_end e;
    pthread_create(&thread, NULL, answer_otherwise, &fake.listener);
    assert_int_equal(SP_connect(fake.address, "me", 0, 1, &m, group), COULD_NOT_CONNECT);
    pthread_join(thread, NULL);
    SP_last_end(-1, &e);
    assert_int_equal(e.reason, SP_END_UNTRUSTED);
    assert_non_null(strstr(e.text, "there is no TLS to be had"));
}

static void a_handshake_that_does_not_end_has_its_time(void **state)
{
    (void)state;
    mailbox m;
    char group[MAX_GROUP_NAME];
    sp_end e;
    sp_time a_moment = {0, 100000}; /* nobody accepts what the system has let in */
    assert_int_equal(SP_connect_timeout(fake.address, "me", 0, 1, &m, group, a_moment),
                     CONNECTION_CLOSED);
    SP_last_end(-1, &e);
    assert_int_equal(e.reason, SP_END_TIMEOUT);
}

/* -- tickets --------------------------------------------------------------------------------- */

/* What the daemon says until a mailbox is open. */
static uint64_t said_for_a_mailbox(const struct test_daemon *d)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof info;
    mailbox m = client_connect(d->tcp, "me", NULL);
    assert_int_equal(getsockopt(m, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
    assert_int_equal(SP_disconnect(m), 0);
    return info.tcpi_bytes_received;
}

/* With a ticket the daemon does not show its certificate. Once each second one was short, for OpenSSL
 * takes a ticket that was shown for used up. */
static void each_connect_but_the_first_is_short(void **state)
{
    struct test_daemon d;
    (void)state;
    test_daemon_start(&d, NULL);
    uint64_t first = said_for_a_mailbox(&d);
    for (int i = 0; i < 4; i++)
        assert_true(said_for_a_mailbox(&d) + 300 < first);
    test_daemon_stop(&d);
}

/* -- processes ------------------------------------------------------------------------------- */

static void send_one(int16 type)
{
    fake_send(&fake, &(struct fake_frame){
                         .type = FIFO_MESS, .num_groups = 1, .mess_type = type, .len = 10});
}

static bool is_elsewhere(mailbox m)
{
    sp_end e;
    r.type = 0;
    return SP_join(m, "g") == ILLEGAL_SESSION && SP_poll(m) == ILLEGAL_SESSION &&
           client_receive_into(m, &r, 1, 10) == ILLEGAL_SESSION && SP_last_end(m, &e) == 0 &&
           e.reason == SP_END_OTHER_PROCESS;
}

static int status_of(pid_t child)
{
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* As a daemon does that connects and then goes into the background. */
static void the_child_that_uses_it_first_goes_on_with_it(void **state)
{
    (void)state;
    mailbox m = fake_mailbox(&fake);
    send_one(0);
    send_one(1);
    client_receive(m, &r); /* the other one is read already */
    pid_t child = child_fork();
    if (child == 0) {
        r.type = 0;
        bool ok = client_receive_into(m, &r, 1, 10) == 10 && r.mess_type == 1;
        _exit(ok && SP_join(m, "g") == 0 ? 0 : 1);
    }
    assert_int_equal(status_of(child), 0);
    assert_true(is_elsewhere(m));
    SP_kill(m);
}

static void the_parent_that_uses_it_first_goes_on_and_a_child_does_not_disturb_it(void **state)
{
    (void)state;
    int go[2];
    char byte = 0;
    mailbox m = fake_mailbox(&fake);
    assert_int_equal(pipe(go), 0);
    pid_t child = child_fork();
    if (child == 0) {
        bool ok = read(go[0], &byte, 1) == 1 && is_elsewhere(m);
        _exit(ok && SP_disconnect(m) == ILLEGAL_SESSION ? 0 : 1);
    }
    assert_int_equal(SP_join(m, "g"), 0);
    assert_int_equal(write(go[1], &byte, 1), 1);
    assert_int_equal(status_of(child), 0);
    send_one(7);
    assert_int_equal(client_receive(m, &r), 10);
    assert_int_equal(r.mess_type, 7);
    assert_int_equal(SP_leave(m, "g"), 0);
    SP_kill(m);
    close(go[0]);
    close(go[1]);
}

int main(void)
{
#define WITH_A_FAKE(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        WITH_A_FAKE(an_authority_that_is_not_known_is_not_believed),
        WITH_A_FAKE(a_certificate_that_has_expired_is_not_believed),
        WITH_A_FAKE(a_certificate_has_to_be_of_the_host_that_was_asked_for),
        WITH_A_FAKE(files_that_cannot_be_used_are_named),
        WITH_A_FAKE(a_daemon_without_tls_is_said_to_have_none),
        WITH_A_FAKE(a_handshake_that_does_not_end_has_its_time),
        cmocka_unit_test(each_connect_but_the_first_is_short),
        WITH_A_FAKE(the_child_that_uses_it_first_goes_on_with_it),
        WITH_A_FAKE(the_parent_that_uses_it_first_goes_on_and_a_child_does_not_disturb_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
