/* SPDX-License-Identifier: MIT */
#include "tools/user/input.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_LIBEDIT
#include <histedit.h>
#endif

enum { CONTROL_D = 4 };

static struct {
    struct user *user;
    void (*conclude)(enum user_verdict);
    char *line; /* what has been read of it */
    size_t len, size;
    bool editing;
#ifdef HAVE_LIBEDIT
    EditLine *editor;
    History *history;
    bool typing; /* the editor shows its prompt */
#endif
} input;

/* -- plain ----------------------------------------------------------------------------------- */

static void add_byte(char byte)
{
    if (input.len + 2 > input.size) {
        input.size = 2 * input.size + 128;
        input.line = realloc(input.line, input.size);
        if (!input.line) {
            fprintf(stderr, "out of memory\n");
            exit(1);
        }
    }
    input.line[input.len++] = byte;
    input.line[input.len] = '\0';
}

static enum user_verdict take_line(void)
{
    size_t len = input.len;
    input.len = 0;
    return user_line(input.user, input.line, len);
}

static enum user_verdict end_of_input(void)
{
    enum user_verdict verdict = input.len > 0 ? take_line() : USER_GOES_ON;
    return verdict == USER_GOES_ON ? user_end_of_input(input.user) : verdict;
}

/* One byte a round: what follows the line stays in the pipe, where the loop still sees it, and
 * messages that arrive between two lines of a script are shown between them. */
static void on_byte(int fd, int code, void *data)
{
    char byte;
    (void)code;
    (void)data;
    if (read(fd, &byte, 1) != 1) {
        input.conclude(end_of_input());
        return;
    }
    add_byte(byte);
    if (byte == '\n')
        input.conclude(take_line());
}

/* -- edited ---------------------------------------------------------------------------------- */

#ifdef HAVE_LIBEDIT
static char *prompt(EditLine *editor)
{
    (void)editor;
    return (char *)(uintptr_t)input.user->prompt; /* only read */
}

/* Between lines the terminal is as it was, and the editor shows nothing. */
static enum user_verdict take_edited_line(const char *line, size_t len)
{
    HistEvent event;
    enum user_verdict verdict;
    if (len > 1)
        history(input.history, &event, H_ENTER, line);
    for (size_t i = 0; i < len; i++)
        add_byte(line[i]);
    el_set(input.editor, EL_UNBUFFERED, 0);
    input.typing = false;
    verdict = take_line();
    input.typing = verdict == USER_GOES_ON;
    if (input.typing)
        el_set(input.editor, EL_UNBUFFERED, 1);
    return verdict;
}

static void on_key(int fd, int code, void *data)
{
    int len = 0;
    const char *line = el_gets(input.editor, &len);
    (void)fd;
    (void)code;
    (void)data;
    if (!line || len <= 0 || (len == 1 && line[0] == CONTROL_D))
        input.conclude(user_end_of_input(input.user));
    else if (line[len - 1] == '\n' || line[len - 1] == '\r')
        input.conclude(take_edited_line(line, (size_t)len));
}

static bool start_editing(void)
{
    HistEvent event;
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return false;
    fflush(stdout);
    input.editor = el_init("spuser", stdin, stdout, stderr);
    input.history = history_init();
    if (!input.editor || !input.history)
        return false;
    history(input.history, &event, H_SETSIZE, 1000);
    el_set(input.editor, EL_HIST, history, input.history);
    el_set(input.editor, EL_PROMPT, prompt);
    el_set(input.editor, EL_EDITOR, "emacs");
    el_set(input.editor, EL_SIGNAL, 1);
    el_source(input.editor, NULL);
    el_set(input.editor, EL_UNBUFFERED, 1);
    input.typing = true;
    E_attach_fd(STDIN_FILENO, READ_FD, on_key, 0, NULL, LOW_PRIORITY);
    return true;
}

/* A message has been shown: below it, the prompt again and what has been typed so far. */
static void ask_editing(void)
{
    fflush(stdout);
    if (input.typing)
        el_set(input.editor, EL_REFRESH);
}

static void stop_editing(void)
{
    el_set(input.editor, EL_UNBUFFERED, 0);
    history_end(input.history);
    el_end(input.editor);
}
#else
static bool start_editing(void)
{
    return false;
}

static void ask_editing(void)
{
}

static void stop_editing(void)
{
}
#endif

void input_start(struct user *u, void (*conclude)(enum user_verdict))
{
    input.user = u;
    input.conclude = conclude;
    input.editing = start_editing();
    if (!input.editing) {
        user_ask_plainly(u);
        E_attach_fd(STDIN_FILENO, READ_FD, on_byte, 0, NULL, LOW_PRIORITY);
    }
}

void input_ask(struct user *u)
{
    if (input.editing)
        ask_editing();
    else if (input.user)
        user_ask_plainly(u);
}

void input_stop(void)
{
    if (input.editing)
        stop_editing();
    free(input.line);
    input.line = NULL;
}
