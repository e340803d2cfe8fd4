/* SPDX-License-Identifier: MIT
 *
 * neighbour.h - the daemon at the other end of a Unix socket: asked as a client would.
 */
#ifndef SPREAD_IO_NEIGHBOUR_H
#define SPREAD_IO_NEIGHBOUR_H

#include <stddef.h>

enum { NEIGHBOUR_TEXT = 96 };

/* Who serves the connected socket fd, in text: "daemon d1 (process 812)"; without its name if it
 * does not say it within a second, without the process if that is in another container. */
void neighbour_name(int fd, char text[NEIGHBOUR_TEXT]);

#endif
