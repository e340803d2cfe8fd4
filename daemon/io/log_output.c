/* SPDX-License-Identifier: MIT */
#include "daemon/io/log_output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "daemon/io/files.h"

enum { STAMP = 256, PATH = 4097 + 256 };

static struct {
    bool stamp, precise;
    char format[64];
    char path[PATH]; /* %h expanded; "" is standard output */
} output;

static void write_all(const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(STDOUT_FILENO, text, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return; /* nobody listens; the daemon goes on */
        text += n;
        len -= (size_t)n;
    }
}

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
    (void)level;
    make_stamp(stamp);
    int len = snprintf(text, sizeof text, "%s%s\n", stamp, line);
    write_all(text, (size_t)len);
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
    dup2(fd, STDOUT_FILENO);
    dup2(fd, STDERR_FILENO);
    close(fd);
}

void log_configure(const struct conf *conf)
{
    struct log *log = log_output();
    log->types = conf->event_types;
    log->level = conf->event_level;
    output.stamp = conf->event_stamp;
    output.precise = conf->event_precise;
    snprintf(output.format, sizeof output.format, "%s", conf->event_stamp_format);
    expand(output.path, conf->event_log_file);
    log_reopen();
}
