/* SPDX-License-Identifier: MIT
 *
 * The dialogue: what a line means depends on what was asked for.
 */
#include "tools/user/user.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void menu(const struct user *u)
{
    printf("\n"
           "j GROUP            join           l GROUP            leave\n"
           "s GROUP...         send a line    m GROUP...         send lines, to an empty one\n"
           "x LEVEL GROUP...   send a line: unreliable, reliable, fifo, causal, agreed, safe\n"
           "b [GROUP]          send a burst\n");
    if (u->front->listen)
        printf("r                  receive one    p                  how much waits\n"
               "e                  show what arrives by itself (d: not)\n");
    printf("q                  quit\n");
}

static void expect_command(struct user *u)
{
    u->expects = USER_COMMAND;
    u->prompt = "User> ";
    putchar('\n');
}

void user_begin(struct user *u)
{
    menu(u);
    expect_command(u);
}

/* -- arguments ------------------------------------------------------------------------------- */

static const char BLANKS[] = " \t\r\n";

/* The next word; its length is 0 if there is none. Moves *at behind it. */
static size_t next_word(const char **at, const char **word)
{
    *word = *at + strspn(*at, BLANKS);
    size_t len = strcspn(*word, BLANKS);
    *at = *word + len;
    return len;
}

static bool invalid_group(void)
{
    printf(" invalid group \n");
    return false;
}

/* All words from here on are the groups of the next message. */
static bool read_groups(struct user *u, const char *at)
{
    const char *word;
    u->num_groups = 0;
    for (size_t len = next_word(&at, &word); len > 0; len = next_word(&at, &word)) {
        if (len >= MAX_GROUP_NAME || u->num_groups == USER_GROUPS)
            return invalid_group();
        char *group = u->groups[u->num_groups++];
        memset(group, 0, MAX_GROUP_NAME);
        memcpy(group, word, len);
    }
    return u->num_groups > 0 || invalid_group();
}

static service level_of(const char *word, size_t len)
{
    static const struct {
        const char *name;
        service level;
    } levels[] = {
        {"unreliable", UNRELIABLE_MESS}, {"reliable", RELIABLE_MESS}, {"fifo", FIFO_MESS},
        {"causal", CAUSAL_MESS},         {"agreed", AGREED_MESS},     {"safe", SAFE_MESS},
    };
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        if (strlen(levels[i].name) == len && memcmp(word, levels[i].name, len) == 0)
            return levels[i].level;
    return 0;
}

/* -- sending --------------------------------------------------------------------------------- */

static void expect(struct user *u, enum user_expects what, const char *prompt)
{
    u->expects = what;
    u->prompt = prompt;
    u->text_len = 0;
    u->front->ask(u);
}

static void add_text(struct user *u, const char *text, size_t len)
{
    if (u->text_len + len > u->text_size) {
        u->text_size = 2 * (u->text_len + len);
        u->text = realloc(u->text, u->text_size);
        if (!u->text) {
            fprintf(stderr, "out of memory\n");
            exit(1);
        }
    }
    memcpy(u->text + u->text_len, text, len);
    u->text_len += len;
}

static enum user_verdict told(int result)
{
    if (result >= 0)
        return USER_GOES_ON;
    SP_error(result);
    return USER_FAILED;
}

static enum user_verdict send_text(struct user *u)
{
    return told(SP_multigroup_multicast(u->mbox, u->service, u->num_groups, u->groups, 1,
                                        (int)u->text_len, u->text ? u->text : ""));
}

static enum user_verdict send_burst(struct user *u)
{
    enum { BURST = 10 };
    char *mess = calloc(1, (size_t)u->burst_size + 64);
    enum user_verdict verdict = USER_GOES_ON;
    printf("sending %d messages of %d bytes\n", BURST, u->burst_size);
    for (int i = 0; i < BURST && mess && verdict == USER_GOES_ON; i++) {
        u->burst_total++;
        snprintf(mess, 64, "mess num %u ", u->burst_total);
        verdict = told(SP_multicast(u->mbox, FIFO_MESS, u->groups[0], 2, u->burst_size, mess));
        if (verdict == USER_GOES_ON)
            printf("sent message %d (total %u)\n", i + 1, u->burst_total);
    }
    free(mess);
    return verdict;
}

