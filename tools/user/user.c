/* SPDX-License-Identifier: MIT */
#include "tools/user/user.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/usage.h"
#include "tools/user/show.h"

enum { CONNECT_LIMIT_SEC = 5 };

static const char usage_text[] =
    "[-u NAME | -r] [-s ADDRESS]\n"
    "\n"
    "  -u NAME      name of the connection, at most 10 characters (default user)\n"
    "  -r           let the daemon choose the name\n"
    "  -s ADDRESS   the daemon: PORT for its Unix socket, PORT@HOST for TCP (default 4803)\n"
    "  -n USER      of older programs, accepted and not used\n"
    "  -p PASSWORD  likewise\n"
    "  --help       this\n"
    "  --version    which version it is of\n";

/* Two characters tell an option, whatever follows them in the word. */
static void read_options(struct user *u, int argc, char **argv)
{
    struct usage usage = {u->front->program, usage_text};
    for (int i = 1; i < argc; i++) {
        usage_answer(&usage, argv[i]);
        if (strncmp(argv[i], "-r", 2) == 0) {
            u->name = "";
            continue;
        }
        if (argv[i][0] != '-' || !argv[i][1] || !strchr("usnp", argv[i][1]))
            usage_refuse(&usage, argv[i], "no such option");
        if (i + 1 == argc)
            usage_refuse(&usage, argv[i], "nothing follows it");
        if (argv[i][1] == 'u')
            u->name = argv[i + 1];
        else if (argv[i][1] == 's')
            u->address = argv[i + 1];
        i++;
    }
}

void user_init(struct user *u, const struct user_front *front, int argc, char **argv)
{
    *u = (struct user){.front = front, .address = "4803", .name = "user", .mbox = -1};
    read_options(u, argc, argv);
    inbox_init(&u->inbox);
}

void user_fini(struct user *u)
{
    inbox_fini(&u->inbox);
    free(u->text);
}

void user_ask_plainly(struct user *u)
{
    fputs(u->prompt, stdout);
    fflush(stdout);
}

bool user_start(struct user *u)
{
    int major, minor, patch;
    SP_version(&major, &minor, &patch);
    printf("Spread library version is %d.%d.%d\n", major, minor, patch);
    int result = SP_connect_timeout(u->address, u->name, 0, 1, &u->mbox, u->private_group,
                                    (sp_time){.sec = CONNECT_LIMIT_SEC});
    if (result != ACCEPT_SESSION) {
        SP_error(result);
        return false;
    }
    printf("User: connected to %s with private group %s\n", u->address, u->private_group);
    user_begin(u);
    return true;
}

int user_bye(enum user_verdict verdict)
{
    printf("\nBye.\n");
    fflush(stdout);
    return verdict == USER_FAILED ? 1 : 0;
}

enum user_verdict user_receive(struct user *u)
{
    int result = inbox_receive(&u->inbox, u->mbox);
    enum user_verdict verdict = USER_GOES_ON;
    flockfile(stdout);
    printf("\n" SHOW_RULE "\n");
    if (result >= 0) {
        show_message(&u->inbox);
        putchar('\n');
        u->front->ask(u);
    } else if (u->leaving) {
        verdict = USER_QUITS;
    } else {
        SP_error(result);
        printf("\n" SHOW_RULE "\n");
        verdict = USER_FAILED;
    }
    funlockfile(stdout);
    return verdict;
}
