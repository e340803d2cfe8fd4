/* SPDX-License-Identifier: MIT
 *
 * Any packets of daemons that are in the configuration, at a daemon that may be in a ring with
 * them: through admission, every decoder and the core, as ring_seeds.c played it or changed.
 *
 * Nothing of it ends the daemon; and once nobody speaks any more, it goes on alone and serves its
 * client.
 */
#include <stdlib.h>

#include "daemon/packet/bytes.h"
#include "daemon/packet/header.h"
#include "tests/fuzz/stage.h"

enum { ALONE_MS = 60000, PLAY_MAX = 200000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool true_for_sure)
{
    if (!true_for_sure)
        abort();
}

/* Version, hash and length are put right: what they are asked for is found out at once, and then no
 * decoder would see much. */
static void hear(struct world *w, const struct step *e)
{
    uint8_t bytes[UINT16_MAX];
    memcpy(bytes, e->bytes, e->len);
    if (e->len >= PACKET_HEADER && packet_is_ours(bytes, e->len)) {
        struct packet_header h;
        packet_header_decode(&h, bytes, e->len);
        h.version = PACKET_VERSION;
        h.hash = w->conf->hash;
        h.key_id = 0;
        h.body_len = (uint16_t)(e->len - PACKET_HEADER);
        packet_header_encode(bytes, &h);
    }
    stage_hear(w, bytes, e->len, e->kind == STEP_CONTROL);
}

static void drop_datagrams(struct world *w)
{
    struct datagram_out out;
    struct monitor_reply reply;
    while (daemon_next_datagram(w->daemon, &out))
        block_unref(out.block);
    while (daemon_next_reply(w->daemon, &reply))
        continue;
}

static void play(struct world *w, struct peer_end *client, const uint8_t *at, size_t left)
{
    struct step e;
    while (step_next(&e, &at, &left)) {
        stage_pass(w, w->now + e.ticks * STAGE_TICK_US);
        if (e.kind == STEP_CAST && client->session)
            stage_request(client, 0x20, "cast");
        else if (e.kind != STEP_WAIT)
            hear(w, &e);
        drop_datagrams(w);
    }
}

/* True if the client has received its own message again. */
static bool is_served(struct world *w, struct peer_end *client)
{
    for (usec end = w->now + ALONE_MS * USEC_MS; w->now < end;) {
        client->taken = client->len;
        peer_cast(client, "client", 0x20, "#client#d1", "served");
        stage_pass(w, w->now + 1000 * USEC_MS);
        drop_datagrams(w);
        if (!client->session)
            return false;
        if (memmem(client->bytes + client->taken, client->len - client->taken, "served", 6))
            return true;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > PLAY_MAX)
        return -1;
    struct world *w = stage_daemon(0);
    struct peer_end *client = world_join_as(w, "client");
    stage_request(client, FRAME_JOIN, "");
    play(w, client, data, size);
    must(daemon_is_leaving(w->daemon) || is_served(w, client));
    peer_free(client);
    world_free(w);
    return 0;
}
