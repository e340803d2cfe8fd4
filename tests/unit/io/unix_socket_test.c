/* SPDX-License-Identifier: MIT
 *
 * The path of clients, where somebody else does something to it between our look and what we do.
 */
#include "daemon/io/unix_socket.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/test.h"

int __wrap_connect(int fd, const struct sockaddr *to, socklen_t len);
int __real_connect(int fd, const struct sockaddr *to, socklen_t len);
int __wrap_bind(int fd, const struct sockaddr *at, socklen_t len);
int __real_bind(int fd, const struct sockaddr *at, socklen_t len);

static const struct account nobody_else;

/* What another daemon does once: when the socket was found dead, or just before ours is bound. */
static struct {
    bool when_dead, before_bind;
    bool each_time; /* and takes it away again, so that it is never the same */
    int fd;
    struct sockaddr_un at;
} other;

static struct unix_place place;
static char folder[64];

static int bind_at(const struct sockaddr_un *at)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(__real_bind(fd, (const struct sockaddr *)at, sizeof *at), 0);
    return fd;
}

static void serve_as_other(void)
{
    unlink(other.at.sun_path);
    other.fd = bind_at(&other.at);
    assert_int_equal(listen(other.fd, 1), 0);
}

int __wrap_connect(int fd, const struct sockaddr *to, socklen_t len)
{
    int result = __real_connect(fd, to, len), error = errno;
    if (result != 0 && error == ECONNREFUSED && other.when_dead) {
        other.when_dead = false;
        serve_as_other();
    } else if (other.each_time) {
        unlink(other.at.sun_path);
        close(bind_at(&other.at));
    }
    errno = error;
    return result;
}

int __wrap_bind(int fd, const struct sockaddr *at, socklen_t len)
{
    if (other.before_bind) {
        other.before_bind = false;
        serve_as_other();
    }
    return __real_bind(fd, at, len);
}

static int set_up(void **state)
{
    (void)state;
    memset(&other, 0, sizeof other);
    other.fd = -1;
    snprintf(folder, sizeof folder, "/tmp/spread-unix-XXXXXX");
    assert_non_null(mkdtemp(folder));
    place = (struct unix_place){folder, 4803, 0666, &nobody_else, UNIX_ANY_GROUP};
    other.at.sun_family = AF_UNIX;
    snprintf(other.at.sun_path, sizeof other.at.sun_path, "%s/4803", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (other.fd >= 0)
        close(other.fd);
    unlink(other.at.sun_path);
    return rmdir(folder); /* nothing else was left there */
}

static void leave_dead(void)
{
    close(bind_at(&other.at));
}

static enum unix_path open_place(char why[300], struct unix_socket *s, int *fd)
{
    why[0] = '\0';
    return unix_socket_open(s, fd, &place, why, 300);
}

static void assert_other_is_served(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(__real_connect(fd, (struct sockaddr *)&other.at, sizeof other.at), 0);
    close(fd);
}

static void a_dead_socket_is_replaced_and_ours_is_removed(void **state)
{
    char why[300];
    struct unix_socket s;
    int fd;
    (void)state;
    leave_dead();
    assert_int_equal(open_place(why, &s, &fd), UNIX_OPENED);
    assert_other_is_served(); /* it is ours */
    unix_socket_close(&s);
    assert_int_equal(access(other.at.sun_path, F_OK), -1);
    close(fd);
}

static void who_serves_it_before_the_dead_one_is_removed_keeps_it(void **state)
{
    char why[300];
    struct unix_socket s;
    int fd;
    (void)state;
    leave_dead();
    other.when_dead = true;
    assert_int_equal(open_place(why, &s, &fd), UNIX_TAKEN);
    assert_non_null(strstr(why, "is served by"));
    assert_other_is_served();
}

static void who_is_there_before_we_bind_keeps_it(void **state)
{
    char why[300];
    struct unix_socket s;
    int fd;
    (void)state;
    other.before_bind = true;
    assert_int_equal(open_place(why, &s, &fd), UNIX_TAKEN);
    assert_other_is_served();
}

static void a_path_that_is_never_the_same_is_given_up(void **state)
{
    char why[300];
    struct unix_socket s;
    int fd;
    (void)state;
    leave_dead();
    other.each_time = true;
    assert_int_equal(open_place(why, &s, &fd), UNIX_REFUSED);
    assert_non_null(strstr(why, "becomes another socket each time"));
}

static void a_link_is_neither_followed_nor_removed(void **state)
{
    char why[300], to[80];
    struct unix_socket s;
    struct stat link;
    int fd;
    (void)state;
    snprintf(to, sizeof to, "%s/elsewhere", folder);
    assert_int_equal(symlink(to, other.at.sun_path), 0);
    assert_int_equal(open_place(why, &s, &fd), UNIX_REFUSED);
    assert_int_equal(lstat(other.at.sun_path, &link), 0);
    assert_true(S_ISLNK(link.st_mode));
    assert_int_equal(access(to, F_OK), -1);
}

static void the_mode_is_that_which_was_asked_for(void **state)
{
    static const mode_t modes[] = {0666, 0660, 0600, 0777};
    char why[300];
    struct unix_socket s;
    struct stat made;
    int fd;
    (void)state;
    mode_t before = umask(0077);
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        place.mode = modes[i];
        place.group = getegid();
        assert_int_equal(open_place(why, &s, &fd), UNIX_OPENED);
        assert_int_equal(lstat(other.at.sun_path, &made), 0);
        assert_int_equal(made.st_mode & 07777, modes[i]);
        assert_int_equal(made.st_gid, getegid());
        unix_socket_close(&s);
        close(fd);
    }
    assert_int_equal(umask(before), 0077); /* as it was */
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    static const struct CMUnitTest tests[] = {
        CASE(a_dead_socket_is_replaced_and_ours_is_removed),
        CASE(who_serves_it_before_the_dead_one_is_removed_keeps_it),
        CASE(who_is_there_before_we_bind_keeps_it),
        CASE(a_path_that_is_never_the_same_is_given_up),
        CASE(a_link_is_neither_followed_nor_removed),
        CASE(the_mode_is_that_which_was_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
