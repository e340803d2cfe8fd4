# SPDX-License-Identifier: MIT
"""Corosync, from the package of that name, on the hosts of a lab: what benchmarks compare with."""
import os
import pathlib
import shutil

CONF = """
totem {{
    version: 2
    cluster_name: bench
{transport}
    token: 3000
}}
nodelist {{
{nodes}
}}
logging {{
    to_stderr: yes
    to_syslog: no
}}
"""

OPEN = """    transport: udp
    crypto_cipher: none
    crypto_hash: none
    interface {
        bindnetaddr: 10.77.1.0
        mcastaddr: 239.77.1.2
        mcastport: 5405
    }"""
# Only its transport over unicast can encrypt.
SEALED = """    transport: knet
    crypto_cipher: aes256
    crypto_hash: sha256
    keyfile: %s"""
UNSEALED = """    transport: knet
    crypto_cipher: none
    crypto_hash: none"""


def has_corosync(build):
    """Whether it is installed, and was when our client of it was built."""
    return bool(shutil.which("corosync")) and (build / "bench/cpgbench").exists()


def start_corosync(lab, sealed=False, knet=False):
    """One on each host; returns the processes. knet: over that, also without a key."""
    nodes = "\n".join(f"    node {{\n        ring0_addr: {h.address}\n        nodeid: {h.number}\n"
                      f"        name: {h.name}\n    }}" for h in lab.hosts)
    conf = lab.folder / "corosync.conf"
    key = lab.folder / "corosync.key"
    key.write_bytes(os.urandom(256))
    conf.write_text(CONF.format(transport=SEALED % key if sealed else UNSEALED if knet else OPEN,
                                nodes=nodes))
    daemons = []
    for h in lab.hosts:
        for folder in ("/var/lib/corosync", "/var/run"):
            pathlib.Path(folder).mkdir(exist_ok=True)
            h.run("mount", "-t", "tmpfs", "tmpfs", folder)
        daemons.append(lab.start(h, "corosync", "-f", "-c", str(conf),
                                 log=f"corosync{h.number}.log"))
    return daemons
