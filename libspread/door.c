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

static enum door hear(struct channel c, enum ask_kind kind, usec deadline, struct ask_answer *answer)
{
    uint8_t bytes[ASK_ANSWER_MAX];
    if (!channel_read(c, bytes, 1, deadline))
        return DOOR_NO_ANSWER;
    /* A daemon of 5.0.1 answers with one byte, which is another; one of ours that does not know the
     * question takes it for the same. */
    if (bytes[0] != (uint8_t)kind)
        return DOOR_OTHER;
    if (!channel_read(c, bytes + 1, ask_answer_len(kind) - 1, deadline) ||
        !ask_answered(bytes, kind, answer))
        return DOOR_NO_ANSWER;
    return DOOR_ANSWERED;
}

enum door door_ask(const struct endpoint *to, const char *private_group, enum ask_kind kind,
                   uint8_t policy, struct ask_answer *answer)
{
    struct dialled d;
    uint8_t bytes[ASK_MAX];
    struct ask question = {.kind = kind, .port = to->port, .policy = policy};
    connection_name(private_group, question.name);
    if (dial(&to->address, PATIENCE_US, &d) != DIAL_CONNECTED)
        return d.error == ECONNREFUSED || d.error == ENOENT ? DOOR_NOBODY : DOOR_NO_ANSWER;
    channel_write(d.channel, bytes, ask_encode(bytes, &question), d.deadline);
    enum door result = hear(d.channel, kind, d.deadline, answer);
    close(d.channel.fd);
    tls_free(d.channel.tls);
    return result;
}