/* -- commands -------------------------------------------------------------------------------- */

/* What joining and leaving come to is told, and the program goes on. */
static void join_or_leave(struct user *u, int call(mailbox, const char *), const char *arguments)
{
    const char *word;
    size_t len = next_word(&arguments, &word);
    char *group = strndup(word, len);
    if (len == 0)
        invalid_group();
    else if (group)
        told(call(u->mbox, group));
    free(group);
}

static void send_as(struct user *u, service level, const char *arguments, enum user_expects what)
{
    u->service = level;
    if (read_groups(u, arguments))
        expect(u, what, "enter message: ");
}

static void send_with_level(struct user *u, const char *arguments)
{
    const char *word;
    size_t len = next_word(&arguments, &word);
    service level = level_of(word, len);
    if (level)
        send_as(u, level, arguments, USER_MESSAGE);
    else
        printf(" invalid level \n");
}

static void burst(struct user *u, const char *arguments)
{
    bool given = arguments[strspn(arguments, BLANKS)] != '\0';
    if (read_groups(u, given ? arguments : "dummy_group_name"))
        expect(u, USER_SIZE, "enter size of each message: ");
}

static void unknown(struct user *u)
{
    printf("\nUnknown commnad\n");
    menu(u);
}

static enum user_verdict receiving_command(struct user *u, char command)
{
    switch (command) {
    case 'r':
        return user_receive(u);
    case 'p':
        printf("Polling sais: %d\n", SP_poll(u->mbox));
        break;
    case 'e':
    case 'd':
        u->front->listen(u, command == 'e');
        break;
    }
    return USER_GOES_ON;
}

static enum user_verdict command(struct user *u, const char *line)
{
    const char *arguments = strlen(line) > 2 ? line + 2 : "";
    switch (line[0]) {
    case 'j':
        join_or_leave(u, SP_join, arguments);
        break;
    case 'l':
        join_or_leave(u, SP_leave, arguments);
        break;
    case 's':
        send_as(u, SAFE_MESS, arguments, USER_MESSAGE);
        break;
    case 'm':
        send_as(u, SAFE_MESS, arguments, USER_MESSAGES);
        break;
    case 'x':
        send_with_level(u, arguments);
        break;
    case 'b':
        burst(u, arguments);
        break;
    case 'q':
        return USER_QUITS;
    case 'r':
    case 'p':
    case 'e':
    case 'd':
        if (u->front->listen)
            return receiving_command(u, line[0]);
        unknown(u);
        break;
    default:
        unknown(u);
    }
    return USER_GOES_ON;
}

/* -- the dialogue ---------------------------------------------------------------------------- */

static enum user_verdict size_given(struct user *u, const char *line)
{
    enum { BURST_MAX = 102400 };
    char *end;
    long size = strtol(line, &end, 10);
    if (end != line)
        u->burst_size = (int)(size < 0 ? 0 : size > BURST_MAX ? BURST_MAX : size);
    return send_burst(u);
}

static enum user_verdict answer(struct user *u, const char *line, size_t len)
{
    switch (u->expects) {
    case USER_COMMAND:
        return command(u, line);
    case USER_MESSAGE:
        add_text(u, line, len);
        u->expects = USER_COMMAND;
        return send_text(u);
    case USER_MESSAGES:
        if (len == 0 || (len == 1 && line[0] == '\n')) {
            u->expects = USER_COMMAND;
            return send_text(u);
        }
        add_text(u, line, len);
        u->prompt = "";
        break;
    case USER_SIZE:
        u->expects = USER_COMMAND;
        return size_given(u, line);
    }
    return USER_GOES_ON;
}

enum user_verdict user_line(struct user *u, const char *line, size_t len)
{
    enum user_verdict verdict = answer(u, line, len);
    if (verdict == USER_GOES_ON && u->expects == USER_COMMAND) {
        expect_command(u);
        u->front->ask(u);
    }
    return verdict;
}

enum user_verdict user_end_of_input(struct user *u)
{
    if (u->expects == USER_MESSAGES && u->text_len > 0 && send_text(u) == USER_FAILED)
        return USER_FAILED;
    return USER_QUITS;
}
