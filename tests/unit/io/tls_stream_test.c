/* SPDX-License-Identifier: MIT
 *
 * A client's bytes through TLS, and clients that have the daemon compute with nothing said.
 */
#include "tests/unit/io/tls_client.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "daemon/io/tls_stream.h"
#include "tests/support/test.h"

/* New keys that are to be answered count twice. */
enum { RECORDS_MOST = 5000, KEYS_MOST = 16, MAKES_UP = 2 * 256 };

static SSL_CTX *ctx;
static struct tls_client client;
static struct tls_stream *stream;

static void connect_by(int version)
{
    enum tls_shaken s = TLS_WAITS;
    enum why why;
    tls_client_open(&client, version);
    stream = tls_stream_new(ctx, client.daemon_fd);
    while (s == TLS_WAITS) {
        tls_client_shake(&client);
        if (tls_shake_hear(stream) != TLS_SAYS_SOMETHING)
            continue;
        tls_shake(stream);
        s = tls_shake_answer(stream, &why);
    }
    assert_int_equal(s, TLS_DONE);
    assert_true(tls_client_shake(&client));
}

static int end(void **state)
{
    (void)state;
    tls_stream_free(stream);
    close(client.daemon_fd);
    tls_client_close(&client);
    return 0;
}

/* Reads all that is there. Its bytes, or -1: the client is to be ended. */
static ssize_t read_all(void)
{
    char text[4096];
    struct iovec all = {text, sizeof text};
    ssize_t n, sum = 0;
    while ((n = tls_stream_read(stream, &all, 1)) > 0)
        sum += n;
    assert_int_not_equal(n, 0);
    return errno == EAGAIN ? sum : -1;
}

static void say(const char *text)
{
    assert_int_equal(SSL_write(client.ssl, text, (int)strlen(text)), strlen(text));
}

static void new_keys(void)
{
    assert_int_equal(SSL_key_update(client.ssl, SSL_KEY_UPDATE_REQUESTED), 1);
    SSL_do_handshake(client.ssl);
}

static void what_is_said_arrives(void **state)
{
    (void)state;
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        connect_by(version);
        say("some");
        say("thing");
        assert_int_equal(read_all(), strlen("something"));
        if (version == TLS1_2_VERSION)
            end(state);
    }
}

static void who_negotiates_anew_is_ended_at_once(void **state)
{
    (void)state;
    connect_by(TLS1_2_VERSION);
    say("hello");
    assert_int_equal(read_all(), strlen("hello"));
    SSL_renegotiate(client.ssl);
    SSL_do_handshake(client.ssl);
    assert_int_equal(read_all(), -1);
    assert_int_equal(errno, EPROTO);
}

/* As a client does every some million records. */
static void new_keys_now_and_then_are_nothing(void **state)
{
    (void)state;
    connect_by(TLS1_3_VERSION);
    for (int i = 0; i < 4 * KEYS_MOST; i++) {
        new_keys();
        for (int k = 0; k < MAKES_UP; k++) {
            say("x");
            assert_int_equal(read_all(), 1);
        }
    }
}

static void who_does_nothing_but_change_keys_is_ended(void **state)
{
    (void)state;
    int count = 0;
    connect_by(TLS1_3_VERSION);
    do
        new_keys();
    while (++count < RECORDS_MOST && read_all() == 0);
    assert_in_range(count, KEYS_MOST, KEYS_MOST + 1);
}

static void who_says_little_in_between_is_ended_too(void **state)
{
    (void)state;
    int count = 0;
    connect_by(TLS1_3_VERSION);
    do {
        new_keys();
        say("x");
    } while (++count < RECORDS_MOST && read_all() == 1);
    assert_in_range(count, KEYS_MOST, KEYS_MOST + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(what_is_said_arrives, end),
        cmocka_unit_test_teardown(who_negotiates_anew_is_ended_at_once, end),
        cmocka_unit_test_teardown(new_keys_now_and_then_are_nothing, end),
        cmocka_unit_test_teardown(who_does_nothing_but_change_keys_is_ended, end),
        cmocka_unit_test_teardown(who_says_little_in_between_is_ended_too, end),
    };
    signal(SIGPIPE, SIG_IGN); /* the client writes by OpenSSL's own means */
    ctx = tls_daemon_context();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    SSL_CTX_free(ctx);
    return failed;
}
