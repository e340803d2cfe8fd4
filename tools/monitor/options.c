/* SPDX-License-Identifier: MIT */
#include "tools/monitor/options.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/config/conf.h"

#ifndef SPREAD_VERSION_TEXT
#define SPREAD_VERSION_TEXT "unknown"
#endif

enum { SECONDS = 10 };

/* Completions in shells are made of this: an option begins a line, and a command below "Commands:".
 */
static const char usage[] =
    "usage: spmonitor [OPTION...] [COMMAND [ARGUMENT...]]\n"
    "\n"
    "  -c FILE      the configuration of the daemons (default: as for spreadd)\n"
    "  -n NAME      the daemon to pose as (default: the first whose address this machine has)\n"
    "  -p PORT      the UDP port of this program (default 6543; with a command, any)\n"
    "  -t SECONDS   between status queries; with a command, how long it may take (default 10)\n"
    "  --key FILE   the keys of the daemons (default: the DaemonKeyFile of the configuration)\n"
    "  --open       without a key, to daemons that have not read their file of keys yet\n"
    "  --json       what is shown, as JSON\n"
    "  --window N   flow: the window of the ring\n"
    "  --yes        terminate: do not ask\n"
    "  --hash N     reload: the hash of the configuration that the daemons have\n"
    "  --file PATH  why: from the flight recorder's file of a daemon, which may be dead\n"
    "  --sort KIND  top: by lag, rate or memory\n"
    "  --help       this\n"
    "  --version    which version it is of\n"
    "\n"
    "Options may stand anywhere. Without a command there is a menu. Commands:\n"
    "  status [DAEMON...]                           how they are\n"
    "  partition DAEMON,DAEMON.../DAEMON...         cut the ring apart\n"
    "  heal                                         and let it come together\n"
    "  flow [DAEMON:PERSONAL[:ACCELERATED] | all:...]...\n"
    "                                               windows of flow control\n"
    "  terminate DAEMON...                          end them\n"
    "  reload                                       let all read their configuration again\n"
    "  sessions [DAEMON...]                         clients, those first that are behind\n"
    "  groups [DAEMON]                              groups, and how many are in them\n"
    "  members GROUP                                who is in it\n"
    "  views [DAEMON]                               the last views, and why each came\n"
    "  top                                          daemons and clients, live\n"
    "  why [CLIENT | DAEMON | VIEW | last]          what happened to it, and why\n";

enum {
    LONG_KEY = 256,
    LONG_OPEN,
    LONG_JSON,
    LONG_YES,
    LONG_WINDOW,
    LONG_HASH,
    LONG_FILE,
    LONG_SORT,
    LONG_HELP,
    LONG_VERSION
};

static const struct option names[] = {
    {"key", required_argument, NULL, LONG_KEY},
    {"open", no_argument, NULL, LONG_OPEN},
    {"json", no_argument, NULL, LONG_JSON},
    {"yes", no_argument, NULL, LONG_YES},
    {"window", required_argument, NULL, LONG_WINDOW},
    {"hash", required_argument, NULL, LONG_HASH},
    {"file", required_argument, NULL, LONG_FILE},
    {"sort", required_argument, NULL, LONG_SORT},
    {"help", no_argument, NULL, LONG_HELP},
    {"version", no_argument, NULL, LONG_VERSION},
    {0},
};

/* Which of them belong to commands. */
static unsigned bit_of(int letter)
{
    return letter == LONG_JSON     ? OPTION_JSON
           : letter == LONG_YES    ? OPTION_YES
           : letter == LONG_WINDOW ? OPTION_WINDOW
           : letter == LONG_HASH   ? OPTION_HASH
           : letter == LONG_FILE   ? OPTION_FILE
           : letter == LONG_SORT   ? OPTION_SORT
                                   : 0;
}

bool options_wrong(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("spmonitor: ", stderr);
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n\n%s", usage);
    va_end(arguments);
    return false;
}

const char *options_besides(const struct options *o, unsigned those)
{
    for (const struct option *one = names; one->name; one++)
        if (o->given & bit_of(one->val) & ~those)
            return one->name;
    return NULL;
}

_Noreturn static void answer(const char *text)
{
    fputs(text, stdout);
    exit(fflush(stdout) == 0 ? 0 : 1);
}

static bool read_number(const char *text, int base, long low, long high, long *number)
{
    char *end;
    *number = strtol(text, &end, base);
    return end > text && *end == '\0' && *number >= low && *number <= high;
}

static bool read_short(struct options *o, int letter)
{
    long number;
    switch (letter) {
    case 'c':
        o->file = optarg;
        return true;
    case 'n':
        o->name = optarg;
        return strlen(optarg) < CONF_DAEMON_NAME ||
               options_wrong("-n %s: a name has at most %d bytes", optarg, CONF_DAEMON_NAME - 1);
    case 'p':
        if (!read_number(optarg, 0, 0, UINT16_MAX, &number))
            return options_wrong("-p %s: it takes a port from 0 to 65535", optarg);
        o->port = (int)number;
        return true;
    case 't':
        if (!read_number(optarg, 10, 1, 1000000, &number))
            return options_wrong("-t %s: it takes a number of seconds over 0", optarg);
        o->seconds = (unsigned)number;
        return true;
    default: /* getopt has said which */
        fprintf(stderr, "\n%s", usage);
        return false;
    }
}

static bool read_option(struct options *o, int letter)
{
    o->given |= bit_of(letter);
    switch (letter) {
    case LONG_KEY:
        o->key = optarg;
        return true;
    case LONG_OPEN:
        o->open = true;
        return true;
    case LONG_WINDOW:
        o->window = optarg;
        return true;
    case LONG_HASH:
        o->hash = optarg;
        return true;
    case LONG_SORT:
        o->sort = optarg;
        return true;
    case LONG_FILE:
        if (o->record_count == OPTION_FILES)
            return options_wrong("--file: there are more than %d", OPTION_FILES);
        o->records[o->record_count++] = optarg;
        return true;
    case LONG_JSON:
    case LONG_YES:
        return true;
    case LONG_HELP:
        answer(usage);
    case LONG_VERSION:
        answer("spmonitor " SPREAD_VERSION_TEXT ", compatible with Spread 5.0.1\n");
    default:
        return read_short(o, letter);
    }
}

bool options_read(struct options *o, int argc, char **argv)
{
    int letter;
    *o = (struct options){.port = -1, .seconds = SECONDS};
    while ((letter = getopt_long(argc, argv, "c:n:p:t:", names, NULL)) != -1)
        if (!read_option(o, letter))
            return false;
    o->words = argv + optind;
    o->count = argc - optind;
    return true;
}
