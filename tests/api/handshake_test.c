/* SPDX-License-Identifier: MIT
 *
 * Connecting to daemons that answer what they should not, in pieces, or not at all.
 */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "include/sp.h"
#include "tests/support/client.h"
#include "tests/support/fake.h"
#include "tests/support/test.h"
#include "tests/support/tls_front.h"

/* What a daemon says in one handshake, before and after the choice; then it may close. */
struct answer {
    const char *list;
    size_t list_len;
    const char *result;
    size_t result_len;
    bool stays;      /* does not close afterwards */
    bool byte_wise;  /* writes single bytes */
    char choice[90]; /* what it heard */
    uint8_t request[15];
};

#define BYTES(literal) (literal), sizeof(literal) - 1

static void say(int peer, const struct answer *a, const char *bytes, size_t len)
{
    if (!a->byte_wise)
        fake_write(peer, bytes, len);
    for (size_t i = 0; a->byte_wise && i < len; i++)
        fake_write(peer, bytes + i, 1);
}

static void answer(int peer, void *data)
{
    struct answer *a = data;
    fake_read_request(peer, a->request);
    say(peer, a, a->list, a->list_len);
    if (a->result && recv(peer, a->choice, sizeof a->choice, MSG_WAITALL) == sizeof a->choice)
        say(peer, a, a->result, a->result_len);
    if (!a->stays)
        shutdown(peer, SHUT_RDWR);
}

static int connect_to(struct fake *f, struct answer *a, int priority, mailbox *m)
{
    char group[MAX_GROUP_NAME];
    fake_run(f, answer, a);
    int code = SP_connect(f->address, "alice", priority, 1, m, group);
    fake_wait(f);
    return code;
}

/* The code of a connect that a daemon with these answers refuses. */
static int refused(struct answer a, int priority)
{
    struct fake f;
    mailbox m = -7;
    fake_open(&f, false);
    int code = connect_to(&f, &a, priority, &m);
    fake_close(&f);
    assert_int_equal(m, -7);
    return code;
}

static int refused_with(const char *list, size_t list_len, const char *result, size_t result_len)
{
    return refused(
        (struct answer){
            .list = list, .list_len = list_len, .result = result, .result_len = result_len},
        0);
}

/* -- what is sent -------------------------------------------------------------------------- */

static void check_request(int priority, int membership, const char *name, const char *expected,
                          size_t len)
{
    struct fake f;
    struct answer a = {.list = "\005NULL ", .list_len = 6, .result = ""};
    char group[MAX_GROUP_NAME];
    mailbox m;
    fake_open(&f, false);
    fake_run(&f, answer, &a);
    assert_int_equal(SP_connect(f.address, name, priority, membership, &m, group),
                     CONNECTION_CLOSED);
    fake_wait(&f);
    fake_close(&f);
    assert_memory_equal(a.request, expected, len);
    assert_memory_equal(a.choice, "NULL", 5);
    for (size_t i = 5; i < sizeof a.choice; i++)
        assert_int_equal(a.choice[i], 0);
}

static void the_request_says_version_flags_and_name(void **state)
{
    (void)state;
    check_request(0, 1, "alice", BYTES("\005\000\001\001\005alice"));
    check_request(0, 0, "bob", BYTES("\005\000\001\000\003bob"));
    check_request(1, 0, "", BYTES("\005\000\001\020\000"));
    check_request(2, 7, NULL, BYTES("\005\000\001\021\000"));
    check_request(-1, 1, "abcdefghijkl", BYTES("\005\000\001\001\012abcdefghij"));
}

/* -- refusals ------------------------------------------------------------------------------ */

static void any_negative_byte_in_place_of_the_list_is_the_result(void **state)
{
    (void)state;
    for (int code = -128; code < 0; code++) {
        char byte = (char)code;
        assert_int_equal(refused_with(&byte, 1, NULL, 0), code);
    }
}

static void any_byte_but_1_in_place_of_the_acceptance_is_the_result(void **state)
{
    (void)state;
    for (int code = -128; code < 128; code++) {
        char byte = (char)code;
        if (code != ACCEPT_SESSION)
            assert_int_equal(refused_with(BYTES("\005NULL "), &byte, 1), code);
    }
}

