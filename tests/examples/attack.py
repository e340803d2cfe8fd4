# SPDX-License-Identifier: MIT
"""The examples under faults drawn by chance: daemons are killed, stopped and cut apart, processes die and
others take their place, and between times everything comes together and is looked at.

usage: attack.py BUILD-FOLDER [--seconds N] [--seed N] [EXAMPLE ...]

Its faults follow from the seed, but not when they meet what: a seed is no proof, a failure is. Where one
is found, what all have written is kept in /tmp, and its folder is named.
"""
import argparse
import random
import sys
import time

import cases
import field
from field import keeper


def splits(chance, count):
    numbers = list(range(1, count + 1))
    chance.shuffle(numbers)
    at = chance.randint(1, count - 1)
    parts = [set(numbers[:at]), set(numbers[at:])]
    if len(parts[1]) > 1 and chance.random() < 0.3:
        parts.append({parts[1].pop()})
    return parts


def some_fault(f, chance):
    """Something that may be mended when it is time to settle."""
    i = chance.randint(1, f.count)
    what = chance.choice(["cut", "cut", "cut", "heal", "kill", "stop", "again"])
    if what == "cut":
        f.cut(*splits(chance, f.count))
    elif what == "heal":
        f.heal()
    elif what == "again" and f.runs(i):
        f.kill(i)
        f.start(i)
    elif what == "kill" and f.runs(i):
        f.kill(i)
    elif what == "stop" and f.runs(i):
        f.stop(i)
        time.sleep(chance.choice([0.1, 0.5, 1.5]))
        f.go_on(i)
    elif not f.runs(i):
        f.start(i)


def attack(name, build, seed, end):
    chance = random.Random(f"{name} {seed}")
    with field.Field(build, chance.choice([3, 3, 4, 5])) as f:
        cases.CASES[name].members = f.count
        f.settle()
        case = cases.CASES[name](f, chance)
        f.settle()
        case.check()
        rounds = 0
        while time.monotonic() < end and rounds < 20:
            for _ in range(chance.randint(1, 6)):
                for _ in range(chance.randint(0, 8)):
                    case.work()
                some_fault(f, chance)
                time.sleep(chance.choice([0, 0.05, 0.3, 1]))
            f.settle()
            if chance.random() < 0.4:
                case.replace()
                case.work()
            case.check()
            rounds += 1
    return rounds


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("example", nargs="*")
    asked = parser.parse_intermixed_args()
    keeper.keep()
    bad = 0
    for name in asked.example or sorted(cases.CASES):
        end, seed, rounds = time.monotonic() + asked.seconds, asked.seed, 0
        while time.monotonic() < end:
            try:
                rounds += attack(name, asked.build, seed, end)
            except (AssertionError, OSError) as e:
                bad += 1
                print(f"{name} --seed {seed}: {e}\nsee /tmp/examples-failed-*", flush=True)
                if bad > 5:
                    sys.exit(1)
            seed += 1
        print(f"{name}: {rounds} rounds, seeds {asked.seed} to {seed - 1}", flush=True)
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
