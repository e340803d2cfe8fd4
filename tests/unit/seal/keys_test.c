/* SPDX-License-Identifier: MIT */
#include "daemon/seal/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/test.h"

/* Secrets of 32 bytes 0x11, 0x22, ... */
#define ONES   "ERERERERERERERERERERERERERERERERERERERERERE="
#define TWOS   "IiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiI="
#define THREES "MzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzM="
#define FOURS  "RERERERERERERERERERERERERERERERERERERERERERE"
#define FIVES  "VVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVU="

static struct keyring ring;

/* A copy of its own size, so that a sanitizer sees what is read beyond it. */
static bool parse(const char *text, size_t len, struct keys_error *error)
{
    char *copy = malloc(len);
    if (len)
        memcpy(copy, text, len);
    memset(&ring, 0x5a, sizeof ring);
    bool ok = keys_parse(&ring, copy, len, error);
    free(copy);
    return ok;
}

static void accept(const char *text)
{
    struct keys_error error = {0};
    if (!parse(text, strlen(text), &error))
        fail_msg("%d:%d: %s", error.line, error.column, error.text);
}

static bool is_empty(const struct keyring *r)
{
    static const struct keyring nothing;
    return memcmp(r, &nothing, sizeof nothing) == 0;
}

static void refuse_bytes(const char *text, size_t len, int line, int column, const char *message)
{
    struct keys_error error = {0};
    assert_false(parse(text, len, &error));
    assert_string_equal(error.text, message);
    assert_int_equal(error.line, line);
    assert_int_equal(error.column, column);
    assert_true(is_empty(&ring));
}

static void refuse(const char *text, int line, int column, const char *message)
{
    refuse_bytes(text, strlen(text), line, column, message);
}

static void check_key(int i, int id, enum seal_algorithm algorithm, int byte)
{
    uint8_t secret[KEY_SECRET];
    memset(secret, byte, sizeof secret);
    assert_int_equal(ring.keys[i].id, id);
    assert_int_equal(ring.keys[i].algorithm, algorithm);
    assert_memory_equal(ring.keys[i].secret, secret, sizeof secret);
}

static void one_key_seals_and_opens(void **state)
{
    (void)state;
    accept("7 aes-256-gcm " ONES "\n");
    assert_int_equal(ring.count, 1);
    assert_int_equal(ring.sending, 0);
    check_key(0, 7, SEAL_AES_256_GCM, 0x11);
    accept("7 chacha20-poly1305 " ONES " send");
    assert_int_equal(ring.count, 1);
    check_key(0, 7, SEAL_CHACHA20_POLY1305, 0x11);
}

static void of_several_the_marked_one_seals(void **state)
{
    (void)state;
    accept("# ours\n\n1 aes-256-gcm " ONES "\n \t\n255 chacha20-poly1305\t" TWOS
           "  send # since May\r\n\t 03 aes-256-gcm " THREES "\r\n#4 aes-256-gcm " FIVES);
    assert_int_equal(ring.count, 3);
    assert_int_equal(ring.sending, 1);
    check_key(0, 1, SEAL_AES_256_GCM, 0x11);
    check_key(1, 255, SEAL_CHACHA20_POLY1305, 0x22);
    check_key(2, 3, SEAL_AES_256_GCM, 0x33);
}

static void a_file_without_a_key_is_refused(void **state)
{
    (void)state;
    refuse("", 1, 1, "there is no key in this file");
    refuse("# none\n", 1, 1, "there is no key in this file");
    refuse("# none\n\n   ", 3, 4, "there is no key in this file");
}

static void a_number_is_from_1_to_255(void **state)
{
    static const char *const wrong[] = {"0",  "256", "-1",   "+1",         "1a",
                                        "0x1", "one", "1000", "4294967297", "aes-256-gcm"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        char text[200];
        snprintf(text, sizeof text, "\n  %s aes-256-gcm " ONES, wrong[i]);
        refuse(text, 2, 3, "expected the number of the key, from 1 to 255");
    }
    refuse_bytes("1\0 aes-256-gcm " ONES, 60, 1, 1, "expected the number of the key, from 1 to 255");
}

static void there_are_two_algorithms(void **state)
{
    static const char *const wrong[] = {"aes-128-gcm", "AES-256-GCM", "aes-256-gc", "aes-256-gcm2", ONES};
    const char *message = "expected the algorithm, aes-256-gcm or chacha20-poly1305";
    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        char text[200];
        snprintf(text, sizeof text, "12 %s " ONES, wrong[i]);
        refuse(text, 1, 4, message);
    }
    refuse("12", 1, 3, message);
    refuse("12  # what", 1, 5, message);
}

