"""The API described: OpenAPI, and a page of our own made of it. Nothing is fetched from elsewhere."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from ops.api.reference_page import STYLE, reference_page
from ops.api.rights import routes_of

router = routes_of("reference")


def openapi_of(request: Request) -> dict[str, Any]:
    """Return the OpenAPI document of the app, made once."""
    document: dict[str, Any] = request.app.openapi()
    return document


@router.get("/openapi.json")
def openapi(request: Request) -> dict[str, Any]:
    """Return this API as OpenAPI 3.1."""
    return openapi_of(request)


@router.get("/docs", response_class=HTMLResponse)
def docs(request: Request) -> HTMLResponse:
    """Return this API as a page to read."""
    return HTMLResponse(reference_page(openapi_of(request)))


@router.get("/docs/style.css", response_class=Response, responses={200: {"content": {"text/css": {"schema": {"type": "string"}}}}})
def style() -> Response:
    """Return the style of that page."""
    return Response(STYLE, media_type="text/css; charset=utf-8")
