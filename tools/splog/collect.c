/* SPDX-License-Identifier: MIT
 *
 * The collector: lines of all senders -> a file, in the order of the group, each once.
 *
 * What arrives is gathered until nothing more waits, or much has; then it is
 * written, and its senders are told. So the more there is to do, the less each
 * line costs.
 */
#include "tools/splog/splog.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/splog/link.h"
#include "tools/splog/output.h"
#include "tools/splog/recover.h"
#include "tools/splog/streams.h"

enum {
    TURN_MESSAGES = 256, /* taken before anything else gets a turn */
    RETRY_MS = 500,      /* after a write that failed */
};

/* When what is written goes to the disk. */
enum sync_policy { SYNC_NEVER, SYNC_ALWAYS, SYNC_TIMED };

struct collector {
    const char *group;
    const char *journal_path;
    enum sync_policy sync;
    long sync_sec;

    struct link link;
    struct output output;
    struct journal *journal; /* NULL: none */
    struct streams streams;
    struct id id;
    int signals;
    bool stuck;  /* the last write failed; nothing is received meanwhile */
    bool reopen; /* once what waits is written */
    bool stopping;
    uint64_t foreign; /* messages that are not of a sender */
};

/* -- acknowledging --------------------------------------------------------------------------- */

/* Tells up to ACKS_MAX senders, in one message, how far they have come. */
static bool send_acks(struct collector *c)
{
    static char groups[ACKS_MAX][MAX_GROUP_NAME];
    uint8_t bytes[ACKS_MAX_BYTES];
    struct stream *told[ACKS_MAX], *s;
    int count = 0;
    size_t len = acks_begin(bytes, &c->id);
    TAILQ_FOREACH(s, &c->streams.due, in_due)
    {
        if (count == ACKS_MAX)
            break;
        len = acks_add(bytes, &(struct ack){.stream = s->id, .next = s->next, .again = s->again});
        memcpy(groups[count], s->sender, MAX_GROUP_NAME);
        told[count++] = s;
    }
    int result = SP_multigroup_multicast(c->link.mbox, FIFO_MESS, count, groups, 0, (int)len,
                                         (const char *)bytes);
    if (result < 0) {
        link_failed(&c->link, result);
        return false;
    }
    for (int i = 0; i < count; i++)
        streams_set_done(&c->streams, told[i]);
    return true;
}

/* Only when nothing waits to be written. */
static void acknowledge(struct collector *c)
{
    while (!TAILQ_EMPTY(&c->streams.due) && link_is_up(&c->link) && link_has_room(&c->link))
        if (!send_acks(c))
            return;
}

/* -- writing --------------------------------------------------------------------------------- */

static void retry(int code, void *data);

static void set_stuck(struct collector *c)
{
    if (!c->stuck)
        say("%s: %s; trying again", c->output.path, strerror(c->output.error));
    c->stuck = true;
    if (link_is_up(&c->link))
        E_deactivate_fd(c->link.mbox, READ_FD);
    E_queue(retry, 0, c, (sp_time){.usec = RETRY_MS * 1000});
}

static void set_unstuck(struct collector *c)
{
    if (!c->stuck)
        return;
    say("%s: written", c->output.path);
    c->stuck = false;
    if (link_is_up(&c->link))
        E_activate_fd(c->link.mbox, READ_FD);
}

static void note_in_journal(struct collector *c)
{
    struct stream *s;
    if (c->journal)
        TAILQ_FOREACH(s, &c->streams.due, in_due)
    journal_set(c->journal, s->slot, s->next);
}

static void sync_later(int code, void *data)
{
    struct collector *c = data;
    (void)code;
    if (!output_sync(&c->output))
        say("%s: %s", c->output.path, strerror(c->output.error));
}

