/* SPDX-License-Identifier: MIT
 *
 * Any bytes as a policy file: refused for one reason that stands in the text, or rules that allow what a
 * line of them allows and nothing else, the second time as well, when it is remembered.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/rights/rights.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int findings;

static void count(void *context, const struct conf_finding *f)
{
    (void)context;
    findings++;
    assert(f->fatal && f->line >= 1 && f->column >= 1 && f->message[0]);
}

static bool account(bool group, const char *name, uint32_t *id)
{
    *id = (uint32_t)strlen(name) + group;
    return name[0] != 'x';
}

static void ask(struct grant *g, int lines)
{
    static const char *const names[] = {"", "a", "abc", "#a#d1", "#", "0123456789012345678901234567890"};
    for (size_t i = 0; i < 2 * sizeof names / sizeof names[0]; i++) {
        struct name name = name_from_text(names[i % (sizeof names / sizeof names[0])]);
        for (int right = 0; right < RIGHTS; right++) {
            if (right == MAY_PRIVATE && name.text[0] != '#')
                continue;
            int line = grant_line(g, (enum right)right, &name);
            assert(line >= 0 && line <= lines);
            assert(grant_permits(g, (enum right)right, &name) == (line > 0));
            assert(line > 0 || !grant_permits_all(g, (enum right)right));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t groups[] = {0, 5};
    struct conf_source source = {
        .file = "policy", .text = (const char *)data, .len = size, .report = count};
    findings = 0;
    struct rights *r = rights_parse(&source, account);
    assert(findings == (r ? 0 : 1));
    int lines = 1;
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n';
    if (!r)
        return 0;
    struct identity who = {0}, nobody = {0};
    struct ip ip = {.family = 4, .bytes = {10, 0, 0, 1}};
    identity_add_ip(&who, &ip);
    identity_add_uid(&who, 1, groups, 2);
    identity_add_name(&who, KNOWN_USER, "abc");
    identity_add_name(&who, KNOWN_CERT, "a.b");
    ask(rights_grant(r, &nobody), lines);
    ask(rights_grant(r, &who), lines);
    assert(rights_grant(r, &who) == rights_grant(r, &who) && rights_equal(r, r));
    identity_fini(&who);
    rights_free(r);
    return 0;
}
