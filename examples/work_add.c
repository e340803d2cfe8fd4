/* SPDX-License-Identifier: MIT
 *
 * work_add - adds jobs to the queue of work.c.
 *
 * usage: work_add ADDRESSES        each line of the input is a job; ends when all are in the queue
 *
 * A send that returns has reached the daemon, no more: there may be no worker, the network may part, the
 * daemon may die. So a job counts as added when a worker has said yes, and until then it is sent again.
 * That does no harm, for it is the same job: it has an ID that nobody else gives. After a loss of the
 * daemon SP_redial_ connects to another.
 */
#include <inttypes.h>
#include <sp_more.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum { TEXT = 50, BODY = 200, PATIENCE_MS = 1000 };

/* 0, or an error that does not pass. */
static int add(sp_redial *link, const char *line)
{
    char job[BODY], yes[BODY], body[BODY], from[MAX_GROUP_NAME], to[1][MAX_GROUP_NAME];
    uint64_t id;
    if (getrandom(&id, sizeof id, 0) != sizeof id)
        return COULD_NOT_CONNECT;
    snprintf(job, sizeof job, "o %016" PRIx64 " - %s", id, line);
    snprintf(yes, sizeof yes, "yes %016" PRIx64, id);
    for (int len = SP_TIMED_OUT;;) {
        service kind = DROP_RECV; /* what is too long is not for us */
        int16 type;
        int count, swapped;
        if (len == SP_TIMED_OUT)
            SP_multicast(SP_redial_mailbox(link), SAFE_MESS, "work", 0, (int)strlen(job), job);
        len = SP_redial_receive(link, &kind, from, 1, &count, to, &type, &swapped, BODY, body, PATIENCE_MS);
        if (len < 0 && len != SP_TIMED_OUT && len != BUFFER_TOO_SHORT)
            return len;
        if (len == (int)strlen(yes) && memcmp(body, yes, strlen(yes)) == 0)
            return 0;
    }
}

int main(int argc, char **argv)
{
    sp_redial *link;
    char line[TEXT];
    if (argc != 2)
        return 2;
    int error = SP_redial_open(&link, argv[1], NULL, 0);
    while (error >= 0 && fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        if (line[0] != 0)
            error = add(link, line);
    }
    SP_redial_close(link);
    if (error < 0)
        SP_error(error);
    return error < 0;
}
