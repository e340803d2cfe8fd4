/* SPDX-License-Identifier: MIT
 *
 * Any bytes as a datagram of a monitor, and as the report of a daemon.
 *
 * The first byte says how many daemons there are; then comes the datagram. What a daemon obeys
 * keeps the promises of monitor.h, and a report that was understood is written again as it was. What was
 * not sealed with a key does not open; what was does, and is what it was.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/monitor/envelope.h"
#include "daemon/monitor/monitor.h"
#include "daemon/monitor/peers.h"
#include "daemon/monitor/status.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool true_for_sure)
{
    if (!true_for_sure)
        abort();
}

static struct conf *conf_of(int daemons, uint32_t hash)
{
    struct conf *conf = calloc(1, sizeof *conf);
    must(conf != NULL);
    conf->daemon_count = daemons;
    conf->hash = hash;
    conf->dangerous_monitor = true;
    for (int i = 0; i < daemons; i++)
        conf->daemons[i] = (struct conf_daemon){.id = (uint32_t)i, .ip = {.family = 4}};
    return conf;
}

/* The hash is taken from the packet itself: nobody would guess it. */
static uint32_t hash_in(const uint8_t *bytes, size_t len)
{
    struct monitor_packet p;
    return monitor_packet_decode(&p, bytes, len) ? p.hash : 0;
}

static void as_command(int daemons, const uint8_t *bytes, size_t len)
{
    struct monitor_order o;
    struct conf *conf = conf_of(daemons, hash_in(bytes, len));
    int self = daemons - 1;
    enum monitor_trust trust = len % 2 ? TRUST_ALL : TRUST_STALE;
    enum why v = monitor_judge(conf, self, bytes, len, &conf->daemons[0].ip, trust, &o);
    must(why_text(v)[0] && monitor_command_text(o.command)[0]);
    if (v == MONITOR_OBEYED) {
        must(o.command != COMMAND_NONE);
        must(o.command != COMMAND_STATUS || o.report_to < daemons);
        must(o.command != COMMAND_PARTITION || o.component[self] != MONITOR_TERMINATE);
        must(o.command != COMMAND_FLOW ||
             (o.window >= -1 && o.personal >= -1 && o.accelerated >= -1));
    }
    free(conf);
}

static void as_report(const uint8_t *bytes, size_t len)
{
    struct monitor_packet p;
    struct monitor_status s, again;
    uint8_t body[MONITOR_STATUS_BODY];
    if (!monitor_packet_decode(&p, bytes, len) || !monitor_status_decode(&s, p.body))
        return;
    monitor_status_encode(body, &s);
    must(monitor_status_decode(&again, reader_of(body, sizeof body)));
    must(memcmp(&s, &again, sizeof s) == 0);
    must(p.body.swap || memcmp(body, p.body.at, sizeof body) == 0);
}

static void as_envelope(const uint8_t *bytes, size_t len)
{
    static const struct keyring keys = {.keys = {{.id = 1, .secret = {2}}}, .count = 1};
    uint8_t room[ENVELOPE_ROOM], sealed[ENVELOPE_MAX];
    struct envelope e = {.from = FROM_MONITOR, .life = len, .number = 1, .packet = bytes, .len = len}, opened;
    for (int from = FROM_MONITOR; from <= FROM_DAEMON; from++)
        must(envelope_open(&opened, (enum envelope_from)from, &keys, bytes, len, room) != MONITOR_OBEYED);
    if (len > MONITOR_PACKET_MAX)
        return;
    size_t sealed_len = envelope_seal(&e, &keys.keys[0], sealed);
    must(envelope_open(&opened, FROM_MONITOR, &keys, sealed, sealed_len, room) == MONITOR_OBEYED);
    must(opened.len == len && (len == 0 || memcmp(opened.packet, bytes, len) == 0));
}

static void as_peers(int daemons, const uint8_t *bytes, size_t len)
{
    static struct monitor_peers all, again;
    uint8_t body[MONITOR_BODY_MAX], body_again[MONITOR_BODY_MAX];
    if (!monitor_peers_decode(&all, reader_of(bytes, len), daemons))
        return;
    monitor_peers_encode(body, &all, daemons);
    must(monitor_peers_decode(&again, reader_of(body, monitor_peers_len(daemons)), daemons));
    monitor_peers_encode(body_again, &again, daemons);
    must(memcmp(body, body_again, monitor_peers_len(daemons)) == 0);
}

static void as_part(const uint8_t *bytes, size_t len)
{
    struct part_question q, q_again;
    struct part_answer a, a_again;
    uint8_t body[MONITOR_BODY_MAX];
    if (part_question_decode(&q, reader_of(bytes, len))) {
        must(memchr(q.part, '\0', sizeof q.part) != NULL);
        must(part_question_decode(&q_again, reader_of(body, part_question_encode(body, &q))));
        q.room = q_again.room;
        must(memcmp(&q, &q_again, sizeof q) == 0);
    }
    if (len <= MONITOR_BODY_MAX && part_answer_decode(&a, reader_of(bytes, len))) {
        size_t again = part_answer_encode(body, &a);
        must(again == len && part_answer_decode(&a_again, reader_of(body, again)));
        must(a_again.len == a.len && a_again.id == a.id && memcmp(a_again.next, a.next, PART_CURSOR) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    as_command(1 + data[0] % CONF_DAEMONS_MAX, data + 1, size - 1);
    as_report(data + 1, size - 1);
    as_envelope(data + 1, size - 1);
    as_peers(1 + data[0] % CONF_DAEMONS_MAX, data + 1, size - 1);
    as_part(data + 1, size - 1);
    return 0;
}
