/* SPDX-License-Identifier: MIT
 *
 * counter - a number that every member can add to, and that all of them have.
 *
 * usage: counter ADDRESSES NAME        reads numbers, a line each; says the total when it changes
 *
 * Each member is a replica. Nobody is in charge, and nobody asks anybody before it adds: what keeps them
 * equal is that all receive the same messages in the same order, and that those who have not begin by
 * telling each other what they know.
 *
 *   State       for each adder, which is one life of one process, how much it has added in all.
 *   Update      the adder says its new sum: "ID SUM". Not "5 more", but "12 by now", so to hear it twice
 *               does no harm, and of two numbers the greater one is the later.
 *   Transfer    when somebody comes, by a join or because the network heals, everybody says all lines
 *               it has. They are ordered with the updates: what is added meanwhile comes before them,
 *               and is in them, or after them, and is added to them. Everybody speaks, not one for
 *               all: that one might be lost before it has.
 *   Partition   both sides go on. No addition can be wrong on its own, so there is nothing that a
 *               minority must not do, and states are merged by taking the greater of each line. (Where
 *               two sides could decide what excludes each other, only one may go on: see lock.c.)
 *
 * So when all in a view have spoken, they show the same totals in the same order, and when all are
 * together again, everything that was added anywhere has been counted once. If the daemon is lost, the
 * additions made meanwhile are told when one takes us again.
 */
#include <inttypes.h>
#include <poll.h>
#include <sp_more.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define GROUP "counter"
enum { MEMBERS = 200, LINES = 1000, BODY = LINES * 48 };

struct line {
    uint64_t id;
    int64_t sum;
};

static struct line lines[LINES];
static int line_count;
static const int64_t MOST = (int64_t)1 << 50; /* of one adder; so no total overflows */
static struct line mine; /* what we have added; a line like others as soon as it was delivered */

/* The greater of two sums of one adder is the later. */
static void merge(struct line heard)
{
    int i = 0;
    while (i < line_count && lines[i].id != heard.id)
        i++;
    if (i == LINES || heard.sum < 0 || heard.sum > MOST)
        return;
    if (i == line_count)
        lines[line_count++] = (struct line){heard.id, 0};
    if (heard.sum > lines[i].sum)
        lines[i].sum = heard.sum;
}

static int64_t total(void)
{
    int64_t sum = 0;
    for (int i = 0; i < line_count; i++)
        sum += lines[i].sum;
    return sum;
}

/* What fails here is told again when the connection is back: we join, and everybody tells. */
static void say(sp_redial *link, const char *text, int len)
{
    SP_multicast(SP_redial_mailbox(link), AGREED_MESS, GROUP, 0, len, text);
}

static int write_line(char *out, struct line l)
{
    return sprintf(out, "%016" PRIx64 " %" PRId64 "\n", l.id, l.sum);
}

static void add(sp_redial *link, int64_t more)
{
    char text[48];
    if (more <= 0 || more > MOST - mine.sum)
        return;
    mine.sum += more;
    say(link, text, write_line(text, mine));
}

static void tell_all(sp_redial *link)
{
    static char text[BODY];
    int len = write_line(text, mine);
    for (int i = 0; i < line_count && len < BODY - 48; i++)
        len += write_line(text + len, lines[i]);
    say(link, text, len);
}

static void hear(const char *text)
{
    int64_t before = total();
    struct line l;
    for (int used; sscanf(text, "%" SCNx64 " %" SCNd64 " %n", &l.id, &l.sum, &used) == 2; text += used)
        merge(l);
    if (total() != before)
        printf("total %" PRId64 "\n", total());
}

/* One message or notice, if there is one. False: there is none. */
static bool receive(sp_redial *link)
{
    static char names[MEMBERS][MAX_GROUP_NAME], body[BODY + 1];
    char from[MAX_GROUP_NAME];
    service kind = 0;
    int16 type;
    int count, swapped;
    int len = SP_redial_receive(link, &kind, from, MEMBERS, &count, names, &type, &swapped, BODY, body, 0);
    if (len < 0) {
        if (len != SP_TIMED_OUT)
            SP_error(len);
        return false;
    }
    body[len] = 0;
    if (Is_regular_mess(kind)) {
        hear(body);
    } else if (Is_reg_memb_mess(kind)) {
        printf("%d here\n", count);
        if (Is_caused_join_mess(kind) || Is_caused_network_mess(kind))
            tell_all(link);
    }
    fflush(stdout);
    return true;
}

int main(int argc, char **argv)
{
    sp_redial *link;
    char line[48];
    if (argc != 3 || getrandom(&mine.id, sizeof mine.id, 0) != sizeof mine.id)
        return 2;
    int error = SP_redial_open(&link, argv[1], argv[2], SP_REDIAL_MEMBERSHIP);
    if (error == ACCEPT_SESSION)
        error = SP_redial_join(link, GROUP);
    if (error < 0) {
        SP_error(error);
        return 1;
    }
    setvbuf(stdin, NULL, _IONBF, 0); /* poll sees what is not read yet */
    for (;;) {
        mailbox mbox = SP_redial_mailbox(link); /* -1 while it is lost */
        struct pollfd wait[] = {{.fd = 0, .events = POLLIN}, {.fd = mbox, .events = POLLIN}};
        poll(wait, 2, mbox < 0 ? 100 : -1);
        while (receive(link))
            ;
        if (wait[0].revents == 0)
            continue;
        if (!fgets(line, sizeof line, stdin))
            break;
        add(link, strtoll(line, NULL, 10));
    }
    SP_redial_close(link);
    return 0;
}
