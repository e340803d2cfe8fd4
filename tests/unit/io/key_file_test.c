/* SPDX-License-Identifier: MIT */
#include "daemon/io/key_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/test.h"

#define KEY "9 aes-256-gcm ERERERERERERERERERERERERERERERERERERERERERE=\n"

enum { SOMEBODY = 4801 };

static char folder[] = "/tmp/key-file-XXXXXX";
static const char *const path = "ring.key";
static struct keyring keys;
static char why[256];

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) ? chdir(folder) : -1;
}

static int remove_files(void **state)
{
    (void)state;
    remove(path);
    remove("other");
    return 0;
}

static int tear_down(void **state)
{
    remove_files(state);
    return rmdir(folder);
}

static void write_file(const char *text, size_t len, mode_t mode)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static bool can_read(uid_t user)
{
    memset(&keys, 0x5a, sizeof keys);
    why[0] = '\0';
    return key_file_read(path, user, &keys, why, sizeof why);
}

static void refuse(const char *wanted)
{
    static const struct keyring nothing;
    assert_false(can_read(geteuid()));
    assert_string_equal(why, wanted);
    assert_memory_equal(&keys, &nothing, sizeof nothing);
}

static void a_file_for_its_owner_alone_is_read(void **state)
{
    (void)state;
    write_file(KEY, strlen(KEY), 0600);
    assert_true(can_read(geteuid()));
    assert_int_equal(keys.count, 1);
    assert_int_equal(keys.keys[0].id, 9);
    write_file(KEY, strlen(KEY), 0400);
    assert_true(can_read(geteuid()));
}

static void a_file_for_others_is_refused(void **state)
{
    (void)state;
    for (mode_t bit = S_IXOTH; bit <= S_IRGRP; bit <<= 1) {
        write_file(KEY, strlen(KEY), 0600 | bit);
        refuse("the key file ring.key cannot be used: others than its owner have access to it: "
               "chmod 600");
    }
}

static void the_owner_is_root_or_the_daemon(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip(); /* nobody else can give a file away */
    write_file(KEY, strlen(KEY), 0600);
    assert_true(can_read(SOMEBODY));
    assert_int_equal(chown(path, SOMEBODY, (gid_t)-1), 0);
    assert_true(can_read(SOMEBODY));
    refuse("the key file ring.key cannot be used: it belongs to somebody else than root and the daemon's "
           "user");
}

static void what_is_no_file_is_refused_and_not_waited_for(void **state)
{
    (void)state;
    refuse("the key file ring.key cannot be used: No such file or directory");
    assert_int_equal(mkfifo(path, 0600), 0);
    refuse("the key file ring.key cannot be used: it is not a regular file");
    remove(path);
    assert_int_equal(mkdir(path, 0700), 0);
    refuse("the key file ring.key cannot be used: it is not a regular file");
    remove(path);
    write_file(KEY, strlen(KEY), 0600);
    assert_int_equal(rename(path, "other"), 0);
    assert_int_equal(symlink("other", path), 0);
    refuse("the key file ring.key cannot be used: it is a symbolic link: name the file itself");
}

static void what_is_wrong_in_it_is_told_with_its_place(void **state)
{
    (void)state;
    write_file("# ours\n" KEY "9 aes", strlen(KEY) + 12, 0600);
    refuse("ring.key:3:1: error: there is another key with the number 9");
    write_file("", 0, 0600);
    refuse("ring.key:1:1: error: there is no key in this file");
}

static void a_file_has_a_bound(void **state)
{
    enum { MOST = 16 << 10 };
    char *text = malloc(MOST + 1);
    (void)state;
    assert_non_null(text);
    memset(text, '\n', MOST + 1);
    memcpy(text, KEY, strlen(KEY));
    write_file(text, MOST, 0600);
    assert_true(can_read(geteuid()));
    write_file(text, MOST + 1, 0600);
    refuse("the key file ring.key cannot be used: it is too large to be one");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_file_for_its_owner_alone_is_read, remove_files),
        cmocka_unit_test_teardown(a_file_for_others_is_refused, remove_files),
        cmocka_unit_test_teardown(the_owner_is_root_or_the_daemon, remove_files),
        cmocka_unit_test_teardown(what_is_no_file_is_refused_and_not_waited_for, remove_files),
        cmocka_unit_test_teardown(what_is_wrong_in_it_is_told_with_its_place, remove_files),
        cmocka_unit_test_teardown(a_file_has_a_bound, remove_files),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
