"""One request by HTTP: to a judged address, certificates checked, bounded, followed nowhere."""

from __future__ import annotations

import http.client
import io
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from ops.notify.channel import Away, Busy
from ops.notify.outgoing.addresses import ForbiddenAddressError, Guard, NoSuchHostError
from ops.notify.outgoing.deadline import Deadline
from ops.notify.outgoing.unreachable import why_unreachable

MOST_BYTES = 256 * 1024
"""Of an answer; the rest is not read."""
_MOST_ECHOED = 64 * 1024
"""Of what was sent, looked for in an answer."""
_AGENT = "ringwatch"


@dataclass(frozen=True)
class Reply:
    """What came back. The names of `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    sent: tuple[str, ...] = ()
    """What was asked, body and values of headers: where the answer repeats it, it is not shown."""


class HttpClient:
    """What sends requests. It keeps no connection: messages are few."""

    def __init__(self, guard: Guard, timeout_s: float, tls: ssl.SSLContext) -> None:
        self._guard, self._timeout_s, self._tls = guard, timeout_s, tls

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Send a request and return the reply, of any status.

        Raises `Away` where no connection comes, and `Busy` where one does, but no status with all its headers
        within `timeout_s`; both quote no URL.
        """
        parts = urlsplit(url)
        host, is_tls = parts.hostname or "", parts.scheme == "https"
        if not is_tls and not self._guard.is_allowed(host):
            raise Away("its address begins with http://: write https://, or name its host in notify.allow_private")
        connection = http.client.HTTPConnection(host, parts.port or (443 if is_tls else 80))
        connection.response_class = _WholeHead
        deadline, is_asked = Deadline(self._timeout_s), False
        try:
            connection.sock = self._guard.connected(connection.host, connection.port, self._timeout_s)
            deadline.start(connection.sock)
            if is_tls:
                connection.sock = self._tls.wrap_socket(connection.sock, server_hostname=host)
            target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
            is_asked = True
            connection.request("POST", target, body, {"User-Agent": _AGENT, "Connection": "close", **headers})
            return replace(_read(connection), sent=(body[:_MOST_ECHOED].decode("utf-8", "replace"), *headers.values()))
        except ForbiddenAddressError as error:
            raise Away(str(error)) from None
        except NoSuchHostError:
            raise Away("no connection: its host is not known") from None
        except ssl.SSLCertVerificationError as error:
            raise Away(f"no connection: its certificate is not trusted ({error.verify_message[:120]})") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            kind = Busy if is_asked else Away
            raise kind(_no_reply(error, self._timeout_s, is_cut=deadline.is_over)) from None
        finally:
            deadline.cancel()
            connection.close()


class _Lines(io.BufferedReader):
    """What reads lines of an answer: where they break off, that is an error and no end of the headers."""

    def readline(self, size: int | None = -1, /) -> bytes:
        """Return a line. Raises ConnectionResetError where it does not end, as far as it is read."""
        size = -1 if size is None else size
        line = super().readline(size)
        if not line.endswith(b"\n") and (size < 0 or len(line) < size):
            raise ConnectionResetError("the answer breaks off")
        return line


class _WholeHead(http.client.HTTPResponse):
    """A reply whose headers have come whole: `http.client` takes their breaking off for their end."""

    def begin(self) -> None:
        """Read status and headers. Raises OSError or HTTPException."""
        self.fp = _Lines(self.fp.detach())
        super().begin()


def _read(connection: http.client.HTTPConnection) -> Reply:
    """Return the reply; where its body breaks off, what there is of it: the status says what came of it."""
    response = connection.getresponse()
    headers, body = {name.lower(): value for name, value in response.getheaders()}, b""
    with suppress(OSError, http.client.HTTPException):
        while len(body) < MOST_BYTES and (more := response.read1(MOST_BYTES - len(body))):
            body += more
    return Reply(response.status, headers, body)


def _no_reply(error: Exception, timeout_s: float, *, is_cut: bool) -> str:
    if is_cut or isinstance(error, TimeoutError):
        return f"no answer within {timeout_s:g} s"
    if (why := why_unreachable(error)) is not None:
        return why
    if isinstance(error, ssl.SSLError):
        return f"no connection: TLS fails ({error.reason or 'unknown reason'})"
    if isinstance(error, ConnectionError | http.client.RemoteDisconnected | http.client.IncompleteRead):
        return "the connection broke"
    return f"no whole answer ({type(error).__name__})"
