/* SPDX-License-Identifier: MIT
 *
 * The sender: input -> spool -> daemon, and acknowledgements -> spool.
 *
 * At most WINDOW batches are in flight. While they are, lines gather in the spool,
 * so under load they travel in few large messages, and hundreds of senders
 * together do not overrun a collector.
 */
#include "tools/splog/splog.h"

#include <assert.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/splog/collectors.h"
#include "tools/splog/input.h"
#include "tools/splog/link.h"
#include "tools/splog/message.h"
#include "tools/splog/spool.h"

enum {
    WINDOW = 2,
    ASK_MIN_MS = 250, /* without acknowledgement for so long, ask; then ever more slowly ... */
    ASK_MAX_MS = 2000,
    TELL_DROPPED_SEC = 10,
};

struct sender {
    const char *group;
    unsigned wanted; /* collectors that have to acknowledge; 0: the daemon's order will do */
    bool waits;      /* when the spool is full, input waits; else lines are dropped */
    long end_sec;    /* how long to wait for acknowledgements when the input has ended */

    struct link link;
    struct input input;
    struct spool spool;
    struct collectors collectors;
    struct id stream;
    int signals;
    long ask_ms;
    uint64_t dropped, dropped_told;
    bool stopping; /* by a signal: what is in the pipe now is the last input */
    bool ending;   /* there is no more input */
};

static void ask(int code, void *data);

/* -- sending --------------------------------------------------------------------------------- */

static void set_ask_timer(struct sender *s)
{
    if (spool_empty(&s->spool))
        E_dequeue(ask, 0, s);
    else
        E_queue(ask, 0, s, (sp_time){.sec = s->ask_ms / 1000, .usec = s->ask_ms % 1000 * 1000});
}

/* One message to the group; and to ourselves, where seeing it ordered is all we want. */
static bool multicast(struct sender *s, const struct lines *l, const char *text, size_t len)
{
    char groups[2][MAX_GROUP_NAME] = {{0}};
    uint8_t header[LINES_HEADER];
    scatter message = {.num_elements = 2,
                       .elements = {{.buf = (char *)header, .len = sizeof header},
                                    {.buf = (char *)(uintptr_t)text, .len = len}}};
    lines_encode(header, l);
    strncpy(groups[0], s->group, MAX_GROUP_NAME - 1);
    memcpy(groups[1], s->link.private_group, MAX_GROUP_NAME);
    int result = SP_multigroup_scat_multicast(s->link.mbox, AGREED_MESS, s->wanted == 0 ? 2 : 1,
                                              groups, 0, &message);
    if (result < 0)
        link_failed(&s->link, result);
    return result >= 0;
}

static void send_batches(struct sender *s)
{
    while (link_is_up(&s->link) && s->spool.unsent && s->spool.in_flight < WINDOW &&
           link_has_room(&s->link)) {
        uint64_t base = spool_base(&s->spool);
        const struct batch *b = spool_send(&s->spool);
        struct lines l = {.stream = s->stream, .first = b->first, .base = base, .count = b->count};
        if (multicast(s, &l, b->text, b->len) && s->spool.in_flight == 1)
            set_ask_timer(s);
    }
}

/* A message without lines: collectors answer where they stand; or, with ends set, forget us. */
static void send_question(struct sender *s, bool ends)
{
    struct lines l = {.stream = s->stream,
                      .first = spool_unsent(&s->spool),
                      .base = spool_base(&s->spool),
                      .ends = ends};
    if (link_is_up(&s->link) && link_has_room(&s->link))
        multicast(s, &l, "", 0);
}

static void ask(int code, void *data)
{
    struct sender *s = data;
    (void)code;
    send_question(s, false);
    s->ask_ms = 2 * s->ask_ms < ASK_MAX_MS ? 2 * s->ask_ms : ASK_MAX_MS;
    set_ask_timer(s);
}

/* -- input ----------------------------------------------------------------------------------- */

static void tell_dropped(int code, void *data)
{
    struct sender *s = data;
    (void)code;
    if (s->dropped == s->dropped_told)
        return;
    say("the spool is full: %llu lines dropped so far", (unsigned long long)s->dropped);
    s->dropped_told = s->dropped;
    E_queue(tell_dropped, 0, s, (sp_time){.sec = TELL_DROPPED_SEC});
}

