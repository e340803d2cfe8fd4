/* SPDX-License-Identifier: MIT */
#include "daemon/seal/known.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"

/* -- lives --------------------------------------------------------------------------------- */

static void forget_ciphers(struct known_life *l)
{
    for (int k = 0; l && k < KEYS_MOST; k++) {
        cipher_free(l->ciphers[k]);
        l->ciphers[k] = NULL;
    }
}

static void forget_life(struct known_life *l)
{
    forget_ciphers(l);
    free(l);
}

struct known_life *known_life(const struct known_daemon *d, uint64_t incarnation)
{
    for (int k = 0; k < KNOWN_LIVES; k++)
        if (d->lives[k] && d->lives[k]->incarnation == incarnation)
            return d->lives[k];
    return NULL;
}

/* Where a new one may stand: there is always one that is not believed in. */
static struct known_life **place_for_life(struct known_daemon *d, uint64_t believed)
{
    struct known_life **oldest = NULL;
    for (int k = 0; k < KNOWN_LIVES; k++) {
        struct known_life **l = &d->lives[k];
        if (!*l)
            return l;
        if ((*l)->incarnation != believed && (!oldest || (*l)->heard < (*oldest)->heard))
            oldest = l;
    }
    return oldest;
}

struct known_life *known_add_life(struct known_daemon *d, uint64_t incarnation, uint64_t believed)
{
    struct known_life **place = place_for_life(d, believed);
    forget_life(*place);
    *place = memory_new(sizeof **place);
    (*place)->incarnation = incarnation;
    return *place;
}

void known_note(struct known_daemon *d, struct known_life *l, uint64_t number)
{
    replay_note(&l->replay, number);
    l->heard = ++d->heard;
}

/* -- daemons ------------------------------------------------------------------------------- */

static void forget_daemon(struct known_daemon *d)
{
    for (int k = 0; k < KNOWN_LIVES; k++)
        forget_life(d->lives[k]);
    free(d);
}

void known_fini(struct known *k)
{
    for (int i = 0; i < k->count; i++)
        forget_daemon(k->daemons[i]);
    k->count = 0;
}

void known_forget_ciphers(struct known *k)
{
    for (int i = 0; i < k->count; i++)
        for (int n = 0; n < KNOWN_LIVES; n++)
            forget_ciphers(k->daemons[i]->lives[n]);
}

void known_on_renumbered(struct known *k)
{
    memset(k->at, 0, sizeof k->at);
}

static bool has_name(const struct conf *conf, const char *name)
{
    for (int i = 0; i < conf->daemon_count; i++)
        if (strcmp(conf->daemons[i].name, name) == 0)
            return true;
    return false;
}

/* The file has at most half as many names as there is room for. */
static void make_room(struct known *k, const struct conf *conf)
{
    for (int i = 0; k->count == KNOWN_DAEMONS && i < k->count; i++) {
        if (has_name(conf, k->daemons[i]->name))
            continue;
        forget_daemon(k->daemons[i]);
        memmove(&k->daemons[i], &k->daemons[i + 1],
                (size_t)(k->count - i - 1) * sizeof k->daemons[0]);
        k->count--;
    }
}

static struct known_daemon *find_or_make(struct known *k, const struct conf *conf, const char *name)
{
    for (int i = 0; i < k->count; i++)
        if (strcmp(k->daemons[i]->name, name) == 0)
            return k->daemons[i];
    make_room(k, conf);
    struct known_daemon *d = memory_new(sizeof *d);
    strcpy(d->name, name);
    k->daemons[k->count++] = d;
    return d;
}

struct known_daemon *known_daemon(struct known *k, const struct conf *conf, unsigned i)
{
    if (!k->at[i])
        k->at[i] = find_or_make(k, conf, conf->daemons[i].name);
    return k->at[i];
}
