/* SPDX-License-Identifier: MIT
 *
 * A test that goes on for ever with a daemon and a child of its own, and says who they are, for
 * keeper_test.py to end.
 */
#include <stdio.h>

#include "tests/support/child.h"
#include "tests/support/daemon.h"

int main(void)
{
    struct test_daemon d;
    test_daemon_start(&d, NULL);
    pid_t child = child_fork();
    if (child > 0) {
        printf("%d %d %d %s\n", (int)d.pid, (int)d.watcher, (int)child, d.folder);
        fflush(stdout);
    }
    for (;;)
        pause();
}
