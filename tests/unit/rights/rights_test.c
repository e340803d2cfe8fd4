/* SPDX-License-Identifier: MIT
 *
 * The policy file: what each of its lines allows and to whom, that all else is denied, and what is said of
 * a file that cannot be understood.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/rights/rights.h"
#include "tests/support/test.h"

struct said {
    int line, column, count;
    char message[256];
};

static void keep(void *context, const struct conf_finding *f)
{
    struct said *said = context;
    said->count++;
    said->line = f->line;
    said->column = f->column;
    snprintf(said->message, sizeof said->message, "%s", f->message);
}

static bool account(bool group, const char *name, uint32_t *id)
{
    *id = group ? 50 : 1000;
    return strcmp(name, group ? "staff" : "alice") == 0;
}

static struct rights *read_rights(const char *text, struct said *said)
{
    *said = (struct said){0};
    struct conf_source source = {.file = "policy", .text = text, .len = strlen(text), .report = keep,
                                 .report_context = said};
    return rights_parse(&source, account);
}

static const char policy[] = "# a remark\n"
                             "allow any {\n"
                             "    connect web* guest\n"
                             "    join lobby\n"
                             "}\n"
                             "allow user ann or uid alice or gid staff { send chat-* news private * }\n"
                             "allow user bob* {\n"
                             "    private srv \"x?#d1\"\n"
                             "    see \"send\" D 42 10.0.0.1 on\n"
                             "}\n"
                             "allow ip 10.1.0.0/16 or ip 192.168.1.7 or ip fd00::/8 { join far }\n"
                             "allow cert *.example.com { see * }\n"
                             "allow uid 0 { }\n"
                             "allow user * { join members }\n"
                             "allow cert * { join machines }\n";

enum { NULLO, ANN, BOB, BOBBY, ALICE, STAFF, ROOT, TEN, SEVEN, EIGHT, SIX, WEB1, WEB2, WHO };

static struct identity identities[WHO];

static void make_identities(void)
{
    static const uint32_t staff[] = {7, 50};
    struct ip ip;
    static const struct {
        int who;
        const char *ip;
    } ips[] = {{TEN, "10.1.255.1"}, {SEVEN, "192.168.1.7"}, {EIGHT, "192.168.1.8"}, {SIX, "fd12::1"}};
    identity_add_name(&identities[ANN], KNOWN_USER, "ann");
    identity_add_name(&identities[BOB], KNOWN_USER, "bob");
    identity_add_name(&identities[BOBBY], KNOWN_USER, "bobby");
    identity_add_uid(&identities[ALICE], 1000, NULL, 0);
    identity_add_uid(&identities[STAFF], 3, staff, 2);
    identity_add_uid(&identities[ROOT], 0, NULL, 0);
    for (size_t i = 0; i < COUNT_OF(ips); i++) {
        assert_true(ip_parse(&ip, ips[i].ip));
        identity_add_ip(&identities[ips[i].who], &ip);
    }
    identity_add_name(&identities[WEB1], KNOWN_CERT, "web1.example.com");
    identity_add_name(&identities[WEB2], KNOWN_CERT, "example.com");
}

/* line: which allows it; 0: none. */
static const struct {
    int who;
    enum right right;
    const char *name;
    int line;
} table[] = {
    {NULLO, MAY_CONNECT, "web1", 3},
    {NULLO, MAY_CONNECT, "web", 3},
    {NULLO, MAY_CONNECT, "guest", 3},
    {NULLO, MAY_CONNECT, "guests", 0},
    {NULLO, MAY_CONNECT, "", 0},
    {NULLO, MAY_JOIN, "lobby", 4},
    {NULLO, MAY_JOIN, "Lobby", 0},
    {NULLO, MAY_JOIN, "guest", 0}, /* a right of its own */
    {NULLO, MAY_SEND, "lobby", 0},
    {NULLO, MAY_SEE, "lobby", 0},
    {NULLO, MAY_PRIVATE, "#bob#d1", 0},
    {NULLO, MAY_JOIN, "far", 0},
    {ANN, MAY_JOIN, "lobby", 4},
    {ANN, MAY_SEND, "chat-1", 6},
    {ANN, MAY_SEND, "chat-", 6},
    {ANN, MAY_SEND, "chat", 0},
    {ANN, MAY_SEND, "news", 6},
    {ANN, MAY_SEND, "newsy", 0},
    {ANN, MAY_PRIVATE, "#whoever#d9", 6},
    {ANN, MAY_SEE, "news", 0},
    {ALICE, MAY_SEND, "news", 6},
    {STAFF, MAY_SEND, "news", 6},
    {ROOT, MAY_SEND, "news", 0},
    {BOB, MAY_SEND, "news", 0},
    {BOB, MAY_PRIVATE, "#srv#d1", 8},
    {BOB, MAY_PRIVATE, "#srv#d2", 8},
    {BOB, MAY_PRIVATE, "#srv2#d1", 0},
    {BOB, MAY_PRIVATE, "#x1#d1", 8},
    {BOB, MAY_PRIVATE, "#x1#d2", 0},
    {BOB, MAY_PRIVATE, "#x12#d1", 0},
    {BOB, MAY_PRIVATE, "#srv", 8}, /* reaches nobody */
    {BOBBY, MAY_SEE, "send", 9},
    {BOBBY, MAY_SEE, "D", 9},
    {BOBBY, MAY_SEE, "42", 9},
    {BOBBY, MAY_SEE, "10.0.0.1", 9},
    {BOBBY, MAY_SEE, "on", 9},
    {BOBBY, MAY_SEE, "see", 0},
    {TEN, MAY_JOIN, "far", 11},
    {SEVEN, MAY_JOIN, "far", 11},
    {EIGHT, MAY_JOIN, "far", 0},
    {SIX, MAY_JOIN, "far", 11},
    {SIX, MAY_JOIN, "lobby", 4},
    {WEB1, MAY_SEE, "anything", 12},
    {WEB1, MAY_JOIN, "anything", 0},
    {WEB2, MAY_SEE, "anything", 0},
    {BOB, MAY_JOIN, "members", 14}, /* whoever it is, but somebody */
    {NULLO, MAY_JOIN, "members", 0},
    {WEB1, MAY_JOIN, "members", 0},
    {WEB2, MAY_JOIN, "machines", 15},
    {TEN, MAY_JOIN, "machines", 0},
};

