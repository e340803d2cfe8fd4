/* SPDX-License-Identifier: MIT
 *
 * The machine of the flush layer, told by hand what a daemon would tell it.
 */
#include "libspread/flush/flush.h"

#include <stdlib.h>

#include "tests/support/test.h"

/* Members are letters, b being us; views are numbers. */
static struct flush f;
static const struct name g = {"g"};

static struct name name_of(char letter)
{
    struct name n = {"#a#d1"};
    n.text[1] = letter;
    return n;
}

static struct group_view_id id_of(uint32_t number)
{
    return (struct group_view_id){1, 2, number};
}

static void set_up_machine(void)
{
    struct name me = name_of('b');
    flush_init(&f, &me);
}

static int set_up(void **state)
{
    (void)state;
    set_up_machine();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    flush_fini(&f);
    return 0;
}

/* -- what is told to it -------------------------------------------------------------------- */

static void put_names(uint8_t *to, const char *letters)
{
    for (; *letters; letters++, to += NAME_FIELD) {
        struct name n = name_of(*letters);
        memcpy(to, n.text, NAME_FIELD);
    }
}

/* A notice with one set, preceded by one of strangers if it is of the network. */
static bool notice(uint32_t cause, uint32_t number, const char *members, const char *set)
{
    uint8_t names[10 * NAME_FIELD], body[400] = {0}, *at = body + NOTICE_FIRST_SET;
    struct group_view_id id = id_of(number);
    bool network = cause == FRAME_BY_NETWORK;
    put_names(names, members);
    notice_put_id(body, &id);
    put_word(body + NOTICE_SETS_AT, network ? 2 : 1);
    put_word(body + NOTICE_OWN_AT, network ? 4 + NAME_FIELD : 0);
    if (network) {
        put_word(at, 1);
        put_names(at + 4, "z");
        at += 4 + NAME_FIELD;
    }
    put_word(at, (uint32_t)strlen(set));
    put_names(at + 4, set);
    at += 4 + strlen(set) * NAME_FIELD;
    return flush_on_notice(&f, FRAME_REGULAR | cause, &g, names, (uint32_t)strlen(members), body,
                           (size_t)(at - body));
}

static struct flush_item *marked(char sender, int16_t mark, const void *body, size_t len)
{
    struct flush_item *d = flush_item_new(1, len);
    assert_non_null(d);
    d->type = FRAME_FIFO;
    d->sender = name_of(sender);
    d->mess_type = mark;
    d->groups[0] = g;
    memcpy(d->body, body, len);
    return d;
}

static void hear(char sender, int16_t mark, uint32_t number)
{
    uint8_t body[MARK_ID_LEN];
    struct group_view_id id = id_of(number);
    notice_put_id(body, &id);
    assert_true(flush_on_marked(&f, marked(sender, mark, body, sizeof body)));
}

static void ok(const char *senders, uint32_t number)
{
    for (; *senders; senders++)
        hear(*senders, MARK_OK, number);
}

static void recv_of(const char *senders, uint32_t number)
{
    for (; *senders; senders++)
        hear(*senders, MARK_RECV, number);
}

/* Data of one byte that says that it was sent in a view. */
static void vulnerable(char sender, uint32_t number, char byte)
{
    uint8_t body[1 + MARKS_MAX] = {(uint8_t)byte};
    struct marks m = {.vulnerable = true, .mess_type = 7, .view = id_of(number)};
    size_t len = 1 + marks_put(body + 1, &m);
    assert_true(flush_on_marked(&f, marked(sender, MARK_DATA, body, len)));
}

static void transition(void)
{
    assert_true(flush_on_notice(&f, FRAME_TRANSITION, &g, NULL, 0, NULL, 0));
}

/* -- what it says -------------------------------------------------------------------------- */

static void expect_word(enum flush_word word, uint32_t number)
{
    assert_int_equal(f.news.word, word);
    assert_int_equal(f.news.id.index, number);
    f.news.word = SAY_NOTHING;
}

/* All news: F flush request, T transitional, D a byte of data; of views J, L, N and then their
 * members, and after a dash whom their bodies name; X: left. */
static const char *news(void)
{
    static char text[400];
    char *at = text;
    for (struct flush_item *d; (d = news_first(&f.news)); news_drop(&f.news)) {
        if (d->type == FLUSH_REQUEST)
            *at++ = 'F';
        else if (d->type == FRAME_TRANSITION)
            *at++ = 'T';
        else if (d->type == FRAME_BY_LEAVE)
            *at++ = 'X';
        else if (!(d->type & FRAME_REGULAR)) {
            *at++ = 'D';
            *at++ = (char)d->body[0];
            assert_int_equal(d->mess_type, 7);
            assert_int_equal(d->len, 1);
        } else {
            *at++ = d->type & FRAME_BY_JOIN ? 'J' : d->type & FRAME_BY_NETWORK ? 'N' : 'L';
            for (uint32_t i = 0; i < d->num_groups; i++)
                *at++ = d->groups[i].text[1];
            *at++ = '-';
            for (uint32_t i = 0; i < word_at(d->body + FLUSH_VIEW_COUNT_AT); i++)
                *at++ = (char)d->body[FLUSH_VIEW_NAMES_AT + i * NAME_FIELD + 1];
        }
        *at++ = ' ';
    }
    *at = '\0';
    assert_int_equal(f.news.count, 0);
    assert_int_equal(f.news.bytes, 0);
    return text;
}

