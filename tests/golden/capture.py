# SPDX-License-Identifier: MIT
"""The recorded captures, and what has to be there before each of them begins (setup.json)."""
import json
import os

HERE = os.path.dirname(os.path.abspath(__file__))
NAMES = {"A": "alice", "B": "bob", "C": "carol"}


class Event:
    """What one side did: bytes, or without any: SILENCE, CLOSE or OUTSIDE."""

    def __init__(self, record):
        self.from_client = record["dir"] == "c2d"
        self.conn, self.note = record["conn"], record["note"]
        self.bytes = bytes.fromhex(record["hex"])
        self.varies = [(v["offset"], v["offset"] + v["len"]) for v in record.get("varies", [])]
        self.varying = [v["what"] for v in record.get("varies", [])]
        self.kind = "BYTES" if self.bytes else self._kind_without_bytes()

    def _kind_without_bytes(self):
        if self.conn == "-":
            return "OUTSIDE"
        if self.note.startswith("nothing is sent"):
            return "SILENCE"
        assert "closes" in self.note, self.note
        return "CLOSE"

    def masked(self, data):
        """data with what may differ from run to run blotted out."""
        data = bytearray(data)
        for begin, end in self.varies:
            data[begin:end] = bytes(end - begin)
        return bytes(data)


class Capture:
    def __init__(self, name, setup):
        self.name = name
        with open(os.path.join(HERE, "captures", name + ".json")) as f:
            self.events = [Event(record) for record in json.load(f)]
        self.open = setup.get("open", [])
        self.groups = setup.get("groups", {})
        self.ghosts = setup.get("ghosts", [])
        self.options = setup.get("options", "")
        self.files = setup.get("files", {})
        self.tcp, self.unix = setup.get("tcp", []), setup.get("unix", [])


def load():
    with open(os.path.join(HERE, "setup.json")) as f:
        setup = json.load(f)
    names = sorted(n[:-5] for n in os.listdir(os.path.join(HERE, "captures")))
    assert set(setup) <= set(names)
    return {name: Capture(name, setup.get(name, {})) for name in names}
