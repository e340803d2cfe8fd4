/* SPDX-License-Identifier: MIT
 *
 * chat - a room where everybody reads the same, in the same order.
 *
 * usage: chat ADDRESSES NAME ROOM      ADDRESSES as of SP_redial_open(3): "4803@alpha 4803@beta"
 *
 * What is typed goes to the room as an AGREED message, and is shown when it comes back: so the order on
 * the screen is the one that all others see, one's own lines included. Lines that begin with * say who
 * is here:
 *
 *   - a member that joins, leaves or dies is told by name;
 *   - when the network parts, members first get a transitional signal: what follows it may not have
 *     reached those who are about to be named as gone;
 *   - when it heals, one notice names everybody who is here now. Its vs sets say who came along with
 *     whom: who is in my set has read what I have read. All others have not, and whoever wants to catch
 *     up has to be told, for messages of the time apart are not delivered later.
 *
 * If the daemon is lost, SP_redial_ connects to another one and joins again; what was said meanwhile
 * is missing, and the room says so.
 */
#include <poll.h>
#include <sp_more.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { MEMBERS = 200, BODY = 20000, LINE = 1000 };

typedef char name[MAX_GROUP_NAME];

static name here[MEMBERS]; /* the members of the present view */
static int here_count;

static bool is_among(const char *who, name *list, int count)
{
    for (int i = 0; i < count; i++)
        if (strcmp(list[i], who) == 0)
            return true;
    return false;
}

/* The network has changed: who is lost, who is here again. */
static void tell_network(name *now, int count, const char *body, const membership_info *info)
{
    static name mine[MEMBERS]; /* those who came to this view together with us */
    int mine_count = SP_get_vs_set_members(body, &info->my_vs_set, mine, MEMBERS);
    for (int i = 0; i < here_count; i++)
        if (!is_among(here[i], now, count))
            printf("* %s cannot be reached\n", here[i]);
    for (int i = 0; i < count; i++)
        if (!is_among(now[i], mine, mine_count))
            printf("* %s is here, and has not read what was said here before\n", now[i]);
}

static void on_notice(service kind, name *now, int count, const char *body)
{
    membership_info info;
    SP_get_memb_info(body, kind, &info);
    if (Is_caused_network_mess(kind))
        tell_network(now, count, body, &info);
    else if (Is_caused_join_mess(kind))
        printf("* %s joins, %d here\n", info.changed_member, count);
    else if (Is_caused_leave_mess(kind))
        printf("* %s leaves\n", info.changed_member);
    else
        printf("* %s is gone\n", info.changed_member);
    memcpy(here, now, (size_t)count * sizeof *now);
    here_count = count;
}

/* One message or notice, if there is one. False: there is none. */
static bool receive(sp_redial *link, const char *room)
{
    static name list[MEMBERS];
    static char body[BODY];
    name from;
    service kind = 0;
    int16 type;
    int count, swapped;
    int len = SP_redial_receive(link, &kind, from, MEMBERS, &count, list, &type, &swapped, BODY, body, 0);
    if (len < 0) {
        if (len != SP_TIMED_OUT)
            SP_error(len);
        return false;
    }
    if (Is_regular_mess(kind)) {
        printf("%s: %.*s\n", from, len, body);
    } else if (Is_reg_memb_mess(kind)) {
        on_notice(kind, list, count, body);
    } else if (Is_transition_mess(kind)) {
        printf("* somebody is being lost; what follows may not have reached all\n");
    } else { /* our own leave, which we have not asked for: the daemon is lost */
        printf("* the connection is lost; what %s says until it is back will be missing\n", room);
        here_count = 0;
    }
    fflush(stdout);
    return true;
}

int main(int argc, char **argv)
{
    sp_redial *link;
    if (argc != 4)
        return 2;
    int error = SP_redial_open(&link, argv[1], argv[2], SP_REDIAL_MEMBERSHIP);
    if (error == ACCEPT_SESSION)
        error = SP_redial_join(link, argv[3]);
    if (error < 0) {
        SP_error(error);
        return 1;
    }
    setvbuf(stdin, NULL, _IONBF, 0); /* poll sees what is not read yet */
    for (;;) {
        mailbox mbox = SP_redial_mailbox(link); /* -1 while it is lost */
        struct pollfd wait[] = {{.fd = 0, .events = POLLIN}, {.fd = mbox, .events = POLLIN}};
        poll(wait, 2, mbox < 0 ? 100 : -1);
        while (receive(link, argv[3]))
            ;
        char line[LINE];
        if (wait[0].revents == 0)
            continue;
        if (!fgets(line, sizeof line, stdin))
            break;
        int len = (int)strcspn(line, "\n");
        if (SP_multicast(SP_redial_mailbox(link), AGREED_MESS, argv[3], 0, len, line) < 0)
            printf("* nobody has heard: %.*s\n", len, line);
    }
    SP_redial_close(link);
    return 0;
}