static void expect_news(const char *wanted)
{
    assert_string_equal(news(), wanted);
}

/* We are in view 1 of those, who all have installed it. */
static void in_view(const char *members)
{
    assert_true(notice(FRAME_BY_JOIN, 1, members, "b"));
    expect_word(SAY_OK, 1);
    ok(members, 1);
    expect_word(SAY_RECV, 1);
    recv_of(members, 1);
    news();
}

static enum flush_answer may_send(uint32_t service, struct marks *m)
{
    m->subgroup = false;
    return flush_may_send(&f, service, &g, NULL, 0, m);
}

/* -- joining ------------------------------------------------------------------------------- */

static void test_who_joins_agrees_without_being_asked(void **state)
{
    struct marks m;
    (void)state;
    assert_int_equal(may_send(FRAME_FIFO, &m), FLUSH_NO_MEMBER);
    assert_true(notice(FRAME_BY_JOIN, 1, "ab", "b"));
    expect_word(SAY_OK, 1);
    expect_news("");
    assert_int_equal(flush_join(&f, &g), FLUSH_NOT_NOW);
    assert_int_equal(flush_leave(&f, &g), FLUSH_NO_MEMBER);
    ok("b", 1);
    assert_int_equal(may_send(FRAME_FIFO, &m), FLUSH_NO_MEMBER);
    ok("a", 1);
    expect_news("Jab-b ");
    expect_word(SAY_RECV, 1);
}

static void test_data_is_vulnerable_until_all_have_installed(void **state)
{
    struct marks m;
    (void)state;
    in_view("ab");
    assert_int_equal(may_send(FRAME_FIFO, &m), FLUSH_FINE);
    assert_false(m.vulnerable);
    assert_true(notice(FRAME_BY_JOIN, 2, "abc", "c"));
    assert_int_equal(may_send(FRAME_FIFO, &m), FLUSH_FINE);
    assert_true(m.vulnerable);
    assert_int_equal(m.view.index, 1);
    assert_int_equal(may_send(FRAME_AGREED, &m), FLUSH_FINE);
    assert_false(m.vulnerable);
    assert_int_equal(flush_flush(&f, &g), FLUSH_FINE);
    expect_word(SAY_OK, 2);
    assert_int_equal(may_send(FRAME_AGREED, &m), FLUSH_NOT_NOW);
    recv_of("a", 2); /* faster than the last agreement */
    ok("abc", 2);
    expect_word(SAY_RECV, 2);
    recv_of("bb", 2);
    assert_int_equal(may_send(FRAME_FIFO, &m), FLUSH_FINE);
    assert_true(m.vulnerable);
    recv_of("c", 2);
    assert_int_equal(may_send(FRAME_FIFO, &m), FLUSH_FINE);
    assert_false(m.vulnerable);
}

static void test_agreement_of_strangers_does_not_count(void **state)
{
    (void)state;
    assert_true(notice(FRAME_BY_JOIN, 1, "ab", "b"));
    expect_word(SAY_OK, 1);
    ok("bxbyb", 1);
    expect_news("");
    ok("a", 1);
    expect_news("Jab-b ");
    expect_word(SAY_RECV, 1);
}

static void test_agreement_may_come_before_its_notice(void **state)
{
    (void)state;
    in_view("ab");
    ok("a", 2);
    assert_true(notice(FRAME_BY_JOIN, 2, "abc", "c"));
    assert_int_equal(flush_flush(&f, &g), FLUSH_FINE);
    expect_word(SAY_OK, 2);
    news();
    ok("bc", 2);
    expect_news("Jabc-c ");
    expect_word(SAY_RECV, 2);
}

static void test_agreement_without_a_notice_is_forgotten_in_the_end(void **state)
{
    (void)state;
    in_view("ab");
    for (uint32_t i = 0; i < 3 * EARLY_MOST; i++)
        ok("a", 1000 + i);
    struct flush_group *group = flush_find(&f, &g);
    assert_int_equal(group->early.count, EARLY_MOST);
    for (uint32_t i = 0; i <= EARLY_AGE; i++)
        assert_true(notice(FRAME_BY_JOIN, 2 + i, "abc", "c"));
    assert_int_equal(group->early.count, 0);
}

