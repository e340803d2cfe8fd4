/* SPDX-License-Identifier: MIT
 *
 * Two processes with four threads each on one mailbox, and what becomes of it when one of them is
 * killed at the worst moment.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "include/sp.h"
#include "libspread/wire/frame.h"
#include "tests/support/child.h"
#include "tests/support/client.h"
#include "tests/support/daemon.h"
#include "tests/support/fake.h"
#include "tests/support/test.h"

enum { THREADS = 4, EACH = 250, TOTAL = 2 * THREADS * EACH };

/* What both processes see. */
static struct common {
    atomic_int seen[TOTAL];
    atomic_int left;
    atomic_int next;
    atomic_bool ready;
} * common;

static struct test_daemon daemon_1;
static mailbox shared, other;

static int start(void **state)
{
    (void)state;
    test_daemon_start(&daemon_1, "MaxSessionMessages = 100000");
    common = mmap(NULL, sizeof *common, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(common != MAP_FAILED);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    munmap(common, sizeof *common);
    test_daemon_stop(&daemon_1);
    return 0;
}

static int open_mailboxes(void **state)
{
    (void)state;
    memset(common, 0, sizeof *common);
    shared = client_connect(daemon_1.local, "shared", NULL);
    other = client_connect(daemon_1.tcp, "other", NULL);
    return 0;
}

static int close_mailboxes(void **state)
{
    (void)state;
    SP_kill(shared);
    SP_kill(other);
    return 0;
}

/* cmocka's assertions belong to the parent's main thread. */
static void must(bool true_for_sure, int line)
{
    if (!true_for_sure) {
        fprintf(stderr, "sharing_test.c:%d\n", line);
        abort();
    }
}
#define MUST(what) must(what, __LINE__)

static struct received *received_new(void)
{
    struct received *r = malloc(sizeof *r);
    MUST(r != NULL);
    return r;
}

static int receive(mailbox m, struct received *r)
{
    r->type = 0;
    return client_receive_into(m, r, CLIENT_GROUPS, CLIENT_BODY);
}

static void await_child(pid_t pid)
{
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* -- work side by side --------------------------------------------------------------------- */

static void run_threads(void *(*work)(void *))
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        MUST(pthread_create(&threads[i], NULL, work, NULL) == 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

/* Runs work in four threads of a child and four of this process; meanwhile does besides, if any. */
static void run_in_both(void *(*work)(void *), void (*besides)(void))
{
    pid_t pid = child_fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        run_threads(work);
        _exit(0);
    }
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, NULL), 0);
    if (besides)
        besides();
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    await_child(pid);
    for (int n = 0; n < TOTAL; n++)
        assert_int_equal(common->seen[n], 1);
}

/* A few bytes, or more than fits the library's window, filled with the number. */
static int length_of(int number)
{
    static const int lens[] = {4, 100, 3000, 40, 1432, 7, 500, 9000};
    return number % 125 == 124 ? 70000 : lens[number % 8];
}

static void send_number(mailbox m, int n)
{
    static _Thread_local char body[70000];
    int len = length_of(n);
    memset(body, n & 0x7f, (size_t)len);
    memcpy(body, &n, sizeof n);
    MUST(SP_multicast(m, AGREED_MESS, "g", (int16)(n % 1000), len, body) == len);
}

/* The number of a message that is as it was sent. */
static int check_whole(const struct received *r)
{
    int n;
    memcpy(&n, r->body, sizeof n);
    MUST(n >= 0 && n < TOTAL && r->result == length_of(n) && r->mess_type == n % 1000);
    for (int i = (int)sizeof n; i < r->result; i++)
        MUST(r->body[i] == (char)(n & 0x7f));
    return n;
}

static void check_once(const struct received *r)
{
    MUST(atomic_fetch_add(&common->seen[check_whole(r)], 1) == 0);
}

