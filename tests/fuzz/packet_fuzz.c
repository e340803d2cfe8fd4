/* SPDX-License-Identifier: MIT
 *
 * Any bytes as the body of any packet between daemons. What was understood is written again as it
 * was, so the decoders take nothing for legal that no daemon would say.
 *
 * The first byte is the type, the second how many daemons there are; then comes the body.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/packet/codec.h"

enum { FIXED = 2, DAEMONS_MAX = 128 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool true_for_sure)
{
    if (!true_for_sure)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static union control m;
    static uint8_t bytes[BODY_MAX];
    if (size < FIXED || size > BODY_MAX)
        return -1;
    unsigned type = CODEC_FIRST + data[0] % (CODEC_END - CODEC_FIRST);
    int procs = 1 + data[1] % DAEMONS_MAX;
    if (!codec_decode(type, &m, procs, data + FIXED, size - FIXED))
        return 0;
    must(codec_encode(type, &m, procs, bytes, sizeof bytes) == size - FIXED);
    must(memcmp(bytes, data + FIXED, size - FIXED) == 0);
    return 0;
}
