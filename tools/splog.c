/* SPDX-License-Identifier: MIT
 *
 * splog - log lines over Spread. What it is stands in splog/splog.h.
 */
#include "tools/splog/splog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/usage.h"

static const struct usage usage = {"splog", "send GROUP [OPTION...]\n"
                                            "       splog collect GROUP -o FILE [OPTION...]\n"
                                            "\n"
                                            "  --help     this; behind a command, its options\n"
                                            "  --version  which version it is of\n"
                                            "\n"
                                            "Commands:\n"
                                            "  send       lines of standard input to a group\n"
                                            "  collect    lines of a group to a file\n"};

int main(int argc, char **argv)
{
    srandom((unsigned)getpid());
    setvbuf(stderr, NULL, _IOLBF, 0); /* one write a line: those of many do not mix */
    if (argc > 1 && strcmp(argv[1], "send") == 0)
        return splog_send(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "collect") == 0)
        return splog_collect(argc - 1, argv + 1);
    if (argc > 1)
        usage_answer(&usage, argv[1]);
    usage_refuse(&usage, argc > 1 ? argv[1] : NULL, "there are two commands, send and collect");
}
