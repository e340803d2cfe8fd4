# SPDX-License-Identifier: MIT
"""A connection that comes back."""
import ctypes
import types
from typing import Iterable, Iterator, Union

from . import _library as c
from ._receive import Receiver
from .errors import Disconnected, check, connect_error
from .events import Event, Service, name_bytes
from .mailbox import Mailbox, send

_MEMBERSHIP, _RANDOM = 1, 2


class Redialing:
    """Connects to the first of the addresses that takes us, and again when the connection is lost, with
    the groups it was in. For each of these comes a Left: from there on messages are missing, until the
    View that says that it is in again. One thread at a time uses it."""

    def __init__(self, addresses: Union[str, Iterable[str]], name: str = "", *, membership: bool = True,
                 at_random: bool = False) -> None:
        text = addresses if isinstance(addresses, str) else ",".join(addresses)
        self._handle = ctypes.c_void_p()
        code = c.lib.SP_redial_open(self._handle, text.encode(), name_bytes(name) or None,
                                    _MEMBERSHIP * membership | _RANDOM * at_random)
        if code != c.ACCEPT_SESSION:
            raise connect_error(code)
        self._receiver = Receiver(c.lib.SP_redial_receive)

    def __enter__(self) -> "Redialing":
        return self

    def __exit__(self, kind: Union[type[BaseException], None], error: Union[BaseException, None],
                 trace: Union[types.TracebackType, None]) -> None:
        self.close()

    def close(self) -> None:
        """Says goodbye. Again: nothing."""
        handle, self._handle = self._handle, ctypes.c_void_p()
        c.lib.SP_redial_close(handle)

    def _opened(self) -> ctypes.c_void_p:
        if not self._handle:
            raise Disconnected(-11, "it is closed")
        return self._handle

    @property
    def private_group(self) -> str:
        """The last one, while the connection is lost."""
        raw: bytes = c.lib.SP_redial_private_group(self._opened())
        return raw.decode(errors="surrogateescape")

    @property
    def mailbox(self) -> Union[Mailbox, None]:
        """To poll: another one after each loss, None while it is lost."""
        descriptor = self._descriptor()
        return None if descriptor < 0 else Mailbox(descriptor, self.private_group)

    def _descriptor(self) -> int:
        descriptor: int = c.lib.SP_redial_mailbox(self._opened())
        return descriptor

    def join(self, group: str) -> None:
        """While it is lost this counts from the next connection on."""
        check(c.lib.SP_redial_join(self._opened(), name_bytes(group)))

    def leave(self, group: str) -> None:
        check(c.lib.SP_redial_leave(self._opened(), name_bytes(group)))

    def send(self, groups: Union[str, Iterable[str]], data: bytes, *, service: Service = Service.AGREED,
             kind: int = 0, to_self: bool = True) -> None:
        """As Mailbox.send; Disconnected while it is lost: nothing is kept for later."""
        descriptor = self._descriptor()
        if descriptor < 0:
            raise Disconnected(-8, "the connection is lost")
        send(descriptor, groups, data, service, kind, to_self)

    def receive(self, timeout: Union[float, None] = None) -> Event:
        """As Mailbox.receive, but a loss is no error: it connects again meanwhile."""
        return self._receiver.receive(self._opened(), timeout)

    def __iter__(self) -> Iterator[Event]:
        while True:
            yield self.receive()
