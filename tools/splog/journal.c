/* SPDX-License-Identifier: MIT */
#include "tools/splog/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tools/splog/splog.h"

enum { SLOTS_FIRST = 1024, SLOTS_MAX = 1 << 17 };

static const char MAGIC[8] = "splogj1\n";

struct record {
    struct id stream; /* zero: free */
    uint64_t next;
};

/* The file. In the order of bytes of the machine, which it does not leave. */
struct layout {
    char magic[8];
    struct id collector;
    struct intent intents[2];
    struct record records[];
};

struct journal {
    int fd;
    struct layout *file;
    uint32_t slots;
    uint32_t free_from; /* slots before it are taken */
    int last;           /* which intent is the newer one */
};

/* Tells a whole intent from one that was interrupted. FNV-1a, word by word. */
static uint64_t sum_of(const struct intent *i)
{
    uint64_t sum = 14695981039346656037u, word;
    const uint64_t head[] = {i->turn, i->device, i->inode, i->offset, i->count};
    for (size_t k = 0; k < sizeof head / sizeof head[0]; k++)
        sum = (sum ^ head[k]) * 1099511628211u;
    const uint8_t *bytes = (const uint8_t *)i->pieces;
    for (size_t at = 0; at < i->count * sizeof i->pieces[0]; at += sizeof word) {
        memcpy(&word, bytes + at, sizeof word);
        sum = (sum ^ word) * 1099511628211u;
    }
    return sum;
}

static bool is_whole(const struct intent *i)
{
    return i->turn > 0 && i->count <= INTENT_PIECES && i->sum == sum_of(i);
}

/* Which of the two is the newer one. */
static int newer(const struct intent i[2])
{
    bool first = is_whole(&i[0]), second = is_whole(&i[1]);
    return second && (!first || i[1].turn > i[0].turn);
}

static size_t size_for(uint32_t slots)
{
    return sizeof(struct layout) + slots * sizeof(struct record);
}

/* With disk space behind it: a mapped page without one would kill us. */
static void map(struct journal *j, uint32_t slots)
{
    int error = posix_fallocate(j->fd, 0, (off_t)size_for(slots));
    if (error)
        give_up("journal: %s", strerror(error));
    if (j->file)
        munmap(j->file, size_for(j->slots));
    j->file = mmap(NULL, size_for(slots), PROT_READ | PROT_WRITE, MAP_SHARED, j->fd, 0);
    if (j->file == MAP_FAILED)
        give_up("journal: %s", strerror(errno));
    j->slots = slots;
}

/* How many slots a file has; one that was never finished has none. Whatever else the file is, it is
 * not touched. */
static uint32_t slots_in(int fd, const char *path)
{
    struct stat st;
    char magic[sizeof MAGIC] = {0};
    if (fstat(fd, &st) != 0 || pread(fd, magic, sizeof magic, 0) < 0)
        give_up("%s: %s", path, strerror(errno));
    size_t size = (size_t)st.st_size;
    if (magic[0] == '\0' && size <= size_for(SLOTS_FIRST))
        return 0;
    size_t slots = size < size_for(0) ? 0 : (size - size_for(0)) / sizeof(struct record);
    if (memcmp(magic, MAGIC, sizeof MAGIC) != 0 || slots < SLOTS_FIRST || slots > SLOTS_MAX)
        give_up("%s is not a journal of splog", path);
    return (uint32_t)slots;
}

struct journal *journal_open(const char *path)
{
    struct journal *j = memory_of(sizeof *j);
    *j = (struct journal){.fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    if (j->fd < 0)
        give_up("%s: %s", path, strerror(errno));
    if (flock(j->fd, LOCK_EX | LOCK_NB) != 0)
        give_up("%s: another collector uses it", path);
    uint32_t slots = slots_in(j->fd, path);
    map(j, slots ? slots : SLOTS_FIRST);
    if (slots == 0) {
        memset(j->file, 0, size_for(SLOTS_FIRST));
        j->file->collector = id_new();
        memcpy(j->file->magic, MAGIC, sizeof MAGIC);
    }
    j->last = newer(j->file->intents);
    return j;
}

void journal_close(struct journal *j)
{
    if (!j)
        return;
    munmap(j->file, size_for(j->slots));
    close(j->fd);
    free(j);
}

const struct id *journal_collector(const struct journal *j)
{
    return &j->file->collector;
}

/* -- streams --------------------------------------------------------------------------------- */

static bool is_free(const struct record *r)
{
    static const struct id none;
    return id_equal(&r->stream, &none);
}

uint32_t journal_slots(const struct journal *j)
{
    return j->slots;
}

bool journal_get(const struct journal *j, uint32_t slot, struct id *id, uint64_t *next)
{
    const struct record *r = &j->file->records[slot];
    *id = r->stream;
    *next = r->next;
    return !is_free(r);
}

uint32_t journal_enter(struct journal *j, const struct id *id, uint64_t next)
{
    while (j->free_from < j->slots && !is_free(&j->file->records[j->free_from]))
        j->free_from++;
    if (j->free_from == j->slots)
        map(j, 2 * j->slots);
    struct record *r = &j->file->records[j->free_from];
    r->next = next;
    r->stream = *id;
    return j->free_from++;
}

void journal_set(struct journal *j, uint32_t slot, uint64_t next)
{
    j->file->records[slot].next = next;
}

void journal_clear(struct journal *j, uint32_t slot)
{
    j->file->records[slot].stream = (struct id){{0}};
    if (slot < j->free_from)
        j->free_from = slot;
}

/* -- intents --------------------------------------------------------------------------------- */

/* Takes the place of the older one; the newer one is not touched. */
void journal_intend(struct journal *j, const struct stat *file, const struct piece *pieces,
                    size_t count)
{
    uint64_t turn = j->file->intents[j->last].turn + 1;
    j->last = !j->last;
    struct intent *i = &j->file->intents[j->last];
    i->sum = 0;
    i->turn = turn;
    i->device = file->st_dev;
    i->inode = file->st_ino;
    i->offset = (uint64_t)file->st_size;
    i->count = count;
    memcpy(i->pieces, pieces, count * sizeof *pieces);
    i->sum = sum_of(i);
}

const struct intent *journal_intent(const struct journal *j, int which, const struct stat *file)
{
    const struct intent *i = &j->file->intents[which ? j->last : !j->last];
    bool ours = is_whole(i) && i->device == file->st_dev && i->inode == file->st_ino;
    return ours ? i : NULL;
}

void journal_forget_intents(struct journal *j)
{
    for (int i = 0; i < 2; i++)
        j->file->intents[i].sum = 0;
}

void journal_sync(struct journal *j)
{
    if (fdatasync(j->fd) != 0)
        say("journal: %s", strerror(errno));
}
