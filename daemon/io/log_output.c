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

enum { STAMP = 256, PATH = 4097 + 256, LINE = 6 * 1024 + STAMP + 64 /* each byte of it escaped */ };

static struct {
    enum { STAMP_NONE, STAMP_USUAL, STAMP_OWN } stamp;
    bool precise, json, journal;
    char format[64]; /* of STAMP_OWN */
    char path[PATH]; /* %h expanded; "" is standard output */
    bool made;       /* by us, and not given to the daemon's user yet */
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

/* -- lines --------------------------------------------------------------------------------- */

/* The usual one is read by people and sorts by time: "2026-11-28 12:04:31.220 ". */
static size_t put_stamp(char stamp[STAMP], const struct timeval *now)
{
    struct tm local;
    localtime_r(&now->tv_sec, &local);
    const char *format = output.stamp == STAMP_OWN ? output.format : "%Y-%m-%d %H:%M:%S";
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the format is the user's */
    size_t len = strftime(stamp, STAMP - 16, format, &local);
#pragma GCC diagnostic pop
    if (output.precise)
        len += (size_t)snprintf(stamp + len, STAMP - len, ".%06ld", (long)now->tv_usec);
    else if (output.stamp == STAMP_USUAL)
        len += (size_t)snprintf(stamp + len, STAMP - len, ".%03ld", (long)now->tv_usec / 1000);
    return len + (size_t)snprintf(stamp + len, STAMP - len, " ");
}

/* Trouble has a name; what 5.0.1 says, too, stays as that says it. */
static const char *level_text(enum log_level level)
{
    switch (level) {
    case LEVEL_WARNING:
        return "warning: ";
    case LEVEL_ERROR:
        return "error: ";
    case LEVEL_CRITICAL:
        return "critical: ";
    default:
        return "";
    }
}

/* Of syslog; the journal takes it off. */
static int priority_of(enum log_level level)
{
    static const int priorities[] = {[LEVEL_DEBUG] = 7, [LEVEL_INFO] = 6,     [LEVEL_WARNING] = 4,
                                     [LEVEL_ERROR] = 3, [LEVEL_CRITICAL] = 2, [LEVEL_PRINT] = 6,
                                     [LEVEL_FATAL] = 2};
    return priorities[level];
}

/* A line that begins with a tab belongs to the one before: 5.0.1 puts no stamp there either. */
static size_t compose_text(char line[LINE], enum log_level level, const char *text, const struct timeval *now)
{
    size_t len = 0;
    if (output.journal)
        len = (size_t)snprintf(line, LINE, "<%d>", priority_of(level));
    if (output.stamp != STAMP_NONE && text[0] != '\t')
        len += put_stamp(line + len, now);
    const char *word = level_text(level);
    bool says_so = strstr(text, word) != NULL; /* a finding has it behind its place */
    return len + (size_t)snprintf(line + len, LINE - len, "%s%s\n", says_so ? "" : word, text);
}

static size_t escape(char *to, const char *text)
{
    size_t len = 0;
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < ' ' || c >= 0x7f || c == '"' || c == '\\')
            len += (size_t)sprintf(to + len, "\\u%04x", c);
        else
            to[len++] = (char)c;
    }
    return len;
}

static size_t compose_json(char line[LINE], enum log_level level, const char *text, const struct timeval *now)
{
    static const char *const names[] = {[LEVEL_DEBUG] = "debug", [LEVEL_INFO] = "info",
                                        [LEVEL_WARNING] = "warning", [LEVEL_ERROR] = "error",
                                        [LEVEL_CRITICAL] = "critical", [LEVEL_PRINT] = "info",
                                        [LEVEL_FATAL] = "fatal"};
    size_t len = (size_t)snprintf(line, LINE, "{\"time\":%lld.%06ld,\"level\":\"%s\",\"text\":\"",
                                  (long long)now->tv_sec, (long)now->tv_usec, names[level]);
    len += escape(line + len, text);
    return len + (size_t)snprintf(line + len, LINE - len, "\"}\n");
}

