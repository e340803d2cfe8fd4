/* SPDX-License-Identifier: MIT
 *
 * input.h - bytes of a descriptor as lines. Any bytes; the last line may lack its newline, and a
 * line that is longer than a message can hold is broken into several.
 */
#ifndef SPLOG_INPUT_H
#define SPLOG_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct input {
    char *bytes;
    size_t start, len; /* what is not handed out yet: bytes[start] to bytes[len - 1] */
    bool ended;
    uint64_t broken; /* how often a line was */
};

void input_init(struct input *in);
void input_fini(struct input *in);

/* Reads once from a descriptor that is readable. Only when all lines have been taken. */
void input_read(struct input *in, int fd);

/* The next line, without its newline; false if none is complete. It is lent, and stays the next
 * one until input_taken. */
bool input_line(struct input *in, const char **line, size_t *len);
void input_taken(struct input *in, size_t len);

#endif
