/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/config/conf.h"
#include "daemon/config/lex.h"
#include "daemon/config/shape.h"

/* The kinds of the tokens of a text, a letter each. */
static const char letters[] = {
    [TOKEN_OPEN] = '{',         [TOKEN_CLOSE] = '}',      [TOKEN_EQUALS] = '=',
    [TOKEN_COLON] = ':',        [TOKEN_SEMICOLON] = ';',  [TOKEN_NOT] = '!',
    [TOKEN_SEGMENT] = 'S',      [TOKEN_VIRTUAL_ID] = 'V', [TOKEN_OPTION] = 'O',
    [TOKEN_BOOLEAN] = 'b',      [TOKEN_TRISTATE] = 't',   [TOKEN_FLAG] = 'f',
    [TOKEN_LEVEL] = 'l',        [TOKEN_LETTER] = 'L',     [TOKEN_ADDRESS] = 'a',
    [TOKEN_ADDRESS_PORT] = 'p', [TOKEN_NUMBER] = 'n',     [TOKEN_QUOTED] = 'q',
    [TOKEN_WORD] = 'w',         [TOKEN_STRAY] = '?',      [TOKEN_BAD] = 'X',
};

static const char *kinds_of_bytes(const char *bytes, size_t len)
{
    static char kinds[256];
    size_t count = 0;
    char *exact = malloc(len + 1);
    memcpy(exact, bytes, len);
    struct lexer l = lexer_of(exact, len);
    for (struct token t; (t = lex_next(&l)).kind != TOKEN_END;)
        kinds[count++] = letters[t.kind];
    kinds[count] = '\0';
    free(exact);
    return kinds;
}

static const char *kinds(const char *text)
{
    return kinds_of_bytes(text, strlen(text));
}

static struct token only(const char *text)
{
    struct lexer l = lexer_of(text, strlen(text));
    struct token t = lex_next(&l);
    assert_int_equal(t.len, strlen(text));
    assert_int_equal(lex_next(&l).kind, TOKEN_END);
    assert_int_equal(lex_next(&l).kind, TOKEN_END);
    return t;
}

static void words_end_at_blanks_braces_brackets_and_comments_only(void **state)
{
    (void)state;
    assert_string_equal(kinds("a b\tc\rd\ne"), "wwwww");
    assert_string_equal(kinds("a{b}c"), "w{w}w");
    assert_string_equal(kinds("a#b c\nd"), "ww");
    assert_string_equal(kinds("a,b;c=d:e!f\"g'h"), "w");
    assert_string_equal(kinds("a[b]c"), "w?w?w");
    assert_string_equal(kinds("a\vb\fc"), "w?w?w");
    assert_string_equal(kinds("\x01\xff\x80\x1b"), "w");
    assert_string_equal(kinds(""), "");
    assert_string_equal(kinds(" \t\r\n#"), "");
}

static void equals_colon_and_semicolon_are_tokens_where_they_stand_alone(void **state)
{
    (void)state;
    assert_string_equal(kinds("= : ;"), "=:;");
    assert_string_equal(kinds("={ };"), "={};");
    assert_string_equal(kinds("};#"), "};");
    assert_string_equal(kinds("=true"), "w");
    assert_string_equal(kinds("Window=5"), "w");
    assert_string_equal(kinds("Window = 5"), "O=n");
    assert_string_equal(kinds(";;"), "w");
    assert_string_equal(kinds("d1;"), "w");
    assert_string_equal(kinds("5;"), "w");
    assert_string_equal(kinds("127.0.0.1;"), "w");
}

static void an_exclamation_mark_needs_something_behind_it_on_its_line(void **state)
{
    (void)state;
    assert_string_equal(kinds("!EXIT"), "!f");
    assert_string_equal(kinds("! EXIT"), "!f");
    assert_string_equal(kinds("! \nEXIT"), "!f");
    assert_string_equal(kinds("!\r\nEXIT"), "!f");
    assert_string_equal(kinds("!\nEXIT"), "wf");
    assert_string_equal(kinds("!"), "w");
    assert_string_equal(kinds("!!x"), "!!w");
    assert_string_equal(kinds("a!EXIT"), "w");
}

