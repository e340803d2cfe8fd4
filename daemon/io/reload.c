/* SPDX-License-Identifier: MIT */
#include "daemon/io/reload.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "daemon/io/clock.h"
#include "daemon/io/log_output.h"
#include "daemon/io/startup.h"
#include "daemon/io/tls.h"

/* A daemon that is not in the file any more waits for the others to read it, too: else some would
 * have to change their view twice, for the leave and for the file. */
enum { LEAVE_AFTER_US = 1 * USEC_SECOND };

struct reloader {
    const char *file;
    struct daemon *daemon;
    struct udp *udp;
    bool asked, refused;
    usec leave_at; /* NEVER: we stay */
    int status;
    /* What the daemon has in force, which is asked what it says, and what was handed to it to follow;
     * NULL: none. Here they are kept only to be freed. */
    struct conf *conf, *next;
    struct auth_policy *auth, *next_auth;
    SSL_CTX *tls, *next_tls;
    bool tls_is_new; /* nobody has taken tls yet */
    struct keyring next_keys; /* what the daemon has is its own copy */
};

struct reloader *reloader_new(const char *file, struct conf *conf, struct auth_policy *auth,
                              SSL_CTX *tls, struct daemon *daemon, struct udp *udp)
{
    struct reloader *r = memory_new(sizeof *r);
    r->file = file;
    r->conf = conf;
    r->auth = auth;
    r->tls = tls;
    r->tls_is_new = true;
    r->daemon = daemon;
    r->udp = udp;
    r->leave_at = NEVER;
    return r;
}

void reloader_free(struct reloader *r)
{
    if (!r)
        return;
    SSL_CTX_free(r->tls);
    SSL_CTX_free(r->next_tls);
    keyring_wipe(&r->next_keys);
    auth_policy_free(r->next_auth);
    conf_free(r->next);
    auth_policy_free(r->auth);
    conf_free(r->conf);
    free(r);
}

void reloader_ask(struct reloader *r)
{
    r->asked = true;
}

bool reloader_is_busy(const struct reloader *r)
{
    return r->asked || r->next;
}

bool reloader_has_refused(const struct reloader *r)
{
    return r->refused;
}

bool reloader_take_tls(struct reloader *r, SSL_CTX **tls)
{
    if (!r->tls_is_new)
        return false;
    *tls = r->tls;
    r->tls = NULL;
    r->tls_is_new = false;
    return true;
}

usec reloader_deadline(const struct reloader *r)
{
    return r->leave_at;
}

int reloader_status(const struct reloader *r)
{
    return r->status;
}

static void tell(struct reloader *r, enum event_kind kind, enum why why, const char *detail)
{
    struct event_record e = event_of(kind, why);
    snprintf(e.from, sizeof e.from, "%s", detail);
    daemon_tell(r->daemon, &e, clock_now());
}

/* The configuration in force stays. */
static void refuse(struct reloader *r, enum why why, const char *detail)
{
    r->refused = true;
    tell(r, EVENT_RELOAD_REFUSED, why, detail);
}

static bool has_name(const struct conf *conf, const char *name)
{
    for (int i = 0; i < conf->daemon_count; i++)
        if (strcmp(conf->daemons[i].name, name) == 0)
            return true;
    return false;
}

static const struct conf_daemon *me(const struct in_force *f)
{
    return &f->conf->daemons[f->self];
}

/* We are not in the new configuration, or another daemon has our name there. */
static void leave(struct reloader *r, const struct conf *next)
{
    bool changed = has_name(next, me(daemon_in_force(r->daemon))->name);
    r->status = changed ? 1 : 0;
    tell(r, EVENT_TAKEN_OUT, changed ? RELOAD_CHANGED : RELOAD_REMOVED, "");
    r->leave_at = clock_now() + (changed ? 0 : (usec)LEAVE_AFTER_US);
}

