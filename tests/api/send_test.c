/* SPDX-License-Identifier: MIT
 *
 * Sending: what arrives, what is refused and with which code, and the bytes that go out.
 */
#include <string.h>
#include <sys/socket.h>

#include "include/sp.h"
#include "libspread/wire/frame.h"
#include "tests/support/client.h"
#include "tests/support/daemon.h"
#include "tests/support/fake.h"
#include "tests/support/test.h"

enum { NOBODY = 1000000 }; /* no mailbox */

static struct test_daemon daemon_1;
static mailbox m;
static struct received r;
static char filling[FRAME_PAYLOAD_OURS + 1];

static int open_mailbox(void **state)
{
    (void)state;
    m = client_connect(daemon_1.local, "a", NULL);
    client_join(m, "g");
    return 0;
}

static int close_mailbox(void **state)
{
    (void)state;
    assert_int_equal(SP_disconnect(m), 0);
    return 0;
}

static int start(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof filling; i++)
        filling[i] = (char)(i * 7);
    test_daemon_start(&daemon_1, NULL);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    test_daemon_stop(&daemon_1);
    return 0;
}

static void check_arrives(int type, int num_groups, int mess_type, int len, const char *body)
{
    assert_int_equal(client_receive(m, &r), len);
    assert_int_equal(r.type, type);
    assert_string_equal(r.sender, "#a#d1");
    assert_int_equal(r.num_groups, num_groups);
    assert_int_equal(r.mess_type, mess_type);
    assert_int_equal(r.endian_mismatch, 0);
    assert_memory_equal(r.body, body, (size_t)len);
}

/* -- what arrives -------------------------------------------------------------------------- */

static void every_service_mess_type_and_length_arrives(void **state)
{
    (void)state;
    static const int services[] = {UNRELIABLE_MESS, RELIABLE_MESS, FIFO_MESS,
                                   CAUSAL_MESS,     AGREED_MESS,   SAFE_MESS};
    static const int16_t types[] = {0, 1, -1, 32767, -32768, 0x1234};
    static const int lens[] = {0, 1, 100, 1432, 70000, FRAME_PAYLOAD_OURS - 32};
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(SP_multicast(m, services[i], "g", types[i], lens[i], filling), lens[i]);
        check_arrives(services[i], 1, types[i], lens[i], filling);
        assert_string_equal(r.groups[0], "g");
    }
}

static void a_group_name_is_cut_to_31_bytes(void **state)
{
    (void)state;
    static const char name[] = "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy";
    char cut[32] = {0};
    memcpy(cut, name, 31);
    client_join(m, cut);
    assert_int_equal(SP_multicast(m, AGREED_MESS, name, 0, 3, "cut"), 3);
    check_arrives(AGREED_MESS, 1, 0, 3, "cut");
    assert_string_equal(r.groups[0], cut);
    scatter s = {.num_elements = 1, .elements = {{filling, 5}}};
    assert_int_equal(SP_scat_multicast(m, AGREED_MESS, name, 0, &s), 5);
    check_arrives(AGREED_MESS, 1, 0, 5, filling);
    assert_string_equal(r.groups[0], cut);
}

static void lists_of_groups_arrive_as_given(void **state)
{
    (void)state;
    char groups[FRAME_GROUPS_MAX][MAX_GROUP_NAME] = {"nobody's", "g", "g", "#a#d1"};
    static const int counts[] = {2, 4, 43, 44, 100};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        const char(*list)[MAX_GROUP_NAME] = (const char(*)[MAX_GROUP_NAME])groups;
        int most = FRAME_PAYLOAD_OURS - counts[i] * MAX_GROUP_NAME;
        assert_int_equal(SP_multigroup_multicast(m, SAFE_MESS, counts[i], list, 9, most, filling),
                         most);
        check_arrives(SAFE_MESS, counts[i], 9, most, filling);
        assert_memory_equal(r.groups, groups, (size_t)counts[i] * MAX_GROUP_NAME);
        assert_int_equal(
            SP_multigroup_multicast(m, SAFE_MESS, counts[i], list, 9, most + 1, filling),
            MESSAGE_TOO_LONG);
    }
    assert_int_equal(SP_multigroup_multicast(m, SAFE_MESS, 0, NULL, 9, 1, "x"), 1);
}

