/* SPDX-License-Identifier: MIT
 *
 * SP_redial_: a mailbox that comes back after its daemon was lost, at that one or another, with its
 * groups, and tells that there was a gap.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "include/sp_more.h"
#include "tests/support/client.h"
#include "tests/support/daemon.h"
#include "tests/support/fake.h"
#include "tests/support/test.h"
#include "tests/support/tls_front.h"

enum { LATE_MS = 30000 };

static struct received r;

static int receive(sp_redial *back, int ms)
{
    r.type = 0;
    return SP_redial_receive(back, &r.type, r.sender, CLIENT_GROUPS, &r.num_groups, r.groups,
                             &r.mess_type, &r.endian_mismatch, CLIENT_BODY, r.body, ms);
}

static void expect_notice(sp_redial *back, int type, const char *group)
{
    assert_in_range(receive(back, LATE_MS), 0, CLIENT_BODY);
    assert_int_equal(r.type, type);
    assert_string_equal(r.sender, group);
}

static void expect_joined(sp_redial *back, const char *group)
{
    expect_notice(back, REG_MEMB_MESS | CAUSED_BY_JOIN, group);
    assert_int_equal(r.num_groups, 1);
    assert_string_equal(r.groups[0], SP_redial_private_group(back));
}

static void expect_gap(sp_redial *back, const char *group)
{
    expect_notice(back, CAUSED_BY_LEAVE, group);
    assert_true(Is_self_leave(r.type) && Is_membership_mess(r.type));
    assert_int_equal(r.num_groups, 0);
}

/* Two daemons that know nothing of each other, tried in that order. */
struct pair {
    struct test_daemon first, second;
    char addresses[64];
};

static void start_pair(struct pair *p)
{
    test_daemon_start(&p->first, NULL);
    test_daemon_start(&p->second, NULL);
    snprintf(p->addresses, sizeof p->addresses, " %s,\t%s ", p->first.local, p->second.tcp);
}

static sp_redial *open_at(const char *addresses, int flags)
{
    sp_redial *back;
    assert_int_equal(SP_redial_open(&back, addresses, "me", flags), ACCEPT_SESSION);
    assert_string_equal(SP_redial_private_group(back), "#me#d1");
    return back;
}

static void it_goes_on_at_the_next_daemon_with_its_groups(void **state)
{
    (void)state;
    struct pair p;
    start_pair(&p);
    sp_redial *back = open_at(p.addresses, SP_REDIAL_MEMBERSHIP);
    assert_int_equal(SP_redial_join(back, "a"), 0);
    assert_int_equal(SP_redial_join(back, "b"), 0);
    assert_int_equal(SP_redial_join(back, "b"), 0);
    assert_int_equal(SP_redial_join(back, "c"), 0);
    assert_int_equal(SP_redial_leave(back, "c"), 0);
    expect_joined(back, "a");
    expect_joined(back, "b");
    expect_joined(back, "c");
    expect_gap(back, "c"); /* its own leave */
    assert_int_equal(receive(back, 0), SP_TIMED_OUT);
    test_daemon_stop(&p.first);
    expect_gap(back, "a");
    expect_gap(back, "b");
    assert_int_equal(SP_redial_mailbox(back), -1);
    expect_joined(back, "a");
    expect_joined(back, "b");
    mailbox m = SP_redial_mailbox(back);
    assert_int_equal(SP_multicast(m, AGREED_MESS, "b", 7, 2, "hi"), 2);
    assert_true(client_readable(m, LATE_MS));
    assert_int_equal(receive(back, LATE_MS), 2);
    assert_int_equal(r.mess_type, 7);
    SP_redial_close(back);
    test_daemon_stop(&p.second);
}

static void without_groups_its_private_group_tells_of_the_gap(void **state)
{
    (void)state;
    struct pair p;
    start_pair(&p);
    sp_redial *back = open_at(p.addresses, 0);
    test_daemon_stop(&p.first);
    expect_gap(back, "#me#d1");
    for (int tries = 0; SP_redial_mailbox(back) < 0; tries++) {
        assert_true(tries < LATE_MS / 100);
        assert_int_equal(receive(back, 100), SP_TIMED_OUT);
    }
    SP_redial_close(back);
    test_daemon_stop(&p.second);
}

