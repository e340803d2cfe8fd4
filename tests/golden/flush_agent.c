/* SPDX-License-Identifier: MIT
 *
 * One client of the recorded flush layer, steered by lines on its standard input:
 *
 *   connect ADDRESS NAME                     = RESULT PRIVATE-GROUP
 *   join GROUP, leave GROUP, flush GROUP     = RESULT
 *   multicast SERVICE TYPE BODY GROUP        = RESULT
 *   some SERVICE TYPE BODY GROUP MEMBER...   = RESULT of FL_subgroupcast
 *   unicast SERVICE TYPE BODY GROUP MEMBER   = RESULT
 *   receive, try                             = RESULT, and for a message: SERVICE SENDER TYPE MORE
 *                                              [GROUPS] "BODY" (of a membership: its names)
 *   disconnect                               = RESULT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "include/fl.h"

enum { WORDS = 20, GROUPS = 20, BODY = 1000, LINE = 1000 };

struct agent {
    mailbox m;
    char group[MAX_GROUP_NAME];
};

static void print_names(const char *names, int count)
{
    for (int i = 0; i < count; i++)
        printf("%s%s", i ? " " : "", names + i * MAX_GROUP_NAME);
}

static void print_body(service type, const char *body, int len)
{
    int count;
    printf(" \"");
    if (Is_reg_memb_mess(type)) {
        memcpy(&count, body + FL_get_num_vs_offset_memb_mess(), sizeof count);
        print_names(body + FL_get_vs_set_offset_memb_mess(), count);
    } else {
        printf("%.*s", len, body);
    }
    printf("\"");
}

static void receive(const struct agent *a, service type)
{
    char sender[MAX_GROUP_NAME], groups[GROUPS][MAX_GROUP_NAME], body[BODY];
    int count, mismatch, more = -1;
    int16 mess_type;
    int len = FL_receive(a->m, &type, sender, GROUPS, &count, groups, &mess_type, &mismatch,
                         sizeof body, body, &more);
    printf("= %d", len);
    if (len >= 0) {
        printf(" %x %s %d %d [", (unsigned)type, sender, mess_type, more);
        print_names(groups[0], count);
        printf("]");
        print_body(type, body, len);
    }
    printf("\n");
}

static int cast(const struct agent *a, char **words, int count)
{
    service type = (service)strtoul(words[1], NULL, 16);
    int16 mess_type = (int16)atoi(words[2]);
    int len = (int)strlen(words[3]);
    char members[WORDS][MAX_GROUP_NAME] = {{0}};
    for (int i = 5; i < count; i++)
        snprintf(members[i - 5], MAX_GROUP_NAME, "%s", words[i]);
    if (strcmp(words[0], "multicast") == 0)
        return FL_multicast(a->m, type, words[4], mess_type, len, words[3]);
    if (strcmp(words[0], "unicast") == 0)
        return FL_unicast(a->m, type, words[4], members[0], mess_type, len, words[3]);
    return FL_subgroupcast(a->m, type, words[4], count - 5, members, mess_type, len, words[3]);
}

static void obey(struct agent *a, char **words, int count)
{
    const char *command = words[0];
    if (strcmp(command, "connect") == 0) {
        int code = FL_connect(words[1], words[2], 0, &a->m, a->group);
        printf("= %d %s\n", code, a->group);
    } else if (strcmp(command, "receive") == 0 || strcmp(command, "try") == 0) {
        receive(a, command[0] == 't' ? DONT_BLOCK : 0);
    } else if (strcmp(command, "join") == 0) {
        printf("= %d\n", FL_join(a->m, words[1]));
    } else if (strcmp(command, "leave") == 0) {
        printf("= %d\n", FL_leave(a->m, words[1]));
    } else if (strcmp(command, "flush") == 0) {
        printf("= %d\n", FL_flush(a->m, words[1]));
    } else if (strcmp(command, "disconnect") == 0) {
        printf("= %d\n", FL_disconnect(a->m));
    } else {
        printf("= %d\n", cast(a, words, count));
    }
    fflush(stdout);
}

int main(void)
{
    static char line[LINE];
    struct agent a = {.m = -1};
    while (fgets(line, sizeof line, stdin)) {
        char *words[WORDS];
        int count = 0;
        for (char *word = strtok(line, " \n"); word && count < WORDS; word = strtok(NULL, " \n"))
            words[count++] = word;
        if (count > 0)
            obey(&a, words, count);
    }
    return 0;
}
