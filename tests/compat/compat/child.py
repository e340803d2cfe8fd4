# SPDX-License-Identifier: MIT
"""A process that has loaded a client library and does with it what lines of JSON on its standard input
say; what comes of each is a line on its standard output. A library that crashes takes this process alone
with it.

usage: child.py LIBRARY
"""
import ctypes
import json
import sys
from ctypes import byref, c_char, c_char_p, c_int, c_short, c_size_t, c_uint, create_string_buffer

NAME = 32


class VsSet(ctypes.Structure):
    _fields_ = [("num_members", c_uint), ("members_offset", c_uint)]


class MembershipInfo(ctypes.Structure):
    _fields_ = [("gid", c_int * 3), ("changed_member", c_char * NAME), ("num_vs_sets", c_uint), ("my_vs_set", VsSet)]


class Element(ctypes.Structure):
    _fields_ = [("buf", c_char_p), ("len", c_size_t)]


class Scatter(ctypes.Structure):
    _fields_ = [("num_elements", c_size_t), ("elements", Element * 100)]


def text(name):
    return bytes(name).split(b"\0", 1)[0].decode("latin-1")


def names_of(fields, count):
    return [text(fields[i]) for i in range(max(count, 0))]


class Library:
    def __init__(self, path):
        self.lib = ctypes.CDLL(path)
        self.lib.SP_strerror.restype = c_char_p

    def missing(self, names):
        return [name for name in names if not hasattr(self.lib, name)]

    def version(self):
        numbers = [c_int(), c_int(), c_int()]
        return [self.lib.SP_version(*map(byref, numbers)), *(n.value for n in numbers)]

    def strerror(self, code):
        return self.lib.SP_strerror(code).decode("latin-1")

    def connect(self, address, name, priority, membership):
        mbox, group = c_int(-1), create_string_buffer(NAME)
        got = self.lib.SP_connect(address.encode(), name.encode(), priority, membership, byref(mbox), group)
        return [got, mbox.value, text(group.raw)]

    def disconnect(self, mbox):
        return self.lib.SP_disconnect(mbox)

    def join(self, mbox, group):
        return self.lib.SP_join(mbox, group.encode("latin-1"))

    def leave(self, mbox, group):
        return self.lib.SP_leave(mbox, group.encode("latin-1"))

    def multicast(self, mbox, service, group, kind, body):
        body = bytes.fromhex(body)
        return self.lib.SP_multicast(mbox, service, group.encode(), c_short(kind), len(body), body)

    def multigroup(self, mbox, service, groups, kind, body):
        body, fields = bytes.fromhex(body), ((c_char * NAME) * max(len(groups), 1))()
        for field, group in zip(fields, groups):
            field.value = group.encode()
        return self.lib.SP_multigroup_multicast(mbox, service, len(groups), fields, c_short(kind), len(body), body)

    def scatter(self, mbox, service, group, kind, parts):
        s = Scatter(len(parts))
        for element, part in zip(s.elements, map(bytes.fromhex, parts)):
            element.buf, element.len = part, len(part)
        return self.lib.SP_scat_multicast(mbox, service, group.encode(), c_short(kind), byref(s))

    def receive(self, mbox, flags=0, groups=100, size=200000):
        service, count, kind, endian = c_int(flags), c_int(-7777), c_short(-7777), c_int(-7777)
        sender, fields, body = create_string_buffer(NAME), ((c_char * NAME) * max(groups, 1))(), create_string_buffer(size + 1)
        got = self.lib.SP_receive(mbox, byref(service), sender, groups, byref(count), fields, byref(kind),
                                  byref(endian), size, body)
        told = count.value if count.value >= 0 else groups
        return {"got": got, "service": service.value & 0xffffffff, "sender": text(sender.raw), "count": count.value,
                "groups": names_of(fields, min(told, groups)), "type": kind.value, "endian": endian.value,
                "body": body.raw[:max(min(got, size), 0)].hex()}

    def poll(self, mbox):
        return self.lib.SP_poll(mbox)

    def views(self, body, service):
        """What the three calls make of a notice."""
        body, info, mine = create_string_buffer(bytes.fromhex(body)), MembershipInfo(), c_uint(7777)
        got = self.lib.SP_get_memb_info(body, service, byref(info))
        told = {"got": got, "id": [n & 0xffffffff for n in info.gid], "changed": text(info.changed_member),
                "count": info.num_vs_sets}
        if got < 0 or not 0 < info.num_vs_sets < 100:
            return told
        sets = (VsSet * info.num_vs_sets)()
        told["sets"] = [self.lib.SP_get_vs_sets_info(body, sets, info.num_vs_sets, byref(mine)), mine.value]
        told["members"] = []
        for one in sets:
            fields = ((c_char * NAME) * max(one.num_members, 1))()
            told["members"].append(names_of(fields, self.lib.SP_get_vs_set_members(body, byref(one), fields,
                                                                                   one.num_members)))
        return told


def main(path):
    library = Library(path)
    print(json.dumps("loaded"), flush=True)
    for line in sys.stdin:
        call, *arguments = json.loads(line)
        print(json.dumps(getattr(library, call)(*arguments)), flush=True)


main(sys.argv[1])
