/* SPDX-License-Identifier: MIT
 *
 * How many calls datagrams take, and that all of them arrive, by sockets on loopback.
 */
#include "tests/support/test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/io/batch.h"

enum { DAEMONS = 127, PACKETS = 5, LEN = 100 };

static int calls;

ssize_t __real_sendmsg(int fd, const struct msghdr *m, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *m, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *m, int flags)
{
    calls++;
    return __real_sendmsg(fd, m, flags);
}

struct listener {
    int fd;
    struct batch_address at;
};

static struct listener listen_somewhere(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct listener l = {.fd = socket(AF_INET, SOCK_DGRAM, 0), .at.len = sizeof at};
    assert_true(l.fd >= 0);
    assert_int_equal(bind(l.fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(getsockname(l.fd, (struct sockaddr *)&l.at.address, &l.at.len), 0);
    return l;
}

/* A packet of one byte over and over. */
static struct block *new_packet(int number)
{
    struct block *block = block_new(LEN);
    memset(block->bytes, number, LEN);
    return block;
}

static void expect_packets(int fd)
{
    for (int i = 0; i < PACKETS; i++) {
        uint8_t bytes[2 * LEN];
        assert_int_equal(recv(fd, bytes, sizeof bytes, 0), LEN);
        assert_int_equal(bytes[0], i);
        assert_int_equal(bytes[LEN - 1], i);
    }
}

/* As the ring sends where segments have no common address: packet by packet, each to everybody. */
static void packets_to_each_daemon_of_a_large_ring_leave_with_one_call_a_daemon(void **state)
{
    (void)state;
    static struct listener to[DAEMONS];
    int sender = socket(AF_INET, SOCK_DGRAM, 0);
    struct batch *b = batch_new(sender);
    for (int d = 0; d < DAEMONS; d++)
        to[d] = listen_somewhere();
    calls = 0;
    for (int i = 0; i < PACKETS; i++) {
        struct block *packet = new_packet(i);
        for (int d = 0; d < DAEMONS; d++)
            batch_add(b, &to[d].at, block_ref(packet), packet->bytes, LEN);
        block_unref(packet);
    }
    assert_true(batch_flush(b));
    assert_int_equal(calls, DAEMONS);
    for (int d = 0; d < DAEMONS; d++) {
        expect_packets(to[d].fd);
        close(to[d].fd);
    }
    batch_free(b);
    close(sender);
}

/* More addresses than runs are kept for are no reason to lose or reorder anything. */
static void packets_to_more_addresses_than_a_ring_has_daemons_arrive_in_order(void **state)
{
    (void)state;
    enum { MANY = 400 };
    static struct listener to[MANY];
    int sender = socket(AF_INET, SOCK_DGRAM, 0);
    struct batch *b = batch_new(sender);
    for (int d = 0; d < MANY; d++)
        to[d] = listen_somewhere();
    for (int i = 0; i < PACKETS; i++)
        for (int d = 0; d < MANY; d++) {
            struct block *packet = new_packet(i);
            batch_add(b, &to[d].at, packet, packet->bytes, LEN);
        }
    assert_true(batch_flush(b));
    for (int d = 0; d < MANY; d++) {
        expect_packets(to[d].fd);
        close(to[d].fd);
    }
    batch_free(b);
    close(sender);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_to_each_daemon_of_a_large_ring_leave_with_one_call_a_daemon),
        cmocka_unit_test(packets_to_more_addresses_than_a_ring_has_daemons_arrive_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
