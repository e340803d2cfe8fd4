/* SPDX-License-Identifier: MIT
 *
 * standing.h - how a daemon stands, as a line that a person reads in the status of its service: whom it
 * serves, and with how many of the others it is in a view. One that is alone and should not be says so, and one that has
 * refused the last reload.
 */
#ifndef SPREAD_IO_STANDING_H
#define SPREAD_IO_STANDING_H

#include "daemon/daemon.h"

enum { STANDING_TEXT = 200 };

void standing_text(const struct daemon *d, bool refused, char text[STANDING_TEXT]);

#endif