static void the_result_is_reported_without_waiting_for_an_end(void **state)
{
    (void)state;
    struct answer a = {BYTES("\372"), .stays = true};
    assert_int_equal(refused(a, 0), REJECT_NOT_UNIQUE);
}

/* Full: the answer comes before the request is read, then the end; then writing fails. */
static void refuse_at_once(int peer, void *data)
{
    (void)data;
    fake_write(peer, "\375", 1);
    close(peer);
}

static void a_refusal_is_heard_though_the_request_cannot_be_written(void **state)
{
    (void)state;
    struct fake f;
    for (int tcp = 0; tcp <= 1; tcp++) {
        fake_open(&f, tcp);
        for (int i = 0; i < 50; i++) {
            mailbox m;
            char group[MAX_GROUP_NAME];
            fake_run(&f, refuse_at_once, NULL);
            assert_int_equal(SP_connect(f.address, "me", 0, 0, &m, group), REJECT_QUOTA);
            fake_wait(&f);
            f.peer = -1;
        }
        fake_close(&f);
    }
}

static void list_lengths_up_to_90_are_read_and_longer_ones_end_the_connect(void **state)
{
    (void)state;
    char list[1 + 127];
    memset(list, ' ', sizeof list);
    list[0] = 90;
    memcpy(list + 1 + 86, "NULL", 4); /* the last word, without a space behind it */
    assert_int_equal(refused_with(list, 91, BYTES("\367")), REJECT_AUTH);
    assert_int_equal(refused_with(list, 91, BYTES("\373")), REJECT_ILLEGAL_NAME);
    for (int len = 91; len < 128; len++) {
        list[0] = (char)len;
        assert_int_equal(refused_with(list, (size_t)len + 1, NULL, 0), CONNECTION_CLOSED);
    }
}

static void a_method_the_daemon_does_not_offer_is_not_sent(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
    } lists[] = {{BYTES("\000\367")},   {BYTES("\003IP ")},    {BYTES("\005null ")},
                 {BYTES("\006XNULL ")}, {BYTES("\006NULLX ")}, {BYTES("\004NUL ")}};
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        struct fake f;
        struct answer a = {.list = lists[i].bytes, .list_len = lists[i].len, .result = ""};
        mailbox m;
        fake_open(&f, false);
        assert_int_equal(connect_to(&f, &a, 0, &m), REJECT_AUTH);
        fake_close(&f);
        assert_int_equal(a.choice[0], 0); /* nothing came */
    }
}

static void versions_of_daemons_are_judged(void **state)
{
    (void)state;
    static const struct {
        char version[3];
        int priority, code;
    } cases[] = {
        {{2, 9, 9}, 0, REJECT_VERSION},     {{0, 0, 0}, 0, REJECT_VERSION},
        {{3, 7, 0}, 1, REJECT_VERSION},     {{3, 0, 0}, 1, REJECT_VERSION},
        {{-1, 0, 1}, 0, CONNECTION_CLOSED}, {{5, -1, 1}, 0, CONNECTION_CLOSED},
        {{5, 0, -1}, 0, CONNECTION_CLOSED},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char result[] = "\001vvv\010#me#fake";
        memcpy(result + 1, cases[i].version, 3);
        struct answer a = {
            .list = "\005NULL ", .list_len = 6, .result = result, .result_len = sizeof result - 1};
        assert_int_equal(refused(a, cases[i].priority), cases[i].code);
    }
}

static void private_groups_that_fit_no_name_end_the_connect(void **state)
{
    (void)state;
    char result[5 + 128] = {1, 5, 0, 1};
    for (int len = -128; len < 128; len++) {
        result[4] = (char)len;
        if (len < 0 || len >= MAX_GROUP_NAME)
            assert_int_equal(refused_with(BYTES("\005NULL "), result, sizeof result),
                             CONNECTION_CLOSED);
    }
}

static void a_handshake_cut_anywhere_is_a_closed_connection(void **state)
{
    (void)state;
    const char list[] = "\005NULL ", result[] = "\001\005\000\001\010#me#fake";
    for (size_t n = 0; n < sizeof list - 1; n++)
        assert_int_equal(refused_with(list, n, NULL, 0), CONNECTION_CLOSED);
    for (size_t n = 0; n < sizeof result - 1; n++)
        assert_int_equal(refused_with(BYTES("\005NULL "), result, n), CONNECTION_CLOSED);
}

