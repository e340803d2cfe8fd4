/* SPDX-License-Identifier: MIT */
#include "daemon/config/defaults.h"

#include <stdio.h>

/* All in ms: token, hurry, alive, join, rep, seg, gather, form, lookup. */
static const struct conf_timeouts timeouts[] = {
    {1250, 500, 250, 250, 625, 500, 1250, 1250, 30000},
    {5000, 1500, 250, 250, 1250, 500, 2500, 2500, 45000},
};

const struct conf_timeouts *conf_default_timeouts(bool wide_area)
{
    return &timeouts[wide_area];
}

uint32_t conf_suspect_timeout(const struct conf *conf)
{
    if (conf->suspect_timeout_ms)
        return conf->suspect_timeout_ms;
    return conf->timeouts_written ? conf->timeouts.token : conf->timeouts.token / 5;
}

void conf_set_defaults(struct conf *conf)
{
    *conf = (struct conf){
        .event_types = LOG_EXIT | LOG_PRINT | LOG_CONFIGURATION,
        .event_level = LEVEL_INFO,
        .event_stamp_format = CONF_DEFAULT_STAMP,
        .open_monitor_status = true,
        .flight_recorder_mib = 16,
        .socket_port_reuse = CONF_AUTO,
        .runtime_dir = "/var/run/spread",
        .daemon_user = "spread",
        .daemon_group = "spread",
        .socket_mode = 0666,
        .allowed_auth = "NULL",
        .max_session_messages = 1000,
        .check_agreement = true,
        .system_call_filter = true,
        .max_source_connections = 100000,
        .max_source_handshakes = 5000,
        .max_source_groups = 1000000,
        .max_source_bytes = 999999999,
        .slow_reader_patience_ms = 1000,
        .shared_mailboxes = 512,
        .shared_mailbox_after = 64 << 10,
        .window = 160,
        .personal_window = 20,
        .accelerated_window = 15,
        .timeouts = timeouts[0],
    };
}
