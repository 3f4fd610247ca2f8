"""What every page has: its template filled, who is signed in, where one may go, the last act to undo."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from ops.access.roles import LOCAL, Caller
from ops.access.sessions import csrf_of
from ops.api.cookies import session_secret
from ops.api.rights import ANALYST, RIGHTS
from ops.api.service import service_of
from ops.cases.control_changes import Position, auto_block
from ops.cases.desk_acts import latest_act
from ops.cases.tables import DeskAct
from ops.desk.filling import filled
from ops.desk.forms import masked
from ops.desk.view.keys import KEYS

_PLACES = (
    ("Queue", "/", "g q"),
    ("Overview", "/overview", "g o"),
    ("Entities", "/entities", "g e"),
    ("Alerts", "/alerts", "g a"),
    ("Rules", "/rules", "g r"),
    ("Lists", "/lists", "g l"),
    ("Models", "/models", "g m"),
    ("Ask", "/ask", "g k"),
    ("Audit", "/audit", "g u"),
)
_LEAST_PACKED = 1500  # bytes; a smaller answer is one packet anyway


@dataclass(frozen=True)
class Place:
    """A page in the navigation."""

    text: str
    path: str
    keys: str
    is_here: bool


@dataclass(frozen=True)
class Frame:
    """What is around a page."""

    caller: Caller | None
    """Who is signed in; None where nobody need be."""
    csrf: str
    """What a form of this page carries; empty without a session."""
    places: Sequence[Place]
    now: int
    """The time of the page in ms since 1970, from which ages are counted."""
    here: str
    """Path and query of this page."""

    @property
    def is_open(self) -> bool:
        """Whether nobody need say who they are."""
        return self.caller == LOCAL

    def may(self, method: str, path: str) -> bool:
        """Return whether who is signed in may call a route."""
        return self.caller is not None and self.caller.role in RIGHTS[method, path]


def frame_of(request: Request) -> Frame:
    """Return what is around the page that a request asks for."""
    service, caller = service_of(request), getattr(request.state, "caller", None)
    secret = session_secret(request, service.settings) if caller is not None and caller.session else None
    places = places_of(caller, request.url.path)
    return Frame(caller, masked(csrf_of(secret)) if secret else "", places, service.clock(), here_of(request))


def here_of(request: Request) -> str:
    """Return path and query of a page to come back to: the queue where a form was answered with a page."""
    if request.method != "GET":
        return "/"
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


@dataclass(frozen=True)
class Notes:
    """What the store says that belongs on every page."""

    act: DeskAct | None = None
    """The last act of who is signed in, if it can be undone."""
    blocking: Position | None = None
    """Where the switch of automatic blocking is; None where nobody is signed in."""


def notes_of(request: Request) -> Notes:
    """Return what belongs on a page, whichever it is."""
    service, caller = service_of(request), getattr(request.state, "caller", None)
    if caller is None:
        return Notes()
    with service.store.read() as session:
        act = latest_act(session, caller.name, service.clock()) if caller.role in ANALYST else None
        return Notes(act, auto_block(session))


def places_of(caller: Caller | None, path: str) -> list[Place]:
    """Return the pages that somebody may open, in the order of the navigation."""
    if caller is None:
        return []
    first = "/" + path.split("/")[1]
    return [Place(text, to, keys, to == first) for text, to, keys in _PLACES if caller.role in RIGHTS.get(("GET", to), ())]


def page(request: Request, template: str, status: int = 200, asks_store: bool = True, **values: Any) -> Response:
    """Return a template, filled. `asks_store`: the store is asked what belongs on every page; this blocks."""
    notes = notes_of(request) if asks_store else Notes()
    text = filled(template, frame=frame_of(request), keys=KEYS, act=notes.act, blocking=notes.blocking, **values).encode()
    answer = HTMLResponse(text, status)
    if len(text) >= _LEAST_PACKED and "gzip" in request.headers.get("accept-encoding", ""):
        answer = HTMLResponse(gzip.compress(text, 5, mtime=0), status, {"Content-Encoding": "gzip"})
    answer.headers["Vary"] = "Accept-Encoding"
    return answer
