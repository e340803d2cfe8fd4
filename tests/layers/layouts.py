# SPDX-License-Identifier: MIT
"""Fails when something outside of daemon/packet/ knows where a field of a packet between daemons lies
or how long it is. There each packet is read and written by its functions; the accessors of words and
fields that these are made of are for rooms that own a format. Frames of clients, whose places
libspread/wire/frame.h names and whose words are in our own order, are another matter."""
import pathlib
import re
import sys

OWNERS = {
    "daemon/seal": "nonces, and what keys are derived from",
    "daemon/packet": "the packets between daemons",
    "daemon/recorder": "the flight recorder's records and file",
    "daemon/monitor": "the packets of monitors, byte for byte those of 5.0.1",
}
# A word at an offset; a field given or taken; a size that only layouts have.
ACCESSOR = re.compile(r"\b(be_at|be_put|(give|take)_(u8|u16|u32|u64|bytes|room|ring_id|roster|procset|index|seqmap)"
                      r"|read_(bytes|u8|u16|u32))\s*\(")
SIZE = re.compile(r"\b(PACKET_MAGIC_[01]|DATA_PART|DATA_FRAGMENT|TOKEN_FIXED|TOKEN_REQUEST|SPLIT_PREFIX)\b")
# body[24], quoted + 12, s->bytes[3]: not an address's bytes, and not a declaration of an array.
PLACE = re.compile(r"(?<![\w])((?:\w+(?:->|\.))*)(body|bytes|packet|datagram|quoted|piece|frame)"
                   r"\s*(?:\[\s*\d+\s*\]|\+\s*\d+\b)")
ADDRESS = re.compile(r"\b(ip|in|out|source|a|b|net|mask)(->|\.)$")
DECLARES = re.compile(r"\b(uint8_t|char)\s+(\w+(\[[^\]]*\])?,\s*)*$")
COMMENT = re.compile(r"/\*.*?\*/", re.S)


def problems_in(name, text):
    text = COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)
    for number, line in enumerate(text.splitlines(), 1):
        for found in (ACCESSOR.search(line), SIZE.search(line)):
            if found:
                yield f"{name}:{number}: {found.group(1)} belongs into a function of daemon/packet/"
        for found in PLACE.finditer(line):
            if not ADDRESS.search(found.group(1)) and not DECLARES.search(line[:found.start()]):
                yield f"{name}:{number}: {found.group().strip()}: an offset into a packet"


def main(root):
    root = pathlib.Path(root)
    problems, files = [], 0
    for path in sorted(root.glob("daemon/**/*.[ch]")):
        name = str(path.relative_to(root))
        if any(name.startswith(owner + "/") for owner in OWNERS):
            continue
        files += 1
        problems += problems_in(name, path.read_text())
    # What it is for, so that a change of the expressions does not make it blind.
    for bad in ("h.incarnation = be_at(quoted + 12, 8);", "at[0] = body[24];", "give_u16(&w, 7);",
                "switch (s->bytes[3]) {", "size_t n = DATA_PART + len;"):
        if not list(problems_in("", bad)):
            problems.append(f"this test no longer finds: {bad}")
    print("\n".join(problems) or f"{files} files, none knows a layout")
    return 1 if problems or files < 20 else 0


sys.exit(main(sys.argv[1]))
