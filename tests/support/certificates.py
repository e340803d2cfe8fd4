# SPDX-License-Identifier: MIT
"""Certificates for tests of TLS, good ones and bad ones, made by openssl(1)."""
import os
import subprocess

KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.PIPE)


def authority(folder, name):
    """NAME.pem and NAME.key, which vouches for others."""
    openssl(folder, "req", "-x509", *KEY, "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj",
            f"/CN={name}", "-days", "30")


def certificate(folder, name, by="ca", subject=None, alternative=None, days=30):
    """NAME.pem and NAME.key by an authority; days -1: it ended yesterday."""
    more = ["-addext", f"subjectAltName={alternative}"] if alternative else []
    openssl(folder, "req", "-new", *KEY, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj",
            f"/CN={subject or name}", *more)
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{by}.pem", "-CAkey", f"{by}.key",
            "-days", str(days), "-copy_extensions", "copyall", "-out", f"{name}.pem")


def revoked(folder, *names, by="ca"):
    """crl.pem: of all certificates of an authority those do not count any more."""
    with open(os.path.join(folder, "ca.conf"), "w") as f:
        f.write(f"[ca]\ndefault_ca=a\n[a]\ndatabase={folder}/index\ndefault_md=sha256\ndefault_crl_days=30\n")
    open(os.path.join(folder, "index"), "w").close()
    how = ["ca", "-config", "ca.conf", "-cert", f"{by}.pem", "-keyfile", f"{by}.key"]
    for name in names:
        openssl(folder, *how, "-revoke", f"{name}.pem")
    openssl(folder, *how, "-gencrl", "-out", "crl.pem")
    os.chmod(os.path.join(folder, "crl.pem"), 0o644)


HERE = "IP:127.0.0.1,DNS:localhost"


def usual(folder):
    """An authority, a stranger to it, a server and clients: all that is right and all that is wrong."""
    authority(folder, "ca")
    authority(folder, "stranger")
    certificate(folder, "server", alternative=HERE)
    certificate(folder, "expired", alternative=HERE, days=-1)
    certificate(folder, "elsewhere", alternative="IP:127.9.9.9,DNS:elsewhere.example")
    certificate(folder, "alice")
    certificate(folder, "late", days=-1)
    certificate(folder, "mallory", by="stranger", subject="alice")
    for name in os.listdir(folder):  # a daemon that was root reads them as another user
        os.chmod(os.path.join(folder, name), 0o644)
