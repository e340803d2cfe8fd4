# SPDX-License-Identifier: MIT
"""Requests for the status, and the rules that its metrics keep."""
import collections
import json
import os
import re
import shutil
import socket
import subprocess
import time

import jsonschema

SCHEMA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "status.schema.json")
LIMIT = 120
HELLO_LIMIT = 2.0  # seconds; of the daemon

Answer = collections.namedtuple("Answer", "status fields body")


def connect(port, host="127.0.0.1"):
    s = socket.create_connection((host, port), LIMIT)
    s.settimeout(LIMIT)
    return s


def read_all(s):
    data = b""
    while part := s.recv(1 << 16):
        data += part
    return data


def parse(data):
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    return Answer(int(lines[0].split()[1]), dict(line.split(": ", 1) for line in lines[1:]), body)


def ask(port, path, method="GET", host="localhost", version="1.1"):
    """Again where this process was so late itself that its time to ask was over."""
    while True:
        begun = time.monotonic()
        try:
            with connect(port) as s:
                s.sendall(f"{method} {path} HTTP/{version}\r\nHost: {host}\r\n\r\n".encode("latin-1"))
                return parse(read_all(s))
        except (ConnectionError, IndexError):  # an answer of no line
            if time.monotonic() - begun < HELLO_LIMIT:
                raise


def status(port, path="/status"):
    """The JSON there, which keeps to the schema."""
    answer = ask(port, path)
    if answer.status != 200:
        raise AssertionError(f"{path}: {answer}")
    value = json.loads(answer.body)
    with open(SCHEMA) as f:
        jsonschema.validate(value, json.load(f), cls=jsonschema.Draft202012Validator)
    return value


# -- metrics -----------------------------------------------------------------------------------

SAMPLE = re.compile(r'^(\w+)(?:\{((?:\w+="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (\S+)$')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def metrics(text):
    """{(name, labels): value} of text in Prometheus' format, or an assertion that says what is wrong with it
    by the rules for names that promtool checks, too."""
    kinds, helped, values, family = {}, set(), {}, None
    for line in text.split("\n")[:-1]:
        if line.startswith("# HELP "):
            family, words = line.split(" ", 3)[2:]
            assert family not in helped and words, line
            helped.add(family)
        elif line.startswith("# TYPE "):
            name, kinds[family] = line.split(" ")[2:]
            assert name == family, line
            check_name(family, kinds[family])
        else:
            match = SAMPLE.match(line)
            assert match, line
            base = match[1]
            if kinds[family] == "histogram":
                base = re.sub("_(bucket|sum|count)$", "", base)
            assert base == family, f"{line} stands below {family}"
            key = match[1], tuple(LABEL.findall(match[2] or ""))
            assert key not in values, line
            values[key] = float(match[3])
    assert set(kinds) == helped and text.endswith("\n")
    return values


def check_name(name, kind):
    assert re.fullmatch(r"spread_[a-z0-9_]+", name), name
    assert (kind == "counter") == name.endswith("_total"), name
    assert not re.search(r"_(ms|us|milliseconds|kb|kilobytes|minutes|percent|gauge|counter)(_|$)", name), name
    assert not name.endswith(("_count", "_sum", "_bucket")), name
    if kind == "histogram":
        assert name.endswith("_seconds"), name


def promtool(text):
    """What promtool says; "" if nothing, None if it is not here."""
    if not shutil.which("promtool"):
        return None
    return subprocess.run(["promtool", "check", "metrics"], input=text, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT).stdout
