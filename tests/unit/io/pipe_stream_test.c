/* SPDX-License-Identifier: MIT
 *
 * The daemon's side of a session that goes through memory, and a client by hand: one that keeps the rules, one
 * that never heard of them, and one that breaks them.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/io/pipe_stream.h"
#include "libspread/wire/pipe.h"
#include "tests/support/test.h"

static struct pipe_supply supply;

/* The client's end. */
struct client {
    int fd, theirs; /* the daemon's socket */
    struct pipe_stream *daemon;
    int memory_fd, room;
    struct pipe_memory *memory; /* NULL: not taken */
    struct pipe up, down;
    uint32_t written, taken;
};

static ssize_t daemon_write(struct client *c, const void *bytes, size_t len)
{
    return pipe_stream_write(c->daemon, c->theirs, &(struct iovec){(void *)(uintptr_t)bytes, len}, 1);
}

static ssize_t daemon_read(struct client *c, void *to, size_t size)
{
    return pipe_stream_read(c->daemon, c->theirs, &(struct iovec){to, size}, 1);
}

static bool is_readable(int fd)
{
    return poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 0) == 1;
}

/* All of what lies in the socket, which is that much. */
static void hear(struct client *c, void *to, size_t len)
{
    for (size_t n = 0; n < len;) {
        ssize_t some = recv(c->fd, (char *)to + n, len - n, 0);
        assert_true(some > 0);
        n += (size_t)some;
    }
}

static void open_client(struct client *c)
{
    int pair[2];
    *c = (struct client){.memory_fd = -1, .room = -1};
    supply = (struct pipe_supply){.most = 2, .after = 0};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
    c->fd = pair[0];
    c->theirs = pair[1];
    c->daemon = pipe_stream_new(&supply);
    assert_non_null(c->daemon);
}

static void close_client(struct client *c)
{
    pipe_stream_free(c->daemon, c->theirs);
    assert_int_equal(supply.used, 0);
    if (c->memory)
        munmap(c->memory, PIPE_MEMORY);
    if (c->memory_fd >= 0)
        close(c->memory_fd);
    if (c->room >= 0)
        close(c->room);
    close(c->fd);
    close(c->theirs);
}

/* Reads len bytes of the socket, and the descriptors that come along with them. */
static void take_offer(struct client *c, void *to, size_t len)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(PIPE_DESCRIPTORS * sizeof(int))];
    } control;
    int fds[PIPE_DESCRIPTORS];
    struct iovec iov = {to, len};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    assert_int_equal(recvmsg(c->fd, &m, MSG_CMSG_CLOEXEC), len);
    const struct cmsghdr *h = CMSG_FIRSTHDR(&m);
    assert_non_null(h);
    assert_int_equal(h->cmsg_type, SCM_RIGHTS);
    assert_int_equal(h->cmsg_len, CMSG_LEN(sizeof fds));
    memcpy(fds, CMSG_DATA(h), sizeof fds);
    c->memory_fd = fds[0];
    c->room = fds[1];
    c->memory = mmap(NULL, PIPE_MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED, c->memory_fd, 0);
    assert_true(c->memory != MAP_FAILED);
    c->up = pipe_up(c->memory);
    c->down = pipe_down(c->memory);
}

/* As far as a client of ours goes before it sends anything more. */
static void turn_up(struct client *c)
{
    atomic_store(&c->memory->agreed, PIPE_MAPPED);
    atomic_store(&c->up.state->on, 1);
}

static void open_shared(struct client *c)
{
    char hello[5];
    open_client(c);
    assert_int_equal(daemon_write(c, "hello", 5), 5);
    take_offer(c, hello, 5);
    turn_up(c);
}

static size_t client_write(struct client *c, const void *bytes, size_t len)
{
    uint32_t room = pipe_room(&c->up, c->written);
    size_t n = len < room ? len : room;
    pipe_put(&c->up, c->written, bytes, n);
    c->written += (uint32_t)n;
    if (n > 0 && pipe_publish(&c->up, c->written))
        assert_int_equal(send(c->fd, "", 1, MSG_NOSIGNAL), 1);
    return n;
}

static size_t client_read(struct client *c, void *to, size_t size)
{
    char bell;
    uint32_t waiting = pipe_waiting(&c->down, c->taken);
    size_t n = waiting < size ? waiting : size;
    pipe_get(&c->down, c->taken, to, n);
    c->taken += (uint32_t)n;
    if (n > 0 && pipe_take(&c->down, c->taken))
        assert_int_equal(send(c->fd, "", 1, MSG_NOSIGNAL), 1);
    if (n > 0 && pipe_rest(&c->down, c->taken))
        assert_int_equal(recv(c->fd, &bell, 1, 0), 1);
    return n;
}

