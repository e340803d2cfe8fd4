/* SPDX-License-Identifier: MIT */
#include "daemon/config/options.h"

#include <string.h>

enum {
    NUMBER_MOST = 999999999, /* nine digits */
    SUSPECT_LEAST_MS = 10,   /* below that, scheduling alone would look like death */
    PACKET_MOST = 65507,     /* what UDP can carry over IPv4 */
    PATIENCE_MOST_MS = 60000, /* a sender that waits for longer would be taken for dead */
    PATH_MOST = 4096,
    RECORDER_PATH_MOST = PATH_MOST - 64, /* with the name of a file in it */
    SOCKET_DIR_MOST = 101, /* the system has 108 for a socket's path: with /65535 and its end */
    ACCOUNT_MOST = 32, /* a user or a group */
    METHODS_MOST = 89,
    PORT_MOST = 65535,
    SHARED_MOST = 16384, /* a process of Linux has 65,530 mappings */
    STAMP_MOST = 39,
};

#define FIELD(x)   .field = offsetof(struct conf, x)
#define WRITTEN(x) .written = offsetof(struct conf, x)

/* In the order in which a configuration is printed. */
const struct option option_table[OPTION_COUNT] = {
    {"ActiveIPVersion", OPTION_VERSION, FIELD(ip_version), .change = CHANGE_RESTART},
    {"DebugFlags", OPTION_FLAGS, FIELD(event_types)},
    {"EventPriority", OPTION_LEVEL, FIELD(event_level)},
    {"EventLogFile", OPTION_TEXT, FIELD(event_log_file), .most = PATH_MOST},
    {"EventTimeStamp", OPTION_STAMP, FIELD(event_stamp_format), .most = STAMP_MOST},
    {"EventPreciseTimeStamp", OPTION_PRECISE, FIELD(event_precise)},
    {"EventLogFormat", OPTION_LOG_FORMAT, .ours = true, FIELD(event_log_format)},
    {"FlightRecorder", OPTION_RECORDER, .ours = true, FIELD(flight_recorder), .most = RECORDER_PATH_MOST,
     .change = CHANGE_RESTART},
    {"FlightRecorderSize", OPTION_NUMBER, .ours = true, FIELD(flight_recorder_mib), .least = 1,
     .most = 1024, .unit = "MiB", .change = CHANGE_RESTART},
    {"DangerousMonitor", OPTION_BOOLEAN, FIELD(dangerous_monitor)},
    {"SocketPortReuse", OPTION_TRISTATE, FIELD(socket_port_reuse), .change = CHANGE_RESTART},
    {"RuntimeDir", OPTION_IDENTITY, FIELD(runtime_dir), .most = PATH_MOST,
     .change = CHANGE_RESTART},
    {"DaemonUser", OPTION_IDENTITY, FIELD(daemon_user), .most = ACCOUNT_MOST,
     .change = CHANGE_RESTART},
    {"DaemonGroup", OPTION_IDENTITY, FIELD(daemon_group), .most = ACCOUNT_MOST,
     .change = CHANGE_RESTART},
    {"SocketDir", OPTION_PATH, .ours = true, FIELD(socket_dir), .most = SOCKET_DIR_MOST,
     .change = CHANGE_RESTART},
    {"SocketMode", OPTION_MODE, .ours = true, FIELD(socket_mode), .most = 0777,
     .change = CHANGE_RESTART},
    {"SocketGroup", OPTION_PATH, .ours = true, FIELD(socket_group), .most = ACCOUNT_MOST,
     .change = CHANGE_RESTART},
    {"ClassicSocket", OPTION_TRISTATE, .ours = true, FIELD(classic_socket), .change = CHANGE_RESTART},
    {"AllowedAuthMethods", OPTION_METHODS, FIELD(allowed_auth), WRITTEN(auth_written),
     .most = METHODS_MOST},
    {"RequiredAuthMethods", OPTION_METHODS, FIELD(required_auth), WRITTEN(auth_written),
     .most = METHODS_MOST},
    {"PasswordsInClear", OPTION_BOOLEAN, .ours = true, FIELD(passwords_in_clear),
     WRITTEN(passwords_in_clear_written)},
    {"PolicyFile", OPTION_PATH, .ours = true, FIELD(policy_file), .most = PATH_MOST},
    {"AccessControlPolicy", OPTION_POLICY, .field = 0, .change = CHANGE_NEVER},
    {"MaxSessionMessages", OPTION_NUMBER, FIELD(max_session_messages), .most = NUMBER_MOST,
     .unit = "messages"},
    {"MaxSessionBytes", OPTION_NUMBER, .ours = true, FIELD(max_session_bytes), .least = 1,
     .most = NUMBER_MOST, .unit = "bytes"},
    {"SlowReaderPatience", OPTION_NUMBER, .ours = true, FIELD(slow_reader_patience_ms),
     .most = PATIENCE_MOST_MS, .unit = "milliseconds"},
    {"SlowReaders", OPTION_READERS, .ours = true, FIELD(slow_readers)},
    {"MaxSourceConnections", OPTION_NUMBER, .ours = true, FIELD(max_source_connections),
     .most = NUMBER_MOST, .unit = "connections"},
    {"MaxSourceHandshakes", OPTION_NUMBER, .ours = true, FIELD(max_source_handshakes),
     .most = NUMBER_MOST, .unit = "handshakes"},
    {"MaxSourceGroups", OPTION_NUMBER, .ours = true, FIELD(max_source_groups), .most = NUMBER_MOST,
     .unit = "groups"},
    {"MaxSourceBytes", OPTION_NUMBER, .ours = true, FIELD(max_source_bytes), .most = NUMBER_MOST,
     .unit = "bytes"},
    {"SharedMailboxes", OPTION_NUMBER, .ours = true, FIELD(shared_mailboxes), .most = SHARED_MOST,
     .unit = "mailboxes"},
    {"SharedMailboxAfter", OPTION_NUMBER, .ours = true, FIELD(shared_mailbox_after), .most = NUMBER_MOST,
     .unit = "bytes"},
    {"Window", OPTION_WINDOW, FIELD(window), WRITTEN(window_written), .least = 1,
     .most = NUMBER_MOST, .unit = "packets"},
    {"PersonalWindow", OPTION_WINDOW, FIELD(personal_window), WRITTEN(personal_window_written),
     .least = 1, .most = NUMBER_MOST, .unit = "packets"},
    {"AcceleratedRing", OPTION_BOOLEAN, FIELD(accelerated), WRITTEN(accelerated_written),
     .change = CHANGE_RING},
    {"AcceleratedWindow", OPTION_WINDOW, FIELD(accelerated_window),
     WRITTEN(accelerated_window_written), .most = NUMBER_MOST, .unit = "packets"},
    {"WideAreaNetwork", OPTION_BOOLEAN, FIELD(wide_area)},
/* clang-format off */
#define TIMEOUT(name, member)                                                                      \
    {name, OPTION_TIMEOUT, FIELD(timeouts.member), WRITTEN(timeouts_written), .least = 1,          \
     .most = NUMBER_MOST, .unit = "milliseconds"}
    /* clang-format on */
    TIMEOUT("TokenTimeout", token),
    TIMEOUT("HurryTimeout", hurry),
    TIMEOUT("AliveTimeout", alive),
    TIMEOUT("JoinTimeout", join),
    TIMEOUT("RepTimeout", rep),
    TIMEOUT("SegTimeout", seg),
    TIMEOUT("GatherTimeout", gather),
    TIMEOUT("FormTimeout", form),
    TIMEOUT("LookupTimeout", lookup),
    {"SuspectTimeout", OPTION_PATIENCE, .ours = true, FIELD(suspect_timeout_ms),
     .least = SUSPECT_LEAST_MS, .most = NUMBER_MOST, .unit = "milliseconds"},
    {"PacketSize", OPTION_NUMBER, .ours = true, FIELD(packet_size), .least = CONF_PACKET_LEAST,
     .most = PACKET_MOST, .unit = "bytes", .change = CHANGE_RING},
    {"ExcludeSegAddrsFromHash", OPTION_BOOLEAN, FIELD(exclude_segment_addresses),
     .change = CHANGE_RING},
    {"IgnoreMulticastJoinErrors", OPTION_BOOLEAN, FIELD(ignore_multicast_join_errors)},
    {"DaemonKeyFile", OPTION_PATH, .ours = true, FIELD(daemon_key_file), .most = PATH_MOST},
    {"AcceptOpenPackets", OPTION_BOOLEAN, .ours = true, FIELD(accept_open_packets)},
    {"SendOpenPackets", OPTION_BOOLEAN, .ours = true, FIELD(send_open_packets)},
    {"TLSCertFile", OPTION_PATH, .ours = true, FIELD(tls_cert_file), .most = PATH_MOST},
    {"TLSKeyFile", OPTION_PATH, .ours = true, FIELD(tls_key_file), .most = PATH_MOST},
    {"TLSCAFile", OPTION_PATH, .ours = true, FIELD(tls_ca_file), .most = PATH_MOST},
    {"TLSCRLFile", OPTION_PATH, .ours = true, FIELD(tls_crl_file), .most = PATH_MOST},
    {"TLSRequire", OPTION_REQUIRE, .ours = true, FIELD(tls_require)},
    {"OpenMonitorStatus", OPTION_BOOLEAN, .ours = true, FIELD(open_monitor_status)},
    {"StatusAccess", OPTION_ACCESS, .ours = true, FIELD(status_access)},
    {"MonitorPort", OPTION_NUMBER, .ours = true, FIELD(monitor_port), .least = 1, .most = PORT_MOST,
     .unit = "a TCP port", .change = CHANGE_RESTART},
    {"CheckAgreement", OPTION_BOOLEAN, .ours = true, FIELD(check_agreement)},
    {"SystemCallFilter", OPTION_BOOLEAN, .ours = true, FIELD(system_call_filter),
     .change = CHANGE_RESTART},
    {"RealTime", OPTION_BOOLEAN, .ours = true, FIELD(real_time), .change = CHANGE_RESTART},
};

