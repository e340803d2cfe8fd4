/* SPDX-License-Identifier: MIT */
#include "tests/support/fake.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "libspread/wire/frame.h"
#include "tests/support/port.h"
#include "tests/support/test.h"
#include "tests/support/pipe_front.h"
#include "tests/support/tls_front.h"

enum { FAKES_MOST = 8 };

/* -- listening ----------------------------------------------------------------------------- */

/* A port that the system chooses. */
static int bind_tcp(uint16_t *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    *port = ntohs(a.sin_port);
    return fd;
}

/* The path of a port that is this test's alone: a daemon that is to have the port would find it taken. One
 * that was used is used again, for a claim ends with the process. */
static int bind_local(uint16_t *port, char path[64])
{
    static uint16_t ours[FAKES_MOST];
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    for (size_t i = 0; i < FAKES_MOST; i++) {
        if (ours[i] == 0)
            ours[i] = port_free();
        *port = ours[i];
        snprintf(path, 64, SPREAD_SOCKET_DIR "/%u", *port);
        strcpy(a.sun_path, path);
        if (bind(fd, (struct sockaddr *)&a, sizeof a) == 0)
            return fd;
        assert_int_equal(errno, EADDRINUSE); /* by a fake that is open still */
    }
    fail_msg("more than %d fakes at a time", FAKES_MOST);
    return -1;
}

void fake_open(struct fake *f, bool tcp)
{
    uint16_t port;
    tcp = tcp || tls_is_tested();
    if (tls_is_tested())
        tls_prepare();
    *f = (struct fake){.peer = -1};
    f->listener = tcp ? bind_tcp(&port) : bind_local(&port, f->path);
    snprintf(f->address, sizeof f->address, "%s%u%s", tls_is_tested() ? "tls:" : "", port,
             tcp ? "@127.0.0.1" : "");
    assert_int_equal(listen(f->listener, 128), 0);
}

void fake_hang_up(struct fake *f)
{
    if (f->peer >= 0)
        close(f->peer);
    f->peer = -1;
}

void fake_close(struct fake *f)
{
    fake_hang_up(f);
    close(f->listener);
    if (f->path[0])
        unlink(f->path);
}

/* -- speaking ------------------------------------------------------------------------------ */

static void *run(void *context)
{
    struct fake *f = context;
    const int on = 1;
    f->peer = accept4(f->listener, NULL, NULL, SOCK_CLOEXEC);
    setsockopt(f->peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (tls_is_tested())
        f->peer = tls_front(f->peer);
    else if (pipes_are_tested() && f->path[0])
        f->peer = pipes_front(f->peer);
    f->script(f->peer, f->data);
    return NULL;
}

void fake_run(struct fake *f, void (*script)(int peer, void *data), void *data)
{
    fake_hang_up(f);
    f->script = script;
    f->data = data;
    assert_int_equal(pthread_create(&f->thread, NULL, run, f), 0);
}

void fake_wait(struct fake *f)
{
    pthread_join(f->thread, NULL);
}

/* It speaks through a front that shares memory. */
static bool is_local(int peer)
{
    int domain = 0;
    socklen_t len = sizeof domain;
    return pipes_are_tested() && getsockopt(peer, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 && domain == AF_UNIX;
}

/* Scripts run beside the test, where cmocka's assertions would miss their way back. */
static void must(bool true_for_sure, const char *what)
{
    if (!true_for_sure) {
        perror(what);
        abort();
    }
}

void fake_read(int peer, void *bytes, size_t len)
{
    must(len == 0 || recv(peer, bytes, len, MSG_WAITALL) == (ssize_t)len, "the fake reads");
}

void fake_write(int peer, const void *bytes, size_t len)
{
    must(send(peer, bytes, len, MSG_NOSIGNAL) == (ssize_t)len, "the fake writes");
    if (tls_is_tested())
        tls_front_await(peer, len);
    else if (is_local(peer))
        pipe_front_await(peer, len);
}

size_t fake_read_request(int peer, uint8_t *bytes)
{
    fake_read(peer, bytes, 5);
    fake_read(peer, bytes + 5, bytes[4]);
    return 5 + (size_t)bytes[4];
}

void fake_accept(int peer, void *data)
{
    uint8_t request[15], choice[90];
    (void)data;
    fake_read_request(peer, request);
    fake_write(peer, "\005NULL ", 6);
    fake_read(peer, choice, sizeof choice);
    fake_write(peer, "\001\005\000\001\010#me#fake", 13);
    if (is_local(peer))
        pipe_front_share(peer);
}

mailbox fake_mailbox(struct fake *f)
{
    mailbox m = -1;
    char group[MAX_GROUP_NAME];
    fake_run(f, fake_accept, NULL);
    assert_int_equal(SP_connect(f->address, "me", 0, 1, &m, group), ACCEPT_SESSION);
    assert_string_equal(group, "#me#fake");
    fake_wait(f);
    return m;
}

/* -- messages ------------------------------------------------------------------------------ */

static uint32_t marked(uint32_t word, bool swapped)
{
    word = (word & ~FRAME_ENDIAN_BITS) | FRAME_MARK;
    return swapped ? word_swap(word ^ FRAME_ENDIAN_BITS) : word;
}

static uint32_t plain(uint32_t word, bool swapped)
{
    return swapped ? word_swap(word) : word;
}

static uint8_t *put_groups(uint8_t *at, int num_groups, const char *first)
{
    for (int i = 0; i < num_groups; i++, at += NAME_FIELD) {
        memset(at, 0, NAME_FIELD);
        if (i == 0)
            strcpy((char *)at, first ? first : "#me#fake");
        else
            sprintf((char *)at, "g%d", i);
    }
    return at;
}

size_t fake_encode(const struct fake_frame *m, uint8_t *bytes)
{
    uint8_t *at = bytes + FRAME_HEADER;
    memset(bytes, 0, FRAME_HEADER);
    put_word(bytes + FRAME_TYPE_AT, marked(m->type, m->swapped));
    strcpy((char *)bytes + FRAME_SENDER_AT, m->sender ? m->sender : "#you#fake");
    put_word(bytes + FRAME_GROUPS_AT, plain((uint32_t)m->num_groups, m->swapped));
    put_word(bytes + FRAME_HINT_AT, marked(frame_hint(m->mess_type), m->sender_swaps));
    put_word(bytes + FRAME_LEN_AT, plain((uint32_t)m->len, m->swapped));
    if (m->type & REJECT_MESS) {
        put_word(at, marked(m->old_type, m->swapped));
        at += FRAME_OLD_TYPE;
    }
    at = put_groups(at, m->num_groups, m->first_group);
    for (int i = 0; i < m->len; i++)
        *at++ = m->body ? ((const uint8_t *)m->body)[i] : (uint8_t)i;
    return (size_t)(at - bytes);
}

void fake_send(struct fake *f, const struct fake_frame *m)
{
    static uint8_t bytes[FRAME_MAX];
    fake_write(f->peer, bytes, fake_encode(m, bytes));
}
