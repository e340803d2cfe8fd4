/* SPDX-License-Identifier: MIT */
#include "daemon/config/words.h"

#include <string.h>
#include <strings.h>

#include "daemon/config/conf.h"

/* Of words that mean the same, the first is the one printed. */
static const struct word words[] = {
    {"true", TOKEN_BOOLEAN, true, true},
    {"yes", TOKEN_BOOLEAN, true, true},
    {"false", TOKEN_BOOLEAN, false, true},
    {"no", TOKEN_BOOLEAN, false, true},
    {"auto", TOKEN_TRISTATE, CONF_AUTO, true},
    {"on", TOKEN_TRISTATE, CONF_ON, true},
    {"off", TOKEN_TRISTATE, CONF_OFF, true},
    {"EXIT", TOKEN_FLAG, LOG_EXIT, false},
    {"DATA_LINK", TOKEN_FLAG, LOG_DATA_LINK, false},
    {"MEMORY", TOKEN_FLAG, LOG_MEMORY, false},
    {"EVENTS", TOKEN_FLAG, LOG_EVENTS, false},
    {"PRINT", TOKEN_FLAG, LOG_PRINT, false},
    {"NETWORK", TOKEN_FLAG, LOG_NETWORK, false},
    {"PROTOCOL", TOKEN_FLAG, LOG_PROTOCOL, false},
    {"SESSION", TOKEN_FLAG, LOG_SESSION, false},
    {"CONFIGURATION", TOKEN_FLAG, LOG_CONFIGURATION, false},
    {"MEMBERSHIP", TOKEN_FLAG, LOG_MEMBERSHIP, false},
    {"FLOW_CONTROL", TOKEN_FLAG, LOG_FLOW_CONTROL, false},
    {"STATUS", TOKEN_FLAG, LOG_STATUS, false},
    {"DEBUG", TOKEN_FLAG, LOG_DEBUG, false},
    {"GROUPS", TOKEN_FLAG, LOG_GROUPS, false},
    {"SKIPLIST", TOKEN_FLAG, LOG_SKIPLIST, false},
    {"ACM", TOKEN_FLAG, LOG_ACM, false},
    {"SECURITY", TOKEN_FLAG, LOG_SECURITY, false},
    {"ALL", TOKEN_FLAG, FLAGS_ALL, false},
    {"NONE", TOKEN_FLAG, 0, false},
    {"pDEBUG", TOKEN_LEVEL, LEVEL_DEBUG, false},
    {"INFO", TOKEN_LEVEL, LEVEL_INFO, false},
    {"WARNING", TOKEN_LEVEL, LEVEL_WARNING, false},
    {"ERROR", TOKEN_LEVEL, LEVEL_ERROR, false},
    {"CRITICAL", TOKEN_LEVEL, LEVEL_CRITICAL, false},
    {"FATAL", TOKEN_LEVEL, LEVEL_FATAL, false},
    {"C", TOKEN_LETTER, CONF_FOR_CLIENTS, false},
    {"D", TOKEN_LETTER, CONF_FOR_DAEMONS, false},
    {"M", TOKEN_LETTER, CONF_FOR_MONITOR, false},
};

enum { WORDS = sizeof words / sizeof words[0] };

const struct word *word_find(const char *text, size_t len)
{
    for (const struct word *w = words; w < words + WORDS; w++)
        if (strlen(w->text) == len &&
            (w->any_case ? strncasecmp(w->text, text, len) : memcmp(w->text, text, len)) == 0)
            return w;
    return NULL;
}

const char *word_text(enum token_kind kind, uint32_t value)
{
    for (const struct word *w = words; w < words + WORDS; w++)
        if (w->kind == kind && w->value == value)
            return w->text;
    return NULL;
}

const struct word *word_after(const struct word *last, enum token_kind kind)
{
    for (const struct word *w = last ? last + 1 : words; w < words + WORDS; w++)
        if (w->kind == kind)
            return w;
    return NULL;
}
