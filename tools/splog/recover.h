/* SPDX-License-Identifier: MIT
 *
 * recover.h - finds out which lines a collector that was killed had written.
 */
#ifndef SPLOG_RECOVER_H
#define SPLOG_RECOVER_H

#include "tools/splog/output.h"
#include "tools/splog/streams.h"

/* Compares what the journal says was going to be written with what the file has, and corrects the
 * streams. A line of which only a part was written is cut off: it was not acknowledged, and will
 * come again. */
void recover(struct streams *t, struct output *o);

#endif
