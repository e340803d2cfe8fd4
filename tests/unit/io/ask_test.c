/* SPDX-License-Identifier: MIT
 *
 * What the hosts of silent daemons answer, by real connections on loopback.
 */
#include "tests/support/test.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "daemon/io/ask.h"

enum { LATE_MS = 200 }; /* more than ask.c gives an answer */

static struct host_question asked;
static bool is_asked;
static int answers;
static enum host_answer last;

/* The daemon, as far as ask.c knows it. */
bool daemon_next_question(struct daemon *d, struct host_question *q)
{
    (void)d;
    *q = asked;
    bool first = is_asked;
    is_asked = false;
    return first;
}

void daemon_on_answer(struct daemon *d, const struct question *q, enum host_answer answer, usec now)
{
    (void)d;
    (void)q;
    (void)now;
    answers++;
    last = answer;
}

static int bind_somewhere(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    asked = (struct host_question){.port = ntohs(at.sin_port)};
    assert_true(ip_parse(&asked.ip, "127.0.0.1"));
    is_asked = true;
    answers = 0;
    return fd;
}

static int listen_somewhere(void)
{
    int fd = bind_somewhere();
    assert_int_equal(listen(fd, 1), 0);
    return fd;
}

/* What is known when this process gets to look, late_ms after it has asked. */
static enum host_answer ask(int late_ms)
{
    struct event_base *base = event_base_new();
    struct asker *a = asker_new(base, NULL);
    asker_step(a);
    nanosleep(&(struct timespec){.tv_nsec = late_ms * 1000000L}, NULL);
    while (answers == 0)
        assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
    asker_free(a);
    event_base_free(base);
    assert_int_equal(answers, 1);
    return last;
}

static void a_host_that_completes_the_connection_lives(void **state)
{
    (void)state;
    int fd = listen_somewhere();
    assert_int_equal(ask(0), HOST_LIVES);
    close(fd);
}

static void a_host_where_nobody_listens_refuses(void **state)
{
    (void)state;
    int fd = bind_somewhere(); /* nobody else can listen there meanwhile */
    assert_int_equal(ask(0), HOST_REFUSES);
    close(fd);
}

/* The answer is here, and so is the end of the time for it. */
static void who_looks_late_still_sees_what_came_in_time(void **state)
{
    (void)state;
    int fd = listen_somewhere();
    assert_int_equal(ask(LATE_MS), HOST_LIVES);
    close(fd);
    fd = bind_somewhere();
    assert_int_equal(ask(LATE_MS), HOST_REFUSES);
    close(fd);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_that_completes_the_connection_lives),
        cmocka_unit_test(a_host_where_nobody_listens_refuses),
        cmocka_unit_test(who_looks_late_still_sees_what_came_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
