/* SPDX-License-Identifier: MIT */
#include "daemon/session/identities.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "daemon/base/text.h"

#include <uthash.h>

struct identities {
    struct identity who; /* lent to its sessions */
    struct identities **all;
    uint32_t sessions;
    char text[IDENTITY_TEXT];
    struct text key;
    UT_hash_handle by_key;
};

/* Its first member. */
static struct identities *entry_of(const struct identity *who)
{
    return (struct identities *)(uintptr_t)who;
}

static void put_name(struct text *key, const char *name)
{
    if (name)
        text_put(key, name, strlen(name) + 1);
}

/* Equal bytes, equal identities: known says which names follow. The zone of an address is not compared. */
static struct text key_of(const struct identity *who)
{
    struct text key = {0};
    text_put(&key, (const char *)&who->known, sizeof who->known);
    text_put(&key, (const char *)&who->ip.family, sizeof who->ip.family);
    text_put(&key, (const char *)who->ip.bytes, sizeof who->ip.bytes);
    text_put(&key, (const char *)&who->uid, sizeof who->uid);
    text_put(&key, (const char *)&who->gid_count, sizeof who->gid_count);
    if (who->gid_count > 0)
        text_put(&key, (const char *)who->gids, who->gid_count * sizeof *who->gids);
    put_name(&key, who->user);
    put_name(&key, who->cert);
    return key;
}

const struct identity *identities_take(struct identities **all, struct identity *who)
{
    struct identities *one;
    struct text key = key_of(who);
    HASH_FIND(by_key, *all, key.bytes, key.len, one);
    if (one) {
        text_fini(&key);
        identity_fini(who);
    } else {
        one = memory_new(sizeof *one);
        one->who = *who;
        one->all = all;
        one->key = key;
        identity_text(who, one->text);
        HASH_ADD_KEYPTR(by_key, *all, one->key.bytes, one->key.len, one);
    }
    one->sessions++;
    return &one->who;
}

const char *identities_text(const struct identity *who)
{
    return entry_of(who)->text;
}

void identities_release(const struct identity *who)
{
    struct identities *one = entry_of(who);
    if (--one->sessions > 0)
        return;
    HASH_DELETE(by_key, *one->all, one);
    text_fini(&one->key);
    identity_fini(&one->who);
    free(one);
}

static struct identity copy_of(const struct identity *who)
{
    struct identity copy = {0};
    identity_add_ip(&copy, &who->ip);
    if (who->known & KNOWN_UID)
        identity_add_uid(&copy, who->uid, who->gids, who->gid_count);
    if (who->known & KNOWN_USER)
        identity_add_name(&copy, KNOWN_USER, who->user);
    if (who->known & KNOWN_CERT)
        identity_add_name(&copy, KNOWN_CERT, who->cert);
    return copy;
}

bool identities_add_name(const struct identity **who, enum identity_fact fact, const char *name)
{
    struct identity more = copy_of(*who);
    if (!identity_add_name(&more, fact, name)) {
        identity_fini(&more);
        return false;
    }
    const struct identity *before = *who;
    *who = identities_take(entry_of(before)->all, &more);
    identities_release(before);
    return true;
}
