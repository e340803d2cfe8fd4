# SPDX-License-Identifier: MIT
"""A daemon, sent what is wrong: it ends that session, and nobody else notices. And two daemons of a ring.

Left out is what makes a daemon of 5.0.1 abort."""
from . import checks, frames
from .checks import same
from .daemon import check, total_order
from .frames import (AGREED, BY_JOIN, BY_NETWORK, FIFO, JOIN, MARK, REGULAR, RELIABLE, SAFE, SELF_DISCARD,
                     UNRELIABLE)

LENGTH_MAX = 144000  # of groups and body; one of 5.0.1 has 143952


def ends(site, **wrong):
    """Its session is over: the others see it go, it sees the end of the stream."""
    watcher, c = site.client(), site.client()
    group = site.group()
    watcher.join(group)
    watcher.frame()
    c.join(group)
    c.frame()
    watcher.frame()
    wrong = {"kind": FIFO, "sender": c.group, "groups": [group], **wrong}
    c.stream.send(frames.frame(**wrong))
    same(c.stream.rest(), b"", "what comes behind it")
    same(watcher.frame().groups, [watcher.group], "who is left in the group")
    return "the session is ended, and the others are told"


@check("a message without a service ends the session")
def no_service(site):
    for kind in (0, SELF_DISCARD):
        ends(site, kind=kind)
    return ends(site, kind=REGULAR)


@check("a message with two services, or a request with one, ends the session")
def two_services(site):
    ends(site, kind=JOIN | FIFO)
    return ends(site, kind=AGREED | SAFE)


@check("a sender that one is not ends the session")
def wrong_sender(site):
    for sender in ("#other#daemon", "nobody", b"x" * 32):
        ends(site, sender=sender)
    return "for each of three"


@check("more than 100 groups, or fewer than none, end the session")
def wrong_count(site):
    ends(site, groups=["g"] * 101)
    return ends(site, groups=[], count=-1)


@check("a body of less than no byte, or of more than there may be, ends the session")
def wrong_length(site):
    ends(site, length=-1)
    return ends(site, length=LENGTH_MAX - frames.NAME + 1)


@check("a hint with other bits than those of a type ends the session")
def wrong_hint(site):
    return ends(site, hint=MARK | 0x01000000)


@check("100 groups are a message, though from 44 on one of 5.0.1 delivers it to nobody")
def hundred_groups(site):
    a, b = site.client(), site.client()
    group = site.group()
    b.join(group)
    b.frame()
    a.send(UNRELIABLE, [group] + [f"{group}.{i}" for i in range(99)], b"to many")
    a.send(UNRELIABLE, [group], b"to one")
    a.nothing_comes()  # it is still in
    first = b.frame()
    checks.require(first.body in (b"to many", b"to one"), f"there came {first}")
    return "delivered" if first.body == b"to many" else "delivered to nobody, as 5.0.1 does"


@check("half of a message and the end of the connection: the half is dropped")
def half(site):
    a, b = site.client(), site.client()
    a.stream.send(frames.frame(FIFO, a.group, [b.group], b"x" * 100)[:-50])
    a.stream.close()
    b.nothing_comes()


# -- two daemons -----------------------------------------------------------------------------------


def needs_another(function):
    function.needs_another = True
    return function


def both(site, group):
    """A member at each of two daemons, which have told what is to be told."""
    a, b = site.client(), site.client(address=site.also)
    for c in a, b:
        c.join(group)
    for c in a, b:
        while len((seen := c.frame()).groups) < 2:
            pass
        checks.require(seen.kind in (REGULAR | BY_JOIN, REGULAR | BY_NETWORK), f"there came {seen}")
    return a, b


@check("members at two daemons see the same view, in the same bytes")
@needs_another
def views_of_two(site):
    group = site.group()
    a, b = both(site, group)
    c = site.client()
    c.join(group)
    seen = a.frame()
    checks.same_bytes(b.frame().bytes, seen.bytes, "what the other daemon says")
    names = [name.rsplit("#", 1)[1] for name in seen.groups]
    same(sorted(names, key=names.index), names, "that members of one daemon stand together")
    return f"{len(names)} members of {' and '.join(sorted(set(names)))}"


@check("messages of each service cross from one daemon to the other, and private ones")
@needs_another
def messages_of_two(site):
    group = site.group()
    a, b = both(site, group)
    for kind in (UNRELIABLE, RELIABLE, FIFO, AGREED, SAFE):
        sent = frames.frame(kind | SELF_DISCARD, a.group, [group], b"x" * 5000, 7)
        a.stream.send(sent)
        checks.same_bytes(b.frame().bytes, sent, f"service {kind:#x}")
    b.send(FIFO, [a.group], b"back")
    same(a.frame().body, b"back", "what comes back")


@check("clients of two daemons see one order")
@needs_another
def order_of_two(site):
    return total_order(site, [site.address, site.also, site.address])
