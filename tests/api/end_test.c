/* SPDX-License-Identifier: MIT
 *
 * SP_last_end: why a mailbox ended or a connect failed, open or closed meanwhile; and that SP_error
 * names the address.
 */
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "include/sp_more.h"
#include "libspread/wire/ask.h"
#include "libspread/wire/frame.h"
#include "tests/support/client.h"
#include "tests/support/daemon.h"
#include "tests/support/fake.h"
#include "tests/support/test.h"
#include "tests/support/tls_front.h"

enum { NOBODY = 1000000 };

static struct received r;

static void check_end(mailbox m, enum sp_end_reason reason, const char *address)
{
    sp_end end;
    client_last_end(m, &end);
    if (end.reason != (int)reason)
        fail_msg("%d, not %d: %s", end.reason, (int)reason, end.text);
    if (!strstr(end.text, address))
        fail_msg("no %s in: %s", address, end.text);
}

static int receive(mailbox m)
{
    r.type = 0;
    return client_receive_into(m, &r, CLIENT_GROUPS, CLIENT_BODY);
}

static void check_connect(const char *address, const char *name, int ms, int code,
                          enum sp_end_reason reason)
{
    mailbox m;
    sp_end end;
    char group[MAX_GROUP_NAME], text[512];
    sp_time limit = {ms / 1000, ms % 1000 * 1000};
    assert_int_equal(SP_connect_timeout(address, name, 0, 0, &m, group, limit), code);
    check_end(-1, reason, address);
    assert_int_equal(SP_last_end(-1, &end), 0);
    assert_int_equal(end.code, code);
    client_error_text(code, text, sizeof text);
    assert_non_null(strstr(text, end.text));
    assert_non_null(strstr(text, address));
}

/* -- mailboxes ----------------------------------------------------------------------------- */

static void an_open_one_has_not_ended_and_one_that_was_closed_was_closed(void **state)
{
    (void)state;
    struct test_daemon d;
    sp_end end;
    test_daemon_start(&d, NULL);
    assert_int_equal(SP_last_end(NOBODY, &end), ILLEGAL_SESSION);
    mailbox m = client_connect(d.local, "a", NULL);
    check_end(m, SP_END_NONE, "");
    SP_disconnect(m);
    check_end(m, SP_END_CLOSED, d.local);
    mailbox n = client_connect(d.tcp, "b", NULL);
    assert_int_equal(m, n); /* the number again */
    check_end(n, SP_END_NONE, "");
    SP_kill(n);
    check_end(n, SP_END_CLOSED, d.tcp);
    test_daemon_stop(&d);
}

/* Sends more than waits for anybody who takes nothing. */
static void be_slow(mailbox other, const char *to)
{
    static char body[1000];
    for (int i = 0; i < 20000; i++)
        assert_int_equal(SP_multicast(other, FIFO_MESS, to, 0, sizeof body, body), sizeof body);
}

static void who_did_not_read_is_told_so_by_the_daemon(void **state)
{
    (void)state;
    struct test_daemon d;
    test_daemon_start(&d, "MaxSessionMessages = 10");
    for (int tcp = 0; tcp <= 1; tcp++) {
        const char *address = tcp ? d.tcp : d.local;
        char group[MAX_GROUP_NAME];
        mailbox slow = client_connect(address, "slow", group);
        mailbox other = client_connect(d.local, "other", NULL);
        setsockopt(slow, SOL_SOCKET, SO_RCVBUF, &(int){200000}, sizeof(int));
        be_slow(other, group);
        int code;
        while ((code = receive(slow)) >= 0)
            ;
        assert_int_equal(code, CONNECTION_CLOSED);
        check_end(slow, SP_END_SLOW, address);
        SP_kill(slow);
        check_end(slow, SP_END_SLOW, address);
        SP_disconnect(other);
    }
    test_daemon_stop(&d);
}

static void who_sends_nonsense_is_told_so_by_the_daemon(void **state)
{
    (void)state;
    tls_front_skip(); /* nonsense that is no TLS either */
    struct test_daemon d;
    test_daemon_start(&d, NULL);
    for (int tcp = 0; tcp <= 1; tcp++) {
        static const uint8_t nonsense[FRAME_HEADER] = {1, 2, 3};
        const char *address = tcp ? d.tcp : d.local;
        mailbox m = client_connect(address, "a", NULL);
        assert_int_equal(send(m, nonsense, sizeof nonsense, MSG_NOSIGNAL), sizeof nonsense);
        assert_int_equal(receive(m), CONNECTION_CLOSED);
        check_end(m, SP_END_PROTOCOL, address);
        SP_kill(m);
    }
    test_daemon_stop(&d);
}

