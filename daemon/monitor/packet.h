/* SPDX-License-Identifier: MIT
 *
 * packet.h - a packet between a monitor and a daemon, byte for byte as 5.0.1 has it. Both ends use
 * this room: the daemon takes commands apart and makes reports, spmonitor the other way round.
 *
 *   offset size
 *     0     4   type         what is asked for; bits 7 and 31 mark the byte order of all that
 * follows 4     4   transmitter  VirtualID of the daemon that the monitor poses as; 0 in a report
 *     8     4   process      the daemon to whose host the report goes; in a report, whose it is
 *    12     8   -            zero
 *    20     4   sequence     the port that a report is wanted at, in the low half; 0 in a report
 *    24     4   -            zero
 *    28     4   hash         of the monitor's configuration; 0 in a report, the daemon's own in an
 *                           answer to MONITOR_HASH, which is a header alone
 *    32     2   data length  bytes behind the header
 *    34     6   -            zero
 *
 * What stands where zero is said is not looked at.
 */
#ifndef SPREAD_MONITOR_PACKET_H
#define SPREAD_MONITOR_PACKET_H

#include "daemon/base/procset.h"
#include "libspread/wire/bytes.h"

enum {
    MONITOR_HEADER = 40,
    MONITOR_ENTRIES = 128, /* spmonitor sends so many, however few daemons there are */
    MONITOR_FLOW_BODY = 4 * (FIRST_GHOST + 1), /* with 128 daemons */
    MONITOR_BODY_MAX = 24 + 8 * MONITOR_ENTRIES, /* peers.h */
    MONITOR_PACKET_MAX = MONITOR_HEADER + MONITOR_BODY_MAX,
};

/* Types. */
#define MONITOR_STATUS    0x01000000u
#define MONITOR_PARTITION 0x02000000u
#define MONITOR_FLOW      0x04000000u
#define MONITOR_RELOAD    0x08000000u
#define MONITOR_HASH      0x10000000u /* which configuration have you? 5.0.1 makes nothing of it ... */
#define MONITOR_PEERS     0x20000000u /* ... nor of: whom do you hear, and by which keys? */
#define MONITOR_PART      0x40000000u /* ... nor of: what do you know? part.h */

struct monitor_packet {
    uint32_t type; /* without the marks */
    uint32_t transmitter, process;
    uint16_t port;
    uint32_t hash;
    struct reader body; /* in the sender's byte order */
};

/* False: shorter than a header, or the length is not what the header says. */
bool monitor_packet_decode(struct monitor_packet *p, const uint8_t *bytes, size_t len);

/* Writes p with its body, which is in our byte order; returns the length, MONITOR_PACKET_MAX at
 * most. */
size_t monitor_packet_encode(uint8_t bytes[MONITOR_PACKET_MAX], const struct monitor_packet *p);

#endif
