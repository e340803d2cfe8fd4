/* SPDX-License-Identifier: MIT */
#include "tools/passwd/word.h"

#include <crypt.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "daemon/base/memory.h"

static bool complain(const char *what)
{
    fprintf(stderr, "sppasswd: %s\n", what);
    return false;
}

/* -- asking ----------------------------------------------------------------------------------- */

/* A line without its newline, byte by byte so that nothing behind it is taken. Returns its length, which may
 * be more than fits; -1: there is none. */
static int read_line(int fd, char *line, int size)
{
    int len = 0;
    for (;;) {
        char c;
        ssize_t n = read(fd, &c, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 || (n == 0 && len == 0))
            return -1;
        if (n == 0 || c == '\n')
            break;
        if (c == '\0')
            return -1;
        if (len < size - 1)
            line[len] = c;
        len++;
    }
    line[len < size - 1 ? len : size - 1] = '\0';
    return len;
}

static bool is_fit(int len)
{
    if (len < 0)
        return complain("no password was given");
    if (len == 0)
        return complain("an empty password is none");
    if (len > WORD_MAX)
        return complain("a password has at most 8 bytes: more is not carried by the protocol, and would "
                        "be cut off without a word");
    return true;
}

/* Shown to nobody; what is typed is not echoed, also if the program is stopped by a signal meanwhile. */
static int read_hidden(int tty, const char *prompt, char line[WORD_MAX + 1])
{
    struct termios shown, hidden;
    sigset_t all, before;
    if (tcgetattr(tty, &shown) != 0)
        return -1;
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    tcsetattr(tty, TCSAFLUSH, &hidden); /* before the prompt: what is typed then counts */
    dprintf(tty, "%s", prompt);
    int len = read_line(tty, line, WORD_MAX + 1);
    tcsetattr(tty, TCSANOW, &shown);
    dprintf(tty, "\n");
    sigprocmask(SIG_SETMASK, &before, NULL);
    return len;
}

static bool ask_twice(int tty, const char *user, char word[WORD_MAX + 1])
{
    char prompt[128], again[WORD_MAX + 1];
    snprintf(prompt, sizeof prompt, "Password of %s (1 to %d bytes): ", user, WORD_MAX);
    if (!is_fit(read_hidden(tty, prompt, word)))
        return false;
    int len = read_hidden(tty, "The same again: ", again);
    bool same = len >= 0 && strcmp(word, again) == 0;
    explicit_bzero(again, sizeof again);
    return same || complain("the two are not the same");
}

bool word_ask(const char *user, char word[WORD_MAX + 1])
{
    if (isatty(STDIN_FILENO))
        return ask_twice(STDIN_FILENO, user, word);
    return is_fit(read_line(STDIN_FILENO, word, WORD_MAX + 1));
}

/* -- hashes ----------------------------------------------------------------------------------- */

bool word_hash_is_good(const char *hash)
{
    return crypt_checksalt(hash) == CRYPT_SALT_OK;
}

bool word_hash(const char *word, unsigned long rounds, char hash[WORD_HASH])
{
    char salt[CRYPT_GENSALT_OUTPUT_SIZE];
    if (!crypt_gensalt_rn("$y$", rounds, NULL, 0, salt, sizeof salt))
        return complain("the system has no hash of this kind, or not with so many rounds");
    struct crypt_data *scratch = memory_new(sizeof *scratch);
    const char *made = crypt_r(word, salt, scratch);
    bool ok = made && made[0] != '*' && strlen(made) < WORD_HASH;
    if (ok)
        strcpy(hash, made);
    explicit_bzero(scratch, sizeof *scratch);
    free(scratch);
    return ok || complain("the password cannot be hashed");
}