static void a_scatter_is_joined_and_left_as_it_was(void **state)
{
    (void)state;
    scatter s = {
        .num_elements = 5,
        .elements = {
            {filling, 0}, {filling, 7}, {NULL, 0}, {filling + 7, 100000}, {filling + 100007, 1}}};
    scatter before = s;
    assert_int_equal(SP_scat_multicast(m, FIFO_MESS, "g", 1, &s), 100008);
    check_arrives(FIFO_MESS, 1, 1, 100008, filling);
    assert_memory_equal(&s, &before, sizeof s);
    s.num_elements = 0;
    assert_int_equal(SP_scat_multicast(m, FIFO_MESS, "g", 2, &s), 0);
    check_arrives(FIFO_MESS, 1, 2, 0, filling);

    char groups[2][MAX_GROUP_NAME] = {"g", "h"};
    s.num_elements = MAX_CLIENT_SCATTER_ELEMENTS;
    for (size_t i = 0; i < MAX_CLIENT_SCATTER_ELEMENTS; i++)
        s.elements[i] = (scat_element){filling + i, 1};
    assert_int_equal(
        SP_multigroup_scat_multicast(m, FIFO_MESS, 2, (const char(*)[MAX_GROUP_NAME])groups, 3, &s),
        MAX_CLIENT_SCATTER_ELEMENTS);
    check_arrives(FIFO_MESS, 2, 3, MAX_CLIENT_SCATTER_ELEMENTS, filling);
}

static void self_discard_and_private_groups_do_as_they_say(void **state)
{
    (void)state;
    assert_int_equal(SP_multicast(m, FIFO_MESS | SELF_DISCARD, "g", 0, 1, "x"), 1);
    assert_int_equal(SP_multicast(m, FIFO_MESS, "#a#d1", 0, 1, "y"), 1);
    check_arrives(FIFO_MESS, 1, 0, 1, "y");
}

/* -- what is refused ----------------------------------------------------------------------- */

static int multicast_len(mailbox to, service type, int len)
{
    return SP_multicast(to, type, "g", 0, len, filling);
}

static int multicast_groups(mailbox to, service type, int num_groups, int len)
{
    static const char groups[101][MAX_GROUP_NAME];
    return SP_multigroup_multicast(to, type, num_groups, groups, 0, len, filling);
}

static int multicast_elements(mailbox to, service type, size_t count, size_t len)
{
    scatter s = {.num_elements = count, .elements = {{filling, len}, {filling, len}}};
    return SP_scat_multicast(to, type, "g", 0, &s);
}

static void codes_come_in_the_order_of_the_checks(void **state)
{
    (void)state;
    const int none = SELF_DISCARD | 0x40000000, most = FRAME_PAYLOAD_OURS - 32;
    assert_int_equal(multicast_len(NOBODY, none, -1), ILLEGAL_SERVICE);
    assert_int_equal(multicast_groups(NOBODY, 0, 101, -1), ILLEGAL_SERVICE);
    assert_int_equal(multicast_elements(NOBODY, none, 101, 1), ILLEGAL_SERVICE);
    assert_int_equal(multicast_len(NOBODY, FIFO_MESS, -1), ILLEGAL_MESSAGE);
    assert_int_equal(multicast_groups(NOBODY, FIFO_MESS, 101, 0), ILLEGAL_MESSAGE);
    assert_int_equal(multicast_groups(NOBODY, FIFO_MESS, -1, 0), ILLEGAL_MESSAGE);
    assert_int_equal(multicast_elements(NOBODY, FIFO_MESS, 101, 1), ILLEGAL_MESSAGE);
    assert_int_equal(multicast_len(NOBODY, FIFO_MESS, most + 1), ILLEGAL_SESSION);
    assert_int_equal(multicast_len(m, FIFO_MESS, most + 1), MESSAGE_TOO_LONG);
    assert_int_equal(multicast_len(m, FIFO_MESS, INT32_MAX), MESSAGE_TOO_LONG);
    assert_int_equal(multicast_elements(m, FIFO_MESS, 2, 100000), MESSAGE_TOO_LONG);
    assert_int_equal(multicast_elements(m, FIFO_MESS, 2, SIZE_MAX), MESSAGE_TOO_LONG);
    assert_int_equal(multicast_elements(m, FIFO_MESS, 2, SIZE_MAX / 2 + 1), MESSAGE_TOO_LONG);
    /* Nothing was sent, and the mailbox is as good as ever. */
    assert_int_equal(multicast_len(m, FIFO_MESS, 4), 4);
    check_arrives(FIFO_MESS, 1, 0, 4, filling);
}

static void names_of_joins_and_leaves_are_checked_first(void **state)
{
    (void)state;
    static const char *const bad[] = {"",         "#x",  "a!b",
                                      "a\"b",     "a b", "\x7f",
                                      "\xc3\xa4", "a\n", "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(SP_join(m, bad[i]), ILLEGAL_GROUP);
        assert_int_equal(SP_leave(m, bad[i]), ILLEGAL_GROUP);
        assert_int_equal(SP_join(NOBODY, bad[i]), ILLEGAL_GROUP);
    }
    assert_int_equal(SP_join(NOBODY, "g"), ILLEGAL_SESSION);
    assert_int_equal(SP_leave(NOBODY, "g"), ILLEGAL_SESSION);
    client_join(m, "$~$~$~$~$~$~$~$~$~$~$~$~$~$~$~$");
}

