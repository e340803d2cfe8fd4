/* SPDX-License-Identifier: MIT
 *
 * Any bytes as a spread.conf: refused for one reason, or a configuration that keeps every promise
 * and whose description means the same.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/config/reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reading *r = reading_of_bytes((const char *)data, size);
    const char *flaw = reading_flaw(r);
    if (flaw) {
        fprintf(stderr, "%s\n", flaw);
        abort();
    }
    reading_free(r);
    return 0;
}
