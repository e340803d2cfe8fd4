# SPDX-License-Identifier: MIT
"""The daemon's side of TLS, against the TLS of Python: who gets in, who does not and is told so.

usage: daemon_test.py SPREADD [UNITTEST ARGUMENTS]
"""
import os
import signal
import socket
import ssl
import subprocess
import sys
import unittest

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
import certificates
import loopback
import wire

SPREADD = sys.argv[1]
SERVES = "TLSCertFile = server.pem\nTLSKeyFile = server.key\n"
ASKS = SERVES + "TLSCAFile = ca.pem\n"
AUTH = b"\xf7"


class Tls(unittest.TestCase):
    def start(self, options, revoked=None):
        self.ring = loopback.Ring(SPREADD, 1, "DebugFlags = { PRINT EXIT SESSION SECURITY CONFIGURATION }\n" + options)
        self.addCleanup(self.ring.stop)
        self.folder = self.ring.folder
        certificates.usual(self.folder)
        if revoked:
            certificates.revoked(self.folder, revoked)
        return self.ring.start()[0]

    def context(self, own=None, version=None, authority="ca"):
        """What a client brings: whom it trusts, its own certificate."""
        c = ssl.create_default_context(cafile=f"{self.folder}/{authority}.pem")
        if own:
            c.load_cert_chain(f"{self.folder}/{own}.pem", f"{self.folder}/{own}.key")
        if version:
            c.minimum_version = c.maximum_version = version
        return c

    def client(self, d, name, **how):
        c = wire.Client.opened(d, name, tcp=True, tls=self.context(**how))
        self.addCleanup(c.close)
        return c

    def await_log(self, d, text):
        loopback.until(lambda: text in d.log(), f"{text!r}:\n{d.log()}")

    def refused(self, d, **how):
        """What a client hears instead of being let in: an alert, or the reject byte."""
        try:
            c = wire.Client(d, tcp=True, tls=self.context(**how))
            self.addCleanup(c.close)
            c.try_send(wire.hello("a"))  # it may be gone already; what it said before is read still
            return c.rest()
        except ssl.SSLError as e:
            return e.reason

    # -- who gets in ---------------------------------------------------------------------------

    def test_both_versions_and_plain_clients_meet_at_one_port(self):
        d = self.start(SERVES)
        clients = [self.client(d, "a", version=ssl.TLSVersion.TLSv1_2),
                   self.client(d, "b", version=ssl.TLSVersion.TLSv1_3),
                   wire.Client.opened(d, "c", tcp=True), wire.Client.opened(d, "d")]
        for n, c in enumerate(clients):
            c.join("g")
            for other in clients[:n]:
                other.frame()
        for speaker in clients:
            for size in (0, 1, 1000, 100000):
                data = wire.frame(wire.SAFE, speaker.group, ["g"], os.urandom(size))
                speaker.send(data)
                for hearer in clients:
                    self.assertEqual(hearer.frame().bytes, data)

    def test_a_burst_of_many_messages_in_few_records_and_one_of_few_in_many(self):
        d = self.start(SERVES)
        a = self.client(d, "a")
        a.join("g")
        sent = [wire.frame(wire.AGREED, a.group, ["g"], bytes([n % 256]) * (n % 700))
                for n in range(1000)]
        a.send(b"".join(sent))
        self.assertEqual([a.frame().bytes for _ in sent], sent)
        for byte in b"".join(sent[:3]):
            a.send(bytes([byte]))
        self.assertEqual([a.frame().bytes for _ in sent[:3]], sent[:3])

    def test_older_versions_are_not_spoken(self):
        d = self.start(SERVES)
        with self.assertWarns(DeprecationWarning):
            context = self.context(version=ssl.TLSVersion.TLSv1_1)
        context.set_ciphers("ALL:@SECLEVEL=0")
        with self.assertRaises(ssl.SSLError):
            wire.Client(d, tcp=True, tls=context)
        self.await_log(d, "the TLS handshake failed")

    def test_a_session_is_resumed(self):
        d = self.start(ASKS + "TLSRequire = Certificate\n")
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = self.context(own="alice", version=version)
            c = wire.Client.opened(d, "a", tcp=True, tls=context)
            self.assertFalse(c.socket.session_reused)
            session = c.socket.session
            c.close()
            again = wire.Client.opened(d, "a", tcp=True, tls=context, session=session)
            self.assertTrue(again.socket.session_reused)
            again.close()

    # -- who does not --------------------------------------------------------------------------

    def test_plain_clients_are_told_where_tls_is_required_unless_they_are_local(self):
        d = self.start(SERVES + "TLSRequire = yes\n")
        c = wire.Client(d, tcp=True)
        c.send(wire.hello("a"))
        self.assertEqual(c.rest(), AUTH)
        c.close()
        self.await_log(d, "connection refused (without TLS, which TLSRequire asks for)")
        wire.Client.opened(d, "b").close()
        self.client(d, "c")

    def test_a_certificate_is_checked_where_one_is_asked_for_and_may_be_required(self):
        d = self.start(ASKS + "TLSRequire = Certificate\n")
        self.client(d, "a", own="alice")
        self.assertEqual(self.refused(d), AUTH)
        self.await_log(d, "connection refused (without a certificate, which TLSRequire asks for)")
        for own, alert, why in (("mallory", "TLSV1_ALERT_UNKNOWN_CA", "is of nobody whom TLSCAFile names"),
                                ("late", "SSLV3_ALERT_CERTIFICATE_EXPIRED", "has expired")):
            self.assertEqual(self.refused(d, own=own), alert)
            self.await_log(d, f"connection refused (its certificate {why}")

    def test_no_certificate_is_needed_where_none_is_required(self):
        d = self.start(ASKS)
        self.client(d, "a")
        self.client(d, "b", own="alice")

    def test_a_client_may_not_negotiate_anew(self):
        d = self.start(SERVES)
        p = subprocess.Popen(["openssl", "s_client", "-connect", f"127.0.0.1:{d.port}", "-tls1_2"],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        p.stdin.write(b"R\n")
        p.stdin.flush()
        out, _ = p.communicate(timeout=loopback.LIMIT)
        self.assertIn(b"renegotiation", out.lower())
        self.client(d, "a")

    # -- a daemon without TLS, and files -------------------------------------------------------

    def test_a_daemon_without_tls_refuses_a_hello_of_tls(self):
        d = self.start("")
        with self.assertRaises(ssl.SSLError):
            wire.Client(d, tcp=True, tls=self.context())

    def test_wrong_files_stop_a_start(self):
        for options, complaint in (
                ("TLSCertFile = none.pem\n", "none.pem cannot be read"),
                ("TLSCertFile = server.key\n", "no certificate in server.key"),
                ("TLSCertFile = server.pem\n", "no key of that certificate without a passphrase in server.pem"),
                ("TLSCertFile = server.pem\nTLSKeyFile = alice.key\n", "in alice.key: key values mismatch"),
                (SERVES + "TLSCAFile = ca.key\n", "no certificates in ca.key"),
                (SERVES + "TLSCAFile = ca.pem\nTLSCRLFile = ca.pem\n", "no list of revoked certificates in ca.pem")):
            ring = loopback.Ring(SPREADD, 1, options)
            certificates_in = ring.folder
            certificates.authority(certificates_in, "ca")
            for name in ("server", "alice"):
                certificates.certificate(certificates_in, name)
            ring[0].spawn()
            self.assertFalse(ring[0].started())
            self.assertIn(complaint, ring[0].log())
            self.assertNotEqual(ring[0].process.wait(), 0)
            checked = subprocess.run([SPREADD, "--check", "conf"], cwd=certificates_in, capture_output=True, text=True)
            self.assertIn(complaint, checked.stderr + checked.stdout)
            self.assertEqual(checked.returncode, 1)
            ring[0].process = None
            ring.stop()

    def test_who_was_revoked_is_refused_and_so_is_who_may_have_been(self):
        d = self.start(ASKS + "TLSCRLFile = crl.pem\n", revoked="late")
        certificates.certificate(self.folder, "bob")
        self.client(d, "a", own="alice")
        certificates.revoked(self.folder, "alice")
        d.signal(signal.SIGHUP)
        loopback.until(lambda: self.refused(d, own="alice") == "SSLV3_ALERT_CERTIFICATE_REVOKED", "it counts")
        self.await_log(d, "its certificate was revoked, as TLSCRLFile says")
        self.client(d, "b", own="bob")
        certificates.revoked(self.folder, "alice", by="stranger")
        d.signal(signal.SIGHUP)
        loopback.until(lambda: isinstance(self.refused(d, own="bob"), str), "an alert: no list is there")
        self.await_log(d, "TLSCRLFile has no list of who has signed its certificate")

    def test_a_reload_reads_certificates_anew_and_keeps_clients_and_what_is_right(self):
        d = self.start(ASKS + "TLSRequire = Certificate\n")
        a = self.client(d, "a", own="alice")
        a.join("g")
        certificates.authority(self.folder, "ca2")
        certificates.certificate(self.folder, "server", by="ca2", alternative=certificates.HERE)
        certificates.certificate(self.folder, "bob", by="stranger")
        os.replace(f"{self.folder}/stranger.pem", f"{self.folder}/ca.pem")
        d.signal(signal.SIGHUP)
        loopback.until(lambda: self.refused(d, own="alice", authority="ca2") == "TLSV1_ALERT_UNKNOWN_CA",
                       "the new authority is asked")
        b = self.client(d, "b", own="bob", authority="ca2")
        b.join("g")
        self.assertEqual(a.frame().sender, "g")
        with open(f"{self.folder}/server.pem", "w") as f:
            f.write("nothing")
        d.signal(signal.SIGHUP)
        self.await_log(d, "reload: a file for TLS cannot be used: no certificate in server.pem")
        self.client(d, "c", own="bob", authority="ca2").join("h")
        a.send(wire.frame(wire.SAFE, a.group, ["g"], b"still here"))
        self.assertEqual(b.frame().body, b"still here")

    def test_half_a_handshake_is_not_waited_for(self):
        d = self.start(SERVES)
        s = socket.create_connection(("127.0.0.1", d.port))
        s.settimeout(loopback.LIMIT)
        s.send(b"\x16\x03\x01\x02\x00\x01")
        self.assertEqual(s.recv(100), b"")
        self.await_log(d, "no connect request in time")
        s.close()


if __name__ == "__main__":
    loopback.main(sys.argv[2:])
