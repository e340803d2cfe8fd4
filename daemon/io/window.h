/* SPDX-License-Identifier: MIT
 *
 * window.h - whether the program at the far end of a TCP connection reads, as far as this end can see.
 *
 * Kernels between take 10 MB and more by themselves, in bursts for half a second, before a program that
 * has stopped is felt here: so neither that the socket takes something nor that something is
 * acknowledged shows that anybody reads. What shows it is the right edge of the window that the far end
 * offers: it moves on only as room is made there. One that had stopped, with a window of 9,068,544 bytes:
 *
 *     acknowledged   window      edge
 *     1479457281     9068544     1488525825
 *     1481356288     7184384     1488540672   1.9 MB more came, the edge moved by less than a hundredth
 *     1488622906     0           1488622906   and here it stays
 *
 * That little is for queues that the kernel there has packed more closely. A window that was closed
 * opens when a sixteenth of the buffer is free, and not for every read.
 */
#ifndef SPREAD_IO_WINDOW_H
#define SPREAD_IO_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

struct window {
    uint64_t acked, edge; /* in bytes from the first one, when it last moved */
};

/* The far end has acknowledged so much and offers that window, in units of granule bytes. True: it has
 * read since this was true last. */
bool window_moves(struct window *w, uint64_t acked, uint32_t offered, uint32_t granule);

#endif
