/* SPDX-License-Identifier: MIT */
#include "daemon/seal/gcm.h"

#ifdef SPREAD_HAVE_IPSEC_MB

#include <intel-ipsec-mb.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"

enum { ALIGNED = 64 };

/* What the library chose for this processor. */
struct methods {
    aes_gcm_pre_t prepare;
    aes_gcm_enc_dec_t seal, open;
};

struct gcm {
    _Alignas(ALIGNED) struct gcm_key_data key; /* its own header says so only to who defines LINUX */
    struct gcm_context_data context; /* of one packet; here, so that it is forgotten with the key */
};

/* Once in a process, for it takes some 100 us. Without AES in the processor the library would look up
 * tables, and how long that takes tells of the key. */
static struct methods choose(void)
{
    struct methods chosen = {NULL, NULL, NULL};
    IMB_MGR *library = alloc_mb_mgr(0);
    if (!library)
        memory_exhausted();
    init_mb_mgr_auto(library, NULL);
    if (imb_get_errno(library) == 0 && library->features & IMB_FEATURE_AESNI)
        chosen = (struct methods){library->gcm256_pre, library->gcm256_enc, library->gcm256_dec};
    free_mb_mgr(library);
    return chosen;
}

static const struct methods *methods(void)
{
    static struct methods chosen;
    static bool known;
    if (!known)
        chosen = choose();
    known = true;
    return &chosen;
}

struct gcm *gcm_new(const uint8_t key[CIPHER_KEY])
{
    const struct methods *m = methods();
    struct gcm *g;
    if (!m->seal)
        return NULL;
    g = aligned_alloc(ALIGNED, sizeof *g);
    if (!g)
        memory_exhausted();
    *g = (struct gcm){0};
    m->prepare(key, &g->key);
    return g;
}

void gcm_free(struct gcm *g)
{
    if (g)
        OPENSSL_cleanse(g, sizeof *g);
    free(g);
}

void gcm_seal(struct gcm *g, const uint8_t nonce[CIPHER_NONCE], const uint8_t *head, size_t head_len,
              const uint8_t *text, size_t len, uint8_t *out)
{
    methods()->seal(&g->key, &g->context, out, text, len, nonce, head, head_len, out + len, CIPHER_TAG);
}

bool gcm_open(struct gcm *g, const uint8_t nonce[CIPHER_NONCE], const uint8_t *head, size_t head_len,
              const uint8_t *sealed, size_t len, uint8_t *out)
{
    uint8_t expected[CIPHER_TAG], tag[CIPHER_TAG];
    memcpy(expected, sealed + len, sizeof expected);
    methods()->open(&g->key, &g->context, out, sealed, len, nonce, head, head_len, tag, sizeof tag);
    return CRYPTO_memcmp(tag, expected, sizeof tag) == 0;
}

#else /* nobody has one */

#include <assert.h>

struct gcm *gcm_new(const uint8_t key[CIPHER_KEY])
{
    (void)key;
    return NULL;
}

void gcm_free(struct gcm *g)
{
    (void)g;
}

void gcm_seal(struct gcm *g, const uint8_t nonce[CIPHER_NONCE], const uint8_t *head, size_t head_len,
              const uint8_t *text, size_t len, uint8_t *out)
{
    (void)g, (void)nonce, (void)head, (void)head_len, (void)text, (void)len, (void)out;
    assert(false);
}

bool gcm_open(struct gcm *g, const uint8_t nonce[CIPHER_NONCE], const uint8_t *head, size_t head_len,
              const uint8_t *sealed, size_t len, uint8_t *out)
{
    (void)g, (void)nonce, (void)head, (void)head_len, (void)sealed, (void)len, (void)out;
    assert(false);
    return false;
}

#endif