static void *receive_share(void *context)
{
    struct received *r = received_new();
    (void)context;
    while (atomic_fetch_sub(&common->left, 1) > 0) {
        MUST(receive(shared, r) >= 0);
        check_once(r);
    }
    free(r);
    return NULL;
}

static void send_all(void)
{
    for (int n = 0; n < TOTAL; n++)
        send_number(other, n);
}

static void two_processes_of_four_threads_receive_each_message_once(void **state)
{
    (void)state;
    client_join(shared, "g");
    common->left = TOTAL;
    run_in_both(receive_share, send_all);
    assert_int_equal(SP_poll(shared), 0);
}

static void *send_share(void *context)
{
    (void)context;
    for (int i = 0; i < EACH; i++)
        send_number(shared, atomic_fetch_add(&common->next, 1));
    return NULL;
}

static void receive_all(void)
{
    static struct received r;
    for (int n = 0; n < TOTAL; n++) {
        MUST(receive(other, &r) >= 0);
        check_once(&r);
    }
}

static void two_processes_of_four_threads_send_each_message_whole(void **state)
{
    (void)state;
    client_join(other, "g");
    run_in_both(send_share, receive_all);
    assert_int_equal(SP_poll(other), 0);
}

/* -- sudden ends --------------------------------------------------------------------------- */

static void kill_child(pid_t pid)
{
    int status;
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
}

/* Returns when the process sleeps in a call of the system. */
static void await_sleep(pid_t pid)
{
    char path[64], text[512] = "", state = 'R';
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    for (; state != 'S'; sched_yield()) {
        FILE *f = fopen(path, "re");
        assert_non_null(f);
        assert_non_null(fgets(text, sizeof text, f));
        fclose(f);
        state = strrchr(text, ')')[2];
    }
}

static pid_t fork_into(void (*part)(mailbox m), mailbox m)
{
    pid_t pid = child_fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        part(m);
        _exit(0);
    }
    return pid;
}

static void receive_one(mailbox m)
{
    receive(m, received_new());
}

static void who_is_killed_while_it_waits_leaves_the_mailbox_whole(void **state)
{
    (void)state;
    static struct received r;
    client_join(shared, "g");
    pid_t pid = fork_into(receive_one, shared);
    await_sleep(pid);
    kill_child(pid);
    assert_int_equal(SP_multicast(shared, FIFO_MESS, "g", 0, 2, "ok"), 2);
    assert_int_equal(receive(shared, &r), 2);
}

static void who_is_killed_in_mid_receive_has_broken_it(void **state)
{
    (void)state;
    static struct received r;
    static uint8_t bytes[FRAME_MAX];
    struct fake f;
    struct fake_frame frame = {.type = FIFO_MESS, .num_groups = 1, .len = 70000};
    fake_open(&f, false);
    mailbox m = fake_mailbox(&f);
    fake_encode(&frame, bytes);
    fake_write(f.peer, bytes, 1000);
    pid_t pid = fork_into(receive_one, m);
    await_sleep(pid);
    kill_child(pid);
    assert_int_equal(receive(m, &r), CONNECTION_CLOSED);
    assert_int_equal(receive(m, &r), NET_ERROR_ON_SESSION);
    assert_int_equal(SP_join(m, "g"), NET_ERROR_ON_SESSION);
    SP_kill(m);
    fake_close(&f);
}

static void send_for_ever(mailbox m)
{
    static char body[100000];
    while (SP_multicast(m, FIFO_MESS, "g", 0, sizeof body, body) >= 0)
        continue;
}

static void who_is_killed_in_mid_send_has_broken_it(void **state)
{
    (void)state;
    static struct received r;
    struct fake f;
    fake_open(&f, false);
    mailbox m = fake_mailbox(&f);
    pid_t pid = fork_into(send_for_ever, m); /* till nothing goes any more: nobody reads */
    await_sleep(pid);
    kill_child(pid);
    assert_int_equal(SP_multicast(m, FIFO_MESS, "g", 0, 1, "x"), CONNECTION_CLOSED);
    assert_int_equal(SP_multicast(m, FIFO_MESS, "g", 0, 1, "x"), NET_ERROR_ON_SESSION);
    assert_int_equal(receive(m, &r), NET_ERROR_ON_SESSION);
    SP_kill(m);
    fake_close(&f);
}

