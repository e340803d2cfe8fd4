/* SPDX-License-Identifier: MIT */
#include "tests/unit/daemon/story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "daemon/membership/core.h"
#include "daemon/monitor/commands.h"
#include "daemon/monitor/envelope.h"
#include "daemon/packet/header.h"
#include "daemon/seal/keys.h"
#include "daemon/session/auth.h"
#include "libspread/wire/hello.h"
#include "tests/unit/config/reading.h"

enum { WAY_US = 50, MONITOR_PORT = 7777, FLOOD = 120, DAEMONS = STORY_DAEMONS };

static const char base[] = "Spread_Segment 10.0.0.255:4803 { d1 10.0.0.1 d2 10.0.0.2 }\n"
                           "Spread_Segment 10.0.1.255:4803 { d3 10.0.1.3 }\n"
                           "WideAreaNetwork = false AcceleratedRing = true MaxSessionBytes = 300000\n"
                           "AcceptOpenPackets = true\n";

/* -- daemons that reach each other ----------------------------------------------------------- */

struct on_the_way {
    usec at;
    int from, to;
    struct datagram_in in;
};

static void hear(struct story *s, const void *bytes, size_t len)
{
    const uint8_t *b = bytes;
    for (size_t i = 0; s->listening && i < len; i++)
        s->heard = (s->heard ^ b[i]) * 0x100000001b3u;
}

static void hear_number(struct story *s, uint64_t n)
{
    hear(s, &n, sizeof n);
}

static void on_event(void *context, const struct event_record *e)
{
    struct story *s = context;
    if (e->kind == EVENT_NEEDS_RESTART)
        s->restart_said[e->number[0]] = true;
}

static void no_log(void *context, enum log_level level, const char *line)
{
    (void)context;
    (void)level;
    (void)line;
}

static const struct keyring keys = {.keys = {{.id = 1}}, .count = 1};

static void start(struct story *s, int i)
{
    struct daemon_parts parts = {.conf = s->files[s->file].conf,
                                 .self = i,
                                 .auth = s->files[s->file].auth,
                                 .keys = &keys,
                                 .log = &s->quiet,
                                 .seed = ++s->starts,
                                 .on_event = on_event,
                                 .events_context = s};
    s->daemons[i] = daemon_new(&parts, s->now);
}

/* With what it has just sent. */
static void kill(struct story *s, int daemon)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++)
        if (s->queue[i].from == daemon)
            block_unref(s->queue[i].in.block);
        else
            s->queue[kept++] = s->queue[i];
    s->count = kept;
    daemon_free(s->daemons[daemon]);
    s->daemons[daemon] = NULL;
}

static void put_on_the_way(struct story *s, int from, int to, const struct datagram_out *out)
{
    if (s->count == s->size) {
        s->size = s->size ? 2 * s->size : 64;
        s->queue = memory_grow(s->queue, s->size * sizeof s->queue[0]);
    }
    struct block *own = block_new(out->len); /* each receiver has the bytes for itself */
    memcpy(own->bytes, out->bytes, out->len);
    s->queue[s->count++] = (struct on_the_way){
        .at = s->now + WAY_US,
        .from = from,
        .to = to,
        .in = {.block = own,
               .bytes = own->bytes,
               .len = out->len,
               .source = s->files[0].conf->daemons[from].ip,
               .source_port = 5000,
               .token_port = out->token_port,
               .own_address = !out->segment},
    };
}

static void send_all(struct story *s, int from)
{
    struct datagram_out out;
    while (s->daemons[from] && daemon_next_datagram(s->daemons[from], &out)) {
        hear_number(s, s->now);
        hear_number(s, out.len);
        if (s->listening && out.len > s->largest)
            s->largest = out.len;
        for (int to = 0; to < DAEMONS; to++)
            if (to != from && (out.segment ? s->files[0].conf->daemons[to].segment ==
                                                 s->files[0].conf->daemons[from].segment
                                           : to == out.proc))
                put_on_the_way(s, from, to, &out);
        block_unref(out.block);
    }
}

static void receive_due(struct story *s)
{
    size_t kept = 0, count = s->count;
    for (size_t i = 0; i < count; i++) {
        struct on_the_way one = s->queue[i];
        if (one.at > s->now) {
            s->queue[kept++] = one;
            continue;
        }
        if (s->daemons[one.to])
            daemon_on_datagram(s->daemons[one.to], &one.in, s->now);
        s->stirred[one.to] = true;
        block_unref(one.in.block);
    }
    s->count = kept;
}

