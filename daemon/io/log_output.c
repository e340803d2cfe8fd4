/* SPDX-License-Identifier: MIT */
#include "daemon/io/log_output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "daemon/io/files.h"

enum { STAMP = 256, PATH = 4097 + 256 };

static struct {
    bool stamp, precise;
    char format[64];
    char path[PATH]; /* %h expanded; "" is standard output */
    bool has_terminal;
    int terminal; /* what was standard error before EventLogFile took its place */

    uint64_t missing; /* lines that could not be written since the last that could */
    time_t since;
    int error;
    bool torn; /* the end of the last line is not there */
} output;

/* False with errno set: the disk is full, or nobody listens; the daemon goes on. */
static bool write_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, text, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        output.torn = output.torn || fd == STDOUT_FILENO;
        text += n;
        len -= (size_t)n;
    }
    output.torn = output.torn && fd != STDOUT_FILENO;
    return true;
}

/* Standard error as whoever started the daemon sees it; -1: the log goes to the same place. */
static int place_beside(void)
{
    struct stat log, other;
    int fd = output.has_terminal ? output.terminal : STDERR_FILENO;
    if (fstat(fd, &other) != 0)
        return -1;
    bool same =
        fstat(STDOUT_FILENO, &log) == 0 && log.st_dev == other.st_dev && log.st_ino == other.st_ino;
    return same ? -1 : fd;
}

static void write_beside(const char *text, size_t len)
{
    int fd = place_beside();
    if (fd >= 0)
        write_all(fd, text, len);
}

/* -- lines that are lost ------------------------------------------------------------------- */

static void lose_line(void)
{
    char text[256];
    log_output()->lost++;
    if (output.missing++ > 0)
        return;
    output.error = errno;
    output.since = time(NULL);
    int len = snprintf(text, sizeof text,
                       "spreadd: the log cannot be written: %s; its lines are lost until it can\n",
                       strerrordesc_np(output.error));
    write_beside(text, (size_t)len);
}

/* What is missing has to be said before anything else. False if that cannot be written either. */
static bool tell_missing(const char *stamp)
{
    char text[STAMP + 256], since[32];
    struct tm local;
    if (output.missing == 0)
        return true;
    localtime_r(&output.since, &local);
    strftime(since, sizeof since, "%Y-%m-%d %H:%M:%S", &local);
    int len = snprintf(text, sizeof text,
                       "%s%s%llu line%s of this log could not be written since %s: %s\n",
                       output.torn ? "\n" : "", stamp, (unsigned long long)output.missing,
                       output.missing == 1 ? "" : "s", since, strerrordesc_np(output.error));
    if (!write_all(STDOUT_FILENO, text, (size_t)len))
        return false;
    output.missing = 0;
    return true;
}

/* -- lines --------------------------------------------------------------------------------- */

/* The stamp and a blank, or "". */
static void make_stamp(char stamp[STAMP])
{
    struct timeval now;
    struct tm local;
    stamp[0] = '\0';
    if (!output.stamp)
        return;
    gettimeofday(&now, NULL);
    localtime_r(&now.tv_sec, &local);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the format is the user's */
    size_t len = strftime(stamp, STAMP - 16, output.format, &local);
#pragma GCC diagnostic pop
    if (output.precise)
        len += (size_t)snprintf(stamp + len, STAMP - len, ".%06ld", (long)now.tv_usec);
    snprintf(stamp + len, STAMP - len, " ");
}

static void write_line(void *context, enum log_level level, const char *line)
{
    char text[1024 + STAMP + 2], stamp[STAMP];
    (void)context;
    make_stamp(stamp);
    int len = snprintf(text, sizeof text, "%s%s\n", stamp, line);
    if (level == LEVEL_FATAL) /* why it ends is wanted where it was started, too */
        write_beside(text, (size_t)len);
    if (!tell_missing(stamp) || !write_all(STDOUT_FILENO, text, (size_t)len))
        lose_line();
}

struct log *log_output(void)
{
    static struct log log = {
        .types = LOG_EXIT | LOG_PRINT | LOG_CONFIGURATION,
        .level = LEVEL_INFO,
        .sink = write_line,
    };
    return &log;
}

/* Copies the path with %h and %H replaced by the host name. */
static void expand(char path[PATH], const char *written)
{
    char host[256] = "localhost";
    gethostname(host, sizeof host - 1);
    size_t len = 0;
    for (const char *p = written; *p && len + 1 < PATH; p++) {
        if (p[0] == '%' && (p[1] == 'h' || p[1] == 'H')) {
            int n = snprintf(path + len, PATH - len, "%s", host);
            len += (size_t)n < PATH - len ? (size_t)n : PATH - len - 1;
            p++;
        } else {
            path[len++] = *p;
        }
    }
    path[len] = '\0';
}

void log_reopen(void)
{
    if (!output.path[0])
        return;
    int fd = file_open(output.path, O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (fd < 0) {
        log_event(log_output(), LOG_PRINT, LEVEL_ERROR,
                  "EventLogFile %s cannot be opened (%s); the log goes on where it was",
                  output.path, strerror(errno));
        return;
    }
    if (!output.has_terminal) {
        output.terminal = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        output.has_terminal = true;
    }
    dup2(fd, STDOUT_FILENO);
    dup2(fd, STDERR_FILENO);
    close(fd);
}

/* systemd says which descriptor leads to the journal by its numbers in the environment. */
static bool is_journal(const struct stat *s)
{
    const char *stream = getenv("JOURNAL_STREAM");
    unsigned long device, inode;
    return stream && sscanf(stream, "%lu:%lu", &device, &inode) == 2 && device == s->st_dev &&
           inode == s->st_ino;
}

void log_let_go(void)
{
    struct stat s;
    if (!output.has_terminal || fstat(output.terminal, &s) != 0 ||
        !(S_ISFIFO(s.st_mode) || S_ISSOCK(s.st_mode)) || is_journal(&s))
        return;
    close(output.terminal);
    output.terminal = -1;
}

void log_configure(const struct conf *conf)
{
    struct log *log = log_output();
    tzset(); /* reads a file that is not there after the root folder has been changed */
    log->types = conf->event_types;
    log->level = conf->event_level;
    output.stamp = conf->event_stamp;
    output.precise = conf->event_precise;
    snprintf(output.format, sizeof output.format, "%s", conf->event_stamp_format);
    expand(output.path, conf->event_log_file);
    log_reopen();
}
