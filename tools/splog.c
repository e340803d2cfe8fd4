/* SPDX-License-Identifier: MIT
 *
 * splog - log lines over Spread. What it is stands in splog/splog.h.
 */
#include "tools/splog/splog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    srandom((unsigned)getpid());
    setvbuf(stderr, NULL, _IOLBF, 0); /* one write a line: those of many do not mix */
    if (argc > 1 && strcmp(argv[1], "send") == 0)
        return splog_send(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "collect") == 0)
        return splog_collect(argc - 1, argv + 1);
    fprintf(stderr, "usage: splog send GROUP [...]\n"
                    "       splog collect GROUP -o FILE [...]\n");
    return 2;
}