/* -- what is offered, and to whom ------------------------------------------------------------- */

static void memory_is_offered_along_with_the_first_bytes_and_once(void **state)
{
    struct client c;
    char bytes[8];
    (void)state;
    open_client(&c);
    assert_int_equal(daemon_write(&c, "one", 3), 3);
    assert_int_equal(daemon_write(&c, "two", 3), 3);
    take_offer(&c, bytes, 3);
    assert_int_equal(recv(c.fd, bytes, sizeof bytes, 0), 3);
    assert_int_equal(c.memory->agreed, PIPE_OFFERED);
    close_client(&c);
}

static void it_can_be_neither_shrunk_nor_grown(void **state)
{
    struct client c;
    (void)state;
    open_shared(&c);
    assert_int_equal(ftruncate(c.memory_fd, 0), -1);
    assert_int_equal(errno, EPERM);
    assert_int_equal(ftruncate(c.memory_fd, 1 << 30), -1);
    assert_int_equal(errno, EPERM);
    close_client(&c);
}

static void who_does_not_look_for_it_keeps_to_the_socket_and_loses_nothing(void **state)
{
    static char bytes[60000], heard[60000];
    struct client c;
    size_t total = 0;
    (void)state;
    open_client(&c);
    while (!pipe_stream_is_idle(c.daemon)) {
        assert_true(total < 2 * PIPE_PATIENCE);
        memset(bytes, (int)(total / sizeof bytes), sizeof bytes);
        assert_int_equal(daemon_write(&c, bytes, sizeof bytes), sizeof bytes);
        hear(&c, heard, sizeof heard);
        assert_memory_equal(bytes, heard, sizeof heard);
        assert_int_equal(send(c.fd, "an answer", 9, 0), 9);
        assert_int_equal(daemon_read(&c, heard, sizeof heard), 9);
        assert_memory_equal(heard, "an answer", 9);
        total += sizeof bytes;
    }
    assert_true(total > PIPE_PATIENCE);
    close_client(&c);
}

static void who_comes_too_late_finds_that_it_was_withdrawn(void **state)
{
    static char bytes[60000];
    struct client c;
    char first[100];
    (void)state;
    open_client(&c);
    assert_int_equal(daemon_write(&c, bytes, 100), 100);
    take_offer(&c, first, 100);
    while (!pipe_stream_is_idle(c.daemon)) {
        assert_int_equal(daemon_write(&c, bytes, sizeof bytes), sizeof bytes);
        hear(&c, bytes, sizeof bytes);
    }
    assert_int_equal(c.memory->agreed, PIPE_WITHDRAWN);
    close_client(&c);
}

static void no_more_have_it_than_may(void **state)
{
    struct client c;
    (void)state;
    open_client(&c);
    struct pipe_stream *second = pipe_stream_new(&supply);
    assert_non_null(second);
    assert_null(pipe_stream_new(&supply));
    pipe_stream_free(second, c.theirs);
    second = pipe_stream_new(&supply);
    assert_non_null(second);
    pipe_stream_free(second, c.theirs);
    close_client(&c);
}

/* -- turning to it ---------------------------------------------------------------------------- */

static void the_daemon_does_not_turn_while_something_lies_in_the_socket(void **state)
{
    struct client c;
    char bytes[8];
    (void)state;
    open_shared(&c);
    /* it has not turned yet: that happens with the next write, and only if all was taken */
    atomic_store(&c.up.state->on, 0);
    assert_int_equal(daemon_write(&c, "four", 4), 4);
    assert_int_equal(c.down.state->on, 0);
    atomic_store(&c.up.state->on, 1);
    assert_int_equal(daemon_write(&c, "five", 4), 4);
    assert_int_equal(c.down.state->on, 0);
    assert_int_equal(recv(c.fd, bytes, 8, 0), 8);
    assert_memory_equal(bytes, "fourfive", 8);
    assert_int_equal(daemon_write(&c, "six", 3), 3);
    assert_int_equal(c.down.state->on, 1);
    assert_int_equal(client_read(&c, bytes, 8), 3);
    assert_memory_equal(bytes, "six", 3);
    close_client(&c);
}

