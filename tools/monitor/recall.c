/* SPDX-License-Identifier: MIT */
#include "tools/monitor/recall.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/memory.h"
#include "daemon/events/sentence.h"
#include "daemon/recorder/recorder.h"

struct recall *recall_new(void)
{
    return memory_new(sizeof(struct recall));
}

void recall_free(struct recall *r)
{
    free(r->list);
    free(r);
}

int recall_teller(struct recall *r, const char *name)
{
    struct name wanted = name_from_text(name);
    for (int i = 0; i < r->tellers; i++)
        if (name_equal(&r->by[i], &wanted))
            return i;
    if (r->tellers == RECALL_DAEMONS)
        return -1;
    r->by[r->tellers] = wanted;
    return r->tellers++;
}

/* Who is named beside its place has that place. The first one told is the newest. */
static void learn_name(struct recall *r, uint16_t place, const struct name *name)
{
    if (place < RECALL_DAEMONS && name->text[0] && name->text[0] != '?' && !r->names[place].text[0])
        r->names[place] = *name;
}

bool recall_add(struct recall *r, int by, const struct record *record)
{
    if (r->count == RECALL_MOST)
        return false;
    if (r->count == r->room) {
        r->room = r->room ? 2 * r->room : 1024;
        r->list = memory_grow(r->list, r->room * sizeof *r->list);
    }
    r->list[r->count++] = (struct recalled){by, record->wall_us, *record};
    learn_name(r, record->event.daemon, &record->event.who);
    learn_name(r, record->event.other, &record->event.whom);
    return true;
}

static int by_number(const void *a, const void *b)
{
    const struct recalled *one = a, *other = b;
    if (one->by != other->by)
        return one->by < other->by ? -1 : 1;
    return one->record.number < other->record.number ? -1 : one->record.number > other->record.number;
}

static int by_time(const void *a, const void *b)
{
    const struct recalled *one = a, *other = b;
    if (one->wall_us != other->wall_us)
        return one->wall_us < other->wall_us ? -1 : 1;
    return by_number(a, b);
}

void recall_sort(struct recall *r)
{
    if (r->count == 0)
        return;
    qsort(r->list, r->count, sizeof *r->list, by_number);
    for (size_t i = r->count - 1; i > 0; i--)
        if (r->list[i - 1].by == r->list[i].by && r->list[i - 1].wall_us > r->list[i].wall_us)
            r->list[i - 1].wall_us = r->list[i].wall_us;
    qsort(r->list, r->count, sizeof *r->list, by_time);
}

/* -- a file ------------------------------------------------------------------------------------ */

static bool read_all(int fd, uint8_t *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = read(fd, bytes + done, size - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

/* The whole file, to be freed; NULL with a line in why. */
static uint8_t *load(const char *path, size_t *size, char why[RECALL_WHY])
{
    struct stat is;
    uint8_t *bytes = NULL;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    bool known = fd >= 0 && fstat(fd, &is) == 0;
    if (!known) {
        snprintf(why, RECALL_WHY, "%s cannot be read: %s", path, strerrordesc_np(errno));
    } else if (!S_ISREG(is.st_mode) || is.st_size < RECORDER_LEAST || is.st_size > RECORDER_MOST) {
        snprintf(why, RECALL_WHY, "%s is no file of a flight recorder", path);
    } else {
        *size = (size_t)is.st_size;
        bytes = memory_new(*size);
        if (!read_all(fd, bytes, *size)) {
            snprintf(why, RECALL_WHY, "%s cannot be read whole", path);
            free(bytes);
            bytes = NULL;
        }
    }
    if (fd >= 0)
        close(fd);
    return bytes;
}

static void take_records(struct recall *r, int by, uint8_t *bytes, size_t size)
{
    struct recorder *recorder = memory_new(sizeof *recorder);
    struct record record;
    recorder_open(recorder, bytes, size);
    for (int i = 0; i < RECALL_DAEMONS; i++)
        if (!r->names[i].text[0])
            r->names[i] = recorder_place(bytes, i);
    struct recorder_cursor c = recorder_end(recorder);
    while (recorder_back(recorder, &c, &record) && recall_add(r, by, &record))
        ;
    free(recorder);
}

bool recall_read_file(struct recall *r, const char *path, char why[RECALL_WHY])
{
    size_t size = 0;
    uint8_t *bytes = load(path, &size, why);
    if (!bytes)
        return false;
    enum recorder_state state = recorder_look(bytes, size, event_vocabulary(), NULL);
    int by = state == RECORDER_SOUND ? recall_teller(r, recorder_name(bytes).text) : -1;
    if (by >= 0)
        take_records(r, by, bytes, size);
    else if (state == RECORDER_FOREIGN)
        snprintf(why, RECALL_WHY, "%s was written by another version of spreadd; its own spmonitor reads it",
                 path);
    else
        snprintf(why, RECALL_WHY, "%s is no file of a flight recorder", path);
    free(bytes);
    return by >= 0;
}