static void one_turn(struct story *s)
{
    receive_due(s);
    for (int i = 0; i < DAEMONS; i++) {
        if (!s->stirred[i] && s->due[i] > s->now)
            continue;
        if (s->daemons[i] && daemon_deadline(s->daemons[i]) <= s->now)
            daemon_on_time(s->daemons[i], s->now, 0, 1700000000 + s->now / USEC_SECOND);
        send_all(s, i);
        s->due[i] = s->daemons[i] ? daemon_deadline(s->daemons[i]) : NEVER;
        s->stirred[i] = false;
    }
}

static usec next_turn(const struct story *s)
{
    usec next = NEVER;
    for (size_t i = 0; i < s->count; i++)
        next = usec_earlier(next, s->queue[i].at);
    for (int i = 0; i < DAEMONS; i++)
        next = usec_earlier(next, s->due[i]);
    return next;
}

static void run_until(struct story *s, usec until)
{
    for (int i = 0; i < DAEMONS; i++)
        s->stirred[i] = true;
    one_turn(s);
    for (usec next; (next = next_turn(s)) <= until;) {
        s->now = next > s->now ? next : s->now;
        one_turn(s);
    }
    s->now = until;
}

static void run(struct story *s, unsigned ms)
{
    run_until(s, s->now + ms * (usec)USEC_MS);
}

static void run_to_state(struct story *s, int daemon, enum core_state state)
{
    for (int i = 0; i < 1000000; i++) {
        if (core_state(daemon_core(s->daemons[daemon])) == state)
            return;
        run_until(s, s->now + WAY_US / 2);
    }
    fail_msg("d%d never comes to that state", daemon + 1);
}

/* -- clients and a monitor --------------------------------------------------------------------- */

static void client_says(struct story *s, int daemon, struct session *c, const void *bytes, size_t len)
{
    const uint8_t *from = bytes;
    while (len > 0 && daemon_holds(c))
        run(s, 1);
    while (len > 0 && c->state != SESSION_GONE) {
        struct iovec iov[2];
        daemon_read_room(s->daemons[daemon], c, iov);
        size_t n = len < iov[0].iov_len ? len : iov[0].iov_len;
        memcpy(iov[0].iov_base, from, n);
        daemon_on_read(s->daemons[daemon], c, n, s->now);
        from += n;
        len -= n;
    }
}

/* What has been written to a client; one that does not read has a socket that takes nothing. */
static void client_hears(struct story *s, int daemon, struct session *c, bool reads)
{
    struct iovec iov[16];
    if (daemon_asks(c))
        daemon_on_unread(s->daemons[daemon], c, 212992, s->now);
    while (reads && !outbox_empty(&c->outbox)) {
        size_t len = 0;
        for (int i = 0, n = outbox_peek(&c->outbox, iov, 16); i < n; len += iov[i++].iov_len)
            hear(s, iov[i].iov_base, iov[i].iov_len);
        daemon_on_written(s->daemons[daemon], c, len, false, s->now);
    }
    if (!outbox_empty(&c->outbox))
        daemon_on_written(s->daemons[daemon], c, 0, true, s->now);
    hear_number(s, c->state);
    while (daemon_next_ready(s->daemons[daemon]))
        ;
}

static struct session *client_of(struct story *s, int daemon, const char *name)
{
    static const struct peer local = {.local = true};
    uint8_t hello[HELLO_MAX], choice[AUTH_CHOICE] = "NULL";
    struct session *c = daemon_accept(s->daemons[daemon], &local, s, s->now);
    client_says(s, daemon, c, hello, hello_encode(hello, name, false, true));
    client_hears(s, daemon, c, true);
    client_says(s, daemon, c, choice, sizeof choice);
    client_hears(s, daemon, c, true);
    return c;
}

static void client_casts(struct story *s, int daemon, struct session *c, uint32_t type, size_t len)
{
    uint8_t frame[FRAME_HEADER + NAME_FIELD + 2000] = {0};
    struct frame_header h = {.type = type,
                             .sender = c->private_group,
                             .num_groups = 1,
                             .hint = frame_hint(0),
                             .data_len = (int32_t)len};
    frame_encode(frame, &h);
    memcpy(frame + FRAME_HEADER, "g", 1);
    if (session_is_open(c))
        client_says(s, daemon, c, frame, FRAME_HEADER + NAME_FIELD + len);
}

static void forget(struct story *s, int daemon, struct session *c)
{
    daemon_on_hangup(s->daemons[daemon], c, END_CLOSED, 0, s->now);
    run(s, 100);
    while (daemon_next_ready(s->daemons[daemon]))
        ;
    daemon_forget(s->daemons[daemon], c);
}

