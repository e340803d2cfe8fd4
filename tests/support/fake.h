/* SPDX-License-Identifier: MIT
 *
 * fake.h - a daemon whose every byte the test decides.
 *
 * It listens on a Unix socket or TCP, and speaks by a script that runs in a
 * thread while the test connects to it.
 */
#ifndef SPREAD_TEST_FAKE_H
#define SPREAD_TEST_FAKE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "include/sp.h"

struct fake {
    char address[24]; /* for SP_connect */
    int listener;
    int peer;      /* the accepted connection, until fake_hang_up */
    char path[64]; /* of a Unix socket */
    pthread_t thread;
    void (*script)(int peer, void *data);
    void *data;
};

void fake_open(struct fake *f, bool tcp);
void fake_close(struct fake *f);

/* Accepts the next connection and runs the script for it, in a thread that fake_wait ends. */
void fake_run(struct fake *f, void (*script)(int peer, void *data), void *data);
void fake_wait(struct fake *f);
void fake_hang_up(struct fake *f);

/* Connects a mailbox to it as "#me#fake"; the test speaks to it through f->peer. */
mailbox fake_mailbox(struct fake *f);

/* Steps of scripts. */
void fake_read(int peer, void *bytes, size_t len);
void fake_write(int peer, const void *bytes, size_t len);
/* The connect request: returns its length, at most 15. */
size_t fake_read_request(int peer, uint8_t *bytes);
/* All of a friendly daemon's part of the handshake; data is not looked at. */
void fake_accept(int peer, void *data);

/* A message as a daemon would write it, one of either byte order. */
struct fake_frame {
    bool swapped;      /* the daemon's order is not ours */
    bool sender_swaps; /* nor is the sender's */
    uint32_t type;
    uint32_t old_type;  /* if type has REJECT_MESS */
    const char *sender; /* default "#you#fake" */
    int num_groups;     /* called "#me#fake", "g1", "g2" ... */
    const char *first_group; /* if it is called otherwise */
    int16_t mess_type;
    int len;
    const void *body; /* NULL: bytes that count up */
};

/* Its bytes, and how many they are. */
size_t fake_encode(const struct fake_frame *m, uint8_t *bytes);
void fake_send(struct fake *f, const struct fake_frame *m);

#endif
