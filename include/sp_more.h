/* SPDX-License-Identifier: MIT
 *
 * sp_more.h - calls that the Spread Toolkit 5.0.1 does not have.
 *
 * A program that uses one of them needs this library; one that must build with either leaves this
 * header out, and loses nothing that 5.0.1 could do.
 */
#ifndef INC_SP_MORE
#define INC_SP_MORE

#include "sp.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The first call of SP_connect, SP_connect_timeout, SP_set_auth_method or SP_set_auth_methods in a
 * process ignores SIGPIPE if its disposition is the default, as 5.0.1 does: a program may count on
 * write() to a pipe that nobody reads returning EPIPE. What the program sets before or after
 * stays. With this call before that first one, SIGPIPE is left alone; the library itself never
 * raises it. Returns 1; 0 if it came too late, and nothing is changed. */
int SP_keep_sigpipe(void);

/* While a send of that mailbox waits for its daemon, the library reads what has come into memory of
 * its own, so that programs that send before they read do not hold themselves. It keeps max_bytes
 * at most, 0: nothing. A mailbox begins with what SPREAD_READ_AHEAD in the environment says in
 * bytes, without it with 256 MiB, on 32-bit systems 64 MiB. Returns 0, ILLEGAL_SESSION, or
 * ILLEGAL_MESSAGE for a number below 0. */
int SP_set_read_ahead(mailbox mbox, int max_bytes);

#define SP_TIMED_OUT -40

/* As SP_receive, but it waits timeout_ms milliseconds at most, 0: not at all, below 0: without an
 * end. SP_TIMED_OUT: no message was there to its last byte; nothing was taken. */
int SP_receive_timeout(mailbox mbox, service *service_type, char sender[MAX_GROUP_NAME],
                       int max_groups, int *num_groups, char groups[][MAX_GROUP_NAME],
                       int16 *mess_type, int *endian_mismatch, int max_mess_len, char *mess,
                       int timeout_ms);

#ifdef __cplusplus
}
#endif

#endif
