/* SPDX-License-Identifier: MIT
 *
 * From the first byte of a client to an open session, one step at a time: what each uses of the
 * bytes, what it answers, and where it leads.
 */
#include "tests/support/test.h"

#include "daemon/session/handshake.h"

struct door {
    struct session_table table;
    struct logins logins;
    struct auth_policy policy;
    struct auth_rule rules[1];
    struct auth_user user;
    struct session *s;
};

static const struct conf usual;

static int begin(void **state)
{
    struct door *d = memory_new(sizeof *d);
    struct peer peer = {.port = 7};
    assert_true(ip_parse(&peer.ip, "10.0.0.1"));
    table_init(&d->table, 1);
    logins_init(&d->logins);
    d->policy.allowed = AUTH_NULL;
    d->policy.passwords_in_clear = true;
    d->user = (struct auth_user){.name = "alice", .hash = "$6$alice"};
    d->policy.users = &d->user;
    d->policy.user_count = 1;
    d->s = session_new(&d->table.identities, &peer, NULL);
    table_add(&d->table, d->s, &usual, 0);
    *state = d;
    return 0;
}

static int end(void **state)
{
    struct door *d = *state;
    table_unname(&d->table, d->s);
    table_remove(&d->table, d->s);
    session_free(d->s);
    free(d);
    return 0;
}

/* The peer's address is let in. */
static void let_in(struct door *d)
{
    d->rules[0] = (struct auth_rule){.network = d->s->identity->ip, .prefix_len = 32};
    d->policy.rules = d->rules;
    d->policy.rule_count = 1;
}

static struct handshake handshake_of(struct door *d)
{
    return (struct handshake){&d->table, &d->logins, &d->policy, "d1", &usual};
}

static size_t step(struct door *d, const void *bytes, size_t len)
{
    struct handshake h = handshake_of(d);
    return handshake_step(&h, d->s, bytes, len);
}

static void say_hello(struct door *d, const char *name)
{
    uint8_t hello[HELLO_MAX];
    size_t len = hello_encode(hello, name, false, true);
    assert_int_equal(step(d, hello, len), len);
}

/* A client of 3.15 and one of 3.14, who know of no methods. */
static void say_old_hello(struct door *d, bool has_patch)
{
    if (has_patch)
        assert_int_equal(step(d, "\3\17\1\1\5alice", 10), 10);
    else
        assert_int_equal(step(d, "\3\16\1\5alice", 9), 9);
}

static size_t choose(struct door *d, const char *first, const char *second, const void *more,
                     size_t more_len)
{
    uint8_t bytes[AUTH_CHOICE + AUTH_PWORD_LEN] = {0};
    memcpy(bytes, first, strlen(first));
    memcpy(bytes + AUTH_NAME, second, strlen(second));
    memcpy(bytes + AUTH_CHOICE, more, more_len);
    return step(d, bytes, AUTH_CHOICE + more_len);
}

/* What the outbox has is this, and it is taken. */
static void expect(struct door *d, const void *bytes, size_t len)
{
    uint8_t all[256];
    size_t n = 0;
    struct iovec iov[8];
    int count = outbox_peek(&d->s->outbox, iov, 8);
    for (int i = 0; i < count; i++) {
        assert_true(n + iov[i].iov_len <= sizeof all);
        memcpy(all + n, iov[i].iov_base, iov[i].iov_len);
        n += iov[i].iov_len;
    }
    assert_int_equal(n, len);
    assert_memory_equal(all, bytes, len);
    outbox_written(&d->s->outbox, n);
}

static void expect_refused(struct door *d, uint8_t code, enum why why)
{
    expect(d, &code, 1);
    assert_int_equal(d->s->state, SESSION_REFUSED);
    assert_int_equal(d->s->end_why, why);
}

/* -- the connect request ------------------------------------------------------------------- */

static void a_request_that_is_not_all_here_uses_nothing(void **state)
{
    struct door *d = *state;
    uint8_t hello[HELLO_MAX];
    size_t len = hello_encode(hello, "alice", false, true);
    for (size_t i = 0; i < len; i++)
        assert_int_equal(step(d, hello, i), 0);
    assert_int_equal(d->s->state, SESSION_HELLO);
    expect(d, "", 0);
    assert_int_equal(step(d, hello, len), len);
    assert_int_equal(d->s->state, SESSION_CHOICE);
    assert_string_equal(d->s->private_group.text, "#alice#d1");
    assert_true(d->s->notices);
    expect(d, "\5NULL ", 6);
}

