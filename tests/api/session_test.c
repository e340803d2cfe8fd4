/* SPDX-License-Identifier: MIT
 *
 * Mailboxes: which numbers are some, names and priorities, leaving, SP_poll, versions.
 */
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "include/sp.h"
#include "tests/support/client.h"
#include "tests/support/daemon.h"
#include "tests/support/fake.h"
#include "tests/support/test.h"

static struct test_daemon daemon_1;
static struct received r;

static int start(void **state)
{
    (void)state;
    test_daemon_start(&daemon_1, NULL);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    test_daemon_stop(&daemon_1);
    return 0;
}

/* Every call that takes a mailbox says that this is none. */
static void check_no_mailbox(mailbox m)
{
    scatter s = {.num_elements = 0};
    char groups[1][MAX_GROUP_NAME] = {"g"};
    const char(*list)[MAX_GROUP_NAME] = (const char(*)[MAX_GROUP_NAME])groups;
    r.type = 0;
    assert_int_equal(client_receive_into(m, &r, 1, 1), ILLEGAL_SESSION);
    assert_int_equal(SP_scat_receive(m, &r.type, r.sender, 1, &r.num_groups, r.groups, &r.mess_type,
                                     &r.endian_mismatch, &s),
                     ILLEGAL_SESSION);
    assert_int_equal(SP_multicast(m, FIFO_MESS, "g", 0, 1, "x"), ILLEGAL_SESSION);
    assert_int_equal(SP_scat_multicast(m, FIFO_MESS, "g", 0, &s), ILLEGAL_SESSION);
    assert_int_equal(SP_multigroup_multicast(m, FIFO_MESS, 1, list, 0, 1, "x"), ILLEGAL_SESSION);
    assert_int_equal(SP_multigroup_scat_multicast(m, FIFO_MESS, 1, list, 0, &s), ILLEGAL_SESSION);
    assert_int_equal(SP_join(m, "g"), ILLEGAL_SESSION);
    assert_int_equal(SP_leave(m, "g"), ILLEGAL_SESSION);
    assert_int_equal(SP_poll(m), ILLEGAL_SESSION);
    assert_int_equal(SP_disconnect(m), ILLEGAL_SESSION);
    SP_kill(m);
}

static void check_strangers(void)
{
    static const mailbox numbers[] = {0, 1, -1, -2, INT_MIN, INT_MAX, 63, 64, 1023, 1024, 99999};
    int file = open("/dev/null", O_RDONLY);
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        check_no_mailbox(numbers[i]);
    check_no_mailbox(file);
    assert_true(fcntl(0, F_GETFD) >= 0); /* none of them was closed */
    assert_true(fcntl(file, F_GETFD) >= 0);
    close(file);
}

static void before_the_first_connect_nothing_is_a_mailbox(void **state)
{
    (void)state;
    check_strangers();
}

static void other_descriptors_and_numbers_are_no_mailboxes(void **state)
{
    (void)state;
    mailbox m = client_connect(daemon_1.local, NULL, NULL);
    check_strangers();
    assert_int_equal(SP_poll(m), 0);
    SP_kill(m);
}

static void a_mailbox_that_was_left_is_none(void **state)
{
    (void)state;
    mailbox a = client_connect(daemon_1.local, NULL, NULL);
    mailbox b = client_connect(daemon_1.tcp, NULL, NULL);
    assert_int_equal(SP_disconnect(a), 0);
    SP_kill(b);
    check_no_mailbox(a);
    check_no_mailbox(b);
    int file = open("/dev/null", O_RDONLY); /* the number may be anything's now */
    check_no_mailbox(a);
    close(file);
}

static void a_descriptor_closed_by_hand_does_no_lasting_harm(void **state)
{
    (void)state;
    mailbox a = client_connect(daemon_1.local, NULL, NULL);
    close(a);
    mailbox b = client_connect(daemon_1.local, NULL, NULL);
    assert_int_equal(a, b);
    client_join(b, "g");
    assert_int_equal(SP_disconnect(b), 0);
    check_no_mailbox(b);
}

/* -- names --------------------------------------------------------------------------------- */

static int try_name(const char *name)
{
    mailbox m;
    char group[MAX_GROUP_NAME];
    int code = SP_connect(daemon_1.local, name, 0, 1, &m, group);
    if (code == ACCEPT_SESSION)
        SP_kill(m);
    return code;
}

