# SPDX-License-Identifier: MIT
"""A client library: what it writes, and what it makes of what a daemon says."""
from . import checks, frames
from .checks import require, same, same_bytes
from .frames import (AGREED, BY_JOIN, BY_LEAVE, BY_NETWORK, FIFO, JOIN, KILL, LEAVE, REGULAR, REJECT, SAFE,
                     SELF_DISCARD, TRANSITION)

check = checks.List()
ME, OTHER = "#me#fake", "#other#fake"
ID = (0x5c8d7aef, 0x6b03da9b, 3)
DROP_RECV = 0x01000000

SP = ("version set_auth_method set_auth_methods connect connect_timeout disconnect kill join leave multicast "
      "scat_multicast multigroup_multicast multigroup_scat_multicast receive scat_receive get_memb_info "
      "get_vs_sets_info get_vs_set_members scat_get_memb_info scat_get_vs_sets_info scat_get_vs_set_members poll "
      "equal_group_ids strerror error query_groups query_members")
E = ("init get_time get_time_monotonic neg_time add_time sub_time compare_time queue in_queue dequeue delay "
     "attach_fd detach_fd detach_fd_priority set_active_threshold activate_fd deactivate_fd num_active "
     "handle_events exit_events exit_events_async_safe")


@check("it has every call of 5.0.1")
def symbols(stage):
    names = [f"SP_{name}" for name in SP.split()] + [f"E_{name}" for name in E.split()]
    same(stage.call("missing", names), [], "what is missing")
    return f"{len(names)} of them"


@check("it says that it is of version 5.0.1 or later")
def version(stage):
    told, *numbers = stage.call("version")
    require(told == 1 and numbers >= [5, 0, 1], f"{told}, {numbers}")
    return ".".join(map(str, numbers))


# -- connecting ------------------------------------------------------------------------------------


@check("the connect request is one write of the bytes of 5.0.1")
def request(stage):
    told, request, choice = stage.connect()
    same(request.hex(), "050001" + "01" + "02" + b"me".hex(), "the request")
    same_bytes(choice, frames.choice("NULL"), "the choice")
    same((told[0], told[2]), (1, ME), "what it returns")


@check("without membership, and with priority, the flags say so")
def flags(stage):
    _, request, _ = stage.connect(membership=0, priority=1)
    same(request[3], 0x10, "the flags")


@check("a name of more than 10 bytes is cut; no name is a length of 0")
def names(stage):
    _, request, _ = stage.connect(name="abcdefghijklm")
    same(request[4:], b"\x0aabcdefghij", "length and name")
    _, request, _ = stage.connect(name="", group="#r1-1#fake")
    same(request[4:], b"\0", "length and name")


@check("the daemon's side of the handshake may come byte by byte")
def in_pieces(stage):
    told, _, _ = stage.connect(pieces=True)
    same((told[0], told[2]), (1, ME), "what it returns")


@check("a refusal is what SP_connect returns, in the place of the methods and of the acceptance")
def refusals(stage):
    for code in (-3, -4, -5, -6, -7, -9):
        for late in False, True:
            stage.begin("connect", stage.address, "me", 0, 1)
            stream = stage.accept()
            stream.read(7)
            if late:
                stream.send(b"\5NULL ")
                stream.read(90)
            stream.send(bytes([code & 0xff]))
            stream.close()
            same(stage.answer()[0], code, f"what it returns for {code & 0xff:02x}")
    return "six codes, in two places"


@check("a daemon that offers no NULL cannot be used")
def no_method(stage):
    stage.begin("connect", stage.address, "me", 0, 1)
    stream = stage.accept()
    stream.read(7)
    stream.send(b"\3IP ")
    got = stage.answer()[0]
    same(got, -9, "what it returns")


@check("addresses that are none, and daemons that are not there")
def no_daemon(stage):
    for address in ("x", "4803@", "x" * 71):
        same(stage.call("connect", address, "me", 0, 1)[0], -1, f"for {address}")
    stage.listener.close()
    same(stage.call("connect", stage.address, "me", 0, 1)[0], -2, "where nobody listens")


# -- sending ---------------------------------------------------------------------------------------


@check("joins and leaves are the bytes of 5.0.1")
def joins(stage):
    mbox = stage.open()
    same(stage.call("join", mbox, "group"), 0, "what SP_join returns")
    stage.hears(frames.frame(JOIN, ME, ["group"]), "the join")
    same(stage.call("leave", mbox, "group"), 0, "what SP_leave returns")
    stage.hears(frames.frame(LEAVE, ME, ["group"]), "the leave")