static void what_is_joined_and_left_while_it_is_lost_counts_afterwards(void **state)
{
    (void)state;
    struct pair p;
    start_pair(&p);
    sp_redial *back = open_at(p.addresses, SP_REDIAL_MEMBERSHIP);
    static const char *const groups[] = {"a", "b", "c"};
    for (size_t i = 0; i < COUNT_OF(groups); i++) {
        assert_int_equal(SP_redial_join(back, groups[i]), 0);
        expect_joined(back, groups[i]);
    }
    test_daemon_stop(&p.first);
    expect_gap(back, "a");
    assert_int_equal(SP_redial_join(back, "new"), 0);
    assert_int_equal(SP_redial_leave(back, "b"), 0);
    expect_gap(back, "c");
    for (int i = 0; i < 3; i++) {
        assert_in_range(receive(back, LATE_MS), 0, CLIENT_BODY);
        assert_int_equal(r.type, REG_MEMB_MESS | CAUSED_BY_JOIN);
        assert_string_not_equal(r.sender, "b");
    }
    assert_int_equal(receive(back, 0), SP_TIMED_OUT);
    SP_redial_close(back);
    test_daemon_stop(&p.second);
}

static void nobody_there_costs_the_time_and_no_more(void **state)
{
    (void)state;
    struct test_daemon d;
    test_daemon_start(&d, NULL);
    sp_redial *back = open_at(d.local, SP_REDIAL_RANDOM);
    test_daemon_stop(&d);
    expect_gap(back, "#me#d1");
    for (int ms = 0; ms < 300; ms += 100)
        assert_int_equal(receive(back, ms), SP_TIMED_OUT);
    assert_int_equal(SP_redial_mailbox(back), -1);
    SP_redial_close(back);
}

static void addresses_at_random_are_all_tried(void **state)
{
    (void)state;
    tls_front_skip(); /* Unix sockets */
    struct pair p;
    int second = 0, tries = 0;
    start_pair(&p);
    snprintf(p.addresses, sizeof p.addresses, "%s %s", p.first.local, p.second.local);
    for (int first = 0; (first == 0 || second == 0) && tries < 200; tries++) {
        struct sockaddr_storage a = {0};
        socklen_t len = sizeof a;
        sp_redial *back = open_at(p.addresses, SP_REDIAL_RANDOM);
        assert_int_equal(
            getpeername(SP_redial_mailbox(back), (struct sockaddr *)&a, &len), 0);
        *(strstr((char *)&a + sizeof a.ss_family, p.first.local) ? &first : &second) += 1;
        SP_redial_close(back);
    }
    assert_true(tries < 200);
    test_daemon_stop(&p.first);
    test_daemon_stop(&p.second);
}

static void what_is_wrong_is_said(void **state)
{
    (void)state;
    struct test_daemon d;
    sp_redial *back;
    char none[24];
    test_daemon_start(&d, NULL);
    assert_int_equal(SP_redial_open(&back, "", NULL, 0), ILLEGAL_SPREAD);
    assert_int_equal(SP_redial_open(&back, " , ", NULL, 0), ILLEGAL_SPREAD);
    assert_null(back);
    assert_int_equal(SP_redial_open(&back, d.local, "no#name", 0), REJECT_ILLEGAL_NAME);
    assert_int_equal(SP_redial_open(&back, d.local, NULL, 0), ACCEPT_SESSION);
    assert_int_equal(SP_redial_join(back, ""), ILLEGAL_GROUP);
    assert_int_equal(SP_redial_leave(back, "no group"), ILLEGAL_GROUP);
    SP_redial_close(back);
    SP_redial_close(NULL);
    strcpy(none, d.tcp);
    test_daemon_stop(&d);
    assert_int_equal(SP_redial_open(&back, none, NULL, 0), COULD_NOT_CONNECT);
}

static void refuse(int peer, void *data)
{
    uint8_t request[15];
    (void)data;
    fake_read_request(peer, request);
    fake_write(peer, "\xf7", 1);
}

static void who_is_not_let_in_again_is_told(void **state)
{
    (void)state;
    struct fake f;
    sp_redial *back;
    fake_open(&f, false);
    fake_run(&f, fake_accept, NULL);
    assert_int_equal(SP_redial_open(&back, f.address, "me", 0), ACCEPT_SESSION);
    fake_wait(&f);
    fake_run(&f, refuse, NULL); /* hangs up first */
    assert_int_equal(receive(back, LATE_MS), 0);
    assert_true(Is_self_leave(r.type));
    assert_int_equal(receive(back, LATE_MS), REJECT_AUTH);
    fake_wait(&f);
    SP_redial_close(back);
    fake_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_goes_on_at_the_next_daemon_with_its_groups),
        cmocka_unit_test(without_groups_its_private_group_tells_of_the_gap),
        cmocka_unit_test(what_is_joined_and_left_while_it_is_lost_counts_afterwards),
        cmocka_unit_test(nobody_there_costs_the_time_and_no_more),
        cmocka_unit_test(addresses_at_random_are_all_tried),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(who_is_not_let_in_again_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
