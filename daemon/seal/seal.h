/* SPDX-License-Identifier: MIT
 *
 * seal.h - packets between daemons, sealed on their way out and opened before anybody reads them.
 *
 * The header of a packet is authenticated, its body encrypted as well, by a key that DaemonKeyFile
 * names and that belongs to the sender's present life alone (derive.h). The counter of the header is
 * the nonce: it grows with each packet of that life, so what is sent again is another packet and a
 * (key, nonce) pair comes once. Whoever passes a packet on to its segment passes it on as it came.
 *
 * What comes is opened where it lies, as the datagram has no other use; the body is nobody's before the
 * tag has proved to be right, and only then is its number noted (known.h). For a life that is not known a key must be made,
 * which takes microseconds, so there is a bound on how many of these are tried in a second.
 *
 * Without keys nothing is sealed, and what is sealed cannot be read. While keys are introduced,
 * AcceptOpenPackets lets open packets count as well, and SendOpenPackets sends them.
 */
#ifndef SPREAD_SEAL_SEAL_H
#define SPREAD_SEAL_SEAL_H

#include "daemon/base/slab.h"
#include "daemon/base/usec.h"
#include "daemon/base/why.h"
#include "daemon/config/in_force.h"
#include "daemon/packet/received.h"
#include "daemon/seal/keys.h"

struct seal;

/* incarnation: ours; no other process may ever have it. No keys: seal_take_keys. */
struct seal *seal_new(const struct in_force *in_force, uint64_t incarnation);
void seal_free(struct seal *s);

/* These are the keys from now on; all of them open, the one for sending seals. */
void seal_take_keys(struct seal *s, const struct keyring *keys);
const struct keyring *seal_keys(const struct seal *s); /* lent until others are taken */
/* Whether those are the keys. */
bool seal_keys_are(const struct seal *s, const struct keyring *keys);
/* Daemons have other places in the file that is in force now. */
void seal_on_renumbered(struct seal *s);

/* Whether what is sent is to be sealed: there are keys, and SendOpenPackets is off. */
bool seal_is_on(const struct seal *s);

struct sealed {
    struct block *block; /* its reference is the taker's */
    uint8_t *bytes;
    uint32_t len;
};

/* An open packet of ours, sealed. Each is sealed once. */
struct sealed seal_packet(struct seal *s, const uint8_t *packet, size_t len);

/* p->header has been checked (net/admit.h), bytes is the whole datagram, in p->block. ADMITTED: p->body is
 * set, in the same place; else there is nothing to be read but the header. relayed: the datagram is needed
 * as it came, so the body gets a place and p->block another one, lent until the next call. believed: the
 * life of the sender that the core believes in, 0: none. */
enum why seal_open(struct seal *s, struct received *p, uint8_t *bytes, bool relayed, uint64_t believed,
                   usec now);

/* The key that the last packet of daemon i was sealed with; 0: it was not. */
uint8_t seal_last_key(struct seal *s, unsigned i);

#endif
