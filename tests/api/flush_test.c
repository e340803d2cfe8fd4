/* SPDX-License-Identifier: MIT
 *
 * The flush layer at real daemons: how views change, who may send when, what is delivered.
 */
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "include/fl.h"
#include "tests/support/child.h"
#include "tests/support/client.h"
#include "tests/support/daemon.h"
#include "tests/support/test.h"

static struct test_daemon daemon_1;

/* One FL connection, and the message that it received last. */
struct one {
    mailbox m;
    char me[MAX_GROUP_NAME];
    int more;
    struct received r;
};

static struct one a, b;

static void connect_one(struct one *o, const char *name)
{
    int code, tries = 0;
    while ((code = FL_connect(daemon_1.local, name, 0, &o->m, o->me)) == REJECT_NOT_UNIQUE &&
           ++tries < 5000)
        poll(NULL, 0, 1); /* who had the name is on his way out */
    assert_int_equal(code, ACCEPT_SESSION);
}

static int hear_into(struct one *o, service flags, int max_groups, int max_len)
{
    o->r.type = flags;
    o->r.result =
        FL_receive(o->m, &o->r.type, o->r.sender, max_groups, &o->r.num_groups, o->r.groups,
                   &o->r.mess_type, &o->r.endian_mismatch, max_len, o->r.body, &o->more);
    return o->r.result;
}

static int hear(struct one *o, service flags)
{
    return hear_into(o, flags, CLIENT_GROUPS, CLIENT_BODY);
}

/* The next message is of that type. */
static void expect(struct one *o, service type)
{
    assert_true(hear(o, 0) >= 0);
    assert_int_equal(o->r.type, type);
}

/* Nothing is there, nor on its way through its daemon. */
static void expect_nothing(struct one *o)
{
    assert_int_equal(FL_unicast(o->m, AGREED_MESS, o->me, o->me, 99, 0, ""), 0);
    expect(o, AGREED_MESS | SUBGROUP_CAST);
    assert_int_equal(o->r.mess_type, 99);
}

static void expect_data(struct one *o, service type, const char *sender, const char *text)
{
    expect(o, type);
    assert_string_equal(o->r.sender, sender);
    assert_int_equal(o->r.result, strlen(text));
    assert_memory_equal(o->r.body, text, strlen(text));
}

/* A view with so many members, whose cause names one. */
static void expect_view(struct one *o, service cause, int members, const char *changed)
{
    expect(o, REG_MEMB_MESS | cause);
    assert_string_equal(o->r.sender, "g");
    assert_int_equal(o->r.num_groups, members);
    assert_string_equal(o->r.groups[o->r.mess_type], o->me);
    assert_int_equal(o->r.result, FL_get_vs_set_offset_memb_mess() + MAX_GROUP_NAME);
    assert_string_equal(o->r.body + FL_get_vs_set_offset_memb_mess(), changed);
    int count;
    memcpy(&count, o->r.body + FL_get_num_vs_offset_memb_mess(), sizeof count);
    assert_int_equal(count, 1);
}

static void join_alone(struct one *o)
{
    assert_int_equal(FL_join(o->m, "g"), 0);
    expect_view(o, CAUSED_BY_JOIN, 1, o->me);
}

/* It has asked to join, and agrees to the membership that it is told of. */
static void agree(struct one *o)
{
    assert_true(client_readable(o->m, 60000));
    assert_int_equal(hear(o, DONT_BLOCK), WOULD_BLOCK);
}

static void join(struct one *o)
{
    assert_int_equal(FL_join(o->m, "g"), 0);
    agree(o);
}

/* a is a member; b becomes one. */
static void join_both(void)
{
    join_alone(&a);
    join(&b);
    expect(&a, FLUSH_REQ_MESS);
    assert_int_equal(FL_flush(a.m, "g"), 0);
    expect_view(&a, CAUSED_BY_JOIN, 2, b.me);
    expect_view(&b, CAUSED_BY_JOIN, 2, b.me);
}

static int set_up(void **state)
{
    (void)state;
    connect_one(&a, "alice");
    connect_one(&b, "bob");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    FL_disconnect(a.m); /* some tests have done so already */
    FL_disconnect(b.m);
    return 0;
}

/* -- views --------------------------------------------------------------------------------- */

static void test_who_joins_alone_sees_a_view_at_once(void **state)
{
    (void)state;
    join_alone(&a);
    assert_int_equal(a.more, 0);
    expect_nothing(&a);
}