/* -- acceptance ---------------------------------------------------------------------------- */

/* Connects, and checks that the message that came along with the acceptance is still whole. */
static void check_accepted(struct answer *a, bool tcp, int priority, const char *expected)
{
    static struct received r;
    struct fake f;
    char group[MAX_GROUP_NAME];
    mailbox m;
    fake_open(&f, tcp);
    fake_run(&f, answer, a);
    assert_int_equal(SP_connect(f.address, "me", priority, 1, &m, group), ACCEPT_SESSION);
    fake_wait(&f);
    assert_string_equal(group, expected);
    assert_int_equal(client_receive(m, &r), 3);
    assert_memory_equal(r.body, "abc", 3);
    assert_int_equal(SP_poll(m), 0);
    SP_kill(m);
    fake_close(&f);
}

static size_t with_message(uint8_t *at, const char *result, size_t len)
{
    struct fake_frame m = {.type = FIFO_MESS, .num_groups = 1, .len = 3, .body = "abc"};
    memcpy(at, result, len);
    return len + fake_encode(&m, at + len);
}

static void answers_may_come_byte_by_byte_or_with_a_message_behind_them(void **state)
{
    (void)state;
    uint8_t result[256];
    size_t len = with_message(result, BYTES("\001\005\000\001\010#me#fake"));
    for (int byte_wise = 0; byte_wise <= 1; byte_wise++)
        for (int tcp = 0; tcp <= 1; tcp++) {
            struct answer a = {BYTES("\005NULL "), (char *)result, len, true, byte_wise, "", ""};
            check_accepted(&a, tcp, 0, "#me#fake");
        }
}

static void any_daemon_from_version_3_on_is_accepted(void **state)
{
    (void)state;
    static const char versions[][3] = {{3, 0, 0}, {3, 8, 0}, {4, 4, 0}, {5, 0, 1}, {127, 127, 127}};
    for (size_t i = 0; i < COUNT_OF(versions); i++) {
        uint8_t result[256];
        size_t len = with_message(result, BYTES("\001vvv\037#abcdefghij#a234567890123456789"));
        memcpy(result + 1, versions[i], 3);
        struct answer a = {BYTES("\010NULL IP "), (char *)result, len, true, false, "", ""};
        check_accepted(&a, false, i == 0 ? 0 : 1, "#abcdefghij#a234567890123456789");
    }
}

