/* SPDX-License-Identifier: MIT */
#include "daemon/io/may.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/io/accounts.h"

static bool add_ip(struct identity *who, const char *text)
{
    struct ip ip;
    if (!ip_parse(&ip, text))
        return false;
    identity_add_ip(who, &ip);
    return true;
}

/* One of what an identity is written of. */
static bool add_part(struct identity *who, const char *part)
{
    if (strcmp(part, "null") == 0)
        return true;
    if (strncmp(part, "user:", 5) == 0)
        return identity_add_name(who, KNOWN_USER, part + 5);
    if (strncmp(part, "cert:", 5) == 0)
        return identity_add_name(who, KNOWN_CERT, part + 5);
    if (strncmp(part, "ip:", 3) == 0)
        return add_ip(who, part + 3);
    return strncmp(part, "uid:", 4) == 0 && account_identity(part + 4, who);
}

static bool read_identity(struct identity *who, const char *text)
{
    char *copy = strdup(text), *rest = copy;
    bool ok = copy != NULL;
    for (char *part; ok && (part = strsep(&rest, ","));)
        ok = add_part(who, part);
    free(copy);
    return ok;
}

/* As the daemon would see it: a private group where a client is meant. */
static struct name name_for(enum right right, const char *text)
{
    char field[NAME_FIELD];
    bool bare = right == MAY_PRIVATE && text[0] != '#';
    snprintf(field, sizeof field, "%s%.*s", bare ? "#" : "", NAME_FIELD - 2, text);
    return name_from_text(field);
}

static int not_understood(const char *what, const char *text)
{
    fprintf(stderr, "spreadd: --may: %s: %s\n", text, what);
    return 2;
}

static int explain(const struct conf *conf, struct rights *rights, const struct identity *who,
                   enum right right, const char *text)
{
    char shown[IDENTITY_TEXT];
    struct name name = name_for(right, text);
    int line = grant_line(rights_grant(rights, who), right, &name);
    if (line > 0)
        printf("yes: %s:%d allows %s to %s %s\n", conf->policy_file, line, identity_text(who, shown),
               right_word(right), text);
    else
        printf("no: no line of %s allows %s to %s %s\n", conf->policy_file, identity_text(who, shown),
               right_word(right), text);
    return line > 0 ? 0 : 1;
}

int may_explain(const struct conf *conf, const struct auth_policy *auth, const char *identity,
                const char *word, const char *text)
{
    struct identity who = {0};
    enum right right = right_of_word(word, strlen(word));
    int status;
    if (right == RIGHTS)
        status = not_understood("expected connect, join, send, private or see", word);
    else if (text[0] == '\0' || strlen(text) >= NAME_FIELD)
        status = not_understood("a name has 1 to 31 bytes", text);
    else if (!read_identity(&who, identity))
        status = not_understood("expected null, user:NAME, uid:USER, cert:NAME or ip:ADDRESS, or several "
                                "of them between commas",
                                identity);
    else if (!auth->rights)
        status = puts("yes: there is no PolicyFile, so everything is allowed") < 0;
    else
        status = explain(conf, auth->rights, &who, right, text);
    identity_fini(&who);
    return status;
}
