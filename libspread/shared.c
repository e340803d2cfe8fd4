/* SPDX-License-Identifier: MIT */
#include "libspread/shared.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "libspread/queue.h"

enum {
    SLAB_BYTES = 64 * 1024,
    SLAB_RECORDS = SLAB_BYTES / (int)sizeof(struct shared),
};

/* A mapping and what this process knows of it. */
struct shared_slab {
    TAILQ_ENTRY(shared_slab) link; /* .prev: NULL while it is in no list */
    struct shared *records;
    unsigned born;  /* process_forks() when it was made */
    unsigned used;  /* records handed out and not yet back */
    unsigned fresh; /* records from here on were never handed out */
    unsigned free_count;
    uint16_t free[SLAB_RECORDS]; /* came back, and no other process ever had them */
};

/* Slabs that records may be cut from, and, until the next look, some that a fork has made unfit.
 * Guarded by the process lock. */
static TAILQ_HEAD(, shared_slab) roomy = TAILQ_HEAD_INITIALIZER(roomy);

/* No other process has any of it. */
static bool is_ours(const struct shared_slab *slab)
{
    return slab->born == process_forks();
}

static bool is_full(const struct shared_slab *slab)
{
    return slab->free_count == 0 && slab->fresh == SLAB_RECORDS;
}

static void slab_free(struct shared_slab *slab)
{
    munmap(slab->records, SLAB_BYTES);
    free(slab);
}

static struct shared_slab *slab_new(void)
{
    struct shared_slab *slab = malloc(sizeof *slab);
    if (!slab)
        return NULL;
    slab->records =
        mmap(NULL, SLAB_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (slab->records == MAP_FAILED) {
        free(slab);
        return NULL;
    }
    slab->born = process_forks();
    slab->used = slab->fresh = slab->free_count = 0;
    return slab;
}

static void unlist(struct shared_slab *slab)
{
    if (!slab->link.prev)
        return;
    TAILQ_REMOVE(&roomy, slab, link);
    slab->link.prev = NULL;
}

/* The first roomy slab, made anew where there is none. NULL: no memory. */
static struct shared_slab *find_roomy(void)
{
    struct shared_slab *slab;
    while ((slab = TAILQ_FIRST(&roomy)) && !is_ours(slab)) {
        unlist(slab);
        if (slab->used == 0)
            slab_free(slab);
    }
    if (!slab && (slab = slab_new()))
        TAILQ_INSERT_HEAD(&roomy, slab, link);
    return slab;
}

static struct shared *cut_record(struct shared_slab *slab)
{
    unsigned at = slab->free_count > 0 ? slab->free[--slab->free_count] : slab->fresh++;
    slab->used++;
    if (is_full(slab))
        unlist(slab);
    return &slab->records[at];
}

struct shared *shared_new(struct shared_slab **slab)
{
    process_lock();
    *slab = find_roomy();
    struct shared *s = *slab ? cut_record(*slab) : NULL;
    process_unlock();
    if (!s)
        return NULL;
    memset(s, 0, sizeof *s);
    lock_init(&s->send_lock);
    lock_init(&s->receive_lock);
    return s;
}

static void take_back(struct shared *s, struct shared_slab *slab)
{
    lock_fini(&s->send_lock);
    lock_fini(&s->receive_lock);
    if (is_full(slab))
        TAILQ_INSERT_HEAD(&roomy, slab, link);
    slab->free[slab->free_count++] = (uint16_t)(s - slab->records);
}

void shared_free(struct shared *s, struct shared_slab *slab)
{
    slab->used--;
    if (is_ours(slab))
        take_back(s, slab);
    /* One empty slab is kept, for whoever connects and disconnects in a loop. */
    if (slab->used == 0 && (!is_ours(slab) || TAILQ_NEXT(TAILQ_FIRST(&roomy), link))) {
        unlist(slab);
        slab_free(slab);
    }
}
