/* SPDX-License-Identifier: MIT */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/support/daemon.h"
#include "tests/support/test.h"

/* What may stay because something small lies behind it, or a sanitizer keeps its books. */
#ifdef SANITIZED_MEMORY
enum { SLACK = 64 << 20 };
#else
enum { SLACK = 24 << 20 };
#endif
enum { LIMIT_MS = 120000, TRY_MS = 10 };

static void add_options(const char *name, const char *options)
{
    char all[1024];
    const char *before = getenv(name);
    snprintf(all, sizeof all, "%s%s%s", before ? before : "", before ? ":" : "", options);
    assert_int_equal(setenv(name, all, 1), 0);
}

void test_daemons_are_lean(void)
{
    add_options("GLIBC_TUNABLES",
                "glibc.malloc.trim_threshold=65536:glibc.malloc.mmap_threshold=131072");
    add_options("ASAN_OPTIONS", "quarantine_size_mb=16:allocator_release_to_os_interval_ms=0");
}

size_t test_daemon_memory(const struct test_daemon *d)
{
    char path[64];
    size_t all, here = 0;
    snprintf(path, sizeof path, "/proc/%d/statm", (int)d->pid);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%zu %zu", &all, &here), 2);
    fclose(f);
    return here * (size_t)sysconf(_SC_PAGESIZE);
}

void test_daemon_expect_memory(const struct test_daemon *d, size_t before)
{
    size_t now = 0;
    for (int ms = 0; ms < LIMIT_MS; ms += TRY_MS) {
        now = test_daemon_memory(d);
        if (now <= before + SLACK)
            return;
        poll(NULL, 0, TRY_MS);
    }
    fail_msg("%zu kB of memory before the crowd, %zu after it", before >> 10, now >> 10);
}
