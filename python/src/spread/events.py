# SPDX-License-Identifier: MIT
"""What a mailbox gives: messages, and what happens to its groups."""
import ctypes
import dataclasses
import enum
from typing import Any, Union

from . import _library as c

_REG_MEMB, _TRANSITION, _REJECT = 0x1000, 0x2000, 0x400000
_MEMBERSHIP = 0x3f00


class Service(enum.IntEnum):
    """The promise that a message is sent with."""
    UNRELIABLE = 0x01
    RELIABLE = 0x02
    FIFO = 0x04
    CAUSAL = 0x08
    AGREED = 0x10
    SAFE = 0x20


class Cause(enum.IntEnum):
    """Why there is another view."""
    JOIN = 0x100
    LEAVE = 0x200
    DISCONNECT = 0x400
    NETWORK = 0x800


@dataclasses.dataclass(frozen=True)
class Message:
    """groups: all that it was sent to. kind: a number of the sender's choice. swapped: the sender's
    machine has the other byte order."""
    sender: str
    groups: tuple[str, ...]
    data: bytes
    service: Service
    kind: int = 0
    swapped: bool = False


@dataclasses.dataclass(frozen=True)
class Rejected:
    """A request of ours that the daemon has refused: service is that of a message, or None for a
    join or leave."""
    groups: tuple[str, ...]
    data: bytes
    service: Union[Service, None]
    kind: int = 0


@dataclasses.dataclass(frozen=True)
class View:
    """Who is in group from now on, in an order that is the same everywhere. changed: who came or
    went, if that is one. with_us: those who have come from the last view together with us and have
    got the same messages of it. sets: all such sets, in a view caused by the network."""
    group: str
    members: tuple[str, ...]
    cause: Cause
    changed: Union[str, None]
    id: tuple[int, int, int]
    with_us: tuple[str, ...]
    sets: tuple[tuple[str, ...], ...]


@dataclasses.dataclass(frozen=True)
class Transition:
    """Some members of group may be lost: messages up to the next view may have reached only those
    who come along into it."""
    group: str


@dataclasses.dataclass(frozen=True)
class Left:
    """We are not in group any more. From a Redialing also: we were, and messages are missing."""
    group: str


Event = Union[Message, Rejected, View, Transition, Left]


def name_of(raw: bytes) -> str:
    return raw.split(b"\0", 1)[0].decode(errors="surrogateescape")


def name_bytes(name: str) -> bytes:
    return name.encode(errors="surrogateescape")


def names_in(raw: Any, count: int) -> tuple[str, ...]:
    """Of a buffer with a name in each 32 bytes."""
    text = bytes(memoryview(raw)[:count * c.NAME])
    return tuple(name_of(text[i:i + c.NAME]) for i in range(0, len(text), c.NAME))


def _set_members(body: Any, one: c.VsSetInfo) -> tuple[str, ...]:
    room = ctypes.create_string_buffer(max(1, one.num_members * c.NAME))
    return names_in(room, c.lib.SP_get_vs_set_members(body, one, room, one.num_members))


def _view(group: str, members: tuple[str, ...], service: int, body: Any) -> View:
    info = c.MembershipInfo()
    c.lib.SP_get_memb_info(body, service, info)
    sets = (c.VsSetInfo * max(1, info.num_vs_sets))()
    mine = ctypes.c_uint()
    c.lib.SP_get_vs_sets_info(body, sets, info.num_vs_sets, mine)
    all_sets = tuple(_set_members(body, sets[i]) for i in range(info.num_vs_sets))
    cause = Cause(service & 0xf00)
    return View(group=group, members=members, cause=cause,
                changed=None if cause is Cause.NETWORK else name_of(info.changed_member),
                id=(info.gid[0], info.gid[1], info.gid[2]),
                with_us=all_sets[mine.value] if mine.value < len(all_sets) else (), sets=all_sets)


def event_of(service: int, sender: str, groups: tuple[str, ...], kind: int, swapped: bool,
             body: Any, length: int) -> Event:
    """What a call of SP_receive has stored."""
    if service & _REJECT:
        plain = service & 0x3f
        return Rejected(groups, bytes(memoryview(body)[:length]), Service(plain) if plain else None, kind)
    if service & _REG_MEMB:
        return _view(sender, groups, service, body)
    if service & _TRANSITION:
        return Transition(sender)
    if service & _MEMBERSHIP:
        return Left(sender)
    return Message(sender, groups, bytes(memoryview(body)[:length]), Service(service & 0x3f), kind, swapped)
