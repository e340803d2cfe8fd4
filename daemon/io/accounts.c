/* SPDX-License-Identifier: MIT */
#include "daemon/io/accounts.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/io/files.h"
#include "daemon/io/privileges.h"

enum { GROUPS_MOST = 1024 };

/* "name:x:number:..." on a line of its own. */
static bool find_in_text(const char *text, const char *name, uint32_t *id)
{
    size_t len = strlen(name);
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        if (strncmp(line, name, len) != 0 || line[len] != ':')
            continue;
        const char *number = line + len + 1 + strcspn(line + len + 1, ":\n");
        return sscanf(number, ":%u", id) == 1;
    }
    return false;
}

static bool find_in_file(bool group, const char *name, uint32_t *id)
{
    size_t len;
    char *text = file_read(group ? "/etc/group" : "/etc/passwd", &len);
    bool found = text && find_in_text(text, name, id);
    free(text);
    return found;
}

bool account_id(bool group, const char *name, uint32_t *id)
{
    if (privileges_root_has_changed())
        return find_in_file(group, name, id);
    if (group) {
        const struct group *g = getgrnam(name);
        if (g)
            *id = g->gr_gid;
        return g;
    }
    const struct passwd *p = getpwnam(name);
    if (p)
        *id = p->pw_uid;
    return p;
}

bool account_identity(const char *user, struct identity *who)
{
    char *end;
    unsigned long number = strtoul(user, &end, 10);
    bool by_number = user[0] >= '0' && user[0] <= '9' && !*end && number < IDENTITY_NOBODY;
    const struct passwd *p = by_number ? getpwuid((uid_t)number) : getpwnam(user);
    if (!p && !by_number)
        return false;
    gid_t gids[GROUPS_MOST];
    int count = p ? GROUPS_MOST : 0;
    if (p && getgrouplist(p->pw_name, p->pw_gid, gids, &count) < 0)
        count = GROUPS_MOST;
    identity_add_uid(who, p ? p->pw_uid : (uint32_t)number, gids, (size_t)count);
    return true;
}
