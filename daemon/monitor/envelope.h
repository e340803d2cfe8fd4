/* SPDX-License-Identifier: MIT
 *
 * envelope.h - a packet between a monitor and a daemon, sealed with a key of DaemonKeyFile.
 *
 *   offset size
 *     0     2   magic: 0x53 0x4d; neither a packet between daemons nor one of 5.0.1's monitor
 *     2     1   version: 1
 *     3     1   id of the key
 *     4     1   who has sealed it: enum envelope_from
 *     5     3   zero
 *     8     8   life: of the process that has sealed it, random
 *    16     8   number: grows with each packet of that life
 *    24         sealed: moment (life, time), question (life, number), each of 8 bytes; the packet; and
 *               a tag of 16 bytes
 *
 * All words are most significant byte first. The header is authenticated. Each life and direction has a
 * key of its own (seal/derive.h), and the number is the nonce.
 *
 * A moment is a daemon's: its life, and what its own clock said when it answered. A command shows one
 * that the daemon has given, not longer than FRESH_US ago, so a command that was recorded is worth
 * nothing afterwards; questions change nothing and show none. An answer names the question that it
 * answers.
 */
#ifndef SPREAD_MONITOR_ENVELOPE_H
#define SPREAD_MONITOR_ENVELOPE_H

#include "daemon/base/usec.h"
#include "daemon/base/why.h"
#include "daemon/monitor/packet.h"
#include "daemon/seal/keys.h"

enum {
    ENVELOPE_HEADER = 24,
    ENVELOPE_FRONT = 32, /* of what is sealed, before the packet */
    ENVELOPE_TAG = 16,
    ENVELOPE_ROOM = ENVELOPE_FRONT + MONITOR_PACKET_MAX,
    ENVELOPE_MAX = ENVELOPE_HEADER + ENVELOPE_ROOM + ENVELOPE_TAG,
    FRESH_US = 10 * USEC_SECOND,
};

enum envelope_from { FROM_MONITOR = 1, FROM_DAEMON = 2 };

struct envelope {
    enum envelope_from from;
    uint8_t key_id;
    uint64_t life, number; /* of who has sealed it */
    struct moment {
        uint64_t life, at; /* 0: none */
    } moment;
    struct {
        uint64_t life, number; /* 0: in a question or command */
    } question;
    const uint8_t *packet; /* what is in it */
    size_t len;
};

/* Whether it is one of these at all. */
bool envelope_is(const uint8_t *bytes, size_t len);

/* Seals all that e says with the key; returns the length. The number must not come again in that
 * life. */
size_t envelope_seal(const struct envelope *e, const struct seal_key *key, uint8_t bytes[ENVELOPE_MAX]);

/* MONITOR_OBEYED: e is filled, and its packet lies in room. */
enum why envelope_open(struct envelope *e, enum envelope_from from, const struct keyring *keys,
                       const uint8_t *bytes, size_t len, uint8_t room[ENVELOPE_ROOM]);

#endif
