/* SPDX-License-Identifier: MIT
 *
 * One client of a trace, steered by lines on its standard input and telling what it received in the
 * notation of the traces (traces/README.md); group ids are given as they are, proc.time.index.
 *
 *   connect ADDRESS NAME|- MEMBERSHIP       = OK GROUP | ERR CODE
 *   join GROUP, leave GROUP                 = RESULT
 *   multicast SERVICE TYPE BODY GROUP...    = RESULT      BODY: text, or @N for N bytes
 *   repeat N SERVICE BODY GROUP             = how many were accepted
 *   receive GROUPS LEN SERVICE              one message, = what SP_receive returned
 *   settle                                  every message there is, = 0
 *   count                                   = how many messages, then the error that ended them
 *   poll, disconnect, kill                  = RESULT
 *   raw HEX                                 writes bytes past the library, = how many
 *
 * Every answer ends with its line that begins with "= ".
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "include/sp.h"

enum {
    WORDS = 130,
    GROUPS = 128,
    BODY = 150000,
    SETS = 16,
    MEMBERS = 64,
    TEXT = 1 << 16,
    SETTLED = 0x7ffd, /* mess_type of the message that ends settle */
};

struct agent {
    mailbox m;
    char group[MAX_GROUP_NAME];
};

/* One receive: what was offered, and what came. */
struct hearing {
    int max_groups, max_len, result;
    service given, type;
    char sender[MAX_GROUP_NAME];
    int num_groups, endian_mismatch;
    int16 mess_type;
    char groups[GROUPS][MAX_GROUP_NAME];
    char body[BODY];
};

/* -- telling ------------------------------------------------------------------------------- */

static void print_names(const char (*names)[MAX_GROUP_NAME], int count)
{
    for (int i = 0; i < count; i++)
        printf("%s%s", i ? " " : "", names[i]);
}

/* As many groups as there is room for, be the list cut or not. */
static int groups_told(const struct hearing *h)
{
    int count = abs(h->num_groups);
    return count < h->max_groups ? count : h->max_groups;
}

static const char *level_of(service type)
{
    static const char *const names[] = {"UNRELIABLE", "RELIABLE", "FIFO",
                                        "CAUSAL",     "AGREED",   "SAFE"};
    for (int bit = 0; bit < 6; bit++)
        if ((type & REGULAR_MESS) == 1 << bit)
            return names[bit];
    return "?";
}

static void print_data(const struct hearing *h)
{
    printf("%s(0x%x) from %s to [", level_of(h->type), (unsigned)h->type, h->sender);
    print_names(h->groups, groups_told(h));
    printf("] type=%d ", h->mess_type);
    if (h->result > 100)
        printf("<%d bytes>", h->result);
    else
        printf("\"%.*s\"", h->result, h->body);
    if (h->endian_mismatch)
        printf(" endian=1");
}

static void print_sets(const struct hearing *h)
{
    vs_set_info sets[SETS];
    char names[MEMBERS][MAX_GROUP_NAME];
    unsigned own = 0;
    int count = SP_get_vs_sets_info(h->body, sets, SETS, &own);
    printf(" vs=");
    for (int i = 0; i < count; i++) {
        int members = SP_get_vs_set_members(h->body, &sets[i], names, MEMBERS);
        printf("%s{", i ? " " : "");
        print_names(names, members);
        printf("}%s", (unsigned)i == own ? "*" : "");
    }
}

static void print_id(const group_id *id)
{
    printf("gid=%u.%u.%d", (unsigned)id->id[0], (unsigned)id->id[1], id->id[2]);
}

static void print_regular(const struct hearing *h)
{
    const char *cause = Is_caused_join_mess(h->type)         ? "JOIN"
                        : Is_caused_leave_mess(h->type)      ? "LEAVE"
                        : Is_caused_disconnect_mess(h->type) ? "DISCONNECT"
                                                             : "NETWORK";
    membership_info info = {0};
    SP_get_memb_info(h->body, h->type, &info);
    printf("MEMB(0x%x) %s %s ", (unsigned)h->type, h->sender, cause);
    print_id(&info.gid);
    printf(" members=[");
    print_names(h->groups, groups_told(h));
    printf("] me=%d changed=%s", h->mess_type, info.changed_member[0] ? info.changed_member : "-");
    print_sets(h);
}

static void print_other_notice(const struct hearing *h)
{
    membership_info info = {0};
    printf("%s(0x%x) %s ", Is_transition_mess(h->type) ? "TRANS" : "SELFLEAVE", (unsigned)h->type,
           h->sender);
    if (Is_transition_mess(h->type)) {
        SP_get_memb_info(h->body, h->type, &info);
        print_id(&info.gid);
        printf(" ");
    }
    printf("num_groups=%d type=%d len=%d", h->num_groups, h->mess_type, h->result);
}

static void print_short(const struct hearing *h)
{
    printf(
        "SHORT(%d) service=0x%x sender=%s num_groups=%d endian_mismatch=%d mess_type=%d groups=[",
        h->result, (unsigned)h->type, h->sender, h->num_groups, h->endian_mismatch, h->mess_type);
    if (h->given & DROP_RECV)
        print_names(h->groups, groups_told(h));
    printf("]");
    if ((h->given & DROP_RECV) && Is_regular_mess(h->type))
        printf(" body[%d]=\"%.*s\"", h->max_len, h->max_len, h->body);
}

static void print_hearing(const struct hearing *h)
{
    if (h->result == BUFFER_TOO_SHORT || h->result == GROUPS_TOO_SHORT)
        print_short(h);
    else if (h->result < 0)
        printf("ERROR %d", h->result);
    else if (Is_reg_memb_mess(h->type))
        print_regular(h);
    else if (Is_membership_mess(h->type))
        print_other_notice(h);
    else
        print_data(h);
    if (h->result >= 0 && h->num_groups < 0)
        printf(" num_groups=%d", h->num_groups);
    printf("\n");
}

