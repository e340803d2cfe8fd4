/* SPDX-License-Identifier: MIT
 *
 * privileges.h - what root does before it stops being root.
 */
#ifndef SPREAD_IO_PRIVILEGES_H
#define SPREAD_IO_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

#include "daemon/config/conf.h"

/* Whom the daemon runs as. */
struct account {
    bool drop; /* started as root: become uid and gid, in the folder root */
    uid_t uid;
    gid_t gid;
    const char *root; /* chroot there; NULL: stay */
};

/* Works out whom to run as, by DaemonUser, DaemonGroup and RuntimeDir; not root: nothing to do.
 * The defaults of these, where they do not exist on this machine, give way to nobody and no
 * chroot with a warning; what is written in the file must exist. False with a line in why. */
bool privileges_plan(const struct conf *conf, struct account *who, char *why, size_t why_size);

/* Becomes it; false with a line in why. */
bool privileges_drop(const struct account *who, char *why, size_t why_size);

/* Whether the system's own files, such as /etc/hosts, are out of reach since then. */
bool privileges_root_has_changed(void);

/* RealTime: a priority above ordinary processes, and memory that stays; a warning where the system
 * refuses. To be called as root. */
void privileges_real_time(const struct conf *conf);

#endif
