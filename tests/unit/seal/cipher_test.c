/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <openssl/evp.h>
#include <string.h>

#include "daemon/seal/cipher.h"

enum { LEN = 100, HEAD = 32, LONGEST = 9000 };

static const uint8_t key[CIPHER_KEY] = {1, 2, 3, 4, 5};
static uint8_t head[HEAD], text[LEN];

static int begin(void **state)
{
    (void)state;
    for (int i = 0; i < LEN; i++)
        text[i] = (uint8_t)(3 * i);
    memset(head, 9, sizeof head);
    return 0;
}

static void seal_to(enum seal_algorithm algorithm, uint64_t number, uint8_t out[LEN + CIPHER_TAG])
{
    struct cipher *c = cipher_new(algorithm, key, CIPHER_SEALS);
    cipher_seal(c, number, head, HEAD, text, LEN, out);
    cipher_free(c);
}

/* Made by Python's cryptography: key 0 1 2 ... 31, number 7, a head of 32 nines, text 0 3 6 ... */
static void the_bytes_are_those_that_anybody_makes(void **state)
{
    (void)state;
    static const struct {
        enum seal_algorithm algorithm;
        uint8_t first[8], tag[CIPHER_TAG];
    } known[] = {
        /* clang-format off */
        {SEAL_AES_256_GCM, {0xe0, 0x6e, 0x15, 0x16, 0x1b, 0x18, 0x4c, 0xef}, {0xa9, 0xaa, 0x3c, 0xe6, 0x2b, 0xe1, 0xd9, 0x7c, 0xfe, 0xb0, 0x78, 0xac, 0xbb, 0x0c, 0x52, 0x05}},
        {SEAL_CHACHA20_POLY1305, {0x28, 0x45, 0x13, 0x4a, 0x42, 0x8c, 0x38, 0x4b}, {0xf3, 0x4e, 0xfd, 0xee, 0x61, 0x53, 0x9b, 0x61, 0xce, 0x07, 0x3b, 0x47, 0xa1, 0xae, 0x4d, 0x86}},
    };
    uint8_t counting[CIPHER_KEY], out[LEN + CIPHER_TAG];
    for (int i = 0; i < CIPHER_KEY; i++)
        counting[i] = (uint8_t)i;
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        struct cipher *c = cipher_new(known[i].algorithm, counting, CIPHER_SEALS);
        cipher_seal(c, 7, head, HEAD, text, LEN, out);
        cipher_free(c);
        assert_memory_equal(out, known[i].first, sizeof known[i].first);
        assert_memory_equal(out + LEN, known[i].tag, CIPHER_TAG);
    }
}

static void what_was_sealed_opens_in_any_order(void **state)
{
    (void)state;
    for (int a = 0; a < SEAL_ALGORITHMS; a++) {
        struct cipher *opens = cipher_new((enum seal_algorithm)a, key, CIPHER_OPENS);
        for (uint64_t number = 5; number > 0; number--) {
            uint8_t sealed[LEN + CIPHER_TAG], out[LEN] = {0};
            seal_to((enum seal_algorithm)a, number, sealed);
            assert_true(cipher_open(opens, number, head, HEAD, sealed, LEN, out));
            assert_memory_equal(out, text, LEN);
            assert_true(cipher_open(opens, number, head, HEAD, sealed, LEN, sealed)); /* in place */
            assert_memory_equal(sealed, text, LEN);
        }
        cipher_free(opens);
    }
}

static void an_empty_text_has_a_tag_too(void **state)
{
    (void)state;
    uint8_t tag[CIPHER_TAG], out[1];
    struct cipher *seals = cipher_new(SEAL_AES_256_GCM, key, CIPHER_SEALS);
    struct cipher *opens = cipher_new(SEAL_AES_256_GCM, key, CIPHER_OPENS);
    cipher_seal(seals, 1, head, HEAD, text, 0, tag);
    assert_true(cipher_open(opens, 1, head, HEAD, tag, 0, out));
    tag[3] ^= 1;
    assert_false(cipher_open(opens, 1, head, HEAD, tag, 0, out));
    cipher_free(seals);
    cipher_free(opens);
}

