/* SPDX-License-Identifier: MIT
 *
 * track.h - records one behind the other in a block of memory, which runs round: the newest takes the place
 * of the oldest.
 *
 * The memory may be a file that outlives the process. It says nothing about itself: whoever opens it looks
 * for what is a record by mark, length and checksum, goes on at the next step where there is none, and
 * finds the newest by its number. So a record that was written by half when the power went is missing, and
 * nothing else is.
 *
 * Reading goes from the newest back, for each record says where the one before it begins. A place that the
 * writer has reached again has another record by then, or none, and there reading ends.
 */
#ifndef SPREAD_RECORDER_TRACK_H
#define SPREAD_RECORDER_TRACK_H

#include "daemon/recorder/record.h"

struct track {
    uint8_t *bytes; /* borrowed */
    uint32_t size;  /* a multiple of RECORD_STEP */
    uint32_t at;    /* where the next record goes */
    uint32_t newest; /* where the last one begins; RECORD_NONE: there is none */
};

/* Finds what is in it; returns the highest number, 0: none. */
uint64_t track_open(struct track *t, uint8_t *bytes, uint32_t size);

void track_put(struct track *t, struct record *r); /* r->before is set */

/* The record that begins at a place, if its number is less than below. False: there is none. */
bool track_read(const struct track *t, uint32_t place, uint64_t below, struct record *r);

#endif