static bool same_interfaces(const struct conf_daemon *a, const struct conf_daemon *b)
{
    if (a->interface_count != b->interface_count)
        return false;
    for (int i = 0; i < a->interface_count; i++)
        if (!ip_equal(&a->interfaces[i].ip, &b->interfaces[i].ip) ||
            a->interfaces[i].uses != b->interfaces[i].uses)
            return false;
    return true;
}

/* What was read beside a configuration that is not to be. */
static void forget_next(struct reloader *r)
{
    SSL_CTX_free(r->next_tls);
    auth_policy_free(r->next_auth);
    r->next_tls = NULL;
    r->next_auth = NULL;
    keyring_wipe(&r->next_keys);
}

/* Everything that the new configuration needs. False, having told why, if it cannot be had. */
static bool prepare(struct reloader *r, const struct in_force *next)
{
    char detail[512];
    const struct in_force *now = daemon_in_force(r->daemon);
    if (!same_interfaces(me(now), me(next))) {
        refuse(r, RELOAD_INTERFACES, "");
        return false;
    }
    r->next_auth = startup_auth(next->conf);
    if (!r->next_auth) {
        refuse(r, RELOAD_ACCESS, "");
        return false;
    }
    if (!startup_keys(next->conf, &r->next_keys)) {
        refuse(r, RELOAD_KEYS, "");
        forget_next(r);
        return false;
    }
    bool has_tls = tls_read(next->conf, &r->next_tls, detail, sizeof detail);
    if (has_tls && udp_prepare(r->udp, next, detail, sizeof detail)) {
        startup_check_segment(next->conf, next->self);
        return true;
    }
    refuse(r, has_tls ? RELOAD_SOCKETS : RELOAD_TLS, detail);
    if (has_tls)
        udp_give_up(r->udp, next, now);
    forget_next(r);
    return false;
}

static void begin(struct reloader *r)
{
    int index[CONF_DAEMONS_MAX];
    r->asked = r->refused = false;
    if (!r->file) {
        refuse(r, RELOAD_NO_FILE, "");
        return;
    }
    const struct in_force *now = daemon_in_force(r->daemon);
    struct conf *next = startup_read_conf(r->file, now->conf);
    if (!next) {
        refuse(r, RELOAD_WRONG_FILE, "");
        return;
    }
    conf_match(now->conf, next, index);
    int self = index[now->self];
    if (self < 0) {
        leave(r, next);
        conf_free(next);
    } else if (!prepare(r, &(struct in_force){next, (uint16_t)self})) {
        conf_free(next);
    } else {
        r->next = next;
        daemon_reload(r->daemon, next, self, r->next_auth, &r->next_keys);
    }
}

/* The daemon has taken the next configuration over. What was made of the old one in the system is
 * made anew. */
static void finish(struct reloader *r, const struct in_force *gone)
{
    const struct in_force *now = daemon_in_force(r->daemon);
    udp_give_up(r->udp, gone, now);
    udp_use(r->udp, now);
    log_configure(now->conf);
    auth_policy_free(r->auth);
    conf_free(r->conf);
    r->conf = r->next;
    r->auth = r->next_auth;
    SSL_CTX_free(r->tls);
    r->tls = r->next_tls;
    r->tls_is_new = true;
    r->next_tls = NULL;
    r->next = NULL;
    r->next_auth = NULL;
    keyring_wipe(&r->next_keys);
}

void reloader_step(struct reloader *r)
{
    if (daemon_take_reload(r->daemon))
        r->asked = true;
    if (r->asked && !r->next && r->leave_at == NEVER && !daemon_is_leaving(r->daemon))
        begin(r);
    if (r->leave_at != NEVER && r->leave_at <= clock_now()) {
        r->leave_at = NEVER;
        daemon_leave(r->daemon, clock_now());
    }
    struct in_force before = *daemon_in_force(r->daemon);
    if (r->next && daemon_take_over(r->daemon, clock_now()))
        finish(r, &before);
}
