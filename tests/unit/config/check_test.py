# SPDX-License-Identifier: MIT
"""Fails unless `spreadd --check` says through a pipe what a file means, or what is wrong with it,
and tells the two apart by its exit status."""
import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile


def said(*command, **how):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=120, **how)
    return done.returncode, done.stdout.splitlines()


def check(spreadd, path):
    return said(spreadd, "--check", path)


def keygen(spreadd, *words, **how):
    return subprocess.run([spreadd, "--keygen", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=120, **how)


def check_keygen(spreadd):
    """Lines of keys, none of which comes again; and what is not one is said."""
    secrets = set()
    for words, begins in (((), r"1 (aes-256-gcm|chacha20-poly1305)"), (("7",), r"7 [\w-]+"),
                          (("chacha20-poly1305", "255"), "255 chacha20-poly1305"),
                          (("2", "aes-256-gcm"), "2 aes-256-gcm")):
        done = keygen(spreadd, *words)
        line = re.fullmatch(f"{begins} [A-Za-z0-9+/]{{43}}=\n", done.stdout)
        assert done.returncode == 0 and line, (words, done)
        secrets.add(done.stdout.split()[-1])
    assert len(secrets) == 4, secrets
    for words in ("0",), ("256",), ("1.5",), ("rot13",), ("",), ("1", "aes-256-gcm", "2"):
        done = keygen(spreadd, *words)
        status = 2 if len(words) > 2 else 1  # as of any option with an argument too many
        assert done.returncode == status and done.stdout.startswith("spreadd: "), (words, done)
    if platform.machine() == "x86_64":  # OpenSSL takes the processor for one without these instructions
        done = keygen(spreadd, env={**os.environ, "OPENSSL_ia32cap": "~0x200000200000000"})
        assert done.stdout.startswith("1 chacha20-poly1305 "), done
    with open("/dev/full", "w") as full:
        assert subprocess.run([spreadd, "--keygen"], stdout=full, stderr=subprocess.DEVNULL).returncode == 1


def check_keys(spreadd, folder):
    """A key file that cannot be used makes the configuration one that cannot be used, and no daemon
    starts with it; nothing of the key is shown."""
    key, conf = folder / "ring.key", folder / "conf"
    conf.write_text(f"Spread_Segment 127.0.0.255:4803 {{ d1 127.0.0.1 }}\nDaemonKeyFile = {key}\n")
    for access in "spread.access_ip", "spread.access_pword":  # or it reads those of the host
        (folder / access).touch()
    line = keygen(spreadd, "3", "aes-256-gcm").stdout
    secret = line.split()[2]

    def wrong(what, mode=0o600):
        if key.exists():
            key.chmod(mode)
        status, lines = check(spreadd, conf)
        assert status == 1 and lines[0] == what, (status, lines)
        assert secret not in "".join(lines), lines
        status, lines = said(spreadd, "-c", conf, "-n", "d1", cwd=folder)
        assert status == 1 and any(what in line for line in lines), (status, lines)
        assert secret not in "".join(lines), lines
    cannot = f"the key file {key} cannot be used: "
    wrong(cannot + "No such file or directory")
    key.write_text(line)
    wrong(cannot + "others than its owner have access to it: chmod 600", 0o604)
    key.write_text("# ours\n" + line.replace("=", ""))
    wrong(f"{key}:2:15: error: 32 bytes are 44 characters of base64, and here are 43")
    key.write_text(line + line.replace("3", "4", 1))
    wrong(f"{key}:2:15: error: this is the key with the number 3 again")
    key.write_text(line)
    key.chmod(0o600)
    status, lines = check(spreadd, conf)
    assert status == 0 and secret not in "".join(lines), lines


def main(spreadd, example, golden):
    with tempfile.TemporaryDirectory() as folder:
        check_keys(spreadd, pathlib.Path(folder))
    check_keygen(spreadd)
    golden = pathlib.Path(golden)
    status, lines = check(spreadd, example)
    assert status == 0 and lines[0].startswith("# hash ") and lines[-1] == "}", (status, lines)

    warned = golden / "v12_semicolon_glued_to_name.conf"
    status, lines = check(spreadd, warned)
    assert status == 0 and lines[0].startswith(f"{warned}:1:35: warning: "), (status, lines)

    refused = golden / "i06_equals_without_spaces.conf"
    status, lines = check(spreadd, refused)
    assert status == 1 and lines[0].startswith(f"{refused}:1:1: error: "), (status, lines)
    assert lines[1:] == ["DangerousMonitor=true", "^~~~~~~~~~~~~~~~~~~~~"], lines

    for unreadable in (golden / "absent.conf", golden):
        status, lines = check(spreadd, unreadable)
        assert status == 1 and str(unreadable) in lines[0], (status, lines)
    with open("/dev/full", "w") as full:
        assert subprocess.run([spreadd, "--check", example], stdout=full).returncode == 1


main(*sys.argv[1:])