static void send_one_and_pause(mailbox m)
{
    MUST(SP_multicast(m, FIFO_MESS, "g", 0, 5, "first") == 5);
    pause();
}

static void who_is_killed_between_sends_leaves_the_mailbox_whole(void **state)
{
    (void)state;
    static struct received r;
    client_join(other, "g");
    pid_t pid = fork_into(send_one_and_pause, shared);
    assert_int_equal(receive(other, &r), 5);
    await_sleep(pid);
    kill_child(pid);
    assert_int_equal(SP_multicast(shared, FIFO_MESS, "g", 0, 6, "second"), 6);
    assert_int_equal(receive(other, &r), 6);
}

static void receive_for_ever(mailbox m)
{
    struct received *r = received_new();
    while (receive(m, r) >= 0)
        check_once(r);
}

/* Whenever it is killed: what the other then gets is whole and new, or the connection is closed. */
static void a_receiver_killed_anywhere_leaves_order_or_an_end(void **state)
{
    (void)state;
    static struct received r;
    for (int round = 0; round < 60; round++) {
        memset(common, 0, sizeof *common);
        client_join(shared, "g");
        pid_t pid = fork_into(receive_for_ever, shared);
        for (int n = 0; n < 40 + round * 10; n++)
            send_number(other, n);
        kill_child(pid);
        send_number(other, TOTAL - 1);
        int code;
        do
            if ((code = receive(shared, &r)) >= 0)
                check_once(&r);
        while (code >= 0 && !common->seen[TOTAL - 1]);
        assert_true(code >= 0 || code == CONNECTION_CLOSED);
        SP_disconnect(shared);
        shared = client_connect(daemon_1.local, NULL, NULL);
    }
}

static void send_numbers(mailbox m)
{
    for (int n = 0;; n = (n + 1) % (TOTAL - 1))
        send_number(m, n);
}

static void a_sender_killed_anywhere_leaves_order_or_an_end(void **state)
{
    (void)state;
    static struct received r;
    client_join(other, "g");
    for (int round = 0; round < 60; round++) {
        pid_t pid = fork_into(send_numbers, shared);
        for (int n = 0; n < 1 + round; n++) {
            assert_true(receive(other, &r) >= 0);
            check_whole(&r);
        }
        kill_child(pid);
        int code = SP_multicast(shared, AGREED_MESS, "g", -1, 4, "last");
        assert_true(code == 4 || code == CONNECTION_CLOSED);
        SP_disconnect(shared);
        assert_int_equal(SP_multicast(other, AGREED_MESS, "g", -2, 3, "end"), 3);
        for (int marks = code == 4 ? 2 : 1; marks > 0;) { /* two mailboxes: in any order */
            assert_true(receive(other, &r) >= 0);
            if (r.mess_type < 0)
                marks--;
            else
                check_whole(&r);
        }
        shared = client_connect(daemon_1.local, NULL, NULL);
    }
}

/* -- ends in good order -------------------------------------------------------------------- */

static void *receive_in_thread(void *context)
{
    struct received *r = received_new();
    *(int *)context = receive(shared, r);
    free(r);
    return NULL;
}

static void answer_one(mailbox m)
{
    struct received *r = received_new();
    while (!common->ready)
        sched_yield();
    MUST(SP_multicast(m, FIFO_MESS, "g", 0, 5, "alive") == 5);
    MUST(receive(m, r) == 5);
}

/* The stream must go on for the other process, so the kill cannot end it; and wakes all the same.
 */
