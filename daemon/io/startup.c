/* SPDX-License-Identifier: MIT */
#include "daemon/io/startup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/io/accounts.h"
#include "daemon/io/files.h"
#include "daemon/io/host.h"
#include "daemon/io/key_file.h"
#include "daemon/io/log_output.h"
#include "daemon/io/privileges.h"
#include "daemon/io/run_folder.h"
#include "daemon/io/tls.h"

/* A finding is several lines long; each goes out as one of the log. */
static void report(void *context, const struct conf_finding *finding)
{
    char text[2048];
    enum log_level level = finding->fatal ? LEVEL_FATAL : LEVEL_WARNING;
    (void)context;
    if (!log_shows(log_output(), LOG_CONFIGURATION, level))
        return;
    conf_finding_text(finding, text, sizeof text);
    char *rest = text;
    for (char *line; (line = strsep(&rest, "\n"));) {
        log_event(log_output(), LOG_CONFIGURATION, level, "%s", line);
        level = finding->fatal ? LEVEL_FATAL : LEVEL_PRINT; /* what follows belongs to the first one */
    }
}

static bool find_known(const struct conf *known, const char *name, int family, struct ip *ip)
{
    int at = known ? conf_find_name(known, name) : -1;
    if (at < 0 || (family != 0 && known->daemons[at].ip.family != family))
        return false;
    *ip = known->daemons[at].ip;
    return true;
}

/* A conf_resolve. In another root folder the resolver has no hosts file, and might ask servers that
 * do not answer while everybody waits for us. */
static bool resolve(void *known, const char *name, int family, struct ip *ip, const char **why)
{
    char text[IP_TEXT];
    bool elsewhere = privileges_root_has_changed();
    if (elsewhere && find_known(known, name, family, ip))
        return true;
    if (host_resolve(NULL, name, family, ip, why))
        return true;
    if (!find_known(known, name, family, ip))
        return false;
    log_event(log_output(), LOG_CONFIGURATION, LEVEL_WARNING,
              "the address of %s cannot be found (%s): it keeps %s", name, *why, ip_text(ip, text));
    return true;
}

struct conf *startup_read_conf(const char *path, const struct conf *known)
{
    size_t len;
    char *text = file_read(path, &len);
    if (!text) {
        log_event(log_output(), LOG_CONFIGURATION, LEVEL_FATAL,
                  "the configuration file %s cannot be read: %s%s", path, strerror(errno), file_remedy(errno));
        return NULL;
    }
    struct conf_source source = {.file = path,
                                 .text = text,
                                 .len = len,
                                 .resolve = resolve,
                                 .resolve_context = (void *)(uintptr_t)known,
                                 .report = report};
    struct conf *conf = conf_parse(&source);
    free(text);
    return conf;
}

/* Reads name from here or /etc; "" where there is none. NULL after a line in the log. */
static char *read_access_file(const char *name, char path[64])
{
    size_t len;
    snprintf(path, 64, "%s", name);
    if (!file_exists(path))
        snprintf(path, 64, "/etc/%s", name);
    if (!file_exists(path))
        return strdup("");
    char *text = file_read(path, &len);
    if (!text)
        log_event(log_output(), LOG_SECURITY, LEVEL_FATAL, "%s cannot be read: %s%s", path,
                  strerror(errno), file_remedy(errno));
    return text;
}

static bool load(struct auth_policy *policy, const char *name,
                 int (*read)(struct auth_policy *, const char *))
{
    char path[64];
    char *text = read_access_file(name, path);
    if (!text)
        return false;
    int line = read(policy, text);
    free(text);
    if (line)
        log_event(log_output(), LOG_SECURITY, LEVEL_FATAL, "%s:%d: this line is not understood",
                  path, line);
    return line == 0;
}

/* Says of whom the passwords have to be set anew, where they count; how many that are. */
static int name_weak_hashes(const struct auth_policy *policy, enum log_level level)
{
    int count = 0;
    bool used = (policy->allowed | policy->required) & AUTH_PWORD;
    for (size_t i = 0; used && i < policy->user_count; i++) {
        if (!policy->users[i].weak)
            continue;
        log_event(log_output(), LOG_SECURITY | LOG_PRINT, level,
                  "spread.access_pword: the password of %s is kept as an old hash, which is guessed too "
                  "fast: it lets nobody in until it is set anew with: sppasswd change %s",
                  policy->users[i].name, policy->users[i].name);
        count++;
    }
    return count;
}

