/* SPDX-License-Identifier: MIT
 *
 * batch.h - datagrams out, many with one system call: a run of equally long ones to one address
 * is handed to the kernel as one large piece that it cuts (UDP_SEGMENT).
 *
 * Where the kernel or a device does not do that, each goes alone, from the first refusal on.
 */
#ifndef SPREAD_IO_BATCH_H
#define SPREAD_IO_BATCH_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "daemon/base/block.h"

struct batch;

struct batch_address {
    struct sockaddr_storage address;
    socklen_t len;
};

struct batch *batch_new(int fd);
void batch_free(struct batch *b);

/* Adds a datagram, taking over the reference; it may leave at once with others before it. */
void batch_add(struct batch *b, const struct batch_address *to, struct block *block,
               const uint8_t *bytes, size_t len);
/* Sends everything added. False: the socket takes no more for now; what is left waits inside and
 * stays ahead of whatever is added later. */
bool batch_flush(struct batch *b);

/* What the socket takes no more for is memory, of the system or a device, and not its own buffer:
 * it stays writable meanwhile, so that there is nothing to wait for but time. */
bool batch_wants_memory(const struct batch *b);

/* Datagrams that the system refused for good, and the reason of the last one. */
uint64_t batch_refused(const struct batch *b, int *error);

#endif