const struct option *option_find(const char *name, size_t len)
{
    for (const struct option *o = option_table; o < option_table + OPTION_COUNT; o++)
        if (strlen(o->name) == len && memcmp(o->name, name, len) == 0)
            return o;
    return NULL;
}

/* Two texts or two numbers of so many bytes. */
static bool differ(enum option_kind kind, const void *a, const void *b)
{
    switch (kind) {
    case OPTION_BOOLEAN:
    case OPTION_PRECISE:
        return memcmp(a, b, sizeof(bool)) != 0;
    case OPTION_TRISTATE:
        return memcmp(a, b, sizeof(enum conf_tristate)) != 0;
    case OPTION_ACCESS:
        return memcmp(a, b, sizeof(enum conf_status_access)) != 0;
    case OPTION_REQUIRE:
        return memcmp(a, b, sizeof(enum conf_tls_require)) != 0;
    case OPTION_LOG_FORMAT:
        return memcmp(a, b, sizeof(enum conf_log_format)) != 0;
    case OPTION_NUMBER:
    case OPTION_MODE:
    case OPTION_WINDOW:
    case OPTION_TIMEOUT:
    case OPTION_PATIENCE:
    case OPTION_FLAGS:
    case OPTION_VERSION:
        return memcmp(a, b, sizeof(uint32_t)) != 0;
    case OPTION_LEVEL:
        return memcmp(a, b, sizeof(enum log_level)) != 0;
    case OPTION_TEXT:
    case OPTION_IDENTITY:
    case OPTION_PATH:
    case OPTION_RECORDER:
    case OPTION_METHODS:
    case OPTION_STAMP:
        return strcmp(a, b) != 0;
    case OPTION_READERS:
        return !slow_lines_equal(a, b);
    case OPTION_POLICY:
        break;
    }
    return false; /* it has no field */
}

bool option_differs(const struct option *option, const struct conf *a, const struct conf *b)
{
    return differ(option->kind, option_value(option, a), option_value(option, b));
}
