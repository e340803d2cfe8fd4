/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "event_world.h"

static struct event_world world;

struct event_world *world_open(void)
{
    memset(&world, 0, sizeof world);
    assert_int_equal(E_init(), 0);
    for (int i = 0; i < PIPES; i++) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        world.out[i] = ends[0];
        world.in[i] = ends[1];
    }
    return &world;
}

void world_close(struct event_world *w)
{
    E_init();
    for (int i = 0; i < PIPES; i++) {
        close(w->in[i]);
        close(w->out[i]);
    }
}

void world_fill(struct event_world *w, int i, int count)
{
    for (int n = 0; n < count; n++)
        assert_int_equal(write(w->in[i], "x", 1), 1);
}

void world_note(struct event_world *w, int letter)
{
    assert_true(w->used < sizeof w->record - 1);
    w->record[w->used++] = (char)letter;
    w->record[w->used] = '\0';
    if (w->used == w->expected)
        E_exit_events();
}

void world_take_one(int fd, int code, void *data)
{
    char byte;
    assert_int_equal(read(fd, &byte, 1), 1);
    world_note(data, code);
}

void world_tick(int code, void *data)
{
    world_note(data, code);
}

static void too_late(int code, void *data)
{
    (void)code;
    (void)data;
    fail_msg("the loop waited for something that did not come; so far: %s", world.record);
}

void world_run(struct event_world *w, const char *expected)
{
    w->used = 0;
    w->record[0] = '\0';
    w->expected = strlen(expected);
    E_queue(too_late, 0, NULL, (sp_time){.sec = 60});
    E_handle_events();
    E_dequeue(too_late, 0, NULL);
    assert_string_equal(w->record, expected);
}

static void leave(int code, void *data)
{
    (void)code;
    (void)data;
    E_exit_events();
}

/* Timers run when a round without HIGH and MEDIUM is complete; in the round of the second timer
 * everything that the first one found ready has been served. */
static void leave_next_round(int code, void *data)
{
    E_queue(leave, code, data, (sp_time){.usec = 1000});
}

void world_run_round(struct event_world *w)
{
    w->used = 0;
    w->record[0] = '\0';
    w->expected = 0;
    E_queue(leave_next_round, 0, NULL, (sp_time){0});
    E_handle_events();
}
