/* SPDX-License-Identifier: MIT
 *
 * access.h - what an open session may ask for, by its grant (rights/rights.h).
 */
#ifndef SPREAD_SESSION_ACCESS_H
#define SPREAD_SESSION_ACCESS_H

#include "daemon/session/session.h"

/* REQUEST_OK, or why a checked request, whose frame is complete and in our byte order, is sent back; then
 * *group is what it may not. Whoever is in a group may leave it. */
enum why access_check(const struct session *s, const struct frame_header *h, const uint8_t *frame,
                      struct name *group);

/* Whether it may be in that group. */
bool access_may_join(const struct session *s, const struct name *group);
/* Whether it may be told who is in that group. session: one that is open. */
bool access_may_see(const void *session, const struct name *group);

#endif
