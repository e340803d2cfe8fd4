# SPDX-License-Identifier: MIT
"""Nothing outlives a test: not what it started, nor what that started, however the test ends.

A daemon that is left over goes on for ever and has a port that the next run wants. Signals to a
process group or on the death of a parent do not do: a daemon that changes its user forgets the
latter. So the test is made the grandchild of two processes who inherit orphans. When it ends they
end whoever is left, and end as it did; each of them does so for the other if that is killed.
"""
import contextlib
import ctypes
import os
import resource
import signal
import sys

LIBC = ctypes.CDLL(None, use_errno=True)
SET_PDEATHSIG, SET_CHILD_SUBREAPER = 1, 36
OVER = signal.SIGUSR1  # to the inner of the two when the outer is killed
HEARD = {signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP, signal.SIGINT, OVER}

_is_kept = False


def keep():
    """Goes on in a process that is kept. To be called before threads are started."""
    global _is_kept
    sys.stdout.flush()
    sys.stderr.flush()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
    for on_death in (OVER, signal.SIGKILL):
        LIBC.prctl(SET_CHILD_SUBREAPER, 1)
        parent, child = os.getpid(), os.fork()
        if child:
            _guard(child)
        LIBC.prctl(SET_PDEATHSIG, on_death)
        if os.getppid() != parent:
            os._exit(1)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    _is_kept = True


def require():
    """For those who start what must not be left over."""
    if not _is_kept:
        raise RuntimeError("a test, or a program like one, begins with keeper.keep()")


def _guard(child):
    """Waits for the end of the child, ends all who are left, and ends as the child did. SIGINT and
    SIGHUP come from a terminal, which sends them to the child as well."""
    status = None
    while status is None:
        heard = signal.sigwait(HEARD)
        if heard == OVER:
            os.kill(child, signal.SIGKILL)
        elif heard == signal.SIGTERM:
            os.kill(child, signal.SIGTERM)
        status = _reap(child)
    _end_all()
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        os._exit(code)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if -code not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(-code, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    os.kill(os.getpid(), -code)
    os._exit(1)


def _reap(child):
    """Takes in all who have ended; the status of the child once it is among them."""
    status = None
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, how = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            if pid == child:
                status = how
    return status


def _end_all():
    """The children of those who end become ours, until nobody is left."""
    with contextlib.suppress(ChildProcessError):
        while True:
            for pid in children(os.getpid()):
                os.kill(pid, signal.SIGKILL)
            os.waitpid(-1, 0)


def children(parent):
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{name}/stat") as f:
            if int(f.read().rsplit(")", 1)[1].split()[1]) == parent:
                found.append(int(name))
    return found