@check("groups that nobody can join are refused, and nothing is sent")
def illegal_groups(stage):
    mbox = stage.open()
    for group in ("", "x" * 32, "#private#d", "with blank", "\x7f"):
        same(stage.call("join", mbox, group), -14, f"SP_join of {group!r}")
        same(stage.call("leave", mbox, group), -14, f"SP_leave of {group!r}")
    stage.hears_nothing(mbox)


@check("messages are the bytes of 5.0.1, whatever their service, type and number of groups")
def messages(stage):
    mbox = stage.open()
    for service in (*frames.SERVICES, AGREED | SELF_DISCARD):
        same(stage.call("multicast", mbox, service, "group", 0x1234, b"hello".hex()), 5, "what SP_multicast returns")
        stage.hears(frames.frame(service, ME, ["group"], b"hello", 0x1234), f"service {service:#x}")
    for kind in (0, -1, 32767, -32768):
        stage.call("multicast", mbox, FIFO, "group", kind, "")
        stage.hears(frames.frame(FIFO, ME, ["group"], b"", kind), f"type {kind}")
    for groups in (["one", "two", OTHER], ["g"] * 100, []):
        same(stage.call("multigroup", mbox, SAFE, groups, 1, b"many".hex()), 4, "what it returns")
        stage.hears(frames.frame(SAFE, ME, groups, b"many", 1), f"{len(groups)} groups")
    same(stage.call("scatter", mbox, FIFO, "group", 2, [b"in ".hex(), "", b"parts".hex()]), 8, "of SP_scat_multicast")
    stage.hears(frames.frame(FIFO, ME, ["group"], b"in parts", 2), "a message in parts")


@check("what may not be sent is refused, and nothing is sent")
def illegal_messages(stage):
    mbox = stage.open()
    same(stage.call("multicast", mbox, 0, "group", 0, ""), -12, "without a service")
    same(stage.call("multicast", mbox, FIFO, "group", 0, "00" * 150000), -17, "150000 bytes")
    same(stage.call("multicast", mbox + 1000, FIFO, "group", 0, ""), -11, "with a mailbox that is none")
    stage.hears_nothing(mbox)


@check("a goodbye is a message, and the end of the connection")
def goodbye(stage):
    mbox = stage.open()
    same(stage.call("join", mbox, "group"), 0, "what SP_join returns")
    stage.begin("disconnect", mbox)
    stage.hears(frames.frame(JOIN, ME, ["group"]), "what was sent before")
    goodbye = stage.stream.frame()
    same((goodbye.kind, goodbye.sender), (KILL, ME), "the goodbye")
    stage.stream.close()
    same(stage.answer(), 0, "what SP_disconnect returns")
    same(stage.call("poll", mbox), -11, "what SP_poll returns then")


# -- receiving -------------------------------------------------------------------------------------


def receives(stage, mbox, data, *how, **wanted):
    stage.say(data)
    told = stage.call("receive", mbox, *how)
    same({key: told[key] for key in wanted}, wanted, "what SP_receive gives")
    return told


@check("a message is received as it was sent, from machines of both byte orders")
def receive(stage):
    mbox = stage.open()
    for order in "<", ">":  # the daemon's, and the sender's
        for sender in "<", ">":
            receives(stage, mbox, frames.frame(AGREED, OTHER, ["group", ME], b"hello", 0x1234, order, hint_order=sender),
                     got=5, service=AGREED, sender=OTHER, count=2, groups=["group", ME], type=0x1234,
                     endian=int(sender == ">"), body=b"hello".hex())
    receives(stage, mbox, frames.frame(FIFO, OTHER, [], b"", -2), got=0, count=0, type=-2, body="", endian=0)
    return "a daemon and a sender in either order"


@check("a view names its members, which one of them we are, and why it came")
def views(stage):
    mbox = stage.open()
    for order in "<", ">":
        for cause, changed in ((BY_JOIN, ME), (BY_LEAVE, "#gone#fake"), (frames.BY_DISCONNECT, "#gone#fake")):
            told = receives(stage, mbox, frames.frame(REGULAR | cause, "group", [OTHER, ME],
                                                      frames.notice(ID, [[changed]], order=order), order=order),
                            got=56, service=REGULAR | cause, sender="group", count=2, groups=[OTHER, ME], type=1)
            same(stage.call("views", told["body"], told["service"]),
                 {"got": 1, "id": list(ID), "changed": changed, "count": 1, "sets": [1, 0], "members": [[changed]]},
                 "what the calls for views say")


