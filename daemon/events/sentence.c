/* SPDX-License-Identifier: MIT */
#include "daemon/events/sentence.h"

#include <stdio.h>
#include <string.h>

#include "daemon/config/options.h"
#include "daemon/membership/core.h"
#include "daemon/monitor/monitor.h"
#include "daemon/net/ways.h"
#include "daemon/packet/header.h"
#include "daemon/recorder/record.h"

/* In a sentence stand, in braces: who, whom, from, why, set, or the place of a number and what it is
 * of. What stands in brackets is left out if something in it is nothing: an empty name, a zero, no
 * reason. {who|client} is "client" if there is no name. */
struct sentence {
    uint32_t types;
    enum log_level level;
    const char *text;
};

#define AT_MEMBERS LOG_MEMBERSHIP | LOG_PRINT, LEVEL_WARNING
#define AT_NETWORK LOG_NETWORK | LOG_PRINT, LEVEL_WARNING
#define AT_CLIENTS LOG_PRINT, LEVEL_WARNING
#define AT_SESSION LOG_SESSION, LEVEL_INFO
#define AT_MONITOR LOG_PRINT, LEVEL_PRINT
#define AT_RELOAD LOG_CONFIGURATION | LOG_PRINT, LEVEL_INFO

static const struct sentence sentences[EVENT_KINDS] = {
    [EVENT_STATE] = {LOG_MEMBERSHIP, LEVEL_INFO,
                     "membership: {0 state} to {1 state}: {why}"},
    [EVENT_VIEW] = {LOG_MEMBERSHIP, LEVEL_INFO,
                    "membership: the leader is daemon {who|?}, id {0}"},
    [EVENT_SUSPECT] = {AT_MEMBERS,
                       "daemon {who} does not answer[: nothing has come from it for {0} ms]"},
    [EVENT_PAUSED] = {AT_MEMBERS,
                      "daemon {who} does not answer, but its host does: it stands still, and is "
                      "waited for up to {0} ms"},
    [EVENT_PATIENT] = {AT_MEMBERS,
                       "daemon {who} and its host fell silent and came back: it is waited for up to "
                       "{0} ms from now on"},
    [EVENT_RESTARTED] = {AT_MEMBERS, "daemon {who} has restarted"},
    [EVENT_KEPT_OUT] = {AT_MEMBERS,
                        "daemon {who} starts anew all the time: it is not let in for {0} ms"},
    [EVENT_ONE_WAY] = {AT_MEMBERS,
                       "daemons {who} and {whom} do not hear each other both ways: they are not put "
                       "into one ring until they do[; from {from} came here in the last minute {0 "
                       "hint}][ (the largest had {1} bytes)]"},
    [EVENT_EVICTED] = {AT_MEMBERS,
                       "daemon {who} receives nothing although it answers: put out of the ring; packets of "
                       "PacketSize may be too large for the way to it"},
    [EVENT_ROUNDABOUT] = {AT_MEMBERS,
                          "what daemon {who} sends comes to {whom} only when it is sent again: that "
                          "way is broken"},
    [EVENT_MUTE] = {AT_MEMBERS,
                    "what daemon {who} sends does not arrive although it hears the others: put out "
                    "of the ring[: nothing has come from it for {0} ms]"},
    [EVENT_LEFT_OUT] = {AT_MEMBERS,
                        "daemon {who} is left out of the ring: more daemons come that do not hear it "
                        "both ways"},
    [EVENT_LEFT_BEHIND] = {AT_MEMBERS,
                           "the other daemons have gone on without us (seen at {who})"},
    [EVENT_LEAVES] = {LOG_MEMBERSHIP | LOG_PRINT, LEVEL_INFO, "daemon {who} stops"},
    [EVENT_SLOW] = {AT_MEMBERS,
                    "this process did not run for {0} ms: the machine is overloaded or it was "
                    "stopped"},
    [EVENT_LONE] = {AT_MEMBERS,
                    "none of the other {0} daemons of the configuration has been heard since the "
                    "start"},

    [EVENT_DOUBT] = {AT_NETWORK, "packet of daemon {who} ignored: {0 packet}: {why}"},
    [EVENT_REFUSED] = {AT_NETWORK,
                       "packet from {from} ([daemon {who}]{whom}[, one of {2} at that address]) "
                       "ignored: {why} (hash {0}, ours {1})"},
    [EVENT_UNOPENED] = {AT_NETWORK,
                        "packet from {from} (daemon {who}) ignored: {why}[ (key {0})][; the last of "
                        "it that could be opened had key {1}]"},
    [EVENT_OTHER_SPREAD] = {AT_NETWORK,
                            "packet from {from} ignored: another Spread, such as 5.0.1, runs there "
                            "in the place of daemon {who}; its daemons and ours cannot be in one "
                            "ring"},
    [EVENT_UNSOUND] = {AT_NETWORK,
                       "message of a client of daemon {who|?} ignored: it is not sound"},

    [EVENT_DISAGREES] = {LOG_PRINT, LEVEL_CRITICAL,
                         "DISAGREEMENT with daemon {who}: {why}[; seen in group {whom}]; after message "
                         "{0} of the view, up to the {1}th here and the {2}th there: clients of the two "
                         "may have different states. Keep the logs of both, and restart one of the two "
                         "and its clients"},

    [EVENT_CONNECT_REFUSED] = {AT_CLIENTS,
                               "{who|client} from {from}: connection refused ({why})"},
    [EVENT_CONNECT_LATE] = {AT_CLIENTS,
                            "{who|client} from {from}: connection closed ({why})"},
    [EVENT_OPENED] = {AT_SESSION, "session {who} from {from} opens"},
    [EVENT_CLOSED] = {AT_SESSION,
                      "session {who} from {from} ends: {why}[ ({2 error})]; {0} messages received, "
                      "{1} sent"},
    [EVENT_MALFORMED] = {AT_CLIENTS,
                         "{who} from {from}: malformed message, session ended ({why})"},
    [EVENT_CUT_OFF] = {AT_CLIENTS,
                       "{who} from {from}: does not read, session ended ({0} messages, {1} bytes "
                       "wait[, the first for {2} ms]; MaxSessionMessages is {4})[; it was in group "
                       "{whom}][; it was in {3} groups]"},
    [EVENT_TOO_MUCH] = {AT_CLIENTS,
                        "{who} from {from}: does not read, session ended ({0} messages, {1} bytes "
                        "wait[, the first for {2} ms], and with those of its source more than "
                        "MaxSourceBytes, {4})[; it was in group {whom}][; it was in {3} groups]"},
    [EVENT_CROWDED] = {LOG_SESSION | LOG_FLOW_CONTROL, LEVEL_INFO,
                       "{who} from {from}: does not keep up ({0} messages, {1} bytes wait); who "
                       "sends to it is slowed down"},
    [EVENT_KEEPS_UP] = {LOG_SESSION | LOG_FLOW_CONTROL, LEVEL_INFO,
                        "{who} from {from}: keeps up again"},
    [EVENT_BEHIND] = {AT_CLIENTS,
                      "{who} from {from}: is slow: {0} messages, {1} bytes wait for it, the first for "
                      "{2} ms[; it is in group {whom}][; it is in {3} groups]"},
    [EVENT_CAUGHT_UP] = {LOG_PRINT, LEVEL_INFO,
                         "{who} from {from}: is slow no more, after {2} ms: {0} messages, {1} bytes "
                         "wait for it[; it is in group {whom}][; it is in {3} groups][; {4} messages "
                         "were dropped for it]"},
    [EVENT_REJECTED] = {AT_CLIENTS, "{who} from {from}: request refused[ for {whom}] ({why})"},
    [EVENT_TAKEN_FROM_GROUP] = {AT_CLIENTS,
                                "{who} from {from}: taken out of {whom}, which the policy does not allow "
                                "it to join any more"},

    [EVENT_MONITOR_OBEYED] = {LOG_STATUS, LEVEL_DEBUG,
                              "monitor at {from}: {0 command}"},
    [EVENT_MONITOR_IGNORED] = {AT_NETWORK,
                               "monitor's {0 command} from {from} ignored: {why} (our hash is {1})"},
    [EVENT_MONITOR_REFUSED] = {AT_MONITOR,
                               "monitor at {from}: {0 command} refused: {why}"},
    [EVENT_PARTITION] = {AT_MONITOR,
                         "monitor at {from}: partition for {0} s: heard are only{set}"},
    [EVENT_PARTITION_OVER] = {AT_MONITOR, "monitor at {from}: partition ended"},
    [EVENT_WINDOWS] = {AT_MONITOR,
                       "monitor at {from}: flow control: window {0}, personal window {1}, "
                       "accelerated window {2}"},
    [EVENT_TERMINATE] = {AT_MONITOR, "monitor at {from}: terminate: leaving"},
    [EVENT_RELOAD_ASKED] = {AT_MONITOR, "monitor at {from}: reload"},

    [EVENT_STATUS_REFUSED] = {AT_NETWORK, "status for {from} refused: {why}"},

    [EVENT_RELOADED] = {AT_RELOAD,
                        "another configuration is in force, with another ring"},
    [EVENT_OPTIONS] = {AT_RELOAD,
                       "another configuration is in force, with other options"},
    [EVENT_UNCHANGED] = {AT_RELOAD, "reload: nothing has changed"},
    [EVENT_KEYS] = {AT_RELOAD,
                    "reload: other keys: packets are sealed with key {0}, and opened with {1} in all"},
    [EVENT_NO_KEYS] = {LOG_CONFIGURATION | LOG_PRINT, LEVEL_WARNING,
                       "reload: there is no DaemonKeyFile any more: packets are sent and taken open"},
    [EVENT_NEEDS_RESTART] = {LOG_CONFIGURATION | LOG_PRINT, LEVEL_WARNING,
                             "reload: {0 option} is another one than this daemon was started with; a "
                             "change of it takes a restart"},
    [EVENT_RELOAD_REFUSED] = {LOG_CONFIGURATION | LOG_PRINT, LEVEL_ERROR,
                              "reload: {why}[: {from}]; the configuration in force stays"},
    [EVENT_TAKEN_OUT] = {AT_RELOAD, "reload: {why}"},

    [EVENT_SCARCE] = {LOG_PRINT, LEVEL_ERROR,
                      "no more clients can be let in ({0 error}): they are refused, or wait, until "
                      "they can; raise the limit with ulimit -n, or with LimitNOFILE= in a unit of "
                      "systemd"},
    [EVENT_SCARCE_OVER] = {AT_CLIENTS,
                           "clients can be let in again; {0} were refused for want of a descriptor"},
};