static void flush(struct collector *c)
{
    if (!output_write(&c->output, c->journal, c->sync == SYNC_ALWAYS)) {
        set_stuck(c);
        return;
    }
    set_unstuck(c);
    note_in_journal(c);
    if (c->sync == SYNC_TIMED && c->output.unsynced && !E_in_queue(sync_later, 0, c))
        E_queue(sync_later, 0, c, (sp_time){.sec = c->sync_sec});
    if (c->reopen)
        output_reopen(&c->output);
    c->reopen = false;
    acknowledge(c);
    if (c->stopping)
        E_exit_events();
}

static void retry(int code, void *data)
{
    (void)code;
    flush(data);
}

/* -- receiving ------------------------------------------------------------------------------- */

/* Lines of a sender, already at the tail of the output: keeps what is new. */
static void take_lines(struct collector *c, const struct lines *l, const char *sender, size_t len)
{
    uint8_t *text = (uint8_t *)output_tail(&c->output);
    struct stream *s = streams_hear(&c->streams, &l->stream, l->base);
    if (s->next < l->base)
        s->next = l->base; /* those in between have gone to others, while we were away */
    memcpy(s->sender, sender, MAX_GROUP_NAME);
    if (l->ends)
        streams_end(&c->streams, s);
    else
        streams_set_due(&c->streams, s);
    if (l->first > s->next) {
        s->again = true;
        return;
    }
    uint64_t known = s->next - l->first;
    if (known >= l->count)
        return;
    size_t skip = lines_skip(text, len, known);
    memmove(text, text + skip, len - skip);
    output_add(&c->output, &s->id, s->next, l->count - (uint32_t)known, len - skip);
    s->next = l->first + l->count;
}

static void take_foreign(struct collector *c, const char *sender)
{
    if (c->foreign++ == 0)
        say("a message from %s is not from a splog of this version; ignored", sender);
}

/* Takes one message. False: the link has failed. */
static bool receive(struct collector *c)
{
    static char groups[2][MAX_GROUP_NAME];
    uint8_t header[LINES_HEADER];
    char sender[MAX_GROUP_NAME];
    service type = DROP_RECV;
    int num_groups, endian_mismatch;
    int16 mess_type;
    scatter message = {.num_elements = 2,
                       .elements = {{.buf = (char *)header, .len = sizeof header},
                                    {.buf = output_tail(&c->output), .len = LINES_MAX}}};
    struct lines l;
    int len = SP_scat_receive(c->link.mbox, &type, sender, 2, &num_groups, groups, &mess_type,
                              &endian_mismatch, &message);
    if (len < 0 && len != BUFFER_TOO_SHORT) {
        link_failed(&c->link, len);
        return false;
    }
    link_proved(&c->link);
    if (Is_reject_mess(type))
        say("the daemon refuses: no access to %s", c->group);
    else if (len < LINES_HEADER || !lines_decode(&l, header) ||
             !lines_fit(&l, (uint8_t *)output_tail(&c->output), (size_t)len - LINES_HEADER))
        take_foreign(c, sender);
    else
        take_lines(c, &l, sender, (size_t)len - LINES_HEADER);
    return true;
}

/* Takes what has arrived, up to a limit, and writes once it has caught up. */
static void on_readable(void *owner)
{
    struct collector *c = owner;
    for (int i = 0; i < TURN_MESSAGES && !c->stuck; i++) {
        if (!receive(c))
            break;
        if (SP_poll(c->link.mbox) <= 0)
            break;
        if (output_is_full(&c->output))
            flush(c);
    }
    if (!c->stuck && (!link_is_up(&c->link) || SP_poll(c->link.mbox) <= 0))
        flush(c);
}

static void on_room(void *owner)
{
    struct collector *c = owner;
    if (output_is_empty(&c->output))
        acknowledge(c);
}

static void on_up(void *owner)
{
    struct collector *c = owner;
    int result = SP_join(c->link.mbox, c->group);
    if (result < 0)
        link_failed(&c->link, result);
    else if (c->stuck)
        E_deactivate_fd(c->link.mbox, READ_FD);
}

/* -- the program ----------------------------------------------------------------------------- */