static void test_a_view_waits_for_the_flush_of_every_member(void **state)
{
    (void)state;
    join_alone(&a);
    join(&b);
    expect(&a, FLUSH_REQ_MESS);
    assert_string_equal(a.r.sender, "g");
    assert_int_equal(a.r.num_groups, 0);
    assert_int_equal(a.r.result, 0);
    assert_int_equal(FL_multicast(a.m, FIFO_MESS, "g", 7, 3, "mmm"), 3);
    assert_int_equal(FL_multicast(a.m, AGREED_MESS, "g", 7, 4, "mmmm"), 4);
    expect_data(&a, FIFO_MESS, a.me, "mmm");
    assert_int_equal(a.r.mess_type, 7);
    expect_data(&a, AGREED_MESS, a.me, "mmmm");
    assert_int_equal(FL_flush(a.m, "g"), 0);
    assert_int_equal(FL_flush(a.m, "g"), ILLEGAL_STATE);
    assert_int_equal(FL_multicast(a.m, FIFO_MESS, "g", 7, 1, "x"), ILLEGAL_STATE);
    expect_view(&a, CAUSED_BY_JOIN, 2, b.me);
    expect_view(&b, CAUSED_BY_JOIN, 2, b.me); /* and nothing that was sent before it */
    assert_int_equal(FL_multicast(a.m, FIFO_MESS, "g", 7, 2, "in"), 2);
    expect_data(&b, FIFO_MESS, a.me, "in");
}

static void test_who_leaves_is_told_so_and_others_flush(void **state)
{
    (void)state;
    join_both();
    assert_int_equal(FL_join(b.m, "g"), ILLEGAL_GROUP);
    assert_int_equal(FL_leave(b.m, "g"), 0);
    assert_int_equal(FL_leave(b.m, "g"), ILLEGAL_GROUP);
    assert_int_equal(FL_multicast(b.m, FIFO_MESS, "g", 7, 1, "x"), ILLEGAL_GROUP);
    expect(&b, CAUSED_BY_LEAVE);
    assert_string_equal(b.r.sender, "g");
    assert_int_equal(b.r.mess_type, -1);
    expect(&a, FLUSH_REQ_MESS);
    assert_int_equal(a.more, 1);
    assert_int_equal(FL_more_msgs(a.m), 1);
    assert_true(FL_poll(a.m) > 0);
    expect(&a, TRANSITION_MESS);
    assert_int_equal(a.r.result, 0);
    assert_int_equal(a.more, 0);
    assert_int_equal(FL_flush(a.m, "g"), 0);
    expect_view(&a, CAUSED_BY_LEAVE, 1, b.me);
    assert_int_equal(FL_join(b.m, "g"), 0);
    expect(&a, FLUSH_REQ_MESS);
}

static void test_who_has_agreed_and_goes_is_in_the_view_and_missed(void **state)
{
    struct one c;
    (void)state;
    join_both();
    connect_one(&c, "carol");
    join(&c);
    expect(&a, FLUSH_REQ_MESS);
    assert_int_equal(FL_flush(a.m, "g"), 0);
    expect(&b, FLUSH_REQ_MESS);
    assert_int_equal(FL_disconnect(c.m), 0);
    assert_int_equal(FL_flush(b.m, "g"), 0);
    struct one *both[] = {&a, &b};
    for (int i = 0; i < 2; i++) {
        expect_view(both[i], CAUSED_BY_JOIN, 3, c.me);
        expect(both[i], FLUSH_REQ_MESS);
        expect(both[i], TRANSITION_MESS);
        assert_int_equal(FL_flush(both[i]->m, "g"), 0);
    }
    expect_view(&a, CAUSED_BY_DISCONNECT, 2, c.me);
    expect_view(&b, CAUSED_BY_DISCONNECT, 2, c.me);
}

