/* SPDX-License-Identifier: MIT
 *
 * reload.h - another configuration while the daemon runs, asked for by SIGHUP or a monitor.
 *
 * The file, the access files, the keys and those for TLS are read afresh. Whatever is wrong with them,
 * the configuration in force stays, with a line in the log. A daemon that the new file does not have, or
 * has changed, leaves the ring gracefully, a second later if it is not there at all; else its sockets are
 * made ready, the daemon takes the configuration over when no change of view is under way, and then the
 * sockets and the log follow.
 */
#ifndef SPREAD_IO_RELOAD_H
#define SPREAD_IO_RELOAD_H

#include <openssl/types.h>

#include "daemon/daemon.h"
#include "daemon/io/udp.h"

struct reloader;

/* file: of the configuration; NULL: it is the built-in one, and stays. The memory of conf, auth and
 * tls, which the daemon begins with, is the reloader's from now on; file, daemon and udp are borrowed. */
struct reloader *reloader_new(const char *file, struct conf *conf, struct auth_policy *auth,
                              SSL_CTX *tls, struct daemon *daemon, struct udp *udp);
/* After the daemon has been freed. */
void reloader_free(struct reloader *r);

/* Asked again while one is under way, it comes after that. */
void reloader_ask(struct reloader *r);
/* Asked, and neither refused nor in force yet. */
bool reloader_is_busy(const struct reloader *r);
/* The last one was refused. */
bool reloader_has_refused(const struct reloader *r);
/* Does what is due, when all datagrams of a turn have been sent. There may be more of them then. */
void reloader_step(struct reloader *r);

/* What the files for TLS in force make, which is the caller's then; NULL: there are none. False: the
 * caller has it already. */
bool reloader_take_tls(struct reloader *r, SSL_CTX **tls);

/* When reloader_step is due. */
usec reloader_deadline(const struct reloader *r);

/* What the process is to end with: 1 if it leaves because the file has another daemon of its name.
 */
int reloader_status(const struct reloader *r);

#endif
