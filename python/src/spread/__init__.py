# SPDX-License-Identifier: MIT
"""Group communication with Spread, from Python.

    import spread

    with spread.connect("4803", name="hello") as mailbox:
        mailbox.join("greetings")
        mailbox.send("greetings", b"hello, world", service=spread.Service.SAFE)
        for event in mailbox:
            if isinstance(event, spread.Message):
                print(event.sender, "said", event.data)
                break

A mailbox gives, in one order, messages and what happens to the groups it is in: a View says who the
members are now, and a Transition comes before the view in which some may be missing. What the calls
promise is in the manual: spread(7), SP_connect(3), SP_receive(3). `spread.aio` has the same for
asyncio, and Redialing is a connection that comes back by itself.

The package stands on libtspread-core.so.3, which it finds as every program does, or where the
environment variable SPREAD_LIBRARY says.
"""
from .errors import (ConnectError, Disconnected, End, EndReason, IllegalGroup, IllegalMessage,
                     SpreadError)
from .events import Cause, Event, Left, Message, Rejected, Service, Transition, View
from .mailbox import Mailbox, SlowPolicy, connect
from .redial import Redialing

__all__ = ["Cause", "ConnectError", "Disconnected", "End", "EndReason", "Event", "IllegalGroup",
           "IllegalMessage", "Left", "Mailbox", "Message", "Redialing", "Rejected", "Service",
           "SlowPolicy", "SpreadError", "Transition", "View", "connect"]