static void a_kill_wakes_receivers_here_and_leaves_the_mailbox_there(void **state)
{
    (void)state;
    int result[3] = {1, 1, 1};
    pthread_t threads[3];
    client_join(shared, "g");
    pid_t pid = fork_into(answer_one, shared);
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, receive_in_thread, &result[i]), 0);
    poll(NULL, 0, 20); /* most of them wait by now; each must get on in any case */
    SP_kill(shared);
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
        assert_true(result[i] == CONNECTION_CLOSED || result[i] == ILLEGAL_SESSION);
    }
    common->ready = true;
    await_child(pid);
}

struct receiver {
    pthread_t thread;
    atomic_int tid;
    int result;
};

static void *receive_and_tell(void *context)
{
    struct receiver *w = context;
    w->tid = gettid();
    return receive_in_thread(&w->result);
}

/* A thread of this process that sleeps in a receive. */
static void begin_receiver(struct receiver *w)
{
    w->tid = 0;
    w->result = 1;
    assert_int_equal(pthread_create(&w->thread, NULL, receive_and_tell, w), 0);
    while (w->tid == 0)
        sched_yield();
    await_sleep(w->tid);
}

static int end_receiver(struct receiver *w)
{
    pthread_join(w->thread, NULL);
    return w->result;
}

static bool is_closed(mailbox m)
{
    return fcntl(m, F_GETFD) < 0;
}

static void kill_it_at_once(mailbox m)
{
    SP_kill(m); /* no call is inside here, whatever the parent's threads do */
    MUST(is_closed(m) && SP_poll(m) == ILLEGAL_SESSION);
}

static void find_it_closed(mailbox m)
{
    MUST(is_closed(m) && SP_poll(m) == ILLEGAL_SESSION);
}

static void a_child_has_none_of_the_calls_its_parent_is_in(void **state)
{
    (void)state;
    struct receiver w;
    begin_receiver(&w);
    await_child(fork_into(kill_it_at_once, shared));
    SP_kill(shared);
    assert_false(is_closed(shared)); /* one is inside still, since before the fork */
    await_child(fork_into(find_it_closed, shared));
    assert_int_equal(SP_multicast(other, FIFO_MESS, "#shared#d1", 0, 3, "abc"), 3);
    assert_int_equal(end_receiver(&w), CONNECTION_CLOSED);
    assert_true(is_closed(shared));
}

static void receive_abc(mailbox m)
{
    struct received *r = received_new();
    MUST(receive(m, r) == 3 && memcmp(r->body, "abc", 3) == 0);
}

static void a_message_for_a_killed_receiver_goes_to_the_other_process(void **state)
{
    (void)state;
    struct receiver w;
    begin_receiver(&w);
    pid_t pid = fork_into(receive_abc, shared);
    SP_kill(shared);
    assert_int_equal(SP_multicast(other, FIFO_MESS, "#shared#d1", 0, 3, "abc"), 3);
    assert_int_equal(end_receiver(&w), CONNECTION_CLOSED);
    await_child(pid);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, open_mailboxes, close_mailboxes)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(two_processes_of_four_threads_receive_each_message_once),
        STORY(two_processes_of_four_threads_send_each_message_whole),
        STORY(who_is_killed_while_it_waits_leaves_the_mailbox_whole),
        STORY(who_is_killed_in_mid_receive_has_broken_it),
        STORY(who_is_killed_in_mid_send_has_broken_it),
        STORY(who_is_killed_between_sends_leaves_the_mailbox_whole),
        STORY(a_receiver_killed_anywhere_leaves_order_or_an_end),
        STORY(a_sender_killed_anywhere_leaves_order_or_an_end),
        STORY(a_kill_wakes_receivers_here_and_leaves_the_mailbox_there),
        STORY(a_child_has_none_of_the_calls_its_parent_is_in),
        STORY(a_message_for_a_killed_receiver_goes_to_the_other_process),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