static void joining_twice_and_leaving_what_one_is_not_in_succeeds(void **state)
{
    (void)state;
    assert_int_equal(SP_join(m, "g"), 0);
    assert_int_equal(SP_leave(m, "other"), 0);
    assert_int_equal(SP_leave(m, "g"), 0);
    client_receive(m, &r);
    assert_int_equal(r.type, CAUSED_BY_LEAVE);
    assert_string_equal(r.sender, "g");
}

static void what_the_daemon_refuses_closes_the_connection(void **state)
{
    (void)state;
    mailbox bad = client_connect(daemon_1.local, "bad", NULL);
    assert_int_equal(SP_multicast(bad, FIFO_MESS | SAFE_MESS, "g", 0, 1, "x"), 1);
    r.type = 0;
    assert_int_equal(client_receive_into(bad, &r, 1, 1), CONNECTION_CLOSED);
    assert_int_equal(SP_multicast(bad, FIFO_MESS, "g", 0, 1, "x"), NET_ERROR_ON_SESSION);
    assert_int_equal(multicast_len(bad, FIFO_MESS, FRAME_PAYLOAD_OURS), NET_ERROR_ON_SESSION);
    SP_kill(bad);
}

/* -- bytes --------------------------------------------------------------------------------- */

static void sending_to_a_daemon_that_has_gone_raises_no_signal(void **state)
{
    (void)state;
    for (int tcp = 0; tcp <= 1; tcp++) {
        struct fake f;
        fake_open(&f, tcp);
        mailbox to = fake_mailbox(&f);
        fake_hang_up(&f);
        int code;
        while ((code = SP_multicast(to, FIFO_MESS, "g", 0, 1, "x")) == 1)
            continue; /* TCP learns of it with the first that was sent in vain */
        assert_int_equal(code, CONNECTION_CLOSED);
        assert_int_equal(SP_join(to, "g"), NET_ERROR_ON_SESSION);
        assert_int_equal(SP_disconnect(to), 0);
        fake_close(&f);
    }
}

static void check_header(struct fake *f, uint32_t type, int num_groups, int mess_type, int len,
                         const char *group)
{
    uint8_t bytes[FRAME_HEADER + NAME_FIELD + 8], sender[NAME_FIELD] = "#me#fake";
    uint8_t field[NAME_FIELD] = {0};
    strcpy((char *)field, group);
    fake_read(f->peer, bytes, FRAME_HEADER + NAME_FIELD + (size_t)len);
    assert_int_equal(word_at(bytes), type | FRAME_MARK);
    assert_memory_equal(bytes + FRAME_SENDER_AT, sender, NAME_FIELD);
    assert_int_equal(word_at(bytes + FRAME_GROUPS_AT), num_groups);
    assert_int_equal(word_at(bytes + FRAME_HINT_AT), frame_hint((int16_t)mess_type));
    assert_int_equal(word_at(bytes + FRAME_LEN_AT), len);
    assert_memory_equal(bytes + FRAME_HEADER, field, NAME_FIELD);
}

/* Also that no bytes of memory leak out behind the names. */
static void requests_are_written_as_the_protocol_says(void **state)
{
    (void)state;
    struct fake f;
    fake_open(&f, false);
    mailbox to = fake_mailbox(&f);
    SP_join(to, "grp");
    check_header(&f, FRAME_JOIN, 1, 0, 0, "grp");
    SP_leave(to, "grp");
    check_header(&f, FRAME_LEAVE, 1, 0, 0, "grp");
    SP_multicast(to, RELIABLE_MESS, "grp", 0x1234, 5, "hello");
    check_header(&f, RELIABLE_MESS, 1, 0x1234, 5, "grp");
    SP_multicast(to, (service)(SAFE_MESS | ENDIAN_RESERVED | DROP_RECV), "grp", -1, 0, NULL);
    check_header(&f, SAFE_MESS | DROP_RECV, 1, -1, 0, "grp");
    SP_disconnect(to);
    check_header(&f, FRAME_KILL, 1, 0, 0, "#me#fake");
    char end;
    assert_int_equal(recv(f.peer, &end, 1, 0), 0);
    fake_close(&f);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, open_mailbox, close_mailbox)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(every_service_mess_type_and_length_arrives),
        STORY(a_group_name_is_cut_to_31_bytes),
        STORY(lists_of_groups_arrive_as_given),
        STORY(a_scatter_is_joined_and_left_as_it_was),
        STORY(self_discard_and_private_groups_do_as_they_say),
        STORY(codes_come_in_the_order_of_the_checks),
        STORY(names_of_joins_and_leaves_are_checked_first),
        STORY(joining_twice_and_leaving_what_one_is_not_in_succeeds),
        STORY(what_the_daemon_refuses_closes_the_connection),
        cmocka_unit_test(sending_to_a_daemon_that_has_gone_raises_no_signal),
        cmocka_unit_test(requests_are_written_as_the_protocol_says),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
