# SPDX-License-Identifier: MIT
"""Receiving into buffers that grow with what comes."""
import ctypes
import threading
from typing import Any, Callable, Union

from . import _library as c
from .errors import check
from .events import Event, event_of, name_of, names_in

_BYTES, _GROUPS = 64 << 10, 256


def milliseconds(timeout: Union[float, None]) -> int:
    """As the library wants them: rounded up, so that a short time is not none at all."""
    return -1 if timeout is None else max(0, -int(-timeout * 1000 // 1))


class Receiver:
    """call: SP_receive_timeout or SP_redial_receive. One thread at a time receives."""

    def __init__(self, call: Callable[..., int]) -> None:
        self._call = call
        self._lock = threading.Lock()
        self._body: Any = None  # made when something is received: who only sends needs none
        self._groups: Any = None

    def receive(self, handle: Any, timeout: Union[float, None]) -> Event:
        with self._lock:
            if self._body is None:
                self._body = ctypes.create_string_buffer(_BYTES)
                self._groups = ctypes.create_string_buffer(_GROUPS * c.NAME)
            return self._receive(handle, milliseconds(timeout))

    def _receive(self, handle: Any, wait_ms: int) -> Event:
        sender = ctypes.create_string_buffer(c.NAME)
        while True:
            service, count, swapped = ctypes.c_int(0), ctypes.c_int(), ctypes.c_int()
            kind = ctypes.c_short()
            length = self._call(handle, service, sender, len(self._groups) // c.NAME, count,
                                self._groups, kind, swapped, len(self._body), self._body, wait_ms)
            if length == c.TIMED_OUT:
                raise TimeoutError("nothing has come")
            if length not in (c.BUFFER_TOO_SHORT, c.GROUPS_TOO_SHORT):
                break
            self._grow(-swapped.value, -count.value)
        check(length)
        return event_of(service.value, name_of(sender.raw), names_in(self._groups, count.value),
                        kind.value, bool(swapped.value), self._body, length)

    def _grow(self, length: int, groups: int) -> None:
        if length > len(self._body):
            self._body = ctypes.create_string_buffer(length)
        if groups * c.NAME > len(self._groups):
            self._groups = ctypes.create_string_buffer(groups * c.NAME)