static void a_mailbox_is_a_blocking_descriptor_that_exec_closes(void **state)
{
    (void)state;
    for (int tcp = 0; tcp <= 1; tcp++) {
        struct fake f;
        fake_open(&f, tcp);
        mailbox m = fake_mailbox(&f);
        assert_int_equal(fcntl(m, F_GETFL) & O_NONBLOCK, 0);
        assert_int_equal(fcntl(m, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
        SP_kill(m);
        fake_close(&f);
    }
}

/* -- time ---------------------------------------------------------------------------------- */

static int connect_within(const char *address, long sec, long usec, long *took_ms)
{
    struct timespec before, after;
    mailbox m;
    char group[MAX_GROUP_NAME];
    sp_time limit = {sec, usec};
    clock_gettime(CLOCK_MONOTONIC, &before);
    int code = SP_connect_timeout(address, "me", 0, 0, &m, group, limit);
    clock_gettime(CLOCK_MONOTONIC, &after);
    *took_ms = (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
    return code;
}

static void contradictory_durations_are_illegal_before_all_else(void **state)
{
    (void)state;
    static const sp_time bad[] = {{1, -1}, {-1, 1}, {0, 1000000}, {0, -1000000}, {5, 2000000}};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        long ms;
        assert_int_equal(connect_within("no address", bad[i].sec, bad[i].usec, &ms), ILLEGAL_TIME);
    }
}

static void a_negative_duration_is_over_before_it_begins(void **state)
{
    (void)state;
    long ms;
    for (int tcp = 0; tcp <= 1; tcp++) {
        struct fake f;
        fake_open(&f, tcp);
        assert_int_equal(connect_within(f.address, -1, 0, &ms), CONNECTION_CLOSED);
        assert_int_equal(connect_within(f.address, 0, -1, &ms), CONNECTION_CLOSED);
        fake_close(&f);
    }
    assert_int_equal(connect_within("no address", -1, 0, &ms), ILLEGAL_SPREAD);
}

/* Nobody accepts: the system completes the connect, and no answer ever comes. */
static void a_silent_daemon_is_given_up_in_time(void **state)
{
    (void)state;
    for (int tcp = 0; tcp <= 1; tcp++) {
        struct fake f;
        long ms;
        fake_open(&f, tcp);
        assert_int_equal(connect_within(f.address, 0, 200000, &ms), CONNECTION_CLOSED);
        assert_true(ms >= 199);
        fake_close(&f);
    }
}

/* Each byte is in time by itself; all together are not: were they all waited for, the list would be
 * refused, for NULL is not on it. */
static void drip(int peer, void *data)
{
    uint8_t request[15];
    struct pollfd hung_up = {.fd = peer, .events = POLLRDHUP};
    (void)data;
    fake_read_request(peer, request);
    fake_write(peer, "\132", 1);
    while (poll(&hung_up, 1, 40) == 0 && send(peer, " ", 1, MSG_NOSIGNAL) == 1)
        continue;
}

static void the_limit_is_for_all_bytes_together(void **state)
{
    (void)state;
    struct fake f;
    long ms;
    fake_open(&f, false);
    fake_run(&f, drip, NULL);
    assert_int_equal(connect_within(f.address, 0, 300000, &ms), CONNECTION_CLOSED);
    fake_wait(&f);
    assert_true(ms >= 299);
    fake_close(&f);
}

/* A queue of one that is full: the connect itself waits in line, and may be given up. */
static void a_full_unix_socket_makes_a_connect_wait(void **state)
{
    (void)state;
    tls_front_skip(); /* a Unix socket */
    struct fake f;
    long ms;
    int in_line[2];
    fake_open(&f, false);
    listen(f.listener, 0);
    struct sockaddr_storage a;
    socklen_t len = sizeof a;
    getsockname(f.listener, (struct sockaddr *)&a, &len);
    in_line[0] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_int_equal(connect(in_line[0], (struct sockaddr *)&a, len), 0);
    in_line[1] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_int_equal(connect(in_line[1], (struct sockaddr *)&a, len), -1); /* full indeed */
    assert_int_equal(connect_within(f.address, 0, 100000, &ms), CONNECTION_CLOSED);
    assert_true(ms >= 99);
    close(in_line[0]);
    close(in_line[1]);
    fake_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_request_says_version_flags_and_name),
        cmocka_unit_test(any_negative_byte_in_place_of_the_list_is_the_result),
        cmocka_unit_test(any_byte_but_1_in_place_of_the_acceptance_is_the_result),
        cmocka_unit_test(the_result_is_reported_without_waiting_for_an_end),
        cmocka_unit_test(a_refusal_is_heard_though_the_request_cannot_be_written),
        cmocka_unit_test(list_lengths_up_to_90_are_read_and_longer_ones_end_the_connect),
        cmocka_unit_test(a_method_the_daemon_does_not_offer_is_not_sent),
        cmocka_unit_test(versions_of_daemons_are_judged),
        cmocka_unit_test(private_groups_that_fit_no_name_end_the_connect),
        cmocka_unit_test(a_handshake_cut_anywhere_is_a_closed_connection),
        cmocka_unit_test(answers_may_come_byte_by_byte_or_with_a_message_behind_them),
        cmocka_unit_test(any_daemon_from_version_3_on_is_accepted),
        cmocka_unit_test(a_mailbox_is_a_blocking_descriptor_that_exec_closes),
        cmocka_unit_test(contradictory_durations_are_illegal_before_all_else),
        cmocka_unit_test(a_negative_duration_is_over_before_it_begins),
        cmocka_unit_test(a_silent_daemon_is_given_up_in_time),
        cmocka_unit_test(the_limit_is_for_all_bytes_together),
        cmocka_unit_test(a_full_unix_socket_makes_a_connect_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