/* Each bit of the head, of the body and of the tag; another number; another key. */
static void nothing_else_opens(void **state)
{
    (void)state;
    for (int a = 0; a < SEAL_ALGORITHMS; a++) {
        uint8_t sealed[LEN + CIPHER_TAG], out[LEN], other[CIPHER_KEY] = {1, 2, 3, 4, 6};
        struct cipher *opens = cipher_new((enum seal_algorithm)a, key, CIPHER_OPENS);
        seal_to((enum seal_algorithm)a, 1, sealed);
        for (int bit = 0; bit < 8 * (LEN + CIPHER_TAG); bit++) {
            sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_false(cipher_open(opens, 1, head, HEAD, sealed, LEN, out));
            sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        for (int bit = 0; bit < 8 * HEAD; bit++) {
            head[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_false(cipher_open(opens, 1, head, HEAD, sealed, LEN, out));
            head[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        assert_false(cipher_open(opens, 2, head, HEAD, sealed, LEN, out));
        assert_true(cipher_open(opens, 1, head, HEAD, sealed, LEN, out));
        cipher_free(opens);
        opens = cipher_new((enum seal_algorithm)a, other, CIPHER_OPENS);
        assert_false(cipher_open(opens, 1, head, HEAD, sealed, LEN, out));
        cipher_free(opens);
    }
}

/* OpenSSL's own, whichever library cipher.c has. */
static void seal_by_openssl(uint8_t number, const uint8_t *in, int len, uint8_t *out)
{
    uint8_t nonce[12] = {0};
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    int n;
    nonce[11] = number;
    assert_int_equal(EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, nonce), 1);
    assert_int_equal(EVP_EncryptUpdate(c, NULL, &n, head, HEAD), 1);
    assert_int_equal(EVP_EncryptUpdate(c, out, &n, in, len), 1);
    assert_int_equal(EVP_EncryptFinal_ex(c, out + len, &n), 1);
    assert_int_equal(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, CIPHER_TAG, out + len), 1);
    EVP_CIPHER_CTX_free(c);
}

/* One daemon may have another library than the next. Bodies lie at any address, and what is behind them stays:
 * of every length up to some blocks, and about those of a packet of 1,472 and of 8,972. */
static void all_libraries_make_the_same_bytes(void **state)
{
    (void)state;
    static uint8_t in[LONGEST], ours[LONGEST + 64], theirs[LONGEST + 64];
    struct cipher *seals = cipher_new(SEAL_AES_256_GCM, key, CIPHER_SEALS);
    struct cipher *opens = cipher_new(SEAL_AES_256_GCM, key, CIPHER_OPENS);
    for (size_t i = 0; i < LONGEST; i++)
        in[i] = (uint8_t)(i * i >> 3);
    for (size_t len = 0; len < LONGEST - 8; len += len < 600 || len % 1500 > 1400 ? 1 : 97) {
        uint8_t *at = ours + len % 32; /* and so are their ends, for all that a register has */
        memset(ours, 0xa5, sizeof ours);
        cipher_seal(seals, len & 0xff, head, HEAD, in + len % 7, len, at);
        seal_by_openssl((uint8_t)len, in + len % 7, (int)len, theirs);
        assert_memory_equal(at, theirs, len + CIPHER_TAG);
        assert_int_equal(at[len + CIPHER_TAG], 0xa5);
        assert_true(cipher_open(opens, len & 0xff, head, HEAD, at, len, at));
        assert_memory_equal(at, in + len % 7, len);
        assert_int_equal(at[len + CIPHER_TAG], 0xa5);
    }
    cipher_free(seals);
    cipher_free(opens);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_bytes_are_those_that_anybody_makes, begin),
        cmocka_unit_test_setup(what_was_sealed_opens_in_any_order, begin),
        cmocka_unit_test_setup(an_empty_text_has_a_tag_too, begin),
        cmocka_unit_test_setup(nothing_else_opens, begin),
        cmocka_unit_test_setup(all_libraries_make_the_same_bytes, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