static void what_the_client_sent_before_it_turned_comes_first(void **state)
{
    struct client c;
    char bytes[8];
    (void)state;
    open_client(&c);
    assert_int_equal(daemon_write(&c, "hello", 5), 5);
    take_offer(&c, bytes, 5);
    assert_int_equal(send(c.fd, "by socket", 9, 0), 9);
    assert_int_equal(daemon_read(&c, bytes, 4), 4);
    assert_memory_equal(bytes, "by s", 4);
    assert_int_equal(daemon_read(&c, bytes, 8), 5);
    assert_memory_equal(bytes, "ocket", 5);
    turn_up(&c);
    assert_int_equal(client_write(&c, "by memory", 9), 9);
    assert_int_equal(daemon_read(&c, bytes, 2), 2);
    assert_memory_equal(bytes, "by", 2);
    assert_true(pipe_stream_has_more(c.daemon));
    assert_int_equal(daemon_read(&c, bytes, 8), 7);
    assert_memory_equal(bytes, " memory", 7);
    close_client(&c);
}

/* -- readiness -------------------------------------------------------------------------------- */

static void the_client_is_readable_before_each_byte_and_not_after_the_last(void **state)
{
    struct client c;
    char byte;
    (void)state;
    open_shared(&c);
    for (int round = 0; round < 3; round++) {
        assert_int_equal(daemon_write(&c, "abc", 3), 3);
        assert_int_equal(daemon_write(&c, "def", 3), 3);
        for (int i = 0; i < 6; i++) {
            assert_true(is_readable(c.fd));
            assert_int_equal(client_read(&c, &byte, 1), 1);
            assert_int_equal(byte, "abcdef"[i]);
        }
        assert_false(is_readable(c.fd));
    }
    close_client(&c);
}

static void the_daemon_comes_to_rest_and_is_rung_for(void **state)
{
    struct client c;
    char bytes[8];
    (void)state;
    open_shared(&c);
    for (int round = 0; round < 3; round++) {
        assert_int_equal(client_write(&c, "one", 3), 3);
        assert_true(is_readable(c.theirs));
        assert_int_equal(daemon_read(&c, bytes, 8), 3);
        assert_true(pipe_stream_has_more(c.daemon)); /* as far as it knows */
        assert_int_equal(daemon_read(&c, bytes, 8), -1);
        assert_int_equal(errno, EAGAIN);
        assert_false(pipe_stream_has_more(c.daemon));
        assert_false(is_readable(c.theirs));
    }
    close_client(&c);
}

static void one_that_is_not_read_for_now_tells_of_room_all_the_same(void **state)
{
    static char bytes[PIPE_DOWN + 1000];
    struct client c;
    (void)state;
    open_shared(&c);
    assert_int_equal(client_write(&c, "held", 4), 4);
    assert_int_equal(daemon_read(&c, bytes, 1), 1); /* by which it hears that the client has turned */
    assert_int_equal(daemon_write(&c, bytes, sizeof bytes), PIPE_DOWN);
    assert_int_equal(pipe_stream_unread(c.daemon), PIPE_DOWN);
    assert_int_equal(daemon_write(&c, bytes, 1), -1);
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(pipe_stream_await_room(c.daemon), ROOM_BY_BELL);
    assert_true(pipe_stream_hush(c.daemon, c.theirs));
    assert_false(is_readable(c.theirs));
    assert_int_equal(client_read(&c, bytes, PIPE_DOWN / 2 - 1), PIPE_DOWN / 2 - 1);
    assert_false(is_readable(c.theirs));
    assert_int_equal(client_read(&c, bytes, 1), 1);
    assert_true(is_readable(c.theirs));
    assert_int_equal(daemon_write(&c, bytes, PIPE_DOWN), PIPE_DOWN / 2);
    assert_int_equal(pipe_stream_await_room(c.daemon), ROOM_BY_BELL);
    assert_int_equal(client_read(&c, bytes, PIPE_DOWN), PIPE_DOWN);
    assert_int_equal(pipe_stream_await_room(c.daemon), ROOM_IS_THERE);
    close_client(&c);
}