/* The same of those that another thing may come of: what "it" did. */
static const char *const pasts[EVENT_KINDS] = {
    [EVENT_SUSPECT] = "it did not answer[ for {0} ms]",
    [EVENT_PAUSED] = "it stood still while its host answered, and was waited for up to {0} ms",
    [EVENT_RESTARTED] = "it had restarted",
    [EVENT_KEPT_OUT] = "it started anew all the time, and is not let in for {0} ms",
    [EVENT_ONE_WAY] = "it and {whom} did not hear each other both ways",
    [EVENT_EVICTED] = "it received nothing although it answered",
    [EVENT_MUTE] = "what it sent did not arrive although it heard the others[: nothing for {0} ms]",
    [EVENT_LEFT_OUT] = "more daemons came that did not hear it both ways",
    [EVENT_LEFT_BEHIND] = "the others had gone on without it",
    [EVENT_LEAVES] = "it stopped",
    [EVENT_SLOW] = "it did not run for {0} ms",
    [EVENT_TAKEN_OUT] = "it was told to leave: {why}",
};

uint32_t event_types(enum event_kind kind)
{
    return sentences[kind].types;
}

enum log_level event_level(enum event_kind kind)
{
    return sentences[kind].level;
}

uint32_t event_vocabulary(void)
{
    static uint32_t sum; /* worked out once */
    if (sum != 0)
        return sum;
    for (int kind = 0; kind < EVENT_KINDS; kind++)
        sum = sum * 31 + record_checksum((const uint8_t *)sentences[kind].text, strlen(sentences[kind].text));
    for (int why = 0; why < WHYS; why++)
        sum = sum * 31 + record_checksum((const uint8_t *)why_text((enum why)why), strlen(why_text((enum why)why)));
    return sum;
}