static void on_signal(int fd, int code, void *data)
{
    struct collector *c = data;
    int number;
    (void)code;
    while ((number = signals_next(fd))) {
        if (number == SIGHUP)
            c->reopen = true;
        else if (c->stopping)
            E_exit_events();
        else
            c->stopping = true;
    }
    while (link_is_up(&c->link) && !c->stuck && SP_poll(c->link.mbox) > 0)
        on_readable(c);
    flush(c);
}

static const struct usage usage = {
    "splog collect",
    "GROUP -o FILE [-s DAEMON] [-u NAME] [-f WHEN] [-j JOURNAL]\n"
    "\n"
    "  -o FILE        to append to; - for standard output\n"
    "  -s DAEMON      PORT or PORT@HOST (default 4803)\n"
    "  -u NAME        name of the connection (default: the daemon chooses)\n"
    "  -f WHEN        to the disk: never (default; the system decides), always (before lines\n"
    "                 are acknowledged), or every so many seconds\n"
    "  -j FILE        the journal, what must be known after a restart (default FILE.splog);\n"
    "                 - for none\n"
    "  --help         this\n"
    "  --version      which version it is of\n"};

static void set_sync(struct collector *c, const char *text)
{
    if (strcmp(text, "never") == 0) {
        c->sync = SYNC_NEVER;
    } else if (strcmp(text, "always") == 0) {
        c->sync = SYNC_ALWAYS;
    } else {
        c->sync = SYNC_TIMED;
        c->sync_sec = (long)number_of("-f", text, 1, 1000000);
    }
}

/* Returns the file. */
static const char *read_options(struct collector *c, int argc, char **argv)
{
    const char *file = NULL;
    int option;
    while ((option = splog_option(&usage, "o:s:u:f:j:", argc, argv)) != -1) {
        switch (option) {
        case 'o':
            file = optarg;
            break;
        case 's':
            c->link.address = optarg;
            break;
        case 'u':
            c->link.name = optarg;
            break;
        case 'f':
            set_sync(c, optarg);
            break;
        case 'j':
            c->journal_path = optarg;
            break;
        }
    }
    c->group = splog_group(&usage, argc, argv);
    if (!file)
        usage_refuse(&usage, "-o", "is needed: the file to append to");
    return file;
}

static void open_journal(struct collector *c)
{
    char *path = NULL;
    if (!c->output.is_file || (c->journal_path && strcmp(c->journal_path, "-") == 0))
        return;
    if (!c->journal_path && asprintf(&path, "%s.splog", c->output.path) < 0)
        give_up("out of memory");
    c->journal = journal_open(c->journal_path ? c->journal_path : path);
    c->id = *journal_collector(c->journal);
    free(path);
}

int splog_collect(int argc, char **argv)
{
    static struct collector c = {
        .link = {.address = "4803",
                 .name = "",
                 .owner = &c,
                 .on_up = on_up,
                 .on_readable = on_readable,
                 .on_room = on_room},
    };
    const char *file = read_options(&c, argc, argv);
    c.signals = signals_watch((const int[]){SIGTERM, SIGINT, SIGHUP, 0});
    output_open(&c.output, file);
    c.id = id_new();
    open_journal(&c);
    streams_init(&c.streams, c.journal);
    if (c.journal)
        recover(&c.streams, &c.output);
    output_end_line(&c.output);

    E_init();
    E_attach_fd(c.signals, READ_FD, on_signal, 0, &c, HIGH_PRIORITY);
    link_start(&c.link);
    E_handle_events();

    if (c.foreign > 0)
        say("%llu messages ignored", (unsigned long long)c.foreign);
    if (c.sync != SYNC_NEVER && !output_sync(&c.output))
        say("%s: %s", c.output.path, strerror(c.output.error));
    link_end(&c.link);
    streams_fini(&c.streams);
    journal_close(c.journal);
    output_close(&c.output);
    return c.output.error != 0;
}
