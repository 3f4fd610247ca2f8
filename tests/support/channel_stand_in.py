"""A server in place of Slack, PagerDuty or a shop: each request is answered as a test wants it."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One request."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """How a request is answered."""

    status: int = 200
    body: object = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    drops: bool = False
    """Takes the request and closes the connection."""
    hangs: bool = False
    """Takes the request and says nothing."""
    drips: bool = False
    """Says something every now and then, and never ends."""

    @property
    def content(self) -> bytes:
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()


class StandIn:
    """A server that serves as long as the context lasts."""

    def __init__(self, usual: Callable[[Asked], Answer] | None = None, certificate: tuple[Path, Path] | None = None) -> None:
        """`usual` answers what `script` says nothing of."""
        self.usual = usual or (lambda _: Answer())
        self.script: list[Answer] = []
        self.asked: list[Asked] = []
        self._end, stand_in = threading.Event(), self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                if len(body) < length:  # who sent it is dead: it asked for nothing
                    return
                asked = Asked(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
                stand_in.asked.append(asked)
                stand_in._answer(self, stand_in.script.pop(0) if stand_in.script else stand_in.usual(asked))

            do_GET = do_POST  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                pass  # a client that leaves is what is tested

        self.http = Quiet(("127.0.0.1", 0), Handler)
        self._scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.http.socket = context.wrap_socket(self.http.socket, server_side=True, do_handshake_on_connect=False)
            self._scheme = "https"

    @property
    def port(self) -> int:
        return int(self.http.server_address[1])

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}"

    def __enter__(self) -> StandIn:
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self.http.shutdown()
        self.http.server_close()

    def _answer(self, handler: BaseHTTPRequestHandler, answer: Answer) -> None:
        if answer.drops:
            handler.close_connection = True
            handler.connection.close()
            return
        if answer.hangs:
            self._end.wait(30)
            return
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        length = 10**6 if answer.drips else len(answer.content)
        handler.send_header("Content-Length", f"{length}")
        handler.end_headers()
        while answer.drips and not self._end.wait(0.1):
            handler.wfile.write(b" ")
        handler.wfile.write(answer.content)


def certificate_for(folder: Path, name: str) -> tuple[Path, Path]:
    """Write a certificate of its own authority for a name or an address, and its key; return both files."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "stand-in")])
    other: x509.GeneralName = x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([other]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, key_pem = folder / f"{name}.pem", folder / f"{name}.key"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    key_pem.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return pem, key_pem
