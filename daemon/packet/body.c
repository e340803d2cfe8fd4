/* SPDX-License-Identifier: MIT */
#include "daemon/packet/body.h"

#include "daemon/packet/header.h"

bool body_decode(union control *m, unsigned type, const uint8_t *body, size_t len, int procs)
{
    switch ((enum packet_type)type) {
    case PACKET_TOKEN:
        return token_decode(&m->token, body, len, procs);
    case PACKET_TOKACK:
        return tokack_decode(&m->tokack, body, len);
    case PACKET_HURRY:
        return hurry_decode(&m->hurry, body, len);
    case PACKET_SUSPECT:
        return suspect_decode(&m->suspect, body, len, procs);
    case PACKET_LEAVE:
        return leave_decode(&m->leave, body, len);
    case PACKET_ALIVE:
        return alive_decode(&m->alive, body, len, procs);
    case PACKET_JOIN:
        return join_decode(&m->join, body, len, procs);
    case PACKET_REFER:
        return refer_decode(&m->refer, body, len, procs);
    case PACKET_PROBE:
        return probe_decode(&m->probe, body, len, procs);
    case PACKET_PREPARE:
        return prepare_decode(&m->prepare, body, len, procs);
    case PACKET_READY:
        return ready_decode(&m->ready, body, len, procs);
    case PACKET_HOPCHK:
        return hopchk_decode(&m->hopchk, body, len);
    case PACKET_PROPOSE:
        return propose_decode(&m->propose, body, len, procs);
    case PACKET_ACCEPT:
        return accept_decode(&m->accept, body, len, procs);
    case PACKET_REFUSE:
        return refuse_decode(&m->refuse, body, len);
    case PACKET_COMMIT:
        return commit_decode(&m->commit, body, len, procs);
    case PACKET_RNACK:
        return rnack_decode(&m->rnack, body, len);
    case PACKET_RECOVERED:
        return recovered_decode(&m->recovered, body, len);
    case PACKET_INSTALL:
    case PACKET_ABORT:
        return form_ring_decode(&m->form_ring, body, len);
    case PACKET_DATA:
    case PACKET_RDATA:
    case PACKET_TYPES:
        break;
    }
    return false;
}
