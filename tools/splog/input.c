/* SPDX-License-Identifier: MIT */
#include "tools/splog/input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/splog/message.h"
#include "tools/splog/splog.h"

enum { BUFFER = LINE_MAX_BYTES + 1 }; /* the longest line and its newline */

void input_init(struct input *in)
{
    *in = (struct input){.bytes = memory_of(BUFFER)};
}

void input_fini(struct input *in)
{
    free(in->bytes);
}

void input_read(struct input *in, int fd)
{
    memmove(in->bytes, in->bytes + in->start, in->len - in->start);
    in->len -= in->start;
    in->start = 0;
    ssize_t n = read(fd, in->bytes + in->len, BUFFER - in->len);
    if (n > 0)
        in->len += (size_t)n;
    else if (n == 0 || (errno != EINTR && errno != EAGAIN))
        in->ended = true;
}

bool input_line(struct input *in, const char **line, size_t *len)
{
    size_t rest = in->len - in->start;
    *line = in->bytes + in->start;
    const char *newline = memchr(*line, '\n', rest);
    if (newline) {
        *len = (size_t)(newline - *line);
        return true;
    }
    *len = rest < LINE_MAX_BYTES ? rest : LINE_MAX_BYTES;
    return rest == BUFFER || (in->ended && rest > 0);
}

void input_taken(struct input *in, size_t len)
{
    in->start += len;
    if (in->start == in->len)
        return; /* the last line, without its newline */
    if (in->bytes[in->start] == '\n')
        in->start++;
    else
        in->broken++;
}
