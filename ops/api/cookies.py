"""The session's cookie, and what keeps another origin's page from using it."""

from __future__ import annotations

import hmac
from collections.abc import Iterator

from fastapi import Request, Response

from ops.access.access import Credentials
from ops.access.sessions import NewSession, csrf_of
from ops.api.problems import Problem
from ops.api.settings import ServiceSettings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_HEADER = "X-CSRF-Token"
_NAME, _JOURNEY = "ringwatch_session", "ringwatch_login"
_LONGEST = 256  # characters of a secret that is looked up


def session_cookie(settings: ServiceSettings) -> str:
    """Return the cookie's name. With `__Host-` a browser takes it only from this host and over https."""
    return f"__Host-{_NAME}" if settings.https else _NAME


def credentials_of(request: Request, settings: ServiceSettings) -> Credentials:
    """Return what a request says of its caller; a token counts before a cookie."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return Credentials(token=token.strip()[:_LONGEST])
    return Credentials(session=session_secret(request, settings))


def session_secret(request: Request, settings: ServiceSettings) -> str | None:
    """Return the secret in the session's cookie, None without one."""
    secret = request.cookies.get(session_cookie(settings))
    return secret[:_LONGEST] if secret else None


def set_session(response: Response, new: NewSession, settings: ServiceSettings, now: int) -> None:
    """Give a browser its session."""
    response.set_cookie(
        session_cookie(settings),
        new.secret,
        max_age=max(0, (new.expires_at - now) // 1000),
        path="/",
        secure=settings.https,
        httponly=True,
        samesite="lax",  # strict would lose the session on the way back from an OpenID provider
    )


def journey_cookie(settings: ServiceSettings) -> str:
    """Return the name of the cookie that a browser has while it is at the OpenID provider."""
    return f"__Host-{_JOURNEY}" if settings.https else _JOURNEY


def set_journey(response: Response, text: str, settings: ServiceSettings) -> None:
    """Give a browser what it must bring back from the OpenID provider within ten minutes."""
    response.set_cookie(journey_cookie(settings), text, max_age=600, path="/", secure=settings.https, httponly=True, samesite="lax")


def drop_session(response: Response, settings: ServiceSettings) -> None:
    """Take the session's cookie from a browser."""
    response.delete_cookie(session_cookie(settings), path="/", secure=settings.https, httponly=True, samesite="lax")


def check_origin(request: Request, settings: ServiceSettings) -> None:
    """Raise `Problem` 403 for a change that another origin's page makes in somebody's browser."""
    if request.method in SAFE_METHODS:
        return
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Problem(403, "a page of another origin may change nothing here")
    origin = request.headers.get("origin")
    if origin is not None and origin.lower() not in _origins(request, settings):
        raise Problem(403, "Origin is not the address of this service: call it under service.public_url")


def check_csrf(request: Request, settings: ServiceSettings) -> None:
    """Raise `Problem` 403 for a change by a session that does not carry the session's CSRF token."""
    if request.method in SAFE_METHODS:
        return
    if not is_csrf(request, settings, request.headers.get(CSRF_HEADER, "")):
        raise Problem(403, f"{CSRF_HEADER} is missing or not of this session: GET /v1/session tells it")


def is_csrf(request: Request, settings: ServiceSettings, given: str) -> bool:
    """Return whether this is the CSRF token of the request's session."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), csrf_of(session_secret(request, settings) or "").encode())


def _origins(request: Request, settings: ServiceSettings) -> Iterator[str]:
    """Yield the origins of this service's own pages: the public one, and on this machine each name of it."""
    yield settings.origin
    if settings.public_url is None:
        yield f"http://{request.headers.get('host', '')}".lower()
