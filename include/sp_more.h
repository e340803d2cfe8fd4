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

#ifdef __cplusplus
}
#endif

#endif
