/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "event_world.h"

static void attach(struct event_world *w, int pipe, int code, int priority)
{
    assert_int_equal(E_attach_fd(w->out[pipe], READ_FD, world_take_one, code, w, priority), 0);
}

/* -- what the calls return ------------------------------------------------------------------ */

static void attaching_tells_new_from_replaced(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    int fd = w->out[0];
    assert_int_equal(E_attach_fd(fd, READ_FD, world_take_one, 'a', w, LOW_PRIORITY), 0);
    assert_int_equal(E_attach_fd(fd, READ_FD, world_take_one, 'b', w, LOW_PRIORITY), 1);
    assert_int_equal(E_attach_fd(fd, WRITE_FD, world_take_one, 'c', w, LOW_PRIORITY), 0);
    assert_int_equal(E_attach_fd(fd, READ_FD, world_take_one, 'd', w, HIGH_PRIORITY), 0);
    world_close(w);
}

static void impossible_attachments_are_refused(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    int fd = w->out[0];
    assert_int_equal(E_attach_fd(-1, READ_FD, world_take_one, 'a', w, LOW_PRIORITY), -1);
    assert_int_equal(E_attach_fd(fd, -1, world_take_one, 'a', w, LOW_PRIORITY), -1);
    assert_int_equal(E_attach_fd(fd, NUM_FDTYPES, world_take_one, 'a', w, LOW_PRIORITY), -1);
    assert_int_equal(E_attach_fd(fd, READ_FD, world_take_one, 'a', w, -1), -1);
    assert_int_equal(E_attach_fd(fd, READ_FD, world_take_one, 'a', w, NUM_PRIORITY), -1);
    assert_int_equal(E_num_active(LOW_PRIORITY), 0);
    world_close(w);
}

static void detaching_takes_the_type_out_of_every_priority(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    int fd = w->out[0];
    for (int priority = 0; priority < NUM_PRIORITY; priority++)
        E_attach_fd(fd, READ_FD, world_take_one, 'a', w, priority);
    E_attach_fd(fd, EXCEPT_FD, world_take_one, 'x', w, LOW_PRIORITY);
    assert_int_equal(E_detach_fd(fd, WRITE_FD), -1);
    assert_int_equal(E_detach_fd(fd, NUM_FDTYPES), -1);
    assert_int_equal(E_detach_fd(fd, -1), -1);
    assert_int_equal(E_detach_fd(fd, READ_FD), 0);
    assert_int_equal(E_detach_fd(fd, READ_FD), -1);
    assert_int_equal(E_num_active(LOW_PRIORITY), 1);
    assert_int_equal(E_num_active(MEDIUM_PRIORITY), 0);
    assert_int_equal(E_num_active(HIGH_PRIORITY), 0);
    world_close(w);
}

static void detaching_one_priority_leaves_the_others_watched(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    int fd = w->out[0];
    attach(w, 0, 'L', LOW_PRIORITY);
    attach(w, 0, 'H', HIGH_PRIORITY);
    assert_int_equal(E_detach_fd_priority(fd, READ_FD, MEDIUM_PRIORITY), -1);
    assert_int_equal(E_detach_fd_priority(fd, READ_FD, NUM_PRIORITY), -1);
    assert_int_equal(E_detach_fd_priority(fd, READ_FD, -1), -1);
    assert_int_equal(E_detach_fd_priority(fd, READ_FD, HIGH_PRIORITY), 0);
    world_fill(w, 0, 1);
    world_run(w, "L");
    world_close(w);
}

static void active_entries_are_counted_per_priority(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    attach(w, 0, 'a', LOW_PRIORITY);
    attach(w, 1, 'b', LOW_PRIORITY);
    attach(w, 1, 'c', HIGH_PRIORITY);
    assert_int_equal(E_num_active(LOW_PRIORITY), 2);
    assert_int_equal(E_num_active(HIGH_PRIORITY), 1);
    assert_int_equal(E_deactivate_fd(w->out[1], READ_FD), 0);
    assert_int_equal(E_deactivate_fd(w->out[1], READ_FD), 0); /* again */
    assert_int_equal(E_num_active(LOW_PRIORITY), 1);
    assert_int_equal(E_num_active(HIGH_PRIORITY), 0);
    assert_int_equal(E_activate_fd(w->out[1], READ_FD), 0);
    assert_int_equal(E_num_active(LOW_PRIORITY), 2);
    assert_int_equal(E_num_active(-1), -1);
    assert_int_equal(E_num_active(NUM_PRIORITY), -1);
    world_close(w);
}

