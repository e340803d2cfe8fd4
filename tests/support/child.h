/* SPDX-License-Identifier: MIT
 *
 * child.h - processes of a test that end with it, however it ends.
 */
#ifndef SPREAD_TEST_CHILD_H
#define SPREAD_TEST_CHILD_H

#include <signal.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <unistd.h>

/* fork; the child is killed when the thread that called this is gone. */
static inline pid_t child_fork(void)
{
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(126);
    }
    return pid;
}

#endif