static void a_daemon_that_stopped_has_stopped(void **state)
{
    (void)state;
    for (int tcp = 0; tcp <= 1; tcp++) {
        struct test_daemon d;
        test_daemon_start(&d, NULL);
        const char *address = tcp ? d.tcp : d.local;
        mailbox m = client_connect(address, "a", NULL);
        test_daemon_stop(&d);
        assert_int_equal(receive(m), CONNECTION_CLOSED);
        check_end(m, SP_END_STOPPED, address);
        SP_kill(m);
        check_end(m, SP_END_STOPPED, address);
    }
}

/* A policy file that the daemon can read, whoever it has become. */
static void write_policy(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, 0644), 0);
}

static void who_is_not_let_in_any_more_is_told_so_by_the_daemon(void **state)
{
    (void)state;
    char path[] = "/tmp/spread-policy-XXXXXX", option[64];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    snprintf(option, sizeof option, "PolicyFile = %s", path);
    for (int tcp = 0; tcp <= 1; tcp++) {
        struct test_daemon d;
        write_policy(path, "allow any { connect * join * send * private * see * }\n");
        test_daemon_start(&d, option);
        const char *address = tcp ? d.tcp : d.local;
        mailbox m = client_connect(address, "goes", NULL), other = client_connect(d.local, "stays", NULL);
        client_join(m, "g");
        client_join(other, "g");
        write_policy(path, "allow any { connect stays join * send * see * }\n");
        assert_int_equal(kill(d.pid, SIGHUP), 0);
        while (receive(m) >= 0)
            ;
        check_end(m, SP_END_REVOKED, address);
        SP_kill(m);
        check_end(m, SP_END_REVOKED, address);
        check_connect(address, "goes", 0, REJECT_AUTH, SP_END_REFUSED);
        do
            assert_true(receive(other) >= 0);
        while (!Is_caused_disconnect_mess(r.type)); /* as if it had gone by itself */
        client_join(other, "h");
        check_end(other, SP_END_NONE, "");
        SP_disconnect(other);
        test_daemon_stop(&d);
    }
    unlink(path);
}

/* A question by itself, over plain TCP: the first byte of what comes back. */
static uint8_t ask_in_clear(const struct test_daemon *d, enum ask_kind kind, const char *name)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(d->port),
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct ask question = {.kind = kind, .port = 1, .policy = 1};
    uint8_t bytes[ASK_MAX], answer = 0;
    snprintf(question.name, sizeof question.name, "%s", name);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    size_t len = ask_encode(bytes, &question);
    assert_int_equal(send(fd, bytes, len, MSG_NOSIGNAL), len);
    assert_int_equal(recv(fd, &answer, 1, 0), 1);
    close(fd);
    return answer;
}

/* What is asked on connections of their own comes by TLS as the mailbox does, and otherwise not at all. */
static void where_tls_is_required_questions_come_by_tls(void **state)
{
    (void)state;
    if (!tls_is_tested())
        skip();
    static const enum ask_kind kinds[] = {ASK_END, ASK_POLICY, ASK_DROPPED};
    struct test_daemon d;
    unsigned long dropped;
    char plain[24];
    test_daemon_start(&d, "TLSRequire = yes MaxSessionMessages = 10");
    char group[MAX_GROUP_NAME];
    mailbox slow = client_connect(d.tcp, "slow", group), other = client_connect(d.tcp, "other", NULL);
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        assert_int_equal(ask_in_clear(&d, kinds[i], "slow"), 0xf9); /* as to a client that is too old */
    snprintf(plain, sizeof plain, "%u@127.0.0.1", d.port);
    check_connect(plain, "a", 0, REJECT_AUTH, SP_END_REFUSED);
    assert_int_equal(SP_set_slow_policy(slow, SP_SLOW_DROP), 0);
    assert_int_equal(SP_get_dropped(slow, &dropped), 0);
    be_slow(other, group);
    while (receive(slow) >= 0)
        ;
    check_end(slow, SP_END_SLOW, d.tcp);
    SP_kill(slow);
    SP_disconnect(other);
    test_daemon_stop(&d);
}

/* -- what answers in place of a daemon of ours --------------------------------------------- */

static void answer_as_5_0_1(int peer, void *data)
{
    uint8_t question[6];
    (void)data;
    fake_read(peer, question, sizeof question);
    if (question[0] == 0)
        fake_write(peer, "\xf9", 1);
}

static void answer_that_it_has_just_started(int peer, void *data)
{
    uint8_t question[5 + 2];
    (void)data;
    fake_read(peer, question, sizeof question);
    if (memcmp(question + 4, "\2me", 3) == 0)
        fake_write(peer, "E\0\0\0\0\0", 6);
}

