/* SPDX-License-Identifier: MIT */
#include "tests/sim/check.h"

#include <stdarg.h>
#include <stdio.h>

void verdict_break(struct verdict *v, const char *id, const char *format, ...)
{
    va_list args;
    if (v->broken)
        return;
    v->broken = true;
    v->at = v->now;
    snprintf(v->id, sizeof v->id, "%s", id);
    va_start(args, format);
    vsnprintf(v->text, sizeof v->text, format, args);
    va_end(args);
}
