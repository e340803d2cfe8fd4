/* SPDX-License-Identifier: MIT
 *
 * tell.h - what a side tells the others, as exchange.h says: written some groups at a time.
 */
#ifndef SPREAD_GROUPS_TELL_H
#define SPREAD_GROUPS_TELL_H

#include "daemon/base/message.h"
#include "daemon/config/in_force.h"
#include "daemon/groups/member.h"

struct teller;

/* Will write what members knows of side as messages for the view with that tag; each goes to send
 * with its reference. members is borrowed and must stay as it is. */
struct teller *teller_new(const struct in_force *in_force, const struct members *members,
                          const struct procset *side, uint64_t tag,
                          void (*send)(void *context, struct message m), void *context);
void teller_free(struct teller *t);

/* Goes on, and takes what it takes off *units. True: all is told. */
bool teller_go_on(struct teller *t, int64_t *units);

#endif
