/* SPDX-License-Identifier: MIT */
#include "tests/unit/config/golden.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 9, LINE = 16384 };

static char *read_file(const char *name, size_t *len)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", GOLDEN_CONF_DIR, name);
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        abort();
    }
    char *text = malloc(LINE);
    *len = fread(text, 1, LINE, f);
    assert(*len < LINE);
    fclose(f);
    return text;
}

/* file n verdict line token stage hash segments daemons */
static struct golden read_row(char *row)
{
    char *column[COLUMNS];
    for (int i = 0; i < COLUMNS; i++)
        assert((column[i] = strsep(&row, "\t")));
    /* Whether an address is local, or a name is in the file, is asked at start, not here. */
    bool starts = strcmp(column[5], "self lookup") != 0;
    struct golden g = {
        .name = strdup(column[0]),
        .accepted = strncmp(column[2], "accept", strlen("accept")) == 0 || !starts,
        .hash = (uint32_t)strtoul(column[6], NULL, 10),
        .segments = strdup(column[7]),
        .daemons = strdup(column[8]),
    };
    g.text = read_file(column[0], &g.len);
    return g;
}

struct golden *golden_load(void)
{
    struct golden *list = calloc(GOLDEN_FILES, sizeof *list);
    char line[LINE];
    int count = 0;
    FILE *index = fopen(GOLDEN_CONF_DIR "/INDEX.tsv", "r");
    assert(index);
    while (fgets(line, sizeof line, index)) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '#')
            continue;
        assert(count < GOLDEN_FILES);
        list[count++] = read_row(line);
    }
    fclose(index);
    assert(count == GOLDEN_FILES);
    return list;
}

void golden_free(struct golden *list)
{
    for (int i = 0; i < GOLDEN_FILES; i++) {
        free(list[i].name);
        free(list[i].segments);
        free(list[i].daemons);
        free(list[i].text);
    }
    free(list);
}
