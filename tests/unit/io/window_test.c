/* SPDX-License-Identifier: MIT
 *
 * Whether a program at the far end of a TCP connection reads: by figures that were seen, and of a connection.
 */
#include "tests/support/test.h"

#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <unistd.h>

#include "daemon/io/channel.h"

enum { GRANULE = 1024, TRIES = 10000, PIECE = 1 << 16 };

static void what_kernels_take_by_themselves_moves_nothing(void **state)
{
    static const struct {
        uint64_t acked;
        uint32_t offered;
    } seen[] = {
        {1479457281, 9068544}, {1481356288, 7184384}, {1482862397, 5698560}, {1484433989, 4146176},
        {1486136547, 2466816}, {1487577173, 1045504}, {1488559418, 63488},   {1488622906, 0},
    };
    (void)state;
    struct window w = {0};
    assert_true(window_moves(&w, 1479108998, 9416704, GRANULE));
    for (size_t i = 0; i < sizeof seen / sizeof seen[0]; i++)
        assert_false(window_moves(&w, seen[i].acked, seen[i].offered, GRANULE));
}

/* A window is told in units: 5,040 bytes came, and 944 of them seem to have been read. */
static void what_is_rounded_moves_nothing(void **state)
{
    (void)state;
    struct window w = {0};
    assert_true(window_moves(&w, 2950523, 21504, GRANULE));
    assert_false(window_moves(&w, 2955563, 17408, GRANULE));
}

static void what_is_read_moves_it(void **state)
{
    (void)state;
    struct window w = {0};
    assert_true(window_moves(&w, 1000000, 0, GRANULE));
    assert_false(window_moves(&w, 1000000, 0, GRANULE));
    assert_true(window_moves(&w, 1000000, 2048, GRANULE));  /* it opens */
    assert_true(window_moves(&w, 9000000, 900000, GRANULE)); /* a tenth of what came was read */
}

/* -- a connection -------------------------------------------------------------------------- */

static int connection(int *reader)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof to;
    int listener = socket(AF_INET, SOCK_STREAM, 0), writer = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&to, sizeof to), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&to, &len), 0);
    assert_int_equal(connect(writer, (struct sockaddr *)&to, sizeof to), 0);
    *reader = accept(listener, NULL, NULL);
    assert_true(*reader >= 0);
    close(listener);
    return writer;
}

static int under_way(int fd)
{
    int bytes;
    assert_int_equal(ioctl(fd, SIOCOUTQ, &bytes), 0);
    return bytes;
}

static void await_acknowledged(int fd)
{
    for (int i = 0; under_way(fd) > 0; i++) {
        assert_true(i < TRIES);
        poll(NULL, 0, 1);
    }
}

static void a_connection_shows_what_is_read_and_not_what_is_taken(void **state)
{
    static char bytes[PIECE];
    (void)state;
    int reader;
    struct channel c = {.fd = connection(&reader)};
    uint64_t last = UINT64_MAX, now;
    assert_true((now = channel_unread(&c, false)) < last);
    for (int i = 0; i < 4; i++) { /* its window may grow, but by no more than it has got */
        last = now;
        assert_true(send(c.fd, bytes, PIECE / 8, 0) == PIECE / 8);
        await_acknowledged(c.fd);
        now = channel_unread(&c, false);
    }
    assert_int_equal(now, last);
    for (size_t got = 0; got < PIECE / 2;) {
        ssize_t n = recv(reader, bytes, sizeof bytes, 0);
        assert_true(n > 0);
        got += (size_t)n;
    }
    for (int i = 0; now == last; i++) { /* it is told with what comes next */
        assert_true(i < TRIES);
        assert_true(send(c.fd, bytes, 1, 0) == 1);
        await_acknowledged(c.fd);
        now = channel_unread(&c, false);
    }
    assert_true(now < last);
    close(reader);
    channel_close(&c);
}

static void of_a_unix_socket_it_is_what_lies_there(void **state)
{
    char bytes[1000] = {0};
    int fds[2];
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    struct channel c = {.fd = fds[0]};
    assert_int_equal(channel_unread(&c, true), 0);
    assert_true(send(c.fd, bytes, sizeof bytes, 0) == sizeof bytes);
    assert_true(channel_unread(&c, true) >= sizeof bytes);
    assert_true(recv(fds[1], bytes, sizeof bytes, 0) == sizeof bytes);
    assert_int_equal(channel_unread(&c, true), 0);
    close(fds[1]);
    channel_close(&c);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_kernels_take_by_themselves_moves_nothing),
        cmocka_unit_test(what_is_rounded_moves_nothing),
        cmocka_unit_test(what_is_read_moves_it),
        cmocka_unit_test(a_connection_shows_what_is_read_and_not_what_is_taken),
        cmocka_unit_test(of_a_unix_socket_it_is_what_lies_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
