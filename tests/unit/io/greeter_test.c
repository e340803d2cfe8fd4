/* SPDX-License-Identifier: MIT
 *
 * Handshakes that threads compute: many at once, each source in its turn, and connections that end while a
 * thread is at theirs.
 */
#include "tests/unit/io/tls_client.h"

#include <event2/event.h>
#include <unistd.h>

#include "daemon/io/greeter.h"
#include "tests/support/test.h"

enum { MANY = 40 };

/* One connection, as clients.c has it. */
struct caller {
    struct tls_client client;
    struct channel channel;
    struct greeting *greeting;
    struct fair_line *line;
    bool client_done;
    enum greeted now;
    int order; /* in which handshakes were over */
};

static struct event_base *base;
static struct greeter greeter;
static struct fair_line crowd, other;
static struct caller callers[MANY];
static int over;

static void go_on(struct caller *c)
{
    enum why why;
    c->now = greet(c->greeting, c->line, false, &why);
    if (c->now == GREET_OVER)
        c->order = ++over;
}

static void on_step(void *owner)
{
    go_on(owner);
}

static void begin_one(struct caller *c, struct fair_line *line, int version)
{
    *c = (struct caller){.line = line};
    tls_client_open(&c->client, version);
    c->channel.fd = c->client.daemon_fd;
    c->greeting = greeting_new(&greeter, c, &c->channel);
    tls_client_shake(&c->client);
    go_on(c);
    assert_int_equal(c->now, GREET_BESIDE);
}

static void end_one(struct caller *c)
{
    if (!c->client.ssl)
        return;
    greeting_free(c->greeting);
    channel_close(&c->channel);
    tls_client_close(&c->client);
    *c = (struct caller){0};
}

static int begin(void **state)
{
    (void)state;
    over = 0;
    base = event_base_new();
    fair_line_init(&crowd);
    fair_line_init(&other);
    greeter_init(&greeter, base, tls_daemon_context(), on_step);
    return 0;
}

static int end(void **state)
{
    (void)state;
    for (int i = 0; i < MANY; i++)
        end_one(&callers[i]);
    greeter_fini(&greeter);
    event_base_free(base);
    return 0;
}

static void step(struct caller *c)
{
    if (c->now == GREET_LATER)
        go_on(c);
    c->client_done = c->client_done || tls_client_shake(&c->client);
}

static void all_come_in(void **state)
{
    (void)state;
    for (int i = 0; i < MANY; i++)
        begin_one(&callers[i], &crowd, i % 2 ? TLS1_2_VERSION : TLS1_3_VERSION);
    while (over < MANY) {
        greeter_step(&greeter);
        assert_int_not_equal(event_base_loop(base, EVLOOP_NONBLOCK), -1);
        for (int i = 0; i < MANY; i++)
            step(&callers[i]);
    }
    for (int i = 0; i < MANY; i++) {
        while (!callers[i].client_done)
            step(&callers[i]);
        assert_non_null(callers[i].channel.tls);
    }
    assert_int_equal(greeter.count, 0);
}

static void who_comes_after_a_crowd_need_not_wait_for_it(void **state)
{
    (void)state;
    struct caller *last = &callers[MANY - 1];
    for (int i = 0; i < MANY - 1; i++)
        begin_one(&callers[i], &crowd, TLS1_3_VERSION);
    begin_one(last, &other, TLS1_3_VERSION);
    while (last->now != GREET_OVER) {
        greeter_step(&greeter);
        assert_int_not_equal(event_base_loop(base, EVLOOP_ONCE), -1);
        step(last);
    }
    int waiting = 0;
    for (struct link *l = crowd.waiting.next; l != &crowd.waiting; l = l->next)
        waiting++;
    assert_in_range(waiting, 1, MANY); /* threads do not end in the order in which they begin */
}

/* Whatever a thread has done by then. */
static void who_goes_while_a_thread_is_at_it_leaves_nothing(void **state)
{
    (void)state;
    for (int round = 0; round < MANY; round++) {
        for (int i = 0; i < 4; i++)
            begin_one(&callers[i], &crowd, TLS1_3_VERSION);
        do { /* until there is room again */
            assert_int_not_equal(event_base_loop(base, EVLOOP_NONBLOCK), -1);
            greeter_step(&greeter);
        } while (!greeting_is_beside(callers[0].greeting));
        assert_null(callers[0].channel.tls);
        for (int i = 0; i < 4; i++)
            end_one(&callers[i]);
        assert_int_equal(greeter.count, 0);
    }
}

static void an_end_of_all_waits_for_threads(void **state)
{
    (void)state;
    for (int i = 0; i < MANY; i++)
        begin_one(&callers[i], &crowd, TLS1_3_VERSION);
    greeter_step(&greeter);
}

static void what_is_no_handshake_fails(void **state)
{
    static const unsigned char nonsense[] = {22, 3, 1, 0, 5, 1, 2, 3, 4, 5};
    (void)state;
    struct caller *c = &callers[0];
    begin_one(c, &crowd, TLS1_3_VERSION);
    end_one(c);
    *c = (struct caller){.line = &crowd};
    tls_client_open(&c->client, TLS1_3_VERSION);
    c->channel.fd = c->client.daemon_fd;
    c->greeting = greeting_new(&greeter, c, &c->channel);
    assert_int_equal(write(SSL_get_fd(c->client.ssl), nonsense, sizeof nonsense), sizeof nonsense);
    go_on(c);
    while (c->now == GREET_BESIDE) {
        greeter_step(&greeter);
        assert_int_not_equal(event_base_loop(base, EVLOOP_ONCE), -1);
    }
    assert_int_equal(c->now, GREET_FAILED);
    assert_int_equal(greeter.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_come_in, begin, end),
        cmocka_unit_test_setup_teardown(who_comes_after_a_crowd_need_not_wait_for_it, begin, end),
        cmocka_unit_test_setup_teardown(who_goes_while_a_thread_is_at_it_leaves_nothing, begin, end),
        cmocka_unit_test_setup_teardown(an_end_of_all_waits_for_threads, begin, end),
        cmocka_unit_test_setup_teardown(what_is_no_handshake_fails, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
