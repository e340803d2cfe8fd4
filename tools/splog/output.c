/* SPDX-License-Identifier: MIT */
#include "tools/splog/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/splog/splog.h"

static bool open_file(struct output *o)
{
    struct stat st;
    bool standard = strcmp(o->path, "-") == 0;
    int fd = standard ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
                      : open(o->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0 || fstat(fd, &st) != 0)
        return false;
    o->fd = fd;
    o->is_file = !standard && S_ISREG(st.st_mode);
    return true;
}

void output_open(struct output *o, const char *path)
{
    *o = (struct output){.path = path, .bytes = memory_of(OUTPUT_SIZE)};
    if (!open_file(o))
        give_up("%s: %s", path, strerror(errno));
}

void output_close(struct output *o)
{
    close(o->fd);
    free(o->bytes);
}

void output_end_line(struct output *o)
{
    struct stat st;
    char last = '\n';
    if (!o->is_file || fstat(o->fd, &st) != 0 || st.st_size == 0)
        return;
    if (pread(o->fd, &last, 1, st.st_size - 1) == 1 && last != '\n' && write(o->fd, "\n", 1) != 1)
        say("%s: %s", o->path, strerror(errno));
}

bool output_reopen(struct output *o)
{
    int before = o->fd;
    if (!open_file(o)) {
        say("%s: %s; the file before stays in use", o->path, strerror(errno));
        return false;
    }
    close(before);
    output_end_line(o);
    return true;
}

void output_add(struct output *o, const struct id *stream, uint64_t first, uint32_t count,
                size_t len)
{
    o->pieces[o->piece_count++] =
        (struct piece){.stream = *stream, .first = first, .count = count, .len = (uint32_t)len};
    o->used += len;
}

/* -- writing --------------------------------------------------------------------------------- */

static bool failed(struct output *o)
{
    o->error = errno;
    return false;
}

/* Tells the journal what is coming, before it comes. */
static bool intend(struct output *o, struct journal *j, bool sync)
{
    struct stat st;
    if (o->intended || !j)
        return true;
    if (fstat(o->fd, &st) != 0)
        return failed(o);
    journal_intend(j, &st, o->pieces, o->piece_count);
    if (sync)
        journal_sync(j);
    o->intended = true;
    return true;
}

bool output_write(struct output *o, struct journal *j, bool sync)
{
    if (!output_is_empty(o) && !intend(o, j, sync))
        return false;
    while (o->written < o->used) {
        ssize_t n = write(o->fd, o->bytes + o->written, o->used - o->written);
        if (n < 0 && errno != EINTR)
            return failed(o);
        o->written += n > 0 ? (size_t)n : 0;
        o->unsynced = true;
    }
    if (sync && !output_sync(o))
        return false;
    o->used = o->written = o->piece_count = 0;
    o->intended = false;
    o->error = 0;
    return true;
}

bool output_sync(struct output *o)
{
    if (o->unsynced && o->is_file && fdatasync(o->fd) != 0)
        return failed(o);
    o->unsynced = false;
    return true;
}
