"""What every request passes: checks of its host and path, headers of its answer."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ops.api.problems import Problem, problem_response
from ops.api.settings import LOCAL_NAMES, ServiceSettings

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # not no-referrer: with that a browser says `Origin: null` of our own forms
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?", re.ASCII)
_ONE_YEAR = "max-age=31536000"
_TRICKS = re.compile(rb"%2f|%5c|%00|%0a|%0d|\\|//|/\.{1,2}(/|$)|%2e", re.IGNORECASE)
"""What a path has only to be read in two ways: by a proxy and by us."""


def allowed_hosts(settings: ServiceSettings) -> frozenset[str]:
    """Return the names that `Host` may have, in small letters, without a port."""
    own = urlsplit(settings.origin).hostname or ""
    return frozenset(name.lower() for name in (*LOCAL_NAMES, own, *settings.hosts))


def headers_of(settings: ServiceSettings) -> dict[str, str]:
    """Return the headers of every answer."""
    return {**HEADERS, **({"Strict-Transport-Security": _ONE_YEAR} if settings.https else {})}


class Hardened:
    """The headers of every answer, errors included: the outermost part of the app."""

    def __init__(self, app: ASGIApp, settings: ServiceSettings) -> None:
        self.app, self.headers = app, headers_of(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request: called by the server for each one."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message.setdefault("headers", []))
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)


class Guarded:
    """The host and path of a request."""

    def __init__(self, app: ASGIApp, settings: ServiceSettings) -> None:
        self.app, self.hosts = app, allowed_hosts(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request: called by the part around this one."""
        problem = self._problem(scope) if scope["type"] == "http" else None
        if problem is None:
            await self.app(scope, receive, send)
        else:
            await problem_response(problem, scope["state"].get("request_id"))(scope, receive, send)

    def _problem(self, scope: Scope) -> Problem | None:
        hosts = Headers(scope=scope).getlist("host")
        found = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
        if found is None or found[1].strip("[]").lower() not in self.hosts:
            return Problem(421, "Host names another service: call it under service.public_url, or add the name to service.hosts")
        if _TRICKS.search(scope.get("raw_path") or scope["path"].encode()):
            return Problem(400, "the path holds dots, slashes or control characters that can be read in two ways")
        return None
