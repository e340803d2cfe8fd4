# SPDX-License-Identifier: MIT
"""Fails when an include points the wrong way. Rooms stand in a row; a file sees only its own room
and those left of it, and rooms of one place do not see each other."""
import pathlib
import re
import sys

PLACES = [
    ["libspread/wire"],
    ["daemon/base"],
    ["daemon/config"],
    ["daemon/rights"],
    ["daemon/packet"],
    ["daemon/recorder"],
    ["daemon/seal"],
    ["daemon/ring"],
    ["daemon/membership", "daemon/groups", "daemon/session", "daemon/net", "daemon/monitor"],
    ["daemon/events"],
    ["daemon/sight"],
    ["daemon/daemon"],
    ["daemon/io"],
    ["daemon/main"],
]
# The rooms of a daemon, each with its files: they see their own header and what is lent to all of them
# (daemon_shared.h), not each other. daemon.c sees them all,
# and so do daemon_answers.c, which hands on what is asked, and daemon_sight*, which gather what is shown.
DAEMON_ROOMS = {"clients": "clients", "departures": "clients", "pressure": "clients", "revoke": "clients",
                "outboxes": "clients", "questions": "clients", "peers": "peers",
                "hosts": "peers", "monitor": "monitor", "report": "monitor", "records": "monitor", "parts": "monitor", "reload": "reload", "events": "shared", "hints": "shared",
                "views": "shared", "shared": "shared"}
DAEMON_ROOM = re.compile(r"daemon/daemon_(\w+)\.[ch]$")
# The machine of the flush layer is no part of the daemon, and as pure as that.
FLUSH_SEES = ("libspread/flush/", "libspread/wire/", "libspread/queue.h")
PLACE = {room: i for i, rooms in enumerate(PLACES) for room in rooms}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)


def room_of(path):
    for room in PLACE:
        if re.match(re.escape(room) + "[/._]", path):
            return room
    return None


def wrong(source, target):
    if target not in PLACE:
        return f"{source} may not include {target}"
    if source == target or PLACE[target] < PLACE[source]:
        return None
    return f"{source} may not include {target}: it stands to its right or beside it"


def wrong_room(name, included):
    """One room of a daemon looks into another."""
    source, target = DAEMON_ROOM.match(name), DAEMON_ROOM.match(included)
    if not source or not target or source[1] in ("inside", "answers", "sight", "sight_clients", "sight_inside"):
        return None
    own = DAEMON_ROOMS.get(source[1], "no room")
    if DAEMON_ROOMS.get(target[1]) in (own, "shared"):
        return None
    return f"{own} may not include {included}: only daemon.c knows all rooms"


def main(root):
    root = pathlib.Path(root)
    problems, files = [], 0
    for path in sorted(root.glob("daemon/**/*.[ch]")) + sorted(root.glob("libspread/**/*.[ch]")):
        name = str(path.relative_to(root))
        files += 1
        for included in INCLUDE.findall(path.read_text()):
            if name.startswith("libspread/flush/"):
                if not included.startswith(FLUSH_SEES):
                    problems.append(f"{name}: the flush layer's machine may not include {included}")
                continue
            if name.startswith("libspread/") and not name.startswith("libspread/wire/"):
                if included.startswith("daemon/"):
                    problems.append(f"{name}: the library may not include {included}")
                continue
            problem = (wrong(room_of(name), room_of(included) or included)
                       or wrong_room(name, included))
            if problem:
                problems.append(f"{name}: {problem}")
    print("\n".join(problems) or f"{files} files, every include points one way")
    return 1 if problems or files < 20 else 0


sys.exit(main(sys.argv[1]))