static void a_client_that_waits_for_room_is_told_where_it_waits(void **state)
{
    static char bytes[PIPE_UP + 1000];
    struct client c;
    (void)state;
    open_shared(&c);
    assert_int_equal(client_write(&c, bytes, sizeof bytes), PIPE_UP);
    assert_false(pipe_want_room(&c.up, c.written));
    assert_int_equal(daemon_read(&c, bytes, PIPE_UP / 2 - 1), PIPE_UP / 2 - 1);
    assert_false(is_readable(c.room));
    assert_int_equal(daemon_read(&c, bytes, 1), 1);
    assert_true(is_readable(c.room));
    assert_false(is_readable(c.fd));
    assert_int_equal(recv(c.room, bytes, 8, 0), 1);
    close_client(&c);
}

static void one_that_leaves_a_byte_is_told_of_more_if_it_wants_that(void **state)
{
    struct client c;
    char bytes[8];
    (void)state;
    open_shared(&c);
    assert_int_equal(daemon_write(&c, "abc", 3), 3);
    assert_int_equal(client_read(&c, bytes, 2), 2);
    assert_int_equal(daemon_write(&c, "d", 1), 1);
    assert_false(is_readable(c.room));
    pipe_want_more(&c.down);
    assert_int_equal(daemon_write(&c, "e", 1), 1);
    assert_true(is_readable(c.room));
    close_client(&c);
}

/* -- the end ---------------------------------------------------------------------------------- */

static void what_was_written_before_the_end_is_read_before_it(void **state)
{
    struct client c;
    char bytes[8];
    (void)state;
    open_shared(&c);
    assert_int_equal(client_write(&c, "last", 4), 4);
    shutdown(c.fd, SHUT_RDWR);
    assert_int_equal(daemon_read(&c, bytes, 8), 4);
    assert_memory_equal(bytes, "last", 4);
    assert_int_equal(daemon_read(&c, bytes, 8), -1); /* that is the bell, and ... */
    assert_true(is_readable(c.theirs));
    assert_int_equal(daemon_read(&c, bytes, 8), 0);
    close_client(&c);
}

static void one_that_has_gone_with_its_pipe_full_is_found_broken(void **state)
{
    static char bytes[PIPE_DOWN];
    struct client c;
    (void)state;
    open_shared(&c);
    assert_int_equal(daemon_write(&c, bytes, PIPE_DOWN), PIPE_DOWN);
    shutdown(c.fd, SHUT_RDWR);
    assert_int_equal(daemon_write(&c, bytes, 1), -1);
    assert_int_equal(errno, EPIPE);
    close_client(&c);
}

/* -- clients that lie ------------------------------------------------------------------------- */

static void counts_that_cannot_be_are_an_error(void **state)
{
    char bytes[8];
    struct client c;
    (void)state;
    open_shared(&c);
    atomic_store(&c.up.state->written, (PIPE_UP + 1) << 1);
    assert_int_equal(daemon_read(&c, bytes, 8), -1);
    assert_int_equal(errno, EPROTO);
    assert_int_equal(daemon_write(&c, "abc", 3), 3);
    atomic_store(&c.down.state->taken, 4);
    assert_int_equal(daemon_write(&c, "d", 1), -1);
    assert_int_equal(errno, EPROTO);
    while (recv(c.fd, bytes, 8, 0) > 0)
        ; /* a bell */
    assert_int_equal(recv(c.fd, bytes, 8, 0), 0);
    close_client(&c);
}

/* And has a descriptor that waits, for its own end. */
static void one_that_takes_nothing_of_what_it_is_told_stops_nobody(void **state)
{
    struct client c;
    char byte;
    (void)state;
    open_shared(&c);
    assert_int_equal(fcntl(c.room, F_SETFL, 0), 0);
    for (int i = 0; i < 5000; i++) {
        pipe_want_more(&c.down);
        assert_int_equal(daemon_write(&c, "a", 1), 1);
        assert_int_equal(client_read(&c, &byte, 1), 1);
        assert_int_equal(client_write(&c, "b", 1), 1);
        atomic_store(&c.up.state->wants_room, 1);
        assert_int_equal(daemon_read(&c, &byte, 1), 1);
    }
    close_client(&c);
}