static void test_one_who_disconnects_before_he_agrees_undoes_the_view(void **state)
{
    struct one c;
    (void)state;
    join_both();
    connect_one(&c, "carol");
    join(&c);
    expect(&a, FLUSH_REQ_MESS);
    expect(&b, FLUSH_REQ_MESS);
    assert_int_equal(FL_flush(a.m, "g"), 0);
    assert_int_equal(FL_disconnect(b.m), 0); /* it has not flushed */
    expect(&a, TRANSITION_MESS);
    expect(&c, REG_MEMB_MESS | CAUSED_BY_NETWORK);
    assert_int_equal(c.r.num_groups, 2);
    assert_int_equal(c.r.result, 48); /* it came along with nobody */
    assert_string_equal(c.r.body + FL_get_vs_set_offset_memb_mess(), c.me);
    expect(&a, REG_MEMB_MESS | CAUSED_BY_NETWORK);
    assert_int_equal(a.r.result, 48);
    assert_string_equal(a.r.body + FL_get_vs_set_offset_memb_mess(), a.me);
    assert_int_equal(FL_disconnect(c.m), 0);
}

/* -- sending ------------------------------------------------------------------------------- */

static void test_sends_are_checked_in_order(void **state)
{
    char nobody[1][MAX_GROUP_NAME] = {"#nobody#d1"};
    scatter many = {.num_elements = 100};
    (void)state;
    join_alone(&a);
    assert_int_equal(FL_subgroupcast(99999, 0, "h", -1, nobody, -32768, 1, "x"), ILLEGAL_SESSION);
    assert_int_equal(FL_subgroupcast(a.m, RESERVED, "h", -1, nobody, -32768, 1, "x"), ILLEGAL_PARAM);
    for (unsigned bit = 1; bit; bit <<= 1) {
        bool own = bit & (FLUSH_REQ_MESS | MEMBERSHIP_MESS | ENDIAN_RESERVED | RESERVED);
        assert_int_equal(FL_multicast(a.m, (service)bit, "h", -32768, 1, "x"),
                         own ? ILLEGAL_SERVICE : ILLEGAL_MESSAGE_TYPE);
    }
    assert_int_equal(FL_scat_multicast(a.m, 0, "h", -32766, &many), ILLEGAL_MESSAGE_TYPE);
    assert_int_equal(FL_scat_multicast(a.m, 0, "h", -32765, &many), ILLEGAL_MESSAGE);
    assert_int_equal(FL_multicast(a.m, 0, "h", 1, -1, "x"), ILLEGAL_MESSAGE);
    assert_int_equal(FL_multicast(a.m, 0, "h", 1, 1, "x"), ILLEGAL_GROUP);
    assert_int_equal(FL_subgroupcast(a.m, 0, "g", 1, nobody, 1, 1, "x"), ILLEGAL_RECEIVERS);
    assert_int_equal(FL_unicast(a.m, 0, "#a#d1", "#b#d1", 1, 1, "x"), ILLEGAL_RECEIVERS);
    assert_int_equal(FL_multicast(a.m, 0, "g", 1, 1, "x"), ILLEGAL_SERVICE);
    assert_int_equal(FL_subgroupcast(a.m, FIFO_MESS, "g", 0, nobody, 1, 1, "x"), 1);
    expect_nothing(&a);
}

static void test_messages_to_some_name_their_group_last(void **state)
{
    char both[2][MAX_GROUP_NAME];
    (void)state;
    join_both();
    strcpy(both[0], a.me);
    strcpy(both[1], b.me);
    assert_int_equal(FL_unicast(a.m, FIFO_MESS, "g", b.me, 9, 4, "uuuu"), 4);
    expect_data(&b, FIFO_MESS | SUBGROUP_CAST, a.me, "uuuu");
    assert_true(Is_subgroup_mess(b.r.type));
    assert_int_equal(b.r.num_groups, 2);
    assert_string_equal(b.r.groups[0], b.me);
    assert_string_equal(b.r.groups[1], "g");
    assert_int_equal(b.r.mess_type, 9);
    assert_int_equal(FL_subgroupcast(a.m, AGREED_MESS, "g", 2, both, 9, 4, "ssss"), 4);
    expect_data(&b, AGREED_MESS | SUBGROUP_CAST, a.me, "ssss");
    assert_int_equal(b.r.num_groups, 3);
    assert_string_equal(b.r.groups[2], "g");
    expect_data(&a, AGREED_MESS | SUBGROUP_CAST, a.me, "ssss");
    assert_int_equal(FL_multicast(b.m, FIFO_MESS, a.me, 3, 2, "to"), 2); /* it alone */
    expect_data(&a, FIFO_MESS, b.me, "to");
}

