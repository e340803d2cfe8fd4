/* SPDX-License-Identifier: MIT
 *
 * One thread sends, another receives, a third asks: what the sender reads ahead and what the
 * receiver takes is one stream.
 */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "include/sp_more.h"
#include "libspread/wire/frame.h"
#include "tests/support/client.h"
#include "tests/support/fake.h"
#include "tests/support/test.h"

enum { ROUNDS = 6, BODY = 1000 };

static int messages = 20000;

static void must(bool true_for_sure, int line)
{
    if (!true_for_sure) {
        fprintf(stderr, "crossing_test.c:%d\n", line);
        abort();
    }
}
#define MUST(what) must(what, __LINE__)

/* -- a daemon that sends back ---------------------------------------------------------------- */

/* Takes a burst, then writes it back, and does not read meanwhile: it holds whoever sends. */
static void *echo(void *context)
{
    struct fake *f = context;
    static uint8_t bytes[1 << 18];
    ssize_t n;
    while ((n = recv(f->peer, bytes, sizeof bytes, 0)) > 0)
        for (ssize_t at = 0, sent; at < n; at += sent) {
            sent = send(f->peer, bytes + at, (size_t)(n - at), MSG_NOSIGNAL);
            if (sent <= 0)
                return NULL;
        }
    return NULL;
}

/* -- threads ------------------------------------------------------------------------------- */

struct crossing {
    mailbox m;
    int seed;
    atomic_int sent, tid;
    atomic_bool over;
};

static void *send_all(void *context)
{
    struct crossing *c = context;
    static char body[BODY];
    for (int i = 0; i < messages; i++)
        MUST(SP_multicast(c->m, FIFO_MESS, "g", (int16)i, i % BODY, body) == i % BODY);
    return NULL;
}

/* Receives with all calls there are, and now and then pauses. */
static int receive_one(struct crossing *c, struct received *r, int i)
{
    struct pollfd p = {.fd = c->m, .events = POLLIN};
    r->type = 0;
    if ((i + c->seed) % 3 == 0)
        return client_receive_into(c->m, r, CLIENT_GROUPS, CLIENT_BODY);
    if ((i + c->seed) % 500 == 1)
        poll(NULL, 0, 1);
    do {
        if ((i + c->seed) % 3 == 1)
            MUST(poll(&p, 1, 20000) == 1);
        r->result = SP_receive_timeout(c->m, &r->type, r->sender, CLIENT_GROUPS, &r->num_groups,
                                       r->groups, &r->mess_type, &r->endian_mismatch, CLIENT_BODY,
                                       r->body, i % 2 ? 0 : 5);
    } while (r->result == SP_TIMED_OUT);
    return r->result;
}

static void *receive_all(void *context)
{
    struct crossing *c = context;
    struct received *r = malloc(sizeof *r);
    MUST(r != NULL);
    for (int i = 0; i < messages; i++) {
        MUST(receive_one(c, r, i) == i % BODY);
        MUST(r->mess_type == (int16)i);
    }
    free(r);
    c->over = true;
    return NULL;
}

static void *ask(void *context)
{
    struct crossing *c = context;
    while (!c->over) {
        MUST(SP_poll(c->m) >= 0);
        poll(NULL, 0, 1);
    }
    return NULL;
}

static void sender_and_receiver_do_not_get_in_each_others_way(void **state)
{
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        static void *(*const parts[])(void *) = {send_all, receive_all, ask};
        pthread_t daemon, threads[COUNT_OF(parts)];
        struct fake f;
        fake_open(&f, round % 2);
        struct crossing c = {.m = fake_mailbox(&f), .seed = round};
        assert_int_equal(SP_set_read_ahead(c.m, round < 4 ? 1 << 28 : 200000), 0);
        assert_int_equal(pthread_create(&daemon, NULL, echo, &f), 0);
        for (size_t i = 0; i < COUNT_OF(parts); i++)
            assert_int_equal(pthread_create(&threads[i], NULL, parts[i], &c), 0);
        for (size_t i = 0; i < COUNT_OF(parts); i++)
            pthread_join(threads[i], NULL);
        assert_int_equal(SP_poll(c.m), 0);
        assert_false(client_readable(c.m, 0));
        SP_kill(c.m);
        pthread_join(daemon, NULL);
        fake_close(&f);
    }
}

/* -- ends ---------------------------------------------------------------------------------- */

static void *send_until_it_ends(void *context)
{
    struct crossing *c = context;
    static char body[BODY];
    int result;
    c->tid = gettid();
    while ((result = SP_multicast(c->m, FIFO_MESS, "g", 0, BODY, body)) == BODY)
        c->sent++;
    MUST(result == CONNECTION_CLOSED);
    return NULL;
}

static bool sleeps(int tid)
{
    char path[64], text[512] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
    FILE *f = fopen(path, "re");
    MUST(f && fgets(text, sizeof text, f));
    fclose(f);
    return strrchr(text, ')')[2] == 'S';
}

/* Returns when the sender sleeps and has not got on for a while: it waits. Not to get on is not enough,
 * for it may get no processor. */
static void await_blocked(struct crossing *c)
{
    int before;
    do {
        before = c->sent;
        poll(NULL, 0, 100);
    } while (before == 0 || c->sent != before || !sleeps(c->tid));
}

static void a_send_that_waits_ends_when_the_mailbox_is_closed(void **state)
{
    (void)state;
    for (int tcp = 0; tcp <= 1; tcp++) {
        struct fake f;
        pthread_t thread;
        fake_open(&f, tcp);
        struct crossing c = {.m = fake_mailbox(&f)};
        fake_send(&f, &(struct fake_frame){.type = FIFO_MESS, .num_groups = 1, .len = 5});
        assert_int_equal(pthread_create(&thread, NULL, send_until_it_ends, &c), 0);
        await_blocked(&c);
        SP_kill(c.m);
        pthread_join(thread, NULL);
        fake_close(&f);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sender_and_receiver_do_not_get_in_each_others_way),
        cmocka_unit_test(a_send_that_waits_ends_when_the_mailbox_is_closed),
    };
    if (argc > 1)
        messages = atoi(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