/* -- losses -------------------------------------------------------------------------------- */

static void test_a_loss_is_told_once_in_each_view(void **state)
{
    (void)state;
    in_view("abc");
    transition();
    transition();
    expect_news("T ");
    assert_true(notice(FRAME_BY_NETWORK, 2, "ab", "ab"));
    expect_news("F ");
    assert_int_equal(flush_flush(&f, &g), FLUSH_FINE);
    expect_word(SAY_OK, 2);
    ok("ab", 2);
    expect_word(SAY_RECV, 2);
    expect_news("Nab-ab ");
    transition();
    expect_news("T ");
}

static void test_who_came_along_stands_in_the_order_of_the_old_view(void **state)
{
    (void)state;
    in_view("dbca");
    assert_true(notice(FRAME_BY_NETWORK, 2, "abd", "abd"));
    expect_news("F T ");
    assert_true(notice(FRAME_BY_NETWORK, 3, "abcd", "abd")); /* c comes back: no more of that view */
    assert_int_equal(flush_flush(&f, &g), FLUSH_FINE);
    expect_word(SAY_OK, 2);
    ok("abd", 2);
    expect_news("Nabd-dba F ");
    assert_int_equal(f.news.word, SAY_NOTHING); /* for another waits */
    assert_int_equal(flush_flush(&f, &g), FLUSH_FINE);
    expect_word(SAY_OK, 3);
    ok("abcd", 3);
    expect_news("Nabcd-abd ");
    expect_word(SAY_RECV, 3);
}

static void test_who_begins_in_the_middle_of_a_change_came_alone(void **state)
{
    (void)state;
    assert_true(notice(FRAME_BY_NETWORK, 1, "ab", "ab"));
    expect_word(SAY_OK, 1);
    ok("ab", 1);
    expect_news("Nab-b ");
    expect_word(SAY_RECV, 1);
}

static void test_a_membership_that_cannot_come_about_is_given_up(void **state)
{
    (void)state;
    in_view("ab");
    assert_true(notice(FRAME_BY_JOIN, 2, "abc", "c"));
    assert_true(notice(FRAME_BY_JOIN, 3, "abcd", "d"));
    expect_news("F ");
    ok("c", 3);                                        /* but not 2 */
    assert_true(notice(FRAME_BY_LEAVE, 4, "abd", "c"));
    assert_int_equal(flush_flush(&f, &g), FLUSH_FINE);
    expect_word(SAY_OK, 3);
    ok("abd", 3);
    expect_news("Nabcd-ab F T "); /* c is missed in it already */
    assert_int_equal(flush_flush(&f, &g), FLUSH_FINE);
    expect_word(SAY_OK, 4);
    ok("abd", 4);
    expect_news("Labd-c ");
    expect_word(SAY_RECV, 4);
}

static void test_who_has_flushed_agrees_to_what_comes_instead(void **state)
{
    (void)state;
    in_view("ab");
    assert_true(notice(FRAME_BY_JOIN, 2, "abc", "c"));
    assert_int_equal(flush_flush(&f, &g), FLUSH_FINE);
    expect_word(SAY_OK, 2);
    assert_true(notice(FRAME_BY_DISCONNECT, 3, "ab", "c"));
    expect_word(SAY_OK, 3); /* at once */
    assert_int_equal(flush_flush(&f, &g), FLUSH_NOT_NOW);
    ok("ab", 3);
    expect_news("F Nab-ab ");
    expect_word(SAY_RECV, 3);
}

/* -- data ---------------------------------------------------------------------------------- */

static void test_data_of_the_next_view_waits_for_it(void **state)
{
    (void)state;
    in_view("ab");
    assert_true(notice(FRAME_BY_JOIN, 2, "abc", "c"));
    vulnerable('a', 1, '1');
    assert_int_equal(flush_flush(&f, &g), FLUSH_FINE);
    expect_word(SAY_OK, 2);
    vulnerable('a', 2, '2');
    vulnerable('c', 2, '3');
    vulnerable('x', 2, '4');
    expect_news("F D1 ");
    ok("abc", 2);
    expect_news("Jabc-c D2 D3 ");
    vulnerable('c', 2, '5');
    expect_news("D5 ");
    f.news.word = SAY_NOTHING;
}

static void test_data_of_a_view_that_never_comes_is_dropped(void **state)
{
    (void)state;
    in_view("ab");
    assert_true(notice(FRAME_BY_JOIN, 2, "abc", "c"));
    assert_int_equal(flush_flush(&f, &g), FLUSH_FINE);
    expect_word(SAY_OK, 2);
    vulnerable('a', 2, '2');
    assert_true(notice(FRAME_BY_LEAVE, 3, "ab", "c"));
    expect_word(SAY_OK, 3);
    vulnerable('a', 2, '3');
    ok("ab", 3);
    expect_news("F Nab-ab ");
    f.news.word = SAY_NOTHING;
}

