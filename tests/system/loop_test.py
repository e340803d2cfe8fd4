#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Daemons on loopback, by unicast: nothing of the system is needed."""
from faults import AnyField, Faults
from field import Loop, main


class LoopTest(AnyField, Faults):
    def field(self, count):
        return Loop(count)


if __name__ == "__main__":
    main(needs_root=False)