/* -- what stands in braces ------------------------------------------------------------------- */

static const char *hint_text(uint64_t hint)
{
    static const char *const thoughts[HINTS] = {
        [HINT_NOTHING] = "nothing: it may be that it is cut off, or that a firewall stands between",
        [HINT_SEGMENT] = "all but what goes to the address of the segment: it may be that that is "
                         "not passed on",
        [HINT_DATA_PORT] = "only what goes to the second port: it may be that the first one is "
                           "blocked, or the address of the segment",
        [HINT_TOKEN_PORT] = "only what goes to the first port: it may be that the second one is "
                            "blocked",
        [HINT_OTHER_WAY] = "something by every way: it may be that the other direction is broken, "
                           "or that only large packets are lost",
    };
    return hint < HINTS ? thoughts[hint] : NULL;
}

/* "0 state": the first number as the name of a state. NULL: it is none. */
static const char *named_number(uint64_t n, const char *as)
{
    if (strcmp(as, "state") == 0)
        return n < CORE_STATES ? core_state_name((enum core_state)n) : "?";
    if (strcmp(as, "packet") == 0)
        return packet_type_name((unsigned)n);
    if (strcmp(as, "command") == 0)
        return n < COMMANDS ? monitor_command_text((enum monitor_command)n) : "?";
    if (strcmp(as, "option") == 0)
        return n < OPTION_COUNT ? option_table[n].name : "?";
    if (strcmp(as, "hint") == 0)
        return hint_text(n);
    return strerrordesc_np((int)n);
}