static void a_version_or_name_that_cannot_be_is_refused_with_its_code(void **state)
{
    struct door *d = *state;
    assert_int_equal(step(d, "\2\1\1\1\1x", 6), 6);
    expect_refused(d, 0xf9, HELLO_NO_VERSION);
    end(state);
    begin(state);
    d = *state;
    assert_int_equal(step(d, "\5\0\1\1\3a#b", 8), 8);
    expect_refused(d, 0xfb, HELLO_NO_NAME);
}

static void a_name_that_is_taken_is_refused_and_stays_whose_it_was(void **state)
{
    struct door *d = *state;
    struct peer peer = {.local = true};
    struct session *first = session_new(&d->table.identities, &peer, NULL);
    assert_true(table_name(&d->table, first, "alice"));
    say_hello(d, "alice");
    expect_refused(d, 0xfa, HELLO_NAME_TAKEN);
    struct name alice = name_private("alice", "d1");
    assert_ptr_equal(table_find_private(&d->table, &alice, "d1"), first);
    assert_string_equal(d->s->name, "");
    table_unname(&d->table, first);
    session_free(first);
}

static void who_has_no_name_is_given_one(void **state)
{
    struct door *d = *state;
    say_hello(d, "");
    assert_int_equal(d->s->state, SESSION_CHOICE);
    assert_int_equal(d->s->name[0], 'r');
    assert_ptr_equal(table_find_private(&d->table, &d->s->private_group, "d1"), d->s);
}

static void without_a_method_to_offer_nobody_comes_in(void **state)
{
    struct door *d = *state;
    d->policy.allowed = 0;
    say_hello(d, "alice");
    expect(d, "\0\xf7", 2);
    assert_int_equal(d->s->state, SESSION_REFUSED);
    assert_int_equal(d->s->end_why, HELLO_METHODS_NONE);
}

/* -- old clients --------------------------------------------------------------------------- */

static void an_old_client_comes_in_at_once_and_gets_as_many_bytes_as_it_knows(void **state)
{
    struct door *d = *state;
    say_old_hello(d, true);
    assert_int_equal(d->s->state, SESSION_OPEN);
    expect(d, "\1\5\0\1\x09#alice#d1", 14);
    end(state);
    begin(state);
    d = *state;
    say_old_hello(d, false);
    assert_int_equal(d->s->state, SESSION_OPEN);
    expect(d, "\1\5\0\x09#alice#d1", 13);
}

static void an_old_client_is_judged_by_its_address_where_that_is_a_method(void **state)
{
    struct door *d = *state;
    d->policy.allowed = AUTH_NULL | AUTH_IP;
    say_old_hello(d, true);
    expect_refused(d, 0xf7, HELLO_NO_OLD_AUTH);
    end(state);
    begin(state);
    d = *state;
    d->policy.allowed = AUTH_NULL | AUTH_IP;
    let_in(d);
    say_old_hello(d, true);
    assert_int_equal(d->s->state, SESSION_OPEN);
}

static void an_old_client_is_asked_what_is_required_of_all(void **state)
{
    struct door *d = *state;
    d->policy.required = AUTH_IP;
    say_old_hello(d, false);
    expect_refused(d, 0xf7, HELLO_NO_OLD_AUTH);
    end(state);
    begin(state);
    d = *state;
    d->policy.required = AUTH_PWORD;
    say_old_hello(d, true);
    expect_refused(d, 0xf7, HELLO_NO_OLD_AUTH);
}

static void an_old_client_cannot_say_a_password(void **state)
{
    struct door *d = *state;
    d->policy.allowed = AUTH_PWORD;
    say_old_hello(d, true);
    expect_refused(d, 0xf7, HELLO_NO_OLD_AUTH);
}

/* -- choice and methods -------------------------------------------------------------------- */

static void a_choice_that_is_not_all_here_uses_nothing(void **state)
{
    struct door *d = *state;
    uint8_t choice[AUTH_CHOICE] = "NULL";
    say_hello(d, "alice");
    for (size_t i = 0; i < sizeof choice; i++)
        assert_int_equal(step(d, choice, i), 0);
    assert_int_equal(d->s->state, SESSION_CHOICE);
    assert_int_equal(step(d, choice, sizeof choice), sizeof choice);
    assert_int_equal(d->s->state, SESSION_OPEN);
    expect(d, "\5NULL \1\5\0\1\x09#alice#d1", 20);
}