static void drop(struct sender *s)
{
    s->dropped++;
    if (!E_in_queue(tell_dropped, 0, s))
        tell_dropped(0, s);
}

/* Moves lines from the input to the spool; false: one has to wait for room. */
static bool spool_lines(struct sender *s)
{
    const char *line;
    size_t len;
    while (input_line(&s->input, &line, &len)) {
        if (!spool_add(&s->spool, line, len)) {
            if (s->waits)
                return false;
            drop(s);
        }
        input_taken(&s->input, len);
    }
    return true;
}

static void out_of_time(int code, void *data)
{
    (void)code;
    (void)data;
    E_exit_events();
}

static void start_deadline(struct sender *s)
{
    if (!E_in_queue(out_of_time, 0, s))
        E_queue(out_of_time, 0, s, (sp_time){.sec = s->end_sec});
}

static bool is_readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, 0) == 1;
}

/* Once the input has ended and everything is settled, so is the program. */
static void check_end(struct sender *s)
{
    if (s->input.ended && !s->ending) {
        s->ending = true;
        E_detach_fd(STDIN_FILENO, READ_FD);
        start_deadline(s);
    }
    if (s->ending && spool_empty(&s->spool))
        E_exit_events();
}

/* Whatever has happened: what can be moved on is. */
static void go_on(struct sender *s)
{
    if (!spool_lines(s)) {
        E_deactivate_fd(STDIN_FILENO, READ_FD);
    } else {
        if (s->stopping && !is_readable(STDIN_FILENO))
            s->input.ended = true;
        E_activate_fd(STDIN_FILENO, READ_FD);
        spool_lines(s); /* the end may have completed the last one */
        check_end(s);
    }
    send_batches(s);
}

static void on_input(int fd, int code, void *data)
{
    struct sender *s = data;
    (void)code;
    input_read(&s->input, fd);
    go_on(s);
}

/* What is in the pipe was written before the signal. The second signal does not wait. */
static void on_signal(int fd, int code, void *data)
{
    struct sender *s = data;
    (void)code;
    while (signals_next(fd)) {
        if (s->stopping)
            E_exit_events();
        s->stopping = true;
    }
    start_deadline(s);
    go_on(s);
}

/* -- acknowledgements ------------------------------------------------------------------------ */

static void on_settled(struct sender *s, uint64_t next)
{
    if (!spool_settle(&s->spool, next))
        return;
    s->ask_ms = ASK_MIN_MS;
    set_ask_timer(s);
}

/* An own message has come back: it is ordered. */
static void on_own(struct sender *s, const uint8_t *header, size_t len)
{
    struct lines l;
    if (len >= LINES_HEADER && lines_decode(&l, header) && id_equal(&l.stream, &s->stream))
        on_settled(s, l.first + l.count);
}

static void on_acks(struct sender *s, const uint8_t *bytes, size_t len)
{
    struct id collector;
    struct ack a;
    if (!acks_find(bytes, len, &s->stream, &collector, &a))
        return;
    if (a.again)
        spool_rewind(&s->spool);
    if (s->wanted > 0)
        on_settled(s, collectors_note(&s->collectors, &collector, a.next, s->wanted));
}

/* Takes one message; of a long one only the beginning matters. False: the link has failed. */
static bool receive(struct sender *s)
{
    static char groups[ACKS_MAX][MAX_GROUP_NAME];
    static uint8_t bytes[ACKS_MAX_BYTES];
    char sender[MAX_GROUP_NAME];
    service type = DROP_RECV;
    int num_groups, endian_mismatch;
    int16 mess_type;
    int len = SP_receive(s->link.mbox, &type, sender, ACKS_MAX, &num_groups, groups, &mess_type,
                         &endian_mismatch, sizeof bytes, (char *)bytes);
    if (len == BUFFER_TOO_SHORT)
        len = sizeof bytes;
    if (len < 0) {
        link_failed(&s->link, len);
        return false;
    }
    link_proved(&s->link);
    if (s->wanted == 0 && strcmp(sender, s->link.private_group) == 0)
        on_own(s, bytes, (size_t)len);
    else
        on_acks(s, bytes, (size_t)len);
    return true;
}

