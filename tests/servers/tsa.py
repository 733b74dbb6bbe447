"""A time-stamp authority (RFC 3161) of our own: OpenSSL behind a small HTTP server in a thread."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from tests.servers.http import Quiet, answering
from tests.servers.processes import private_folder, program, run

_CONF = """\
[req]
distinguished_name = name
prompt = no
[name]
CN = Test
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/leaf.pem
certs = {folder}/root.pem
signer_key = {folder}/leaf.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_chain = no
"""


@dataclass
class TSA:
    """A running authority. `mode` is ok, down (HTTP 503), garbage, or replay (its last answer again)."""

    url: str
    roots: Path
    mode: str = "ok"
    asked: int = 0
    last: bytes = b""


@contextlib.contextmanager
def tsa() -> Iterator[TSA]:
    """Start one with a root and a certificate of its own."""
    openssl = program("openssl", "openssl")
    with private_folder("tsa") as folder:
        conf = folder / "conf"
        conf.write_text(_CONF.format(folder=folder))
        (folder / "serial").write_text("01\n")
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-x509")
        for name, issuer in (
            ("root", ()),
            ("leaf", ("-CA", f"{folder}/root.pem", "-CAkey", f"{folder}/root.key")),
        ):
            out = ("-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.pem")
            subject = ("-subj", f"/CN=Test {name}", "-extensions", name)
            run([openssl, "req", "-config", str(conf), *key, *issuer, *subject, *out])
        made = TSA("", folder / "root.pem")

        class Answers(Quiet, BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                made.asked += 1
                asked = self.rfile.read(int(self.headers["content-length"]))
                if made.mode == "down":
                    self._answer(503, b"")
                elif made.mode == "garbage":
                    self._answer(200, b"no token")
                elif made.mode == "replay":
                    self._answer(200, made.last)
                else:
                    (folder / "query").write_bytes(asked)
                    reply = [openssl, "ts", "-reply", "-config", str(conf), "-section", "here"]
                    run([*reply, "-queryfile", f"{folder}/query", "-out", f"{folder}/answer"])
                    made.last = (folder / "answer").read_bytes()
                    self._answer(200, made.last)

            def _answer(self, status: int, body: bytes) -> None:
                self.answer(status, "application/timestamp-reply", body)

        with answering(Answers) as url:
            made.url = f"{url}/"
            yield made
