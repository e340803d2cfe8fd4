# SPDX-License-Identifier: MIT
"""What spcompat consists of.

    frames    the bytes between client and daemon
    checks    a list of checks, run one after the other; what came of each
    daemon    a daemon is asked by a client made of bytes; bounds: by one that sends what is wrong
    stage     a client library in a process of its own, and a daemon that plays a script to it
    library   what that library is asked, and what it is told
    program   options, the table, the status

Whatever is checked here was seen of 5.0.1; what harms a daemon of 5.0.1 is left out.
"""
