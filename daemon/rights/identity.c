/* SPDX-License-Identifier: MIT */
#include "daemon/rights/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"

void identity_fini(struct identity *who)
{
    free(who->gids);
    free(who->user);
    free(who->cert);
    *who = (struct identity){0};
}

void identity_add_ip(struct identity *who, const struct ip *ip)
{
    if (ip->family == 0)
        return;
    who->known |= KNOWN_IP;
    who->ip = *ip;
}

void identity_add_uid(struct identity *who, uint32_t uid, const uint32_t *gids, size_t gid_count)
{
    if (uid == IDENTITY_NOBODY)
        return;
    who->known |= KNOWN_UID;
    who->uid = uid;
    who->gid_count = gid_count;
    who->gids = memory_grow(who->gids, (gid_count + 1) * sizeof *gids);
    if (gid_count > 0)
        memcpy(who->gids, gids, gid_count * sizeof *gids);
}

static bool is_harmless(const char *name)
{
    for (; *name; name++)
        if ((unsigned char)*name < ' ' || *name == 0x7f)
            return false;
    return true;
}

bool identity_add_name(struct identity *who, enum identity_fact fact, const char *name)
{
    size_t len = strlen(name);
    if (len == 0 || len > IDENTITY_NAME || !is_harmless(name))
        return false;
    char **at = fact == KNOWN_USER ? &who->user : &who->cert;
    who->known |= fact;
    *at = memory_grow(*at, len + 1);
    memcpy(*at, name, len + 1);
    return true;
}

bool identity_has_gid(const struct identity *who, uint32_t gid)
{
    for (size_t i = 0; (who->known & KNOWN_UID) && i < who->gid_count; i++)
        if (who->gids[i] == gid)
            return true;
    return false;
}

const char *identity_text(const struct identity *who, char text[IDENTITY_TEXT])
{
    char ip[IP_TEXT];
    if (who->known & KNOWN_CERT)
        snprintf(text, IDENTITY_TEXT, "cert:%s", who->cert);
    else if (who->known & KNOWN_USER)
        snprintf(text, IDENTITY_TEXT, "user:%s", who->user);
    else if (who->known & KNOWN_UID)
        snprintf(text, IDENTITY_TEXT, "uid:%u", who->uid);
    else if (who->known & KNOWN_IP)
        snprintf(text, IDENTITY_TEXT, "ip:%s", ip_text(&who->ip, ip));
    else
        snprintf(text, IDENTITY_TEXT, "null");
    return text;
}
