/* SPDX-License-Identifier: MIT */
#include "tests/golden/captures.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/test.h"

static json_t *load(const char *path)
{
    json_error_t error;
    json_t *json = json_load_file(path, 0, &error);
    if (!json)
        fail_msg("%s:%d: %s", path, error.line, error.text);
    return json;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static uint8_t *bytes_of(const char *hex, size_t *len)
{
    *len = strlen(hex) / 2;
    uint8_t *bytes = malloc(*len + 1);
    assert_non_null(bytes);
    for (size_t i = 0; i < *len; i++)
        assert_int_equal(sscanf(hex + 2 * i, "%2hhx", &bytes[i]), 1);
    return bytes;
}

static enum captured kind_of(const struct capture_event *e)
{
    if (e->len > 0)
        return CAPTURED_BYTES;
    if (e->conn == '-')
        return CAPTURED_OUTSIDE;
    if (strncmp(e->note, "nothing is sent", 15) == 0)
        return CAPTURED_SILENCE;
    assert_non_null(strstr(e->note, "closes"));
    return CAPTURED_CLOSE;
}

static void read_event(struct capture_event *e, const json_t *json)
{
    const json_t *varies = json_object_get(json, "varies");
    e->from_client = strcmp(text_of(json, "dir"), "c2d") == 0;
    e->conn = text_of(json, "conn")[0];
    e->note = text_of(json, "note");
    e->bytes = bytes_of(text_of(json, "hex"), &e->len);
    e->kind = kind_of(e);
    e->varies_count = json_array_size(varies);
    assert_true(e->varies_count <= CAPTURE_VARIES);
    for (size_t i = 0; i < e->varies_count; i++) {
        const json_t *one = json_array_get(varies, i);
        e->varies[i].at = (size_t)json_integer_value(json_object_get(one, "offset"));
        e->varies[i].len = (size_t)json_integer_value(json_object_get(one, "len"));
        assert_true(e->varies[i].at + e->varies[i].len <= e->len);
    }
}

/* The first letters of a list of labels. */
static void read_labels(char labels[CAPTURE_MEMBERS + 1], const json_t *list)
{
    assert_true(json_array_size(list) <= CAPTURE_MEMBERS);
    for (size_t i = 0; i < json_array_size(list); i++)
        labels[i] = json_string_value(json_array_get(list, i))[0];
}

static void read_setup(struct capture *c, const json_t *setup)
{
    const char *group;
    json_t *wanted;
    read_labels(c->open, json_object_get(setup, "open"));
    json_object_foreach(json_object_get(setup, "groups"), group, wanted)
    {
        const json_t *index = json_object_get(wanted, "index");
        snprintf(c->group, sizeof c->group, "%s", group);
        read_labels(c->members, json_object_get(wanted, "members"));
        c->index = index ? (unsigned)json_integer_value(index) : (unsigned)strlen(c->members);
    }
    const char *ghost = json_string_value(json_array_get(json_object_get(setup, "ghosts"), 0));
    snprintf(c->ghost, sizeof c->ghost, "%s", ghost ? ghost : "");
}

static void read_capture(struct capture *c, const char *file, const json_t *setup)
{
    char path[512];
    snprintf(path, sizeof path, CAPTURES "/%s", file);
    snprintf(c->name, sizeof c->name, "%.*s", (int)(strlen(file) - strlen(".json")), file);
    json_t *json = load(path);
    c->json = json;
    c->count = json_array_size(json);
    c->events = calloc(c->count, sizeof *c->events);
    assert_non_null(c->events);
    for (size_t i = 0; i < c->count; i++)
        read_event(&c->events[i], json_array_get(json, i));
    read_setup(c, json_object_get(setup, c->name));
}

static int is_capture(const struct dirent *entry)
{
    return strstr(entry->d_name, ".json") != NULL;
}

struct capture *captures_load(size_t *count)
{
    struct dirent **files;
    json_t *setup = load(CAPTURES "/../setup.json");
    int n = scandir(CAPTURES, &files, is_capture, alphasort);
    assert_true(n > 0);
    struct capture *list = calloc((size_t)n, sizeof *list);
    assert_non_null(list);
    for (int i = 0; i < n; i++) {
        read_capture(&list[i], files[i]->d_name, setup);
        free(files[i]);
    }
    free(files);
    json_decref(setup);
    *count = (size_t)n;
    return list;
}

void captures_free(struct capture *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < list[i].count; j++)
            free(list[i].events[j].bytes);
        free(list[i].events);
        json_decref(list[i].json);
    }
    free(list);
}

bool capture_matches(const struct capture_event *e, const uint8_t *bytes)
{
    size_t at = 0;
    while (at < e->len) {
        size_t skip = 0;
        for (size_t i = 0; i < e->varies_count; i++)
            if (at >= e->varies[i].at && at < e->varies[i].at + e->varies[i].len)
                skip = e->varies[i].at + e->varies[i].len - at;
        if (skip == 0 && bytes[at] != e->bytes[at])
            return false;
        at += skip ? skip : 1;
    }
    return true;
}

const char *capture_name(char conn)
{
    switch (conn) {
    case 'A':
        return "alice";
    case 'B':
        return "bob";
    case 'C':
        return "carol";
    default:
        fail_msg("connection %c has no name", conn);
        return NULL;
    }
}