static void test_scatters_stay_as_they_are(void **state)
{
    scatter s = {.num_elements = 3,
                 .elements = {{"one", 3}, {NULL, 0}, {"two", 3}, {(char *)&s, 77}}};
    char first[2], second[100];
    scatter in = {.num_elements = 2, .elements = {{first, 2}, {second, sizeof second}}};
    (void)state;
    join_alone(&a);
    assert_int_equal(FL_scat_multicast(a.m, RELIABLE_MESS, "g", 1, &s), 6);
    assert_int_equal(s.num_elements, 3);
    assert_int_equal(s.elements[3].len, 77);
    assert_ptr_equal(s.elements[3].buf, &s);
    a.r.type = 0;
    assert_int_equal(FL_scat_receive(a.m, &a.r.type, a.r.sender, 5, &a.r.num_groups, a.r.groups,
                                     &a.r.mess_type, &a.r.endian_mismatch, &in, &a.more),
                     6);
    assert_memory_equal(first, "on", 2);
    assert_memory_equal(second, "etwo", 4);
    assert_int_equal(FL_scat_unicast(a.m, RELIABLE_MESS, "g", a.me, 1, &s), 6);
    expect_data(&a, RELIABLE_MESS | SUBGROUP_CAST, a.me, "onetwo");
}

static void test_who_is_no_member_is_not_heard(void **state)
{
    mailbox plain = client_connect(daemon_1.local, "plain", NULL);
    (void)state;
    join_alone(&a);
    assert_int_equal(SP_multicast(plain, AGREED_MESS, "g", 1, 1, "x"), 1);
    assert_int_equal(SP_multicast(plain, AGREED_MESS, a.me, 1, 5, "to me"), 5);
    expect_data(&a, AGREED_MESS, "#plain#d1", "to me");
    SP_disconnect(plain);
}

/* -- buffers ------------------------------------------------------------------------------- */

static void test_a_notice_that_does_not_fit_tells_its_own_needs(void **state)
{
    (void)state;
    join_alone(&a);
    assert_int_equal(FL_join(b.m, "g"), 0);
    assert_int_equal(hear_into(&a, 0, 1, 10), GROUPS_TOO_SHORT);
    assert_int_equal(a.r.num_groups, -2);
    assert_int_equal(a.r.endian_mismatch, -56);
    assert_int_equal(hear_into(&a, 0, 2, 10), BUFFER_TOO_SHORT);
    expect(&a, FLUSH_REQ_MESS);
}

static void test_notices_need_no_room_where_messages_may_be_cut(void **state)
{
    (void)state;
    join_alone(&a);
    join(&b);
    assert_int_equal(hear_into(&a, DROP_RECV, 0, 0), 0);
    assert_int_equal(a.r.type, FLUSH_REQ_MESS);
    assert_int_equal(FL_flush(a.m, "g"), 0);
    assert_int_equal(hear_into(&a, DROP_RECV, 1, 0), GROUPS_TOO_SHORT);
    assert_int_equal(a.r.type, REG_MEMB_MESS | CAUSED_BY_JOIN);
    assert_int_equal(a.r.num_groups, -2);
    assert_string_equal(a.r.groups[0], a.me);
    expect_nothing(&a);
}

static void test_what_does_not_fit_stays(void **state)
{
    (void)state;
    join_both();
    assert_int_equal(FL_unicast(a.m, AGREED_MESS, "g", b.me, 9, 10, "0123456789"), 10);
    assert_int_equal(hear_into(&b, 0, 1, 10), GROUPS_TOO_SHORT);
    assert_int_equal(b.r.num_groups, -2);
    assert_int_equal(b.r.endian_mismatch, -42);
    assert_int_equal(hear_into(&b, 0, 2, 41), BUFFER_TOO_SHORT);
    assert_int_equal(hear_into(&b, 0, 2, 42), 10);
    assert_string_equal(b.r.groups[1], "g");

    assert_int_equal(FL_unicast(a.m, AGREED_MESS, "g", b.me, 9, 10, "0123456789"), 10);
    assert_int_equal(hear_into(&b, DROP_RECV, 2, 10), 10); /* the user's bytes suffice */
    assert_int_equal(FL_unicast(a.m, AGREED_MESS, "g", b.me, 9, 10, "0123456789"), 10);
    assert_int_equal(hear_into(&b, DROP_RECV, 1, 10), GROUPS_TOO_SHORT);
    assert_int_equal(b.r.num_groups, -2);
    assert_string_equal(b.r.groups[0], "g"); /* the last that there is room for */
    assert_int_equal(FL_unicast(a.m, AGREED_MESS, "g", b.me, 9, 10, "0123456789"), 10);
    assert_int_equal(hear_into(&b, DROP_RECV, 0, 4), GROUPS_TOO_SHORT);
    assert_int_equal(FL_unicast(a.m, AGREED_MESS, "g", b.me, 9, 10, "0123456789"), 10);
    assert_int_equal(hear_into(&b, DROP_RECV, 2, 4), BUFFER_TOO_SHORT);
    assert_memory_equal(b.r.body, "0123", 4);
    assert_int_equal(hear_into(&b, 0, -1, 4), ILLEGAL_PARAM);
    expect_nothing(&b);
}

