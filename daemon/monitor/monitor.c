/* SPDX-License-Identifier: MIT */
#include "daemon/monitor/monitor.h"

#include "daemon/monitor/peers.h"

static enum monitor_command command_of(uint32_t type)
{
    if (type & MONITOR_PARTITION)
        return COMMAND_PARTITION;
    if (type & MONITOR_STATUS)
        return COMMAND_STATUS;
    if (type & MONITOR_FLOW)
        return COMMAND_FLOW;
    if (type & MONITOR_RELOAD)
        return COMMAND_RELOAD;
    if (type & MONITOR_HASH)
        return COMMAND_HASH;
    if (type & MONITOR_PEERS)
        return COMMAND_PEERS;
    return type & MONITOR_PART ? COMMAND_PART : COMMAND_NONE;
}

static enum why judge_status(const struct conf *conf, const struct monitor_packet *p,
                                         struct monitor_order *order)
{
    int to = conf_find_id(conf, p->process);
    if (to < 0)
        return MONITOR_NO_PROCESS;
    order->report_to = (uint16_t)to;
    return MONITOR_OBEYED;
}

static enum why judge_partition(const struct conf *conf, int self,
                                            const struct monitor_packet *p,
                                            struct monitor_order *order)
{
    bool whole = monitor_partition_decode(order->component, p->body, conf->daemon_count);
    if (whole && order->component[self] == MONITOR_TERMINATE)
        order->command = COMMAND_TERMINATE;
    if (!conf->dangerous_monitor)
        return MONITOR_NOT_DANGEROUS;
    return whole ? MONITOR_OBEYED : MONITOR_TOO_SHORT;
}

static bool is_window(int value)
{
    return value >= 0 || value == MONITOR_KEEP;
}

static enum why judge_flow(const struct conf *conf, int self,
                                       const struct monitor_packet *p, struct monitor_order *order)
{
    struct monitor_flow flow;
    if (conf_find_id(conf, p->process) < 0)
        return MONITOR_NO_PROCESS;
    if (!conf->dangerous_monitor)
        return MONITOR_NOT_DANGEROUS;
    if (!monitor_flow_decode(&flow, p->body, conf->daemon_count))
        return MONITOR_TOO_SHORT;
    order->window = flow.window;
    order->personal = flow.shares[self].personal;
    order->accelerated = flow.shares[self].accelerated;
    return is_window(order->window) && is_window(order->personal) && is_window(order->accelerated)
               ? MONITOR_OBEYED
               : MONITOR_OUT_OF_RANGE;
}

static enum why judge_trust(const struct conf *conf, enum monitor_trust trust,
                            enum monitor_command command)
{
    bool open = trust == TRUST_OPEN;
    if (trust == TRUST_ALL || trust == TRUST_SEALED || command == COMMAND_HASH)
        return MONITOR_OBEYED;
    if (command == COMMAND_STATUS || command == COMMAND_PEERS || command == COMMAND_PART)
        return open && !conf->open_monitor_status ? MONITOR_NOT_SEALED : MONITOR_OBEYED;
    return open ? MONITOR_NOT_SEALED : trust == TRUST_AGAIN ? MONITOR_AGAIN : MONITOR_NOT_FRESH;
}

static enum why judge_command(const struct conf *conf, int self,
                                          const struct monitor_packet *p,
                                          struct monitor_order *order)
{
    switch (order->command) {
    case COMMAND_STATUS:
        return judge_status(conf, p, order);
    case COMMAND_PARTITION:
        return judge_partition(conf, self, p, order);
    case COMMAND_FLOW:
        return judge_flow(conf, self, p, order);
    case COMMAND_PEERS:
        return p->body.left < monitor_peers_len(conf->daemon_count) ? MONITOR_TOO_SHORT : MONITOR_OBEYED;
    case COMMAND_PART:
        return part_question_decode(&order->part, p->body) ? MONITOR_OBEYED : MONITOR_TOO_SHORT;
    default:
        return MONITOR_OBEYED;
    }
}

enum why monitor_judge(const struct conf *conf, int self, const uint8_t *bytes,
                                   size_t len, const struct ip *source, enum monitor_trust trust,
                                   struct monitor_order *order)
{
    struct monitor_packet p;
    order->command = COMMAND_NONE;
    if (!monitor_packet_decode(&p, bytes, len))
        return MONITOR_NO_LENGTH;
    if (p.hash != conf->hash && command_of(p.type) != COMMAND_HASH)
        return MONITOR_NO_HASH;
    int poses_as = conf_find_id(conf, p.transmitter);
    if (poses_as < 0)
        return MONITOR_NO_TRANSMITTER;
    if (!ip_equal(&conf->daemons[poses_as].ip, source))
        return MONITOR_NO_SOURCE;
    order->command = command_of(p.type);
    if (order->command == COMMAND_NONE)
        return MONITOR_NO_COMMAND;
    order->report_to = (uint16_t)poses_as;
    order->report_port = p.port;
    enum why trusted = judge_trust(conf, trust, order->command);
    enum why sound = judge_command(conf, self, &p, order); /* which knows a terminate */
    return trusted == MONITOR_OBEYED ? sound : trusted;
}

int monitor_other_spread(const struct conf *conf, const uint8_t *bytes, size_t len,
                         const struct ip *source, bool token_port)
{
    struct monitor_packet p;
    /* Tokens, and what comes in pieces, have other lengths there. */
    if (len < MONITOR_HEADER || (!monitor_packet_decode(&p, bytes, len) && !token_port))
        return -1;
    if (p.type == 0 || (command_of(p.type) != COMMAND_NONE && !token_port))
        return -1;
    int who = conf_find_id(conf, p.transmitter);
    return who >= 0 && ip_equal(&conf->daemons[who].ip, source) ? who : -1;
}

const char *monitor_command_text(enum monitor_command c)
{
    static const char *const texts[COMMANDS] = {
        [COMMAND_NONE] = "packet",         [COMMAND_STATUS] = "status query",
        [COMMAND_PARTITION] = "partition", [COMMAND_TERMINATE] = "terminate",
        [COMMAND_FLOW] = "flow control",   [COMMAND_RELOAD] = "reload",
        [COMMAND_HASH] = "hash query",     [COMMAND_PEERS] = "query for peers",
        [COMMAND_PART] = "query",
    };
    return texts[c];
}
