/* SPDX-License-Identifier: MIT */
#include "daemon/packet/header.h"

static void take_header(struct reader *r, struct packet_header *h)
{
    take_u16(r); /* magic */
    h->version = take_u8(r);
    h->type = take_u8(r);
    h->flags = take_u8(r);
    h->key_id = take_u8(r);
    h->sender = take_u16(r);
    h->hash = take_u32(r);
    h->incarnation = take_u64(r);
    h->counter = take_u64(r);
    h->body_len = take_u16(r);
    h->receiver = take_u16(r);
}

bool packet_header_decode_cut(struct packet_header *h, const uint8_t *bytes, size_t len)
{
    struct reader r = reader_of(bytes, len);
    take_header(&r, h);
    return !r.failed && packet_is_ours(bytes, len);
}

bool packet_header_decode(struct packet_header *h, const uint8_t *bytes, size_t len)
{
    struct reader r = reader_of(bytes, len);

    take_header(&r, h);
    return !r.failed && r.left == (size_t)h->body_len + (h->key_id ? PACKET_TAG : 0);
}

void packet_header_encode(uint8_t bytes[PACKET_HEADER], const struct packet_header *h)
{
    struct writer w = writer_of(bytes, PACKET_HEADER);

    give_u8(&w, PACKET_MAGIC_0);
    give_u8(&w, PACKET_MAGIC_1);
    give_u8(&w, h->version);
    give_u8(&w, h->type);
    give_u8(&w, h->flags);
    give_u8(&w, h->key_id);
    give_u16(&w, h->sender);
    give_u32(&w, h->hash);
    give_u64(&w, h->incarnation);
    give_u64(&w, h->counter);
    give_u16(&w, h->body_len);
    give_u16(&w, h->receiver);
}

const char *packet_type_name(unsigned type)
{
    static const char *const names[PACKET_TYPES] = {
        [PACKET_DATA] = "DATA",           [PACKET_RDATA] = "RDATA",
        [PACKET_TOKEN] = "TOKEN",         [PACKET_TOKACK] = "TOKACK",
        [PACKET_HURRY] = "HURRY",         [PACKET_SUSPECT] = "SUSPECT",
        [PACKET_LEAVE] = "LEAVE",         [PACKET_ALIVE] = "ALIVE",
        [PACKET_JOIN] = "JOIN",           [PACKET_REFER] = "REFER",
        [PACKET_PROBE] = "PROBE",         [PACKET_PREPARE] = "PREPARE",
        [PACKET_READY] = "READY",         [PACKET_HOPCHK] = "HOPCHK",
        [PACKET_PROPOSE] = "PROPOSE",     [PACKET_ACCEPT] = "ACCEPT",
        [PACKET_REFUSE] = "REFUSE",       [PACKET_COMMIT] = "COMMIT",
        [PACKET_RNACK] = "RNACK",         [PACKET_RECOVERED] = "RECOVERED",
        [PACKET_INSTALL] = "INSTALL",     [PACKET_ABORT] = "ABORT",
    };
    return type < PACKET_TYPES && names[type] ? names[type] : "?";
}
