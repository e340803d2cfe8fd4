/* SPDX-License-Identifier: MIT
 *
 * sppasswd - users of the method PWORD and their passwords.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/passwd/users.h"
#include "tools/passwd/word.h"

#define FILE_NAME "spread.access_pword"

static const char usage[] =
    "usage: sppasswd [-f FILE] [-r ROUNDS] COMMAND [USER]\n"
    "\n"
    "  -f FILE    the file of users (default: ./" FILE_NAME ", else /etc/" FILE_NAME ")\n"
    "  -r ROUNDS  what a hash costs, 1 to 11 (default: the system's, 5)\n"
    "  --help     this\n"
    "  --version  which version it is of\n"
    "\n"
    "Commands:\n"
    "  add USER     a user, with a password\n"
    "  change USER  the password of one who is there\n"
    "  remove USER  one\n"
    "  list         who is there\n"
    "\n"
    "The password is asked for at the terminal, or is the first line of standard input.\n"
    "Daemons read the file when they start and on SIGHUP.\n";

struct options {
    const char *file;
    unsigned long rounds;
    const char *verb, *user;
};

static int wrong(const char *what)
{
    fprintf(stderr, "sppasswd: %s\n\n%s", what, usage);
    return 2;
}

/* 0, or the status to end with: something is wrong, and that has been said. */
static int read_options(struct options *o, int argc, char **argv)
{
    static const struct option names[] = {
        {"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'v'}, {0}};
    int letter;
    *o = (struct options){.file = access(FILE_NAME, F_OK) == 0 ? FILE_NAME : "/etc/" FILE_NAME};
    while ((letter = getopt_long(argc, argv, "f:r:h", names, NULL)) != -1) {
        if (letter == 'h' || letter == 'v') {
            fputs(letter == 'h' ? usage : "sppasswd " SPREAD_VERSION_TEXT "\n", stdout);
            exit(0);
        }
        if (letter == 'f')
            o->file = optarg;
        else if (letter != 'r')
            return fprintf(stderr, "\n%s", usage), 2; /* getopt has said which */
        else if ((o->rounds = strtoul(optarg, NULL, 10)) < 1 || o->rounds > 11)
            return wrong("-r takes a number from 1 to 11");
    }
    o->verb = optind < argc ? argv[optind++] : "";
    o->user = optind < argc ? argv[optind++] : NULL;
    return optind == argc ? 0 : wrong("there is an argument too many");
}

static int no_such(const struct options *o, const char *what)
{
    fprintf(stderr, "sppasswd: %s: %s %s\n", o->file, o->user, what);
    return 1;
}

static int set(const struct options *o, bool new)
{
    char word[WORD_MAX + 1] = "", hash[WORD_HASH];
    /* Asked first: nobody else has to wait for the file while somebody types. */
    bool ok = word_ask(o->user, word) && word_hash(word, o->rounds, hash);
    explicit_bzero(word, sizeof word);
    struct users *u = ok ? users_open(o->file, new ? USERS_MAKE : USERS_CHANGE) : NULL;
    if (!u)
        return 1;
    int status = 1;
    if (users_have(u, o->user) == new) {
        no_such(o, new ? "is there already: change it" : "is not there: add it");
    } else {
        users_set(u, o->user, hash);
        status = users_write(u) ? 0 : 1;
    }
    users_close(u);
    return status;
}

static int drop(const struct options *o)
{
    struct users *u = users_open(o->file, USERS_CHANGE);
    if (!u)
        return 1;
    int status = 1;
    if (!users_have(u, o->user)) {
        no_such(o, "is not there");
    } else {
        users_remove(u, o->user);
        status = users_write(u) ? 0 : 1;
    }
    users_close(u);
    return status;
}

static void show(const char *name, const char *hash)
{
    printf("%s%s\n", name, word_hash_is_good(hash) ? "" : "  (old hash, not let in: change it)");
}

static int list(const struct options *o)
{
    struct users *u = users_open(o->file, USERS_READ);
    if (!u)
        return 1;
    users_each(u, show);
    users_close(u);
    return fflush(stdout) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct options o;
    int status = read_options(&o, argc, argv);
    if (status != 0)
        return status;
    if (strcmp(o.verb, "list") == 0 && !o.user)
        return list(&o);
    if (!o.user)
        return wrong("add, change and remove take a user, list takes none");
    if (!users_name_is_legal(o.user))
        return no_such(&o, "is no name of a user: it has 1 to 32 bytes and no colon");
    if (strcmp(o.verb, "add") == 0 || strcmp(o.verb, "change") == 0)
        return set(&o, o.verb[0] == 'a');
    if (strcmp(o.verb, "remove") == 0)
        return drop(&o);
    return wrong("there is no such command");
}