static void activating_what_is_not_attached_fails(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    attach(w, 0, 'a', LOW_PRIORITY);
    assert_int_equal(E_activate_fd(w->out[1], READ_FD), -1);
    assert_int_equal(E_deactivate_fd(w->out[1], READ_FD), -1);
    assert_int_equal(E_activate_fd(w->out[0], WRITE_FD), -1);
    assert_int_equal(E_deactivate_fd(w->out[0], NUM_FDTYPES), -1);
    world_close(w);
}

static void a_threshold_out_of_range_is_refused(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    assert_int_equal(E_set_active_threshold(-1), -1);
    assert_int_equal(E_set_active_threshold(NUM_PRIORITY), -1);
    assert_int_equal(E_set_active_threshold(HIGH_PRIORITY), HIGH_PRIORITY);
    assert_int_equal(E_set_active_threshold(LOW_PRIORITY), LOW_PRIORITY);
    world_close(w);
}

/* -- what is watched ------------------------------------------------------------------------ */

static void an_inactive_entry_is_not_served_until_activated(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    attach(w, 0, 'a', LOW_PRIORITY);
    world_fill(w, 0, 1);
    E_deactivate_fd(w->out[0], READ_FD);
    world_run_round(w);
    assert_string_equal(w->record, "");
    E_activate_fd(w->out[0], READ_FD);
    world_run(w, "a");
    world_close(w);
}

static void attaching_over_an_inactive_entry_watches_it(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    attach(w, 0, 'a', LOW_PRIORITY);
    E_deactivate_fd(w->out[0], READ_FD);
    assert_int_equal(E_attach_fd(w->out[0], READ_FD, world_take_one, 'b', w, LOW_PRIORITY), 1);
    assert_int_equal(E_num_active(LOW_PRIORITY), 1);
    world_fill(w, 0, 1);
    world_run(w, "b");
    world_close(w);
}

static void below_the_threshold_nothing_is_served(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    attach(w, 0, 'L', LOW_PRIORITY);
    attach(w, 1, 'M', MEDIUM_PRIORITY);
    attach(w, 2, 'H', HIGH_PRIORITY);
    for (int i = 0; i < 3; i++)
        world_fill(w, i, 1);
    E_set_active_threshold(HIGH_PRIORITY);
    world_run_round(w);
    assert_string_equal(w->record, "H");
    E_set_active_threshold(MEDIUM_PRIORITY);
    world_run_round(w);
    assert_string_equal(w->record, "M");
    E_set_active_threshold(LOW_PRIORITY);
    world_run(w, "L");
    world_close(w);
}

static void init_forgets_descriptors_and_threshold(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    attach(w, 0, 'x', HIGH_PRIORITY);
    world_fill(w, 0, 1);
    E_set_active_threshold(HIGH_PRIORITY);
    E_init();
    assert_int_equal(E_num_active(HIGH_PRIORITY), 0);
    attach(w, 1, 'a', LOW_PRIORITY);
    world_fill(w, 1, 1);
    world_run(w, "a");
    world_close(w);
}

static void note_only(int fd, int code, void *data)
{
    (void)fd;
    world_note(data, code);
}

static void readable_writable_and_exceptional_are_told_apart(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    attach(w, 0, 'r', HIGH_PRIORITY);
    E_attach_fd(w->in[0], WRITE_FD, note_only, 'w', w, HIGH_PRIORITY);
    E_attach_fd(w->in[0], READ_FD, note_only, 'x', w, HIGH_PRIORITY);
    E_attach_fd(w->out[0], EXCEPT_FD, note_only, 'x', w, HIGH_PRIORITY);
    world_run(w, "w");
    E_detach_fd(w->in[0], WRITE_FD);
    world_fill(w, 0, 1);
    world_run(w, "r");
    world_close(w);
}

static void take_urgent(int fd, int code, void *data)
{
    char byte;
    assert_int_equal(recv(fd, &byte, 1, MSG_OOB), 1);
    world_note(data, code);
}

static void urgent_data_is_exceptional(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    if (send(ends[0], "!", 1, MSG_OOB) != 1) /* kernels before 5.15 have none on these sockets */
        skip();
    E_attach_fd(ends[1], EXCEPT_FD, take_urgent, 'e', w, LOW_PRIORITY);
    world_run(w, "e");
    world_close(w);
    close(ends[0]);
    close(ends[1]);
}

