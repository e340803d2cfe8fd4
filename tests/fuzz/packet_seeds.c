/* SPDX-License-Identifier: MIT
 *
 * Legal bodies of every type, for packet_fuzz.
 *
 * usage: packet_seeds FOLDER
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/packet/codec.h"

enum { OF_EACH = 4, DAEMONS = 5 };

static void write_seed(const char *folder, unsigned type, int number, struct random *r)
{
    static union control m;
    static uint8_t bytes[BODY_MAX];
    char path[512];
    codec_sample(type, &m, r, DAEMONS);
    size_t len = codec_encode(type, &m, DAEMONS, bytes, sizeof bytes);
    snprintf(path, sizeof path, "%s/%s_%d", folder, packet_type_name(type), number);
    FILE *f = fopen(path, "wb");
    if (!f) {
        perror(path);
        exit(1);
    }
    fputc((int)(type - CODEC_FIRST), f);
    fputc(DAEMONS - 1, f);
    fwrite(bytes, 1, len, f);
    fclose(f);
}

int main(int argc, char **argv)
{
    struct random r = {1};
    if (argc != 2) {
        fprintf(stderr, "usage: packet_seeds FOLDER\n");
        return 2;
    }
    for (unsigned type = CODEC_FIRST; type < CODEC_END; type++)
        for (int number = 0; number < OF_EACH; number++)
            write_seed(argv[1], type, number, &r);
    return 0;
}
