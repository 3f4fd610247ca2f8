"""rediss:// through a real handshake: a server's certificate and name are verified unless the address says
otherwise.

The embedded server speaks no TLS, so that a small proxy in front of it does.
"""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.redis.consumer import RedisReadError, StreamConsumer
from ops.redis.server_check import server_version
from ops.redis.writer import RedisStreamWriter, RedisWriteError, StreamEntry

OPENSSL = shutil.which("openssl")
ALERT = StreamEntry("e1", "order", "high", 1, "{}")

pytestmark = pytest.mark.skipif(OPENSSL is None, reason="openssl makes the test's certificate")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for localhost, not for 127.0.0.1, and its key."""
    assert OPENSSL
    folder = tmp_path_factory.mktemp("tls")
    made = folder / "certificate.pem", folder / "key.pem"
    request = (
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    subprocess.run([OPENSSL, *request.split(), "-out", made[0], "-keyout", made[1]], check=True, capture_output=True)
    return made


@pytest.fixture
def port(redis_url: str, certificate: tuple[Path, Path]) -> Iterator[int]:
    """A TLS port before the session's server."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    behind = ("127.0.0.1", int(redis_url.removesuffix("/0").rsplit(":", 1)[1]))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        accepting = threading.Thread(target=_serve, args=(listening, context, behind))
        accepting.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        accepting.join()


def _serve(listening: socket.socket, context: ssl.SSLContext, behind: tuple[str, int]) -> None:
    """One client after the other, until the listening socket is shut."""
    while True:
        try:
            plain, _ = listening.accept()
        except OSError:
            return
        try:
            with context.wrap_socket(plain, server_side=True) as client, socket.create_connection(behind) as server:
                _answer(client, server)
        except OSError:  # the client does not like the certificate, or has gone
            plain.close()


def _answer(client: ssl.SSLSocket, server: socket.socket) -> None:
    while request := client.recv(65_536):
        server.sendall(request)
        client.sendall(server.recv(65_536))


def test_known_authority_and_name_are_accepted(port: int, certificate: tuple[Path, Path], stream_prefix: str) -> None:
    url = f"rediss://localhost:{port}/0?ssl_ca_certs={certificate[0]}"
    assert "at localhost" in server_version(url, "x:")
    writer = RedisStreamWriter(url, stream_prefix, 100, 60)
    assert writer.write("alerts", ALERT)
    writer.close()
    reader = StreamConsumer(url, stream_prefix, ["alerts"], "team", "one", "0")
    assert [entry.fields["id"] for entry in reader.poll()] == ["e1"]
    reader.close()


@pytest.mark.parametrize(("host", "authority"), [("localhost", ""), ("127.0.0.1", "?ssl_ca_certs={}")])
def test_unknown_authority_or_name_is_refused_at_once(
    port: int, certificate: tuple[Path, Path], stream_prefix: str, host: str, authority: str
) -> None:
    url = f"rediss://:pa55@{host}:{port}/0{authority.format(certificate[0])}"
    writer = RedisStreamWriter(url, stream_prefix, 100, 60)
    with pytest.raises(RedisWriteError, match=r"certificate.*\?ssl_ca_certs=PATH.*redis\.url") as written:
        writer.write("alerts", ALERT)
    assert writer.retries == 0
    with pytest.raises(RedisReadError, match=r"certificate.*\?ssl_ca_certs=PATH.*redis\.url") as read:
        StreamConsumer(url, stream_prefix, ["alerts"], "team", "one").open()
    with pytest.raises(RedisReadError, match=r"\?ssl_ca_certs=PATH"):
        server_version(url, "x:")
    assert "pa55" not in f"{written.value} {read.value}"


def test_verification_is_off_only_when_asked_for(port: int, stream_prefix: str) -> None:
    url = f"rediss://127.0.0.1:{port}/0?ssl_cert_reqs=none"
    writer = RedisStreamWriter(url, stream_prefix, 100, 60)
    assert writer.write("alerts", ALERT)
    writer.close()
    assert "at 127.0.0.1" in server_version(url, "x:")
