/* SPDX-License-Identifier: MIT */
#include "daemon/io/hashing.h"

#include <crypt.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "daemon/io/clock.h"
#include "daemon/io/pool.h"

struct hashing {
    struct daemon *daemon;
    struct pool *pool;
    struct link under_way; /* hashes */
};

struct hash {
    struct job job;
    struct hashing *all;
    struct link link;
    struct login_question question;
    bool matches;
};

/* -- a thread ------------------------------------------------------------------------------ */

/* Whether the password makes the hash, as crypt(3) says. This is what takes the time. */
static bool hash_matches(const char *password, const char *hash)
{
    struct crypt_data *scratch = memory_new(sizeof *scratch); /* a thread's stack is small */
    const char *made = hash[0] ? crypt_r(password, hash, scratch) : NULL;
    bool same = made && strcmp(made, hash) == 0;
    explicit_bzero(scratch, sizeof *scratch);
    free(scratch);
    return same;
}

static void run(struct job *j)
{
    struct hash *one = list_entry(j, struct hash, job);
    one->matches = hash_matches(one->question.password, one->question.hash);
    explicit_bzero(one->question.password, sizeof one->question.password);
}

/* -- the loop ------------------------------------------------------------------------------ */

static void end_hash(struct hash *one)
{
    list_remove(&one->link);
    explicit_bzero(one, sizeof *one);
    free(one);
}

static void done(struct job *j)
{
    struct hash *one = list_entry(j, struct hash, job);
    daemon_on_login(one->all->daemon, one->question.number, one->matches, clock_now());
    end_hash(one);
}

static const struct pool_kind kind = {.purpose = "check passwords", .background = true};

struct hashing *hashing_new(struct event_base *base, struct daemon *daemon)
{
    struct hashing *h = memory_new(sizeof *h);
    h->daemon = daemon;
    h->pool = pool_new(base, &kind);
    list_init(&h->under_way);
    return h;
}

void hashing_free(struct hashing *h)
{
    if (!h)
        return;
    pool_free(h->pool);
    while (!list_empty(&h->under_way))
        end_hash(list_entry(h->under_way.next, struct hash, link));
    free(h);
}

void hashing_step(struct hashing *h)
{
    while (daemon_login_waits(h->daemon) && pool_has_room(h->pool)) {
        struct hash *one = memory_new(sizeof *one);
        one->job = (struct job){.run = run, .done = done};
        one->all = h;
        list_init(&one->job.place);
        list_init(&one->link);
        list_append(&h->under_way, &one->link);
        daemon_next_login(h->daemon, &one->question);
        pool_give(h->pool, &one->job);
    }
}
