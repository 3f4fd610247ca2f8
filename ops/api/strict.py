"""What every request passes before its route reads it: its query, and a body that says one thing."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Any, NoReturn

from fastapi import Request
from fastapi.routing import APIRoute

from domain.events.event import Rejected
from domain.events.json_object import distinct_keys
from domain.events.json_strings import TooDeepError, strings_in, unwritable
from domain.events.quoting import name_of
from ops.api.problems import Problem

MOST_DEPTH = 32
"""How deep a body nests at most: a rule's conditions, the deepest there are, need half of it."""
UNCHECKED = frozenset({("POST", "/")})
"""Routes whose protocol says what is wrong itself."""
OPEN = frozenset({"/v1/session/oidc/callback"})
"""Paths to which others, the OpenID provider, may add parameters."""
_TOO_DEEP = f"it nests deeper than {MOST_DEPTH} levels"


def query_names(route: APIRoute) -> frozenset[str]:
    """Return the parameters of a route's query: its arguments, and what it describes by hand."""
    described = (route.openapi_extra or {}).get("parameters", ())
    own = {field.alias for field in route.dependant.query_params}
    return frozenset(own | {one["name"] for one in described if one["in"] == "query"})


def check_query(request: Request, path: str, names: Collection[str]) -> None:
    """Raise `Problem` 422 for a parameter that is not known, there twice, or no text."""
    if not request.scope["query_string"] or (request.method, path) in UNCHECKED:
        return
    seen: set[str] = set()
    for name, value in request.query_params.multi_items():
        shown = name_of(name)
        if name not in names and path not in OPEN:
            known = f"it takes {', '.join(sorted(names))}" if names else "it takes none"
            raise Problem(422, f"{shown}: this path has no such parameter; {known}", shown)
        if name in seen:
            raise Problem(422, f"{shown}: it is there more than once; send it once", shown)
        if why := unwritable(value):
            raise Problem(422, f"{shown}: {why}", shown)
        seen.add(name)


async def read_body(request: Request) -> None:
    """Read the JSON of a body and keep it for the route; raise `Problem` 422 with what is wrong with it."""
    body = await request.body()
    if not body:
        return
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not re.fullmatch(r"application/([\w.+-]+\+)?json", kind, re.ASCII):
        _refuse("send it as JSON, with the header Content-Type: application/json")
    found = _json_of(body)
    _check_texts(found)
    request._json = found  # where starlette keeps what `Request.json` has read


def _json_of(body: bytes) -> Any:
    try:
        return json.loads(body.decode().removeprefix("\ufeff"), object_pairs_hook=distinct_keys, parse_constant=_no_constant)
    except UnicodeDecodeError:
        _refuse("it is no UTF-8; send JSON in UTF-8")
    except Rejected as why:
        _refuse(f"{why.reason}; send it once")
    except json.JSONDecodeError as error:
        _refuse(f"it is no JSON from line {error.lineno}, column {error.colno} on")
    except ValueError:  # Python refuses integers of thousands of digits
        _refuse("a number has too many digits, or is none that JSON has")
    except RecursionError:
        _refuse(_TOO_DEEP)


def _check_texts(document: Any) -> None:
    try:
        for path, text in strings_in(document, MOST_DEPTH):
            if why := unwritable(text):
                raise Problem(422, f"{path or 'body'}: {why}", path or "body")
    except TooDeepError:
        _refuse(_TOO_DEEP)


def _no_constant(_: str) -> NoReturn:
    raise ValueError


def _refuse(reason: str) -> NoReturn:
    raise Problem(422, f"body: {reason}", "body")
