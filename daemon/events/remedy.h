/* SPDX-License-Identifier: MIT
 *
 * remedy.h - what a person can do about an event that the log warns of. It stands at the end of the line,
 * and is no part of the reason: by reasons things are counted, and their names stay.
 */
#ifndef SPREAD_EVENTS_REMEDY_H
#define SPREAD_EVENTS_REMEDY_H

#include "daemon/base/event.h"

/* NULL: the sentence says it itself, or there is nothing to be done. */
const char *event_remedy(const struct event_record *e);

#endif