static void the_end_of_a_stream_is_readable(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    E_attach_fd(w->out[0], READ_FD, note_only, 'a', w, LOW_PRIORITY);
    close(w->in[0]);
    world_run(w, "a");
    w->in[0] = open("/dev/null", O_WRONLY);
    world_close(w);
}

/* select() would fail as a whole here. */
static void a_closed_descriptor_is_reported_to_its_function(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    E_attach_fd(w->out[0], READ_FD, note_only, 'a', w, LOW_PRIORITY);
    close(w->out[0]);
    world_run(w, "a");
    w->out[0] = open("/dev/null", O_RDONLY);
    world_close(w);
}

static void a_regular_file_is_always_ready(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    char path[] = "/tmp/event_fds_test.XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    E_attach_fd(fd, READ_FD, note_only, 'a', w, LOW_PRIORITY);
    world_run(w, "aa");
    world_close(w);
    close(fd);
}

/* -- no limits ------------------------------------------------------------------------------ */

static bool raise_limit(rlim_t wanted)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max < wanted)
        return false;
    limit.rlim_cur = limit.rlim_cur < wanted ? wanted : limit.rlim_cur;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

static void more_descriptors_than_select_could_name_are_served(void **state)
{
    (void)state;
    enum { MANY = 3000 };
    static int copies[MANY];
    struct event_world *w = world_open();
    if (!raise_limit(MANY + 100))
        skip();
    for (int i = 0; i < MANY; i++) {
        copies[i] = fcntl(w->out[0], F_DUPFD_CLOEXEC, 64);
        assert_true(copies[i] >= 0);
        E_attach_fd(copies[i], READ_FD, note_only, 'x', w, LOW_PRIORITY);
    }
    assert_int_equal(E_num_active(LOW_PRIORITY), MANY);
    for (int i = 0; i < MANY - 1; i++)
        assert_int_equal(E_detach_fd(copies[i], READ_FD), 0);
    E_attach_fd(copies[MANY - 1], READ_FD, world_take_one, 'a', w, LOW_PRIORITY);
    assert_true(copies[MANY - 1] > 2000);
    world_fill(w, 0, 1);
    world_run(w, "a");
    for (int i = 0; i < MANY; i++)
        close(copies[i]);
    world_close(w);
}

/* poll() refuses more entries than descriptors are allowed; types and priorities must not count
 * as such. With fewer allowed than there are, timers still run. */
static void a_low_limit_of_the_process_does_not_stop_the_loop(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    struct rlimit limit, low;
    for (int type = 0; type < NUM_FDTYPES; type++)
        for (int priority = 0; priority < NUM_PRIORITY; priority++)
            E_attach_fd(w->out[0], type, world_take_one, 'a', w, priority);
    E_attach_fd(w->out[1], READ_FD, world_take_one, 'x', w, LOW_PRIORITY);
    getrlimit(RLIMIT_NOFILE, &limit);
    low = limit;
    low.rlim_cur = 3;
    setrlimit(RLIMIT_NOFILE, &low);
    world_fill(w, 0, 1);
    world_run(w, "a");

    low.rlim_cur = 1;
    setrlimit(RLIMIT_NOFILE, &low);
    E_queue(world_tick, 't', w, (sp_time){.usec = 2000});
    world_run(w, "t");
    setrlimit(RLIMIT_NOFILE, &limit);
    world_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attaching_tells_new_from_replaced),
        cmocka_unit_test(impossible_attachments_are_refused),
        cmocka_unit_test(detaching_takes_the_type_out_of_every_priority),
        cmocka_unit_test(detaching_one_priority_leaves_the_others_watched),
        cmocka_unit_test(active_entries_are_counted_per_priority),
        cmocka_unit_test(activating_what_is_not_attached_fails),
        cmocka_unit_test(a_threshold_out_of_range_is_refused),
        cmocka_unit_test(an_inactive_entry_is_not_served_until_activated),
        cmocka_unit_test(attaching_over_an_inactive_entry_watches_it),
        cmocka_unit_test(below_the_threshold_nothing_is_served),
        cmocka_unit_test(init_forgets_descriptors_and_threshold),
        cmocka_unit_test(readable_writable_and_exceptional_are_told_apart),
        cmocka_unit_test(urgent_data_is_exceptional),
        cmocka_unit_test(the_end_of_a_stream_is_readable),
        cmocka_unit_test(a_closed_descriptor_is_reported_to_its_function),
        cmocka_unit_test(a_regular_file_is_always_ready),
        cmocka_unit_test(more_descriptors_than_select_could_name_are_served),
        cmocka_unit_test(a_low_limit_of_the_process_does_not_stop_the_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