static void a_method_that_is_not_offered_is_refused(void **state)
{
    struct door *d = *state;
    say_hello(d, "alice");
    expect(d, "\5NULL ", 6);
    assert_int_equal(choose(d, "IP", "", "", 0), AUTH_CHOICE);
    expect_refused(d, 0xf7, HELLO_NO_METHOD);
}

static void required_methods_run_though_nobody_chose_them(void **state)
{
    struct door *d = *state;
    d->policy.required = AUTH_IP;
    say_hello(d, "alice");
    expect(d, "\5NULL ", 6);
    assert_int_equal(choose(d, "NULL", "", "", 0), AUTH_CHOICE);
    expect_refused(d, 0xf7, HELLO_NO_AUTH);
    end(state);
    begin(state);
    d = *state;
    d->policy.required = AUTH_IP;
    let_in(d);
    say_hello(d, "alice");
    choose(d, "NULL", "", "", 0);
    assert_int_equal(d->s->state, SESSION_OPEN);
}

/* Its password has been checked, whatever it is. */
static void settle(struct door *d, bool passed)
{
    struct handshake h = handshake_of(d);
    assert_true(logins_wait(&d->logins));
    logins_drop(d->s);
    assert_false(logins_wait(&d->logins));
    d->s->password = auth_mark(d->user.hash);
    identities_add_name(&d->s->identity, KNOWN_USER, d->user.name);
    handshake_on_login(&h, d->s, passed ? WHY_NONE : HELLO_NO_AUTH);
}

static void a_password_is_awaited_judged_and_answered(void **state)
{
    static const uint8_t credentials[AUTH_PWORD_LEN] = "alice";
    struct door *d = *state;
    d->policy.allowed = AUTH_PWORD;
    say_hello(d, "alice");
    expect(d, "\6PWORD ", 7);
    assert_int_equal(choose(d, "PWORD", "", "", 0), AUTH_CHOICE);
    assert_int_equal(d->s->state, SESSION_METHOD);
    for (size_t i = 0; i < AUTH_PWORD_LEN; i++)
        assert_int_equal(step(d, credentials, i), 0);
    assert_int_equal(step(d, credentials, AUTH_PWORD_LEN), AUTH_PWORD_LEN);
    assert_int_equal(step(d, credentials, AUTH_PWORD_LEN), 0); /* not before the first is judged */
    expect(d, "", 0);
    settle(d, false);
    expect(d, "\0\xf7", 2);
    assert_int_equal(d->s->state, SESSION_REFUSED);
    assert_int_equal(d->s->end_why, HELLO_NO_AUTH);
}

static void a_password_in_clear_is_not_let_come(void **state)
{
    static const uint8_t credentials[AUTH_PWORD_LEN] = "alice";
    struct door *d = *state;
    d->policy.passwords_in_clear = false;
    d->policy.allowed = AUTH_PWORD;
    say_hello(d, "alice");
    expect(d, "\0\xf7", 2);
    assert_int_equal(d->s->end_why, HELLO_IN_CLEAR);
    end(state);
    begin(state);
    d = *state;
    d->policy.passwords_in_clear = false;
    d->policy.allowed = AUTH_NULL | AUTH_PWORD;
    say_hello(d, "alice"); /* who sends one nevertheless is refused before it is looked at */
    expect(d, "\5NULL ", 6);
    assert_int_equal(choose(d, "PWORD", "", credentials, AUTH_PWORD_LEN), AUTH_CHOICE);
    expect_refused(d, 0xf7, HELLO_NO_METHOD);
}

/* So that nobody learns from where it ends which of two was wrong. */
static void all_methods_run_though_the_first_has_said_no(void **state)
{
    static const uint8_t credentials[AUTH_PWORD_LEN] = "alice";
    struct door *d = *state;
    d->policy.allowed = AUTH_IP | AUTH_PWORD;
    say_hello(d, "alice");
    expect(d, "\x09IP PWORD ", 10);
    assert_int_equal(choose(d, "IP", "PWORD", credentials, 10), AUTH_CHOICE);
    assert_int_equal(d->s->state, SESSION_METHOD);
    expect(d, "", 0);
    assert_int_equal(step(d, credentials, AUTH_PWORD_LEN), AUTH_PWORD_LEN);
    settle(d, true);
    expect(d, "\1\xf7", 2);
}

