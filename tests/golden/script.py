# SPDX-License-Identifier: MIT
"""Traces read as scripts: the steps of the markdown, and the lines that clients received after them."""
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
LEVELS = {"UNRELIABLE": 1, "RELIABLE": 2, "FIFO": 4, "CAUSAL": 8, "AGREED": 0x10, "SAFE": 0x20,
          "SELF_DISCARD": 0x40}


class Step:
    def __init__(self, number, who, action, result):
        self.number, self.who, self.action, self.result = number, who, action, result
        self.lines = []      # (client, what it received), in the order of the file
        self.left_out = False  # the file does not show what was received up to here

    def __repr__(self):
        return f"{self.number}. {self.who}: {self.action}"


def read(number):
    """The steps of the trace of that number."""
    name = next(n for n in sorted(os.listdir(os.path.join(HERE, "traces")))
                if n.startswith(f"{number:02}-"))
    with open(os.path.join(HERE, "traces", name)) as f:
        block = f.read().split("```")[1]
    steps = []
    for line in block.strip("\n").split("\n"):
        step = re.fullmatch(r"(\d+)\. ([^:]+): (.*?)(?:  -> (.*))?", line)
        heard = re.fullmatch(r"     (\S+) <- (.*)", line)
        if step:
            steps.append(Step(int(step[1]), step[2], step[3], step[4]))
        elif heard:
            steps[-1].lines.append((heard[1], expand(heard[2])))
        else:
            assert line.startswith("     -- "), line
            steps[-1].left_out |= "left out" in line
    assert [s.number for s in steps] == list(range(1, len(steps) + 1)), name
    return steps


def expand(line):
    """Lists that the file abbreviates, in full; remarks behind a line, not at all."""
    line = re.sub(r"\[(\S+) x0 \.\. x(\d+)\](?: \(\d+ names\))?",
                  lambda m: "[" + " ".join([m[1]] + [f"x{i}" for i in range(int(m[2]) + 1)]) + "]",
                  line)
    return re.sub(r"(ERROR -\d+)   \(.*", r"\1", line)


def service(text):
    if text.startswith("0x"):
        return int(text, 16)
    return sum(LEVELS[word] for word in text.split("|"))


def multicast(action):
    """The agent's command for "multicast LEVEL to ..."."""
    action = expand(action.replace("43 groups ", "").replace("44 groups ", ""))
    m = re.fullmatch(r"multicast (\S+) to \[(.*?)\](?: type=(-?\d+))?(.*)", action)
    level, groups, kind, rest = m.groups()
    body = re.search(r'"(.*)"', rest)
    size = re.search(r"(\d+) bytes", rest)
    if size:
        text = "@" + size[1]
    elif body:
        text = body[1] or "@0"
    else:
        text = "@0" if "empty body" in rest or not rest else None
    return f"multicast {service(level):x} {kind or 0} {text} {groups}"


def in_a_row(action):
    """The agent's commands of "back to back to [g]: SAFE S1, ..." or "back to back: SAFE S1 to [g];
    join h; ...", each with what it returns."""
    where, what = action.split(": ", 1)
    everywhere = re.search(r"\[(\w+)\]", where)
    for request in re.split("[,;] ", what):
        sent = re.fullmatch(r"([A-Z]+) (\w+)(?: to \[(\w+)\])?", request)
        if sent:
            group = sent[3] or everywhere[1]
            yield f"multicast {service(sent[1]):x} 0 {sent[2]} {group}", len(sent[2])
        else:
            yield request, 0
