"""The dead letter of a line that is no event."""

from __future__ import annotations

from typing import Any

from domain.events.event import Rejected
from domain.events.masked_line import masked

KEPT_RAW = 1024  # bytes of a rejected line that are kept


def rejection(line: bytes, why: Rejected, now_ms: int, as_it_is: bool = False) -> dict[str, Any]:
    """Return the dead-letter document: reason, field, and the line, cut to `KEPT_RAW` bytes.

    Of the line its shape is shown, see `masked_line`; `as_it_is` keeps all of it.
    """
    raw = line[:KEPT_RAW].decode("utf-8", errors="backslashreplace")
    return {
        "field": why.field,
        "reason": str(why),
        "bytes": len(line),
        "raw": raw if as_it_is else masked(raw),
        "rejected_at": now_ms,
    }
