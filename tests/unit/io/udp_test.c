/* SPDX-License-Identifier: MIT
 *
 * Who floods a port of a daemon takes a share of each of its turns, and no turn for itself.
 */
#include "tests/support/test.h"

#include <stdlib.h>
#include <unistd.h>

#include "daemon/io/host.h"
#include "daemon/io/udp_inside.h"
#include "tests/support/conf.h"

enum { FLOOD = 150, SHARE = 64 };

static struct in_force in_force;
static unsigned data, tokens;

/* What the sockets ask of the daemon and tell it. */
const struct in_force *__wrap_daemon_in_force(const struct daemon *d);
const struct in_force *__wrap_daemon_in_force(const struct daemon *d)
{
    (void)d;
    return &in_force;
}

void __wrap_daemon_on_datagram(struct daemon *d, const struct datagram_in *in, usec now);
void __wrap_daemon_on_datagram(struct daemon *d, const struct datagram_in *in, usec now)
{
    (void)d;
    (void)now;
    *(in->token_port ? &tokens : &data) += 1;
}

struct rig {
    struct conf *conf;
    struct event_base *base;
    struct udp *udp;
    int flooder;
};

/* A of two daemons, both here, at the first two ports that are free. */
static int begin(void **state)
{
    static struct rig rig;
    char why[256];
    rig = (struct rig){.conf = test_conf("AB"), .base = event_base_new()};
    rig.conf->segments[0].addresses[0] = (struct ip){.family = 4, .bytes = {127, 0, 0, 255}};
    for (int i = 0; i < 2; i++)
        rig.conf->daemons[i].ip = (struct ip){.family = 4, .bytes = {127, 0, 0, (uint8_t)(i + 1)}};
    in_force = (struct in_force){rig.conf, 0};
    data = tokens = 0;
    for (uint16_t port = 12000; !rig.udp && port < 32000; port = (uint16_t)(port + 2)) {
        rig.conf->segments[0].port = port;
        rig.udp = udp_open(&in_force, why, sizeof why);
    }
    assert_non_null(rig.udp);
    udp_start(rig.udp, rig.base, NULL);
    rig.flooder = socket(AF_INET, SOCK_DGRAM, 0);
    assert_true(rig.flooder >= 0);
    *state = &rig;
    return 0;
}

static int end(void **state)
{
    struct rig *rig = *state;
    udp_close(rig->udp);
    event_base_free(rig->base);
    close(rig->flooder);
    free(rig->conf);
    return 0;
}

static void flood(const struct rig *rig, uint16_t port, int count)
{
    struct sockaddr_storage to;
    socklen_t len = host_sockaddr(&to, udp_own_ip(&in_force), port);
    for (int i = 0; i < count; i++)
        assert_int_equal(sendto(rig->flooder, "x", 1, 0, (struct sockaddr *)&to, len), 1);
}

static void turn(const struct rig *rig)
{
    event_base_loop(rig->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
    udp_receive(rig->udp);
}

static void a_flood_of_data_keeps_no_token_waiting(void **state)
{
    const struct rig *rig = *state;
    uint16_t port = rig->conf->segments[0].port;
    flood(rig, port, FLOOD);
    flood(rig, (uint16_t)(port + 1), 1);
    turn(rig);
    assert_in_range(data, 1, SHARE);
    assert_int_equal(tokens, 1);
    for (int turns = 0; turns < FLOOD; turns++)
        turn(rig);
    assert_int_equal(data, FLOOD); /* the rest has its turn, too */
}

static void a_flood_of_tokens_ends_the_turn(void **state)
{
    const struct rig *rig = *state;
    flood(rig, (uint16_t)(rig->conf->segments[0].port + 1), FLOOD);
    turn(rig);
    assert_in_range(tokens, 1, SHARE);
}

/* Nobody has a reason to send there. */
static void a_flood_of_the_port_that_all_is_sent_from_ends_the_turn(void **state)
{
    const struct rig *rig = *state;
    struct sockaddr_storage own;
    socklen_t len = sizeof own;
    uint16_t port;
    char waste;
    int rest = 0, turns = 0;
    assert_int_equal(getsockname(rig->udp->sender, (struct sockaddr *)&own, &len), 0);
    host_ip(&own, &port);
    flood(rig, port, FLOOD);
    turn(rig);
    while (recv(rig->udp->sender, &waste, 1, MSG_DONTWAIT) >= 0)
        rest++;
    assert_in_range(rest, FLOOD - SHARE, FLOOD - 1);
    flood(rig, port, FLOOD);
    while (recv(rig->udp->sender, &waste, 1, MSG_DONTWAIT | MSG_PEEK) >= 0 && turns++ < FLOOD)
        turn(rig);
    assert_in_range(turns, FLOOD / SHARE, FLOOD - 1); /* it is all taken away, and wakes nobody any more */
}

#define IN_RIG(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_RIG(a_flood_of_data_keeps_no_token_waiting),
        IN_RIG(a_flood_of_tokens_ends_the_turn),
        IN_RIG(a_flood_of_the_port_that_all_is_sent_from_ends_the_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