static void put_number(const struct event_record *e, const char *field, char *text, size_t size)
{
    uint64_t n = e->number[field[0] - '0'];
    text[0] = '\0';
    if (field[1] == ' ' && (n > 0 || strcmp(field + 2, "error") != 0)) {
        const char *name = named_number(n, field + 2);
        snprintf(text, size, "%s", name ? name : "");
    } else if (field[1] == '\0') {
        snprintf(text, size, "%llu", (unsigned long long)n);
    }
}

static void put_set(const struct event_record *e, const struct conf *conf, char *text, size_t size)
{
    size_t len = 0;
    text[0] = '\0';
    for procset_each(i, &e->set) {
        if (len + 1 < size && conf && i < conf->daemon_count)
            len += (size_t)snprintf(text + len, size - len, " %s", conf->daemons[i].name);
        else if (len + 1 < size)
            len += (size_t)snprintf(text + len, size - len, " %d", i);
    }
}

/* What a field comes to; false: to nothing. */
static bool put_field(const struct event_record *e, const struct conf *conf, char *field, char *text,
                      size_t size)
{
    char *instead = strchr(field, '|');
    if (instead)
        *instead++ = '\0';
    if (strcmp(field, "who") == 0)
        snprintf(text, size, "%s", e->who.text);
    else if (strcmp(field, "whom") == 0)
        snprintf(text, size, "%s", e->whom.text);
    else if (strcmp(field, "from") == 0)
        snprintf(text, size, "%s", e->from);
    else if (strcmp(field, "why") == 0)
        snprintf(text, size, "%s", why_text(e->why));
    else if (strcmp(field, "set") == 0)
        put_set(e, conf, text, size);
    else
        put_number(e, field, text, size);
    if (!text[0] && instead)
        snprintf(text, size, "%s", instead);
    return text[0] && strcmp(text, "0") != 0;
}

/* -- a sentence ------------------------------------------------------------------------------- */

struct writing {
    char *text;
    size_t len, mark; /* mark: where the open bracket began */
    bool empty; /* something in it came to nothing */
};

static void put(struct writing *w, const char *text, size_t len)
{
    if (len > SENTENCE_TEXT - 1 - w->len)
        len = SENTENCE_TEXT - 1 - w->len;
    memcpy(w->text + w->len, text, len);
    w->len += len;
    w->text[w->len] = '\0';
}

/* The field whose brace is at p; returns what follows it. */
static const char *write_field(struct writing *w, const struct event_record *e,
                               const struct conf *conf, const char *p)
{
    char field[32], text[512];
    const char *end = strchr(p, '}');
    snprintf(field, sizeof field, "%.*s", (int)(end - p - 1), p + 1);
    if (!put_field(e, conf, field, text, sizeof text))
        w->empty = true;
    put(w, text, strlen(text));
    return end + 1;
}

static const char *write_text(const char *p, const struct event_record *e, const struct conf *conf,
                              char text[SENTENCE_TEXT])
{
    struct writing w = {.text = text};
    text[0] = '\0';
    while (*p) {
        size_t plain = strcspn(p, "{[]");
        put(&w, p, plain);
        p += plain;
        if (*p == '{') {
            p = write_field(&w, e, conf, p);
        } else if (*p == '[') {
            w.mark = w.len;
            w.empty = false;
            p++;
        } else if (*p == ']') {
            if (w.empty)
                text[w.len = w.mark] = '\0';
            p++;
        }
    }
    return text;
}

const char *event_sentence(const struct event_record *e, const struct conf *conf,
                           char text[SENTENCE_TEXT])
{
    return write_text(sentences[e->kind].text, e, conf, text);
}

const char *event_past(const struct event_record *e, const struct conf *conf, char text[SENTENCE_TEXT])
{
    return pasts[e->kind] ? write_text(pasts[e->kind], e, conf, text) : NULL;
}
