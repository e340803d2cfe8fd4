/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "daemon/seal/derive.h"

static const struct seal_key KEY = {.id = 3, .algorithm = SEAL_AES_256_GCM, .secret = {1, 2, 3}};

/* What that cipher makes of nothing, under number 1. */
static void tag_of(struct cipher *c, uint8_t tag[CIPHER_TAG])
{
    cipher_seal(c, 1, (const uint8_t *)"", 0, (const uint8_t *)"", 0, tag);
    cipher_free(c);
}

static void tag_of_life(const struct seal_key *key, const char *daemon, uint64_t incarnation,
                        uint8_t tag[CIPHER_TAG])
{
    tag_of(derive_cipher(key, daemon, incarnation, CIPHER_SEALS), tag);
}

/* The first block of HKDF-Expand is HMAC(secret, info, 1): RFC 5869, 2.3. */
static void it_is_hkdf_of_label_id_algorithm_incarnation_and_name(void **state)
{
    (void)state;
    static const uint8_t info[] = "spread ring 1\3\0\1\2\3\4\5\6\7\x8" "d1\1";
    uint8_t own[CIPHER_KEY], tag[CIPHER_TAG], expected[CIPHER_TAG];
    unsigned len;
    assert_non_null(HMAC(EVP_sha256(), KEY.secret, KEY_SECRET, info, sizeof info - 1, own, &len));
    tag_of(cipher_new(KEY.algorithm, own, CIPHER_SEALS), expected);
    tag_of_life(&KEY, "d1", 0x0102030405060708, tag);
    assert_memory_equal(tag, expected, CIPHER_TAG);
}

/* Any of these gives another key, so the numbers of packets may begin anew. */
static void every_life_has_a_key_of_its_own(void **state)
{
    (void)state;
    struct seal_key other_id = KEY, other_algorithm = KEY, other_secret = KEY;
    uint8_t tags[6][CIPHER_TAG];
    other_id.id = 4;
    other_algorithm.algorithm = SEAL_CHACHA20_POLY1305;
    other_secret.secret[31] ^= 1;
    tag_of_life(&KEY, "d1", 77, tags[0]);
    tag_of_life(&KEY, "d1", 78, tags[1]);
    tag_of_life(&KEY, "d2", 77, tags[2]);
    tag_of_life(&other_id, "d1", 77, tags[3]);
    tag_of_life(&other_algorithm, "d1", 77, tags[4]);
    tag_of_life(&other_secret, "d1", 77, tags[5]);
    for (int i = 0; i < 6; i++)
        for (int k = 0; k < i; k++)
            assert_memory_not_equal(tags[i], tags[k], CIPHER_TAG);
    tag_of_life(&KEY, "d1", 77, tags[1]);
    assert_memory_equal(tags[0], tags[1], CIPHER_TAG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_hkdf_of_label_id_algorithm_incarnation_and_name),
        cmocka_unit_test(every_life_has_a_key_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
