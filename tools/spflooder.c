/* SPDX-License-Identifier: MIT
 *
 * spflooder - sends as fast as its own messages come back, and tells how fast that was.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/flooder/flooder.h"

enum { BYTES_MAX = 143952 - MAX_GROUP_NAME }; /* a message to one group */

_Noreturn static void usage(void)
{
    printf("usage: spflooder [-u NAME] [-s ADDRESS] [-m MESSAGES] [-b BYTES] [-n MEMBERS]\n"
           "                 [-ro | -wo]\n"
           "\n"
           "  -u NAME      name of the connection (default flooder)\n"
           "  -s ADDRESS   the daemon: PORT or PORT@HOST (default %d)\n"
           "  -m MESSAGES  how many (default 10000)\n"
           "  -b BYTES     bytes of each, 1 to %d (default 1000)\n"
           "  -n MEMBERS   wait until so many flooders are there, at most %d\n"
           "  -ro          only receive\n"
           "  -wo          only send\n",
           DEFAULT_SPREAD_PORT, BYTES_MAX, FLOODER_MEMBERS_MAX);
    exit(1);
}

static int number(const char *text, int low, int high)
{
    char *end;
    long value = strtol(text, &end, 10);
    if (end == text || *end || value < low || value > high)
        usage();
    return (int)value;
}

static void read_options(struct flood *f, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *option = argv[i], *value = argv[i + 1];
        if (strcmp(option, "-ro") == 0) {
            f->mode = FLOOD_READ_ONLY;
            continue;
        }
        if (strcmp(option, "-wo") == 0) {
            f->mode = FLOOD_WRITE_ONLY;
            continue;
        }
        if (option[0] != '-' || !option[1] || option[2] || !value)
            usage();
        switch (option[1]) {
        case 'u':
            f->name = value;
            break;
        case 's':
            f->address = value;
            break;
        case 'm':
            f->messages = number(value, 1, 1000000000);
            break;
        case 'b':
            f->bytes = number(value, 1, BYTES_MAX);
            break;
        case 'n':
            f->members = number(value, 0, FLOODER_MEMBERS_MAX);
            break;
        default:
            usage();
        }
        i++;
    }
    if (f->members > 0 && f->mode == FLOOD_ECHO && f->bytes < (int)sizeof f->self)
        usage(); /* no room for the sender's number */
    if (f->mode == FLOOD_WRITE_ONLY)
        f->members = 0; /* it does not join, so it sees nobody */
}

static void announce(const struct flood *f)
{
    if (f->mode == FLOOD_READ_ONLY)
        printf("flooder: Only receiving messages\n");
    else
        printf("flooder: starting  multicast of %d messages, %d bytes each%s\n", f->messages,
               f->bytes, f->mode == FLOOD_WRITE_ONLY ? " (self discarding)." : ".");
    fflush(stdout);
}

/* Only a receiver learns from others how large its messages are. */
static int bytes_each(const struct flood *f)
{
    if (f->mode != FLOOD_READ_ONLY)
        return f->bytes;
    return (int)(f->received_bytes / f->received);
}

int main(int argc, char **argv)
{
    static struct flood flood = {
        .address = "4803", .name = "flooder", .messages = 10000, .bytes = 1000};

    read_options(&flood, argc, argv);
    flood_connect(&flood);
    if (flood.members > 0)
        flood_gather(&flood);
    announce(&flood);
    flood_run(&flood);
    printf("flooder: completed multicast of %d messages, %d bytes each.\n", flood.messages,
           bytes_each(&flood));
    flood_report(&flood);
    SP_disconnect(flood.mbox);
    inbox_fini(&flood.inbox);
    free(flood.body);
    return 0;
}
