/* SPDX-License-Identifier: MIT
 *
 * conf.h - the configuration: who could be in, and the options.
 *
 * conf_parse reads the language of spread.conf as 5.0.1 does and either fills a
 * complete, checked configuration or says where and why not. No I/O: the text is
 * handed in, and names are looked up through the caller.
 *
 *   lex shape words      the text as tokens; what looks like an address; words with a meaning
 *   parse tokens segments daemons settings    one grammar rule after the other; fields are filled
 *   readers slow         the lines of SlowReaders; what they say
 *   options defaults     the table of options; what holds where the file is silent
 *   checks reach hash    what can be said at the end of the file; whom addresses reach; the
 *                        numbers of 5.0.1
 *   finding hint         what is wrong, where, and what was probably meant
 *   describe             the configuration as text
 */
#ifndef SPREAD_CONFIG_CONF_H
#define SPREAD_CONFIG_CONF_H

#include "daemon/base/ip.h"
#include "daemon/base/log.h"
#include "daemon/config/slow.h"

enum {
    CONF_SEGMENTS_MAX = 20,
    CONF_DAEMONS_MAX = 128,
    CONF_SEGMENT_ADDRESSES_MAX = 5,
    CONF_INTERFACES_MAX = 10,
    CONF_DAEMON_NAME = 20, /* NUL included */
    CONF_DEFAULT_PORT = 4803,
    CONF_WINDOW_MAX = 32767, /* status packets have 16 bits for it */
    CONF_PACKET_LEAST = 512, /* every IP network passes it whole, headers included */
};

#define CONF_DEFAULT_STAMP "%m/%d/%y %H:%M:%S"

/* What an interface is for. */
enum { CONF_FOR_MONITOR = 1, CONF_FOR_CLIENTS = 2, CONF_FOR_DAEMONS = 4, CONF_FOR_ALL = 7 };

enum conf_tristate { CONF_AUTO, CONF_ON, CONF_OFF };

/* Who may come by TCP: everybody; with TLS only; with a certificate of TLSCAFile only. */
enum conf_tls_require { CONF_TLS_NO, CONF_TLS_YES, CONF_TLS_CERTIFICATE };

/* Who may read the status by HTTP: nobody; who is on this machine; everybody. */
enum conf_status_access { CONF_STATUS_LOCAL, CONF_STATUS_OFF, CONF_STATUS_PUBLIC };
enum conf_log_format { CONF_LOG_TEXT, CONF_LOG_JSON };

struct conf_interface {
    struct ip ip;
    unsigned uses; /* CONF_FOR_ bits */
};

struct conf_daemon {
    char name[CONF_DAEMON_NAME];
    struct ip ip;
    uint32_t id; /* VirtualID, given or computed from the name */
    int segment; /* index of its segment */
    struct conf_interface interfaces[CONF_INTERFACES_MAX];
    int interface_count; /* 0: no list; one implied wildcard entry for all uses */
    int line;            /* where it stands, from 1 */
};

struct conf_segment {
    uint16_t port; /* of every daemon in it; tokens use port + 1 */
    struct ip addresses[CONF_SEGMENT_ADDRESSES_MAX];
    int address_count;
    int first_daemon; /* index into conf.daemons; its daemons stand together */
    int daemon_count; /* 0 is legal */
};

/* Membership timers in ms; all nine given in the file, or all defaults. */
struct conf_timeouts {
    uint32_t token, hurry, alive, join, rep, seg, gather, form, lookup;
};

struct conf {
    struct conf_segment segments[CONF_SEGMENTS_MAX];
    int segment_count;
    struct conf_daemon daemons[CONF_DAEMONS_MAX]; /* file order; the position is a daemon's index */
    int daemon_count;
    int ip_version; /* 4 or 6 */
    uint32_t hash;  /* what 5.0.1 computes for the same file */

    uint32_t event_types;       /* DebugFlags: enum log_type */
    enum log_level event_level; /* EventPriority */
    char event_log_file[4097];  /* as written, %h not expanded; "" is standard output */
    bool event_stamp;   /* EventTimeStamp or EventPreciseTimeStamp stands in the file; else as the log likes */
    bool event_precise;
    enum conf_log_format event_log_format;
    char event_stamp_format[40 + 4]; /* strftime, "": none; of seconds at its end, if precise */

