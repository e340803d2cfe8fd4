/* SPDX-License-Identifier: MIT
 *
 * spflooder - sends as fast as its own messages come back, and tells how fast that was.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/flooder/flooder.h"
#include "tools/usage.h"

enum { BYTES_MAX = 143952 - MAX_GROUP_NAME }; /* a message to one group */

static const struct usage usage = {
    "spflooder", "[-u NAME] [-s ADDRESS] [-m MESSAGES] [-b BYTES] [-n MEMBERS] [-ro | -wo]\n"
                 "\n"
                 "  -u NAME      name of the connection (default flooder)\n"
                 "  -s ADDRESS   the daemon: PORT or PORT@HOST (default 4803)\n"
                 "  -m MESSAGES  how many (default 10000)\n"
                 "  -b BYTES     bytes of each, 1 to 143920 (default 1000)\n"
                 "  -n MEMBERS   wait until so many flooders are there, at most 100\n"
                 "  -ro          only receive\n"
                 "  -wo          only send\n"
                 "  --help       this\n"
                 "  --version    which version it is of\n"};
static_assert(BYTES_MAX == 143920 && FLOODER_MEMBERS_MAX == 100, "as the text says");

static int number(const char *option, const char *text, int low, int high)
{
    char *end, what[64];
    long value = strtol(text, &end, 10);
    if (end == text || *end || value < low || value > high) {
        snprintf(what, sizeof what, "it takes a number from %d to %d", low, high);
        usage_refuse(&usage, option, what);
    }
    return (int)value;
}

/* One that has a value. */
static void read_option(struct flood *f, const char *option, const char *value)
{
    if (option[0] != '-' || !option[1] || option[2] || !strchr("usmbn", option[1]))
        usage_refuse(&usage, option, "no such option");
    if (!value)
        usage_refuse(&usage, option, "nothing follows it");
    switch (option[1]) {
    case 'u':
        f->name = value;
        break;
    case 's':
        f->address = value;
        break;
    case 'm':
        f->messages = number(option, value, 1, 1000000000);
        break;
    case 'b':
        f->bytes = number(option, value, 1, BYTES_MAX);
        break;
    case 'n':
        f->members = number(option, value, 0, FLOODER_MEMBERS_MAX);
        break;
    }
}

static void read_options(struct flood *f, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        usage_answer(&usage, argv[i]);
        if (strcmp(argv[i], "-ro") == 0) {
            f->mode = FLOOD_READ_ONLY;
        } else if (strcmp(argv[i], "-wo") == 0) {
            f->mode = FLOOD_WRITE_ONLY;
        } else {
            read_option(f, argv[i], argv[i + 1]);
            i++;
        }
    }
    if (f->members > 0 && f->mode == FLOOD_ECHO && f->bytes < (int)sizeof f->self)
        usage_refuse(&usage, "-b", "with -n a message has room for the sender's number, 4 bytes");
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
