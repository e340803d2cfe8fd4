/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/flush_user/flush_user.h"
#include "tools/user/show.h"

enum { RECEIVERS_MAX = 9, LINE_MAX_LEN = 4096, BURST = 10, BURST_MAX = 102400 };

static const char BLANKS[] = " \t\r\n";

/* -- lines --------------------------------------------------------------------------------- */

/* Shows the prompt and reads a line, its newline included. False: there are no more. */
static bool ask(const char *prompt, char line[LINE_MAX_LEN])
{
    fputs(prompt, stdout);
    fflush(stdout);
    return fgets(line, LINE_MAX_LEN, stdin) != NULL;
}

/* The first word; false if there is none, or it is too long for a name. */
static bool read_name(const char *text, char name[MAX_GROUP_NAME])
{
    const char *word = text + strspn(text, BLANKS);
    size_t len = strcspn(word, BLANKS);
    if (len == 0 || len >= MAX_GROUP_NAME)
        return false;
    memset(name, 0, MAX_GROUP_NAME);
    memcpy(name, word, len);
    return true;
}

static bool read_group(const char *text, char name[MAX_GROUP_NAME])
{
    bool read = read_name(text, name);
    if (!read)
        printf(" invalid group \n");
    return read;
}

/* What went wrong is told; the program goes on as long as it has its mailbox. */
static enum verdict told(int result)
{
    if (result >= 0)
        return GOES_ON;
    FL_error(result);
    bool lost = result == CONNECTION_CLOSED || result == ILLEGAL_SESSION ||
                result == NET_ERROR_ON_SESSION;
    return lost ? FAILED : GOES_ON;
}

/* -- commands ------------------------------------------------------------------------------ */

static enum verdict on_group(struct flush_user *u, int call(mailbox, const char *), const char *text)
{
    char group[MAX_GROUP_NAME];
    return read_group(text, group) ? told(call(u->mbox, group)) : GOES_ON;
}

static enum verdict flush(struct flush_user *u, const char *text)
{
    char group[MAX_GROUP_NAME];
    if (!read_group(text, group))
        return GOES_ON;
    int result = FL_flush(u->mbox, group);
    if (result == 0)
        printf("Sent a FLUSH_OK message to group '%s'\n", group);
    return told(result);
}

static enum verdict send_line(struct flush_user *u, const char *text)
{
    char group[MAX_GROUP_NAME], line[LINE_MAX_LEN];
    if (!read_group(text, group))
        return GOES_ON;
    if (!ask("enter message: ", line))
        return QUITS;
    printf("sending to group '%s': '%s'\n", group, line);
    return told(FL_multicast(u->mbox, SAFE_MESS, group, 1, (int)strlen(line), line));
}

/* False: no more lines, or what was read makes no sense, which has been told. */
static bool ask_receivers(char receivers[RECEIVERS_MAX][MAX_GROUP_NAME], int *count)
{
    char line[LINE_MAX_LEN], prompt[32];
    if (!ask("enter number of receivers: ", line))
        return false;
    *count = atoi(line);
    if (*count < 1 || *count > RECEIVERS_MAX) {
        printf(" invalid number, 1 to %d \n", RECEIVERS_MAX);
        return false;
    }
    for (int i = 0; i < *count; i++) {
        snprintf(prompt, sizeof prompt, "enter receiver %d: ", i + 1);
        if (!ask(prompt, line) || !read_group(line, receivers[i]))
            return false;
    }
    return true;
}

static enum verdict send_to_some(struct flush_user *u, const char *text)
{
    char group[MAX_GROUP_NAME], line[LINE_MAX_LEN];
    char receivers[RECEIVERS_MAX][MAX_GROUP_NAME];
    int count;
    if (!read_group(text, group) || !ask_receivers(receivers, &count))
        return GOES_ON;
    if (!ask("enter message: ", line))
        return QUITS;
    printf("sending to %d members of group '%s': '%s'\n", count, group, line);
    return told(FL_subgroupcast(u->mbox, SAFE_MESS, group, count, receivers, 1, (int)strlen(line),
                                line));
}

static enum verdict burst(struct flush_user *u, const char *text)
{
    char group[MAX_GROUP_NAME] = "dummy_group_name", line[LINE_MAX_LEN], *end;
    if (text[strspn(text, BLANKS)] && !read_group(text, group))
        return GOES_ON;
    if (!ask("enter size of each message: ", line))
        return QUITS;
    long size = strtol(line, &end, 10);
    if (end != line)
        u->burst_size = (int)(size < 0 ? 0 : size > BURST_MAX ? BURST_MAX : size);
    char *mess = calloc(1, (size_t)u->burst_size + 64);
    enum verdict verdict = GOES_ON;
    bool sent = mess != NULL;
    printf("sending %d messages of %d bytes\n", BURST, u->burst_size);
    for (int i = 0; i < BURST && sent; i++) {
        snprintf(mess, 64, "mess num %u ", ++u->burst_total);
        int result = FL_multicast(u->mbox, FIFO_MESS, group, 2, u->burst_size, mess);
        verdict = told(result);
        sent = result >= 0;
        if (sent)
            printf("sent message %d (total %u)\n", i + 1, u->burst_total);
    }
    free(mess);
    return verdict;
}

static enum verdict receive(struct flush_user *u)
{
    struct inbox *in = &u->inbox;
    do {
        in->type = 0;
        in->len = FL_receive(u->mbox, &in->type, in->sender, in->groups_size, &in->num_groups,
                             in->groups, &in->mess_type, &in->endian_mismatch, in->body_size,
                             in->body, &u->more);
        if (in->len < 0)
            inbox_make_room(in, -in->num_groups, -in->endian_mismatch); /* the needs, or 0 */
    } while (in->len == BUFFER_TOO_SHORT || in->len == GROUPS_TOO_SHORT);
    printf("\n" SHOW_RULE "\n");
    if (in->len >= 0) {
        show_received(u);
        return GOES_ON;
    }
    FL_error(in->len);
    printf("\n" SHOW_RULE "\n");
    return FAILED;
}

enum verdict obey(struct flush_user *u)
{
    char line[LINE_MAX_LEN];
    if (!ask("\nUser> ", line))
        return QUITS;
    const char *text = strlen(line) > 2 ? line + 2 : "";
    switch (line[0]) {
    case 'j':
        return on_group(u, FL_join, text);
    case 'l':
        return on_group(u, FL_leave, text);
    case 'f':
        return flush(u, text);
    case 's':
        return send_line(u, text);
    case 'g':
        return send_to_some(u, text);
    case 'b':
        return burst(u, text);
    case 'r':
        return receive(u);
    case 'p':
        printf("Polling says: %d\n", FL_poll(u->mbox));
        return GOES_ON;
    case 'q':
        return QUITS;
    default:
        printf("\nUnknown commnad\n");
        show_menu();
        return GOES_ON;
    }
}