/* The rules of PolicyFile, if the configuration names one. */
static bool load_rights(const struct conf *conf, struct auth_policy *policy)
{
    size_t len;
    if (conf->policy_file[0] == '\0')
        return true;
    char *text = file_read(conf->policy_file, &len);
    if (!text) {
        log_event(log_output(), LOG_SECURITY, LEVEL_FATAL, "%s cannot be read: %s%s", conf->policy_file,
                  strerror(errno), file_remedy(errno));
        return false;
    }
    struct conf_source source = {
        .file = conf->policy_file, .text = text, .len = len, .report = report};
    policy->rights = rights_parse(&source, account_id);
    free(text);
    return policy->rights;
}

struct auth_policy *startup_auth(const struct conf *conf)
{
    struct auth_policy *policy = auth_policy_new(conf);
    if (load(policy, "spread.access_ip", auth_read_rules) &&
        load(policy, "spread.access_pword", auth_read_users) && load_rights(conf, policy)) {
        name_weak_hashes(policy, LEVEL_WARNING);
        return policy;
    }
    auth_policy_free(policy);
    return NULL;
}

/* Root can read what the daemon cannot when it has become somebody else. */
static void warn_of_owner(const char *path, uid_t user)
{
    uid_t owner;
    if (geteuid() == 0 && user != 0 && file_owner(path, &owner) && owner != user)
        log_event(log_output(), LOG_SECURITY | LOG_PRINT, LEVEL_WARNING,
                  "warning: %s belongs to root, and the daemon will not be root: a reload cannot read "
                  "it again unless it is given to user number %u",
                  path, user);
}

bool startup_keys(const struct conf *conf, struct keyring *keys)
{
    uid_t user = key_file_user(conf);
    char why[sizeof conf->daemon_key_file + 256];
    keyring_wipe(keys);
    if (conf->daemon_key_file[0] == '\0')
        return true;
    if (key_file_read(conf->daemon_key_file, user, keys, why, sizeof why)) {
        warn_of_owner(conf->daemon_key_file, user);
        return true;
    }
    log_event(log_output(), LOG_SECURITY | LOG_PRINT, LEVEL_FATAL, "%s", why);
    return false;
}

struct auth_policy *startup_check_auth(const struct conf *conf)
{
    struct auth_policy *policy = auth_policy_new(conf);
    unsigned used = policy->allowed | policy->required;
    bool ok = (!(used & AUTH_IP) || load(policy, "spread.access_ip", auth_read_rules)) &&
              (!(used & AUTH_PWORD) || load(policy, "spread.access_pword", auth_read_users));
    ok = ok && load_rights(conf, policy) && name_weak_hashes(policy, LEVEL_ERROR) == 0;
    if (ok)
        return policy;
    auth_policy_free(policy);
    return NULL;
}

bool startup_check_tls(const struct conf *conf)
{
    char why[sizeof conf->tls_cert_file + 256];
    SSL_CTX *ctx;
    if (tls_read(conf, &ctx, why, sizeof why)) {
        SSL_CTX_free(ctx);
        return true;
    }
    log_event(log_output(), LOG_SECURITY | LOG_PRINT, LEVEL_FATAL, "%s", why);
    return false;
}

bool startup_check_socket(const struct conf *conf)
{
    char why[128];
    gid_t group;
    if (run_folder_group(conf, &group, why, sizeof why))
        return true;
    log_event(log_output(), LOG_CONFIGURATION | LOG_PRINT, LEVEL_FATAL, "%s", why);
    return false;
}

void startup_check_segment(const struct conf *conf, int self)
{
    const struct conf_segment *s = &conf->segments[conf->daemons[self].segment];
    char text[IP_TEXT];
    for (int i = 0; s->daemon_count > 1 && i < s->address_count; i++)
        if (s->addresses[i].family == 4 && !ip_is_multicast(&s->addresses[i]) &&
            !host_broadcasts(&s->addresses[i]))
            log_event(log_output(), LOG_CONFIGURATION, LEVEL_WARNING,
                      "warning: %s, where the segment of %s is sent to, is not the broadcast "
                      "address of a network of this machine: it reaches one machine at most; write such an "
                      "address there, or none",
                      ip_text(&s->addresses[i], text), conf->daemons[self].name);
}

void startup_announce(const struct conf *conf, int self)
{
    const struct conf_daemon *me = &conf->daemons[self];
    char ip[IP_TEXT];
    log_event(log_output(), LOG_CONFIGURATION, LEVEL_INFO,
              "Hash value for this configuration is: %u", conf->hash);
    log_event(log_output(), LOG_CONFIGURATION, LEVEL_INFO,
              "Conf_load_conf_file: My name: %s, id: %u, addr: %s, port: %u", me->name, me->id,
              ip_text(&me->ip, ip), conf->segments[me->segment].port);
}
