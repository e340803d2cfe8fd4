/* SPDX-License-Identifier: MIT
 *
 * tls_front.h - tests of the library run over TLS, where SPREAD_TEST_TLS is in the environment: daemons
 * are asked by tls:PORT@127.0.0.1, and what fakes say passes through a front that speaks TLS for them.
 */
#ifndef SPREAD_TEST_TLS_FRONT_H
#define SPREAD_TEST_TLS_FRONT_H

#include <stdbool.h>
#include <stddef.h>

bool tls_is_tested(void);

/* The test that runs is about something that TLS has not. */
#define tls_front_skip() do { if (tls_is_tested()) skip(); } while (0)

/* Makes a certificate for 127.0.0.1, once, and has the library trust it. */
void tls_prepare(void);
/* What fronts show from now on. TLS_STRANGER is not trusted, the others are. */
enum tls_shown { TLS_USUAL, TLS_EXPIRED, TLS_ELSEWHERE, TLS_STRANGER, TLS_SHOWN };
void tls_show(enum tls_shown which);
/* Lines for a daemon that shows that certificate. */
const char *tls_options(void);

/* For connected, the daemon's side of a connection, which it closes: the descriptor that a fake speaks
 * by instead. */
int tls_front(int connected);
/* So many bytes more were written there: returns when the client's system has them. */
void tls_front_await(int fake, size_t len);

#endif