@check("a change of the network names the sets, and which is ours")
def sets(stage):
    mbox, parts = stage.open(), [["#c#other"], [ME, OTHER], ["#d#third", "#e#third"]]
    members = sorted(sum(parts, []))
    for order in "<", ">":
        body = frames.notice(ID, parts, 1, order)
        told = receives(stage, mbox, frames.frame(REGULAR | BY_NETWORK, "group", members, body, order=order),
                        got=len(body), service=REGULAR | BY_NETWORK, count=5, groups=members, type=members.index(ME))
        seen = stage.call("views", told["body"], told["service"])
        same((seen["count"], seen["sets"], seen["members"]), (3, [3, 1], parts), "what the calls for views say")
        same(seen["id"], list(ID), "the id")


@check("a transitional message, and the one that says that we have left")
def transitions(stage):
    mbox = stage.open()
    body = frames.notice(ID, [])[:12]
    receives(stage, mbox, frames.frame(TRANSITION, "group", [], body), got=12, service=TRANSITION, sender="group",
             count=0, body=body.hex())
    receives(stage, mbox, frames.frame(BY_LEAVE, "group"), got=0, service=BY_LEAVE, sender="group", count=0)


@check("a message of ours that the daemon refused comes back with its service")
def rejects(stage):
    mbox = stage.open()
    told = receives(stage, mbox, frames.frame(REJECT, ME, ["one", ME], b"data!", 0x1234, old_kind=FIFO), got=5,
                    sender=ME, count=2, groups=["one", ME], type=0x1234, body=b"data!".hex())
    same(told["service"] & (REJECT | FIFO), REJECT | FIFO, "its service")
    receives(stage, mbox, frames.frame(FIFO, OTHER, [ME], b"next"), body=b"next".hex())


@check("a message may come in pieces, and several at once")
def pieces(stage):
    mbox = stage.open()
    data = frames.frame(FIFO, OTHER, [ME], b"first")
    stage.begin("receive", mbox)
    stage.say(data, pieces=True)
    same(stage.answer()["body"], b"first".hex(), "what came in pieces")
    stage.say(b"".join(frames.frame(FIFO, OTHER, [ME], b"%d" % i) for i in range(50)))
    same([bytes.fromhex(stage.call("receive", mbox)["body"]) for _ in range(50)], [b"%d" % i for i in range(50)],
         "50 at once")


@check("buffers that are too small: what is needed is told, and nothing is lost")
def too_small(stage):
    mbox = stage.open()
    receives(stage, mbox, frames.frame(FIFO, OTHER, [ME, "a", "b"], b"x" * 100), 0, 10, 20, got=-15, endian=-100)
    receives(stage, mbox, b"", 0, 1, 200, got=-16, count=-3)
    receives(stage, mbox, b"", 0, 10, 200, got=100, count=3, body=b"x".hex() * 100)


@check("with DROP_RECV the message is cut")
def drop(stage):
    mbox = stage.open()
    receives(stage, mbox, frames.frame(FIFO, OTHER, [ME], b"x" * 100), DROP_RECV, 10, 20, got=-15)
    receives(stage, mbox, frames.frame(FIFO, OTHER, [ME, "a", "b"], b"y"), DROP_RECV, 1, 20, got=1, count=-3)
    receives(stage, mbox, frames.frame(FIFO, OTHER, [ME], b"next"), got=4, body=b"next".hex())


@check("SP_poll tells how much can be received")
def poll(stage):
    mbox = stage.open()
    same(stage.call("poll", mbox), 0, "where there is nothing")
    stage.begin("receive", mbox)
    stage.say(frames.frame(FIFO, OTHER, [ME], b"") + frames.frame(FIFO, OTHER, [ME], b"hello"))
    stage.answer()
    require(stage.call("poll", mbox) > 0, "it is 0 where a message waits")
    receives(stage, mbox, b"", body=b"hello".hex())
    same(stage.call("poll", mbox), 0, "behind the last")


@check("the end of the daemon is told, once as it happens, then for good")
def end(stage):
    mbox = stage.open()
    stage.say(frames.frame(FIFO, OTHER, [ME], b"last"))
    stage.stream.close()
    same(stage.call("receive", mbox)["body"], b"last".hex(), "what had come before")
    same(stage.call("receive", mbox)["got"], -8, "what SP_receive returns then")
    require(stage.call("receive", mbox)["got"] in (-8, -11, -18), "another receive goes on as if nothing were")


@check("each code has its own text")
def texts(stage):
    codes = [-1, -2, -3, -4, -5, -6, -7, -8, -9, -11, -12, -13, -14, -15, -16, -17, -18]
    seen = [stage.call("strerror", code) for code in codes]
    require(all(seen) and len(set(seen)) > 10, f"only {len(set(seen))} texts for {len(codes)} codes")