/* -- waiting ------------------------------------------------------------------------------- */

static void test_a_call_that_may_not_wait_says_so(void **state)
{
    (void)state;
    assert_int_equal(hear(&a, DONT_BLOCK), WOULD_BLOCK);
    assert_int_equal(FL_join(a.m, "g"), 0);
    while (hear(&a, DONT_BLOCK) == WOULD_BLOCK)
        assert_true(client_readable(a.m, 60000)); /* notice, FLUSH_OK, FLUSH_RECV */
    assert_int_equal(a.r.type, REG_MEMB_MESS | CAUSED_BY_JOIN);
    expect_nothing(&a);
    assert_int_equal(hear(&a, DONT_BLOCK | DROP_RECV), WOULD_BLOCK);
    assert_int_equal(FL_poll(a.m), 0);
}

static void test_a_session_that_is_over_is_closed(void **state)
{
    (void)state;
    assert_int_equal(FL_disconnect(a.m), 0);
    assert_int_equal(FL_disconnect(a.m), ILLEGAL_SESSION);
    assert_int_equal(FL_join(a.m, "g"), ILLEGAL_SESSION);
    assert_int_equal(FL_flush(a.m, "g"), ILLEGAL_SESSION);
    assert_int_equal(FL_more_msgs(a.m), ILLEGAL_SESSION);
    assert_int_equal(FL_poll(a.m), ILLEGAL_SESSION);
    assert_int_equal(hear(&a, 0), ILLEGAL_SESSION);
    mailbox plain = client_connect(daemon_1.local, "plain", NULL);
    assert_int_equal(FL_join(plain, "g"), ILLEGAL_SESSION); /* none of FL_connect */
    assert_int_equal(SP_join(plain, "g"), 0);
    SP_disconnect(plain);
}

static void test_a_lost_connection_closes_the_mailbox(void **state)
{
    struct test_daemon own;
    struct one c;
    (void)state;
    test_daemon_start(&own, NULL);
    assert_int_equal(FL_connect(own.local, NULL, 0, &c.m, c.me), ACCEPT_SESSION);
    test_daemon_stop(&own);
    assert_int_equal(hear(&c, 0), CONNECTION_CLOSED);
    assert_int_equal(hear(&c, 0), ILLEGAL_SESSION);
    assert_int_equal(FL_connect(own.local, "x", 0, &c.m, c.me), COULD_NOT_CONNECT);
}

