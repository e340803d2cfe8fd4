/* SPDX-License-Identifier: MIT
 *
 * Any bytes in the file of a flight recorder: in one track they are all there is, in another they change
 * single bytes of sound records, three of the input for each: where, and to what. Whatever comes of it,
 * reading ends, each record is older than the one before, has a sentence, and is written again as it was;
 * and recording goes on.
 *
 * Checksums would keep the fuzzer out, so each place that looks like a record is given the right one.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/events/sentence.h"
#include "daemon/packet/bytes.h"
#include "daemon/recorder/recorder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SIZE = RECORDER_LEAST };

static uint8_t block[SIZE];
static struct recorder rec;

static void give_checksums(void)
{
    for (size_t at = RECORDER_HEAD; at + RECORD_LEAST <= SIZE; at += RECORD_STEP) {
        size_t len = (size_t)be_at(block + at + 2, 2);
        if (be_at(block + at, 2) == RECORD_MARK && len >= RECORD_LEAST && len <= RECORD_MOST && len <= SIZE - at)
            be_put(block + at + 4, 4, record_checksum(block + at + 8, len - 8));
    }
}

static void check_record(const struct record *r)
{
    char text[SENTENCE_TEXT];
    uint8_t bytes[RECORD_MOST], bytes_again[RECORD_MOST];
    struct record again;
    assert(event_sentence(&r->event, NULL, text)[0] != '\0');
    event_past(&r->event, NULL, text);
    size_t len = record_encode(bytes, r);
    assert(record_decode(&again, bytes, len) == len);
    assert(record_encode(bytes_again, &again) == len && memcmp(bytes, bytes_again, len) == 0);
}

static int read_back(struct recorder_cursor c)
{
    struct record r;
    uint64_t before = UINT64_MAX;
    int count = 0;
    for (; recorder_back(&rec, &c, &r); count++) {
        assert(r.number < before);
        before = r.number;
        check_record(&r);
    }
    return count;
}

/* One of each kind. */
static void fill(void)
{
    recorder_format(block, SIZE, 1, "d1");
    recorder_open(&rec, block, SIZE);
    for (int kind = 0; kind < EVENT_KINDS; kind++) {
        struct event_record e = event_about((enum event_kind)kind, 1, (uint64_t)kind * 1000);
        e.who = name_from_text("#alice#d1");
        strcpy(e.from, "10.0.0.1");
        procset_add(&e.set, (unsigned)kind);
        recorder_put(&rec, &e, (uint64_t)kind, 1);
    }
}

static void change(const uint8_t *data, size_t size)
{
    uint8_t *daemons = rec.tracks[TRACK_DAEMONS].bytes, *sessions = rec.tracks[TRACK_SESSIONS].bytes;
    for (size_t i = 0; i + 3 <= size; i += 3)
        daemons[(data[i] | data[i + 1] << 8) % 4096] = data[i + 2];
    size_t len = size < rec.tracks[TRACK_SESSIONS].size ? size : rec.tracks[TRACK_SESSIONS].size;
    if (len > 0)
        memcpy(sessions, data, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    recorder_look(data, size, 1, "d1");
    fill();
    change(data, size);
    give_checksums();
    recorder_open(&rec, block, SIZE);
    read_back(recorder_end(&rec));
    if (size >= sizeof(struct recorder_cursor)) {
        struct recorder_cursor any;
        memcpy(&any, data, sizeof any);
        read_back(any);
    }
    struct event_record e = event_about(EVENT_SLOW, 0, size);
    recorder_put(&rec, &e, 0, 1);
    assert(read_back(recorder_end(&rec)) >= 1);
    return 0;
}
