/* SPDX-License-Identifier: MIT
 *
 * spmonitor - watches daemons and commands them: by a menu, or one command for a script.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/io/files.h"
#include "tools/monitor/batch.h"
#include "tools/monitor/menu.h"

#ifndef SPREAD_VERSION_TEXT
#define SPREAD_VERSION_TEXT "unknown"
#endif

enum { MENU_PORT = 6543, SECONDS = 10 };

struct options {
    const char *file, *name, *key;
    int port; /* -1: not given */
    unsigned seconds;
    bool open; /* --open */
};

static const char usage[] =
    "usage: spmonitor [-c FILE] [-n NAME] [-p PORT] [-t SECONDS]\n"
    "                 [--key FILE | --open] [COMMAND ...]\n"
    "\n"
    "  -c FILE     the configuration of the daemons (default: as for spreadd)\n"
    "  -n NAME     the daemon to pose as (default: the first whose address this machine has)\n"
    "  -p PORT     the UDP port of this program (default 6543; with a command, any)\n"
    "  -t SECONDS  between status queries; with a command, how long it may take (default 10)\n"
    "  --key FILE  the keys of the daemons (default: the DaemonKeyFile of the configuration)\n"
    "  --open      without a key, to daemons that have not read their file of keys yet\n"
    "\n"
    "Without a command there is a menu. Commands:\n"
    "  status [--json] [DAEMON...]\n"
    "  partition DAEMON,DAEMON.../DAEMON...      heal\n"
    "  flow [--window N] [DAEMON:PERSONAL[:ACCELERATED] | all:...]...\n"
    "  terminate [--yes] DAEMON...               reload [--hash N]\n";

static bool wrong(const char *what)
{
    fprintf(stderr, "spmonitor: %s\n\n%s", what, usage);
    return false;
}

static bool read_number(const char *text, int base, long low, long high, long *number)
{
    char *end;
    *number = strtol(text, &end, base);
    return end > text && *end == '\0' && *number >= low && *number <= high;
}

static bool read_option(struct options *o, char letter, const char *value)
{
    long number;
    switch (letter) {
    case 'c':
        o->file = value;
        return true;
    case 'n':
        o->name = value;
        return strlen(value) < CONF_DAEMON_NAME || wrong("-n: a name has at most 19 bytes");
    case 'p':
        if (!read_number(value, 0, 0, UINT16_MAX, &number))
            return wrong("-p takes a port from 0 to 65535");
        o->port = (int)number;
        return true;
    case 't':
        if (!read_number(value, 10, 1, 1000000, &number))
            return wrong("-t takes a number of seconds over 0");
        o->seconds = (unsigned)number;
        return true;
    default:
        return wrong("there is no such option");
    }
}

/* Returns where the command begins; 0 if something is wrong. --help and --version end the program.
 */
static int read_options(struct options *o, int argc, char **argv)
{
    int i = 1;
    *o = (struct options){.port = -1, .seconds = SECONDS};
    for (; i < argc && argv[i][0] == '-'; i += 2) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            exit(0);
        }
        if (strcmp(argv[i], "--version") == 0) {
            puts("spmonitor " SPREAD_VERSION_TEXT ", compatible with Spread 5.0.1");
            exit(0);
        }
        if (strcmp(argv[i], "--key") == 0 && i + 1 < argc) {
            o->key = argv[i + 1];
            continue;
        }
        if (strcmp(argv[i], "--open") == 0) {
            o->open = true;
            i--; /* it has no value */
            continue;
        }
        bool one_letter = argv[i][1] && !argv[i][2];
        if (one_letter && strchr("cnpt", argv[i][1]) && i + 1 == argc)
            return wrong("an option lacks its value");
        if (!read_option(o, one_letter ? argv[i][1] : '?', argv[i + 1]))
            return 0;
    }
    if (i < argc && !batch_knows(argv[i]))
        return wrong("there is no such command");
    return i;
}

int main(int argc, char **argv)
{
    struct options o;
    char why[STATION_WHY] = "";
    int at = read_options(&o, argc, argv);
    if (at == 0)
        return 1;
    bool batch = at < argc;
    struct station station = {
        .path = o.file ? o.file : file_default_conf(),
        .key = o.key,
        .open = o.open,
        .name = o.name,
        .port = (uint16_t)(o.port >= 0 ? o.port
                           : batch     ? 0
                                       : MENU_PORT),
    };
    if (!station_open(&station, why)) {
        fprintf(stderr, "spmonitor: %s\n", why);
        return 1;
    }
    if (!batch)
        printf("spmonitor %s, compatible with Spread 5.0.1\n", SPREAD_VERSION_TEXT);
    int status = batch ? batch_run(&station, o.seconds, argc - at, argv + at)
                       : menu_run(&station, o.seconds);
    station_close(&station);
    return status;
}