/* One from elsewhere, who only looks what is offered. */
static void stranger_looks(struct story *s, int daemon)
{
    static const struct peer tcp = {.ip = {.family = 4, .bytes = {192, 0, 2, 7}}, .port = 7};
    uint8_t hello[HELLO_MAX];
    struct session *c = daemon_accept(s->daemons[daemon], &tcp, s, s->now);
    client_says(s, daemon, c, hello, hello_encode(hello, "far", false, true));
    client_hears(s, daemon, c, true);
    forget(s, daemon, c);
}

/* One that casts more than a window, one that reads none of it. */
static void clients_speak(struct story *s)
{
    struct session *x = client_of(s, 0, "x"), *y = client_of(s, 1, "y");
    stranger_looks(s, 0);
    client_casts(s, 1, y, FRAME_JOIN, 0);
    run(s, 500);
    for (int i = 0; i < FLOOD; i++) {
        client_casts(s, 0, x, FRAME_AGREED, 1900);
        if (i % 20 == 19)
            run(s, 20);
        client_hears(s, 1, y, false);
        client_hears(s, 0, x, true);
    }
    for (int i = 0; i < 15; i++) { /* longer than the patience with y */
        run(s, 100);
        client_hears(s, 1, y, false);
    }
    forget(s, 0, x);
    forget(s, 1, y);
}

/* Some of one user that say nothing, or want more than one group. */
static void clients_crowd(struct story *s)
{
    enum { SILENT = 3 };
    static const struct peer local = {.local = true};
    struct session *in = client_of(s, 2, "in"), *silent[SILENT];
    client_casts(s, 2, in, FRAME_JOIN, 0);
    run(s, 100);
    client_casts(s, 2, in, FRAME_JOIN, 0);
    run(s, 100);
    client_hears(s, 2, in, true);
    for (int i = 0; i < SILENT; i++) {
        silent[i] = daemon_accept(s->daemons[2], &local, s, s->now);
        client_hears(s, 2, silent[i], true);
    }
    for (int i = 0; i < SILENT; i++)
        forget(s, 2, silent[i]);
    forget(s, 2, in);
}

static size_t monitor_packet(const struct conf *conf, int daemon, uint32_t type,
                             uint8_t bytes[MONITOR_PACKET_MAX])
{
    static const struct monitor_flow flow = {.window = 17};
    uint8_t body[MONITOR_BODY_MAX];
    size_t len = type == MONITOR_FLOW ? monitor_flow_encode(body, &flow, DAEMONS) : 0;
    struct monitor_packet p = {.type = type,
                               .transmitter = conf->daemons[daemon].id,
                               .process = conf->daemons[daemon].id,
                               .port = MONITOR_PORT,
                               .hash = conf->hash,
                               .body = reader_of(body, len)};
    return monitor_packet_encode(bytes, &p);
}

/* Returns the last answer. */
static struct monitor_reply monitor_sends(struct story *s, int daemon, uint8_t *bytes, size_t len)
{
    struct datagram_in in = {.bytes = bytes,
                             .len = len,
                             .source = daemon_conf(s->daemons[daemon])->daemons[daemon].ip,
                             .own_address = true};
    struct monitor_reply r = {.len = 0}, next;
    daemon_on_datagram(s->daemons[daemon], &in, s->now);
    while (daemon_next_reply(s->daemons[daemon], &next))
        r = next;
    return r;
}

static void monitor_asks(struct story *s, int daemon, uint32_t type)
{
    uint8_t bytes[MONITOR_PACKET_MAX];
    size_t len = monitor_packet(daemon_conf(s->daemons[daemon]), daemon, type, bytes);
    struct monitor_reply r = monitor_sends(s, daemon, bytes, len);
    hear(s, r.bytes, r.len);
}

/* Sealed: first a question, whose answer has the moment that the command shows. */
static void monitor_orders(struct story *s, int daemon, uint32_t type)
{
    const uint32_t types[] = {MONITOR_HASH, type};
    uint8_t bytes[MONITOR_PACKET_MAX], sealed[ENVELOPE_MAX], room[ENVELOPE_ROOM];
    struct envelope answer = {.from = FROM_DAEMON};
    for (unsigned i = 0; i < 2; i++) {
        struct envelope e = {.from = FROM_MONITOR, .life = 5, .number = i + 1, .moment = answer.moment};
        e.packet = bytes;
        e.len = monitor_packet(daemon_conf(s->daemons[daemon]), daemon, types[i], bytes);
        size_t len = envelope_seal(&e, &keys.keys[0], sealed);
        struct monitor_reply r = monitor_sends(s, daemon, sealed, len);
        if (i == 0)
            assert_int_equal(envelope_open(&answer, FROM_DAEMON, &keys, r.bytes, r.len, room),
                             MONITOR_OBEYED);
    }
}

