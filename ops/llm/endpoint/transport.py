"""One POST to the endpoint: bounded in time and bytes, sent once, followed nowhere.

The only file that imports openai.

openai's HTTP client is used without its API client: that reads errors unbounded, keeps only a part of their
bodies, and gives an answer that is no JSON as text or as an error of its own.
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

from ops.llm.endpoint.addresses import is_azure
from ops.llm.endpoint.body import MOST_BYTES, json_of
from ops.llm.settings import LlmSettings


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. The names of `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NoReplyError(Exception):
    """Nothing whole came back. `was_sent`: whether the request may have reached the endpoint; `bad_key`: no
    request can carry the key.
    """

    def __init__(self, reason: str, *, was_sent: bool = True, timed_out: bool = False, bad_key: bool = False) -> None:
        super().__init__(reason)
        self.was_sent, self.timed_out, self.bad_key = was_sent, timed_out, bad_key


class Transport:
    """Connections to the endpoint. They belong to the event loop of the first request."""

    def __init__(self, settings: LlmSettings) -> None:
        import openai

        self._settings = settings
        # A request that is tried again or sent on elsewhere would be outside the budget.
        # Cookies would gather without a bound, and go with every request.
        cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
        self._client = openai.DefaultAsyncHttpxClient(follow_redirects=False, timeout=settings.timeout_s, cookies=cookies)

    async def send(self, url: str, body: Mapping[str, Any]) -> Reply:
        """Send one request and return the reply, of any status, within `timeout_s`. Raises NoReplyError."""
        import httpx2

        key = self._settings.api_key or ""
        if not (key.isascii() and key.isprintable()):
            raise NoReplyError("the key holds signs that no request can carry", was_sent=False, bad_key=True)
        received = _Received()
        try:
            # the client's own bounds each read, not the whole
            async with asyncio.timeout(self._settings.timeout_s):
                await self._receive(url, body, received)
        except (TimeoutError, httpx2.TimeoutException) as error:
            not_sent = isinstance(error, httpx2.ConnectTimeout | httpx2.PoolTimeout)
            return received.whole_or(
                NoReplyError(f"no answer within {self._settings.timeout_s:g} s", was_sent=not not_sent, timed_out=True)
            )
        except httpx2.ConnectError as error:
            raise NoReplyError(_no_connection(error), was_sent=False) from None
        except (httpx2.LocalProtocolError, httpx2.UnsupportedProtocol, httpx2.InvalidURL):
            raise NoReplyError("the request cannot be sent", was_sent=False) from None
        except httpx2.DecodingError:
            raise NoReplyError("the answer is not compressed as it says") from None
        except httpx2.HTTPError:
            return received.whole_or(NoReplyError("the connection broke"))
        except Exception as error:  # an answer no client library foresaw must not fail the job
            raise NoReplyError(f"unexpected {type(error).__name__}") from error
        return received.reply

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _receive(self, url: str, body: Mapping[str, Any], received: _Received) -> None:
        content = json.dumps(body).encode()
        async with self._client.stream("POST", url, content=content, headers=self._headers(url)) as response:
            received.status = response.status_code
            received.headers = {name.lower(): value for name, value in response.headers.items()}
            async for chunk in response.aiter_bytes():
                received.body += chunk
                if len(received.body) > MOST_BYTES:
                    break

    def _headers(self, url: str) -> dict[str, str]:
        key = self._settings.api_key or "none"  # a self-hosted model needs no key; some want the header
        headers = {"Content-Type": "application/json", "Accept": "application/json", "Authorization": f"Bearer {key}"}
        return {**headers, "api-key": key} if is_azure(url) else headers


def _no_connection(error: BaseException) -> str:
    """Return why there is no connection: a certificate that is not trusted and an unknown host by name."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"no connection: the certificate is not trusted ({cause.verify_message[:80]})"
        if isinstance(cause, socket.gaierror):
            return "no connection: the host of llm.base_url is not known"
        cause = cause.__cause__ or cause.__context__
    return "no connection"


class _Received:
    """What has come so far."""

    def __init__(self) -> None:
        self.status, self.headers, self.body = 0, dict[str, str](), bytearray()

    @property
    def reply(self) -> Reply:
        return Reply(self.status, self.headers, bytes(self.body[:MOST_BYTES]))

    def whole_or(self, error: NoReplyError) -> Reply:
        """Return the reply if it is whole although it was not ended, else raise `error`."""
        try:
            json_of(bytes(self.body))
        except ValueError:
            raise error from None
        return self.reply
