/* SPDX-License-Identifier: MIT */
#include "daemon/base/log.h"

#include <stdarg.h>
#include <stdio.h>

bool log_shows(const struct log *log, enum log_type type, enum log_level level)
{
    return level >= LEVEL_PRINT || (level >= log->level && (log->types & type));
}

void log_event(const struct log *log, enum log_type type, enum log_level level, const char *format,
               ...)
{
    char line[1024];
    va_list args;

    if (!log->sink || !log_shows(log, type, level))
        return;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    log->sink(log->context, level, line);
}
