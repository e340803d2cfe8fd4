/* SPDX-License-Identifier: MIT
 *
 * captures.h - the recorded captures, for tests in C: events of one scenario in their order, and
 * what has to be there before it begins (setup.json).
 */
#ifndef TESTS_GOLDEN_CAPTURES_H
#define TESTS_GOLDEN_CAPTURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CAPTURE_VARIES = 8,  /* ranges of one event */
    CAPTURE_MEMBERS = 3, /* of a group at the beginning */
};

enum captured {
    CAPTURED_BYTES,
    CAPTURED_SILENCE, /* nothing is sent */
    CAPTURED_CLOSE,   /* one side closes */
    CAPTURED_OUTSIDE, /* something befalls a daemon */
};

struct capture_event {
    enum captured kind;
    bool from_client;
    char conn; /* 'A', 'B' ...; '-': none */
    const char *note;
    uint8_t *bytes;
    size_t len;
    struct {
        size_t at, len;
    } varies[CAPTURE_VARIES];
    size_t varies_count;
};

struct capture {
    char name[64];
    struct capture_event *events;
    size_t count;
    char open[CAPTURE_MEMBERS + 1]; /* connections that are there before */
    char group[32];                 /* a group that is there; "" if none is */
    char members[CAPTURE_MEMBERS + 1];
    unsigned index; /* of its view */
    char ghost[16]; /* a client that acts without being shown; "" if none */
    void *json;     /* owns the notes */
};

/* All of them, in the order of their names. */
struct capture *captures_load(size_t *count);
void captures_free(struct capture *list, size_t count);

/* True if the bytes are those of the event, what varies left aside. */
bool capture_matches(const struct capture_event *e, const uint8_t *bytes);

/* "alice" for 'A', and so on. */
const char *capture_name(char conn);

#endif