static void each_rule_allows_what_it_says_and_nothing_else(void **state)
{
    (void)state;
    struct said said;
    struct rights *r = read_rights(policy, &said);
    assert_int_equal(said.count, 0);
    for (int round = 0; round < 2; round++) { /* the second time what is allowed is remembered */
        for (size_t i = 0; i < COUNT_OF(table); i++) {
            struct grant *g = rights_grant(r, &identities[table[i].who]);
            struct name name = name_from_text(table[i].name);
            if (grant_line(g, table[i].right, &name) != table[i].line ||
                grant_permits(g, table[i].right, &name) != (table[i].line != 0))
                fail_msg("row %zu", i);
        }
    }
    rights_free(r);
}

static void an_empty_file_allows_nothing(void **state)
{
    (void)state;
    static const char *const empty[] = {"", "\n\n# nothing\n", "allow any { }"};
    for (size_t i = 0; i < COUNT_OF(empty); i++) {
        struct said said;
        struct rights *r = read_rights(empty[i], &said);
        assert_non_null(r);
        for (int right = 0; right < RIGHTS; right++) {
            for (int who = 0; who < WHO; who++) {
                struct grant *g = rights_grant(r, &identities[who]);
                struct name names[] = {name_from_text(""), name_from_text("a"), name_from_text("#a#d1")};
                for (size_t k = 0; k < COUNT_OF(names); k++)
                    assert_false(grant_permits(g, (enum right)right, &names[k]));
                assert_false(grant_permits_all(g, (enum right)right));
            }
        }
        rights_free(r);
    }
}