static void words_with_a_meaning_are_told_by_their_whole_text(void **state)
{
    (void)state;
    assert_string_equal(kinds("Spread_Segment VirtualID Window LookupTimeout"), "SVOO");
    assert_string_equal(kinds("spread_segment virtualid window Windows"), "wwww");
    assert_string_equal(kinds("true YES False nO"), "bbbb");
    assert_string_equal(kinds("on OFF Auto"), "ttt");
    assert_string_equal(kinds("D C M ALL NONE FLOW_CONTROL"), "LLLfff");
    assert_string_equal(kinds("d c m all None"), "wwwww");
    assert_string_equal(kinds("pDEBUG INFO FATAL DEBUG PDEBUG"), "lllfw");
    assert_string_equal(kinds("\"true\" 'D' \"Window\""), "qqq");
    /* What 5.0.1 does not know stays a word; the parser knows where it may be more. */
    assert_string_equal(kinds("PacketSize MaxSessionBytes RealTime"), "www");
}

static void numbers_have_one_to_nine_digits_and_no_sign(void **state)
{
    (void)state;
    assert_string_equal(kinds("0 000000009 999999999"), "nnn");
    assert_string_equal(kinds("1000000000 -1 +1 1.5 0x1"), "wwwww");
    assert_int_equal(only("000000042").value, 42);
    assert_int_equal(only("999999999").value, 999999999);
}

static void quotes_take_everything_to_the_next_one_if_that_is_longer_than_the_word(void **state)
{
    (void)state;
    struct token t = only("\"a b # { } ' \n c\"");
    assert_int_equal(t.kind, TOKEN_QUOTED);
    assert_int_equal(t.text_len, t.len - 2);
    assert_memory_equal(t.text, "a b # { } ' \n c", t.text_len);
    t = only("''");
    assert_int_equal(t.kind, TOKEN_QUOTED);
    assert_int_equal(t.text_len, 0);

    assert_int_equal(only("\"d1\";").kind, TOKEN_WORD);
    assert_int_equal(only("\"d1\"d2\"").kind, TOKEN_WORD);
    assert_string_equal(kinds("\"a b\"c"), "qw");
    assert_string_equal(kinds("\"stamp\nx"), "ww");
    assert_string_equal(kinds("\"a 'b\" c'"), "qw");
    assert_string_equal(kinds("\"a\"{"), "q{");
    assert_string_equal(kinds("\""), "w");
    assert_string_equal(kinds("\"\"\""), "w");
}

static void addresses_are_told_from_words_by_their_shape(void **state)
{
    (void)state;
    assert_string_equal(kinds("1.2.3.4 1.2.3.4:5 1.2.3.4:65535"), "app");
    assert_string_equal(kinds("1.2.3 1.2.3.4.5 1.2.3.4: 1.2.3.4:100000 1234.1.1.1"), "wwwww");
    assert_string_equal(kinds("::1 :: ff02::77 1:2:3:4:5:6:7:8 fe80::1%eth0"), "aaaaa");
    assert_string_equal(kinds("1:2:3:4:5:6:7 1:2 ::ffff:1.2.3.4 1::2::3 12345::1 ::1% g::1"),
                        "wwwwwww");
    assert_string_equal(kinds("[::1]:4803 [ff02::77%eth0]:1"), "pp");
    assert_string_equal(kinds("[::1] [1.2.3.4]:5 [::1]: [::1]:x [::1 ]:5"), "?a??a?w?a?:?a?w?a?w");
    assert_string_equal(kinds("[::1]:123456"), "pn");
    assert_string_equal(kinds("1.2.3.4:65536 [::1]:99999"), "XX");
    assert_int_equal(only("1.2.3.4:65535").value, 65535);
    assert_int_equal(only("[::1]:80").value, 80);
    assert_string_equal(only("fe80::1%eth0").ip.zone, "eth0");
}

