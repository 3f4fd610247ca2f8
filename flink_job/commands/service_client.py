"""Calls of a service by its API, with a token."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any

from domain.errors import SettingError
from ops.secrets import secret

TOKEN = "RINGWATCH_SERVICE_TOKEN"  # noqa: S105 - the name of a variable
_TIMEOUT_S = 30.0
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class ServiceError(RuntimeError):
    """Refusal of a service, or none that answers; the text is the service's own or says the mend."""


class ServiceClient:
    """Caller of one service."""

    def __init__(self, url: str, token: str) -> None:
        """Connect at the first call. Raise `SettingError` where the token would travel unencrypted."""
        parts = urllib.parse.urlsplit(url)
        if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            raise SettingError(f"service.public_url is {url}: write https, for the token of {TOKEN} must not travel unencrypted")
        self._url, self._token = url.rstrip("/"), token
        self._opener = urllib.request.build_opener(_NoRedirect)

    def get(self, path: str) -> dict[str, Any]:
        """Return an answer. Raises ServiceError."""
        return self._call(path, None)

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer to a request with a body. Raises ServiceError."""
        return self._call(path, json.dumps(body).encode())

    def _call(self, path: str, body: bytes | None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self._url}{path}", body, headers)  # noqa: S310 - the scheme was checked
        try:
            with self._opener.open(request, timeout=_TIMEOUT_S) as answer:
                found: dict[str, Any] = json.load(answer)
                return found
        except urllib.error.HTTPError as refusal:
            raise ServiceError(f"{self._url}: {_problem(refusal)}") from None
        except (OSError, ValueError) as error:
            why = getattr(error, "reason", error)
            raise ServiceError(f"the service at {self._url} does not answer ({why}): look at service.public_url") from None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Refusal of redirects: the token goes to the service alone."""

    def redirect_request(self, *_: Any) -> None:
        """Follow none."""


def service_client(url: str | None) -> ServiceClient | None:
    """Return the caller of the service of the settings; None without an address or a token."""
    token = secret(TOKEN)
    return ServiceClient(url, token) if url and token else None


def _problem(refusal: urllib.error.HTTPError) -> str:
    """Return what a problem document (RFC 9457) says, else the status."""
    try:
        document = json.loads(refusal.read(65_536))
        return str(document.get("detail") or document["title"])
    except (OSError, ValueError, KeyError, AttributeError):
        return f"status {refusal.code}"