static void test_data_comes_from_those_in_the_view(void **state)
{
    struct name a = name_of('a'), b = name_of('b'), x = name_of('x');
    const struct name other = {"other"};
    (void)state;
    in_view("ab");
    assert_int_equal(flush_fate(&f, &g, &a), FLUSH_DELIVER);
    assert_int_equal(flush_fate(&f, &g, &x), FLUSH_DROP);
    assert_int_equal(flush_fate(&f, &other, &a), FLUSH_DROP);
    assert_int_equal(flush_fate(&f, &b, &x), FLUSH_DELIVER); /* to us alone */
    assert_true(notice(FRAME_BY_LEAVE, 2, "b", "a"));
    assert_int_equal(flush_fate(&f, &g, &a), FLUSH_DROP);
}

static void test_marks_of_the_other_byte_order_are_read(void **state)
{
    uint8_t body[1 + MARKS_MAX] = {'o'};
    struct marks m = {.vulnerable = true, .mess_type = 0x0700, .view = id_of(1)};
    (void)state;
    in_view("ab");
    m.view = (struct group_view_id){word_swap(1), word_swap(2), word_swap(1)};
    size_t len = 1 + marks_put(body + 1, &m);
    struct flush_item *d = marked('a', MARK_DATA, body, len);
    d->other_order = true;
    assert_true(flush_on_marked(&f, d));
    expect_news("Do ");
}

static void test_messages_with_too_short_a_body_are_dropped(void **state)
{
    uint8_t body[MARKS_MAX] = {0};
    (void)state;
    in_view("ab");
    for (size_t len = 0; len < MARK_ID_LEN; len++)
        assert_true(flush_on_marked(&f, marked('a', MARK_OK, body, len)));
    for (size_t len = 0; len < MARK_TYPE_LEN + MARK_ID_LEN; len++)
        assert_true(flush_on_marked(&f, marked('a', MARK_DATA, body, len)));
    expect_news("");
}

static void test_nonsense_of_the_daemon_is_noticed(void **state)
{
    uint8_t body[NOTICE_FIRST_SET + 4 + NAME_FIELD] = {0};
    (void)state;
    put_word(body + NOTICE_FIRST_SET, 2); /* of which there is room for one */
    for (size_t len = 0; len <= sizeof body; len++)
        assert_false(flush_on_notice(&f, FRAME_REGULAR | FRAME_BY_JOIN, &g, body, 1, body, len));
    put_word(body + NOTICE_OWN_AT, 0xfffffff0);
    assert_false(
        flush_on_notice(&f, FRAME_REGULAR | FRAME_BY_NETWORK, &g, body, 1, body, sizeof body));
}

/* -- leaving ------------------------------------------------------------------------------- */

static void test_who_leaves_knows_the_group_until_it_is_told(void **state)
{
    struct marks m;
    (void)state;
    in_view("ab");
    assert_int_equal(flush_leave(&f, &g), FLUSH_FINE);
    assert_int_equal(flush_leave(&f, &g), FLUSH_NO_MEMBER);
    assert_int_equal(may_send(FRAME_FIFO, &m), FLUSH_NO_MEMBER);
    assert_true(notice(FRAME_BY_JOIN, 2, "abc", "c"));
    expect_news("F ");
    assert_int_equal(flush_flush(&f, &g), FLUSH_NO_MEMBER);
    assert_int_equal(flush_join(&f, &g), FLUSH_NOT_NOW);
    assert_true(flush_on_notice(&f, FRAME_BY_LEAVE, &g, NULL, 0, NULL, 0));
    expect_news("X ");
    assert_int_equal(flush_join(&f, &g), FLUSH_FINE);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_who_joins_agrees_without_being_asked),
        T(test_data_is_vulnerable_until_all_have_installed),
        T(test_agreement_of_strangers_does_not_count),
        T(test_agreement_may_come_before_its_notice),
        T(test_agreement_without_a_notice_is_forgotten_in_the_end),
        T(test_a_loss_is_told_once_in_each_view),
        T(test_who_came_along_stands_in_the_order_of_the_old_view),
        T(test_who_begins_in_the_middle_of_a_change_came_alone),
        T(test_a_membership_that_cannot_come_about_is_given_up),
        T(test_who_has_flushed_agrees_to_what_comes_instead),
        T(test_data_of_the_next_view_waits_for_it),
        T(test_data_of_a_view_that_never_comes_is_dropped),
        T(test_data_comes_from_those_in_the_view),
        T(test_marks_of_the_other_byte_order_are_read),
        T(test_messages_with_too_short_a_body_are_dropped),
        T(test_nonsense_of_the_daemon_is_noticed),
        T(test_who_leaves_knows_the_group_until_it_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
