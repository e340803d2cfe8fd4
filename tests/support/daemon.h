/* SPDX-License-Identifier: MIT
 *
 * daemon.h - a spreadd of one's own, called d1, on loopback at a free port.
 */
#ifndef SPREAD_TEST_DAEMON_H
#define SPREAD_TEST_DAEMON_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct test_daemon {
    uint16_t port;
    char local[24]; /* what SP_connect takes for its Unix socket ... */
    char tcp[24];   /* ... and for TCP; both are by TLS if that is tested (tls_front.h) */
    pid_t pid;
    pid_t watcher; /* our child, which ends as the daemon does */
    int pidfd;     /* of that */
    int log;       /* the file its output goes to */
    char folder[64]; /* where it runs */
};

/* Starts it and waits until it serves. more: further lines of its configuration, or NULL. */
void test_daemon_start(struct test_daemon *d, const char *more);

/* Ends it as an administrator would, and checks that it went without complaint. */
void test_daemon_stop(struct test_daemon *d);

/* Ends it as a power failure would. */
void test_daemon_kill(struct test_daemon *d);

/* Daemons that are started from now on give back to the system what they free. */
void test_daemons_are_lean(void);

/* Bytes of a lean one in memory. */
size_t test_daemon_memory(const struct test_daemon *d);

/* Fails unless it uses soon what it used before those came who are gone now. */
void test_daemon_expect_memory(const struct test_daemon *d, size_t before);

/* What it has written so far: to be freed. */
char *test_daemon_log(const struct test_daemon *d);

#endif