static void a_malformed_address_is_a_word_that_says_so(void **state)
{
    (void)state;
    static const char *const malformed[] = {"256.1.1.1", "1.2.3.04", "127.0.00.1:5200",
                                            "999.1.1.1:70000", "1:2:3:4:5:6:7::1:2:3:4"};
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
        struct token t = only(malformed[i]);
        assert_int_equal(t.kind, TOKEN_WORD);
        assert_true(t.malformed);
        assert_int_equal(t.text_len, strlen(malformed[i]));
    }
    assert_false(only("1.2.3").malformed);
}

static void an_interface_name_that_cannot_exist_is_left_out(void **state)
{
    (void)state;
    struct token t = only("fe80::1%abcdefghijklmnop");
    assert_int_equal(t.kind, TOKEN_ADDRESS);
    assert_true(t.zone_cut);
    assert_string_equal(t.ip.zone, "");
    t = only("fe80::1%abcdefghijklmno");
    assert_false(t.zone_cut);
    assert_string_equal(t.ip.zone, "abcdefghijklmno");
}

static void a_zero_byte_is_part_of_no_name_but_may_stand_in_a_comment(void **state)
{
    (void)state;
    assert_string_equal(kinds_of_bytes("a\0b", 3), "X");
    assert_string_equal(kinds_of_bytes("\"a\0b\"", 5), "X");
    assert_string_equal(kinds_of_bytes("\0", 1), "X");
    assert_string_equal(kinds_of_bytes("=\0", 2), "X");
    assert_string_equal(kinds_of_bytes("#\0\na", 4), "w");
    assert_string_equal(kinds_of_bytes("]\0", 2), "?X");
}

static void lines_and_columns_count_from_one_also_through_quoted_text(void **state)
{
    (void)state;
    static const char text[] = "a # x\n\n  \"b\nc\"d e\r\nf";
    static const struct {
        int line;
        long column;
    } expected[] = {{1, 1}, {3, 3}, {4, 3}, {4, 5}, {5, 1}};
    struct lexer l = lexer_of(text, strlen(text));
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        struct token t = lex_next(&l);
        assert_int_equal(t.line, expected[i].line);
        assert_int_equal(t.at - t.line_at + 1, expected[i].column);
    }
    assert_int_equal(lex_next(&l).kind, TOKEN_END);
}

static void stray_bytes_side_by_side_are_one_token(void **state)
{
    (void)state;
    assert_string_equal(kinds("]]]\v\f]"), "?");
    assert_string_equal(kinds("[[::1]:5"), "?p");
    assert_string_equal(kinds("[[["), "???");
}

static void a_value_is_plain_if_it_is_read_as_one_word(void **state)
{
    (void)state;
    assert_true(lex_is_plain("d1"));
    assert_true(lex_is_plain("/var/run/spread"));
    assert_true(lex_is_plain("d\"1\";"));
    static const char *const not_plain[] = {"\"d1\";", "'a", "",      "a b", "on", "42",
                                            "1.2.3.4", "D",  "\"a\"", "#",   "a#", "[",
                                            "=",       ";",  "!a",    " a",  "a ", "a{"};
    for (size_t i = 0; i < sizeof not_plain / sizeof not_plain[0]; i++)
        assert_false(lex_is_plain(not_plain[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_end_at_blanks_braces_brackets_and_comments_only),
        cmocka_unit_test(equals_colon_and_semicolon_are_tokens_where_they_stand_alone),
        cmocka_unit_test(an_exclamation_mark_needs_something_behind_it_on_its_line),
        cmocka_unit_test(words_with_a_meaning_are_told_by_their_whole_text),
        cmocka_unit_test(numbers_have_one_to_nine_digits_and_no_sign),
        cmocka_unit_test(quotes_take_everything_to_the_next_one_if_that_is_longer_than_the_word),
        cmocka_unit_test(addresses_are_told_from_words_by_their_shape),
        cmocka_unit_test(a_malformed_address_is_a_word_that_says_so),
        cmocka_unit_test(an_interface_name_that_cannot_exist_is_left_out),
        cmocka_unit_test(a_zero_byte_is_part_of_no_name_but_may_stand_in_a_comment),
        cmocka_unit_test(lines_and_columns_count_from_one_also_through_quoted_text),
        cmocka_unit_test(stray_bytes_side_by_side_are_one_token),
        cmocka_unit_test(a_value_is_plain_if_it_is_read_as_one_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