static void names_are_cut_checked_and_unique(void **state)
{
    (void)state;
    char group[MAX_GROUP_NAME];
    mailbox m = client_connect(daemon_1.local, "abcdefghij", group);
    assert_string_equal(group, "#abcdefghij#d1");
    assert_int_equal(try_name("abcdefghijk"), REJECT_NOT_UNIQUE);
    assert_int_equal(try_name("abcdefghij"), REJECT_NOT_UNIQUE);
    assert_int_equal(try_name("a\"b"), REJECT_ILLEGAL_NAME);
    assert_int_equal(try_name("a!b"), REJECT_ILLEGAL_NAME);
    assert_int_equal(try_name("a b"), REJECT_ILLEGAL_NAME);
    assert_int_equal(try_name("a~b"), ACCEPT_SESSION);
    assert_int_equal(try_name("$"), ACCEPT_SESSION);
    SP_kill(m);
}

static void the_daemon_invents_a_name_for_who_gives_none(void **state)
{
    (void)state;
    char one[MAX_GROUP_NAME], other[MAX_GROUP_NAME];
    mailbox a = client_connect(daemon_1.local, NULL, one);
    mailbox b = client_connect(daemon_1.tcp, "", other);
    assert_true(one[0] == '#' && strlen(one) > 4 && strcmp(one + strlen(one) - 3, "#d1") == 0);
    assert_string_not_equal(one, other);
    SP_kill(a);
    SP_kill(b);
}

static void any_priority_connects(void **state)
{
    (void)state;
    for (int priority = -1; priority <= 3; priority++) {
        mailbox m;
        char group[MAX_GROUP_NAME];
        assert_int_equal(SP_connect(daemon_1.local, NULL, priority, 0, &m, group), ACCEPT_SESSION);
        SP_kill(m);
    }
}

static void without_membership_no_notice_comes(void **state)
{
    (void)state;
    mailbox m;
    char group[MAX_GROUP_NAME];
    assert_int_equal(SP_connect(daemon_1.local, NULL, 0, 0, &m, group), ACCEPT_SESSION);
    assert_int_equal(SP_join(m, "g"), 0);
    assert_int_equal(SP_multicast(m, FIFO_MESS, "g", 0, 1, "x"), 1);
    assert_int_equal(client_receive(m, &r), 1);
    assert_int_equal(r.type, FIFO_MESS);
    SP_kill(m);
}

/* -- leaving ------------------------------------------------------------------------------- */

static void others_learn_of_a_disconnect_and_of_a_kill(void **state)
{
    (void)state;
    mailbox watcher = client_connect(daemon_1.local, "w", NULL);
    client_join(watcher, "g");
    for (int tcp = 0; tcp <= 1; tcp++)
        for (int how = 0; how <= 1; how++) {
            mailbox m = client_connect(tcp ? daemon_1.tcp : daemon_1.local, "m", NULL);
            client_join(m, "g");
            client_receive(watcher, &r);
            if (how)
                assert_int_equal(SP_disconnect(m), 0);
            else
                SP_kill(m);
            client_receive(watcher, &r);
            assert_int_equal(r.type, REG_MEMB_MESS | CAUSED_BY_DISCONNECT);
        }
    SP_kill(watcher);
}

/* Its own messages come back to a sender that does not read them; closing over them must not cost
 * those the daemon has not read. */
static void all_that_was_sent_before_a_disconnect_arrives(void **state)
{
    (void)state;
    enum { COUNT = 500, LEN = 1000 };
    static char body[LEN];
    mailbox reader = client_connect(daemon_1.local, "reader", NULL);
    client_join(reader, "g");
    for (int tcp = 0; tcp <= 1; tcp++) {
        mailbox m = client_connect(tcp ? daemon_1.tcp : daemon_1.local, "m", NULL);
        assert_int_equal(SP_join(m, "g"), 0);
        client_receive(reader, &r);
        for (int i = 0; i < COUNT; i++)
            assert_int_equal(SP_multicast(m, FIFO_MESS, "g", (int16)i, LEN, body), LEN);
        assert_int_equal(SP_disconnect(m), 0);
        for (int i = 0; i < COUNT; i++) {
            assert_int_equal(client_receive(reader, &r), LEN);
            assert_int_equal(r.mess_type, i);
        }
        client_receive(reader, &r);
        assert_int_equal(r.type, REG_MEMB_MESS | CAUSED_BY_DISCONNECT);
    }
    SP_kill(reader);
}

