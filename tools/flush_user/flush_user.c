/* SPDX-License-Identifier: MIT
 *
 * flush_user - an interactive client of the flush layer: it receives when it is told to, so that
 * one sees who waits for whom.
 */
#include "tools/flush_user/flush_user.h"

#include <stdio.h>
#include <string.h>

#include "tools/usage.h"

static const struct usage usage = {
    "flush_user",
    "[-u NAME] [-s ADDRESS]\n"
    "\n"
    "  -u NAME      name of the connection, at most 10 characters (default user)\n"
    "  -s ADDRESS   the daemon: PORT for its Unix socket, PORT@HOST for TCP (default 4803)\n"
    "  --help       this\n"
    "  --version    which version it is of\n"};

static void read_options(struct flush_user *u, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        usage_answer(&usage, word);
        const char **to = strcmp(word, "-u") == 0   ? &u->name
                          : strcmp(word, "-s") == 0 ? &u->address
                                                    : NULL;
        if (!to)
            usage_refuse(&usage, word, "no such option");
        if (++i == argc)
            usage_refuse(&usage, word, "nothing follows it");
        *to = argv[i];
    }
}

static bool begin(struct flush_user *u)
{
    int major, minor, patch;
    FL_version(&major, &minor, &patch);
    printf("Flush library version is %d.%d.%d\n", major, minor, patch);
    int result = FL_connect(u->address, u->name, 0, &u->mbox, u->private_group);
    if (result != ACCEPT_SESSION) {
        FL_error(result);
        return false;
    }
    printf("User: connected to %s with private group %s\n", u->address, u->private_group);
    show_menu();
    return true;
}

int main(int argc, char **argv)
{
    static struct flush_user user = {.address = "4803", .name = "user", .mbox = -1};
    enum verdict verdict = FAILED;
    read_options(&user, argc, argv);
    inbox_init(&user.inbox);
    if (begin(&user)) {
        do
            verdict = obey(&user);
        while (verdict == GOES_ON);
        FL_disconnect(user.mbox); /* unless it is lost */
    }
    inbox_fini(&user.inbox);
    printf("\nBye.\n");
    return verdict == FAILED ? 1 : 0;
}
