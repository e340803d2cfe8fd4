# SPDX-License-Identifier: MIT
"""The C library, with the types of its calls. Names are those of sp.h and sp_more.h."""
import ctypes
import os
from ctypes import POINTER, c_char_p, c_int, c_long, c_short, c_uint, c_ulong, c_void_p

NAME = 32  # MAX_GROUP_NAME
END_TEXT = 256

ACCEPT_SESSION = 1
BUFFER_TOO_SHORT, GROUPS_TOO_SHORT = -15, -16
TIMED_OUT, NOT_SUPPORTED = -40, -41


class Time(ctypes.Structure):
    _fields_ = [("sec", c_long), ("usec", c_long)]


class VsSetInfo(ctypes.Structure):
    _fields_ = [("num_members", c_uint), ("members_offset", c_uint)]


class MembershipInfo(ctypes.Structure):
    _fields_ = [("gid", c_int * 3), ("changed_member", ctypes.c_char * NAME),
                ("num_vs_sets", c_uint), ("my_vs_set", VsSetInfo)]


class EndRecord(ctypes.Structure):
    _fields_ = [("reason", c_int), ("code", c_int), ("text", ctypes.c_char * END_TEXT)]


_RECEIVE = [POINTER(c_int), c_char_p, c_int, POINTER(c_int), c_void_p, POINTER(c_short),
            POINTER(c_int), c_int, c_void_p, c_int]

_CALLS = {
    "SP_connect_timeout": (c_int, [c_char_p, c_char_p, c_int, c_int, POINTER(c_int), c_char_p, Time]),
    "SP_disconnect": (c_int, [c_int]),
    "SP_kill": (None, [c_int]),
    "SP_join": (c_int, [c_int, c_char_p]),
    "SP_leave": (c_int, [c_int, c_char_p]),
    "SP_multigroup_multicast": (c_int, [c_int, c_int, c_int, c_void_p, c_short, c_int, c_char_p]),
    "SP_receive_timeout": (c_int, [c_int, *_RECEIVE]),
    "SP_poll": (c_int, [c_int]),
    "SP_get_memb_info": (c_int, [c_void_p, c_int, POINTER(MembershipInfo)]),
    "SP_get_vs_sets_info": (c_int, [c_void_p, POINTER(VsSetInfo), c_int, POINTER(c_uint)]),
    "SP_get_vs_set_members": (c_int, [c_void_p, POINTER(VsSetInfo), c_void_p, c_int]),
    "SP_strerror": (c_char_p, [c_int]),
    "SP_last_end": (c_int, [c_int, POINTER(EndRecord)]),
    "SP_set_read_ahead": (c_int, [c_int, c_int]),
    "SP_set_slow_policy": (c_int, [c_int, c_int]),
    "SP_get_dropped": (c_int, [c_int, POINTER(c_ulong)]),
    "SP_redial_open": (c_int, [POINTER(c_void_p), c_char_p, c_char_p, c_int]),
    "SP_redial_close": (None, [c_void_p]),
    "SP_redial_join": (c_int, [c_void_p, c_char_p]),
    "SP_redial_leave": (c_int, [c_void_p, c_char_p]),
    "SP_redial_receive": (c_int, [c_void_p, *_RECEIVE]),
    "SP_redial_mailbox": (c_int, [c_void_p]),
    "SP_redial_private_group": (c_char_p, [c_void_p]),
}


def _load() -> ctypes.CDLL:
    library = ctypes.CDLL(os.environ.get("SPREAD_LIBRARY", "libtspread-core.so.3"))
    for name, (result, arguments) in _CALLS.items():
        call = getattr(library, name)
        call.restype, call.argtypes = result, arguments
    return library


lib = _load()
