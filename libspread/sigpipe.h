/* SPDX-License-Identifier: MIT
 *
 * sigpipe.h - the one disposition of a signal that the library changes, and only once.
 */
#ifndef SPREAD_SIGPIPE_H
#define SPREAD_SIGPIPE_H

/* At the beginning of each call that 5.0.1 sets it in: ignores SIGPIPE if that was not decided yet
 * and the program has not set it. */
void sigpipe_settle(void);

#endif
