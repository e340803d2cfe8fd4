# SPDX-License-Identifier: MIT
"""The same for asyncio.

    async with await spread.aio.connect("4803") as mailbox:
        await mailbox.join("greetings")
        async for event in mailbox:
            ...

What may wait, a connect and a send, is done beside the loop; receiving waits for the descriptor.
"""
import asyncio
import types
from typing import AsyncIterator, Iterable, Union

from . import mailbox as plain
from .errors import End
from .events import Event, Service


class Mailbox:
    """Made by connect(). One task at a time receives."""

    def __init__(self, mailbox: plain.Mailbox) -> None:
        self._mailbox = mailbox
        self.private_group = mailbox.private_group

    async def __aenter__(self) -> "Mailbox":
        return self

    async def __aexit__(self, kind: Union[type[BaseException], None], error: Union[BaseException, None],
                        trace: Union[types.TracebackType, None]) -> None:
        await self.close()

    async def close(self) -> None:
        await asyncio.to_thread(self._mailbox.close)

    async def join(self, group: str) -> None:
        await asyncio.to_thread(self._mailbox.join, group)

    async def leave(self, group: str) -> None:
        await asyncio.to_thread(self._mailbox.leave, group)

    async def send(self, groups: Union[str, Iterable[str]], data: bytes, *,
                   service: Service = Service.AGREED, kind: int = 0, to_self: bool = True) -> None:
        """As Mailbox.send. Sends of several tasks come in no particular order."""
        await asyncio.to_thread(self._mailbox.send, groups, data, service=service, kind=kind,
                                to_self=to_self)

    async def receive(self) -> Event:
        """The next event; with a time limit: asyncio.wait_for, which loses nothing."""
        while True:
            try:
                return self._mailbox.receive(timeout=0)
            except TimeoutError:
                await self._readable()

    async def _readable(self) -> None:
        loop, ready = asyncio.get_running_loop(), asyncio.Event()
        descriptor = self._mailbox.fileno()
        loop.add_reader(descriptor, ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_reader(descriptor)

    async def __aiter__(self) -> AsyncIterator[Event]:
        while True:
            yield await self.receive()

    async def end(self) -> End:
        return await asyncio.to_thread(self._mailbox.end)


async def connect(daemon: str = "4803", name: str = "", *, priority: bool = False,
                  membership: bool = True, timeout: Union[float, None] = None) -> Mailbox:
    """As spread.connect()."""
    return Mailbox(await asyncio.to_thread(plain.connect, daemon, name, priority=priority,
                                           membership=membership, timeout=timeout))
