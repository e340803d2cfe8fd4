/* SPDX-License-Identifier: MIT
 *
 * log - lines of many processes in one file, each exactly once, in the order in which they were sent.
 *
 * usage: log ADDRESSES NAME < LINES          ends when the file has all of them
 *        log ADDRESSES --collect FILE        gathers the lines of all, as "SENDER NUMBER LINE"
 *
 * Between the two ends everything may be lost: daemons, connections, the collector, both sides of a
 * partition. Neither daemons nor the library can make up for that, for what was given to them may be gone
 * before it arrives. So the two ends look to it themselves, in the oldest of ways:
 *
 *   - the sender numbers its lines, and keeps each until it is told that the file has it;
 *   - the collector writes the next number of each sender and no other, and says how far it has come when
 *     that is on the disk; started anew, it reads in the file what the last number was;
 *   - the sender begins again behind what is in the file when nothing is heard for a second.
 *
 * The group does the rest: senders need not know where the collector is, or whether it has moved.
 * SENDER is NAME, the start of the process and its number, so that the next one of that name is another.
 * (splog(1) is this grown up.)
 */
#include <poll.h>
#include <sp_more.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define GROUP "log"
enum { LINE = 1000, KEPT = 100, SENDERS = 1000, PATIENCE_MS = 1000, BODY = LINE + 100 };

/* A message, or false: none came in that time, or it is none of ours. */
static bool receive(sp_redial *link, int wait_ms, char *from, char *body)
{
    char groups[1][MAX_GROUP_NAME];
    service kind = DROP_RECV;
    int16 type;
    int count, swapped;
    int len = SP_redial_receive(link, &kind, from, 1, &count, groups, &type, &swapped, BODY, body, wait_ms);
    if (len < 0 && len != SP_TIMED_OUT && len != BUFFER_TOO_SHORT) {
        SP_error(len);
        exit(1);
    }
    body[len > 0 ? len : 0] = 0;
    return len > 0 && Is_regular_mess(kind);
}

static void say(sp_redial *link, const char *to, const char *text) /* what is lost is said again later */
{
    SP_multicast(SP_redial_mailbox(link), FIFO_MESS, to, 0, (int)strlen(text), text);
}

/* -- the sender ----------------------------------------------------------------------------- */

static char kept[KEPT][LINE]; /* line n is at n modulo KEPT, for n from written + 1 to last */
static long written, last;

static void send_line(sp_redial *link, const char *id, long n)
{
    char text[BODY];
    snprintf(text, sizeof text, "%s %ld %ld %s", id, n, written + 1, kept[n % KEPT]);
    say(link, GROUP, text);
}

static void send_all(sp_redial *link, const char *name)
{
    char id[64], from[MAX_GROUP_NAME], body[BODY + 1];
    snprintf(id, sizeof id, "%.20s.%ld.%d", name, (long)time(NULL), (int)getpid());
    setvbuf(stdin, NULL, _IONBF, 0); /* poll sees what is not read yet */
    for (bool more = true; more || written < last;) {
        bool room = more && last - written < KEPT;
        struct pollfd wait[] = {{.fd = room ? 0 : -1, .events = POLLIN},
                                {.fd = SP_redial_mailbox(link), .events = POLLIN}};
        bool quiet = poll(wait, 2, wait[1].fd < 0 ? 100 : PATIENCE_MS) == 0;
        while (receive(link, 0, from, body)) {
            char whose[64];
            long n;
            if (sscanf(body, "%63s %ld", whose, &n) == 2 && strcmp(whose, id) == 0 && n > written && n <= last)
                written = n;
        }
        for (long n = written + 1; quiet && n <= last; n++)
            send_line(link, id, n);
        if (wait[0].revents != 0) {
            char *line = kept[(last + 1) % KEPT];
            more = fgets(line, LINE, stdin) != NULL;
            line[more ? strcspn(line, "\n") : 0] = 0;
            if (more)
                send_line(link, id, ++last);
        }
    }
}

/* -- the collector -------------------------------------------------------------------------- */

static struct sender {
    char id[64], address[MAX_GROUP_NAME]; /* where it is now */
    long written;
    bool waits; /* to be told */
} senders[SENDERS];
static int sender_count;

static struct sender *find(const char *id)
{
    for (int i = 0; i < sender_count; i++)
        if (strcmp(senders[i].id, id) == 0)
            return &senders[i];
    if (sender_count == SENDERS)
        return NULL;
    snprintf(senders[sender_count].id, sizeof senders[0].id, "%s", id);
    return &senders[sender_count++];
}

/* How far we have come before. A line without its end was not told to anybody, and is written anew. */
static void read_file(FILE *file)
{
    char line[BODY], id[64];
    long n, end = 0;
    while (fgets(line, sizeof line, file) && strchr(line, '\n')) {
        struct sender *s = sscanf(line, "%63s %ld", id, &n) == 2 ? find(id) : NULL;
        if (s != NULL)
            s->written = n;
        end = ftell(file);
    }
    if (ftruncate(fileno(file), end) != 0 || fseek(file, end, SEEK_SET) != 0)
        exit(1);
}

static void take(FILE *file, const char *from, const char *body)
{
    char id[64];
    long number, oldest; /* of this line; of those that the sender still has */
    int used;
    if (sscanf(body, "%63s %ld %ld%n", id, &number, &oldest, &used) != 3 || body[used] == 0)
        return;
    struct sender *s = find(id);
    if (s == NULL)
        return;
    if (oldest > s->written + 1)
        s->written = oldest - 1; /* another file has them */
    if (number == s->written + 1 && fprintf(file, "%s %ld %s\n", id, number, body + used + 1) > 0)
        s->written = number;
    strcpy(s->address, from);
    s->waits = true;
}

static void collect(sp_redial *link, FILE *file)
{
    char from[MAX_GROUP_NAME], body[BODY + 1], text[100];
    for (;;) {
        for (int wait_ms = PATIENCE_MS; receive(link, wait_ms, from, body); wait_ms = 0)
            take(file, from, body);
        if (fflush(file) != 0 || fdatasync(fileno(file)) != 0)
            exit(1);
        for (int i = 0; i < sender_count; i++) {
            if (senders[i].waits) {
                snprintf(text, sizeof text, "%.63s %ld", senders[i].id, senders[i].written);
                say(link, senders[i].address, text);
            }
            senders[i].waits = false;
        }
    }
}

int main(int argc, char **argv)
{
    sp_redial *link;
    bool collects = argc == 4 && strcmp(argv[2], "--collect") == 0;
    if (argc != 3 && !collects)
        return 2;
    FILE *file = collects ? fopen(argv[3], "a+") : NULL;
    int error = SP_redial_open(&link, argv[1], collects ? "collector" : argv[2], 0);
    if (error == ACCEPT_SESSION && collects)
        error = file == NULL ? COULD_NOT_CONNECT : SP_redial_join(link, GROUP);
    if (error < 0) {
        SP_error(error);
        return 1;
    }
    if (collects)
        read_file(file), collect(link, file);
    send_all(link, argv[2]);
    SP_redial_close(link);
    return 0;
}
