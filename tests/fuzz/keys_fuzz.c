/* SPDX-License-Identifier: MIT
 *
 * Any bytes as a file of keys: refused at a place that is in the text, with nothing left of it, or keys
 * of which each is written as it was read.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/seal/keys.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_error(const struct keyring *ring, const struct keys_error *error, size_t size)
{
    static const struct keyring nothing;
    assert(error->line >= 1 && (size_t)error->line <= size + 1);
    assert(error->column >= 1 && (size_t)error->column <= size + 1);
    assert(error->text[0] != '\0' && strlen(error->text) < sizeof error->text - 1);
    assert(memcmp(ring, &nothing, sizeof nothing) == 0);
}

static void check_key(const struct seal_key *key)
{
    char line[KEY_LINE];
    struct keyring again;
    struct keys_error error;
    assert(key->id > 0);
    keys_write(key, line);
    assert(keys_parse(&again, line, strlen(line), &error));
    assert(again.count == 1 && again.sending == 0 && again.keys[0].id == key->id &&
           again.keys[0].algorithm == key->algorithm &&
           memcmp(again.keys[0].secret, key->secret, KEY_SECRET) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct keyring ring;
    struct keys_error error = {0};
    if (!keys_parse(&ring, (const char *)data, size, &error)) {
        check_error(&ring, &error, size);
        return 0;
    }
    assert(ring.count >= 1 && ring.count <= KEYS_MOST);
    assert(ring.sending >= 0 && ring.sending < ring.count);
    for (int i = 0; i < ring.count; i++) {
        check_key(&ring.keys[i]);
        for (int j = 0; j < i; j++)
            assert(ring.keys[i].id != ring.keys[j].id);
    }
    return 0;
}
