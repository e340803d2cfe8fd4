# SPDX-License-Identifier: MIT
"""A connection to a daemon."""
import ctypes
import enum
import types
from typing import Iterable, Iterator, Union

from . import _library as c
from ._receive import Receiver
from .errors import End, check, connect_error, last_end
from .events import Event, Service, name_bytes, name_of

_SELF_DISCARD = 0x40
_LONGEST_CONNECT_S = 3600.0


def send(descriptor: int, groups: Union[str, Iterable[str]], data: bytes, service: Service, kind: int,
         to_self: bool) -> None:
    """What Mailbox.send and Redialing.send do."""
    names = [groups] if isinstance(groups, str) else list(groups)
    packed = b"".join(name_bytes(n)[:c.NAME].ljust(c.NAME, b"\0") for n in names)
    flags = int(service) | (0 if to_self else _SELF_DISCARD)
    check(c.lib.SP_multigroup_multicast(descriptor, flags, len(names), packed, kind, len(data), data))


class SlowPolicy(enum.IntEnum):
    """What the daemon does when a mailbox is not read and much waits for it."""
    HOLD = 0
    DROP = 1
    CUT = 2


class Mailbox:
    """Made by connect(). Threads may share it; two that receive take turns. It can be given to
    select, poll and the like: it is readable as long as an event waits."""

    def __init__(self, descriptor: int, private_group: str) -> None:
        self._descriptor = descriptor
        self._open = True
        self.private_group = private_group
        self._receiver = Receiver(c.lib.SP_receive_timeout)

    def __enter__(self) -> "Mailbox":
        return self

    def __exit__(self, kind: Union[type[BaseException], None], error: Union[BaseException, None],
                 trace: Union[types.TracebackType, None]) -> None:
        self.close()

    def fileno(self) -> int:
        """For select, poll and the like: nothing else may be done with it."""
        return self._descriptor

    def close(self) -> None:
        """Says goodbye to the daemon, after everything sent before. Again: nothing."""
        if self._open:
            self._open = False
            c.lib.SP_disconnect(self._descriptor)

    def abandon(self) -> None:
        """Closes it in this process alone, without a word to the daemon: for a child after fork."""
        if self._open:
            self._open = False
            c.lib.SP_kill(self._descriptor)

    def end(self) -> End:
        """How it ended."""
        return last_end(self._descriptor)

    def join(self, group: str) -> None:
        """Asks for it; a View of the group says that it has come about."""
        check(c.lib.SP_join(self._descriptor, name_bytes(group)))

    def leave(self, group: str) -> None:
        """Asks for it; Left says that it has come about."""
        check(c.lib.SP_leave(self._descriptor, name_bytes(group)))

    def send(self, groups: Union[str, Iterable[str]], data: bytes, *, service: Service = Service.AGREED,
             kind: int = 0, to_self: bool = True) -> None:
        """To a group, to a private group, or to up to 100 of either; whoever is in several of them
        gets it once. kind: -32768 to 32767. to_self: also to this mailbox, if it is in one of them.
        Waits while the daemon takes nothing."""
        send(self._descriptor, groups, data, service, kind, to_self)

    def receive(self, timeout: Union[float, None] = None) -> Event:
        """The next event. timeout in seconds, 0: only what is there; then TimeoutError."""
        return self._receiver.receive(self._descriptor, timeout)

    def __iter__(self) -> Iterator[Event]:
        """Event after event, until the mailbox ends, which is an error (Disconnected)."""
        while True:
            yield self.receive()

    def set_read_ahead(self, max_bytes: int) -> None:
        """How much is kept in memory while a send waits: SP_set_read_ahead(3)."""
        check(c.lib.SP_set_read_ahead(self._descriptor, max_bytes))

    def set_slow_policy(self, policy: SlowPolicy) -> None:
        """SP_set_slow_policy(3)."""
        check(c.lib.SP_set_slow_policy(self._descriptor, int(policy)))

    def dropped(self) -> int:
        """How many messages the daemon has left out for it, under SlowPolicy.DROP."""
        count = ctypes.c_ulong()
        check(c.lib.SP_get_dropped(self._descriptor, count))
        return count.value


def connect(daemon: str = "4803", name: str = "", *, priority: bool = False, membership: bool = True,
            timeout: Union[float, None] = None) -> Mailbox:
    """Opens a mailbox. daemon: PORT for this machine, PORT@HOST for any. name: at most 10 bytes, unique
    at its daemon; "" lets the daemon choose. membership: views are wanted. timeout in seconds."""
    wait = min(_LONGEST_CONNECT_S if timeout is None else timeout, _LONGEST_CONNECT_S)
    descriptor, group = ctypes.c_int(), ctypes.create_string_buffer(c.NAME)
    code = c.lib.SP_connect_timeout(daemon.encode(), name_bytes(name) or None, int(priority),
                                    int(membership), descriptor, group,
                                    c.Time(int(wait), int(wait % 1 * 1e6)))
    if code != c.ACCEPT_SESSION:
        raise connect_error(code)
    return Mailbox(descriptor.value, name_of(group.raw))