static void who_has_the_same_rules_shares_a_grant(void **state)
{
    (void)state;
    struct said said;
    struct rights *r = read_rights(policy, &said);
    assert_ptr_equal(rights_grant(r, &identities[BOB]), rights_grant(r, &identities[BOBBY]));
    assert_ptr_equal(rights_grant(r, &identities[ALICE]), rights_grant(r, &identities[STAFF]));
    assert_ptr_not_equal(rights_grant(r, &identities[ANN]), rights_grant(r, &identities[BOB]));
    rights_free(r);
}

static void all_is_known_to_be_allowed(void **state)
{
    (void)state;
    struct said said;
    struct rights *r = read_rights("allow any { send a * }", &said);
    struct grant *g = rights_grant(r, &identities[NULLO]);
    assert_true(grant_permits_all(g, MAY_SEND));
    assert_false(grant_permits_all(g, MAY_PRIVATE));
    rights_free(r);
}

static void what_is_not_understood_is_shown_where_it_stands(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int line, column;
        const char *message;
    } bad[] = {
        {"deny any { }", 1, 1, "expected allow"},
        {"allow { join a }", 1, 7, "any, user, cert, uid, gid or ip"},
        {"allow any\n  join a", 2, 3, "or, or the {"},
        {"allow any { a }", 1, 13, "connect, join, send, private, see or }"},
        {"allow any { join }", 1, 18, "a name or pattern behind join"},
        {"allow any { join send a }", 1, 18, "a name or pattern behind join"},
        {"allow any { join a", 1, 19, "the end of the file"},
        {"allow any { join a } }", 1, 22, "expected allow"},
        {"allow any { join \"\" }", 1, 18, "an empty name"},
        {"allow any { join a[b }", 1, 19, "in quotes only"},
        {"allow any { join \"a#b\" }", 1, 18, "no name has a #"},
        {"allow any { join # all\n}", 2, 1, "a name or pattern behind join"},
        {"allow user { join a }", 1, 12, "a name"},
        {"allow user a, uid 1 { join a }", 1, 15, "or, or the {"},
        {"allow uid bob { join a }", 1, 11, "no user of that name"},
        {"allow gid alice { join a }", 1, 11, "no group of that name"},
        {"allow uid 4294967295 { join a }", 1, 11, "nobody has this number"},
        {"allow uid 99999999999999999999 { join a }", 1, 11, "nobody has this number"},
        {"allow ip 10.0.0.1/8 { join a }", 1, 10, "10.0.0.0/8"},
        {"allow ip host { join a }", 1, 10, "10.0.0.0/8"},
        {"allow ip ::1/129 { join a }", 1, 10, "10.0.0.0/8"},
        {"\"allow\" any { join a }", 1, 1, "expected allow"},
        {"allow any or { join a }", 1, 14, "any, user"},
        {"allow any { \"join\" a }", 1, 13, "connect, join"},
        {"allow any { join \"a\nb\" }", 1, 18, "one line"},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct said said;
        if (read_rights(bad[i].text, &said) || said.count != 1 || said.line != bad[i].line ||
            said.column != bad[i].column || !strstr(said.message, bad[i].message))
            fail_msg("%s: %d:%d: %s", bad[i].text, said.line, said.column, said.message);
    }
}

static void policies_are_equal_if_their_text_is(void **state)
{
    (void)state;
    struct said said;
    struct rights *a = read_rights(policy, &said), *b = read_rights(policy, &said);
    struct rights *c = read_rights("", &said);
    assert_true(rights_equal(a, b));
    assert_false(rights_equal(a, c));
    assert_false(rights_equal(a, NULL));
    assert_false(rights_equal(NULL, c)); /* everything is allowed, or nothing */
    assert_true(rights_equal(NULL, NULL));
    rights_free(a);
    rights_free(b);
    rights_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_allows_what_it_says_and_nothing_else),
        cmocka_unit_test(an_empty_file_allows_nothing),
        cmocka_unit_test(who_has_the_same_rules_shares_a_grant),
        cmocka_unit_test(all_is_known_to_be_allowed),
        cmocka_unit_test(what_is_not_understood_is_shown_where_it_stands),
        cmocka_unit_test(policies_are_equal_if_their_text_is),
    };
    make_identities();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    for (int i = 0; i < WHO; i++)
        identity_fini(&identities[i]);
    return failed;
}
