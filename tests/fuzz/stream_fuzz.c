/* SPDX-License-Identifier: MIT
 *
 * Any bytes from a client, in pieces, at a daemon with another client. Two programs are made of it:
 * with HANDSHAKE the bytes are a connection's first, else they come from an open session called
 * #fuzz#d1, which shares the group grp with the other.
 *
 * The first byte says how long a piece is and where the client connects from. Whatever it sends,
 * the other one receives well-formed messages only, of senders that exist; and is served as before.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/daemon/world.h"

enum { HANDSHAKES_END_MS = 20000, SENT_MAX = 300000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool true_for_sure)
{
    if (!true_for_sure)
        abort();
}

#ifdef HANDSHAKE
static struct world *stage(void)
{
    struct world *w = world_new(1, "NULL IP PWORD");
    must(auth_read_users(w->auth, "user1:abNANd1rDfiNc\n") == 0);
    must(auth_read_rules(w->auth, "127.0.0.1\n") == 0);
    return w;
}

static struct peer_end *stranger_at(struct world *w, unsigned choice)
{
    static const struct peer peers[] = {
        {.local = true},
        {.ip = {.family = 4, .bytes = {127, 0, 0, 1}}, .port = 40000},
        {.ip = {.family = 4, .bytes = {10, 0, 0, 1}}, .port = 40000},
    };
    return world_connect_from(w, &peers[choice % 3]);
}
#else
static struct world *stage(void)
{
    return world_new(1, "NULL");
}

static struct peer_end *stranger_at(struct world *w, unsigned choice)
{
    struct peer_end *p = world_join_as(w, "fuzz");
    if (choice & 1)
        peer_request(p, "fuzz", FRAME_JOIN, "grp");
    return p;
}
#endif

/* The client's connection ends where the daemon ends it. */
static void send_in_pieces(struct peer_end *p, const uint8_t *bytes, size_t len, size_t piece)
{
    for (size_t at = 0; at < len && p->session; at += piece)
        peer_send(p, bytes + at, len - at < piece ? len - at : piece);
}

static bool is_sender(const struct frame_header *h)
{
    if (h->type & FRAME_SERVICES)
        return h->sender.text[0] == '#' && strlen(h->sender.text) >= sizeof "##d1" &&
               strcmp(h->sender.text + strlen(h->sender.text) - 3, "#d1") == 0;
    return strcmp(h->sender.text, "grp") == 0;
}

/* What the other client has received; true if the last of it is its own message. */
static bool hears_well(struct peer_end *other)
{
    bool own = false;
    while (other->taken < other->len) {
        must(other->len - other->taken >= FRAME_HEADER);
        struct frame_header h;
        frame_decode(&h, other->bytes + other->taken);
        must(h.num_groups >= 0 && h.data_len >= 0);
        size_t len = FRAME_HEADER + (size_t)frame_payload_len(&h);
        must(other->len - other->taken >= len && is_sender(&h));
        own = strcmp(h.sender.text, "#other#d1") == 0;
        other->taken += len;
    }
    return own;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > SENT_MAX)
        return -1;
    struct world *w = stage();
    struct peer_end *other = world_join_as(w, "other");
    peer_request(other, "other", FRAME_JOIN, "grp");
    struct peer_end *stranger = stranger_at(w, data[0] & 3);
    size_t piece = (size_t)1 << (data[0] >> 2 & 31) % 18;
    send_in_pieces(stranger, data + 1, size - 1, piece);
    world_pass(w, HANDSHAKES_END_MS);
    must(!stranger->session || session_is_open(stranger->session) ||
         stranger->session->state == SESSION_LEAVING);
    peer_cast(other, "other", 0x10, "#other#d1", "here");
    must(other->session && hears_well(other));
    peer_free(stranger);
    peer_free(other);
    world_free(w);
    return 0;
}
