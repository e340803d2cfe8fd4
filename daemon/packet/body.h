/* SPDX-License-Identifier: MIT
 *
 * body.h - the body of any packet but DATA and RDATA, whose parts are read where they lie.
 */
#ifndef SPREAD_PACKET_BODY_H
#define SPREAD_PACKET_BODY_H

#include "daemon/packet/control.h"
#include "daemon/packet/forming.h"
#include "daemon/packet/token.h"

union control {
    struct token token;
    struct tokack tokack;
    struct hurry hurry;
    struct suspect suspect;
    struct leave leave;
    struct alive alive;
    struct join join;
    struct refer refer;
    struct probe probe;
    struct prepare prepare;
    struct ready ready;
    struct hopchk hopchk;
    struct propose propose;
    struct accept accept;
    struct refuse refuse;
    struct commit commit;
    struct rnack rnack;
    struct recovered recovered;
    struct form_ring form_ring;
};

/* Decodes the body of a packet of that type. False: it is malformed, or there is no such type. */
bool body_decode(union control *m, unsigned type, const uint8_t *body, size_t len, int procs);

#endif
