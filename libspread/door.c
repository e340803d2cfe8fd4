/* SPDX-License-Identifier: MIT */
#include "libspread/door.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "libspread/dial.h"

enum { PATIENCE_US = 2000000 };

/* The NAME of #NAME#DAEMON. */
static void connection_name(const char *private_group, char name[PRIVATE_NAME_MAX + 1])
{
    const char *from = private_group[0] == '#' ? private_group + 1 : private_group;
    size_t len = strcspn(from, "#");
    if (len > PRIVATE_NAME_MAX)
        len = PRIVATE_NAME_MAX;
    memcpy(name, from, len);
}

static enum door hear(int fd, enum ask_kind kind, usec deadline, struct ask_answer *answer)
{
    uint8_t bytes[ASK_ANSWER_MAX];
    if (!stream_read(fd, bytes, 1, deadline))
        return DOOR_NO_ANSWER;
    /* A daemon of 5.0.1 answers with one byte, which is another; one of ours that does not know the
     * question takes it for the same. */
    if (bytes[0] != (uint8_t)kind)
        return DOOR_OTHER;
    if (!stream_read(fd, bytes + 1, ask_answer_len(kind) - 1, deadline) ||
        !ask_answered(bytes, kind, answer))
        return DOOR_NO_ANSWER;
    return DOOR_ANSWERED;
}

enum door door_ask(const struct endpoint *to, const char *private_group, enum ask_kind kind,
                   uint8_t policy, struct ask_answer *answer)
{
    int fd = -1;
    usec deadline;
    uint8_t bytes[ASK_MAX];
    struct ask question = {.kind = kind, .port = to->port, .policy = policy};
    connection_name(private_group, question.name);
    if (dial(&to->address, PATIENCE_US, &fd, &deadline) != DIAL_CONNECTED)
        return fd == -ECONNREFUSED || fd == -ENOENT ? DOOR_NOBODY : DOOR_NO_ANSWER;
    stream_write(fd, bytes, ask_encode(bytes, &question), deadline);
    enum door result = hear(fd, kind, deadline, answer);
    close(fd);
    return result;
}
