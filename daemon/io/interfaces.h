/* SPDX-License-Identifier: MIT
 *
 * interfaces.h - the system tells when interfaces of this machine and their addresses come and go.
 */
#ifndef SPREAD_IO_INTERFACES_H
#define SPREAD_IO_INTERFACES_H

#include <event2/event.h>

struct interfaces;

enum { INTERFACE_NONE = 0, INTERFACE_ANY = -1 };

/* From now on changed is called for each interface that was taken away, deleted being its index,
 * which another may have again by now, or ANY when so much has happened that some of it was not
 * told; and then once with NONE for all else that is otherwise than before. NULL: the system does
 * not tell. */
struct interfaces *interfaces_watch(struct event_base *base,
                                    void (*changed)(void *context, int deleted), void *context);
void interfaces_free(struct interfaces *s);

#endif
