"""Pages of lists: a cursor holds the place after the last row, so that no row is missed or comes twice."""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Query

from domain.json_text import as_json
from ops.api.problems import Problem
from ops.cases.pages import Cursor as Place
from ops.cases.pages import Page

Row = TypeVar("Row")
MOST = 200
_LONGEST_CURSOR, _LONGEST_TEXT, _LARGEST = 2000, 600, 2**63
Key = tuple[int | float | str | None, ...]
"""What the rows are ordered by: the last part alone tells two rows apart."""

Limit = Annotated[int, Query(ge=1, le=MOST, description="Rows of a page")]
Cursor = Annotated[str | None, Query(max_length=_LONGEST_CURSOR, description="`next` of the page before; left out: the first page")]


def cursor_of(order: str, key: Sequence[Any]) -> str:
    """Return the cursor of the place after a row. `order` names list and order; the cursor is of no other."""
    return base64.urlsafe_b64encode(as_json([order, *key]).encode()).decode().rstrip("=")


def key_of(order: str, cursor: str | None, *types: type) -> Key | None:
    """Return the key in a cursor, each part of its type; None for the first page.

    Raises `Problem` 422 for a cursor that is not of this list and order. A key is never part of a statement's
    text, and shows nothing that the filters would not: who makes up a cursor sees another page, no more.
    """
    if cursor is None:
        return None
    try:
        found = json.loads(base64.b64decode(f"{cursor}{'=' * (-len(cursor) % 4)}", altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or len(found) != 1 + len(types) or found[0] != order or not all(map(_holds, found[1:], types)):
        raise Problem(422, "cursor: it is not of this list and order: begin again without it", "cursor")
    return tuple(found[1:])


def cut(rows: Sequence[Row], limit: int, order: str, key: Callable[[Row], Sequence[Any]]) -> tuple[list[Row], str | None]:
    """Return a page of rows of which one more than `limit` was read, and the cursor of the next page."""
    page = list(rows[:limit])
    return page, cursor_of(order, key(page[-1])) if len(rows) > limit else None


def place_of(order: str, cursor: str | None, value: type, identity: type = str) -> Place | None:
    """Return where a page of the store begins, None for the first. Raises `Problem` 422."""
    key = key_of(order, cursor, value, identity)
    return None if key is None else (key[0], key[1])  # type: ignore[return-value]


def next_of(order: str, page: Page[Any]) -> str | None:
    """Return the cursor of the page after one of the store's."""
    return None if page.after is None else cursor_of(order, page.after)


def _holds(value: Any, wanted: type) -> bool:
    if isinstance(value, bool):
        return False
    if wanted is float:
        return isinstance(value, int | float) and abs(value) < _LARGEST and math.isfinite(value)
    if wanted is int:
        return isinstance(value, int) and abs(value) < _LARGEST
    return isinstance(value, str) and len(value) <= _LONGEST_TEXT and "\0" not in value and value.isprintable()