static void a_secret_is_32_bytes_in_their_one_form(void **state)
{
    (void)state;
    refuse("1 aes-256-gcm\n", 1, 14, "expected the key, 32 bytes in base64");
    refuse("1 aes-256-gcm ERER", 1, 15, "32 bytes are 44 characters of base64, and here are 4");
    refuse("1 aes-256-gcm " ONES "=", 1, 58, "this is not a character of base64");
    refuse("1 aes-256-gcm A" ONES, 1, 15, "32 bytes are 44 characters of base64, and here are 45");
    refuse("1 aes-256-gcm ERER-RERERERERERERERERERERERERERERERERERERERERE=", 1, 19,
           "this is not a character of base64");
    refuse("1 aes-256-gcm ERER=RERERERERERERERERERERERERERERERERERERERERE=", 1, 19,
           "this is not a character of base64");
    refuse("1 aes-256-gcm ERERERERERERERERERERERERERERERERERERERERE\xc3\xa9=", 1, 56,
           "this is not a character of base64");
    /* 33 bytes; bits that do not count; two bytes short of 32 */
    refuse("1 aes-256-gcm " FOURS, 1, 57, "this is not how 32 bytes end in base64");
    refuse("1 aes-256-gcm ERERERERERERERERERERERERERERERERERERERERERF=", 1, 57,
           "this is not how 32 bytes end in base64");
    refuse("1 aes-256-gcm ERERERERERERERERERERERERERERERERERERERERER==", 1, 57,
           "this is not a character of base64");
}

static void keys_differ(void **state)
{
    (void)state;
    refuse("1 aes-256-gcm " ONES " send\n001 aes-256-gcm " TWOS, 2, 1,
           "there is another key with the number 1");
    refuse("1 aes-256-gcm " ONES " send\n2 chacha20-poly1305 " ONES, 2, 21,
           "this is the key with the number 1 again");
}

static void four_are_enough(void **state)
{
    const char four[] = "1 aes-256-gcm " ONES "\n2 aes-256-gcm " TWOS "\n3 aes-256-gcm " THREES
                        "\n4 aes-256-gcm REREREREREREREREREREREREREREREREREREREREREQ= send\n";
    char five[400];
    (void)state;
    accept(four);
    assert_int_equal(ring.count, KEYS_MOST);
    assert_int_equal(ring.sending, 3);
    snprintf(five, sizeof five, "%s  5 aes-256-gcm " FIVES "\n", four);
    refuse(five, 5, 3, "there are more than 4 keys");
}

static void it_is_clear_which_key_seals(void **state)
{
    (void)state;
    refuse("1 aes-256-gcm " ONES "\n2 aes-256-gcm " TWOS "\n", 2, 59,
           "there are 2 keys, and none has \"send\" at the end of its line");
    refuse("1 aes-256-gcm " ONES " send\n2 aes-256-gcm " TWOS " send\n", 2, 60,
           "one key seals what is sent, and that is the one of line 1");
    refuse("1 aes-256-gcm " ONES " sends", 1, 60, "expected \"send\" or the end of the line");
    refuse("1 aes-256-gcm " ONES " send send", 1, 65, "there is a word too many");
}

/* Logs go where keys must not. */
static void no_finding_quotes_the_text(void **state)
{
    static const char *const wrong[] = {ONES, "1 " ONES, "1 aes-256-gcm A" ONES,
                                        "1 aes-256-gcm " ONES " " ONES,
                                        "1 aes-256-gcm " ONES " send " ONES};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct keys_error error = {0};
        assert_false(parse(wrong[i], strlen(wrong[i]), &error));
        assert_null(strstr(error.text, "ERER"));
    }
}

static void what_is_written_is_read_as_it_was(void **state)
{
    struct seal_key key = {.id = 200, .algorithm = SEAL_CHACHA20_POLY1305};
    char line[KEY_LINE];
    (void)state;
    for (int i = 0; i < KEY_SECRET; i++)
        key.secret[i] = (uint8_t)(i * 37 + 200);
    keys_write(&key, line);
    accept(line);
    assert_int_equal(ring.keys[0].id, key.id);
    assert_int_equal(ring.keys[0].algorithm, key.algorithm);
    assert_memory_equal(ring.keys[0].secret, key.secret, KEY_SECRET);
    keyring_wipe(&ring);
    assert_true(is_empty(&ring));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_key_seals_and_opens),
        cmocka_unit_test(of_several_the_marked_one_seals),
        cmocka_unit_test(a_file_without_a_key_is_refused),
        cmocka_unit_test(a_number_is_from_1_to_255),
        cmocka_unit_test(there_are_two_algorithms),
        cmocka_unit_test(a_secret_is_32_bytes_in_their_one_form),
        cmocka_unit_test(keys_differ),
        cmocka_unit_test(four_are_enough),
        cmocka_unit_test(it_is_clear_which_key_seals),
        cmocka_unit_test(no_finding_quotes_the_text),
        cmocka_unit_test(what_is_written_is_read_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