static void test_a_child_leaves_its_parents_mailbox_alone(void **state)
{
    (void)state;
    join_alone(&a);
    pid_t child = child_fork();
    if (child == 0) {
        SP_kill(a.m);
        _exit(FL_join(a.m, "h") == ILLEGAL_SESSION ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(FL_multicast(a.m, AGREED_MESS, "g", 1, 2, "on"), 2);
    expect_data(&a, AGREED_MESS, a.me, "on");
}

static void test_versions_and_codes(void **state)
{
    int major = -1, minor = -1, patch = -1;
    (void)state;
    FL_version(&major, &minor, &patch);
    assert_int_equal(major * 100 + minor * 10 + patch, 200);
    int first = FL_lib_init();
    assert_true(first == 0 || first == ILLEGAL_STATE);
    assert_int_equal(FL_lib_init(), ILLEGAL_STATE);
    assert_int_equal(FL_get_gid_offset_memb_mess(), 0);
    assert_true(Is_flush_req_mess(FLUSH_REQ_MESS | 1) == 1 && Is_flush_req_mess(1) == 0);
}

/* -- threads ------------------------------------------------------------------------------- */

enum { MESSAGES = 2000 };

/* cmocka's assertions belong to the main thread. */
static void must(bool true_for_sure, int line)
{
    if (!true_for_sure) {
        fprintf(stderr, "flush_test.c:%d\n", line);
        abort();
    }
}
#define MUST(what) must(what, __LINE__)

static void *wait_for_the_end(void *context)
{
    struct one *o = context;
    while (hear(o, 0) >= 0)
        continue;
    MUST(o->r.result == CONNECTION_CLOSED || o->r.result == ILLEGAL_SESSION);
    return NULL;
}

static void test_disconnecting_wakes_who_receives(void **state)
{
    pthread_t thread;
    (void)state;
    join_alone(&a);
    MUST(pthread_create(&thread, NULL, wait_for_the_end, &a) == 0);
    poll(NULL, 0, 20); /* it waits most probably, and is right if it does not */
    assert_int_equal(FL_disconnect(a.m), 0);
    assert_int_equal(FL_join(a.m, "h"), ILLEGAL_SESSION);
    pthread_join(thread, NULL);
}

/* Flushes when it is asked to, and counts what comes. */
static void *follow(void *context)
{
    struct one *o = context;
    for (int count = 0; count < MESSAGES;) {
        MUST(hear(o, 0) >= 0);
        if (Is_flush_req_mess(o->r.type))
            MUST(FL_flush(o->m, "g") == 0);
        else if (Is_regular_mess(o->r.type))
            count++;
    }
    return NULL;
}

/* Sends while views change: what is refused is sent again in the next view. */
static void *speak(void *context)
{
    struct one *o = context;
    for (int sent = 0; sent < MESSAGES;) {
        int result = FL_multicast(o->m, FIFO_MESS, "g", 1, 5, "speak");
        MUST(result == 5 || result == ILLEGAL_STATE);
        sent += result == 5;
        if (result != 5)
            poll(NULL, 0, 1);
    }
    return NULL;
}

static void *come_and_go(void *context)
{
    struct one c;
    (void)context;
    for (int i = 0; i < 20; i++) {
        char name[MAX_GROUP_NAME];
        snprintf(name, sizeof name, "c%d", i);
        MUST(FL_connect(daemon_1.local, name, 0, &c.m, c.me) == ACCEPT_SESSION);
        MUST(FL_join(c.m, "g") == 0);
        do
            MUST(hear(&c, 0) >= 0);
        while (!Is_reg_memb_mess(c.r.type));
        MUST(FL_disconnect(c.m) == 0);
    }
    return NULL;
}

static void test_threads_send_receive_and_flush_side_by_side(void **state)
{
    pthread_t threads[3];
    (void)state;
    join_alone(&a);
    MUST(pthread_create(&threads[0], NULL, follow, &a) == 0);
    MUST(pthread_create(&threads[1], NULL, speak, &a) == 0);
    MUST(pthread_create(&threads[2], NULL, come_and_go, NULL) == 0);
    pthread_join(threads[1], NULL);
    pthread_join(threads[0], NULL);
    /* Nobody flushes for it any more: who still comes must be let in. */
    MUST(pthread_create(&threads[0], NULL, wait_for_the_end, &b) == 0);
    FL_disconnect(a.m);
    pthread_join(threads[2], NULL);
    FL_disconnect(b.m);
    pthread_join(threads[0], NULL);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_who_joins_alone_sees_a_view_at_once),
        T(test_a_view_waits_for_the_flush_of_every_member),
        T(test_who_leaves_is_told_so_and_others_flush),
        T(test_who_has_agreed_and_goes_is_in_the_view_and_missed),
        T(test_one_who_disconnects_before_he_agrees_undoes_the_view),
        T(test_sends_are_checked_in_order),
        T(test_messages_to_some_name_their_group_last),
        T(test_scatters_stay_as_they_are),
        T(test_who_is_no_member_is_not_heard),
        T(test_a_notice_that_does_not_fit_tells_its_own_needs),
        T(test_notices_need_no_room_where_messages_may_be_cut),
        T(test_what_does_not_fit_stays),
        T(test_a_call_that_may_not_wait_says_so),
        T(test_a_session_that_is_over_is_closed),
        T(test_a_lost_connection_closes_the_mailbox),
        T(test_a_child_leaves_its_parents_mailbox_alone),
        T(test_versions_and_codes),
        T(test_disconnecting_wakes_who_receives),
        T(test_threads_send_receive_and_flush_side_by_side),
    };
    test_daemon_start(&daemon_1, "MaxSessionMessages = 100000");
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    test_daemon_stop(&daemon_1);
    return failed;
}
