"""Where a page leads after an act: back to where one was, and never to another service."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import RedirectResponse

from ops.api.own_paths import own_path


def came_from(request: Request) -> str:
    """Return the page of this service from which a link was followed, the queue for any other."""
    parts = urlsplit(request.headers.get("referer", ""))
    if parts.netloc != request.headers.get("host"):
        return "/"
    return own_path(f"{parts.path}?{parts.query}" if parts.query else parts.path)


def back_to(path: str, place: str = "") -> RedirectResponse:
    """Return the way back to a page, at a place of it."""
    return RedirectResponse(own_path(path).partition("#")[0] + (f"#{place}" if place else ""), 303)
