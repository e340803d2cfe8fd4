/* SPDX-License-Identifier: MIT */
#include "daemon/io/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/io/log_output.h"

/* Defaults of 5.0.1, which many machines do not have. */
#define DEFAULT_USER "spread"
#define DEFAULT_DIR  "/var/run/spread"

static void warn(const char *what, const char *name, const char *instead)
{
    log_event(log_output(), LOG_PRINT, LEVEL_WARNING, "there is no %s %s: %s", what, name, instead);
}

static bool find_group(const char *name, gid_t *gid)
{
    const struct group *g = getgrnam(name);
    if (g) {
        *gid = g->gr_gid;
        return true;
    }
    g = strcmp(name, DEFAULT_USER) == 0 ? getgrnam("nogroup") : NULL;
    if (!g)
        return false;
    warn("group", name, "running as group nogroup");
    *gid = g->gr_gid;
    return true;
}

static bool find_user(const char *name, uid_t *uid)
{
    const struct passwd *p = getpwnam(name);
    if (p) {
        *uid = p->pw_uid;
        return true;
    }
    p = strcmp(name, DEFAULT_USER) == 0 ? getpwnam("nobody") : NULL;
    if (!p)
        return false;
    warn("user", name, "running as user nobody");
    *uid = p->pw_uid;
    return true;
}

static bool find_root(const char *dir, const char **root)
{
    struct stat there;
    *root = NULL;
    if (stat(dir, &there) == 0 && S_ISDIR(there.st_mode)) {
        *root = dir;
        return true;
    }
    if (strcmp(dir, DEFAULT_DIR) != 0)
        return false;
    warn("folder", dir, "the root folder is not changed");
    return true;
}

bool privileges_plan(const struct conf *conf, struct account *who, char *why, size_t why_size)
{
    *who = (struct account){0};
    if (geteuid() != 0)
        return true;
    who->drop = true;
    if (!find_group(conf->daemon_group, &who->gid))
        snprintf(why, why_size, "DaemonGroup %s does not exist", conf->daemon_group);
    else if (!find_user(conf->daemon_user, &who->uid))
        snprintf(why, why_size, "DaemonUser %s does not exist", conf->daemon_user);
    else if (!find_root(conf->runtime_dir, &who->root))
        snprintf(why, why_size, "RuntimeDir %s is not a folder", conf->runtime_dir);
    else
        return true;
    return false;
}

static bool root_has_changed;

bool privileges_root_has_changed(void)
{
    return root_has_changed;
}

bool privileges_drop(const struct account *who, char *why, size_t why_size)
{
    const char *what = NULL;
    if (!who->drop)
        return true;
    if (who->root && (chdir(who->root) != 0 || chroot(".") != 0))
        what = "changing the root folder";
    else if (setgroups(1, &who->gid) != 0 || setgid(who->gid) != 0)
        what = "changing the group";
    else if (setuid(who->uid) != 0)
        what = "changing the user";
    if (what)
        snprintf(why, why_size, "%s failed: %s", what, strerror(errno));
    root_has_changed = who->root != NULL;
    return !what;
}

void privileges_real_time(const struct conf *conf)
{
    struct sched_param first = {.sched_priority = 1};
    if (!conf->real_time)
        return;
    if (sched_setscheduler(0, SCHED_RR, &first) != 0)
        log_event(log_output(), LOG_PRINT, LEVEL_WARNING, "RealTime: no real-time priority: %s",
                  strerror(errno));
    /* Where there is a limit, memory beyond it could not be had any more. */
    struct rlimit none = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
    bool unlimited = setrlimit(RLIMIT_MEMLOCK, &none) == 0;
    if (mlockall(unlimited ? MCL_CURRENT | MCL_FUTURE : MCL_CURRENT) != 0)
        log_event(log_output(), LOG_PRINT, LEVEL_WARNING, "RealTime: memory is not locked: %s",
                  strerror(errno));
}
