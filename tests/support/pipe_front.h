/* SPDX-License-Identifier: MIT
 *
 * pipe_front.h - tests of the library run over shared memory, where SPREAD_TEST_PIPES is in the environment:
 * daemons offer it at once, and what fakes on a Unix socket say passes through a front that does so for them,
 * with the daemon's own side of it (daemon/io/pipe_stream.h).
 */
#ifndef SPREAD_TEST_PIPE_FRONT_H
#define SPREAD_TEST_PIPE_FRONT_H

#include <stdbool.h>
#include <stddef.h>

bool pipes_are_tested(void);

/* The test that runs is about the socket itself. */
#define pipes_front_skip() do { if (pipes_are_tested()) skip(); } while (0)

/* For connected, the daemon's side of a connection on a Unix socket, which it closes: the descriptor that a
 * fake speaks by instead. */
int pipes_front(int connected);
/* The client is in: memory is offered to it with what is said next. */
void pipe_front_share(int fake);
/* So many bytes more were written there: returns when the client could read them. */
void pipe_front_await(int fake, size_t len);

#endif
