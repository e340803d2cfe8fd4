/* SPDX-License-Identifier: MIT */
#include "libspread/handshake.h"

#include <string.h>

#include "libspread/auth.h"

enum { ACCEPTED = 1 };

/* A daemon that refuses may have closed before it heard us. Then writing fails, but its answer is
 * here to be read, so only reading decides. */
static void say(struct channel c, const void *bytes, size_t len, usec deadline)
{
    channel_write(c, bytes, len, deadline);
}

/* One byte of answer. CONNECTION_CLOSED where none came. */
static int hear_code(struct channel c, usec deadline, int8_t *code)
{
    return channel_read(c, code, 1, deadline) ? ACCEPT_SESSION : CONNECTION_CLOSED;
}

static int authenticate(struct channel c, usec *deadline)
{
    int8_t list_len;
    char list[AUTH_LIST_MAX], choice[AUTH_CHOICE] = {0};
    int code = hear_code(c, *deadline, &list_len);
    if (code != ACCEPT_SESSION)
        return code;
    if (list_len < 0)
        return list_len;
    if (list_len > AUTH_LIST_MAX || !channel_read(c, list, (size_t)list_len, *deadline))
        return CONNECTION_CLOSED;

    struct auth_methods m = auth_registered();
    if (!auth_all_offered(&m, list, (size_t)list_len))
        return REJECT_AUTH;
    memcpy(choice, m.name, (size_t)m.count * AUTH_NAME);
    say(c, choice, sizeof choice, *deadline);

    usec start = clock_now();
    bool passed = auth_run(&m, c);
    if (*deadline != NEVER)
        *deadline += clock_now() - start;
    return passed ? ACCEPT_SESSION : REJECT_AUTH;
}

static bool version_fits(int major, int minor, bool priority)
{
    return major > 3 || (major == 3 && (minor >= 8 || !priority));
}

/* The result: code, three bytes of version, length and text of the private group. */
static int hear_result(struct handshake *h, struct channel c, usec deadline)
{
    int8_t result, rest[4];
    int code = hear_code(c, deadline, &result);
    if (code != ACCEPT_SESSION)
        return code;
    if (result != ACCEPTED)
        return result;
    if (!channel_read(c, rest, sizeof rest, deadline))
        return CONNECTION_CLOSED;
    int8_t major = rest[0], minor = rest[1], patch = rest[2], group_len = rest[3];
    if (major < 0 || minor < 0 || patch < 0 || group_len < 0 || group_len >= MAX_GROUP_NAME)
        return CONNECTION_CLOSED;
    if (!version_fits(major, minor, h->priority))
        return REJECT_VERSION;
    memset(h->private_group, 0, sizeof h->private_group);
    if (!channel_read(c, h->private_group, (size_t)group_len, deadline))
        return CONNECTION_CLOSED;
    return ACCEPT_SESSION;
}

int handshake_run(struct handshake *h, struct channel c, usec *deadline)
{
    uint8_t request[HELLO_MAX];
    size_t len = hello_encode(request, h->private_name, h->priority, h->membership);
    say(c, request, len, *deadline);
    int code = authenticate(c, deadline);
    return code == ACCEPT_SESSION ? hear_result(h, c, *deadline) : code;
}