static void each_password_that_was_named_is_awaited_in_turn(void **state)
{
    static const uint8_t credentials[AUTH_PWORD_LEN] = "alice";
    struct door *d = *state;
    d->policy.allowed = AUTH_PWORD;
    say_hello(d, "alice");
    expect(d, "\6PWORD ", 7);
    choose(d, "PWORD", "PWORD", credentials, sizeof credentials);
    settle(d, true);
    expect(d, "\1", 1);
    assert_int_equal(d->s->state, SESSION_METHOD);
    assert_int_equal(step(d, credentials, AUTH_PWORD_LEN), AUTH_PWORD_LEN);
    settle(d, true);
    expect(d, "\1\1\5\0\1\x09#alice#d1", 15);
    assert_int_equal(d->s->state, SESSION_OPEN);
}

static void a_session_that_is_open_or_refused_takes_no_step(void **state)
{
    struct door *d = *state;
    say_old_hello(d, true);
    expect(d, "\1\5\0\1\x09#alice#d1", 14);
    assert_int_equal(step(d, "\5\0\1\1\1x", 6), 0);
    assert_int_equal(d->s->state, SESSION_OPEN);
    expect(d, "", 0);
}

static void who_finds_no_place_is_told_by_a_code_of_its_own(void **state)
{
    (void)state;
    assert_int_equal(handshake_quota_byte(), 0xfd);
}

#define AT_DOOR(test) cmocka_unit_test_setup_teardown(test, begin, end)

static void who_must_bring_tls_and_does_not_is_known(void **state)
{
    (void)state;
    static const struct {
        enum conf_tls_require require;
        bool local, secured;
        const char *certificate;
        enum why why;
    } table[] = {
        {CONF_TLS_NO, false, false, "", WHY_NONE},
        {CONF_TLS_YES, false, false, "", HELLO_NO_TLS},
        {CONF_TLS_YES, true, false, "", WHY_NONE},
        {CONF_TLS_YES, false, true, "", WHY_NONE},
        {CONF_TLS_CERTIFICATE, false, false, "", HELLO_NO_TLS},
        {CONF_TLS_CERTIFICATE, false, true, "", HELLO_NO_CERTIFICATE},
        {CONF_TLS_CERTIFICATE, false, true, "alice", WHY_NONE},
        {CONF_TLS_CERTIFICATE, true, false, "", WHY_NONE},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct identity who = {0};
        struct session s = {.identity = &who, .local = table[i].local, .tls = table[i].secured};
        struct auth_policy policy = {.tls_require = table[i].require};
        identity_add_name(&who, KNOWN_CERT, table[i].certificate);
        assert_int_equal(handshake_lacks(&s, &policy), table[i].why);
        identity_fini(&who);
    }
}

static void a_plain_client_is_refused_where_tls_is_required(void **state)
{
    struct door *d = *state;
    d->policy.tls_require = CONF_TLS_YES;
    say_hello(d, "alice");
    expect_refused(d, 0xf7, HELLO_NO_TLS);
    assert_null(table_find(&d->table, "alice"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        AT_DOOR(a_request_that_is_not_all_here_uses_nothing),
        AT_DOOR(a_version_or_name_that_cannot_be_is_refused_with_its_code),
        AT_DOOR(a_name_that_is_taken_is_refused_and_stays_whose_it_was),
        AT_DOOR(who_has_no_name_is_given_one),
        AT_DOOR(without_a_method_to_offer_nobody_comes_in),
        AT_DOOR(an_old_client_comes_in_at_once_and_gets_as_many_bytes_as_it_knows),
        AT_DOOR(an_old_client_is_judged_by_its_address_where_that_is_a_method),
        AT_DOOR(an_old_client_is_asked_what_is_required_of_all),
        AT_DOOR(an_old_client_cannot_say_a_password),
        AT_DOOR(a_choice_that_is_not_all_here_uses_nothing),
        AT_DOOR(a_method_that_is_not_offered_is_refused),
        AT_DOOR(required_methods_run_though_nobody_chose_them),
        AT_DOOR(a_password_is_awaited_judged_and_answered),
        AT_DOOR(a_password_in_clear_is_not_let_come),
        AT_DOOR(all_methods_run_though_the_first_has_said_no),
        AT_DOOR(each_password_that_was_named_is_awaited_in_turn),
        AT_DOOR(a_session_that_is_open_or_refused_takes_no_step),
        cmocka_unit_test(who_must_bring_tls_and_does_not_is_known),
        AT_DOOR(a_plain_client_is_refused_where_tls_is_required),
        cmocka_unit_test(who_finds_no_place_is_told_by_a_code_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
