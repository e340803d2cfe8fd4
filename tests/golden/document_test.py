# SPDX-License-Identifier: MIT
"""docs/client-protocol.md: its vectors are what was recorded of 5.0.1, its numbers those of sp.h, and its
client, taken from there as it stands, speaks with a daemon.

usage: document_test.py SOURCE-FOLDER SPREADD
"""
import json
import pathlib
import re
import sys
import unittest

SOURCE, SPREADD = pathlib.Path(sys.argv[1]), sys.argv[2]
sys.path.insert(0, str(SOURCE / "tests/support"))
import loopback  # noqa: E402

PAGE = (SOURCE / "docs/client-protocol.md").read_text()
DIRECTIONS = {">": "c2d", "<": "d2c"}
TOKEN = re.compile(r'"([^"]*)"(?:/(\d+))? ?|([0-9a-f]{2}) ?|(\?\?) ?')


def blocks(kind):
    return re.findall(rf"^```{kind}(?: (\w+))?\n(.*?)^```$", PAGE, re.M | re.S)


def values(text):
    """Bytes, and None where any will do; what stands behind two blanks explains them."""
    found, at = [], 0
    while at < len(text) and text[at] != " ":
        token = TOKEN.match(text, at)
        assert token, f"what is {text[at:]!r}?"
        if token[1] is not None:
            found += token[1].encode().ljust(int(token[2] or 0), b"\0")
        else:
            found.append(None if token[4] else int(token[3], 16))
        at = token.end()
    return found


def script(text):
    """[(direction, values)], what goes one way together."""
    said = []
    for line in text.splitlines():
        direction, bytes_ = DIRECTIONS[line[0]], values(line[2:])
        if said and said[-1][0] == direction:
            said[-1][1].extend(bytes_)
        else:
            said.append((direction, bytes_))
    return said


def begins(events, said):
    """What is said comes in these events, from the first of them on."""
    events = iter(events)
    for direction, wanted in said:
        data = b""
        while len(data) < len(wanted):
            event = next(events, None)
            if event is None or event["dir"] != direction:
                return False
            data += bytes.fromhex(event["hex"])
        if len(data) != len(wanted) or any(w is not None and w != b for w, b in zip(wanted, data)):
            return False
    return True


class Document(unittest.TestCase):
    def test_every_vector_was_recorded(self):
        found = blocks("vector")
        self.assertGreater(len(found), 8)
        for name, text in found:
            with self.subTest(vector=name):
                events = json.loads((SOURCE / "tests/golden/captures" / f"{name}.json").read_text())
                said, heard = script(text), False
                for who in {e["conn"] for e in events}:
                    own = [e for e in events if e["conn"] == who and e["hex"]]
                    heard = heard or any(begins(own[i:], said) for i in range(len(own)))
                self.assertTrue(heard, "that is not in the recording")

    def test_the_numbers_are_those_of_the_header(self):
        header = (SOURCE / "include/sp.h").read_text()
        rows = re.findall(r"^\| (0x[0-9a-f]+) \| ([A-Z_]+) \|", PAGE, re.M)
        rows += [(code, name) for code, name in re.findall(r"\| (-\d+) `(\w+)` \|", PAGE)]
        self.assertGreater(len(rows), 15)
        for number, name in rows:
            defined = re.search(rf"^#define {name}\s+(\S+)", header, re.M)[1]
            self.assertEqual(int(number, 0), int(defined, 0), name)

    def test_the_client_of_the_page_speaks_with_a_daemon(self):
        names = {}
        exec(compile(blocks("python")[0][1], "client-protocol.md", "exec"), names)
        ring = loopback.Ring(SPREADD).start()
        self.addCleanup(ring.stop)
        a, b = (names["Client"]("127.0.0.1", ring[0].port, name) for name in (b"a", b"b"))
        for c in a, b:
            self.addCleanup(c.stream.close)
        a.request(names["JOIN"], b"chat")
        kind, group, members, _ = a.receive()
        self.assertEqual((kind & names["REGULAR"], group, members), (names["REGULAR"], b"chat", [b"#a#d1"]))
        b.request(names["AGREED"], b"chat", b"hello")
        self.assertEqual(a.receive(), (names["AGREED"], b"#b#d1", [b"chat"], b"hello"))
        with self.assertRaises(PermissionError):
            names["Client"]("127.0.0.1", ring[0].port, b"a")
        a.request(3, b"chat")
        with self.assertRaises(EOFError):
            a.receive()


if __name__ == "__main__":
    loopback.main(["-v"])
