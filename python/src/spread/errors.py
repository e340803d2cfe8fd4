# SPDX-License-Identifier: MIT
"""What can go wrong, and how a mailbox ended."""
import dataclasses
import enum

from . import _library as c


class SpreadError(Exception):
    """A call failed. code: what the library returned, as sp.h names it."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class ConnectError(SpreadError):
    """No mailbox was opened: no daemon there, or it did not let us in."""


class Disconnected(SpreadError):
    """The mailbox has ended; Mailbox.end() says how."""


class IllegalGroup(SpreadError):
    """No name that a group may have: 1 to 31 bytes, each '$' to '~'."""


class IllegalMessage(SpreadError):
    """Too long, or to no group, or to more than 100."""


class EndReason(enum.IntEnum):
    """How a mailbox ended, or a connect failed."""
    NONE = 0
    CLOSED = 1
    STOPPED = 2
    SLOW = 3
    PROTOCOL = 4
    NETWORK = 5
    REFUSED = 6
    TIMEOUT = 7
    ADDRESS = 8
    UNKNOWN = 9


@dataclasses.dataclass(frozen=True)
class End:
    """reason, and a sentence with the address."""
    reason: EndReason
    text: str


_KINDS: dict[int, type[SpreadError]] = {
    -8: Disconnected, -11: Disconnected, -18: Disconnected,
    -13: IllegalMessage, -17: IllegalMessage, -14: IllegalGroup,
}


def text_of(code: int) -> str:
    text: bytes = c.lib.SP_strerror(code)
    return text.decode(errors="replace").strip()


def check(code: int) -> int:
    """The result of a call, unless it is an error."""
    if code >= 0:
        return code
    raise _KINDS.get(code, SpreadError)(code, text_of(code))


def last_end(mailbox: int) -> End:
    """mailbox -1: of the last connect of this thread."""
    record = c.EndRecord()
    check(c.lib.SP_last_end(mailbox, record))
    return End(EndReason(record.reason), record.text.decode(errors="replace"))


def connect_error(code: int) -> ConnectError:
    """Of the last connect of this thread, with the library's sentence if it has one."""
    try:
        return ConnectError(code, last_end(-1).text)
    except SpreadError:
        return ConnectError(code, f"connect: error {code}")