static void monitor_looks(struct story *s)
{
    for (int i = 0; i < DAEMONS; i++) {
        if (!s->daemons[i])
            continue;
        monitor_asks(s, i, MONITOR_STATUS);
        monitor_asks(s, i, MONITOR_HASH);
    }
}

/* A packet of d2's that is not sealed comes to d1, who says how many it has refused. */
static void stranger_speaks(struct story *s)
{
    struct daemon *d1 = s->daemons[0];
    const struct conf *conf = daemon_conf(d1);
    uint8_t bytes[PACKET_HEADER];
    struct packet_header h = {.version = PACKET_VERSION, .type = PACKET_ALIVE, .sender = 1,
                              .receiver = NO_PROC, .hash = conf->hash, .incarnation = 1, .counter = 1};
    struct datagram_in in = {.bytes = bytes, .len = sizeof bytes, .source = conf->daemons[1].ip};
    packet_header_encode(bytes, &h);
    daemon_on_datagram(d1, &in, s->now);
    hear_number(s, counters_refused(daemon_counters(d1)));
}

/* -- the story ---------------------------------------------------------------------------------- */

void story_read(struct story *s, int file, const char *text, const char *more)
{
    char all[1000];
    snprintf(all, sizeof all, "%s%s\n%s\n", base, text, more);
    struct reading *r = reading_of(all);
    if (!r->conf)
        fail_msg("%s", r->fatal->text);
    s->files[file] = (struct file){r->conf, auth_policy_new(r->conf)};
    r->conf = NULL;
    reading_free(r);
}

static void reload(struct story *s)
{
    s->file++;
    for (int i = 0; i < DAEMONS; i++)
        if (s->daemons[i])
            daemon_reload(s->daemons[i], s->files[s->file].conf, i, s->files[s->file].auth,
                          &keys);
    for (int i = 0; i < DAEMONS; i++)
        for (int n = 0; s->daemons[i] && !daemon_take_over(s->daemons[i], s->now); n++) {
            assert_true(n < 1000);
            run_until(s, s->now + 100);
        }
}

/* d1 goes where d3 waits to be asked into its ring, then while it speaks for d2, then while d2 has
 * been asked. */
static void some_die(struct story *s)
{
    run_to_state(s, 0, CORE_FORM_C);
    kill(s, 0);
    run(s, 10000);
    start(s, 0);
    start(s, 1);
    run(s, 10000);
    kill(s, 2);
    run_to_state(s, 1, CORE_REPD);
    kill(s, 0);
    run(s, 10000);
    start(s, 0);
    start(s, 2);
    run_to_state(s, 1, CORE_FORM_M);
    kill(s, 0);
    run(s, 10000);
}

struct story *story_tell(const char *text)
{
    struct story *s = memory_new(sizeof *s);
    story_read(s, 0, "", "");
    story_read(s, 1, text, "");
    story_read(s, 2, text, "PacketSize = 1000"); /* d1 waits for d2 as long as it may */
    s->quiet = (struct log){.sink = no_log};
    s->now = USEC_SECOND;
    for (int i = 0; i < DAEMONS; i++)
        start(s, i);
    run(s, 5000);
    reload(s);
    run(s, 20000); /* if there is to be a new ring, it is there */
    s->listening = true;
    monitor_looks(s);
    clients_speak(s);
    clients_crowd(s);
    stranger_speaks(s);
    monitor_orders(s, 0, MONITOR_FLOW);
    monitor_looks(s);
    s->largest_before = s->largest;
    kill(s, 1);
    reload(s);
    some_die(s);
    run(s, 70000); /* somebody looks for d1 meanwhile */
    monitor_looks(s);
    for (int i = 0; i < DAEMONS; i++)
        if (s->daemons[i])
            kill(s, i);
    return s;
}

void story_forget(struct story *s)
{
    for (size_t i = 0; i < s->count; i++)
        block_unref(s->queue[i].in.block);
    for (int i = 0; i < STORY_FILES; i++) {
        auth_policy_free(s->files[i].auth);
        conf_free(s->files[i].conf);
    }
    free(s->queue);
    free(s);
}