static void a_disconnect_from_a_daemon_that_hears_nothing_ends(void **state)
{
    (void)state;
    for (int tcp = 0; tcp <= 1; tcp++) {
        struct fake f;
        fake_open(&f, tcp);
        mailbox m = fake_mailbox(&f);
        assert_int_equal(SP_multicast(m, FIFO_MESS, "g", 0, 1, "x"), 1);
        assert_int_equal(SP_disconnect(m), 0);
        fake_close(&f);
    }
}

/* -- other --------------------------------------------------------------------------------- */

static void poll_counts_bytes_to_the_last(void **state)
{
    (void)state;
    struct fake f;
    fake_open(&f, false);
    mailbox m = fake_mailbox(&f);
    assert_int_equal(SP_poll(m), 0);
    for (int i = 0; i < 10; i++)
        fake_send(&f, &(struct fake_frame){.type = FIFO_MESS, .num_groups = 1, .len = i});
    int total = 10 * 80 + 45;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(SP_poll(m), total);
        assert_int_equal(client_receive(m, &r), i);
        total -= 80 + i;
    }
    fake_write(f.peer, "\001", 1);
    assert_int_equal(SP_poll(m), 1);
    fake_hang_up(&f);
    assert_int_equal(SP_poll(m), 1);
    SP_kill(m);
    fake_close(&f);
}

static void a_non_blocking_descriptor_works_all_the_same(void **state)
{
    (void)state;
    static char large[140000];
    for (int tcp = 0; tcp <= 1; tcp++) {
        mailbox m = client_connect(tcp ? daemon_1.tcp : daemon_1.local, NULL, NULL);
        fcntl(m, F_SETFL, fcntl(m, F_GETFL) | O_NONBLOCK);
        client_join(m, "g");
        for (int i = 0; i < 20; i++)
            assert_int_equal(SP_multicast(m, FIFO_MESS, "g", (int16)i, sizeof large, large),
                             sizeof large);
        for (int i = 0; i < 20; i++) {
            assert_int_equal(client_receive(m, &r), sizeof large);
            assert_int_equal(r.mess_type, i);
        }
        assert_int_equal(SP_disconnect(m), 0);
    }
}

/* Of SIGPIPE: sigpipe_test.c. */
static void the_process_keeps_its_other_signal_dispositions(void **state)
{
    (void)state;
    struct sigaction before[SIGSYS + 1], after;
    for (int i = 1; i <= SIGSYS; i++)
        assert_int_equal(sigaction(i, NULL, &before[i]), 0);
    mailbox m = client_connect(daemon_1.local, NULL, NULL);
    client_join(m, "g");
    SP_kill(m);
    for (int i = 1; i <= SIGSYS; i++) {
        assert_int_equal(sigaction(i, NULL, &after), 0);
        assert_true(i == SIGPIPE || after.sa_handler == before[i].sa_handler);
    }
}

int SP_query_groups(void);
int SP_query_members(void);

static void versions_and_leftovers_are_those_of_5_0_1(void **state)
{
    (void)state;
    int major = 7, minor = 7, patch = 7;
    assert_int_equal(SP_version(NULL, &minor, &patch), 0);
    assert_int_equal(SP_version(&major, NULL, &patch), 0);
    assert_int_equal(SP_version(&major, &minor, NULL), 0);
    assert_true(major == 7 && minor == 7 && patch == 7);
    assert_int_equal(SP_version(&major, &minor, &patch), 1);
    assert_true(major == 5 && minor == 0 && patch == 1);
    assert_int_equal(SP_query_groups(), -1);
    assert_int_equal(SP_query_members(), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_the_first_connect_nothing_is_a_mailbox),
        cmocka_unit_test(other_descriptors_and_numbers_are_no_mailboxes),
        cmocka_unit_test(a_mailbox_that_was_left_is_none),
        cmocka_unit_test(a_descriptor_closed_by_hand_does_no_lasting_harm),
        cmocka_unit_test(names_are_cut_checked_and_unique),
        cmocka_unit_test(the_daemon_invents_a_name_for_who_gives_none),
        cmocka_unit_test(any_priority_connects),
        cmocka_unit_test(without_membership_no_notice_comes),
        cmocka_unit_test(others_learn_of_a_disconnect_and_of_a_kill),
        cmocka_unit_test(all_that_was_sent_before_a_disconnect_arrives),
        cmocka_unit_test(a_disconnect_from_a_daemon_that_hears_nothing_ends),
        cmocka_unit_test(poll_counts_bytes_to_the_last),
        cmocka_unit_test(a_non_blocking_descriptor_works_all_the_same),
        cmocka_unit_test(the_process_keeps_its_other_signal_dispositions),
        cmocka_unit_test(versions_and_leftovers_are_those_of_5_0_1),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
