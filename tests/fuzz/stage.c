/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/stage.h"

#include "daemon/base/memory.h"
#include "daemon/packet/header.h"
#include "tests/support/conf.h"

static void say_nothing(void *context, enum log_level level, const char *line)
{
    (void)context;
    (void)level;
    (void)line;
}

struct world *stage_daemon(int self)
{
    struct world *w = memory_new(sizeof *w);
    w->now = 1000000;
    w->conf = test_conf_of_size(STAGE_DAEMONS);
    w->conf->max_session_messages = 1000;
    w->conf->auth_written = true;
    memcpy(w->conf->allowed_auth, "NULL", sizeof "NULL");
    w->auth = auth_policy_new(w->conf);
    w->log = (struct log){.types = ~0u, .level = LEVEL_DEBUG, .sink = say_nothing};
    struct daemon_parts parts = {
        .conf = w->conf, .self = self, .auth = w->auth, .log = &w->log, .seed = 7 + (uint64_t)self};
    w->daemon = daemon_new(&parts, w->now);
    return w;
}

void stage_pass(struct world *w, usec until)
{
    for (usec next; (next = daemon_deadline(w->daemon)) <= until;) {
        w->now = next > w->now ? next : w->now;
        daemon_on_time(w->daemon, w->now, 0, 1700000000);
    }
    w->now = until;
    world_turn(w);
}

void stage_hear(struct world *w, const uint8_t *bytes, size_t len, bool control)
{
    size_t sender = len >= 8 ? bytes[7] % STAGE_DAEMONS : 0;
    struct datagram_in in = {.block = block_new(len ? len : 1),
                             .len = len,
                             .source = w->conf->daemons[sender].ip,
                             .source_port = 4803,
                             .token_port = control,
                             .own_address = true};
    in.bytes = in.block->bytes;
    memcpy(in.bytes, bytes, len);
    daemon_on_datagram(w->daemon, &in, w->now);
    block_unref(in.block);
    world_turn(w);
}

void stage_request(struct peer_end *client, uint32_t type, const char *body)
{
    size_t len = strlen(body);
    struct frame_header h = {.type = type,
                             .sender = client->session->private_group,
                             .num_groups = 1,
                             .hint = frame_hint(0),
                             .data_len = (int32_t)len};
    uint8_t *frame = memory_new(FRAME_HEADER + NAME_FIELD + len);
    struct name group = name_from_text("grp");
    frame_encode(frame, &h);
    memcpy(frame + FRAME_HEADER, group.text, NAME_FIELD);
    memcpy(frame + FRAME_HEADER + NAME_FIELD, body, len);
    peer_send(client, frame, FRAME_HEADER + NAME_FIELD + len);
    free(frame);
}

bool step_next(struct step *e, const uint8_t **at, size_t *left)
{
    if (*left < STEP_FIXED)
        return false;
    const uint8_t *p = *at;
    size_t len = (size_t)p[2] << 8 | p[3];
    e->kind = p[0] % STEP_KINDS;
    e->ticks = p[1];
    e->bytes = p + STEP_FIXED;
    e->len = len < *left - STEP_FIXED ? len : *left - STEP_FIXED;
    *at += STEP_FIXED + e->len;
    *left -= STEP_FIXED + e->len;
    return true;
}
