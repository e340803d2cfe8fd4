/* SPDX-License-Identifier: MIT */
#include "libspread/address.h"

#include <stdio.h>
#include <string.h>

#include "include/sp.h"

static const char blanks[] = " \t\n\v\f\r";

/* A decimal number with an optional sign; *text moves behind it. */
static bool parse_port(const char **text, uint16_t *port)
{
    const char *at = *text;
    unsigned n = 0;
    bool negative = *at == '-';
    if (*at == '-' || *at == '+')
        at++;
    if (*at < '0' || *at > '9')
        return false;
    for (; *at >= '0' && *at <= '9' && n <= UINT16_MAX; at++)
        n = n * 10 + (unsigned)(*at - '0');
    *text = at;
    *port = (uint16_t)n;
    return n <= UINT16_MAX && !(negative && n > 0);
}

bool address_parse(struct address *a, const char *text)
{
    *a = (struct address){.port = DEFAULT_SPREAD_PORT};
    if (!text || *text == '\0')
        return true;
    a->tls = strncmp(text, "tls:", 4) == 0;
    if (a->tls)
        text += 4;
    if (strnlen(text, ADDRESS_MAX + 1) > ADDRESS_MAX)
        return false;
    text += strspn(text, blanks);
    if (!parse_port(&text, &a->port))
        return false;
    text += strspn(text, blanks);
    if (*text == '\0')
        return !a->tls; /* a Unix socket needs none */
    if (*text++ != '@')
        return false;
    size_t len = strcspn(text, blanks);
    memcpy(a->host, text, len);
    return len > 0;
}

const char *address_text(const struct address *a, char text[ADDRESS_TEXT])
{
    snprintf(text, ADDRESS_TEXT, "%s%u%s%s", a->tls ? "tls:" : "", a->port, a->host[0] ? "@" : "", a->host);
    return text;
}