    bool dangerous_monitor;
    enum conf_tristate socket_port_reuse;
    char runtime_dir[4097], daemon_user[33], daemon_group[33];
    char allowed_auth[90], required_auth[90]; /* known methods, each once, between single blanks */
    bool auth_written; /* one of the two statements stands in the file: NULL is no longer implied */
    uint32_t max_session_messages, slow_reader_patience_ms;
    int window, personal_window, accelerated_window; /* packets; the last counts up to the second */
    bool window_written, personal_window_written, accelerated_window_written;
    bool accelerated_written, accelerated; /* AcceleratedRing as written */
    bool accelerated_runs; /* what the ring runs: as written, else unless wide_area */
    bool wide_area;        /* as written, else more than one segment */
    struct conf_timeouts timeouts;
    bool timeouts_written;
    bool exclude_segment_addresses; /* ExcludeSegAddrsFromHash */
    bool ignore_multicast_join_errors;
    /* New keywords; 0 or "" when absent. */
    bool passwords_in_clear, passwords_in_clear_written;
    char socket_dir[102]; /* of the Unix socket; "": where this build has it */
    uint32_t socket_mode;
    char socket_group[33]; /* "": that of the daemon */
    enum conf_tristate classic_socket; /* where 5.0.1 has it; auto: if there is a socket_dir */
    uint32_t packet_size, max_session_bytes, suspect_timeout_ms;
    /* Of each source of clients; 0: no limit. */
    uint32_t max_source_connections, max_source_handshakes, max_source_groups, max_source_bytes;
    uint32_t shared_mailboxes;     /* so many go through memory at most ... */
    uint32_t shared_mailbox_after; /* ... once so many bytes were written to each */
    char daemon_key_file[4097], policy_file[4097];
    bool open_monitor_status; /* likewise: whom monitors without a key may ask */
    bool accept_open_packets, send_open_packets; /* though there are keys */
    char flight_recorder[4097]; /* a folder, "memory" or "off"; "": wherever there is a place for it */
    uint32_t flight_recorder_mib;
    char tls_cert_file[4097], tls_key_file[4097], tls_ca_file[4097], tls_crl_file[4097];
    enum conf_tls_require tls_require;
    struct slow_lines slow_readers;
    bool check_agreement; /* of what daemons deliver: groups/agreement.h */
    bool real_time, system_call_filter;
    enum conf_status_access status_access;
    uint32_t monitor_port; /* where; 0: where clients come to */
};

/* Looks a host name up: true and an address of the family (4, 6, or 0 for either); else false and
 * *why is a lent text. */
typedef bool conf_resolve(void *context, const char *name, int family, struct ip *ip,
                          const char **why);

/* One finding about the text: line and column (of bytes) from 1. The strings are lent, and control
 * characters in them are "?". */
struct conf_finding {
    bool fatal; /* else a warning */
    const char *file;
    int line, column;
    const char *token;   /* the offending text, or how it begins; "" at the end of the file */
    const char *message; /* what is wrong and what was expected */
    const char *source;  /* that line, or the part around the token; "" at the end of the file */
    size_t caret, caret_len; /* where in it the token is */
};

struct conf_source {
    const char *file; /* name for messages */
    const char *text;
    size_t len;
    conf_resolve *resolve; /* NULL: no name has an address */
    void *resolve_context;
    void (*report)(void *context, const struct conf_finding *finding); /* NULL: nobody listens */
    void *report_context;
};

/* Reads source into a new configuration, to be freed with conf_free. NULL after exactly one
 * fatal finding (warnings may come before it). */
struct conf *conf_parse(const struct conf_source *source);
void conf_free(struct conf *conf);

/* The configuration of a daemon without a file: one daemon "localhost" on 127.0.0.1 alone. */
struct conf *conf_built_in(uint16_t port);

/* Index of the daemon of that name (cut to 19 bytes as in the file), or -1. */
int conf_find_name(const struct conf *conf, const char *name);

/* Index of the daemon with that VirtualID, or -1. */
int conf_find_id(const struct conf *conf, uint32_t id);

/* Whether the daemon's list has the wildcard address for that use, and ip is another one of its
 * family: both cannot be bound at one port, and need not be. */
bool conf_listens_to_all(const struct conf_daemon *d, unsigned use, const struct ip *ip);

/* Whether that method of authentication is in allowed_auth or required_auth. */
bool conf_lists_method(const char *list, const char *method);

/* For each daemon of old its index in new, or -1: it is the same one if name, id, address and port
 * are; else the old one is gone, and whoever has its name or id now is another. */
void conf_match(const struct conf *old, const struct conf *new, int index[CONF_DAEMONS_MAX]);

/* True if both have the same hash, daemons, segment addresses, each in the same place, and size of
 * packets, on which members agree when they form a ring: going from one to the other changes options
 * only. */
bool conf_same_ring(const struct conf *a, const struct conf *b);

/* Writes "file:line:column: error: message" (or warning) and, unless the file ended there, the line
 * with a caret below it into text, separated by newlines; returns text. */
const char *conf_finding_text(const struct conf_finding *finding, char *text, size_t size);

/* True if both mean the same, option by option: only the text of the files may differ. */
bool conf_same_meaning(const struct conf *a, const struct conf *b);

/* Prints what was understood as a spread.conf that means the same, with write called once a line
 * (no newline at its end). Lines that begin with "#" state defaults and what follows from the
 * rest. The one thing a file cannot always say again is a text with both kinds of quotes. */
void conf_describe(const struct conf *conf, void (*write)(void *context, const char *line),
                   void *context);

#endif
