/* SPDX-License-Identifier: MIT
 *
 * Heads of HTTP requests and their queries, and what JSON and labels make of the names in them.
 */
#include <assert.h>
#include <string.h>

#include "daemon/io/http_head.h"
#include "daemon/sight/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* No quote that is not escaped, no control, nothing that is not UTF-8. */
static void expect_sound(const struct text *t)
{
    assert(t->len >= 2 && t->bytes[0] == '"' && t->bytes[t->len - 1] == '"');
    for (size_t i = 1; i + 1 < t->len;) {
        int n = utf8_len(t->bytes + i);
        assert(n > 0 && t->bytes[i] != '"' && (unsigned char)t->bytes[i] >= 0x20);
        i += t->bytes[i] == '\\' ? 2 : (size_t)n;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct http_request r;
    char value[32];
    enum http_status whole = http_head_parse(&r, (const char *)bytes, len);
    if (whole != HTTP_OK)
        return 0;
    assert(r.path[0] == '/' && strlen(r.path) <= HTTP_PATH_MAX && strlen(r.host) <= HTTP_HOST_MAX);
    if (http_query(&r, "group", value, sizeof value)) {
        struct text t = {0};
        struct json j = {.out = &t};
        json_text(&j, NULL, value);
        expect_sound(&t);
        text_fini(&t);
    }
    for (size_t part = 0; part < len; part += 1 + len / 16) {
        struct http_request other;
        http_head_parse(&other, (const char *)bytes, part);
    }
    return 0;
}