static void on_readable(void *owner)
{
    struct sender *s = owner;
    if (receive(s))
        go_on(s);
}

/* Nobody knows what became of what was in flight. */
static void on_up(void *owner)
{
    struct sender *s = owner;
    spool_rewind(&s->spool);
    s->ask_ms = ASK_MIN_MS;
    set_ask_timer(s);
    send_batches(s);
}

static void on_room(void *owner)
{
    send_batches(owner);
}

/* -- the program ----------------------------------------------------------------------------- */

static const struct usage usage = {
    "splog send",
    "GROUP [-s DAEMON] [-u NAME] [-a COLLECTORS] [-q BYTES] [-F] [-w SECONDS]\n"
    "\n"
    "  -s DAEMON      PORT or PORT@HOST (default 4803)\n"
    "  -u NAME        name of the connection (default: the daemon chooses)\n"
    "  -a COLLECTORS  that must have a line before it is done with (default 1, at most 8);\n"
    "                 0: it is done with when the daemons have ordered it\n"
    "  -q BYTES       lines to hold meanwhile (default 16M)\n"
    "  -F             when that is full, let the input wait; otherwise lines are dropped\n"
    "  -w SECONDS     at the end of the input, wait so long for what is not done with\n"
    "                 (default 10)\n"
    "  --help         this\n"
    "  --version      which version it is of\n"};
static_assert(COLLECTORS_MAX == 8, "as the text says");

static void read_options(struct sender *s, int argc, char **argv)
{
    size_t limit = (size_t)16 << 20;
    int option;
    while ((option = splog_option(&usage, "s:u:a:q:Fw:", argc, argv)) != -1) {
        switch (option) {
        case 's':
            s->link.address = optarg;
            break;
        case 'u':
            s->link.name = optarg;
            break;
        case 'a':
            s->wanted = (unsigned)number_of("-a", optarg, 0, COLLECTORS_MAX);
            break;
        case 'q':
            limit = number_of("-q", optarg, 1, (uint64_t)1 << 40);
            break;
        case 'F':
            s->waits = true;
            break;
        case 'w':
            s->end_sec = (long)number_of("-w", optarg, 0, 1000000);
            break;
        }
    }
    s->group = splog_group(&usage, argc, argv);
    spool_init(&s->spool, limit);
}

/* Nobody waits behind a file. */
static bool is_file(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

/* Says what became of the lines, and returns the exit status. */
static int conclude(const struct sender *s)
{
    uint64_t left = s->spool.next - spool_base(&s->spool);
    if (s->input.broken > 0)
        say("lines longer than %d bytes were broken, %llu times", LINE_MAX_BYTES,
            (unsigned long long)s->input.broken);
    if (s->dropped > 0)
        say("%llu lines lost: the spool was full", (unsigned long long)s->dropped);
    if (left > 0)
        say("%llu lines lost: not acknowledged in time", (unsigned long long)left);
    if (!s->input.ended)
        say("input was left unread");
    return s->dropped > 0 || left > 0 || !s->input.ended;
}

int splog_send(int argc, char **argv)
{
    static struct sender s = {
        .wanted = 1,
        .end_sec = 10,
        .ask_ms = ASK_MIN_MS,
        .link = {.address = "4803",
                 .name = "",
                 .owner = &s,
                 .on_up = on_up,
                 .on_readable = on_readable,
                 .on_room = on_room},
    };
    read_options(&s, argc, argv);
    s.signals = signals_watch((const int[]){SIGTERM, SIGINT, 0});
    s.waits = s.waits || is_file(STDIN_FILENO);
    s.stream = id_new();
    input_init(&s.input);
    E_init();
    E_attach_fd(s.signals, READ_FD, on_signal, 0, &s, HIGH_PRIORITY);
    E_attach_fd(STDIN_FILENO, READ_FD, on_input, 0, &s, LOW_PRIORITY);
    link_start(&s.link);
    E_handle_events();

    int status = conclude(&s);
    if (spool_empty(&s.spool))
        send_question(&s, true);
    link_end(&s.link);
    input_fini(&s.input);
    spool_fini(&s.spool);
    return status;
}
