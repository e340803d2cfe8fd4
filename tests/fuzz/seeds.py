# SPDX-License-Identifier: MIT
"""Seeds out of the recorded captures: what clients sent.

usage: seeds.py handshake|frame FOLDER

handshake: each connection from its first byte. frame: what open ones sent, as #fuzz#d1 would. A byte
in front says how the target is to send it: in one piece.
"""
import os
import struct
import sys

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden")]
import capture

IN_ONE_PIECE = 17 << 2
OWN = b"#fuzz#d1".ljust(32, b"\0")
NAMED = {f"#{name}#d1".encode().ljust(32, b"\0") for name in capture.NAMES.values()}


def streams(recorded):
    """(begins with its first byte, [what was sent at once, ...]) of each connection."""
    sent = {}
    for event in recorded.events:
        if event.from_client and event.bytes:
            sent.setdefault(event.conn, []).append(event.bytes)
    for label, pieces in sent.items():
        yield label not in recorded.open, pieces


def as_own(data):
    for name in NAMED:
        data = data.replace(name, OWN)
    return data


def main(kind, folder):
    os.makedirs(folder, exist_ok=True)
    if kind == "handshake":  # why was I cut off (libspread/wire/ask.h), which 5.0.1 does not know
        with open(os.path.join(folder, "question"), "wb") as f:
            f.write(struct.pack("B", IN_ONE_PIECE | 1) + b"\0E\x9c\x40\x05other")
    for name, recorded in capture.load().items():
        for number, (from_the_start, pieces) in enumerate(streams(recorded)):
            if kind == "handshake" and from_the_start:
                data = struct.pack("B", IN_ONE_PIECE | 1) + b"".join(pieces)
            elif kind == "frame" and not from_the_start:
                data = struct.pack("B", IN_ONE_PIECE | 1) + as_own(b"".join(pieces))
            else:
                continue
            with open(os.path.join(folder, f"{name}_{number}"), "wb") as f:
                f.write(data)


main(*sys.argv[1:])
