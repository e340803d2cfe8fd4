/* SPDX-License-Identifier: MIT
 *
 * confine.h - what a process that serves clients can do no more, whoever has got hold of it: gain
 * privileges by another program, and call what a daemon that is up has no use for.
 */
#ifndef SPREAD_IO_CONFINE_H
#define SPREAD_IO_CONFINE_H

#include <stdbool.h>

/* No program that this process may start has more privileges than it. */
void confine_privileges(void);

/* From here on, threads to come included, only those system calls are made that confine.c names. Any
 * other one fails as if the kernel did not know it: the daemon goes on, and so does libc, which has
 * another way for each call that a kernel may be too old for. A daemon that is killed would be the worse
 * harm. wanted: the file says so. Where there can be no filter the log says why, if it was wanted. */
void confine_calls(bool wanted);

#endif