/* The daemon counts for itself, so whatever stands there it stays within the memory and goes on. */
static void whatever_is_scribbled_there_the_daemon_stays_within_its_memory(void **state)
{
    static char bytes[PIPE_DOWN];
    unsigned seed = 20261128;
    (void)state;
    for (int round = 0; round < 300; round++) {
        struct client c;
        open_shared(&c);
        for (int i = 0; i < 200; i++) {
            unsigned *word = (unsigned *)c.memory + (unsigned)rand_r(&seed) % (sizeof *c.memory / sizeof(unsigned));
            if (rand_r(&seed) % 3 == 0)
                *word = rand_r(&seed) % 2 ? (unsigned)rand_r(&seed) * 2654435761u : *word + 1;
            size_t len = (size_t)rand_r(&seed) % sizeof bytes;
            ssize_t n = rand_r(&seed) % 2 ? daemon_read(&c, bytes, len) : daemon_write(&c, bytes, len);
            assert_true(n <= (ssize_t)len);
            pipe_stream_await_room(c.daemon);
            pipe_stream_hush(c.daemon, c.theirs);
        }
        close_client(&c);
    }
}

/* -- a stream is a stream ---------------------------------------------------------------------- */

static uint8_t byte_at(uint32_t place, unsigned salt)
{
    return (uint8_t)((place * 2654435761u) >> 24) ^ (uint8_t)salt;
}

static void fill(uint8_t *bytes, size_t len, uint32_t from, unsigned salt)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = byte_at(from + (uint32_t)i, salt);
}

static void check(const uint8_t *bytes, size_t len, uint32_t from, unsigned salt)
{
    for (size_t i = 0; i < len; i++)
        assert_int_equal(bytes[i], byte_at(from + (uint32_t)i, salt));
}

static void bytes_of_all_lengths_come_out_as_they_went_in_both_ways(void **state)
{
    static uint8_t bytes[PIPE_DOWN];
    struct client c;
    uint32_t up_in = 0, up_out = 0, down_in = 0, down_out = 0;
    unsigned seed = 1128;
    (void)state;
    open_shared(&c);
    for (int i = 0; i < 20000; i++) {
        size_t most = rand_r(&seed) % 4 == 0 ? sizeof bytes : 300, len = (size_t)rand_r(&seed) % most + 1;
        ssize_t n;
        switch (rand_r(&seed) % 4) {
        case 0:
            fill(bytes, len, up_in, 1);
            up_in += (uint32_t)client_write(&c, bytes, len);
            break;
        case 1:
            n = daemon_read(&c, bytes, len);
            check(bytes, n > 0 ? (size_t)n : 0, up_out, 1);
            up_out += n > 0 ? (uint32_t)n : 0;
            break;
        case 2:
            fill(bytes, len, down_in, 2);
            n = daemon_write(&c, bytes, len);
            down_in += n > 0 ? (uint32_t)n : 0;
            break;
        default:
            len = client_read(&c, bytes, len);
            check(bytes, len, down_out, 2);
            down_out += (uint32_t)len;
        }
        assert_int_equal(is_readable(c.fd), down_in != down_out);
        assert_true(up_in == up_out || is_readable(c.theirs) || pipe_stream_has_more(c.daemon));
    }
    assert_true(down_out > 100 * PIPE_DOWN / 10 && up_out > 10 * PIPE_UP);
    close_client(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_offered_along_with_the_first_bytes_and_once),
        cmocka_unit_test(it_can_be_neither_shrunk_nor_grown),
        cmocka_unit_test(who_does_not_look_for_it_keeps_to_the_socket_and_loses_nothing),
        cmocka_unit_test(who_comes_too_late_finds_that_it_was_withdrawn),
        cmocka_unit_test(no_more_have_it_than_may),
        cmocka_unit_test(the_daemon_does_not_turn_while_something_lies_in_the_socket),
        cmocka_unit_test(what_the_client_sent_before_it_turned_comes_first),
        cmocka_unit_test(the_client_is_readable_before_each_byte_and_not_after_the_last),
        cmocka_unit_test(the_daemon_comes_to_rest_and_is_rung_for),
        cmocka_unit_test(one_that_is_not_read_for_now_tells_of_room_all_the_same),
        cmocka_unit_test(a_client_that_waits_for_room_is_told_where_it_waits),
        cmocka_unit_test(one_that_leaves_a_byte_is_told_of_more_if_it_wants_that),
        cmocka_unit_test(what_was_written_before_the_end_is_read_before_it),
        cmocka_unit_test(one_that_has_gone_with_its_pipe_full_is_found_broken),
        cmocka_unit_test(counts_that_cannot_be_are_an_error),
        cmocka_unit_test(one_that_takes_nothing_of_what_it_is_told_stops_nobody),
        cmocka_unit_test(whatever_is_scribbled_there_the_daemon_stays_within_its_memory),
        cmocka_unit_test(bytes_of_all_lengths_come_out_as_they_went_in_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