/* -- hearing ------------------------------------------------------------------------------- */

static void hear(const struct agent *a, struct hearing *h, int max_groups, int max_len,
                 service given)
{
    h->max_groups = max_groups;
    h->max_len = max_len;
    h->given = h->type = given;
    h->result = SP_receive(a->m, &h->type, h->sender, max_groups, &h->num_groups, h->groups,
                           &h->mess_type, &h->endian_mismatch, max_len, h->body);
}

static bool is_end_of_settling(const struct agent *a, const struct hearing *h)
{
    return h->result == 0 && h->mess_type == SETTLED && strcmp(h->sender, a->group) == 0;
}

/* The stream is ordered: what I send to myself comes after all that is under way to me. */
static int settle(const struct agent *a, struct hearing *h)
{
    int result = SP_multicast(a->m, AGREED_MESS, a->group, SETTLED, 0, "");
    if (result < 0)
        return result;
    for (;;) {
        hear(a, h, GROUPS, BODY, 0);
        if (is_end_of_settling(a, h))
            return 0;
        print_hearing(h);
        if (h->result < 0)
            return h->result;
    }
}

static int count_all(const struct agent *a, struct hearing *h, int *count)
{
    for (*count = 0;; ++*count) {
        hear(a, h, GROUPS, BODY, 0);
        if (h->result < 0)
            return h->result;
    }
}

/* -- speaking ------------------------------------------------------------------------------ */

static const char *body_of(const char *word, int *len)
{
    static char bytes[BODY];
    if (word[0] != '@') {
        *len = (int)strlen(word);
        return word;
    }
    *len = atoi(word + 1);
    memset(bytes, 'x', sizeof bytes);
    return bytes;
}

static int multicast(const struct agent *a, char **words, int count)
{
    static char groups[GROUPS][MAX_GROUP_NAME];
    service type = (service)strtoul(words[1], NULL, 16);
    int16 mess_type = (int16)atoi(words[2]);
    int len, group_count = count - 4;
    const char *body = body_of(words[3], &len);
    if (group_count == 1) /* of any length, for the library to cut */
        return SP_multicast(a->m, type, words[4], mess_type, len, body);
    for (int i = 0; i < group_count; i++)
        snprintf(groups[i], MAX_GROUP_NAME, "%s", words[4 + i]);
    return SP_multigroup_multicast(a->m, type, group_count, (const char(*)[MAX_GROUP_NAME])groups,
                                   mess_type, len, body);
}

static int repeat(const struct agent *a, char **words)
{
    int times = atoi(words[1]), len;
    service type = (service)strtoul(words[2], NULL, 16);
    const char *body = body_of(words[3], &len);
    for (int i = 0; i < times; i++) {
        int result = SP_multicast(a->m, type, words[4], (int16)i, len, body);
        if (result != len)
            return result;
    }
    return times;
}

static long raw(const struct agent *a, const char *hex)
{
    static unsigned char bytes[TEXT];
    size_t len = strlen(hex) / 2;
    for (size_t i = 0; i < len && i < sizeof bytes; i++)
        sscanf(hex + 2 * i, "%2hhx", &bytes[i]);
    return send(a->m, bytes, len, MSG_NOSIGNAL);
}

static void connect_to(struct agent *a, char **words)
{
    const char *name = strcmp(words[2], "-") == 0 ? NULL : words[2];
    int code = SP_connect(words[1], name, 0, atoi(words[3]), &a->m, a->group);
    if (code == ACCEPT_SESSION)
        printf("= OK %s\n", a->group);
    else
        printf("= ERR %d\n", code);
}

static long obey(struct agent *a, char **words, int count)
{
    static struct hearing h;
    const char *command = words[0];
    if (strcmp(command, "join") == 0)
        return SP_join(a->m, words[1]);
    if (strcmp(command, "leave") == 0)
        return SP_leave(a->m, words[1]);
    if (strcmp(command, "multicast") == 0)
        return multicast(a, words, count);
    if (strcmp(command, "repeat") == 0)
        return repeat(a, words);
    if (strcmp(command, "settle") == 0)
        return settle(a, &h);
    if (strcmp(command, "poll") == 0)
        return SP_poll(a->m);
    if (strcmp(command, "disconnect") == 0)
        return SP_disconnect(a->m);
    if (strcmp(command, "raw") == 0)
        return raw(a, words[1]);
    if (strcmp(command, "kill") == 0) {
        SP_kill(a->m);
        return 0;
    }
    if (strcmp(command, "receive") == 0) {
        hear(a, &h, atoi(words[1]), atoi(words[2]), strcmp(words[3], "0") ? DROP_RECV : 0);
        print_hearing(&h);
        return h.result;
    }
    fprintf(stderr, "agent: what is %s?\n", command);
    exit(2);
}

static void answer(struct agent *a, char *line)
{
    static struct hearing h;
    char *words[WORDS];
    int count = 0, messages;
    for (char *word = strtok(line, " \n"); word && count < WORDS; word = strtok(NULL, " \n"))
        words[count++] = word;
    if (strcmp(words[0], "connect") == 0) {
        connect_to(a, words);
    } else if (strcmp(words[0], "count") == 0) {
        int error = count_all(a, &h, &messages);
        printf("= %d then error %d\n", messages, error);
    } else {
        printf("= %ld\n", obey(a, words, count));
    }
    fflush(stdout);
}

int main(void)
{
    static char line[TEXT];
    struct agent a = {.m = -1};
    while (fgets(line, sizeof line, stdin))
        answer(&a, line);
    return 0;
}
