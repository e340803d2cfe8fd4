# SPDX-License-Identifier: MIT
"""A process that does nothing for a while, as one does that gets no processor.

SIGSTOP does not do where others have a say: whoever lets a whole process group go on, because he had
stopped it or because the kernel found it orphaned, sends SIGCONT to those in it as well that a test
wants to stand still. A traced process heeds nobody but its tracer, which is the thread of the test that
called begin. Where tracing is not allowed it is stopped by the signal all the same.
"""
import ctypes
import os
import signal

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
LIBC.ptrace.restype = ctypes.c_long
# ptrace(2)
CONT, DETACH, SEIZE, INTERRUPT, EVENT_STOP = 7, 17, 0x4206, 0x4207, 128


def _ptrace(request, pid, data=0):
    if LIBC.ptrace(request, pid, None, data) < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"ptrace of process {pid}: {os.strerror(error)}")


def begin(pid):
    """A child: it does nothing more when this returns."""
    try:
        _ptrace(SEIZE, pid)
    except PermissionError:
        os.kill(pid, signal.SIGSTOP)
        os.waitid(os.P_PID, pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        return
    _ptrace(INTERRUPT, pid)
    while True:
        stop = os.waitid(os.P_PID, pid, os.WSTOPPED)
        event, number = divmod(stop.si_status, 256)
        if event == EVENT_STOP:
            return
        _ptrace(CONT, pid, number)  # a signal that came first: it is to have it


def end(pid):
    """It goes on. An error if somebody has let it go on before."""
    expect(pid)
    end_if_begun(pid)


def end_if_begun(pid):
    state = _state(pid)
    if state == "t":
        _ptrace(DETACH, pid)
    elif state == "T":
        os.kill(pid, signal.SIGCONT)


def expect(pid):
    """It has stood still until now."""
    state = _state(pid)
    if state not in "tT":
        raise AssertionError(f"process {pid} was to stand still, but somebody has woken it: {state}")


def _state(pid):
    with open(f"/proc/{pid}/stat") as f:
        return f.read().rsplit(")", 1)[1].split()[0]
