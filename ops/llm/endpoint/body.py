"""The bytes of an answer as a JSON value."""

from __future__ import annotations

import json
from typing import Any

MOST_BYTES = 4 * 2**20
"""No answer is longer than this; what goes on is broken off."""


def json_of(body: bytes) -> Any:
    """Return the JSON value in a body. Raises ValueError for anything else, however deep or odd.

    A byte order mark, NUL bytes and blanks around it are skipped: proxies send them.
    """
    try:
        return json.loads(body.decode("utf-8-sig", "replace").strip("\0 \t\r\n"))
    except RecursionError:
        raise ValueError("the JSON is too deep") from None