/* A mailbox whose daemon has closed the connection without a word. */
static mailbox hung_up(struct fake *f)
{
    fake_open(f, false);
    mailbox m = fake_mailbox(f);
    fake_hang_up(f);
    assert_int_equal(receive(m), CONNECTION_CLOSED);
    return m;
}

static void a_daemon_that_does_not_tell_leaves_it_unknown(void **state)
{
    (void)state;
    struct fake f;
    mailbox m = hung_up(&f);
    fake_run(&f, answer_as_5_0_1, NULL);
    check_end(m, SP_END_UNKNOWN, f.address);
    fake_wait(&f);
    SP_kill(m);
    fake_close(&f);
}

static void a_daemon_that_has_run_for_less_time_was_started_anew(void **state)
{
    (void)state;
    struct fake f;
    mailbox m = hung_up(&f);
    poll(NULL, 0, 1100); /* it tells whole seconds */
    fake_run(&f, answer_that_it_has_just_started, NULL);
    check_end(m, SP_END_STOPPED, f.address);
    fake_wait(&f);
    SP_kill(m);
    fake_close(&f);
}

static void what_the_daemon_sends_that_is_no_message_is_known_without_asking(void **state)
{
    (void)state;
    struct fake f;
    fake_open(&f, false);
    mailbox m = fake_mailbox(&f);
    uint8_t bytes[200];
    size_t len = fake_encode(&(struct fake_frame){.type = FIFO_MESS, .num_groups = 1}, bytes);
    put_word(bytes + FRAME_LEN_AT, (uint32_t)-5);
    fake_write(f.peer, bytes, len);
    assert_int_equal(receive(m), ILLEGAL_MESSAGE);
    check_end(m, SP_END_PROTOCOL, f.address);
    SP_kill(m);
    fake_close(&f);
}

/* -- connects ------------------------------------------------------------------------------ */

static void a_connect_that_fails_says_where_and_why(void **state)
{
    (void)state;
    struct test_daemon d;
    test_daemon_start(&d, NULL);
    mailbox m = client_connect(d.tcp, "taken", NULL);
    check_end(-1, SP_END_NONE, "");
    check_connect(d.tcp, "taken", 0, REJECT_NOT_UNIQUE, SP_END_REFUSED);
    check_connect(d.local, "a#b", 0, REJECT_ILLEGAL_NAME, SP_END_REFUSED);
    check_connect("nonsense", "a", 0, ILLEGAL_SPREAD, SP_END_ADDRESS);
    check_connect("4803@[::1", "a", 0, ILLEGAL_SPREAD, SP_END_ADDRESS);
    SP_disconnect(m);
    test_daemon_stop(&d);
    check_connect(d.tcp, "a", 0, COULD_NOT_CONNECT, SP_END_STOPPED);
    check_connect(d.local, "a", 0, COULD_NOT_CONNECT, SP_END_STOPPED);
}

static void a_connect_that_is_late_is_not_one_that_was_closed(void **state)
{
    (void)state;
    struct fake f;
    fake_open(&f, false);
    check_connect(f.address, "a", 20, CONNECTION_CLOSED, SP_END_TIMEOUT);
    fake_close(&f);
    fake_open(&f, false);
    mailbox m = fake_mailbox(&f);
    fake_hang_up(&f);
    assert_int_equal(receive(m), CONNECTION_CLOSED);
    char text[512];
    client_error_text(CONNECTION_CLOSED, text, sizeof text);
    assert_non_null(strstr(text, f.address));
    assert_null(strstr(text, "time"));
    SP_kill(m);
    fake_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_open_one_has_not_ended_and_one_that_was_closed_was_closed),
        cmocka_unit_test(who_did_not_read_is_told_so_by_the_daemon),
        cmocka_unit_test(who_sends_nonsense_is_told_so_by_the_daemon),
        cmocka_unit_test(who_is_not_let_in_any_more_is_told_so_by_the_daemon),
        cmocka_unit_test(where_tls_is_required_questions_come_by_tls),
        cmocka_unit_test(a_daemon_that_stopped_has_stopped),
        cmocka_unit_test(a_daemon_that_does_not_tell_leaves_it_unknown),
        cmocka_unit_test(a_daemon_that_has_run_for_less_time_was_started_anew),
        cmocka_unit_test(what_the_daemon_sends_that_is_no_message_is_known_without_asking),
        cmocka_unit_test(a_connect_that_fails_says_where_and_why),
        cmocka_unit_test(a_connect_that_is_late_is_not_one_that_was_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