/* A whole line, with its newline; returns its length. */
static size_t compose(char line[LINE], enum log_level level, const char *text, const struct timeval *now)
{
    return output.json ? compose_json(line, level, text, now) : compose_text(line, level, text, now);
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
static bool tell_missing(const struct timeval *now)
{
    char text[256], line[LINE], since[32];
    struct tm local;
    if (output.missing == 0)
        return true;
    localtime_r(&output.since, &local);
    strftime(since, sizeof since, "%Y-%m-%d %H:%M:%S", &local);
    snprintf(text, sizeof text, "%llu line%s of this log could not be written since %s: %s",
             (unsigned long long)output.missing, output.missing == 1 ? "" : "s", since,
             strerrordesc_np(output.error));
    size_t len = compose(line, LEVEL_ERROR, text, now);
    if ((output.torn && !write_all(STDOUT_FILENO, "\n", 1)) || !write_all(STDOUT_FILENO, line, len))
        return false;
    output.missing = 0;
    return true;
}

/* -- the log -------------------------------------------------------------------------------- */

static void write_line(void *context, enum log_level level, const char *text)
{
    char line[LINE];
    struct timeval now;
    (void)context;
    gettimeofday(&now, NULL);
    size_t len = compose(line, level, text, &now);
    if (level == LEVEL_FATAL) { /* why it ends is wanted where it was started, too, by a person */
        write_beside(text, strlen(text));
        write_beside("\n", 1);
    }
    if (!tell_missing(&now) || !write_all(STDOUT_FILENO, line, len))
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

/* systemd says which descriptor leads to the journal by its numbers in the environment. */
static bool is_journal(int fd)
{
    const char *stream = getenv("JOURNAL_STREAM");
    unsigned long device, inode;
    struct stat is;
    return stream && fstat(fd, &is) == 0 && sscanf(stream, "%lu:%lu", &device, &inode) == 2 &&
           device == is.st_dev && inode == is.st_ino;
}

/* Opens it, making it if need be. */
static int open_log(void)
{
    const int flags = O_WRONLY | O_CREAT | O_APPEND;
    int fd = file_open(output.path, flags | O_EXCL, 0644);
    output.made = fd >= 0;
    return fd >= 0 ? fd : file_open(output.path, flags, 0644);
}

/* It may not be opened anew by the user that we have become, but it is the file that is open. */
static bool is_open_already(void)
{
    struct stat open, named;
    return fstat(STDOUT_FILENO, &open) == 0 && file_look(output.path, &named) && open.st_dev == named.st_dev &&
           open.st_ino == named.st_ino;
}

bool log_reopen(void)
{
    if (!output.path[0])
        return true;
    int fd = open_log();
    if (fd < 0) {
        int error = errno;
        if (is_open_already())
            return true;
        log_event(log_output(), LOG_PRINT, LEVEL_ERROR,
                  "EventLogFile %s cannot be opened (%s); the log goes on where it was%s", output.path,
                  strerror(error),
                  error == EACCES && geteuid() != 0
                      ? "; a file that is made for the daemon's user before the SIGHUP can be, as logrotate's "
                        "create does, and so can any in a folder of that user"
                      : "");
        return false;
    }
    if (!output.has_terminal) {
        output.terminal = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        output.has_terminal = true;
    }
    dup2(fd, STDOUT_FILENO);
    dup2(fd, STDERR_FILENO);
    close(fd);
    return true;
}

void log_give_to(uid_t user)
{
    if (output.made && fchown(STDOUT_FILENO, user, (gid_t)-1) != 0)
        log_event(log_output(), LOG_PRINT, LEVEL_WARNING,
                  "EventLogFile %s cannot be given to user number %u (%s): a SIGHUP cannot open it anew", output.path,
                  user, strerror(errno));
    output.made = false;
}

void log_let_go(void)
{
    struct stat s;
    if (!output.has_terminal || fstat(output.terminal, &s) != 0 ||
        !(S_ISFIFO(s.st_mode) || S_ISSOCK(s.st_mode)) || is_journal(output.terminal))
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
    output.precise = conf->event_precise;
    output.json = conf->event_log_format == CONF_LOG_JSON;
    snprintf(output.format, sizeof output.format, "%s", conf->event_stamp_format);
    expand(output.path, conf->event_log_file);
    log_reopen();
    output.journal = is_journal(STDOUT_FILENO);
    output.stamp = conf->event_stamp  ? output.format[0] || output.precise ? STAMP_OWN : STAMP_NONE
                   : output.journal ? STAMP_NONE
                                    : STAMP_USUAL;
}
