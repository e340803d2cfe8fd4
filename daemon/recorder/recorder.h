/* SPDX-License-Identifier: MIT
 *
 * recorder.h - the flight recorder: the events of a daemon's last day, in a block of memory of fixed size
 * that may be a file.
 *
 * A head of 4096 bytes, of which these are used; then three tracks (track.h), of a quarter, a quarter and
 * half of what is left, so that what happens often drives out only its like:
 *
 *   TRACK_DAEMONS   the membership, the configuration, commands of monitors, the process
 *   TRACK_TROUBLE   what clients and packets are refused, cut off or ended for
 *   TRACK_SESSIONS  clients that come, go, fall behind and catch up
 *
 *   offset size
 *     0     8   "SPFLIGHT"
 *     8     4   version of this layout: 1
 *    12     4   vocabulary: of kinds and reasons, which have other numbers in another version of spreadd
 *    16     8   size of all
 *    24    32   name of the daemon, padded with zeros
 *    56     4   CRC-32 of all that
 *    60     4   CRC-32 of the rest: which daemons are in which place of the configuration, for records of
 *               views have places
 *    64     2   how many
 *    66    20   each: its name, padded with zeros
 *
 * All words are most significant byte first, on every machine. What somebody outside can cause at will is
 * recorded once a second of each reason, less and less often where it goes on for days, with how many
 * were left out.
 *
 * Reading goes from the newest back, a cursor at a time, and keeps nothing between: so a monitor can do
 * it piece by piece over the network.
 */
#ifndef SPREAD_RECORDER_RECORDER_H
#define SPREAD_RECORDER_RECORDER_H

#include "daemon/base/quiet.h"
#include "daemon/recorder/track.h"

enum {
    RECORDER_HEAD = 4096,
    RECORDER_PLACES = 128,
    RECORDER_LEAST = 64 << 10,
    RECORDER_USUAL = 16 << 20,
    RECORDER_MOST = 1 << 30,
};

enum recorder_track { TRACK_DAEMONS, TRACK_TROUBLE, TRACK_SESSIONS, TRACKS };

struct recorder {
    struct track tracks[TRACKS];
    uint64_t number; /* of the last record */
    struct quiet of_reason[WHYS];
    struct quiet of_kind[EVENT_KINDS];
    /* of packets that count for nothing: of each daemon, and of strangers */
    struct quiet of_packet[REFUSED_TRIALS - REFUSED_LENGTH + 1][FIRST_GHOST + 1];
};

enum recorder_state {
    RECORDER_SOUND,
    RECORDER_BLANK,   /* zeros: it was being made when the process, or the machine, ended */
    RECORDER_FOREIGN, /* a recorder's, but of another version, daemon or size; or its head is torn */
    RECORDER_OTHER,   /* something else, which must not be touched */
};

/* What a block is by its head, which is not trusted. name: NULL: any. */
enum recorder_state recorder_look(const uint8_t *bytes, uint64_t size, uint32_t vocabulary,
                                  const char *name);
/* The name in the head of a sound one. */
struct name recorder_name(const uint8_t *bytes);

/* Makes it that daemon's, with nothing recorded and no places known. */
void recorder_format(uint8_t *bytes, uint64_t size, uint32_t vocabulary, const char *name);

/* Writes down who is in the i-th of count places, as name(context, i) says; recorder_place has it again, ""
 * where that is not known. A reload may make it untrue: count 0 forgets it. */
void recorder_set_places(uint8_t *bytes, int count, const char *(*name)(const void *context, int i),
                         const void *context);
struct name recorder_place(const uint8_t *bytes, int i);

/* Goes on behind what is recorded. The block is borrowed, RECORDER_LEAST to RECORDER_MOST bytes long. */
void recorder_open(struct recorder *r, uint8_t *bytes, uint64_t size);

/* Whether e is told now; *left_out is how many like it were not. To be asked before the time of the day is
 * looked up. */
bool recorder_wants(struct recorder *r, const struct event_record *e, uint64_t *left_out);
void recorder_put(struct recorder *r, const struct event_record *e, uint64_t left_out, uint64_t wall_us);

/* -- back ------------------------------------------------------------------------------------ */

struct recorder_cursor {
    uint32_t place[TRACKS]; /* of the next record in each; RECORD_NONE: no more */
    uint64_t below;         /* numbers of those that come are less */
};

/* From the newest. */
struct recorder_cursor recorder_end(const struct recorder *r);
/* The next one back. Any cursor is safe; false: there is none any more. */
bool recorder_back(const struct recorder *r, struct recorder_cursor *c, struct record *out);

#endif
